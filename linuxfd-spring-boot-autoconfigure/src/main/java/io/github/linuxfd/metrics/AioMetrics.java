package io.github.linuxfd.metrics;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;

import io.github.linuxfd.aio.AioEngine;
import io.github.linuxfd.aio.AioEngines;
import io.github.linuxfd.aio.AioOutcome;
import io.github.linuxfd.aio.AioStatistics;
import io.github.linuxfd.aio.OperationKind;

/**
 * Meters of asynchronous I/O. Counts are read where they are kept, so they cost nothing
 * per operation.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioMetrics implements MeterBinder {

	private final AioEngines engines;

	/**
	 * Measure engines.
	 * @param engines the engines
	 */
	public AioMetrics(AioEngines engines) {
		this.engines = engines;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		AioStatistics statistics = this.engines.statistics();
		for (OperationKind kind : OperationKind.values()) {
			Tags tags = Tags.of("operation", kind.syscall());
			FunctionCounter.builder("linuxfd.aio.submissions", statistics, (counts) -> counts.started(kind))
				.description("Operations handed to the kernel")
				.tags(tags)
				.register(registry);
			for (AioOutcome outcome : AioOutcome.values()) {
				FunctionCounter
					.builder("linuxfd.aio.completions", statistics, (counts) -> counts.completed(kind, outcome))
					.description("Operations that have ended")
					.tags(tags.and("outcome", outcome.name().toLowerCase(Locale.ROOT)))
					.register(registry);
			}
			FunctionTimer
				.builder("linuxfd.aio.latency", statistics, (counts) -> counts.completed(kind),
						(counts) -> counts.nanos(kind), TimeUnit.NANOSECONDS)
				.description("Time from the start of an operation to its completion")
				.tags(tags)
				.register(registry);
		}
		Gauge.builder("linuxfd.aio.in.flight", statistics, AioStatistics::inFlight)
			.description("Operations that have started and not ended")
			.register(registry);
		FunctionCounter.builder("linuxfd.aio.overflows", this.engines, AioEngines::overflows)
			.description("How often a completion queue was too short")
			.register(registry);
		for (AioEngine engine : AioEngine.values()) {
			if (engine != AioEngine.AUTO) {
				Gauge.builder("linuxfd.aio.engine", this.engines, (used) -> (used.kind() == engine) ? 1 : 0)
					.description("1 for the engine in use")
					.tags("engine", engine.name().toLowerCase(Locale.ROOT))
					.register(registry);
			}
		}
	}

}

package io.github.linuxfd.sample;

import java.util.function.UnaryOperator;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.stereotype.Component;

/**
 * The totals, kept at hand so that nobody waits for the database to count. Only
 * {@link FileIntake} changes them, after a commit and under its lock.
 *
 * @author linuxfd
 */
@Component
class RunningTotals {

	private volatile Totals current = Totals.NONE;

	RunningTotals(MeterRegistry meters) {
		FunctionCounter.builder("intake.files", this, (totals) -> totals.current().files())
			.description("Files that were dealt with")
			.tag("outcome", "ingested")
			.register(meters);
		FunctionCounter.builder("intake.files", this, (totals) -> totals.current().failed())
			.description("Files that were dealt with")
			.tag("outcome", "failed")
			.register(meters);
		FunctionCounter.builder("intake.rows", this, (totals) -> totals.current().rows())
			.description("Rows that were ingested")
			.register(meters);
	}

	Totals current() {
		return this.current;
	}

	@SuppressWarnings("NonAtomicOperationOnVolatileField")
	void change(UnaryOperator<Totals> change) {
		this.current = change.apply(this.current);
	}

}

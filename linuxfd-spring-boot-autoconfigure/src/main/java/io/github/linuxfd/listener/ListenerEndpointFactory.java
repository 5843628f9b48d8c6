package io.github.linuxfd.listener;

import java.lang.reflect.Method;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;
import org.springframework.scheduling.support.CronExpression;
import org.springframework.util.StringUtils;
import org.springframework.util.StringValueResolver;

import io.github.linuxfd.annotation.ChildExitListener;
import io.github.linuxfd.annotation.EventfdListener;
import io.github.linuxfd.annotation.FdListener;
import io.github.linuxfd.annotation.FanotifyListener;
import io.github.linuxfd.annotation.InotifyListener;
import io.github.linuxfd.annotation.MemoryPressureListener;
import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.annotation.TimerfdScheduled;
import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.event.ChildExitEvent;
import io.github.linuxfd.event.EventfdEvent;
import io.github.linuxfd.event.MemoryPressureEvent;
import io.github.linuxfd.eventloop.FdEvent;
import io.github.linuxfd.fanotify.FanotifyEvent;
import io.github.linuxfd.fanotify.FanotifyResponse;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.inotify.InotifyEvent;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.inotify.InotifyWatchFlag;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalEvent;
import io.github.linuxfd.timerfd.TimerEvent;

/**
 * Makes endpoints of annotations. Whatever is wrong with one fails here, with the
 * annotation, the method and the bean.
 *
 * @author linuxfd
 */
final class ListenerEndpointFactory {

	private static final Flags<EpollFlag> WAITED_FOR = Flags.of(EpollFlag.IN, EpollFlag.OUT, EpollFlag.PRI,
			EpollFlag.RDHUP);

	private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

	private final StringValueResolver resolver;

	private final Supplier<InotifyWatchDefinitions> watches;

	ListenerEndpointFactory(StringValueResolver resolver, Supplier<InotifyWatchDefinitions> watches) {
		this.resolver = resolver;
		this.watches = watches;
	}

	ListenerEndpoint inotify(InotifyListener annotation, Target target) {
		String declaration = target.declaration("@InotifyListener");
		return checked(declaration, () -> {
			if (annotation.concurrency() < 1) {
				throw new IllegalStateException(
						"concurrency is " + annotation.concurrency() + ", and has to be at least 1");
			}
			String watchName = resolve(annotation.watch());
			InotifyWatchDefinition watch = watchName.isEmpty() ? watch(annotation) : declared(annotation, watchName);
			return new InotifyListenerEndpoint(id(annotation.id(), target), declaration, target.bean(),
					ListenerMethod.of(target.bean(), target.method(), InotifyEvent.class), annotation.dispatch(),
					annotation.concurrency(), watch, watchName.isEmpty() ? null : watchName,
					annotation.events().length == 0);
		});
	}

	private InotifyWatchDefinition watch(InotifyListener annotation) {
		String path = resolve(annotation.path());
		if (path.isEmpty()) {
			throw new IllegalStateException("it has neither a path nor a watch");
		}
		return new InotifyWatchDefinition(path(path), events(annotation, InotifyWatchDefinition.ARRIVALS),
				Flags.none(InotifyWatchFlag.class), annotation.recursive(), annotation.existing(), false,
				batchWindow(annotation, Duration.ZERO));
	}

	private InotifyWatchDefinition declared(InotifyListener annotation, String name) {
		if (!annotation.path().isEmpty()) {
			throw new IllegalStateException("it has a path and a watch; give one of them");
		}
		InotifyWatchDefinition watch = this.watches.get().watches().get(name);
		if (watch == null) {
			throw new IllegalStateException(
					"there is no watch '" + name + "'; declare it under " + InotifyWatchDefinitions.property(name)
							+ ", or use one of " + this.watches.get().watches().keySet());
		}
		return new InotifyWatchDefinition(watch.path(), events(annotation, watch.events()), watch.flags(),
				annotation.recursive() || watch.recursive(), annotation.existing() || watch.existing(),
				watch.optional(), batchWindow(annotation, watch.batchWindow()));
	}

	private static Path path(String path) {
		try {
			return Path.of(path);
		}
		catch (InvalidPathException ex) {
			throw new IllegalStateException("path '" + path + "' is no path: " + ex.getReason(), ex);
		}
	}

	private static Flags<InotifyEventFlag> events(InotifyListener annotation, Flags<InotifyEventFlag> otherwise) {
		List<InotifyEventFlag> events = List.of(annotation.events());
		return events.isEmpty() ? otherwise : Flags.of(InotifyEventFlag.class, events);
	}

	private Duration batchWindow(InotifyListener annotation, Duration otherwise) {
		String window = resolve(annotation.batchWindow());
		return window.isEmpty() ? otherwise : duration("batchWindow", window);
	}

	ListenerEndpoint signal(SignalListener annotation, Target target) {
		String declaration = target.declaration("@SignalListener");
		return checked(declaration, () -> {
			Set<Signal> signals = Arrays.stream(annotation.signals())
				.map(this::resolve)
				.flatMap((names) -> StringUtils.commaDelimitedListToSet(names).stream())
				.map(Signal::of)
				.collect(Collectors.toSet());
			if (signals.isEmpty()) {
				throw new IllegalStateException("it names no signal");
			}
			return new SignalListenerEndpoint(id(annotation.id(), target), declaration, target.bean(),
					ListenerMethod.of(target.bean(), target.method(), SignalEvent.class), annotation.dispatch(),
					signals, annotation.consume());
		});
	}

	@Nullable ListenerEndpoint timer(TimerfdScheduled annotation, Target target) {
		String declaration = target.declaration("@TimerfdScheduled");
		return checked(declaration, () -> {
			String cron = resolve(annotation.cron());
			if (cron.equals(TimerfdScheduled.CRON_DISABLED)) {
				return null;
			}
			String fixedRate = resolve(annotation.fixedRate());
			if (cron.isEmpty() == fixedRate.isEmpty()) {
				throw new IllegalStateException("it needs either cron or fixedRate");
			}
			Schedule schedule = cron.isEmpty() ? fixedRate(annotation, fixedRate) : cron(annotation, cron);
			return new TimerfdScheduledEndpoint(id(annotation.id(), target), declaration, target.bean(),
					ListenerMethod.of(target.bean(), target.method(), TimerEvent.class), annotation.dispatch(),
					schedule);
		});
	}

	private Schedule cron(TimerfdScheduled annotation, String cron) {
		if (!annotation.initialDelay().isEmpty()) {
			throw new IllegalStateException("initialDelay goes with fixedRate, not with cron");
		}
		String zone = resolve(annotation.zone());
		try {
			return new CronSchedule(CronExpression.parse(cron),
					zone.isEmpty() ? ZoneId.systemDefault() : ZoneId.of(zone), Clock.systemUTC());
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalStateException("cron '" + cron + "' is no cron expression: " + ex.getMessage(), ex);
		}
		catch (DateTimeException ex) {
			throw new IllegalStateException("zone '" + zone + "' is no time zone", ex);
		}
	}

	private Schedule fixedRate(TimerfdScheduled annotation, String fixedRate) {
		if (!annotation.zone().isEmpty()) {
			throw new IllegalStateException("zone goes with cron, not with fixedRate");
		}
		Duration period = duration("fixedRate", fixedRate);
		String initialDelay = resolve(annotation.initialDelay());
		return new FixedRateSchedule(annotation.clock(),
				initialDelay.isEmpty() ? period : duration("initialDelay", initialDelay), period);
	}

	ListenerEndpoint childExit(ChildExitListener annotation, Target target) {
		String declaration = target.declaration("@ChildExitListener");
		return checked(declaration,
				() -> new ChildExitListenerEndpoint(id(annotation.id(), target), declaration, target.bean(),
						ListenerMethod.of(target.bean(), target.method(), ChildExitEvent.class),
						annotation.dispatch()));
	}

	ListenerEndpoint eventfd(EventfdListener annotation, Target target) {
		String declaration = target.declaration("@EventfdListener");
		return checked(declaration,
				() -> new EventfdListenerEndpoint(id(annotation.id(), target), declaration, target.bean(),
						ListenerMethod.of(target.bean(), target.method(), EventfdEvent.class), annotation.dispatch(),
						resolve(annotation.value())));
	}

	ListenerEndpoint fd(FdListener annotation, Target target) {
		String declaration = target.declaration("@FdListener");
		return checked(declaration, () -> {
			String fd = resolve(annotation.value());
			if (fd.isEmpty()) {
				throw new IllegalStateException("it names no bean that offers a descriptor");
			}
			Flags<EpollFlag> events = Flags.of(EpollFlag.class, List.of(annotation.events()));
			if (events.isEmpty() || (events.bits() & ~WAITED_FOR.bits()) != 0) {
				throw new IllegalStateException("its events are " + events + "; wait for some of " + WAITED_FOR);
			}
			if (!annotation.edge() && events.contains(EpollFlag.PRI) && !events.equals(Flags.of(EpollFlag.PRI))) {
				throw new IllegalStateException("its events are " + events
						+ ", but PRI is told once for each change and the others as long as they last; "
						+ "wait for PRI alone, or for all with edge = true");
			}
			return new FdListenerEndpoint(id(annotation.id(), target), declaration, target.bean(),
					ListenerMethod.of(target.bean(), target.method(), FdEvent.class), annotation.dispatch(), fd,
					annotation.edge() ? events.with(EpollFlag.ET) : events);
		});
	}

	ListenerEndpoint memoryPressure(MemoryPressureListener annotation, Target target) {
		String declaration = target.declaration("@MemoryPressureListener");
		return checked(declaration, () -> {
			MemoryPressureEvent event = new MemoryPressureEvent(path(resolve(annotation.file())), annotation.level(),
					duration("stall", resolve(annotation.stall())), duration("window", resolve(annotation.window())),
					Map.of());
			return new MemoryPressureListenerEndpoint(id(annotation.id(), target), declaration, target.bean(),
					ListenerMethod.of(target.bean(), target.method(), MemoryPressureEvent.class), annotation.dispatch(),
					event);
		});
	}

	ListenerEndpoint fanotify(FanotifyListener annotation, Target target) {
		String declaration = target.declaration("@FanotifyListener");
		return checked(declaration, () -> {
			if (annotation.concurrency() < 1) {
				throw new IllegalStateException(
						"concurrency is " + annotation.concurrency() + ", and has to be at least 1");
			}
			String path = resolve(annotation.path());
			if (path.isEmpty()) {
				throw new IllegalStateException("it has no path");
			}
			List<Path> ignored = Arrays.stream(annotation.ignore())
				.map(this::resolve)
				.filter((each) -> !each.isEmpty())
				.map(ListenerEndpointFactory::path)
				.toList();
			String timeout = resolve(annotation.timeout());
			String response = resolve(annotation.timeoutResponse());
			ListenerMethod method = FanotifyListenerEndpoint.asksPermission(annotation)
					? ListenerMethod.answering(target.bean(), target.method(), FanotifyEvent.class,
							Set.of(boolean.class, FanotifyResponse.class), FanotifyListenerContainer::answer)
					: ListenerMethod.of(target.bean(), target.method(), FanotifyEvent.class);
			return new FanotifyListenerEndpoint(id(annotation.id(), target), declaration, target.bean(), method,
					annotation, path(path), ignored, timeout.isEmpty() ? null : duration("timeout", timeout),
					response.isEmpty() ? null : response(response));
		});
	}

	private static FanotifyResponse response(String value) {
		try {
			return FanotifyResponse.valueOf(value.toUpperCase(Locale.ROOT));
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalStateException("timeoutResponse '" + value + "' is neither ALLOW nor DENY", ex);
		}
	}

	private static Duration duration(String attribute, String value) {
		Duration duration;
		try {
			duration = DurationStyle.detectAndParse(value);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalStateException(
					attribute + " '" + value + "' is no duration; write it as 500ms, 5s or PT5S", ex);
		}
		if (duration.abs().compareTo(LONGEST) > 0) {
			throw new IllegalStateException(attribute + " '" + value + "' is longer than " + LONGEST.toDays() / 365
					+ " years, the most that nanoseconds can count");
		}
		return duration;
	}

	private String id(String id, Target target) {
		String resolved = resolve(id);
		return resolved.isEmpty() ? target.defaultId() : resolved;
	}

	private String resolve(String value) {
		String resolved = this.resolver.resolveStringValue(value);
		return (resolved != null) ? resolved.strip() : "";
	}

	private static <T extends @Nullable Object> T checked(String declaration, Supplier<T> endpoint) {
		try {
			return endpoint.get();
		}
		catch (ListenerConfigurationException ex) {
			throw ex;
		}
		catch (IllegalStateException | IllegalArgumentException ex) {
			throw new ListenerConfigurationException(declaration, String.valueOf(ex.getMessage()), ex);
		}
	}

	/**
	 * An annotated method of a bean.
	 *
	 * @param beanName the bean's name
	 * @param bean the bean, possibly a proxy
	 * @param method the method of the bean's class
	 * @param index counts the annotations of the method
	 */
	record Target(String beanName, Object bean, Method method, int index) {

		String declaration(String annotation) {
			return annotation + " on method '" + this.method.getDeclaringClass().getSimpleName() + "."
					+ this.method.getName() + "' of bean '" + this.beanName + "'";
		}

		String defaultId() {
			return this.beanName + "." + this.method.getName() + ((this.index > 0) ? "#" + (this.index + 1) : "");
		}

	}

}

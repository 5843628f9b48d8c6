package io.github.linuxfd.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

import io.github.linuxfd.fanotify.FanotifyResponse;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.inotify.InotifyWatchFlag;
import io.github.linuxfd.listener.DispatchSettings;
import io.github.linuxfd.listener.FanotifySettings;
import io.github.linuxfd.listener.InotifyWatchDefinition;
import io.github.linuxfd.listener.InotifyWatchDefinitions;
import io.github.linuxfd.listener.SignalSettings;
import io.github.linuxfd.signalfd.SignalStrategy;

/**
 * Configuration properties for linuxfd.
 *
 * @param enabled Whether to listen to kernel events
 * @param dispatch How events are handed to handlers
 * @param inotify Watching files and directories
 * @param signal Listening to signals
 * @param fanotify Listening to whole file systems, and being asked for permission
 * @author linuxfd
 * @since 0.1.0
 */
@ConfigurationProperties("linuxfd")
public record LinuxFdProperties(@DefaultValue("true") boolean enabled, @DefaultValue Dispatch dispatch,
		@DefaultValue Inotify inotify, @DefaultValue Signal signal, @DefaultValue Fanotify fanotify) {

	/**
	 * How events are handed to handlers.
	 *
	 * @param queueCapacity Number of events that may wait for a listener before its
	 * source is left unread and the kernel keeps them
	 * @param maxBatchSize Maximum number of events given at once to a handler that takes
	 * a list
	 * @param shutdownTimeout Time that handlers are given to end when the context stops
	 */
	public record Dispatch(@DefaultValue("4096") int queueCapacity, @DefaultValue("1024") int maxBatchSize,
			@DefaultValue("10s") Duration shutdownTimeout) {

		public Dispatch {
			Assert.isTrue(queueCapacity >= 1, () -> "queueCapacity is " + queueCapacity + ", and has to be at least 1");
			Assert.isTrue(maxBatchSize >= 1, () -> "maxBatchSize is " + maxBatchSize + ", and has to be at least 1");
			Assert.isTrue(!shutdownTimeout.isNegative(),
					() -> "shutdownTimeout is " + shutdownTimeout + ", and cannot be negative");
		}

		DispatchSettings settings() {
			return new DispatchSettings(this.queueCapacity, this.maxBatchSize, this.shutdownTimeout);
		}

	}

	/**
	 * Watching files and directories.
	 *
	 * @param watches Watches by name, published as application events and available to
	 * listeners by their name
	 */
	public record Inotify(@DefaultValue Map<String, Watch> watches) {

		InotifyWatchDefinitions definitions() {
			Map<String, InotifyWatchDefinition> definitions = new LinkedHashMap<>();
			this.watches.forEach((name, watch) -> definitions.put(name, watch.definition()));
			return new InotifyWatchDefinitions(definitions);
		}

	}

	/**
	 * Listening to signals.
	 *
	 * @param strategy How signals come to their listeners
	 * @param shutdown What happens when TERM, INT or HUP asks for the end
	 */
	public record Signal(@DefaultValue("auto") SignalStrategy strategy, @DefaultValue Shutdown shutdown) {

		SignalSettings settings() {
			return new SignalSettings(this.strategy, this.shutdown.enabled(), this.shutdown.preStopDelay());
		}

	}

	/**
	 * What happens when TERM, INT or HUP asks for the end.
	 *
	 * @param enabled Whether to listen to these signals without a listener too, to report
	 * who sent them
	 * @param preStopDelay Time for which the application goes on and refuses new traffic
	 * before its context is closed; a second signal ends it
	 */
	public record Shutdown(@DefaultValue("true") boolean enabled, @DefaultValue("0s") Duration preStopDelay) {

		public Shutdown {
			Assert.isTrue(!preStopDelay.isNegative(),
					() -> "preStopDelay is " + preStopDelay + ", and cannot be negative");
		}

	}

	/**
	 * Listening to whole file systems, and being asked for permission.
	 *
	 * @param timeout Time that somebody waits for the answer of a listener
	 * @param timeoutResponse Answer when the listener gives none
	 */
	public record Fanotify(@DefaultValue("2s") Duration timeout,
			@DefaultValue("allow") FanotifyResponse timeoutResponse) {

		FanotifySettings settings() {
			return new FanotifySettings(this.timeout, this.timeoutResponse);
		}

	}

	/**
	 * A watched file or directory.
	 *
	 * @param path File or directory to watch
	 * @param events Events to report; CLOSE_WRITE and MOVED_TO if there are none
	 * @param flags How the watch behaves
	 * @param recursive Whether to watch the directories below too
	 * @param existing Whether to report the files that are there at start
	 * @param optional Whether to start, with a warning, if the path cannot be watched
	 * @param batchWindow How long the kernel collects events after its queue was read
	 * empty; they are then read together
	 */
	public record Watch(@Nullable Path path, @DefaultValue Set<InotifyEventFlag> events,
			@DefaultValue Set<InotifyWatchFlag> flags, @DefaultValue("false") boolean recursive,
			@DefaultValue("false") boolean existing, @DefaultValue("false") boolean optional,
			@DefaultValue("0ms") Duration batchWindow) {

		public Watch {
			Assert.isTrue(path != null && !path.toString().isEmpty(), "path is missing");
		}

		InotifyWatchDefinition definition() {
			Assert.state(this.path != null, "path is missing");
			return new InotifyWatchDefinition(this.path,
					this.events.isEmpty() ? InotifyWatchDefinition.ARRIVALS
							: Flags.of(InotifyEventFlag.class, this.events),
					Flags.of(InotifyWatchFlag.class, this.flags), this.recursive, this.existing, this.optional,
					this.batchWindow);
		}

	}

}

package io.github.linuxfd.sample;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * One line of the live page.
 *
 * @param time when it happened
 * @param kind what happened
 * @param name the file's name, if it is about a file
 * @param text more about it
 * @author linuxfd
 */
record LiveEvent(Instant time, Kind kind, @Nullable String name, String text) {

	static LiveEvent of(Kind kind, @Nullable String name, String text) {
		return new LiveEvent(Instant.now(), kind, name, text);
	}

	/**
	 * What happened.
	 */
	enum Kind {

		/**
		 * The kernel reported a file.
		 */
		ARRIVED,

		/**
		 * A file's rows were committed.
		 */
		INGESTED,

		/**
		 * A file was not valid.
		 */
		FAILED,

		/**
		 * A signal arrived.
		 */
		SIGNAL,

		/**
		 * The throughput timer expired and files had come.
		 */
		TICK,

		/**
		 * The throughput timer expired and nothing had happened.
		 */
		IDLE,

		/**
		 * Something that a person should know.
		 */
		NOTICE

	}

}

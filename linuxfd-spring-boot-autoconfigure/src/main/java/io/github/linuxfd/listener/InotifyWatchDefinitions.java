package io.github.linuxfd.listener;

import java.util.Map;

/**
 * The watches declared in the properties.
 *
 * @param watches the watches by name
 * @author linuxfd
 * @since 0.1.0
 */
public record InotifyWatchDefinitions(Map<String, InotifyWatchDefinition> watches) {

	/** The property that declares a watch. */
	static String property(String name) {
		return "linuxfd.inotify.watches." + name;
	}

}

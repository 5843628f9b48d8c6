package io.github.linuxfd.listener;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Stands where a {@link SeccompGuard} cannot be, and sees to it that nobody takes an
 * application for protected that is not.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SeccompAbsence implements SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(SeccompAbsence.class);

	private final SeccompSettings settings;

	private final boolean enabled;

	private final String system;

	/**
	 * Stand in for the guard.
	 * @param settings the rules that nobody loads
	 * @param enabled whether linuxfd is to be there
	 * @param system where it cannot be
	 */
	public SeccompAbsence(SeccompSettings settings, boolean enabled, String system) {
		this.settings = settings;
		this.enabled = enabled;
		this.system = system;
	}

	/**
	 * Warn if linuxfd is switched off, which the application has said itself, and fail if
	 * it cannot be there.
	 * @throws SeccompConfigurationException if there are rules that the application
	 * cannot do without
	 */
	@Override
	public void afterSingletonsInstantiated() {
		if (this.settings.rules().isEmpty()) {
			return;
		}
		if (!this.enabled) {
			logger
				.warn("The rules of linuxfd.seccomp are not loaded, because linuxfd.enabled is false: this application "
						+ "may make every call");
			return;
		}
		this.settings.unavailable("linuxfd.seccomp has rules, and there is nobody to load them on " + this.system + ".",
				"Start on Linux on x86-64 or aarch64, with LinuxFdAutoConfiguration, or remove the presets and rules "
						+ "of linuxfd.seccomp.",
				null);
	}

}

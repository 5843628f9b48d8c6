package io.github.linuxfd.psi;

import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.fd.Pollable;

/**
 * A trigger in a pressure file: its descriptor reports {@code EPOLLPRI} each time tasks
 * have waited longer than agreed, no more than once per window. {@code EPOLLERR} says
 * that the file's control group is gone. The trigger ends with its descriptor. Any thread
 * may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://docs.kernel.org/accounting/psi.html">Pressure Stall
 * Information</a>
 */
public final class PressureTrigger implements Pollable, AutoCloseable {

	private final OwnedFd fd;

	private final String setting;

	PressureTrigger(OwnedFd fd, String setting) {
		this.fd = fd;
		this.setting = setting;
	}

	@Override
	public OwnedFd fd() {
		return this.fd;
	}

	/**
	 * {@code close(2)} - ends the trigger.
	 * @throws IllegalStateException if this is closed already
	 */
	@Override
	public void close() {
		this.fd.close();
	}

	@Override
	public String toString() {
		return "PressureTrigger[" + this.fd + ", " + this.setting + "]";
	}

}

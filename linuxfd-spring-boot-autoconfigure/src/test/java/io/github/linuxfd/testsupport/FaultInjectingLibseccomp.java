package io.github.linuxfd.testsupport;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.Libseccomp;

/**
 * The real libseccomp, of which some functions fail on demand.
 *
 * @author linuxfd
 */
public final class FaultInjectingLibseccomp {

	private final Map<String, Errno> faults = new ConcurrentHashMap<>();

	private final Map<String, Errno> faultsOnce = new ConcurrentHashMap<>();

	private final Libseccomp proxy;

	public FaultInjectingLibseccomp(Libseccomp target) {
		this.proxy = (Libseccomp) Proxy.newProxyInstance(Libseccomp.class.getClassLoader(),
				new Class<?>[] { Libseccomp.class }, (self, method, arguments) -> {
					Errno once = this.faultsOnce.remove(method.getName());
					Errno fault = (once != null) ? once : this.faults.get(method.getName());
					if (fault != null) {
						return (method.getReturnType() == long.class) ? (Object) (long) -fault.number()
								: (Object) (-fault.number());
					}
					try {
						return method.invoke(target, arguments);
					}
					catch (InvocationTargetException ex) {
						throw ex.getCause();
					}
				});
	}

	/**
	 * Return the seam to be given to what is tested.
	 * @return the functions
	 */
	public Libseccomp library() {
		return this.proxy;
	}

	/**
	 * Fail every call from now on, without making it.
	 * @param method the method of the seam
	 * @param errno with what
	 * @return this
	 */
	public FaultInjectingLibseccomp fail(String method, Errno errno) {
		this.faults.put(method, errno);
		return this;
	}

	/**
	 * Fail the next call, without making it.
	 * @param method the method of the seam
	 * @param errno with what
	 * @return this
	 */
	public FaultInjectingLibseccomp failOnce(String method, Errno errno) {
		this.faultsOnce.put(method, errno);
		return this;
	}

}

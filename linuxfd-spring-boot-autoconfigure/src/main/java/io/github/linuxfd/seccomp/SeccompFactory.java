package io.github.linuxfd.seccomp;

import java.util.Collection;
import java.util.List;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Opens {@link SeccompFilter}s. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SeccompFactory {

	private final Syscalls syscalls;

	private final Libseccomp library;

	/**
	 * Open through this library.
	 * @param syscalls the calls
	 * @param library the library
	 */
	public SeccompFactory(Syscalls syscalls, Libseccomp library) {
		this.syscalls = syscalls;
		this.library = library;
	}

	/**
	 * {@code seccomp_init(3)} - opens a filter without rules for this process's
	 * architecture, to be loaded for all threads.
	 * @param defaultAction what becomes of calls without a rule
	 * @return the filter, to be closed by the caller
	 * @throws SyscallException {@code EINVAL} - the kernel does not know the action;
	 * {@code EOPNOTSUPP} - it cannot filter all threads
	 */
	public SeccompFilter open(SeccompAction defaultAction) {
		return new SeccompFilter(this.syscalls, this.library, defaultAction);
	}

	/**
	 * {@code seccomp_init(3)}, {@code seccomp_arch_add(3)} - opens a filter whose rules
	 * are also for the other architectures whose calls this kernel takes, so that they
	 * are no way around it. A rule for a call that libseccomp has no name for cannot be
	 * added to it ({@code EFAULT}): see {@link #open(Collection)}.
	 * @param defaultAction what becomes of calls without a rule
	 * @return the filter, to be closed by the caller
	 * @throws SyscallException as {@link #open(SeccompAction)}
	 */
	public SeccompFilter openForAllArchitectures(SeccompAction defaultAction) {
		SeccompFilter filter = open(defaultAction);
		try {
			architecture().others().forEach(filter::addArchitecture);
			return filter;
		}
		catch (RuntimeException | Error ex) {
			filter.close();
			throw ex;
		}
	}

	/**
	 * {@code seccomp_init(3)}, {@code seccomp_rule_add_array(3)},
	 * {@code seccomp_merge(3)} - opens a filter that allows everything but what these
	 * rules say, also by the other architectures whose calls this kernel takes. A call
	 * that libseccomp has no name for is filtered by its number on this architecture
	 * only.
	 * @param rules the rules
	 * @return the filter, to be closed by the caller
	 * @throws SyscallException as {@link SeccompFilter#addRule}
	 * @throws IllegalArgumentException if libseccomp knows no such call
	 */
	public SeccompFilter open(Collection<SeccompRule> rules) {
		SeccompFilter filter = open(SeccompAction.ALLOW);
		try {
			rules.forEach(filter::addRule);
			mergeOthers(filter, rules.stream().filter((rule) -> hasName(rule.call())).toList());
			return filter;
		}
		catch (RuntimeException | Error ex) {
			filter.close();
			throw ex;
		}
	}

	private void mergeOthers(SeccompFilter filter, List<SeccompRule> rules) {
		SeccompArchitecture own = architecture();
		if (!own.others().isEmpty()) {
			try (SeccompFilter others = openForAllArchitectures(SeccompAction.ALLOW)) {
				others.removeArchitecture(own);
				rules.forEach(others::addRule);
				filter.merge(others);
			}
		}
	}

	private boolean hasName(String call) {
		return this.library.resolveNumber(this.library.archNative(), callNumber(call)) != null;
	}

	/**
	 * {@code seccomp_arch_native(3)} - returns this process's architecture.
	 * @return the architecture
	 */
	public SeccompArchitecture architecture() {
		int token = this.library.archNative();
		return SeccompArchitecture.of(token)
			.orElseThrow(
					() -> new IllegalStateException("linuxfd knows no architecture 0x" + Integer.toHexString(token)));
	}

	/**
	 * {@code seccomp_syscall_resolve_name(3)} - returns the number of a system call.
	 * @param name its name
	 * @return its number on this architecture, less than -1 if it has none here
	 * @throws IllegalArgumentException if libseccomp knows no such call
	 */
	public int callNumber(String name) {
		return SystemCalls.number(this.library, name);
	}

	/**
	 * {@code seccomp_syscall_resolve_num_arch(3)} - returns the name of a system call.
	 * @param number its number on this architecture
	 * @return its name, or the number if libseccomp knows no such call
	 */
	public String callName(int number) {
		return SystemCalls.name(this.library, this.library.archNative(), number);
	}

	/**
	 * Whether this JVM can answer a call of its own.
	 * @param call the call's name, or its number on this architecture
	 * @return {@code false} for what the JVM itself calls: while it waits for an answer
	 * it cannot give one
	 */
	public boolean isAnswerable(String call) {
		return !JvmCalls.isUnanswerable(callName(callNumber(call)));
	}

	/**
	 * {@code seccomp_version(3)} - returns the version of libseccomp.
	 * @return for instance {@code 2.5.4}
	 */
	public String version() {
		return this.library.version();
	}

	/**
	 * {@code seccomp_api_get(3)} - returns what libseccomp and this kernel can do
	 * together: 2 all threads, 3 log and kill-process, 5 user notification, 6 that of all
	 * threads.
	 * @return the level
	 */
	public int apiLevel() {
		return this.library.apiGet();
	}

}

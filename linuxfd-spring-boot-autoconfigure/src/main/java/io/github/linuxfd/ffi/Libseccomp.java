package io.github.linuxfd.ffi;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The seam to libseccomp: every function of {@code libseccomp.so.2} that linuxfd calls.
 * The library is loaded when it is first asked for. Results are those of the function,
 * which are {@code -errno} for an error. A filter's address is native, and the caller
 * sees to it that only one thread at a time uses it. Otherwise any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man3/seccomp_init.3.html">seccomp_init.3</a>
 */
public interface Libseccomp {

	/** The name by which the dynamic linker finds it; {@code libseccomp2} of Debian. */
	String SONAME = "libseccomp.so.2";

	/**
	 * Return this system's library.
	 * @return the functions, or empty if the library is not installed
	 * @throws IllegalStateException if jffi cannot be loaded here
	 */
	static Optional<Libseccomp> find() {
		return JffiLibseccomp.find();
	}

	/**
	 * {@code seccomp_init(3)}.
	 * @param action the default action
	 * @return the filter's address or {@code -errno}
	 */
	long init(int action);

	/**
	 * {@code seccomp_reset(3)}.
	 * @param filter the filter's address, not 0: that would close descriptors that are
	 * somebody else's by now
	 * @param action the default action
	 * @return 0 or {@code -errno}
	 */
	int reset(long filter, int action);

	/**
	 * {@code seccomp_release(3)}.
	 * @param filter the filter's address
	 */
	void release(long filter);

	/**
	 * {@code seccomp_merge(3)}.
	 * @param target the address of the filter that takes the rules
	 * @param source the address of the filter that is released
	 * @return 0 or {@code -errno}
	 */
	int merge(long target, long source);

	/**
	 * {@code seccomp_arch_native(3)}.
	 * @return the token of this process's architecture
	 */
	int archNative();

	/**
	 * {@code seccomp_arch_add(3)}.
	 * @param filter the filter's address
	 * @param arch the token of the architecture
	 * @return 0 or {@code -errno}
	 */
	int archAdd(long filter, int arch);

	/**
	 * {@code seccomp_arch_remove(3)}.
	 * @param filter the filter's address
	 * @param arch the token of the architecture
	 * @return 0 or {@code -errno}
	 */
	int archRemove(long filter, int arch);

	/**
	 * {@code seccomp_arch_exist(3)}.
	 * @param filter the filter's address
	 * @param arch the token of the architecture
	 * @return 0, or {@code -EEXIST} if the filter does not have it
	 */
	int archExist(long filter, int arch);

	/**
	 * {@code seccomp_attr_get(3)}.
	 * @param filter the filter's address
	 * @param attribute the attribute
	 * @param value address of a {@code uint32_t} that takes its value
	 * @return 0 or {@code -errno}
	 */
	int attrGet(long filter, int attribute, long value);

	/**
	 * {@code seccomp_attr_set(3)}.
	 * @param filter the filter's address
	 * @param attribute the attribute
	 * @param value its value
	 * @return 0 or {@code -errno}
	 */
	int attrSet(long filter, int attribute, int value);

	/**
	 * {@code seccomp_rule_add_array(3)}.
	 * @param filter the filter's address
	 * @param action the action
	 * @param call the number of the system call
	 * @param count the number of comparisons
	 * @param comparisons address of an array of {@code struct scmp_arg_cmp}
	 * @return 0 or {@code -errno}
	 */
	int ruleAddArray(long filter, int action, int call, int count, long comparisons);

	/**
	 * {@code seccomp_rule_add_exact_array(3)}.
	 * @param filter the filter's address
	 * @param action the action
	 * @param call the number of the system call
	 * @param count the number of comparisons
	 * @param comparisons address of an array of {@code struct scmp_arg_cmp}
	 * @return 0 or {@code -errno}
	 */
	int ruleAddExactArray(long filter, int action, int call, int count, long comparisons);

	/**
	 * {@code seccomp_load(3)}.
	 * @param filter the filter's address
	 * @return 0 or {@code -errno}
	 */
	int load(long filter);

	/**
	 * {@code seccomp_export_bpf(3)}.
	 * @param filter the filter's address
	 * @param fd the descriptor to write to
	 * @return 0 or {@code -errno}
	 */
	int exportBpf(long filter, int fd);

	/**
	 * {@code seccomp_export_pfc(3)}.
	 * @param filter the filter's address
	 * @param fd the descriptor to write to
	 * @return 0 or {@code -errno}
	 */
	int exportPfc(long filter, int fd);

	/**
	 * {@code seccomp_notify_fd(3)}. The library keeps the number, and gives the same one
	 * for every filter of the process.
	 * @param filter the filter's address
	 * @return the descriptor or {@code -errno}
	 */
	int notifyFd(long filter);

	/**
	 * {@code seccomp_syscall_resolve_name(3)}.
	 * @param name the call's name, ended by NUL
	 * @return its number; less than -1 if this architecture does not have it; -1 if the
	 * library does not know it
	 */
	int resolveName(byte[] name);

	/**
	 * {@code seccomp_syscall_resolve_num_arch(3)}.
	 * @param arch the token of the architecture
	 * @param call the number of the system call
	 * @return the call's name, or {@code null} if the library does not know it
	 */
	@Nullable String resolveNumber(int arch, int call);

	/**
	 * {@code seccomp_version(3)}.
	 * @return the library's version, for instance {@code 2.5.4}
	 */
	String version();

	/**
	 * {@code seccomp_api_get(3)}.
	 * @return what library and kernel can do together: 2 all threads, 3 log and
	 * kill-process, 5 user notification, 6 that of all threads
	 */
	int apiGet();

}

package io.github.linuxfd.ffi;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libseccomp through jffi. They return the error itself.
 *
 * @author linuxfd
 */
final class JffiLibseccomp implements Libseccomp {

	private static final int ENOMEM = 12;

	private static final int EFAULT = 14;

	private static final int EINVAL = 22;

	private final Invoker invoker = Invoker.getInstance();

	private final MemoryIO memory = MemoryIO.getInstance();

	private final Library library;

	private final CallContext none = JffiSyscalls.words(0);

	private final CallContext one = JffiSyscalls.words(1);

	private final CallContext two = JffiSyscalls.words(2);

	private final CallContext three = JffiSyscalls.words(3);

	private final CallContext five = JffiSyscalls.words(5);

	private final long free;

	private JffiLibseccomp(Library library) {
		this.library = library;
		this.free = Library.getDefault().getSymbolAddress("free");
	}

	static Optional<Libseccomp> find() {
		JffiSyscalls.instance(); // says what is wrong if there is no jffi
		return Optional.ofNullable(Holder.INSTANCE);
	}

	private long address(String function) {
		long address = this.library.getSymbolAddress(function);
		if (address == 0) {
			throw new UnsatisfiedLinkError(SONAME + " has no " + function);
		}
		return address;
	}

	private int call(String function) {
		return (int) this.invoker.invokeL0(this.none, address(function));
	}

	private int call(String function, long first) {
		return (int) this.invoker.invokeL1(this.one, address(function), first);
	}

	private int call(String function, long first, long second) {
		return (int) this.invoker.invokeL2(this.two, address(function), first, second);
	}

	private int call(String function, long first, long second, long third) {
		return (int) this.invoker.invokeL3(this.three, address(function), first, second, third);
	}

	/** It has no error but NULL. */
	@Override
	public long init(int action) {
		long filter = this.invoker.invokeL1(this.one, address("seccomp_init"), action);
		if (filter == 0) {
			return (LastError.getInstance().get() == ENOMEM) ? -ENOMEM : -EINVAL;
		}
		return filter;
	}

	@Override
	public int reset(long filter, int action) {
		return call("seccomp_reset", filter, action);
	}

	@Override
	public void release(long filter) {
		this.invoker.invokeL1(this.one, address("seccomp_release"), filter);
	}

	@Override
	public int merge(long target, long source) {
		return call("seccomp_merge", target, source);
	}

	@Override
	public int archNative() {
		return call("seccomp_arch_native");
	}

	@Override
	public int archAdd(long filter, int arch) {
		return call("seccomp_arch_add", filter, arch);
	}

	@Override
	public int archRemove(long filter, int arch) {
		return call("seccomp_arch_remove", filter, arch);
	}

	@Override
	public int archExist(long filter, int arch) {
		return call("seccomp_arch_exist", filter, arch);
	}

	@Override
	public int attrGet(long filter, int attribute, long value) {
		return call("seccomp_attr_get", filter, attribute, value);
	}

	@Override
	public int attrSet(long filter, int attribute, int value) {
		return call("seccomp_attr_set", filter, attribute, value);
	}

	@Override
	public int ruleAddArray(long filter, int action, int call, int count, long comparisons) {
		return (int) this.invoker.invokeL5(this.five, address("seccomp_rule_add_array"), filter, action, call, count,
				comparisons);
	}

	@Override
	public int ruleAddExactArray(long filter, int action, int call, int count, long comparisons) {
		return (int) this.invoker.invokeL5(this.five, address("seccomp_rule_add_exact_array"), filter, action, call,
				count, comparisons);
	}

	/** It says EFAULT for what it does not expect; errno still has the kernel's word. */
	@Override
	public int load(long filter) {
		LastError.getInstance().set(0);
		int result = call("seccomp_load", filter);
		int errno = LastError.getInstance().get();
		return (result == -EFAULT && errno != 0) ? -errno : result;
	}

	@Override
	public int exportBpf(long filter, int fd) {
		return call("seccomp_export_bpf", filter, fd);
	}

	@Override
	public int exportPfc(long filter, int fd) {
		return call("seccomp_export_pfc", filter, fd);
	}

	@Override
	public int notifyFd(long filter) {
		return call("seccomp_notify_fd", filter);
	}

	@Override
	public int resolveName(byte[] name) {
		long copied = this.memory.allocateMemory(name.length, false);
		try {
			this.memory.putByteArray(copied, name, 0, name.length);
			return call("seccomp_syscall_resolve_name", copied);
		}
		finally {
			this.memory.freeMemory(copied);
		}
	}

	/** The name is the caller's, to be given back to the C library. */
	@Override
	public @Nullable String resolveNumber(int arch, int call) {
		long name = this.invoker.invokeL2(this.two, address("seccomp_syscall_resolve_num_arch"), arch, call);
		if (name == 0) {
			return null;
		}
		try {
			return new String(this.memory.getZeroTerminatedByteArray(name), StandardCharsets.US_ASCII);
		}
		finally {
			this.invoker.invokeL1(this.one, this.free, name);
		}
	}

	@Override
	public String version() {
		long version = this.invoker.invokeL0(this.none, address("seccomp_version"));
		return this.memory.getInt(version) + "." + this.memory.getInt(version + 4) + "."
				+ this.memory.getInt(version + 8);
	}

	@Override
	public int apiGet() {
		return call("seccomp_api_get");
	}

	private static final class Holder {

		static final @Nullable Libseccomp INSTANCE = open();

		private static @Nullable Libseccomp open() {
			Library library = Library.getCachedInstance(SONAME, Library.LAZY);
			return (library != null) ? new JffiLibseccomp(library) : null;
		}

	}

}

package io.github.linuxfd.seccomp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.ScmpArgCmp;
import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A filter of system calls that is put together and then loaded into this process, which
 * cannot be undone: the kernel keeps a loaded filter until the process ends, gives it to
 * all children, and takes the strongest action of all filters. Closing this frees
 * libseccomp's memory only.
 * <p>
 * Any thread may call, one after the other. Linux 4.14 and libseccomp 2.5.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/seccomp.2.html">seccomp.2</a>
 */
public final class SeccompFilter implements AutoCloseable {

	private static final int MFD_CLOEXEC = 0x1;

	/**
	 * libseccomp keeps what it knows of the kernel, and the one listener, for the
	 * process.
	 */
	private static final Object LOADING = new Object();

	/** Guarded by {@link #LOADING}. */
	private static boolean listening;

	private final Syscalls syscalls;

	private final Libseccomp library;

	private final long filter;

	private final Set<SeccompRule> rules = new LinkedHashSet<>();

	private SeccompAction defaultAction;

	private State state = State.OPEN;

	private boolean forced;

	SeccompFilter(Syscalls syscalls, Libseccomp library, SeccompAction defaultAction) {
		this.syscalls = syscalls;
		this.library = library;
		this.defaultAction = defaultAction;
		this.filter = library.init(defaultAction.bits());
		if (this.filter < 0) {
			throw SyscallException.of("seccomp_init", this.filter, defaultAction.toString());
		}
		try {
			setOurDefaults();
		}
		catch (RuntimeException | Error ex) {
			library.release(this.filter);
			throw ex;
		}
	}

	private void setOurDefaults() {
		setAttribute(SeccompAttribute.KERNEL_ERRORS, 1);
		setAttribute(SeccompAttribute.ALL_THREADS, 1);
	}

	/**
	 * {@code seccomp_rule_add_array(3)} - adds a rule. For architectures whose call is
	 * another one it may be changed to do the same.
	 * @param rule the rule
	 * @return this
	 * @throws SyscallException {@code EACCES} - its action is the default action;
	 * {@code EOPNOTSUPP} - the kernel does not know the action
	 * @throws IllegalArgumentException if libseccomp knows no such call
	 * @throws IllegalStateException if this is closed or merged into another filter
	 */
	public synchronized SeccompFilter addRule(SeccompRule rule) {
		return add(rule, "seccomp_rule_add_array", this.library::ruleAddArray);
	}

	/**
	 * {@code seccomp_rule_add_exact_array(3)} - adds a rule exactly as it is, or not at
	 * all.
	 * @param rule the rule
	 * @return this
	 * @throws SyscallException {@code EDOM}, {@code EINVAL} - an architecture of this
	 * filter cannot have it so; otherwise as {@link #addRule}
	 * @throws IllegalArgumentException if libseccomp knows no such call
	 * @throws IllegalStateException if this is closed or merged into another filter
	 */
	public synchronized SeccompFilter addExactRule(SeccompRule rule) {
		return add(rule, "seccomp_rule_add_exact_array", this.library::ruleAddExactArray);
	}

	private SeccompFilter add(SeccompRule rule, String function, Addition addition) {
		checkOpen();
		int call = SystemCalls.number(this.library, rule.call());
		int count = rule.comparisons().size();
		try (NativeMemory comparisons = NativeMemory.allocate(Math.max(1, count * ScmpArgCmp.BYTES))) {
			for (int i = 0; i < count; i++) {
				write(rule.comparisons().get(i), comparisons.bytes(), i * ScmpArgCmp.BYTES);
			}
			SyscallException.check(function,
					addition.add(this.filter, rule.action().bits(), call, count, comparisons.address()), rule);
		}
		this.rules.add(new SeccompRule(rule.action(), SystemCalls.name(this.library, this.library.archNative(), call),
				rule.comparisons()));
		return this;
	}

	private static void write(SeccompComparison comparison, ByteBuffer to, int at) {
		boolean masked = comparison.comparator() == SeccompComparator.MASKED_EQ;
		to.putInt(at + ScmpArgCmp.ARG, comparison.argument());
		to.putInt(at + ScmpArgCmp.OP, comparison.comparator().number());
		to.putLong(at + ScmpArgCmp.DATUM_A, masked ? comparison.mask() : comparison.value());
		to.putLong(at + ScmpArgCmp.DATUM_B, masked ? comparison.value() : 0);
	}

	/**
	 * {@code seccomp_arch_add(3)} - lets rules that are added from now on be for another
	 * architecture too. This process's own is there from the beginning.
	 * @param architecture the architecture
	 * @return this
	 * @throws SyscallException {@code EEXIST} - the filter has it already
	 * @throws IllegalStateException if this is closed or merged into another filter
	 */
	public synchronized SeccompFilter addArchitecture(SeccompArchitecture architecture) {
		checkOpen();
		SyscallException.check("seccomp_arch_add", this.library.archAdd(this.filter, architecture.token()),
				architecture);
		return this;
	}

	/**
	 * {@code seccomp_arch_remove(3)} - takes an architecture out, with its rules.
	 * @param architecture the architecture
	 * @return this
	 * @throws SyscallException {@code EEXIST} - the filter does not have it
	 * @throws IllegalStateException if this is closed or merged into another filter
	 */
	public synchronized SeccompFilter removeArchitecture(SeccompArchitecture architecture) {
		checkOpen();
		SyscallException.check("seccomp_arch_remove", this.library.archRemove(this.filter, architecture.token()),
				architecture);
		return this;
	}

	/**
	 * {@code seccomp_arch_exist(3)} - tells whether the filter has an architecture.
	 * @param architecture the architecture
	 * @return {@code true} if it has
	 * @throws IllegalStateException if this is closed or merged into another filter
	 */
	public synchronized boolean hasArchitecture(SeccompArchitecture architecture) {
		checkOpen();
		int result = this.library.archExist(this.filter, architecture.token());
		if (Errno.EEXIST.is(result)) {
			return false;
		}
		SyscallException.check("seccomp_arch_exist", result, architecture);
		return true;
	}

	/**
	 * {@code seccomp_attr_get(3)} - returns an attribute.
	 * @param attribute the attribute
	 * @return its value; of an action as the kernel has it, see {@link #badArchitecture}
	 * @throws SyscallException {@code EINVAL} - this libseccomp does not know it
	 * @throws IllegalStateException if this is closed or merged into another filter
	 */
	public synchronized int getAttribute(SeccompAttribute attribute) {
		checkOpen();
		try (NativeMemory value = NativeMemory.allocate(Integer.BYTES)) {
			SyscallException.check("seccomp_attr_get",
					this.library.attrGet(this.filter, attribute.number(), value.address()), attribute);
			return value.bytes().getInt(0);
		}
	}

	/**
	 * {@code seccomp_attr_set(3)} - sets an attribute.
	 * @param attribute the attribute
	 * @param value its value
	 * @return this
	 * @throws SyscallException {@code EACCES} - it can be read only; {@code EINVAL} -
	 * this libseccomp does not know it; {@code EOPNOTSUPP} - this kernel does not
	 * @throws IllegalStateException if this is closed or merged into another filter
	 */
	public synchronized SeccompFilter setAttribute(SeccompAttribute attribute, int value) {
		checkOpen();
		SyscallException.check("seccomp_attr_set", this.library.attrSet(this.filter, attribute.number(), value),
				attribute + ", " + value);
		return this;
	}

	/**
	 * {@code seccomp_attr_get(3)} - returns what becomes of calls by an architecture that
	 * the filter does not have.
	 * @return the action
	 * @throws IllegalStateException if this is closed or merged into another filter
	 */
	public SeccompAction badArchitecture() {
		return SeccompAction.ofBits(getAttribute(SeccompAttribute.BAD_ARCHITECTURE_ACTION));
	}

	/**
	 * {@code seccomp_attr_set(3)} - says what becomes of calls by an architecture that
	 * the filter does not have.
	 * @param action the action
	 * @return this
	 * @throws SyscallException {@code EINVAL} - the kernel does not know the action
	 * @throws IllegalStateException if this is closed or merged into another filter
	 */
	public SeccompFilter badArchitecture(SeccompAction action) {
		return setAttribute(SeccompAttribute.BAD_ARCHITECTURE_ACTION, action.bits());
	}

	/**
	 * {@code seccomp_reset(3)} - takes all rules, architectures and attributes back, as
	 * if this had just been opened.
	 * @param newDefaultAction the default action from now on
	 * @return this
	 * @throws SyscallException {@code EINVAL} - the kernel does not know the action
	 * @throws IllegalStateException if this is closed or merged into another filter
	 */
	public synchronized SeccompFilter reset(SeccompAction newDefaultAction) {
		checkOpen();
		SyscallException.check("seccomp_reset", this.library.reset(this.filter, newDefaultAction.bits()),
				newDefaultAction);
		this.defaultAction = newDefaultAction;
		this.rules.clear();
		this.forced = false;
		setOurDefaults();
		return this;
	}

	/**
	 * {@code seccomp_merge(3)} - takes over all of another filter, which is used up by
	 * that. The two may have no architecture in common, and have the same attributes.
	 * @param other the other filter
	 * @return this
	 * @throws SyscallException {@code EEXIST}, {@code EINVAL} - they have an architecture
	 * in common or different attributes; the other one is as before
	 * @throws IllegalStateException if one of them is closed or merged into another
	 * filter
	 */
	public synchronized SeccompFilter merge(SeccompFilter other) {
		if (other == this) {
			throw new IllegalArgumentException("A filter cannot be merged into itself");
		}
		checkOpen();
		other.giveTo(this);
		return this;
	}

	private synchronized void giveTo(SeccompFilter target) {
		checkOpen();
		SyscallException.check("seccomp_merge", this.library.merge(target.filter, this.filter), target + ", " + this);
		this.state = State.MERGED;
		target.rules.addAll(this.rules);
	}

	/**
	 * Let {@link #load()} load this even if it would kill or freeze the JVM.
	 * @return this
	 */
	public synchronized SeccompFilter force() {
		this.forced = true;
		return this;
	}

	/**
	 * Return why a JVM would not survive this filter: what it needs and would not get,
	 * threads that would be killed, calls of its own that it would have to answer itself.
	 * @return the reasons, none for a filter that is safe as far as linuxfd knows
	 */
	public synchronized List<String> objections() {
		return JvmCalls.objections(this.defaultAction, this.rules,
				(call) -> this.library.resolveName(SystemCalls.cString(call)) >= 0);
	}

	/**
	 * {@code seccomp_load(3)} - gives this filter to every thread of this process, unless
	 * {@link SeccompAttribute#ALL_THREADS} says otherwise, and for ever. This can be
	 * changed and loaded again, which adds a filter. Needs no privileges, because it sets
	 * {@link SeccompAttribute#NO_NEW_PRIVILEGES}, for ever too.
	 * @throws SyscallException {@code EACCES} - {@code NO_NEW_PRIVS} is not to be set and
	 * {@code CAP_SYS_ADMIN} is missing; {@code ESRCH} - a thread has a filter of its own,
	 * the message names it; {@code ENOMEM} - the process has 32768 instructions of
	 * filters
	 * @throws IllegalArgumentException if a JVM would not survive it, see
	 * {@link #objections()} and {@link #force()}
	 * @throws IllegalStateException if this has rules that ask a listener, is closed, or
	 * merged into another filter
	 */
	public synchronized void load() {
		checkLoadable();
		if (asks()) {
			throw new IllegalStateException(this + " asks a listener, which loadListening() returns");
		}
		synchronized (LOADING) {
			loadNow();
		}
	}

	/**
	 * {@code seccomp_load(3)}, {@code seccomp_notify_fd(3)} - as {@link #load()}, for a
	 * filter with {@link SeccompAction#NOTIFY}. A process can have one listener only.
	 * Linux 5.7 for all threads.
	 * @return what it asks, to be answered and closed by the caller
	 * @throws SyscallException {@code EBUSY} - somebody else listens to this process
	 * already, such as a container's supervisor; otherwise as {@link #load()}
	 * @throws IllegalArgumentException as {@link #load()}
	 * @throws IllegalStateException if no rule asks a listener, if this process has or
	 * had a listener, if this is closed, or merged into another filter
	 */
	public synchronized SeccompNotifications loadListening() {
		checkLoadable();
		if (!asks()) {
			throw new IllegalStateException(this + " asks no listener: load() loads it");
		}
		synchronized (LOADING) {
			// the library would load it without a listener, and every call would fail
			if (listening) {
				throw new IllegalStateException("libseccomp gives a process one listener, which this one has had");
			}
			loadNow();
			listening = true;
			return SeccompNotifications.adopt(this.syscalls, this.library, this.library.notifyFd(this.filter));
		}
	}

	private boolean asks() {
		return this.defaultAction.equals(SeccompAction.NOTIFY)
				|| this.rules.stream().anyMatch((rule) -> rule.action().equals(SeccompAction.NOTIFY));
	}

	private void checkLoadable() {
		checkOpen();
		List<String> objections = this.forced ? List.of() : objections();
		if (!objections.isEmpty()) {
			throw new IllegalArgumentException("This filter would harm the JVM: " + String.join("; ", objections));
		}
	}

	private void loadNow() {
		int result = this.library.load(this.filter);
		if (Errno.ESRCH.is(result)) {
			throw SyscallException.of("seccomp_load", result,
					"with filters of their own: " + ThreadFilters.diverging());
		}
		SyscallException.check("seccomp_load", result, this);
	}

	/**
	 * {@code seccomp_export_bpf(3)} - returns the program that the kernel would be given:
	 * an array of {@code struct sock_filter}.
	 * @return its bytes, eight for each instruction
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left
	 * @throws IllegalStateException if this is closed or merged into another filter
	 */
	public synchronized byte[] exportBpf() {
		return export("seccomp_export_bpf", this.library::exportBpf);
	}

	/**
	 * {@code seccomp_export_pfc(3)} - returns the program for people to read, in the
	 * library's pseudo code.
	 * @return the text
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left
	 * @throws IllegalStateException if this is closed or merged into another filter
	 */
	public synchronized String exportPfc() {
		return new String(export("seccomp_export_pfc", this.library::exportPfc), StandardCharsets.US_ASCII);
	}

	private byte[] export(String function, Export export) {
		checkOpen();
		int result = this.syscalls.memfdCreate(SystemCalls.cString("seccomp"), MFD_CLOEXEC);
		OwnedFd file = OwnedFd.adopt(this.syscalls, result, "memfd_create", "seccomp");
		try {
			int number = file.acquire();
			try {
				SyscallException.check(function, export.to(this.filter, number), this);
				// of the thread, which may have descriptors of its own
				return Files.readAllBytes(Path.of("/proc/thread-self/fd/" + number));
			}
			finally {
				file.release();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			file.close();
		}
	}

	private void checkOpen() {
		if (this.state != State.OPEN) {
			throw new IllegalStateException(this + " is " + ((this.state == State.MERGED) ? "merged" : "closed"));
		}
	}

	/**
	 * {@code seccomp_release(3)} - frees libseccomp's memory. What is loaded stays.
	 * @throws IllegalStateException if this is closed already
	 */
	@Override
	public synchronized void close() {
		switch (this.state) {
			case CLOSED -> throw new IllegalStateException(this + " is closed already");
			case OPEN -> this.library.release(this.filter);
			case MERGED -> {
				// the other filter has it all
			}
		}
		this.state = State.CLOSED;
	}

	@Override
	public synchronized String toString() {
		return "SeccompFilter[" + this.rules + ", otherwise " + this.defaultAction + "]";
	}

	private enum State {

		OPEN, MERGED, CLOSED

	}

	@FunctionalInterface
	private interface Addition {

		int add(long filter, int action, int call, int count, long comparisons);

	}

	@FunctionalInterface
	private interface Export {

		int to(long filter, int fd);

	}

}

package io.github.linuxfd.testsupport;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.Syscalls;

/**
 * The real system calls, some of which fail on demand: for what the kernel does not do by
 * itself. Calls are counted from 1, per method of the seam.
 *
 * @author linuxfd
 */
public final class FaultInjectingSyscalls {

	private final Syscalls target;

	private final Syscalls proxy;

	private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();

	private final List<Rule> rules = new CopyOnWriteArrayList<>();

	public FaultInjectingSyscalls(Syscalls target) {
		this.target = target;
		this.proxy = (Syscalls) Proxy.newProxyInstance(Syscalls.class.getClassLoader(),
				new Class<?>[] { Syscalls.class }, (self, method, arguments) -> invoke(method, arguments));
	}

	/**
	 * Return the calls of this system, with the faults that are set later.
	 * @return the faults
	 */
	public static FaultInjectingSyscalls ofSystem() {
		return new FaultInjectingSyscalls(Syscalls.system());
	}

	/**
	 * Return the seam to be given to what is tested.
	 * @return the calls
	 */
	public Syscalls syscalls() {
		return this.proxy;
	}

	/**
	 * Fail one call, without making it.
	 * @param method the method of the seam
	 * @param number which call from now on fails, 1 is the next
	 * @param errno with what
	 * @return this
	 */
	public FaultInjectingSyscalls fail(String method, int number, Errno errno) {
		int at = count(method) + number;
		return answer(method, at, at, (call) -> -errno.number());
	}

	/**
	 * Fail every call from now on, without making it.
	 * @param method the method of the seam
	 * @param errno with what
	 * @return this
	 */
	public FaultInjectingSyscalls failAll(String method, Errno errno) {
		return answer(method, count(method) + 1, Integer.MAX_VALUE, (call) -> -errno.number());
	}

	/**
	 * Make the next call, and then say that it failed.
	 * @param method the method of the seam
	 * @param errno with what
	 * @return this
	 */
	public FaultInjectingSyscalls failAfterwards(String method, Errno errno) {
		int at = count(method) + 1;
		return answer(method, at, at, (call) -> {
			call.call();
			return -errno.number();
		});
	}

	/**
	 * Let the next {@code read} take no more than that.
	 * @param bytes the number of bytes
	 * @return this
	 */
	public FaultInjectingSyscalls shortRead(long bytes) {
		int at = count("read") + 1;
		this.rules.add(new Rule("read", at, at, new Shortened(bytes)));
		return this;
	}

	/**
	 * Let every call from now on move no more than that.
	 * @param method the method of the seam, whose third argument is a number of bytes or
	 * vectors
	 * @param most the number of bytes or vectors
	 * @return this
	 */
	public FaultInjectingSyscalls shorten(String method, long most) {
		return around(method, new Shortened(most));
	}

	/**
	 * Answer calls in another way.
	 * @param method the method of the seam
	 * @param from the first call
	 * @param to the last call
	 * @param answer returns the result
	 * @return this
	 */
	public FaultInjectingSyscalls answer(String method, int from, int to, Answer answer) {
		this.rules.add(new Rule(method, from, to, (arguments, real) -> answer.to(real)));
		return this;
	}

	/**
	 * Answer every call from now on in another way, by its arguments.
	 * @param method the method of the seam
	 * @param around returns the result
	 * @return this
	 */
	public FaultInjectingSyscalls around(String method, Around around) {
		this.rules.add(new Rule(method, count(method) + 1, Integer.MAX_VALUE, around));
		return this;
	}

	/**
	 * Let all calls through again.
	 */
	public void heal() {
		this.rules.clear();
	}

	/**
	 * Return how often a method was called.
	 * @param method the method of the seam
	 * @return the number of calls, those that failed too
	 */
	public int count(String method) {
		return counter(method).get();
	}

	private AtomicInteger counter(String method) {
		return this.calls.computeIfAbsent(method, (name) -> new AtomicInteger());
	}

	private Object invoke(Method method, Object[] arguments) throws Throwable {
		if (method.getDeclaringClass() == Object.class) {
			return reflect(method, this, arguments);
		}
		int number = counter(method.getName()).incrementAndGet();
		for (Rule rule : this.rules) {
			if (rule.covers(method.getName(), number)) {
				long result = rule.around().to(arguments, () -> ((Number) call(method, arguments)).longValue());
				return (method.getReturnType() == int.class) ? (Object) (int) result : (Object) result;
			}
		}
		return reflect(method, this.target, arguments);
	}

	private Object call(Method method, Object[] arguments) throws Exception {
		try {
			return reflect(method, this.target, arguments);
		}
		catch (Exception | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Object reflect(Method method, Object target, Object[] arguments) throws Throwable {
		try {
			return method.invoke(target, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getCause();
		}
	}

	/**
	 * Answers a call.
	 */
	@FunctionalInterface
	public interface Answer {

		/**
		 * Answer a call.
		 * @param real makes the call
		 * @return the result
		 * @throws Exception never in a good test
		 */
		long to(Callable<Long> real) throws Exception;

	}

	/**
	 * Answers a call by its arguments.
	 */
	@FunctionalInterface
	public interface Around {

		/**
		 * Answer a call.
		 * @param arguments the arguments, which may be changed before the call is made
		 * @param real makes the call
		 * @return the result
		 * @throws Exception never in a good test
		 */
		long to(Object[] arguments, Callable<Long> real) throws Exception;

	}

	private record Shortened(long most) implements Around {

		@Override
		public long to(Object[] arguments, Callable<Long> real) throws Exception {
			long shorter = Math.min(((Number) arguments[2]).longValue(), this.most);
			arguments[2] = (arguments[2] instanceof Integer) ? (Object) (int) shorter : (Object) shorter;
			return real.call();
		}

	}

	private record Rule(String method, int from, int to, Around around) {

		boolean covers(String called, int number) {
			return this.method.equals(called) && this.from <= number && number <= this.to;
		}

	}

}

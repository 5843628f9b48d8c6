package io.github.linuxfd.testsupport;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * All scenarios of a class, one after the other in one JVM of their own, which another
 * program has put where they do no harm. A scenario is a static method without parameters
 * that is not private.
 *
 * @author linuxfd
 */
public final class Scenarios implements AutoCloseable {

	private final ForkedJvm jvm;

	private Scenarios(ForkedJvm jvm) {
		this.jvm = jvm;
	}

	/**
	 * Start the JVM.
	 * @param wrapper the program and its arguments, for instance {@code unshare --uts}
	 * @param type the class with the scenarios
	 * @return the running scenarios, to be closed by the caller
	 */
	public static Scenarios start(List<String> wrapper, Class<?> type) {
		return new Scenarios(ForkedJvm.startBy(wrapper, Scenarios.class, type.getName()));
	}

	/**
	 * Return the scenarios of a class.
	 * @param type the class
	 * @return their names, in order
	 */
	public static Stream<String> names(Class<?> type) {
		return methods(type).map(Method::getName);
	}

	private static Stream<Method> methods(Class<?> type) {
		return Arrays.stream(type.getDeclaredMethods())
			.filter((method) -> Modifier.isStatic(method.getModifiers()) && method.getParameterCount() == 0
					&& !method.isSynthetic() && !Modifier.isPrivate(method.getModifiers()))
			.sorted((one, other) -> one.getName().compareTo(other.getName()));
	}

	/**
	 * Wait for a scenario, and fail if it has.
	 * @param name its name
	 */
	public void assertPassed(String name) {
		String line = this.jvm
			.awaitLine((printed) -> printed.equals("passed " + name) || printed.equals("failed " + name));
		if (!line.equals("passed " + name)) {
			this.jvm.awaitExit();
			throw new AssertionError(String.join("\n", this.jvm.lines()));
		}
	}

	/**
	 * Return the JVM.
	 * @return the JVM, which ends by itself
	 */
	public ForkedJvm jvm() {
		return this.jvm;
	}

	@Override
	public void close() {
		this.jvm.close();
	}

	/**
	 * Run the scenarios.
	 * @param arguments the class's name
	 * @throws Exception if there is no such class
	 */
	public static void main(String[] arguments) throws Exception {
		methods(Class.forName(arguments[0])).forEach(Scenarios::run);
	}

	private static void run(Method method) {
		try {
			method.setAccessible(true);
			method.invoke(null);
			System.out.println("passed " + method.getName());
		}
		catch (InvocationTargetException ex) {
			ex.getCause().printStackTrace(System.out);
			System.out.println("failed " + method.getName());
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

}

package io.github.linuxfd.benchmarks.jmh;

import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time per call of a handler's method, of four beans in turn, so that no call can be
 * compiled for one of them.
 *
 * @author linuxfd
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DispatchBenchmark {

	private static final int BEANS = 4;

	private static final MethodType OF_OBJECT = MethodType.methodType(void.class, Object.class);

	private final Event event = new Event(8);

	private final List<Handler> beans = List.of(new First(), new Second(), new Third(), new Fourth());

	private final List<Method> methods = new ArrayList<>();

	private final List<MethodHandle> handles = new ArrayList<>();

	private final List<Handler> lambdas = new ArrayList<>();

	@Setup
	public void bind() throws Throwable {
		MethodHandles.Lookup lookup = MethodHandles.lookup();
		for (Handler bean : this.beans) {
			Method method = bean.getClass().getMethod("on", Event.class);
			MethodHandle handle = lookup.unreflect(method);
			this.methods.add(method);
			this.handles.add(handle.bindTo(bean).asType(OF_OBJECT));
			MethodType type = MethodType.methodType(void.class, Event.class);
			this.lambdas.add((Handler) LambdaMetafactory
				.metafactory(lookup, "on", MethodType.methodType(Handler.class, bean.getClass()), type, handle, type)
				.getTarget()
				.invoke(bean));
		}
	}

	/** The limit: the beans implement an interface. */
	@Benchmark
	@OperationsPerInvocation(BEANS)
	public void interfaceCall() {
		for (int i = 0; i < BEANS; i++) {
			this.beans.get(i).on(this.event);
		}
	}

	/** As linuxfd does it. */
	@Benchmark
	@OperationsPerInvocation(BEANS)
	public void methodHandle() throws Throwable {
		for (int i = 0; i < BEANS; i++) {
			this.handles.get(i).invokeExact((Object) this.event);
		}
	}

	/** A class of the JVM's making for each bean. */
	@Benchmark
	@OperationsPerInvocation(BEANS)
	public void lambda() {
		for (int i = 0; i < BEANS; i++) {
			this.lambdas.get(i).on(this.event);
		}
	}

	/** As Spring does it. */
	@Benchmark
	@OperationsPerInvocation(BEANS)
	public void reflection() throws ReflectiveOperationException {
		for (int i = 0; i < BEANS; i++) {
			this.methods.get(i).invoke(this.beans.get(i), this.event);
		}
	}

	/**
	 * What handlers take.
	 *
	 * @param mask some bits
	 */
	public record Event(int mask) {
	}

	/**
	 * What all beans could implement.
	 */
	@FunctionalInterface
	public interface Handler {

		/**
		 * Handle an event.
		 * @param event the event
		 */
		void on(Event event);

	}

	/**
	 * The first bean.
	 */
	public static final class First implements Handler {

		private long sum;

		@Override
		public void on(Event event) {
			this.sum += event.mask();
		}

	}

	/**
	 * The second bean.
	 */
	public static final class Second implements Handler {

		private long sum;

		@Override
		public void on(Event event) {
			this.sum += event.mask() + 1;
		}

	}

	/**
	 * The third bean.
	 */
	public static final class Third implements Handler {

		private long sum;

		@Override
		public void on(Event event) {
			this.sum += event.mask() + 2;
		}

	}

	/**
	 * The fourth bean.
	 */
	public static final class Fourth implements Handler {

		private long sum;

		@Override
		public void on(Event event) {
			this.sum += event.mask() + 3;
		}

	}

}

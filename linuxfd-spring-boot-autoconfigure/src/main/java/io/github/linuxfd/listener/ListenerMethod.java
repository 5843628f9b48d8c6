package io.github.linuxfd.listener;

import java.lang.invoke.LambdaConversionException;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;
import org.springframework.util.ConcurrentReferenceHashMap;
import org.springframework.util.ReflectionUtils;

import io.github.linuxfd.inotify.InotifyEvent;

/**
 * A handler's method bound to its bean, as if it had been written as a method reference:
 * one function that takes the event, or the list of events, whatever the method itself
 * takes of it.
 *
 * @author linuxfd
 */
final class ListenerMethod {

	private static final MethodType CONSUMER = MethodType.methodType(void.class, Object.class);

	private static final MethodType RUNNABLE = MethodType.methodType(void.class);

	private static final MethodType FUNCTION = MethodType.methodType(Object.class, Object.class);

	private static final MethodType SUPPLIER = MethodType.methodType(Object.class);

	private static final Map<Method, MethodHandle> FACTORIES = new ConcurrentReferenceHashMap<>();

	private final Consumer<Object> function;

	private final boolean takesBatch;

	private ListenerMethod(Consumer<Object> function, boolean takesBatch) {
		this.function = function;
		this.takesBatch = takesBatch;
	}

	/**
	 * Bind a method.
	 * @param bean the bean, possibly a proxy
	 * @param method the annotated method of the bean's class
	 * @param eventType what its container delivers
	 * @return the bound method
	 * @throws IllegalStateException if it is not one that can take these events
	 */
	static ListenerMethod of(Object bean, Method method, Class<?> eventType) {
		Method invocable = AopUtils.selectInvocableMethod(method, bean.getClass());
		if (invocable.getReturnType() != void.class) {
			throw new IllegalStateException("it returns " + invocable.getReturnType().getSimpleName()
					+ ", which nobody would receive; make it void");
		}
		if (invocable.getParameterCount() > 1) {
			throw new IllegalStateException(
					"it takes " + invocable.getParameterCount() + " parameters; " + accepted(eventType));
		}
		if (invocable.getParameterCount() == 0) {
			return new ListenerMethod(bindWithoutEvent(bean, invocable), false);
		}
		ResolvableType parameter = ResolvableType.forMethodParameter(MethodParameter.forExecutable(invocable, 0));
		Class<?> type = parameter.toClass();
		if (type == eventType) {
			return new ListenerMethod(bindConsumer(bean, invocable), false);
		}
		if (type == Path.class && eventType == InotifyEvent.class) {
			Consumer<Object> takesPath = bindConsumer(bean, invocable);
			return new ListenerMethod((event) -> takesPath.accept(((InotifyEvent) event).path()), false);
		}
		if (type == List.class && parameter.getGeneric(0).toClass() == eventType) {
			return new ListenerMethod(bindConsumer(bean, invocable), true);
		}
		throw new IllegalStateException("it takes " + parameter + "; " + accepted(eventType));
	}

	/**
	 * Bind a method that is asked something.
	 * @param bean the bean, possibly a proxy
	 * @param method the annotated method of the bean's class
	 * @param eventType what its container delivers
	 * @param answerTypes what it may return
	 * @param answer takes the event and what the method has returned for it
	 * @return the bound method
	 * @throws IllegalStateException if it is not one that can answer these events
	 */
	static ListenerMethod answering(Object bean, Method method, Class<?> eventType, Set<Class<?>> answerTypes,
			BiConsumer<Object, @Nullable Object> answer) {
		Method invocable = AopUtils.selectInvocableMethod(method, bean.getClass());
		String answers = answerTypes.stream().map(Class::getSimpleName).sorted().collect(Collectors.joining(" or "));
		if (!answerTypes.contains(invocable.getReturnType())) {
			throw new IllegalStateException("it is asked and returns " + invocable.getReturnType().getSimpleName()
					+ "; make it return " + answers);
		}
		if (invocable.getParameterCount() > 1
				|| (invocable.getParameterCount() == 1 && invocable.getParameterTypes()[0] != eventType)) {
			throw new IllegalStateException("it is asked and takes " + Arrays.toString(invocable.getParameterTypes())
					+ "; a handler that answers takes " + eventType.getSimpleName() + " or nothing");
		}
		Function<Object, @Nullable Object> function = bindFunction(bean, invocable);
		return new ListenerMethod((event) -> answer.accept(event, function.apply(event)), false);
	}

	private static String accepted(Class<?> eventType) {
		String event = eventType.getSimpleName();
		return "a handler takes " + event + ", List<" + event + ">"
				+ ((eventType == InotifyEvent.class) ? ", Path" : "") + " or nothing";
	}

	@SuppressWarnings("unchecked")
	private static Consumer<Object> bindConsumer(Object bean, Method method) {
		Object function = bind(bean, method, Consumer.class, "accept", CONSUMER);
		return (function instanceof MethodHandle handle) ? (event) -> invoke(handle, event)
				: (Consumer<Object>) function;
	}

	private static Consumer<Object> bindWithoutEvent(Object bean, Method method) {
		Object function = bind(bean, method, Runnable.class, "run", RUNNABLE);
		if (function instanceof MethodHandle handle) {
			MethodHandle ignoring = MethodHandles.dropArguments(handle, 0, Object.class);
			return (event) -> invoke(ignoring, event);
		}
		Runnable call = (Runnable) function;
		return (event) -> call.run();
	}

	@SuppressWarnings("unchecked")
	private static Function<Object, @Nullable Object> bindFunction(Object bean, Method method) {
		if (method.getParameterCount() == 0) {
			Object supplier = bind(bean, method, Supplier.class, "get", SUPPLIER);
			return (supplier instanceof MethodHandle handle) ? (event) -> ask(handle)
					: (event) -> ((Supplier<@Nullable Object>) supplier).get();
		}
		Object function = bind(bean, method, Function.class, "apply", FUNCTION);
		return (function instanceof MethodHandle handle) ? (event) -> ask(handle, event)
				: (Function<Object, @Nullable Object>) function;
	}

	/*
	 * What the compiler would have made of bean::method, because a method handle that is
	 * no constant goes through several adapters for each call. A method in a package that
	 * is exported but not open to us can only be had as a handle.
	 */
	private static Object bind(Object bean, Method method, Class<?> function, String name, MethodType erased) {
		try {
			return factory(method, function, name, erased).invoke(bean);
		}
		catch (IllegalAccessException | LambdaConversionException | LinkageError ex) {
			return handle(bean, method, erased);
		}
		catch (Throwable ex) {
			throw new IllegalStateException("it cannot be bound: " + ex.getMessage(), ex);
		}
	}

	/** One for all beans of the class: the class that it makes is never unloaded. */
	private static MethodHandle factory(Method method, Class<?> function, String name, MethodType erased)
			throws IllegalAccessException, LambdaConversionException {
		MethodHandle factory = FACTORIES.get(method);
		if (factory == null) {
			MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(method.getDeclaringClass(),
					MethodHandles.lookup());
			MethodHandle direct = lookup.unreflect(method);
			MethodType bound = MethodType.methodType(function, direct.type().parameterType(0));
			MethodType actual = direct.type().dropParameterTypes(0, 1);
			// a primitive that is returned becomes an object, and void remains void
			MethodType boxed = (erased.returnType() == Object.class) ? actual.wrap() : actual;
			factory = LambdaMetafactory.metafactory(lookup, name, bound, erased, direct, boxed).getTarget();
			FACTORIES.put(method, factory);
		}
		return factory;
	}

	private static MethodHandle handle(Object bean, Method method, MethodType erased) {
		try {
			ReflectionUtils.makeAccessible(method);
			return MethodHandles.lookup().unreflect(method).bindTo(bean).asType(erased);
		}
		catch (IllegalAccessException | InaccessibleObjectException ex) {
			throw new IllegalStateException("it cannot be accessed: " + ex.getMessage(), ex);
		}
	}

	private static void invoke(MethodHandle handle, Object argument) {
		try {
			handle.invokeExact(argument);
		}
		catch (Throwable ex) {
			ListenerMethod.<RuntimeException>rethrow(ex);
		}
	}

	private static @Nullable Object ask(MethodHandle handle) {
		try {
			return handle.invoke();
		}
		catch (Throwable ex) {
			ListenerMethod.<RuntimeException>rethrow(ex);
			throw new AssertionError(ex);
		}
	}

	private static @Nullable Object ask(MethodHandle handle, Object argument) {
		try {
			return handle.invoke(argument);
		}
		catch (Throwable ex) {
			ListenerMethod.<RuntimeException>rethrow(ex);
			throw new AssertionError(ex);
		}
	}

	/** As it is, checked or not, like the function that calls the method directly. */
	@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
	private static <T extends Throwable> void rethrow(Throwable failure) throws T {
		throw (T) failure;
	}

	/**
	 * Whether the method takes a list of events.
	 * @return {@code true} if {@link #invoke} is to be given a list
	 */
	boolean takesBatch() {
		return this.takesBatch;
	}

	/**
	 * Call the method, which may throw anything, checked or not.
	 * @param argument the event, or the list of events
	 */
	void invoke(Object argument) {
		this.function.accept(argument);
	}

}

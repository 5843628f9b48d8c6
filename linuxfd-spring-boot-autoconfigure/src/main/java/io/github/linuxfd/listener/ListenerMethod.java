package io.github.linuxfd.listener;

import java.lang.invoke.LambdaConversionException;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;
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
			Runnable call = (Runnable) bind(bean, invocable, Runnable.class, "run", RUNNABLE);
			return new ListenerMethod((event) -> call.run(), false);
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

	private static String accepted(Class<?> eventType) {
		String event = eventType.getSimpleName();
		return "a handler takes " + event + ", List<" + event + ">"
				+ ((eventType == InotifyEvent.class) ? ", Path" : "") + " or nothing";
	}

	@SuppressWarnings("unchecked")
	private static Consumer<Object> bindConsumer(Object bean, Method method) {
		return (Consumer<Object>) bind(bean, method, Consumer.class, "accept", CONSUMER);
	}

	/*
	 * What the compiler would have made of bean::method. A method handle that is not a
	 * constant goes through several adapters for each call.
	 */
	private static Object bind(Object bean, Method method, Class<?> function, String name, MethodType erased) {
		ReflectionUtils.makeAccessible(method);
		try {
			MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(method.getDeclaringClass(),
					MethodHandles.lookup());
			MethodHandle direct = lookup.unreflect(method);
			MethodType bound = MethodType.methodType(function, direct.type().parameterType(0));
			return LambdaMetafactory
				.metafactory(lookup, name, bound, erased, direct, direct.type().dropParameterTypes(0, 1))
				.getTarget()
				.invoke(bean);
		}
		catch (IllegalAccessException | LambdaConversionException ex) {
			throw new IllegalStateException("it cannot be accessed: " + ex.getMessage(), ex);
		}
		catch (Throwable ex) {
			throw new IllegalStateException("it cannot be bound: " + ex.getMessage(), ex);
		}
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

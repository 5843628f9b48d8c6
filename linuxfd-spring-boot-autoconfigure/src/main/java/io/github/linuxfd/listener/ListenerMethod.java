package io.github.linuxfd.listener;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.List;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;
import org.springframework.util.ReflectionUtils;

import io.github.linuxfd.inotify.InotifyEvent;

/**
 * A handler's method bound to its bean: one method handle that takes the event, or the
 * list of events, whatever the method itself takes of it.
 *
 * @author linuxfd
 */
final class ListenerMethod {

	private static final MethodType HANDLER = MethodType.methodType(void.class, Object.class);

	private final MethodHandle handle;

	private final boolean takesBatch;

	private ListenerMethod(MethodHandle handle, boolean takesBatch) {
		this.handle = handle.asType(HANDLER);
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
		MethodHandle handle = bind(bean, invocable);
		if (invocable.getParameterCount() == 0) {
			return new ListenerMethod(MethodHandles.dropArguments(handle, 0, Object.class), false);
		}
		ResolvableType parameter = ResolvableType.forMethodParameter(MethodParameter.forExecutable(invocable, 0));
		Class<?> type = parameter.toClass();
		if (type == eventType) {
			return new ListenerMethod(handle, false);
		}
		if (type == Path.class && eventType == InotifyEvent.class) {
			return new ListenerMethod(MethodHandles.filterArguments(handle, 0, pathOfEvent()), false);
		}
		if (type == List.class && parameter.getGeneric(0).toClass() == eventType) {
			return new ListenerMethod(handle, true);
		}
		throw new IllegalStateException("it takes " + parameter + "; " + accepted(eventType));
	}

	private static MethodHandle pathOfEvent() {
		try {
			return MethodHandles.lookup().findVirtual(InotifyEvent.class, "path", MethodType.methodType(Path.class));
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String accepted(Class<?> eventType) {
		String event = eventType.getSimpleName();
		return "a handler takes " + event + ", List<" + event + ">"
				+ ((eventType == InotifyEvent.class) ? ", Path" : "") + " or nothing";
	}

	private static MethodHandle bind(Object bean, Method method) {
		ReflectionUtils.makeAccessible(method);
		try {
			return MethodHandles.lookup().unreflect(method).bindTo(bean);
		}
		catch (IllegalAccessException ex) {
			throw new IllegalStateException("it cannot be accessed: " + ex.getMessage(), ex);
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
	 * Call the method.
	 * @param argument the event, or the list of events
	 * @throws Throwable what the method throws
	 */
	void invoke(Object argument) throws Throwable {
		this.handle.invokeExact(argument);
	}

}

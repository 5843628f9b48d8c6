package io.github.linuxfd.listener;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;

import io.github.linuxfd.annotation.Dispatch;

/**
 * A handler as it was declared: what a container is made from.
 *
 * @author linuxfd
 */
abstract class ListenerEndpoint {

	private final String id;

	private final String declaration;

	private final @Nullable Object target;

	private final @Nullable ListenerMethod method;

	private final Dispatch dispatch;

	private final int concurrency;

	ListenerEndpoint(String id, String declaration, @Nullable Object bean, @Nullable ListenerMethod method,
			Dispatch dispatch, int concurrency) {
		this.id = id;
		this.declaration = declaration;
		this.target = (bean != null) ? ultimateTarget(bean) : null;
		this.method = method;
		this.dispatch = dispatch;
		this.concurrency = concurrency;
	}

	/** Make the container, without opening anything yet. */
	abstract ListenerContainer<?> createContainer(ListenerContext context);

	String id() {
		return this.id;
	}

	/** The annotation with its bean and method, or the property, for messages. */
	String declaration() {
		return this.declaration;
	}

	/**
	 * Whether this is a handler of the bean, which may be a proxy or what is behind it.
	 */
	boolean isOf(Object bean) {
		return this.target == ultimateTarget(bean);
	}

	/** What is behind all proxies: what the container destroys in the end. */
	static Object ultimateTarget(Object bean) {
		Object current = bean;
		for (Object next = bean; next != null; next = AopProxyUtils.getSingletonTarget(current)) {
			current = next;
		}
		return current;
	}

	/** The handler, or {@code null} if the events are only published. */
	@Nullable ListenerMethod method() {
		return this.method;
	}

	Dispatch dispatch() {
		return this.dispatch;
	}

	int concurrency() {
		return this.concurrency;
	}

	ListenerConfigurationException invalid(String problem, @Nullable Throwable cause) {
		return new ListenerConfigurationException(this.declaration, problem, cause);
	}

}

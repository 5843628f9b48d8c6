package io.github.linuxfd.listener;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.context.EmbeddedValueResolverAware;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.stereotype.Component;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringValueResolver;

import io.github.linuxfd.annotation.ChildExitListener;
import io.github.linuxfd.annotation.EventfdListener;
import io.github.linuxfd.annotation.FdListener;
import io.github.linuxfd.annotation.FanotifyListener;
import io.github.linuxfd.annotation.FanotifyListeners;
import io.github.linuxfd.annotation.InotifyListener;
import io.github.linuxfd.annotation.InotifyListeners;
import io.github.linuxfd.annotation.MemoryPressureListener;
import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.annotation.SignalListeners;
import io.github.linuxfd.annotation.TimerfdScheduled;
import io.github.linuxfd.annotation.TimerfdSchedules;
import io.github.linuxfd.listener.ListenerEndpointFactory.Target;

/**
 * Finds the annotated methods of beans and describes them to the
 * {@link LinuxFdListenerEndpointRegistry}, which is not made before all singletons are.
 * Opens nothing.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class LinuxFdListenerAnnotationBeanPostProcessor implements DestructionAwareBeanPostProcessor,
		SmartInitializingSingleton, EmbeddedValueResolverAware, BeanFactoryAware, Ordered {

	private static final Set<Class<? extends Annotation>> ANNOTATIONS = Set.of(InotifyListener.class,
			InotifyListeners.class, SignalListener.class, SignalListeners.class, TimerfdScheduled.class,
			TimerfdSchedules.class, ChildExitListener.class, EventfdListener.class, FdListener.class,
			MemoryPressureListener.class, FanotifyListener.class, FanotifyListeners.class);

	private final Set<Class<?>> nonAnnotatedClasses = ConcurrentHashMap.newKeySet();

	private final Set<Object> annotatedBeans = ConcurrentHashMap.newKeySet();

	/** Described before the registry is there. */
	private final List<ListenerEndpoint> endpoints = new ArrayList<>();

	private @Nullable LinuxFdListenerEndpointRegistry registry;

	private @Nullable BeanFactory beanFactory;

	private @Nullable ListenerEndpointFactory factory;

	/**
	 * Whether a class has annotated methods.
	 * @param type the class
	 * @return {@code true} if its beans listen to something
	 */
	public static boolean hasListeners(Class<?> type) {
		return isCandidate(type) && !MethodIntrospector
			.selectMethods(type,
					(ReflectionUtils.MethodFilter) (method) -> ANNOTATIONS.stream()
						.anyMatch((annotation) -> AnnotatedElementUtils.hasAnnotation(method, annotation)))
			.isEmpty();
	}

	/**
	 * Spring's own beans, which are no components, are most of those there are, and to
	 * look at each method takes time.
	 */
	private static boolean isCandidate(Class<?> type) {
		return AnnotationUtils.isCandidateClass(type, ANNOTATIONS)
				&& (!type.getName().startsWith("org.springframework.")
						|| AnnotatedElementUtils.isAnnotated(ClassUtils.getUserClass(type), Component.class));
	}

	/**
	 * Last of the ordered ones, so that a bean is seen as its users see it: with the
	 * proxies of Spring's own infrastructure.
	 */
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Override
	public void setEmbeddedValueResolver(StringValueResolver resolver) {
		this.factory = new ListenerEndpointFactory(resolver,
				() -> Objects.requireNonNull(this.beanFactory).getBean(InotifyWatchDefinitions.class));
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		Class<?> type = AopProxyUtils.ultimateTargetClass(bean);
		if (bean instanceof AopInfrastructureBean || this.nonAnnotatedClasses.contains(type)) {
			return bean;
		}
		Map<Method, List<ListenerEndpoint>> methods = isCandidate(type) ? MethodIntrospector.selectMethods(type,
				(MethodIntrospector.MetadataLookup<List<ListenerEndpoint>>) (method) -> endpoints(bean, beanName,
						method))
				: Map.of();
		if (methods.isEmpty()) {
			this.nonAnnotatedClasses.add(type);
		}
		else {
			this.annotatedBeans.add(new Identity(ListenerEndpoint.ultimateTarget(bean)));
			registerAll(methods.values().stream().flatMap(List::stream).toList());
		}
		return bean;
	}

	private @Nullable List<ListenerEndpoint> endpoints(Object bean, String beanName, Method method) {
		ListenerEndpointFactory factory = Objects.requireNonNull(this.factory);
		List<ListenerEndpoint> endpoints = new ArrayList<>();
		boolean found = false;
		found |= read(InotifyListener.class, InotifyListeners.class, bean, beanName, method, factory::inotify,
				endpoints);
		found |= read(SignalListener.class, SignalListeners.class, bean, beanName, method, factory::signal, endpoints);
		found |= read(TimerfdScheduled.class, TimerfdSchedules.class, bean, beanName, method, factory::timer,
				endpoints);
		found |= read(AnnotatedElementUtils.getAllMergedAnnotations(method, ChildExitListener.class), bean, beanName,
				method, factory::childExit, endpoints);
		found |= read(AnnotatedElementUtils.getAllMergedAnnotations(method, EventfdListener.class), bean, beanName,
				method, factory::eventfd, endpoints);
		found |= read(AnnotatedElementUtils.getAllMergedAnnotations(method, FdListener.class), bean, beanName, method,
				factory::fd, endpoints);
		found |= read(AnnotatedElementUtils.getAllMergedAnnotations(method, MemoryPressureListener.class), bean,
				beanName, method, factory::memoryPressure, endpoints);
		found |= read(FanotifyListener.class, FanotifyListeners.class, bean, beanName, method, factory::fanotify,
				endpoints);
		return found ? endpoints : null;
	}

	private static <A extends Annotation> boolean read(Class<A> type, Class<? extends Annotation> container,
			Object bean, String beanName, Method method, BiFunction<A, Target, @Nullable ListenerEndpoint> reader,
			List<ListenerEndpoint> endpoints) {
		return read(AnnotatedElementUtils.getMergedRepeatableAnnotations(method, type, container), bean, beanName,
				method, reader, endpoints);
	}

	private static <A extends Annotation> boolean read(Set<A> annotations, Object bean, String beanName, Method method,
			BiFunction<A, Target, @Nullable ListenerEndpoint> reader, List<ListenerEndpoint> endpoints) {
		for (A annotation : annotations) {
			ListenerEndpoint endpoint = reader.apply(annotation, new Target(beanName, bean, method, endpoints.size()));
			if (endpoint != null) {
				endpoints.add(endpoint);
			}
		}
		return !annotations.isEmpty();
	}

	private void registerAll(List<ListenerEndpoint> beanEndpoints) {
		LinuxFdListenerEndpointRegistry registry;
		synchronized (this.endpoints) {
			registry = this.registry;
			if (registry == null) {
				this.endpoints.addAll(beanEndpoints);
				return;
			}
		}
		registry.registerAll(beanEndpoints);
	}

	@Override
	public void afterSingletonsInstantiated() {
		LinuxFdListenerEndpointRegistry registry = Objects.requireNonNull(this.beanFactory)
			.getBean(LinuxFdListenerEndpointRegistry.class);
		synchronized (this.endpoints) {
			this.registry = registry;
			registry.registerAll(this.endpoints);
			this.endpoints.clear();
		}
	}

	@Override
	public boolean requiresDestruction(Object bean) {
		return this.annotatedBeans.contains(new Identity(bean));
	}

	@Override
	public void postProcessBeforeDestruction(Object bean, String beanName) {
		LinuxFdListenerEndpointRegistry registry = this.registry;
		if (this.annotatedBeans.remove(new Identity(bean)) && registry != null) {
			registry.unregister(bean);
		}
	}

	/** A bean by identity, whatever its equals says. */
	private record Identity(Object bean) {

		@Override
		public boolean equals(Object other) {
			return other instanceof Identity that && this.bean == that.bean;
		}

		@Override
		public int hashCode() {
			return System.identityHashCode(this.bean);
		}

	}

}

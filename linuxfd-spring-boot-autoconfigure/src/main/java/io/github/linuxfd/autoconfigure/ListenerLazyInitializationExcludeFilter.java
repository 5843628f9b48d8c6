package io.github.linuxfd.autoconfigure;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.LazyInitializationExcludeFilter;

import io.github.linuxfd.listener.LinuxFdListenerAnnotationBeanPostProcessor;

/**
 * Keeps beans with listeners from being made lazily: nobody would ever ask for them, and
 * they would never hear anything.
 *
 * @author linuxfd
 */
final class ListenerLazyInitializationExcludeFilter implements LazyInitializationExcludeFilter {

	@Override
	public boolean isExcluded(String beanName, BeanDefinition beanDefinition, Class<?> beanType) {
		return LinuxFdListenerAnnotationBeanPostProcessor.hasListeners(beanType);
	}

}

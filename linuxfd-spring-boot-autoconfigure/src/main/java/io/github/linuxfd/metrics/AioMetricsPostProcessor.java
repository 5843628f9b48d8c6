package io.github.linuxfd.metrics;

import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.util.Assert;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.aio.AioEngines;

/**
 * Measures engines of asynchronous I/O when they are opened: a binder among the beans
 * would open them for the sake of their meters.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioMetricsPostProcessor implements BeanPostProcessor, BeanFactoryAware {

	private @Nullable ObjectProvider<MeterRegistry> registries;

	@Override
	public void setBeanFactory(BeanFactory beans) {
		this.registries = beans.getBeanProvider(MeterRegistry.class);
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof AioEngines engines) {
			Assert.state(this.registries != null, "No bean factory");
			this.registries.forEach(new AioMetrics(engines)::bindTo);
		}
		return bean;
	}

}

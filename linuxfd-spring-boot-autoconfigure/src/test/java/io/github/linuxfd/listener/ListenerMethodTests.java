package io.github.linuxfd.listener;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.ProxyFactory;

import io.github.linuxfd.timerfd.TimerEvent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link ListenerMethod}.
 *
 * @author linuxfd
 */
class ListenerMethodTests {

	private static final TimerEvent TICK = new TimerEvent(1, 2, 3);

	private final Handler handler = new Handler();

	private static Method method(String name, Class<?>... parameters) throws NoSuchMethodException {
		return Handler.class.getDeclaredMethod(name, parameters);
	}

	@Test
	void privateMethodIsCalledWithTheEvent() throws Exception {
		ListenerMethod.of(this.handler, method("hidden", TimerEvent.class), TimerEvent.class).invoke(TICK);
		assertThat(this.handler.seen).containsExactly(TICK);
	}

	@Test
	void methodWithoutParameterIsCalledWithoutTheEvent() throws Exception {
		ListenerMethod.of(this.handler, method("run"), TimerEvent.class).invoke(TICK);
		assertThat(this.handler.seen).containsExactly("run");
	}

	/** java.lang is not open to anybody. */
	@Test
	void methodOfAnInterfaceInAClosedPackageIsCalledThroughTheProxy() throws Exception {
		ProxyFactory proxies = new ProxyFactory(this.handler);
		proxies.setInterfaces(Runnable.class);
		Object proxy = proxies.getProxy();
		assertThat(proxy).isNotInstanceOf(Handler.class);
		ListenerMethod.of(proxy, method("run"), TimerEvent.class).invoke(TICK);
		assertThat(this.handler.seen).containsExactly("run");
	}

	@Test
	void methodOfAClassProxyIsCalledThroughIt() throws Exception {
		ProxyFactory proxies = new ProxyFactory(this.handler);
		proxies.setProxyTargetClass(true);
		List<String> advised = new ArrayList<>();
		proxies.addAdvice((org.aopalliance.intercept.MethodInterceptor) (invocation) -> {
			advised.add(invocation.getMethod().getName());
			return invocation.proceed();
		});
		ListenerMethod.of(proxies.getProxy(), method("visible", TimerEvent.class), TimerEvent.class).invoke(TICK);
		assertThat(this.handler.seen).containsExactly(TICK);
		assertThat(advised).containsExactly("visible");
	}

	@Test
	void checkedExceptionComesAsItIs() throws Exception {
		ListenerMethod failing = ListenerMethod.of(this.handler, method("failing", List.class), TimerEvent.class);
		assertThat(failing.takesBatch()).isTrue();
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> failing.invoke(List.of(TICK)));
	}

	@Test
	void manyBeansOfOneClassMakeNoClassEach() throws Exception {
		ListenerMethod.of(this.handler, method("visible", TimerEvent.class), TimerEvent.class);
		int classes = ManagementFactory.getClassLoadingMXBean().getLoadedClassCount();
		for (int i = 0; i < 1000; i++) {
			ListenerMethod.of(new Handler(), method("visible", TimerEvent.class), TimerEvent.class);
		}
		assertThat(ManagementFactory.getClassLoadingMXBean().getLoadedClassCount() - classes).isLessThan(100);
	}

	static class Handler implements Runnable {

		final List<Object> seen = new ArrayList<>();

		private void hidden(TimerEvent event) {
			this.seen.add(event);
		}

		public void visible(TimerEvent event) {
			this.seen.add(event);
		}

		@Override
		public void run() {
			this.seen.add("run");
		}

		void failing(List<TimerEvent> events) throws IOException {
			throw new IOException("on purpose: " + events);
		}

	}

}

package io.github.linuxfd.listener;

import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.context.event.GenericApplicationListenerAdapter;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.ResolvableType;

/**
 * Publishes kernel records as application events, if anybody listens to them. Whether
 * somebody does is looked up once and again only when the number of application listeners
 * has changed, so that it costs nothing where nobody does.
 *
 * @author linuxfd
 */
final class EventPublication {

	private final ApplicationContext context;

	private final ResolvableType eventType;

	private final List<AbstractApplicationContext> contexts = new ArrayList<>();

	private final boolean unknown;

	private volatile int seen = -1;

	private volatile boolean wanted;

	EventPublication(ApplicationContext context, Class<?> recordType) {
		this.context = context;
		this.eventType = ResolvableType.forClassWithGenerics(PayloadApplicationEvent.class, recordType);
		boolean unknown = false;
		for (ApplicationContext each = context; each != null; each = each.getParent()) {
			if (each instanceof AbstractApplicationContext known) {
				this.contexts.add(known);
			}
			else {
				unknown = true;
			}
		}
		this.unknown = unknown;
	}

	/**
	 * Whether some application listener takes these records. To be asked once per batch.
	 * @return {@code true} if publishing reaches somebody
	 */
	boolean isWanted() {
		if (this.unknown) {
			return true;
		}
		int count = 0;
		for (AbstractApplicationContext each : this.contexts) {
			count += each.getApplicationListeners().size();
		}
		if (count != this.seen) {
			try {
				this.wanted = this.contexts.stream()
					.flatMap((each) -> List.copyOf(each.getApplicationListeners()).stream())
					.anyMatch(this::takes);
				this.seen = count;
			}
			catch (ConcurrentModificationException ex) {
				return true; // a listener is just being added: looked up next time
			}
		}
		return this.wanted;
	}

	private boolean takes(ApplicationListener<?> listener) {
		GenericApplicationListener generic = (listener instanceof GenericApplicationListener known) ? known
				: new GenericApplicationListenerAdapter(listener);
		return generic.supportsEventType(this.eventType);
	}

	/**
	 * Publish an event to whoever listens.
	 * @param event a kernel record, or one of the package {@code event}
	 */
	void publish(Object event) {
		this.context.publishEvent(event);
	}

}

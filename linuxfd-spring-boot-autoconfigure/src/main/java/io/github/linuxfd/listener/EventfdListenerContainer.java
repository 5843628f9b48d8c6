package io.github.linuxfd.listener;

import org.springframework.context.ApplicationContext;
import org.springframework.util.StringUtils;

import io.github.linuxfd.event.EventfdEvent;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventloop.DescriptorSource;

/**
 * Brings what is added to a bean's eventfd to its listener.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class EventfdListenerContainer extends BorrowedFdListenerContainer<EventfdEvent> {

	private final String declaredName;

	EventfdListenerContainer(EventfdListenerEndpoint endpoint, ListenerContext context) {
		super(endpoint, context, EventfdEvent.class);
		this.declaredName = endpoint.eventfd();
	}

	@Override
	public String source() {
		return "eventfd";
	}

	@Override
	boolean open() {
		ApplicationContext context = context().applicationContext();
		String name = StringUtils.hasLength(this.declaredName) ? this.declaredName : onlyName(context);
		register(DescriptorSource.borrowing(context().loop(), context.getBean(name, Eventfd.class),
				new MappedEvents<>(this, (value) -> new EventfdEvent(name, value))));
		return true;
	}

	private static String onlyName(ApplicationContext context) {
		String[] names = context.getBeanNamesForType(Eventfd.class);
		if (names.length != 1) {
			throw new IllegalStateException("it names no eventfd, and there is not one bean of type Eventfd but "
					+ names.length + (names.length > 0 ? ": " + String.join(", ", names) : ""));
		}
		return names[0];
	}

}

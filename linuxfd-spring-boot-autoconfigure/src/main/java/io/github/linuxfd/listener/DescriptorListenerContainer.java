package io.github.linuxfd.listener;

import io.github.linuxfd.eventloop.DescriptorSource;
import io.github.linuxfd.eventloop.Pacing;
import io.github.linuxfd.fd.EventDescriptor;

/**
 * A container with a descriptor of its own.
 *
 * @param <E> the kernel's records
 * @author linuxfd
 */
abstract class DescriptorListenerContainer<E> extends SourceListenerContainer<E> {

	DescriptorListenerContainer(ListenerEndpoint endpoint, ListenerContext context, Class<E> recordType,
			int queueCapacity) {
		super(endpoint, context, recordType, queueCapacity);
	}

	/** Have the loop read a descriptor, which is closed if the loop does not take it. */
	final void register(EventDescriptor<E> descriptor, Pacing pacing) {
		try {
			register(new DescriptorSource<>(context().loop(), descriptor, this, pacing));
		}
		catch (RuntimeException | Error ex) {
			descriptor.close();
			throw ex;
		}
	}

}

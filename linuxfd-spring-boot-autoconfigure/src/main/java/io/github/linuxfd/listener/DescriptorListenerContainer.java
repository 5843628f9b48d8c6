package io.github.linuxfd.listener;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.eventloop.DescriptorSource;
import io.github.linuxfd.eventloop.Pacing;
import io.github.linuxfd.fd.EventDescriptor;

/**
 * A container with a descriptor of its own.
 *
 * @param <E> the kernel's records
 * @author linuxfd
 */
abstract class DescriptorListenerContainer<E> extends ListenerContainer<E> {

	private volatile @Nullable DescriptorSource<E> descriptorSource;

	DescriptorListenerContainer(ListenerEndpoint endpoint, ListenerContext context, Class<E> recordType,
			int queueCapacity) {
		super(endpoint, context, recordType, queueCapacity);
	}

	/** Have the loop read a descriptor, which is closed if the loop does not take it. */
	final void register(EventDescriptor<E> descriptor, Pacing pacing) {
		DescriptorSource<E> source = new DescriptorSource<>(context().loop(), descriptor, this, pacing);
		// before the loop reads: a worker may have room again at once
		this.descriptorSource = source;
		try {
			context().loop().register(source);
		}
		catch (RuntimeException | Error ex) {
			descriptor.close();
			throw ex;
		}
	}

	@Override
	final void closeSources() {
		DescriptorSource<E> source = this.descriptorSource;
		if (source != null) {
			context().loop().cancel(source);
		}
	}

	@Override
	final void resumeSources() {
		DescriptorSource<E> source = this.descriptorSource;
		if (source != null) {
			source.resume();
		}
	}

}

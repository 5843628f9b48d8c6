package io.github.linuxfd.listener;

import java.util.concurrent.RejectedExecutionException;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventloop.ResumableSource;

/**
 * A container with a descriptor that a bean offers and closes.
 *
 * @param <E> the kernel's records
 * @author linuxfd
 */
abstract class BorrowedFdListenerContainer<E> extends SourceListenerContainer<E> {

	private static final Log logger = LogFactory.getLog(BorrowedFdListenerContainer.class);

	BorrowedFdListenerContainer(ListenerEndpoint endpoint, ListenerContext context, Class<E> recordType) {
		super(endpoint, context, recordType, context.settings().queueCapacity());
	}

	/** Have the loop watch the descriptor for this listener alone. */
	@Override
	final void register(ResumableSource source) {
		try {
			super.register(source);
		}
		catch (SyscallException ex) {
			if (!ex.errno().equals(Errno.EEXIST)) {
				throw ex;
			}
			throw new IllegalStateException("another listener has " + source + " already, and events go to one only",
					ex);
		}
	}

	/** Soon, and not by a worker that the loop may be waiting for. */
	final void closeSourcesSoon() {
		try {
			context().loop().execute(this::closeSources);
		}
		catch (RejectedExecutionException ex) {
			logger.debug(this + " was ended with its loop", ex);
		}
	}

	/** Its owner has closed it, or the loop has ended. */
	@Override
	public final void ended() {
		sourceFailed("its descriptor was closed");
	}

}

package io.github.linuxfd.aio;

import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Where completions wait until a thread comes for them: given as the handler of an
 * operation, it keeps the attachment, the completion token, with the result. Any thread
 * may start operations with it, and any number of threads may poll.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioCompletionQueue implements CompletionHandler<@Nullable Object, @Nullable Object> {

	private final BlockingQueue<AioCompletion> completions = new LinkedBlockingQueue<>();

	@Override
	public void completed(@Nullable Object result, @Nullable Object attachment) {
		this.completions.add(new AioCompletion(attachment, result, null));
	}

	@Override
	public void failed(Throwable failure, @Nullable Object attachment) {
		this.completions.add(new AioCompletion(attachment, null, failure));
	}

	/**
	 * Take what has completed. Waits only if there is nothing.
	 * @param timeout the longest wait; zero for none
	 * @return the completions in their order, none if the time is over
	 * @throws InterruptedException if the thread is interrupted while it waits
	 */
	public List<AioCompletion> poll(Duration timeout) throws InterruptedException {
		List<AioCompletion> taken = new ArrayList<>();
		if (this.completions.drainTo(taken) == 0) {
			AioCompletion first = this.completions.poll(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
			if (first != null) {
				taken.add(first);
				this.completions.drainTo(taken);
			}
		}
		return taken;
	}

	/**
	 * Return how many completions wait.
	 * @return the number of completions
	 */
	public int size() {
		return this.completions.size();
	}

}

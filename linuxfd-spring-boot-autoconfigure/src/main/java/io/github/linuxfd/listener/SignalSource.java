package io.github.linuxfd.listener;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.eventloop.DescriptorSource;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.eventloop.EventSink;
import io.github.linuxfd.signalfd.JdkSignals;
import io.github.linuxfd.signalfd.PreviousHandler;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalEvent;
import io.github.linuxfd.signalfd.SignalReception;
import io.github.linuxfd.signalfd.SignalReceptionException;
import io.github.linuxfd.signalfd.SignalStrategy;
import io.github.linuxfd.signalfd.Signalfd;

/**
 * One signal of the process, which belongs to all application contexts that listen to it.
 * The loop of one of them reads it from a signalfd, or has it from the JDK where the
 * system does not allow that, and gives it to the others. When that context closes, the
 * next one reads: what is pending waits in the kernel.
 *
 * @author linuxfd
 */
final class SignalSource implements EventSink<SignalEvent> {

	private static final Log logger = LogFactory.getLog(SignalSource.class);

	private static final long FIRST_UNBLOCK_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

	private static final long LAST_UNBLOCK_DELAY_NANOS = TimeUnit.SECONDS.toNanos(1);

	/** The lock of all opening and closing. */
	private static final Map<Signal, SignalSource> OPEN = new HashMap<>();

	private final Signal signal;

	private final boolean terminating;

	private final List<SignalSubscription> subscriptions = new CopyOnWriteArrayList<>();

	/** For the contexts that do not read; used by the reading loop's thread only. */
	private final List<SignalEvent> forOthers = new ArrayList<>();

	private final AtomicBoolean unblocking = new AtomicBoolean();

	/** When the last signals were read, in {@link System#nanoTime()}. */
	private volatile long readNanos;

	private volatile SignalSubscription reader;

	private volatile @Nullable SignalReception reception;

	private volatile @Nullable DescriptorSource<SignalEvent> descriptorSource;

	private volatile @Nullable JdkSignals jdkSignals;

	private volatile @Nullable PreviousHandler previousHandler;

	private volatile @Nullable SignalDelivery delivery;

	private SignalSource(SignalSubscription first) {
		this.signal = first.signal();
		this.terminating = Signal.TERMINATING.contains(this.signal);
		this.reader = first;
	}

	static void join(SignalSubscription subscription) {
		synchronized (OPEN) {
			SignalSource source = OPEN.get(subscription.signal());
			if (source != null) {
				subscription.joined(source);
				source.subscriptions.add(subscription);
				return;
			}
			source = new SignalSource(subscription);
			// before it is open: the first signal may come at once
			subscription.joined(source);
			source.subscriptions.add(subscription);
			source.open();
			OPEN.put(subscription.signal(), source);
		}
	}

	void leave(SignalSubscription subscription) {
		synchronized (OPEN) {
			if (OPEN.get(this.signal) != this) {
				this.subscriptions.remove(subscription); // has failed
			}
			else if (this.subscriptions.equals(List.of(subscription))) {
				OPEN.remove(this.signal);
				close();
			}
			else if (this.reader == subscription) {
				SignalSubscription next = this.subscriptions.get((this.subscriptions.get(0) == subscription) ? 1 : 0);
				stopReading(next);
				this.subscriptions.remove(subscription);
				startReading(next);
			}
			else {
				this.subscriptions.remove(subscription);
				resume(); // the others may have waited for this one only
			}
		}
	}

	private void open() {
		SignalStrategy strategy = this.reader.context().settings().strategy();
		if (strategy == SignalStrategy.JDK) {
			openJdk(null);
			return;
		}
		SignalReception reception;
		try {
			reception = this.reader.context().signalfds().receive(this.signal, strategy);
		}
		catch (SignalReceptionException ex) {
			if (strategy != SignalStrategy.AUTO) {
				throw ex;
			}
			openJdk(ex);
			return;
		}
		this.reception = reception;
		this.previousHandler = reception.previousHandler();
		try {
			openSignalfd();
		}
		catch (RuntimeException | Error ex) {
			reception.close();
			throw ex;
		}
		report(new SignalDelivery(this.signal, reception.strategy(), null));
	}

	private void openSignalfd() {
		SignalSubscription reader = this.reader;
		// the loop would be interrupted once by each signal before it learns to block it
		reader.context().loop().call(this::blockInReader);
		Signalfd signalfd = reader.context().signalfds().open(Set.of(this.signal));
		DescriptorSource<SignalEvent> source = new DescriptorSource<>(reader.context().loop(), signalfd, this);
		this.descriptorSource = source;
		try {
			reader.context().loop().register(source);
		}
		catch (RuntimeException | Error ex) {
			signalfd.close();
			throw ex;
		}
	}

	private void blockInReader() {
		this.reader.context().signals().block(Set.of(this.signal));
	}

	private void openJdk(@Nullable SignalReceptionException reason) {
		if (this.terminating && !this.reader.context().signalfds().isHandled(this.signal)) {
			logger.warn("Signal " + this.signal + " is ignored, and the JDK leaves that as it is");
		}
		try {
			JdkSignals jdkSignals = JdkSignals.open(this.signal, this::receiveFromJdk);
			this.jdkSignals = jdkSignals;
			this.previousHandler = jdkSignals.previousHandler();
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalStateException("signal " + this.signal + " cannot be received"
					+ ((reason != null) ? ": " + reason.getMessage() + "; and the JDK's own handling says: "
							: " through the JDK's own handling: ")
					+ ex.getMessage(), ex);
		}
		report(new SignalDelivery(this.signal, SignalStrategy.JDK, (reason != null) ? reason.getMessage() : null));
	}

	private void report(SignalDelivery delivery) {
		this.delivery = delivery;
		if (delivery.reason() != null) {
			logger.warn("Signal " + this.signal + " comes through the JDK's own handling, without its sender: "
					+ delivery.reason());
		}
		else if (delivery.strategy() == SignalStrategy.JDK) {
			logger.info("Signal " + this.signal + " comes through the JDK's own handling, without its sender");
		}
		else {
			logger.info("Signal " + this.signal + " is read from a signalfd (" + delivery.strategy() + ")");
		}
	}

	private void receiveFromJdk(SignalEvent event) {
		SignalSubscription reader = this.reader;
		try {
			reader.context().loop().execute(() -> {
				if (this.reader != reader) {
					receiveFromJdk(event); // has left meanwhile
					return;
				}
				begin();
				accept(event);
				end();
			});
		}
		catch (RejectedExecutionException ex) {
			logger.warn("A signal " + this.signal + " came too late for its listeners");
		}
	}

	/** The other loop is not waited for: it may be waiting for us. */
	private void startReading(SignalSubscription next) {
		if (this.jdkSignals != null) {
			return;
		}
		try {
			next.context().loop().execute(() -> {
				try {
					if (this.reader == next && this.reception != null) {
						openSignalfd();
					}
				}
				catch (RuntimeException ex) {
					failed(ex);
				}
			});
		}
		catch (RejectedExecutionException ex) {
			failed(ex);
		}
	}

	/** On the reader's loop, which is thus not in the middle of a signal. */
	private void stopReading(SignalSubscription next) {
		EventLoop loop = this.reader.context().loop();
		if (loop.isOpen()) {
			loop.call(() -> {
				DescriptorSource<SignalEvent> source = this.descriptorSource;
				if (source != null) {
					loop.cancel(source);
				}
				this.reader = next;
			});
		}
		else {
			this.reader = next; // has closed its sources
		}
	}

	private void close() {
		try {
			stopReading(this.reader);
			if (this.reception != null && !this.terminating) {
				countPending();
			}
		}
		finally {
			giveBack();
			this.subscriptions.clear();
		}
	}

	/** Whatever else has failed, the JVM has its signal back. */
	private void giveBack() {
		JdkSignals jdkSignals = this.jdkSignals;
		if (jdkSignals != null) {
			jdkSignals.close();
		}
		SignalReception reception = this.reception;
		this.reception = null;
		if (reception != null) {
			reception.close();
		}
	}

	/**
	 * Those that end the JVM go on to do so; others are dropped when the signal is given
	 * back. By a descriptor of its own, because this may be the handler of a signal, in
	 * the middle of a read.
	 */
	private void countPending() {
		try (Signalfd rest = this.reader.context().signalfds().open(Set.of(this.signal))) {
			int count = rest.readEvents().size();
			if (count > 0) {
				logger.warn(count + " signals " + this.signal + " came too late for their listeners");
				this.subscriptions.forEach((subscription) -> subscription.addLost(count));
			}
		}
	}

	@Nullable SignalDelivery delivery() {
		return this.delivery;
	}

	void resume() {
		DescriptorSource<SignalEvent> source = this.descriptorSource;
		if (source != null) {
			source.resume();
		}
	}

	/** All that listen, in all contexts. */
	List<SignalListenerContainer> containers() {
		return this.subscriptions.stream().flatMap((subscription) -> subscription.containers().stream()).toList();
	}

	List<SignalSubscription> subscriptions() {
		return this.subscriptions;
	}

	@Override
	public boolean begin() {
		boolean room = true;
		for (SignalSubscription subscription : this.subscriptions) {
			room &= (subscription == this.reader) ? subscription.begin() : subscription.hasRoom();
		}
		// a full queue does not keep the JVM from ending
		return room || (this.terminating && !isConsumed());
	}

	@Override
	public void accept(SignalEvent event) {
		if (this.terminating) {
			requestShutdown(event);
		}
		this.reader.accept(event);
		if (this.subscriptions.size() > 1) {
			this.forOthers.add(event);
		}
	}

	/** The signal means what it did before, unless a listener consumes it. */
	private void requestShutdown(SignalEvent event) {
		SignalReception reception = this.reception;
		if (isConsumed() || (reception != null && reception.isIgnoredOtherwise())) {
			return;
		}
		if (isHandledByApplication()) {
			// as the JDK does; the reader's executor is ours
			this.reader.context().executor().execute(this::callPreviousHandler);
		}
		else {
			Shutdown.request(event, this);
		}
	}

	/** Whether the signal would not end the JVM without us. */
	boolean isHandledByApplication() {
		PreviousHandler previousHandler = this.previousHandler;
		return previousHandler != null && previousHandler.isOfApplication();
	}

	private boolean isConsumed() {
		for (SignalSubscription subscription : this.subscriptions) {
			for (SignalListenerContainer container : subscription.containers()) {
				if (container.isConsume()) {
					return true;
				}
			}
		}
		return false;
	}

	/**
	 * Do what the JVM does with the signal otherwise.
	 * @return {@code false} if it does nothing
	 */
	boolean callPreviousHandler() {
		PreviousHandler previousHandler = this.previousHandler;
		return previousHandler != null && previousHandler.call();
	}

	@Override
	public void end() {
		this.reader.end();
		if (!this.forOthers.isEmpty()) {
			List<SignalEvent> events = List.copyOf(this.forOthers);
			this.forOthers.clear();
			for (SignalSubscription subscription : this.subscriptions) {
				if (subscription != this.reader) {
					subscription.deliver(events);
				}
			}
		}
		if (this.terminating) {
			unblockThreadsSoon();
		}
	}

	/*
	 * Children inherit what the thread that starts them blocks, and those that block TERM
	 * cannot be asked to end. While signals keep coming it would be in vain.
	 */
	private void unblockThreadsSoon() {
		SignalReception reception = this.reception;
		this.readNanos = System.nanoTime();
		if (reception == null || reception.strategy() != SignalStrategy.REQUEUE
				|| !this.unblocking.compareAndSet(false, true)) {
			return;
		}
		try {
			this.reader.context().executor().execute(() -> {
				try {
					awaitQuiet();
					unblockThreads(reception);
				}
				finally {
					this.unblocking.set(false);
				}
			});
		}
		catch (RuntimeException | Error ex) {
			this.unblocking.set(false);
			logger.warn("Threads go on blocking signal " + this.signal, ex);
		}
	}

	private void awaitQuiet() {
		for (long delay = FIRST_UNBLOCK_DELAY_NANOS; delay < LAST_UNBLOCK_DELAY_NANOS; delay *= 2) {
			LockSupport.parkNanos(delay);
			if (System.nanoTime() - this.readNanos > delay) {
				return;
			}
		}
	}

	private void unblockThreads(SignalReception reception) {
		synchronized (OPEN) {
			if (OPEN.get(this.signal) == this) {
				reception.unblockThreads();
				this.reader.context().loop().execute(this::blockInReader);
			}
		}
	}

	/**
	 * Nobody reads the signal any more, so the JVM has it back. On another thread: who
	 * opens and closes signals may be waiting for the loop.
	 */
	@Override
	public void failed(Throwable failure) {
		containers().forEach((container) -> container.failed(failure));
		Thread giving = new Thread(() -> {
			synchronized (OPEN) {
				if (OPEN.remove(this.signal, this)) {
					giveBack();
				}
			}
		}, "linuxfd-signal-" + this.signal);
		giving.start();
	}

}

package io.github.linuxfd.listener;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.eventloop.DescriptorSource;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.eventloop.EventSink;
import io.github.linuxfd.signalfd.JdkSignals;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalEvent;
import io.github.linuxfd.signalfd.SignalReception;
import io.github.linuxfd.signalfd.SignalReceptionException;
import io.github.linuxfd.signalfd.Signalfd;
import io.github.linuxfd.signalfd.SignalfdFactory;

/**
 * One signal, read from a signalfd on the loop and given to all its listeners; or from
 * the JDK where the system does not allow that.
 *
 * @author linuxfd
 */
final class SignalSource implements EventSink<SignalEvent> {

	private static final Log logger = LogFactory.getLog(SignalSource.class);

	/** What ends a JVM, with an exit code of 128 and the signal's number. */
	private static final Set<Signal> TERMINATING = Set.of(Signal.of("HUP"), Signal.of("INT"), Signal.of("TERM"));

	private final EventLoop loop;

	private final SignalfdFactory signalfds;

	private final Signal signal;

	private final List<SignalListenerContainer> containers = new CopyOnWriteArrayList<>();

	private final AtomicInteger handled = new AtomicInteger();

	private final AtomicBoolean exiting = new AtomicBoolean();

	private @Nullable SignalReception reception;

	private volatile @Nullable Signalfd signalfd;

	private volatile @Nullable DescriptorSource<SignalEvent> descriptorSource;

	private volatile @Nullable JdkSignals jdkSignals;

	SignalSource(EventLoop loop, SignalfdFactory signalfds, Signal signal) {
		this.loop = loop;
		this.signalfds = signalfds;
		this.signal = signal;
	}

	void open() {
		SignalReception reception;
		try {
			reception = this.signalfds.receive(this.signal);
		}
		catch (SignalReceptionException ex) {
			openJdk(ex);
			return;
		}
		try {
			openSignalfd();
		}
		catch (RuntimeException | Error ex) {
			reception.close();
			throw ex;
		}
		this.reception = reception;
		logger.info("Signal " + this.signal + " is read from a signalfd (" + reception.strategy() + ")");
	}

	private void openSignalfd() {
		// the loop would be interrupted once by each signal before it learns to block it
		this.loop.call(() -> this.signalfds.blockInThisThread(Set.of(this.signal)));
		Signalfd signalfd = this.signalfds.open(Set.of(this.signal));
		DescriptorSource<SignalEvent> source = new DescriptorSource<>(this.loop, signalfd, this);
		try {
			this.loop.register(source);
		}
		catch (RuntimeException | Error ex) {
			signalfd.close();
			throw ex;
		}
		this.signalfd = signalfd;
		this.descriptorSource = source;
	}

	private void openJdk(SignalReceptionException reason) {
		try {
			// by the loop, which has no descriptor for it and still has to keep the JVM
			// alive
			this.loop.call(() -> this.jdkSignals = JdkSignals.open(this.signal, this::receiveFromJdk));
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalStateException("signal " + this.signal + " cannot be received: " + reason.getMessage()
					+ "; and the JDK's own handling says: " + ex.getMessage(), ex);
		}
		logger.warn("Signal " + this.signal + " comes through the JDK's own handling, without its sender: "
				+ reason.getMessage());
	}

	private void receiveFromJdk(SignalEvent event) {
		this.loop.execute(() -> {
			begin();
			accept(event);
			end();
		});
	}

	void close() {
		DescriptorSource<SignalEvent> source = this.descriptorSource;
		if (source != null) {
			this.loop.call(this::discardPending);
			this.loop.cancel(source);
		}
		JdkSignals jdkSignals = this.jdkSignals;
		if (jdkSignals != null) {
			jdkSignals.close();
		}
		if (this.reception != null) {
			this.reception.close();
		}
	}

	/*
	 * With its old disposition back, a signal that nobody has read would end the JVM.
	 * Those that are meant to do so go on.
	 */
	private void discardPending() {
		Signalfd signalfd = this.signalfd;
		if (signalfd != null && signalfd.isOpen() && !TERMINATING.contains(this.signal)) {
			int count = signalfd.readEvents().size();
			if (count > 0) {
				logger.warn(count + " signals " + this.signal + " came too late for their listeners");
				this.containers.forEach((container) -> container.addLost(count));
			}
		}
	}

	void resume() {
		DescriptorSource<SignalEvent> source = this.descriptorSource;
		if (source != null) {
			source.resume();
		}
	}

	void add(SignalListenerContainer container) {
		this.containers.add(container);
	}

	void remove(SignalListenerContainer container) {
		this.containers.remove(container);
		// the others may have waited for this one only
		resume();
	}

	boolean isOnly(SignalListenerContainer container) {
		return this.containers.equals(List.of(container));
	}

	boolean isFirst(SignalListenerContainer container) {
		return !this.containers.isEmpty() && this.containers.get(0) == container;
	}

	@Override
	public boolean begin() {
		boolean room = true;
		for (SignalListenerContainer container : this.containers) {
			room &= container.begin();
		}
		return room;
	}

	@Override
	public void accept(SignalEvent event) {
		for (SignalListenerContainer container : this.containers) {
			container.accept(event);
		}
	}

	@Override
	public void end() {
		for (SignalListenerContainer container : this.containers) {
			container.end();
		}
	}

	@Override
	public void failed(Throwable failure) {
		for (SignalListenerContainer container : this.containers) {
			container.failed(failure);
		}
	}

	/**
	 * A listener has run. After the last one the signal has its old meaning, unless a
	 * listener has consumed it.
	 */
	void handled() {
		if (!TERMINATING.contains(this.signal)
				|| this.containers.stream().anyMatch(SignalListenerContainer::isConsume)) {
			return;
		}
		if (this.handled.incrementAndGet() >= this.containers.size() && this.exiting.compareAndSet(false, true)) {
			// on a thread of its own: exit waits for the handlers, and this may be one
			new Thread(() -> System.exit(128 + this.signal.number()), "linuxfd-shutdown").start();
		}
	}

}

package io.github.linuxfd.listener;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.seccomp.SeccompAction;
import io.github.linuxfd.seccomp.SeccompAnswer;
import io.github.linuxfd.seccomp.SeccompFactory;
import io.github.linuxfd.seccomp.SeccompFilter;
import io.github.linuxfd.seccomp.SeccompNotifyListener;
import io.github.linuxfd.seccomp.SeccompRule;

/**
 * What this JVM has loaded, for all its application contexts: a rule is loaded once,
 * however many contexts ask for it, and lives as long as the process.
 *
 * @author linuxfd
 */
final class SeccompProcess {

	private static final Log logger = LogFactory.getLog(SeccompProcess.class);

	/** Library and kernel can ask about calls of all threads at once. */
	private static final int NOTIFY_FOR_ALL_THREADS = 6;

	private static final Set<SeccompRule> LOADED = new LinkedHashSet<>();

	private static @Nullable SeccompResponder responder;

	private SeccompProcess() {
	}

	/** Returns whether its rules ask, so that its listener is the one to answer. */
	static synchronized boolean apply(SeccompFactory filters, SeccompSettings settings,
			SeccompResponder.Resources resources) {
		if (settings.dryRun()) {
			return applyDryRun(filters, settings, resources);
		}
		return load(filters, new LinkedHashSet<>(settings.rules()), settings, settings.defaultAnswer(), resources);
	}

	/**
	 * Calls that nobody in this JVM may wait for are left to the kernel's log; so are
	 * all, if somebody else listens to this process already.
	 */
	private static boolean applyDryRun(SeccompFactory filters, SeccompSettings settings,
			SeccompResponder.Resources resources) {
		Set<SeccompRule> asking = dryRules(filters, settings, filters.apiLevel() >= NOTIFY_FOR_ALL_THREADS);
		boolean listening = responder != null && !LOADED.containsAll(asking);
		try {
			return load(filters, listening ? dryRules(filters, settings, false) : asking, settings,
					SeccompAnswer.CONTINUE, resources);
		}
		catch (SyscallException ex) {
			if (!ex.errno().equals(Errno.EBUSY)) {
				throw ex;
			}
			return load(filters, dryRules(filters, settings, false), settings, SeccompAnswer.CONTINUE, resources);
		}
	}

	private static Set<SeccompRule> dryRules(SeccompFactory filters, SeccompSettings settings, boolean canAsk) {
		return settings.rules().stream().map((rule) -> {
			boolean asks = canAsk && filters.isAnswerable(rule.call());
			return new SeccompRule(asks ? SeccompAction.NOTIFY : SeccompAction.LOG, rule.call(), rule.comparisons());
		}).collect(Collectors.toCollection(LinkedHashSet::new));
	}

	private static boolean load(SeccompFactory filters, Set<SeccompRule> rules, SeccompSettings settings,
			SeccompAnswer defaultAnswer, SeccompResponder.Resources resources) {
		boolean asks = asks(rules);
		rules.removeAll(LOADED);
		if (rules.isEmpty()) {
			logger.debug("All rules are loaded already");
			return asks;
		}
		try (SeccompFilter filter = filters.open(rules)) {
			if (settings.force()) {
				filter.force();
			}
			if (asks(rules)) {
				responder = SeccompResponder.load(filter, resources, settings.timeout(), defaultAnswer);
			}
			else {
				filter.load();
			}
		}
		LOADED.addAll(rules);
		if (settings.dryRun()) {
			warnOfLogged(rules);
		}
		logger.info("This JVM and its children have " + rules.size() + " seccomp rules from now on"
				+ (settings.dryRun() ? ", which only report" : "") + ": " + rules);
		return asks;
	}

	private static boolean asks(Set<SeccompRule> rules) {
		return rules.stream().anyMatch((rule) -> rule.action().equals(SeccompAction.NOTIFY));
	}

	private static void warnOfLogged(Set<SeccompRule> rules) {
		List<String> logged = rules.stream()
			.filter((rule) -> rule.action().equals(SeccompAction.LOG))
			.map(SeccompRule::call)
			.toList();
		if (!logged.isEmpty()) {
			logger.warn("These calls are reported by the kernel's log only (type=1326): " + logged);
		}
	}

	static synchronized void subscribe(SeccompResponder.Subscription subscription) {
		if (responder != null) {
			responder.subscribe(subscription);
		}
	}

	static synchronized Optional<String> failure() {
		return (responder != null) ? responder.failure() : Optional.empty();
	}

	static synchronized void unsubscribe(SeccompNotifyListener listener) {
		if (responder != null) {
			responder.unsubscribe(listener);
		}
	}

}

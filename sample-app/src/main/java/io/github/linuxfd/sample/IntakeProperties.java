package io.github.linuxfd.sample;

import java.nio.file.Path;
import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be set about the intake.
 *
 * @param directory Directory in which inbox, done, failed and the default database are
 * created.
 * @param reportEvery Time between two reports of the throughput.
 * @param retryEvery Time between two attempts at files that had to be left in the inbox.
 * @param settleTime Time for which a file that a scan found must not have changed, if the
 * kernel does not say whether it is being written.
 * @author linuxfd
 */
@ConfigurationProperties("intake")
record IntakeProperties(@DefaultValue("./intake") Path directory, @DefaultValue("10s") Duration reportEvery,
		@DefaultValue("30s") Duration retryEvery, @DefaultValue("60s") Duration settleTime) {
}

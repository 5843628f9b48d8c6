package io.github.linuxfd.aio;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests of {@link Aio} with everything at the same time and in any order. Longer by
 * {@code -Dlinuxfd.storm=60}.
 *
 * @author linuxfd
 */
@Timeout(3600)
class AioStormTests extends AioSpecification {

	@Test
	void streamsInAStormKeepEveryByte() throws Exception {
		new AioStorm(this.aio, this.directory).streams();
	}

	@Test
	void receivesThatGoOnInAStormKeepEveryByte() throws Exception {
		new AioStorm(this.aio, this.directory).receivesThatGoOn();
	}

	@Test
	void operationsInAStormCompleteOnce() throws Exception {
		new AioStorm(this.aio, this.directory).operations();
	}

	@Test
	void filesInAStormCompleteOnce() throws Exception {
		new AioStorm(this.aio, this.directory).files();
	}

}

package io.github.linuxfd.aio;

/**
 * By io_uring(7).
 *
 * @author linuxfd
 */
class AioIoUringEngineTests extends AioEngineSpecification {

	@Override
	AioEngine engine() {
		return AioEngine.IO_URING;
	}

}

package io.github.linuxfd.aio;

/**
 * By io_submit(2) for files opened with {@code O_DIRECT}, threads for others, and
 * epoll(7) for sockets.
 *
 * @author linuxfd
 */
class AioLinuxAioEngineTests extends AioEngineSpecification {

	@Override
	AioEngine engine() {
		return AioEngine.LINUX_AIO;
	}

}

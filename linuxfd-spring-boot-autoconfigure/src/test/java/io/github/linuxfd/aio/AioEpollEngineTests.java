package io.github.linuxfd.aio;

/**
 * By epoll(7) for sockets and threads for files.
 *
 * @author linuxfd
 */
class AioEpollEngineTests extends AioEngineSpecification {

	@Override
	AioEngine engine() {
		return AioEngine.EPOLL;
	}

}

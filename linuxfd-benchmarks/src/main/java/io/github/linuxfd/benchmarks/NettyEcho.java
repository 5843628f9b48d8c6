package io.github.linuxfd.benchmarks;

import java.net.InetSocketAddress;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;

/**
 * Netty with one thread.
 *
 * @author linuxfd
 */
final class NettyEcho {

	private NettyEcho() {
	}

	static void epoll() throws InterruptedException {
		serve(EpollIoHandler.newFactory(), EpollServerSocketChannel.class);
	}

	static void uring() throws InterruptedException {
		serve(IoUringIoHandler.newFactory(), IoUringServerSocketChannel.class);
	}

	/** Until the process is ended. */
	private static void serve(IoHandlerFactory handlers, Class<? extends ServerChannel> type)
			throws InterruptedException {
		Channel server = new ServerBootstrap().group(new MultiThreadIoEventLoopGroup(1, handlers))
			.channel(type)
			.childOption(ChannelOption.TCP_NODELAY, true)
			.childHandler(new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
					channel.pipeline().addLast(new Connection());
				}

			})
			.bind(Echoes.address())
			.sync()
			.channel();
		Contract.ready("port=" + ((InetSocketAddress) server.localAddress()).getPort());
		server.closeFuture().sync();
	}

	/**
	 * Sends what was read by the end of the read.
	 */
	private static final class Connection extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			context.write(message, context.voidPromise());
		}

		@Override
		public void channelReadComplete(ChannelHandlerContext context) {
			context.flush();
		}

	}

}

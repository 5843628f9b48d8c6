package io.github.linuxfd.aio;

import java.net.SocketAddress;

/**
 * A datagram that has been received into a buffer.
 *
 * @param bytes how many bytes the buffer has got; what did not fit is lost
 * @param sender who has sent it
 * @param truncated whether it did not fit
 * @author linuxfd
 * @since 0.1.0
 */
public record AioDatagram(int bytes, SocketAddress sender, boolean truncated) {

}

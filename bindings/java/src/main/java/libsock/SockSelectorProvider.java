package libsock;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;

/**
 * {@code SocketChannel}, {@code ServerSocketChannel} and {@code Selector} over libsock. The JDK's HttpServer and
 * HttpClient, and everything else that opens channels, run over it with
 * {@code -Djava.nio.channels.spi.SelectorProvider=libsock.SockSelectorProvider}.
 *
 * <p>Only TCP and AF_UNIX streams: datagrams are what {@link Sock} is for, and pipes need no sockets. {@code socket()}
 * of a SocketChannel works once the channel is connected.
 */
public final class SockSelectorProvider extends SelectorProvider {
    /** Called by the JDK. */
    public SockSelectorProvider() {}

    @Override
    public SocketChannel openSocketChannel() throws IOException {
        return new NioSocket(this, DualStack.open(Constants.SOCK_STREAM), false);
    }

    @Override
    public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
        return new NioSocket(this, open(family), false);
    }

    @Override
    public ServerSocketChannel openServerSocketChannel() throws IOException {
        return new NioServer(this, DualStack.open(Constants.SOCK_STREAM));
    }

    @Override
    public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
        return new NioServer(this, open(family));
    }

    private static Sock open(ProtocolFamily family) throws IOException {
        if (family == StandardProtocolFamily.UNIX) {
            return Sock.open(Constants.AF_UNIX, Constants.SOCK_STREAM, 0);
        }
        if (family != StandardProtocolFamily.INET && family != StandardProtocolFamily.INET6) {
            throw new UnsupportedOperationException("Protocol family not supported: " + family);
        }
        return DualStack.open(Constants.SOCK_STREAM);
    }

    @Override
    public AbstractSelector openSelector() throws IOException {
        return new NioSelector(this);
    }

    @Override
    public DatagramChannel openDatagramChannel() {
        throw new UnsupportedOperationException("libsock.Sock has datagrams");
    }

    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) {
        return openDatagramChannel();
    }

    @Override
    public Pipe openPipe() {
        throw new UnsupportedOperationException("a pipe is not a socket");
    }
}

package libsock;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.Set;

/** A ServerSocketChannel over a {@link Sock}. */
final class NioServer extends ServerSocketChannel implements NioSelector.Channel {
    private static final int BACKLOG = 50;

    private final Sock sock;
    private volatile boolean bound;

    NioServer(SelectorProvider provider, Sock sock) throws IOException {
        super(provider);
        this.sock = sock;
        if (sock.family() != Constants.AF_UNIX) {
            sock.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        }
    }

    @Override
    public Sock sock() {
        return sock;
    }

    private void mustBeOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public ServerSocketChannel bind(SocketAddress local, int backlog) throws IOException {
        mustBeOpen();
        sock.bind(NioSocket.target(local == null ? new InetSocketAddress(0) : local));
        sock.listenTo(backlog < 1 ? BACKLOG : backlog);
        bound = true;
        return this;
    }

    @Override
    public SocketChannel accept() throws IOException {
        mustBeOpen();
        if (!bound) {
            throw new NotYetBoundException();
        }
        Sock connection;
        try {
            connection = sock.acceptUntil(SockChannel.LATER);
        } catch (ClosedChannelException e) {
            close();
            throw e;
        }
        return connection == null ? null : new NioSocket(provider(), connection, true);
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        mustBeOpen();
        return bound ? sock.getLocalAddress().toSocketAddress() : null;
    }

    @Override
    public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        mustBeOpen();
        sock.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        mustBeOpen();
        return sock.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Options.SUPPORTED;
    }

    @Override
    public ServerSocket socket() {
        try {
            return new Adaptor(this);
        } catch (IOException e) {
            throw new UnsupportedOperationException(e);
        }
    }

    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {
        sock.setTimeout(block ? null : Duration.ZERO);
        if (bound) {
            Errors.check(NativeCore.setblocking(sock.handle, 0));
        }
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
        sock.close();
    }

    /** The ServerSocket of a channel. */
    private static final class Adaptor extends ServerSocket {
        private final NioServer channel;

        Adaptor(NioServer channel) throws IOException {
            super(new SockSocketImpl());
            this.channel = channel;
        }

        @Override
        public void bind(SocketAddress local, int backlog) throws IOException {
            channel.bind(local, backlog);
        }

        @Override
        public Socket accept() throws IOException {
            return channel.accept().socket();
        }

        @Override
        public InetAddress getInetAddress() {
            return getLocalSocketAddress() instanceof InetSocketAddress local ? local.getAddress() : null;
        }

        @Override
        public int getLocalPort() {
            return getLocalSocketAddress() instanceof InetSocketAddress local ? local.getPort() : -1;
        }

        @Override
        public SocketAddress getLocalSocketAddress() {
            try {
                return channel.getLocalAddress();
            } catch (IOException e) {
                return null;
            }
        }

        @Override
        public ServerSocketChannel getChannel() {
            return channel;
        }

        @Override
        public boolean isBound() {
            return channel.bound;
        }

        @Override
        public boolean isClosed() {
            return !channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}

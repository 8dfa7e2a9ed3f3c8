package libsock;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.Set;

/** A SocketChannel over a {@link Sock}. */
final class NioSocket extends SocketChannel implements NioSelector.Channel {
    private final Sock sock;
    private volatile boolean connected;
    private volatile SockAddress pending;
    private volatile boolean inputEnded;
    private volatile boolean outputEnded;
    private Socket adaptor;

    NioSocket(SelectorProvider provider, Sock sock, boolean connected) {
        super(provider);
        this.sock = sock;
        this.connected = connected;
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

    private void ready() throws ClosedChannelException {
        mustBeOpen();
        if (!connected) {
            throw new NotYetConnectedException();
        }
    }

    static SockAddress target(SocketAddress address) throws IOException {
        if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
            throw new UnresolvedAddressException();
        }
        return DualStack.of(address);
    }

    @Override
    public SocketChannel bind(SocketAddress local) throws IOException {
        mustBeOpen();
        sock.bind(target(local == null ? new InetSocketAddress(0) : local));
        return this;
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        mustBeOpen();
        if (connected) {
            throw new AlreadyConnectedException();
        }
        if (pending != null) {
            throw new ConnectionPendingException();
        }
        pending = target(remote);
        return finishConnect();
    }

    @Override
    public boolean finishConnect() throws IOException {
        mustBeOpen();
        if (connected) {
            return true;
        }
        SockAddress peer = pending;
        if (peer == null) {
            throw new NoConnectionPendingException();
        }
        try {
            if (isBlocking()) {
                sock.connectUntil(peer, Waiters.FOREVER);
            } else {
                int code = sock.connectOnce(peer);
                if (code == Errors.IN_PROGRESS || code == Errors.ALREADY) {
                    return false;
                }
                Errors.check(code);
            }
        } catch (IOException e) {
            close();
            throw e;
        }
        pending = null;
        connected = true;
        return true;
    }

    @Override
    public boolean isConnected() {
        return connected;
    }

    @Override
    public boolean isConnectionPending() {
        return pending != null;
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        mustBeOpen();
        return connected ? sock.getRemoteAddress().toSocketAddress() : null;
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        mustBeOpen();
        return sock.getLocalAddress().toSocketAddress();
    }

    // A blocking call is the Sock's own: closing the channel closes the Sock, and an interrupt both.

    private interface Transfer {
        long run() throws IOException;
    }

    private long closing(Transfer transfer) throws IOException {
        try {
            return transfer.run();
        } catch (ClosedChannelException e) {
            close();
            throw e;
        }
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        ready();
        return inputEnded ? -1 : (int) closing(() -> sock.read(to));
    }

    @Override
    public long read(ByteBuffer[] to, int offset, int length) throws IOException {
        ready();
        return inputEnded ? -1 : closing(() -> sock.read(to, offset, length));
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        writable();
        return (int) closing(() -> sock.write(from));
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        writable();
        return closing(() -> sock.write(from, offset, length));
    }

    private void writable() throws ClosedChannelException {
        ready();
        if (outputEnded) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public SocketChannel shutdownInput() throws IOException {
        ready();
        sock.shutdownInput();
        inputEnded = true;
        return this;
    }

    @Override
    public SocketChannel shutdownOutput() throws IOException {
        ready();
        sock.shutdownOutput();
        outputEnded = true;
        return this;
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> name, T value) throws IOException {
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
    public Socket socket() {
        if (!connected) {
            throw new UnsupportedOperationException("the socket of a channel that is not connected");
        }
        try {
            if (adaptor == null) {
                adaptor = Sockets.adapted(sock);
            }
            return adaptor;
        } catch (IOException e) {
            throw new UnsupportedOperationException(e);
        }
    }

    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {
        sock.setTimeout(block ? null : Duration.ZERO);
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
        sock.close();
    }
}

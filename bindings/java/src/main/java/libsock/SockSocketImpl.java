package libsock;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Set;

/**
 * What makes {@code java.net.Socket} and {@code ServerSocket} run over libsock. As in the JDK, SO_TIMEOUT limits reads
 * and accepts, a close ends the calls of other threads with a SocketException, and an interrupt ends those of virtual
 * threads only.
 */
final class SockSocketImpl extends SocketImpl {
    private Sock sock;
    private int timeout;
    private volatile boolean inputEnded;
    private final boolean given;

    SockSocketImpl() {
        given = false;
    }

    /** For a socket that is connected already: connecting it then does nothing. */
    SockSocketImpl(Sock connected) {
        sock = connected;
        given = true;
    }

    private interface Call<T> {
        T run() throws IOException;
    }

    /** Turns the exceptions of channels into those of sockets. */
    private static <T> T translated(Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (ClosedByInterruptException e) {
            throw caused(new SocketException("Closed by interrupt"), e);
        } catch (ClosedChannelException e) {
            throw caused(new SocketException("Socket closed"), e);
        }
    }

    private static SocketException caused(SocketException made, Throwable cause) {
        made.initCause(cause);
        return made;
    }

    private long limit() {
        return timeout == 0 ? Waiters.FOREVER : NativeCore.now() + timeout * 1_000_000L;
    }

    private Sock sock() throws SocketException {
        if (sock == null) {
            throw new SocketException("Socket closed");
        }
        return sock;
    }

    @Override
    protected void create(boolean stream) throws IOException {
        if (!given) {
            sock = DualStack.open(stream ? Constants.SOCK_STREAM : Constants.SOCK_DGRAM);
            sock.interruptible = false;
        }
    }

    @Override
    protected void connect(String host, int port) throws IOException {
        connect(new InetSocketAddress(host, port), 0);
    }

    @Override
    protected void connect(InetAddress host, int port) throws IOException {
        connect(new InetSocketAddress(host, port), 0);
    }

    @Override
    protected void connect(SocketAddress to, int millis) throws IOException {
        InetSocketAddress peer = (InetSocketAddress) to;
        if (!given) {
            try {
                long limit = millis == 0 ? Waiters.FOREVER : NativeCore.now() + millis * 1_000_000L;
                translated(() -> sock().connectUntil(DualStack.of(peer), limit));
            } catch (IOException e) {
                close();
                throw e;
            }
        }
        address = peer.getAddress();
        port = peer.getPort();
        localport = localPort();
    }

    private int localPort() throws IOException {
        SockAddress local = sock().getLocalAddress();
        return local.family() == Constants.AF_UNIX ? 0 : local.port();
    }

    @Override
    protected void bind(InetAddress host, int port) throws IOException {
        translated(() -> sock().bind(DualStack.of(host, port)));
        address = host;
        localport = localPort();
    }

    @Override
    protected void listen(int backlog) throws IOException {
        translated(() -> {
            sock().listenTo(Math.max(backlog, 1));
            return null;
        });
    }

    @Override
    protected void accept(SocketImpl into) throws IOException {
        Sock connection = translated(() -> sock().acceptUntil(limit()));
        connection.interruptible = false;
        SockSocketImpl impl = (SockSocketImpl) into;
        impl.sock = connection;
        InetSocketAddress peer = connection.getRemoteAddress().toInetSocketAddress();
        impl.address = peer.getAddress();
        impl.port = peer.getPort();
        impl.localport = localport;
    }

    @Override
    protected InputStream getInputStream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                if (inputEnded) {
                    return -1;
                }
                try {
                    int millis = timeout;
                    return sock().read(to, offset, length, 0, millis == 0 ? SockChannel.LATER : limit());
                } catch (ClosedChannelException e) {
                    return translated(() -> {
                        throw e;
                    });
                }
            }

            @Override
            public int available() throws IOException {
                return SockSocketImpl.this.available();
            }

            @Override
            public void close() throws IOException {
                SockSocketImpl.this.close();
            }
        };
    }

    @Override
    protected OutputStream getOutputStream() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                try {
                    int n = sock().write(from, offset, length);
                    if (n < length) {
                        throw Errors.after(Errors.described(Errors.AGAIN), n);
                    }
                } catch (ClosedChannelException e) {
                    translated(() -> {
                        throw e;
                    });
                }
            }

            @Override
            public void close() throws IOException {
                SockSocketImpl.this.close();
            }
        };
    }

    @Override
    protected int available() throws IOException {
        return inputEnded ? 0 : translated(() -> sock().available());
    }

    @Override
    protected void close() throws IOException {
        if (sock != null) {
            sock.close();
        }
    }

    @Override
    protected void shutdownInput() throws IOException {
        translated(() -> sock().shutdownInput());
        inputEnded = true;
    }

    @Override
    protected void shutdownOutput() throws IOException {
        translated(() -> sock().shutdownOutput());
    }

    @Override
    protected boolean supportsUrgentData() {
        return true;
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        translated(() -> sock().write(new byte[] {(byte) data}, 0, 1, Constants.MSG_OOB));
    }

    // Options --------------------------------------------------------------------------------------

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        return Options.SUPPORTED;
    }

    @Override
    protected <T> void setOption(SocketOption<T> name, T value) throws IOException {
        translated(() -> {
            sock().options().set(name, value);
            return null;
        });
    }

    @Override
    protected <T> T getOption(SocketOption<T> name) throws IOException {
        return translated(() -> sock().options().get(name));
    }

    @Override
    public void setOption(int id, Object value) throws SocketException {
        try {
            set(id, value);
        } catch (SocketException e) {
            throw e;
        } catch (IOException e) {
            throw caused(new SocketException(e.getMessage()), e);
        }
    }

    private void set(int id, Object value) throws IOException {
        switch (id) {
            case SocketOptions.SO_TIMEOUT -> timeout = (Integer) value;
            case SocketOptions.SO_LINGER -> translated(() -> {
                boolean on = value instanceof Integer seconds && seconds >= 0;
                sock().options().setLinger(on ? Duration.ofSeconds((Integer) value) : null);
                return null;
            });
            case SocketOptions.SO_OOBINLINE -> number(Constants.SOL_SOCKET, Constants.SO_OOBINLINE, value);
            case SocketOptions.IP_TOS -> {
                number(Constants.IPPROTO_IP, Constants.IP_TOS, value);
                if (sock().family() == Constants.AF_INET6) {
                    number(Constants.IPPROTO_IPV6, Constants.IPV6_TCLASS, value);
                }
            }
            case SocketOptions.SO_SNDBUF -> setOption(StandardSocketOptions.SO_SNDBUF, (Integer) value);
            case SocketOptions.SO_RCVBUF -> setOption(StandardSocketOptions.SO_RCVBUF, (Integer) value);
            default -> setOption(flag(id), (Boolean) value);
        }
    }

    private void number(int level, int name, Object value) throws IOException {
        int number = value instanceof Boolean on ? on ? 1 : 0 : (Integer) value;
        translated(() -> {
            sock().options().set(level, name, number);
            return null;
        });
    }

    private static SocketOption<Boolean> flag(int id) throws SocketException {
        return switch (id) {
            case SocketOptions.TCP_NODELAY -> StandardSocketOptions.TCP_NODELAY;
            case SocketOptions.SO_KEEPALIVE -> StandardSocketOptions.SO_KEEPALIVE;
            case SocketOptions.SO_REUSEADDR -> StandardSocketOptions.SO_REUSEADDR;
            case SocketOptions.SO_REUSEPORT -> StandardSocketOptions.SO_REUSEPORT;
            case SocketOptions.SO_BROADCAST -> StandardSocketOptions.SO_BROADCAST;
            default -> throw new SocketException("unknown option " + id);
        };
    }

    @Override
    public Object getOption(int id) throws SocketException {
        try {
            return switch (id) {
                case SocketOptions.SO_TIMEOUT -> timeout;
                case SocketOptions.SO_LINGER -> getOption(StandardSocketOptions.SO_LINGER);
                case SocketOptions.SO_OOBINLINE ->
                    sock().options().get(Constants.SOL_SOCKET, Constants.SO_OOBINLINE) != 0;
                case SocketOptions.IP_TOS -> getOption(StandardSocketOptions.IP_TOS);
                case SocketOptions.SO_SNDBUF -> getOption(StandardSocketOptions.SO_SNDBUF);
                case SocketOptions.SO_RCVBUF -> getOption(StandardSocketOptions.SO_RCVBUF);
                case SocketOptions.SO_BINDADDR ->
                    translated(() -> sock().getLocalAddress().toInetSocketAddress().getAddress());
                default -> getOption(flag(id));
            };
        } catch (SocketException e) {
            throw e;
        } catch (IOException e) {
            throw caused(new SocketException(e.getMessage()), e);
        }
    }
}

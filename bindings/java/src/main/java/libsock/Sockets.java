package libsock;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketImplFactory;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;

/**
 * {@code java.net.Socket} and {@code ServerSocket} over libsock, for code that wants those: TLS, JDBC drivers, HTTP
 * libraries ... For code that uses {@code SocketChannel}, such as the JDK's HttpServer and HttpClient, see
 * {@link SockSelectorProvider}.
 *
 * <p>To run all sockets of a program over libsock, install {@link #socketImplFactory} by
 * {@code Socket.setSocketImplFactory} and {@code ServerSocket.setSocketFactory}.
 */
public final class Sockets {
    private Sockets() {}

    private static final class ClientSocket extends Socket {
        ClientSocket(SockSocketImpl impl) throws IOException {
            super(impl);
        }
    }

    private static final class ListeningSocket extends ServerSocket {
        ListeningSocket() {
            super(new SockSocketImpl());
        }

        @Override
        public Socket accept() throws IOException {
            Socket connection = socket();
            implAccept(connection);
            return connection;
        }
    }

    /** Creates an unconnected socket. */
    public static Socket socket() throws IOException {
        return new ClientSocket(new SockSocketImpl());
    }

    /**
     * Returns a connected {@link Sock}, of any family, as a {@code java.net.Socket}, which then owns it. Deadlines and
     * cancel tokens of the {@link Sock} end the calls of the {@code Socket}, too.
     */
    public static Socket of(Sock connected) throws IOException {
        connected.interruptible = false;
        return adapted(connected);
    }

    static Socket adapted(Sock connected) throws IOException {
        SockAddress peer = connected.getRemoteAddress();
        boolean ip = peer.family() == Constants.AF_INET || peer.family() == Constants.AF_INET6;
        Socket socket = new ClientSocket(new SockSocketImpl(connected));
        socket.connect(ip ? peer.toInetSocketAddress() : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return socket;
    }

    /** Creates an unbound server socket, with SO_REUSEADDR as in the JDK. */
    public static ServerSocket serverSocket() throws IOException {
        ServerSocket server = new ListeningSocket();
        server.setReuseAddress(true);
        return server;
    }

    /** Returns the factory for all sockets of a program. */
    public static SocketImplFactory socketImplFactory() {
        return SockSocketImpl::new;
    }

    /** Returns a factory of sockets, for libraries that take one. */
    public static SocketFactory socketFactory() {
        return new Factory();
    }

    /** Returns a factory of server sockets, for libraries that take one. */
    public static ServerSocketFactory serverSocketFactory() {
        return new ServerFactory();
    }

    private static final class Factory extends SocketFactory {
        @Override
        public Socket createSocket() throws IOException {
            return socket();
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return connected(new InetSocketAddress(host, port), null);
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
            return connected(new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return connected(new InetSocketAddress(host, port), null);
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
                throws IOException {
            return connected(new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
        }

        private static Socket connected(InetSocketAddress to, InetSocketAddress from) throws IOException {
            Socket socket = socket();
            try {
                if (from != null) {
                    socket.bind(from);
                }
                socket.connect(to);
                return socket;
            } catch (Throwable t) {
                socket.close();
                throw t;
            }
        }
    }

    private static final class ServerFactory extends ServerSocketFactory {
        @Override
        public ServerSocket createServerSocket() throws IOException {
            return serverSocket();
        }

        @Override
        public ServerSocket createServerSocket(int port) throws IOException {
            return createServerSocket(port, 0, null);
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog) throws IOException {
            return createServerSocket(port, backlog, null);
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
            ServerSocket server = serverSocket();
            try {
                server.bind(new InetSocketAddress(address, port), backlog);
                return server;
            } catch (Throwable t) {
                server.close();
                throw t;
            }
        }
    }
}

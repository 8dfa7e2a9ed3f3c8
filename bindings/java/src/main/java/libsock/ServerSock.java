package libsock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A listening socket.
 *
 * <pre>{@code
 * try (ServerSock server = ServerSock.listen("localhost", 8080)) {
 *     while (true) {
 *         Sock connection = server.accept();
 *         Thread.startVirtualThread(() -> serve(connection));
 *     }
 * }
 * }</pre>
 */
public final class ServerSock extends SockChannel {
    private static final int MAX_SERVERS = 64;

    ServerSock(long handle) throws IOException {
        super(handle);
        // accept(2) has no MSG_DONTWAIT.
        Errors.check(NativeCore.setblocking(handle, 0));
    }

    @Override
    public void setTimeout(Duration limit) throws IOException {
        super.setTimeout(limit);
        Errors.check(NativeCore.setblocking(handle, 0));
    }

    /**
     * Listens on a host and a port, over TCP.
     *
     * @param host a name or number; null or "" is the wildcard
     * @param port 0 to 65535; 0 is a free one
     */
    public static ServerSock listen(String host, int port) throws IOException {
        return listen(host, Integer.toString(port), new ServerOptions());
    }

    /**
     * Listens with options.
     *
     * @param host a name or number; null or "" is the wildcard; for AF_UNIX a path, or "@" and an abstract name
     * @param service a port, or the name of a service; null for AF_UNIX
     */
    public static ServerSock listen(String host, String service, ServerOptions options) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return new ServerSock(Errors.checkArguments(NativeLookup.createServer(Native.string(arena, "host", host),
                    Native.string(arena, "port", service), options.write(arena))));
        }
    }

    /** Listens on each address of a host, or with a null host on the wildcards of both families, on one port. */
    public static List<ServerSock> listenAll(String host, String service, ServerOptions options) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(Native.LONG, MAX_SERVERS);
            long count = Errors.checkArguments(NativeLookup.createServers(Native.string(arena, "host", host),
                    Native.string(arena, "port", service), options.write(arena), out, MAX_SERVERS));
            List<ServerSock> servers = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                servers.add(new ServerSock(out.getAtIndex(Native.LONG, i)));
            }
            return servers;
        }
    }

    /** Listens on an address of any family, with the usual backlog. */
    public static ServerSock listen(SocketAddress address) throws IOException {
        SockAddress local = SockAddress.of(address);
        ServerSock server = open(local.family(), Constants.SOCK_STREAM, 0);
        try {
            if (local.family() == Constants.AF_INET || local.family() == Constants.AF_INET6) {
                server.options().set(Constants.SOL_SOCKET, Constants.SO_REUSEADDR, 1);
            }
            return server.bind(local).listen(-1);
        } catch (Throwable t) {
            server.close();
            throw t;
        }
    }

    /** Creates a socket that {@link #bind} and {@link #listen(int)} make a listening one. */
    public static ServerSock open(int family, int type, int protocol) throws IOException {
        return new ServerSock(Errors.check(NativeSocket.socket(family, type, protocol)));
    }

    /** Takes the sockets that the service manager passed to this process, by their names (sd_listen_fds(3)). */
    public static List<ServerSock> activated() throws IOException {
        List<ServerSock> servers = new ArrayList<>();
        long count = Errors.check(NativeLookup.activationCount());
        for (long i = 0; i < count; i++) {
            servers.add(new ServerSock(Errors.check(NativeLookup.activationTake(i))));
        }
        return servers;
    }

    @Override
    public ServerSock bind(SocketAddress local) throws IOException {
        bindTo(local);
        return this;
    }

    /** Begins to listen; a negative backlog is the usual one, 128. */
    public ServerSock listen(int backlog) throws IOException {
        listenTo(backlog);
        return this;
    }

    /**
     * Waits for a connection and returns it; null in non-blocking mode, if there is none.
     *
     * @throws java.net.SocketTimeoutException if the timeout or deadline has passed
     */
    public Sock accept() throws IOException {
        return acceptUntil(LATER);
    }

    @Override
    public <T> ServerSock setOption(SocketOption<T> name, T value) throws IOException {
        options().set(name, value);
        return this;
    }

    /** Sets the key of an AF_ALG socket, after {@link #bind} and before {@link #accept}. */
    public void setAlgorithmKey(byte[] key) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Errors.check(NativeOption.setAlgKey(handle, arena.allocateFrom(ValueLayout.JAVA_BYTE, key), key.length));
        }
    }

    /** Sets the tag length of an "aead" socket in bytes, after {@link #bind} and before {@link #accept}. */
    public void setAlgorithmTagSize(int size) throws IOException {
        Errors.check(NativeOption.setAlgTagSize(handle, size));
    }
}

package libsock;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/** How to listen. The setters return the object, so that they can follow each other. */
public final class ServerOptions {
    private static final long SIZE = 56;

    private int family;
    private int backlog;
    private boolean reusePort;
    private boolean dualStack;
    private boolean removeStale;
    private int fileMode;
    private Duration timeout;

    /** The defaults: AF_INET, a backlog of 128, SO_REUSEADDR. */
    public ServerOptions() {}

    /** AF_INET, AF_INET6 or AF_UNIX; 0 is AF_INET, and both IP families for {@link ServerSock#listenAll}. */
    public ServerOptions family(int value) {
        family = value;
        return this;
    }

    /** How many connections may wait to be accepted; 0 is 128. */
    public ServerOptions backlog(int value) {
        backlog = value;
        return this;
    }

    /** SO_REUSEPORT, to share the port among processes. */
    public ServerOptions reusePort(boolean on) {
        reusePort = on;
        return this;
    }

    /** An AF_INET6 socket also serves IPv4. */
    public ServerOptions dualStack(boolean on) {
        dualStack = on;
        return this;
    }

    /** Removes a socket file at the path first if no process listens on it. */
    public ServerOptions removeStale(boolean on) {
        removeStale = on;
        return this;
    }

    /** The mode of the socket file (0600); 0 follows the umask. */
    public ServerOptions fileMode(int mode) {
        fileMode = mode;
        return this;
    }

    /** The limit of the name lookup; null for none. */
    public ServerOptions timeout(Duration limit) {
        timeout = limit;
        return this;
    }

    /** Lays out {@code struct sock_server_options}. */
    MemorySegment write(Arena arena) {
        MemorySegment out = arena.allocate(SIZE, 8);
        out.set(Native.LONG, 0, SIZE);
        out.set(Native.INT, 8, family);
        out.set(Native.INT, 12, backlog);
        out.set(Native.INT, 16, reusePort ? 1 : 0);
        out.set(Native.INT, 20, dualStack ? 1 : 0);
        out.set(Native.INT, 24, removeStale ? 1 : 0);
        out.set(Native.INT, 28, fileMode);
        out.set(Native.LONG, 32, SockChannel.nanos(timeout));
        return out;
    }
}

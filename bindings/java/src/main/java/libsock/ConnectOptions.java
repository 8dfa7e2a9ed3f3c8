package libsock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** How to connect. The setters return the object, so that they can follow each other. */
public final class ConnectOptions {
    /** {@code struct sock_connect_options} and its fields. */
    private static final long SIZE = 96;
    private static final long TIMEOUT = 8;
    private static final long ATTEMPT_TIMEOUT = 24;
    private static final long RESOLUTION_DELAY = 32;
    private static final long STAGGER = 40;
    private static final long CANCEL = 48;
    private static final long SOURCE = 56;
    private static final long FAMILY = 88;
    private static final long FAST_OPEN = 92;

    private Duration timeout;
    private Duration attemptTimeout;
    private Duration resolutionDelay;
    private Duration stagger;
    private boolean inTurn;
    private CancelToken cancel;
    private SockAddress source;
    private Consumer<List<Attempt>> attempts;
    private int family;
    private boolean fastOpen;

    /** The defaults: no limit, both IP families, the pace of RFC 8305. */
    public ConnectOptions() {}

    /** The limit of the lookup and all attempts; null for none. */
    public ConnectOptions timeout(Duration limit) {
        timeout = limit;
        return this;
    }

    /** The limit of each attempt; null for none of its own. */
    public ConnectOptions attemptTimeout(Duration limit) {
        attemptTimeout = limit;
        return this;
    }

    /** How long IPv4 addresses wait for IPv6 ones; null is 50 ms. */
    public ConnectOptions resolutionDelay(Duration delay) {
        resolutionDelay = delay;
        return this;
    }

    /** The time from one attempt to the next; null is 250 ms. */
    public ConnectOptions stagger(Duration pause) {
        stagger = pause;
        return this;
    }

    /** Each attempt waits until the one before has failed, in the resolver's order. */
    public ConnectOptions inTurn(boolean on) {
        inTurn = on;
        return this;
    }

    /** The token that ends the call; null for none. */
    public ConnectOptions cancel(CancelToken token) {
        cancel = token;
        return this;
    }

    /** The local address; null leaves the choice to the kernel. */
    public ConnectOptions source(SocketAddress address) {
        source = address == null ? null : SockAddress.of(address);
        return this;
    }

    /** Receives all attempts when the call ends, also if it fails. */
    public ConnectOptions attempts(Consumer<List<Attempt>> receiver) {
        attempts = receiver;
        return this;
    }

    /** AF_INET, AF_INET6, or 0 for both. */
    public ConnectOptions family(int value) {
        family = value;
        return this;
    }

    /** TCP Fast Open (RFC 7413). */
    public ConnectOptions fastOpen(boolean on) {
        fastOpen = on;
        return this;
    }

    private MemorySegment write(Arena arena) {
        MemorySegment out = arena.allocate(SIZE, 8);
        out.set(Native.LONG, 0, SIZE);
        out.set(Native.LONG, TIMEOUT, positive(timeout));
        out.set(Native.LONG, ATTEMPT_TIMEOUT, attemptTimeout == null ? 0 : positive(attemptTimeout));
        out.set(Native.LONG, RESOLUTION_DELAY, resolutionDelay == null ? 0 : positive(resolutionDelay));
        out.set(Native.LONG, STAGGER, inTurn ? -1 : stagger == null ? 0 : positive(stagger));
        out.set(Native.LONG, CANCEL, cancel == null ? 0 : cancel.handle());
        if (source != null) {
            out.set(Native.POINTER, SOURCE, source.write(arena.allocate(SockAddress.SIZE, 8)));
        }
        out.set(Native.INT, FAMILY, family);
        out.set(Native.INT, FAST_OPEN, fastOpen ? 1 : 0);
        return out;
    }

    /** In the struct, 0 means the default; the shortest limit is 1 ns. */
    static long positive(Duration limit) {
        return Math.max(1, SockChannel.nanos(limit));
    }

    /** Connects and returns the handle. */
    long connect(String host, String service) throws IOException {
        long op;
        try (Arena arena = Arena.ofConfined()) {
            op = Errors.checkArguments(NativeLookup.createConnectionStart(Native.string(arena, "host", host),
                    Native.string(arena, "port", service), write(arena)));
        }
        try (Operation operation = new Operation(op)) {
            try {
                return operation.finish(NativeLookup::createConnectionStep);
            } finally {
                if (attempts != null) {
                    attempts.accept(attempts(op));
                }
            }
        } finally {
            Reference.reachabilityFence(cancel);
        }
    }

    private static List<Attempt> attempts(long op) {
        try (Arena arena = Arena.ofConfined()) {
            long count = NativeLookup.createConnectionAttempts(op, Native.NULL, 0);
            MemorySegment all = arena.allocate(Math.max(1, count) * Attempt.SIZE, 8);
            count = Math.min(count, NativeLookup.createConnectionAttempts(op, all, count));
            List<Attempt> list = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                list.add(Attempt.read(all.asSlice(i * Attempt.SIZE, Attempt.SIZE)));
            }
            return list;
        }
    }
}

package libsock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Lookups: from hosts and services to addresses, and back. The setters return the object, so that they can follow each
 * other:
 *
 * <pre>{@code
 * List<Lookup.Result> found = new Lookup().timeout(Duration.ofSeconds(2)).addresses("localhost", "80");
 * }</pre>
 *
 * <p>A lookup that fails throws an {@link java.net.UnknownHostException}, whose {@link SockError#codeName} is
 * "EAI_NONAME" or another. No thread of the program waits for the resolver beyond the limit. Interrupting a thread ends
 * its lookup with a {@link java.nio.channels.ClosedByInterruptException}.
 */
public final class Lookup {
    /** {@code struct sock_addrinfo_options} and {@code struct sock_addrinfo}. */
    private static final long OPTIONS = 48;
    private static final long RESULT = 152;
    private static final int MAX_HOST = 1025;
    private static final int MAX_SERVICE = 32;

    private int family;
    private int type;
    private int protocol;
    private int flags;
    private Duration timeout;
    private CancelToken cancel;

    /** A lookup of everything, without a limit. */
    public Lookup() {}

    /** AF_INET, AF_INET6, or 0 for both. */
    public Lookup family(int value) {
        family = value;
        return this;
    }

    /** SOCK_STREAM, SOCK_DGRAM ..., or 0 for all. */
    public Lookup type(int value) {
        type = value;
        return this;
    }

    /** IPPROTO_TCP ..., or 0 for all. */
    public Lookup protocol(int value) {
        protocol = value;
        return this;
    }

    /** AI_PASSIVE, AI_CANONNAME ... for addresses; NI_NUMERICHOST, NI_NAMEREQD ... for names. */
    public Lookup flags(int value) {
        flags = value;
        return this;
    }

    /** The limit; null for none. */
    public Lookup timeout(Duration limit) {
        timeout = limit;
        return this;
    }

    /** The token that ends the lookup of addresses; null for none. */
    public Lookup cancel(CancelToken token) {
        cancel = token;
        return this;
    }

    /**
     * One result.
     *
     * @param family AF_INET or AF_INET6
     * @param type SOCK_STREAM ...
     * @param protocol IPPROTO_TCP ...
     * @param address the address, with the requested port
     * @param canonicalName the official name of the host, in the first result if AI_CANONNAME asked for it; else ""
     */
    public record Result(int family, int type, int protocol, SockAddress address, String canonicalName) {}

    /** Names of an address. */
    public record Names(String host, String service) {}

    /** Returns all addresses of a host, one for each. */
    public static List<SockAddress> all(String host) throws IOException {
        return new Lookup().type(Constants.SOCK_STREAM).addresses(host, null).stream().map(Result::address).toList();
    }

    /**
     * Finds the addresses of a host and a service, as getaddrinfo(3).
     *
     * @param host a name or number; null is the wildcard with AI_PASSIVE, else this machine
     * @param service a port, or the name of a service; null is 0
     */
    public List<Result> addresses(String host, String service) throws IOException {
        long op;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment options = arena.allocate(OPTIONS, 8);
            options.set(Native.LONG, 0, OPTIONS);
            options.set(Native.INT, 8, family);
            options.set(Native.INT, 12, type);
            options.set(Native.INT, 16, protocol);
            options.set(Native.INT, 20, flags);
            options.set(Native.LONG, 24, ConnectOptions.positive(timeout));
            options.set(Native.LONG, 40, cancel == null ? 0 : cancel.handle());
            op = Errors.checkArguments(NativeLookup.getaddrinfoStart(Native.string(arena, "host", host),
                    Native.string(arena, "port", service), options));
        }
        try (Operation operation = new Operation(op)) {
            long list = operation.finish(NativeLookup::getaddrinfoStep);
            try {
                return results(list);
            } finally {
                NativeCore.close(list);
            }
        } finally {
            Reference.reachabilityFence(cancel);
        }
    }

    private static List<Result> results(long list) throws IOException {
        List<Result> results = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(RESULT, 8);
            long count = NativeLookup.addrinfoListCount(list);
            for (long i = 0; i < count; i++) {
                long index = i;
                Errors.check(NativeLookup.addrinfoListAt(list, index, out));
                results.add(new Result(out.get(Native.INT, 0), out.get(Native.INT, 4), out.get(Native.INT, 8),
                        SockAddress.read(out.asSlice(16, SockAddress.SIZE)),
                        Native.copied((buf, cap) -> NativeLookup.addrinfoListCanonname(list, index, buf, cap))));
            }
        }
        return results;
    }

    /** Finds the names of an address, as getnameinfo(3). */
    public Names names(SocketAddress of) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = SockAddress.of(of).write(arena.allocate(SockAddress.SIZE, 8));
            MemorySegment host = arena.allocate(MAX_HOST);
            MemorySegment service = arena.allocate(MAX_SERVICE);
            long op = Errors.check(NativeLookup.getnameinfoStart(address, flags, ConnectOptions.positive(timeout)));
            try (Operation operation = new Operation(op)) {
                operation.finish(handle -> NativeLookup.getnameinfoStep(handle, host, MAX_HOST, service, MAX_SERVICE));
            }
            return new Names(host.getString(0), service.getString(0));
        }
    }
}

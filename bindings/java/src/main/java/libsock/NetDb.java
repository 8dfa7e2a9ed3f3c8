package libsock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** What this machine knows without asking the network: its name, services, protocols and interfaces. */
public final class NetDb {
    private static final long INTERFACE = 72;
    private static final long INTERFACE_ADDR = 480;
    private static final long NAME = 8;
    private static final int NAME_SIZE = 64;

    private NetDb() {}

    /** A network interface. */
    public record Interface(long index, String name) {}

    /**
     * An address of a network interface.
     *
     * @param index the interface's index
     * @param flags IFF_UP ...
     * @param name the interface's name
     * @param address of AF_INET, AF_INET6, or AF_PACKET for the link itself; or empty
     * @param netmask as an address, or empty
     * @param broadcast or the other end, if flags has IFF_POINTOPOINT; or empty
     */
    public record InterfaceAddress(long index, int flags, String name, SockAddress address, SockAddress netmask,
            SockAddress broadcast) {}

    private interface Listing {
        long list(MemorySegment out, long cap);
    }

    /** Calls with room that suffices: the list may have grown since it was counted. */
    private static <T> List<T> all(long size, Listing listing, java.util.function.Function<MemorySegment, T> read)
            throws IOException {
        long cap = Errors.check(listing.list(Native.NULL, 0));
        while (true) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment out = arena.allocate(Math.max(1, cap) * size, 8);
                long count = Errors.check(listing.list(out, cap));
                if (count <= cap) {
                    List<T> all = new ArrayList<>();
                    for (long i = 0; i < count; i++) {
                        all.add(read.apply(out.asSlice(i * size, size)));
                    }
                    return all;
                }
                cap = count;
            }
        }
    }

    /** Lists all network interfaces. */
    public static List<Interface> interfaces() throws IOException {
        return all(INTERFACE, NativeLookup::ifNameindex, one -> new Interface(
                Integer.toUnsignedLong(one.get(Native.INT, 0)), one.asSlice(NAME, NAME_SIZE).getString(0)));
    }

    /** Lists all addresses of all network interfaces. */
    public static List<InterfaceAddress> interfaceAddresses() throws IOException {
        return all(INTERFACE_ADDR, NativeLookup::getifaddrs, one -> new InterfaceAddress(
                Integer.toUnsignedLong(one.get(Native.INT, 0)), one.get(Native.INT, 4),
                one.asSlice(NAME, NAME_SIZE).getString(0), SockAddress.read(one.asSlice(72, SockAddress.SIZE)),
                SockAddress.read(one.asSlice(72 + SockAddress.SIZE, SockAddress.SIZE)),
                SockAddress.read(one.asSlice(72 + 2L * SockAddress.SIZE, SockAddress.SIZE))));
    }

    /** Finds the index of a network interface. */
    public static long interfaceIndex(String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return Errors.check(NativeLookup.ifNametoindex(Native.string(arena, "name", name)));
        }
    }

    /** Finds the name of a network interface. */
    public static String interfaceName(long index) throws IOException {
        return Native.copied((buf, cap) -> NativeLookup.ifIndextoname(index, buf, cap));
    }

    /** Returns the name of this machine. */
    public static String hostName() throws IOException {
        return Native.copied(NativeLookup::gethostname);
    }

    /** Finds the port of a service: 443 for "https"; the protocol is "tcp", "udp", or null for any. */
    public static int servicePort(String name, String protocol) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return Errors.check(NativeLookup.getservbyname(Native.string(arena, "name", name),
                    Native.string(arena, "protocol", protocol)));
        }
    }

    /** Finds the name of the service at a port. */
    public static String serviceName(int port, String protocol) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment of = Native.string(arena, "protocol", protocol);
            return Native.copied((buf, cap) -> NativeLookup.getservbyport(port, of, buf, cap));
        }
    }

    /** Finds the number of a protocol: 6 for "tcp". */
    public static int protocolNumber(String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return Errors.check(NativeLookup.getprotobyname(Native.string(arena, "name", name)));
        }
    }

    /** Whether an IPv6 socket can also serve IPv4 on this machine. */
    public static boolean hasDualStack() {
        return NativeLookup.hasDualstackIpv6() != 0;
    }

    /** Returns the AF_VSOCK address (CID) of this machine. */
    public static long vsockCid() throws IOException {
        return Errors.check(NativeOption.vsockCid());
    }

    /** Returns the version of the running library: "0.1.0". */
    public static String libraryVersion() {
        return Native.text(NativeCore.version());
    }
}

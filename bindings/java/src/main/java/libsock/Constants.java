package libsock;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The constants of the socket interface, with their values on this platform, from libsock's table. Those that programs
 * use most are fields; {@link #value} finds every other.
 */
public final class Constants {
    private static final SortedMap<String, Long> ALL = table();

    public static final int AF_UNSPEC = number("AF_UNSPEC");
    public static final int AF_UNIX = number("AF_UNIX");
    public static final int AF_INET = number("AF_INET");
    public static final int AF_INET6 = number("AF_INET6");
    public static final int AF_NETLINK = number("AF_NETLINK");
    public static final int AF_PACKET = number("AF_PACKET");
    public static final int AF_CAN = number("AF_CAN");
    public static final int AF_TIPC = number("AF_TIPC");
    public static final int AF_BLUETOOTH = number("AF_BLUETOOTH");
    public static final int AF_ALG = number("AF_ALG");
    public static final int AF_VSOCK = number("AF_VSOCK");
    public static final int AF_QIPCRTR = number("AF_QIPCRTR");

    public static final int SOCK_STREAM = number("SOCK_STREAM");
    public static final int SOCK_DGRAM = number("SOCK_DGRAM");
    public static final int SOCK_SEQPACKET = number("SOCK_SEQPACKET");
    public static final int SOCK_RAW = number("SOCK_RAW");

    public static final int IPPROTO_IP = number("IPPROTO_IP");
    public static final int IPPROTO_IPV6 = number("IPPROTO_IPV6");
    public static final int IPPROTO_TCP = number("IPPROTO_TCP");
    public static final int IPPROTO_UDP = number("IPPROTO_UDP");

    public static final int SOL_SOCKET = number("SOL_SOCKET");
    public static final int SO_REUSEADDR = number("SO_REUSEADDR");
    public static final int SO_REUSEPORT = number("SO_REUSEPORT");
    public static final int SO_KEEPALIVE = number("SO_KEEPALIVE");
    public static final int SO_BROADCAST = number("SO_BROADCAST");
    public static final int SO_OOBINLINE = number("SO_OOBINLINE");
    public static final int SO_RCVBUF = number("SO_RCVBUF");
    public static final int SO_SNDBUF = number("SO_SNDBUF");
    public static final int SO_PASSCRED = number("SO_PASSCRED");
    public static final int SO_ERROR = number("SO_ERROR");
    public static final int TCP_NODELAY = number("TCP_NODELAY");
    public static final int IP_TOS = number("IP_TOS");
    public static final int IP_TTL = number("IP_TTL");
    public static final int IPV6_V6ONLY = number("IPV6_V6ONLY");
    public static final int IPV6_TCLASS = number("IPV6_TCLASS");

    public static final int MSG_PEEK = number("MSG_PEEK");
    public static final int MSG_TRUNC = number("MSG_TRUNC");
    public static final int MSG_CTRUNC = number("MSG_CTRUNC");
    public static final int MSG_DONTWAIT = number("MSG_DONTWAIT");
    public static final int MSG_WAITALL = number("MSG_WAITALL");
    public static final int MSG_OOB = number("MSG_OOB");
    public static final int MSG_ERRQUEUE = number("MSG_ERRQUEUE");

    public static final int SHUT_RD = number("SHUT_RD");
    public static final int SHUT_WR = number("SHUT_WR");
    public static final int SHUT_RDWR = number("SHUT_RDWR");

    public static final int AI_PASSIVE = number("AI_PASSIVE");
    public static final int AI_CANONNAME = number("AI_CANONNAME");
    public static final int AI_NUMERICHOST = number("AI_NUMERICHOST");
    public static final int NI_NUMERICHOST = number("NI_NUMERICHOST");
    public static final int NI_NUMERICSERV = number("NI_NUMERICSERV");
    public static final int NI_NAMEREQD = number("NI_NAMEREQD");

    private Constants() {}

    /**
     * Finds a constant: {@code value("SO_REUSEADDR")}.
     *
     * @throws IllegalArgumentException if this platform has none of that name, or if it is a text
     */
    public static long value(String name) {
        Long value = ALL.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name + " is not a constant of this platform");
        }
        return value;
    }

    /** Returns all constants that are numbers, sorted by name. */
    public static Map<String, Long> all() {
        return ALL;
    }

    private static int number(String name) {
        return Math.toIntExact(value(name));
    }

    private static SortedMap<String, Long> table() {
        SortedMap<String, Long> all = new TreeMap<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(Native.POINTER);
            MemorySegment value = arena.allocate(Native.LONG);
            long count = NativeCore.constantCount();
            for (long i = 0; i < count; i++) {
                if (NativeCore.constantAt(i, name, value) == 0) {
                    MemorySegment text = name.get(Native.POINTER, 0);
                    all.put(Native.text(text), value.get(Native.LONG, 0));
                }
            }
        }
        return Collections.unmodifiableSortedMap(all);
    }
}

package libsock;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;

/** Sockets for IPv4 and IPv6, as those of java.net are, before it is known which of them is needed. */
final class DualStack {
    private static final boolean AVAILABLE =
            NetDb.hasDualStack() && !Boolean.getBoolean("java.net.preferIPv4Stack");

    private DualStack() {}

    static Sock open(int type) throws IOException {
        if (!AVAILABLE) {
            return Sock.open(Constants.AF_INET, type, 0);
        }
        Sock sock = Sock.open(Constants.AF_INET6, type, 0);
        sock.options().set(Constants.IPPROTO_IPV6, Constants.IPV6_V6ONLY, 0);
        return sock;
    }

    /** The address for such a socket: an IPv4 address is mapped. */
    static SockAddress of(InetAddress address, int port) {
        String host = address.getHostAddress();
        if (AVAILABLE && address instanceof Inet4Address) {
            host = address.isAnyLocalAddress() ? "::" : "::ffff:" + host;
        }
        return SockAddress.ip(host, port);
    }

    static SockAddress of(SocketAddress address) throws IOException {
        if (address instanceof InetSocketAddress inet) {
            if (inet.isUnresolved()) {
                throw new UnknownHostException(inet.getHostString());
            }
            return of(inet.getAddress(), inet.getPort());
        }
        return SockAddress.of(address);
    }
}

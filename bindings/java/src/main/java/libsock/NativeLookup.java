package libsock;

import static libsock.Native.INT;
import static libsock.Native.LONG;
import static libsock.Native.POINTER;
import static libsock.Native.function;
import static libsock.Native.unexpected;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C functions for lookups, connections, servers and the network database. */
final class NativeLookup {
    private NativeLookup() {}

    private static final MethodHandle GETADDRINFO_START = function("sock_getaddrinfo_start", LONG, POINTER, POINTER,
            POINTER);
    static long getaddrinfoStart(MemorySegment host, MemorySegment port, MemorySegment opt) {
        try {
            return (long) GETADDRINFO_START.invokeExact(host, port, opt);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GETADDRINFO_STEP = function("sock_getaddrinfo_step", LONG, LONG);
    static long getaddrinfoStep(long op) {
        try { return (long) GETADDRINFO_STEP.invokeExact(op); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDRINFO_LIST_COUNT = function("sock_addrinfo_list_count", LONG, LONG);
    static long addrinfoListCount(long list) {
        try { return (long) ADDRINFO_LIST_COUNT.invokeExact(list); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDRINFO_LIST_AT = function("sock_addrinfo_list_at", INT, LONG, LONG, POINTER);
    static int addrinfoListAt(long list, long index, MemorySegment out) {
        try {
            return (int) ADDRINFO_LIST_AT.invokeExact(list, index, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ADDRINFO_LIST_CANONNAME = function("sock_addrinfo_list_canonname", LONG, LONG,
            LONG, POINTER, LONG);
    static long addrinfoListCanonname(long list, long index, MemorySegment buf, long cap) {
        try {
            return (long) ADDRINFO_LIST_CANONNAME.invokeExact(list, index, buf, cap);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GETNAMEINFO_START = function("sock_getnameinfo_start", LONG, POINTER, INT, LONG);
    static long getnameinfoStart(MemorySegment addr, int flags, long timeoutNs) {
        try {
            return (long) GETNAMEINFO_START.invokeExact(addr, flags, timeoutNs);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GETNAMEINFO_STEP = function("sock_getnameinfo_step", INT, LONG, POINTER, LONG,
            POINTER, LONG);
    static int getnameinfoStep(long op, MemorySegment host, long hostCap, MemorySegment service, long serviceCap) {
        try {
            return (int) GETNAMEINFO_STEP.invokeExact(op, host, hostCap, service, serviceCap);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CREATE_CONNECTION_START = function("sock_create_connection_start", LONG,
            POINTER, POINTER, POINTER);
    static long createConnectionStart(MemorySegment host, MemorySegment port, MemorySegment opt) {
        try {
            return (long) CREATE_CONNECTION_START.invokeExact(host, port, opt);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CREATE_CONNECTION_STEP = function("sock_create_connection_step", LONG, LONG);
    static long createConnectionStep(long op) {
        try { return (long) CREATE_CONNECTION_STEP.invokeExact(op); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CREATE_CONNECTION_ATTEMPTS = function("sock_create_connection_attempts", LONG,
            LONG, POINTER, LONG);
    static long createConnectionAttempts(long op, MemorySegment attempts, long cap) {
        try {
            return (long) CREATE_CONNECTION_ATTEMPTS.invokeExact(op, attempts, cap);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CREATE_SERVER = function("sock_create_server", LONG, POINTER, POINTER, POINTER);
    static long createServer(MemorySegment host, MemorySegment port, MemorySegment opt) {
        try { return (long) CREATE_SERVER.invokeExact(host, port, opt); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CREATE_SERVERS = function("sock_create_servers", LONG, POINTER, POINTER,
            POINTER, POINTER, LONG);
    static long createServers(MemorySegment host, MemorySegment port, MemorySegment opt, MemorySegment out, long cap) {
        try {
            return (long) CREATE_SERVERS.invokeExact(host, port, opt, out, cap);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ACTIVATION_COUNT = function("sock_activation_count", LONG);
    static long activationCount() {
        try { return (long) ACTIVATION_COUNT.invokeExact(); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ACTIVATION_TAKE = function("sock_activation_take", LONG, LONG);
    static long activationTake(long index) {
        try { return (long) ACTIVATION_TAKE.invokeExact(index); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GETHOSTNAME = function("sock_gethostname", LONG, POINTER, LONG);
    static long gethostname(MemorySegment buf, long cap) {
        try { return (long) GETHOSTNAME.invokeExact(buf, cap); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GETSERVBYNAME = function("sock_getservbyname", INT, POINTER, POINTER);
    static int getservbyname(MemorySegment name, MemorySegment proto) {
        try { return (int) GETSERVBYNAME.invokeExact(name, proto); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GETSERVBYPORT = function("sock_getservbyport", LONG, LONG, POINTER, POINTER,
            LONG);
    static long getservbyport(long port, MemorySegment proto, MemorySegment buf, long cap) {
        try {
            return (long) GETSERVBYPORT.invokeExact(port, proto, buf, cap);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GETPROTOBYNAME = function("sock_getprotobyname", INT, POINTER);
    static int getprotobyname(MemorySegment name) {
        try { return (int) GETPROTOBYNAME.invokeExact(name); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle IF_NAMETOINDEX = function("sock_if_nametoindex", LONG, POINTER);
    static long ifNametoindex(MemorySegment name) {
        try { return (long) IF_NAMETOINDEX.invokeExact(name); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle IF_INDEXTONAME = function("sock_if_indextoname", LONG, LONG, POINTER, LONG);
    static long ifIndextoname(long index, MemorySegment buf, long cap) {
        try { return (long) IF_INDEXTONAME.invokeExact(index, buf, cap); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle IF_NAMEINDEX = function("sock_if_nameindex", LONG, POINTER, LONG);
    static long ifNameindex(MemorySegment out, long cap) {
        try { return (long) IF_NAMEINDEX.invokeExact(out, cap); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GETIFADDRS = function("sock_getifaddrs", LONG, POINTER, LONG);
    static long getifaddrs(MemorySegment out, long cap) {
        try { return (long) GETIFADDRS.invokeExact(out, cap); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle HAS_DUALSTACK_IPV6 = function("sock_has_dualstack_ipv6", INT);
    static int hasDualstackIpv6() {
        try { return (int) HAS_DUALSTACK_IPV6.invokeExact(); } catch (Throwable t) { throw unexpected(t); }
    }
}

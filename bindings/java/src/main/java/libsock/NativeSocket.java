package libsock;

import static libsock.Native.INT;
import static libsock.Native.LONG;
import static libsock.Native.POINTER;
import static libsock.Native.function;
import static libsock.Native.unexpected;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C functions for sockets, transfers, messages, batches, splice and relay. */
final class NativeSocket {
    private NativeSocket() {}

    private static final MethodHandle SOCKET = function("sock_socket", LONG, INT, INT, INT);
    static long socket(int family, int type, int proto) {
        try { return (long) SOCKET.invokeExact(family, type, proto); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SOCKETPAIR = function("sock_socketpair", INT, INT, INT, INT, POINTER);
    static int socketpair(int family, int type, int proto, MemorySegment out) {
        try {
            return (int) SOCKETPAIR.invokeExact(family, type, proto, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle FROM_FD = function("sock_from_fd", LONG, INT, INT, INT, INT);
    static long fromFd(int fd, int family, int type, int proto) {
        try { return (long) FROM_FD.invokeExact(fd, family, type, proto); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle DETACH = function("sock_detach", INT, LONG);
    static int detach(long s) {
        try { return (int) DETACH.invokeExact(s); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle DUP = function("sock_dup", LONG, LONG);
    static long dup(long s) {
        try { return (long) DUP.invokeExact(s); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle FILENO = function("sock_fileno", INT, LONG);
    static int fileno(long s) {
        try { return (int) FILENO.invokeExact(s); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle FAMILY = function("sock_family", INT, LONG);
    static int family(long s) {
        try { return (int) FAMILY.invokeExact(s); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle TYPE = function("sock_type", INT, LONG);
    static int type(long s) {
        try { return (int) TYPE.invokeExact(s); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle PROTO = function("sock_proto", INT, LONG);
    static int proto(long s) {
        try { return (int) PROTO.invokeExact(s); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle BIND = function("sock_bind", INT, LONG, POINTER);
    static int bind(long s, MemorySegment addr) {
        try { return (int) BIND.invokeExact(s, addr); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle LISTEN = function("sock_listen", INT, LONG, INT);
    static int listen(long s, int backlog) {
        try { return (int) LISTEN.invokeExact(s, backlog); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ACCEPT = function("sock_accept", LONG, LONG, POINTER);
    static long accept(long s, MemorySegment peer) {
        try { return (long) ACCEPT.invokeExact(s, peer); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONNECT = function("sock_connect", INT, LONG, POINTER);
    static int connect(long s, MemorySegment addr) {
        try { return (int) CONNECT.invokeExact(s, addr); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SHUTDOWN = function("sock_shutdown", INT, LONG, INT);
    static int shutdown(long s, int how) {
        try { return (int) SHUTDOWN.invokeExact(s, how); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GETSOCKNAME = function("sock_getsockname", INT, LONG, POINTER);
    static int getsockname(long s, MemorySegment out) {
        try { return (int) GETSOCKNAME.invokeExact(s, out); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GETPEERNAME = function("sock_getpeername", INT, LONG, POINTER);
    static int getpeername(long s, MemorySegment out) {
        try { return (int) GETPEERNAME.invokeExact(s, out); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SEND = function("sock_send", LONG, LONG, POINTER, LONG, INT);
    static long send(long s, MemorySegment buf, long len, int flags) {
        try { return (long) SEND.invokeExact(s, buf, len, flags); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle RECV = function("sock_recv", LONG, LONG, POINTER, LONG, INT);
    static long recv(long s, MemorySegment buf, long len, int flags) {
        try { return (long) RECV.invokeExact(s, buf, len, flags); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle WAIT = function("sock_wait", INT, LONG, INT, LONG);
    static int waitFor(long s, int direction, long timeoutNs) {
        try { return (int) WAIT.invokeExact(s, direction, timeoutNs); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SEND_POLLABLE = function("sock_send_pollable", INT, LONG, INT);
    static int sendPollable(long s, int addressed) {
        try { return (int) SEND_POLLABLE.invokeExact(s, addressed); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SENDMSG = function("sock_sendmsg", LONG, LONG, POINTER, INT);
    static long sendmsg(long s, MemorySegment msg, int flags) {
        try { return (long) SENDMSG.invokeExact(s, msg, flags); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle RECVMSG = function("sock_recvmsg", LONG, LONG, POINTER, INT);
    static long recvmsg(long s, MemorySegment msg, int flags) {
        try { return (long) RECVMSG.invokeExact(s, msg, flags); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SENDMANY = function("sock_sendmany", LONG, LONG, POINTER, LONG, INT);
    static long sendmany(long s, MemorySegment v, long n, int flags) {
        try { return (long) SENDMANY.invokeExact(s, v, n, flags); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle RECVMANY = function("sock_recvmany", LONG, LONG, POINTER, LONG, INT);
    static long recvmany(long s, MemorySegment v, long n, int flags) {
        try { return (long) RECVMANY.invokeExact(s, v, n, flags); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SETGRO = function("sock_setgro", INT, LONG, INT);
    static int setgro(long s, int on) {
        try { return (int) SETGRO.invokeExact(s, on); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SENDFILE = function("sock_sendfile", LONG, LONG, INT, LONG, LONG, POINTER);
    static long sendfile(long s, int file, long offset, long count, MemorySegment sent) {
        try {
            return (long) SENDFILE.invokeExact(s, file, offset, count, sent);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SPLICE = function("sock_splice", LONG, LONG, LONG, LONG, POINTER, POINTER);
    static long splice(long from, long to, long count, MemorySegment received, MemorySegment sent) {
        try {
            return (long) SPLICE.invokeExact(from, to, count, received, sent);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle RELAY = function("sock_relay", INT, LONG, LONG, LONG, POINTER);
    static int relay(long a, long b, long idleNs, MemorySegment counts) {
        try { return (int) RELAY.invokeExact(a, b, idleNs, counts); } catch (Throwable t) { throw unexpected(t); }
    }
}

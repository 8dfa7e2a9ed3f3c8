package libsock;

import static libsock.Native.INT;
import static libsock.Native.LONG;
import static libsock.Native.POINTER;
import static libsock.Native.function;
import static libsock.Native.unexpected;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C functions for control messages. */
final class NativeControl {
    private NativeControl() {}

    private static final MethodHandle CMSG_SPACE = function("sock_cmsg_space", LONG, LONG);
    static long cmsgSpace(long len) {
        try { return (long) CMSG_SPACE.invokeExact(len); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_SPACE = function("sock_control_space", LONG, LONG, LONG);
    static long controlSpace(long kinds, long fds) {
        try { return (long) CONTROL_SPACE.invokeExact(kinds, fds); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_NEXT = function("sock_control_next", INT, POINTER, LONG, POINTER,
            POINTER);
    static int controlNext(MemorySegment control, long len, MemorySegment pos, MemorySegment out) {
        try {
            return (int) CONTROL_NEXT.invokeExact(control, len, pos, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_PUT = function("sock_control_put", INT, POINTER, LONG, POINTER, INT,
            INT, POINTER, LONG);
    static int controlPut(MemorySegment control, long cap, MemorySegment len, int level, int type,
            MemorySegment data, long dataLen) {
        try {
            return (int) CONTROL_PUT.invokeExact(control, cap, len, level, type, data, dataLen);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_PUT_FDS = function("sock_control_put_fds", INT, POINTER, LONG, POINTER,
            POINTER, LONG);
    static int controlPutFds(MemorySegment control, long cap, MemorySegment len, MemorySegment fds, long n) {
        try {
            return (int) CONTROL_PUT_FDS.invokeExact(control, cap, len, fds, n);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_PUT_CREDENTIALS = function("sock_control_put_credentials", INT,
            POINTER, LONG, POINTER, LONG, LONG, LONG);
    static int controlPutCredentials(MemorySegment control, long cap, MemorySegment len, long pid, long uid, long gid) {
        try {
            return (int) CONTROL_PUT_CREDENTIALS.invokeExact(control, cap, len, pid, uid, gid);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_PUT_PKTINFO = function("sock_control_put_pktinfo", INT, POINTER, LONG,
            POINTER, POINTER, LONG);
    static int controlPutPktinfo(MemorySegment control, long cap, MemorySegment len, MemorySegment from, long ifindex) {
        try {
            return (int) CONTROL_PUT_PKTINFO.invokeExact(control, cap, len, from, ifindex);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_PUT_TTL = function("sock_control_put_ttl", INT, POINTER, LONG, POINTER,
            INT, LONG);
    static int controlPutTtl(MemorySegment control, long cap, MemorySegment len, int family, long ttl) {
        try {
            return (int) CONTROL_PUT_TTL.invokeExact(control, cap, len, family, ttl);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_PUT_TOS = function("sock_control_put_tos", INT, POINTER, LONG, POINTER,
            INT, LONG);
    static int controlPutTos(MemorySegment control, long cap, MemorySegment len, int family, long tos) {
        try {
            return (int) CONTROL_PUT_TOS.invokeExact(control, cap, len, family, tos);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_PUT_GSO_SIZE = function("sock_control_put_gso_size", INT, POINTER,
            LONG, POINTER, LONG);
    static int controlPutGsoSize(MemorySegment control, long cap, MemorySegment len, long size) {
        try {
            return (int) CONTROL_PUT_GSO_SIZE.invokeExact(control, cap, len, size);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_TAKE_FDS = function("sock_control_take_fds", LONG, POINTER, LONG,
            POINTER, LONG);
    static long controlTakeFds(MemorySegment control, long len, MemorySegment fds, long cap) {
        try {
            return (long) CONTROL_TAKE_FDS.invokeExact(control, len, fds, cap);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_CLOSE_FDS = function("sock_control_close_fds", LONG, POINTER, LONG);
    static long controlCloseFds(MemorySegment control, long len) {
        try { return (long) CONTROL_CLOSE_FDS.invokeExact(control, len); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_GET_CREDENTIALS = function("sock_control_get_credentials", INT,
            POINTER, LONG, POINTER, POINTER, POINTER);
    static int controlGetCredentials(MemorySegment control, long len, MemorySegment pid, MemorySegment uid,
            MemorySegment gid) {
        try {
            return (int) CONTROL_GET_CREDENTIALS.invokeExact(control, len, pid, uid, gid);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_GET_TIMESTAMP = function("sock_control_get_timestamp", INT, POINTER,
            LONG, POINTER, POINTER);
    static int controlGetTimestamp(MemorySegment control, long len, MemorySegment software, MemorySegment hardware) {
        try {
            return (int) CONTROL_GET_TIMESTAMP.invokeExact(control, len, software, hardware);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_GET_PKTINFO = function("sock_control_get_pktinfo", INT, POINTER, LONG,
            POINTER, POINTER, POINTER);
    static int controlGetPktinfo(MemorySegment control, long len, MemorySegment to, MemorySegment local,
            MemorySegment ifindex) {
        try {
            return (int) CONTROL_GET_PKTINFO.invokeExact(control, len, to, local, ifindex);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_GET_TTL = function("sock_control_get_ttl", INT, POINTER, LONG, POINTER);
    static int controlGetTtl(MemorySegment control, long len, MemorySegment out) {
        try {
            return (int) CONTROL_GET_TTL.invokeExact(control, len, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_GET_TOS = function("sock_control_get_tos", INT, POINTER, LONG, POINTER);
    static int controlGetTos(MemorySegment control, long len, MemorySegment out) {
        try {
            return (int) CONTROL_GET_TOS.invokeExact(control, len, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_GET_DROPS = function("sock_control_get_drops", INT, POINTER, LONG,
            POINTER);
    static int controlGetDrops(MemorySegment control, long len, MemorySegment out) {
        try {
            return (int) CONTROL_GET_DROPS.invokeExact(control, len, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_GET_GRO_SIZE = function("sock_control_get_gro_size", INT, POINTER,
            LONG, POINTER);
    static int controlGetGroSize(MemorySegment control, long len, MemorySegment out) {
        try {
            return (int) CONTROL_GET_GRO_SIZE.invokeExact(control, len, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_GET_ERROR = function("sock_control_get_error", INT, POINTER, LONG,
            POINTER);
    static int controlGetError(MemorySegment control, long len, MemorySegment out) {
        try {
            return (int) CONTROL_GET_ERROR.invokeExact(control, len, out);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONTROL_TAKE_PIDFD =
            function("sock_control_take_pidfd", INT, POINTER, LONG, POINTER);
    static int controlTakePidfd(MemorySegment control, long len, MemorySegment fd) {
        try { return (int) CONTROL_TAKE_PIDFD.invokeExact(control, len, fd); } catch (Throwable t) { throw unexpected(t); }
    }
}

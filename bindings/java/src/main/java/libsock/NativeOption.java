package libsock;

import static libsock.Native.INT;
import static libsock.Native.LONG;
import static libsock.Native.POINTER;
import static libsock.Native.function;
import static libsock.Native.unexpected;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C functions for options. */
final class NativeOption {
    private NativeOption() {}

    private static final MethodHandle SETSOCKOPT = function("sock_setsockopt", INT, LONG, INT, INT, POINTER, LONG);
    static int setsockopt(long s, int level, int name, MemorySegment value, long len) {
        try {
            return (int) SETSOCKOPT.invokeExact(s, level, name, value, len);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GETSOCKOPT = function("sock_getsockopt", INT, LONG, INT, INT, POINTER, POINTER);
    static int getsockopt(long s, int level, int name, MemorySegment value, MemorySegment len) {
        try {
            return (int) GETSOCKOPT.invokeExact(s, level, name, value, len);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SETSOCKOPT_INT = function("sock_setsockopt_int", INT, LONG, INT, INT, INT);
    static int setsockoptInt(long s, int level, int name, int value) {
        try {
            return (int) SETSOCKOPT_INT.invokeExact(s, level, name, value);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GETSOCKOPT_INT = function("sock_getsockopt_int", INT, LONG, INT, INT, POINTER);
    static int getsockoptInt(long s, int level, int name, MemorySegment value) {
        try {
            return (int) GETSOCKOPT_INT.invokeExact(s, level, name, value);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SET_KEEPALIVE = function("sock_set_keepalive", INT, LONG, INT, LONG, LONG, INT);
    static int setKeepalive(long s, int on, long idle, long interval, int count) {
        try {
            return (int) SET_KEEPALIVE.invokeExact(s, on, idle, interval, count);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SET_LINGER = function("sock_set_linger", INT, LONG, INT, LONG);
    static int setLinger(long s, int on, long span) {
        try { return (int) SET_LINGER.invokeExact(s, on, span); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GET_LINGER = function("sock_get_linger", INT, LONG, POINTER);
    static int getLinger(long s, MemorySegment span) {
        try { return (int) GET_LINGER.invokeExact(s, span); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SET_BUFFER = function("sock_set_buffer", LONG, LONG, INT, LONG);
    static long setBuffer(long s, int direction, long bytes) {
        try { return (long) SET_BUFFER.invokeExact(s, direction, bytes); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GET_BUFFER = function("sock_get_buffer", LONG, LONG, INT);
    static long getBuffer(long s, int direction) {
        try { return (long) GET_BUFFER.invokeExact(s, direction); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SET_DEVICE = function("sock_set_device", INT, LONG, POINTER);
    static int setDevice(long s, MemorySegment name) {
        try { return (int) SET_DEVICE.invokeExact(s, name); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GET_DEVICE = function("sock_get_device", LONG, LONG, POINTER, LONG);
    static long getDevice(long s, MemorySegment buf, long cap) {
        try { return (long) GET_DEVICE.invokeExact(s, buf, cap); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle JOIN_GROUP = function("sock_join_group", INT, LONG, POINTER, POINTER, POINTER,
            LONG);
    static int joinGroup(long s, MemorySegment group, MemorySegment source, MemorySegment device, long index) {
        try {
            return (int) JOIN_GROUP.invokeExact(s, group, source, device, index);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle LEAVE_GROUP = function("sock_leave_group", INT, LONG, POINTER, POINTER,
            POINTER, LONG);
    static int leaveGroup(long s, MemorySegment group, MemorySegment source, MemorySegment device, long index) {
        try {
            return (int) LEAVE_GROUP.invokeExact(s, group, source, device, index);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle PEER_CRED = function("sock_peer_cred", INT, LONG, POINTER, POINTER, POINTER);
    static int peerCred(long s, MemorySegment pid, MemorySegment uid, MemorySegment gid) {
        try { return (int) PEER_CRED.invokeExact(s, pid, uid, gid); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle PEER_PIDFD = function("sock_peer_pidfd", INT, LONG);
    static int peerPidfd(long s) {
        try { return (int) PEER_PIDFD.invokeExact(s); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SET_USER_TIMEOUT = function("sock_set_user_timeout", INT, LONG, LONG);
    static int setUserTimeout(long s, long span) {
        try { return (int) SET_USER_TIMEOUT.invokeExact(s, span); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GET_USER_TIMEOUT = function("sock_get_user_timeout", LONG, LONG);
    static long getUserTimeout(long s) {
        try { return (long) GET_USER_TIMEOUT.invokeExact(s); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SET_CONGESTION = function("sock_set_congestion", INT, LONG, POINTER);
    static int setCongestion(long s, MemorySegment name) {
        try { return (int) SET_CONGESTION.invokeExact(s, name); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GET_CONGESTION = function("sock_get_congestion", LONG, LONG, POINTER, LONG);
    static long getCongestion(long s, MemorySegment buf, long cap) {
        try { return (long) GET_CONGESTION.invokeExact(s, buf, cap); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SOCKET_MPTCP = function("sock_socket_mptcp", LONG, INT);
    static long socketMptcp(int family) {
        try { return (long) SOCKET_MPTCP.invokeExact(family); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle MPTCP_STATE = function("sock_mptcp_state", INT, LONG);
    static int mptcpState(long s) {
        try { return (int) MPTCP_STATE.invokeExact(s); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SET_PROMISCUOUS = function("sock_set_promiscuous", INT, LONG, POINTER, INT);
    static int setPromiscuous(long s, MemorySegment device, int on) {
        try { return (int) SET_PROMISCUOUS.invokeExact(s, device, on); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SET_CAN_FILTERS = function("sock_set_can_filters", INT, LONG, POINTER, LONG);
    static int setCanFilters(long s, MemorySegment filters, long count) {
        try {
            return (int) SET_CAN_FILTERS.invokeExact(s, filters, count);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SET_CAN_ERRORS = function("sock_set_can_errors", INT, LONG, LONG);
    static int setCanErrors(long s, long classes) {
        try { return (int) SET_CAN_ERRORS.invokeExact(s, classes); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SET_ALG_KEY = function("sock_set_alg_key", INT, LONG, POINTER, LONG);
    static int setAlgKey(long s, MemorySegment key, long len) {
        try { return (int) SET_ALG_KEY.invokeExact(s, key, len); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SET_ALG_TAG_SIZE = function("sock_set_alg_tag_size", INT, LONG, LONG);
    static int setAlgTagSize(long s, long size) {
        try { return (int) SET_ALG_TAG_SIZE.invokeExact(s, size); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle GET_TCP_INFO = function("sock_get_tcp_info", INT, LONG, POINTER);
    static int getTcpInfo(long s, MemorySegment info) {
        try { return (int) GET_TCP_INFO.invokeExact(s, info); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ISOTP_WAIT = function("sock_isotp_wait", INT, LONG);
    static int isotpWait(long s) {
        try { return (int) ISOTP_WAIT.invokeExact(s); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SENDMSG_ALG = function("sock_sendmsg_alg", LONG, LONG, POINTER, LONG, LONG, POINTER,
            LONG, LONG, INT);
    static long sendmsgAlg(long s, MemorySegment iov, long iovCount, long op, MemorySegment iv, long ivLen,
            long assoclen, int flags) {
        try {
            return (long) SENDMSG_ALG.invokeExact(s, iov, iovCount, op, iv, ivLen, assoclen, flags);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle VSOCK_CID = function("sock_vsock_cid", LONG);
    static long vsockCid() {
        try { return (long) VSOCK_CID.invokeExact(); } catch (Throwable t) { throw unexpected(t); }
    }
}

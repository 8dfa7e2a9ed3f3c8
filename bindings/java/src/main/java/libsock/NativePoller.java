package libsock;

import static libsock.Native.INT;
import static libsock.Native.LONG;
import static libsock.Native.POINTER;
import static libsock.Native.function;
import static libsock.Native.unexpected;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C functions for pollers. */
final class NativePoller {
    private NativePoller() {}

    private static final MethodHandle POLLER_NEW = function("sock_poller_new", LONG);
    static long pollerNew() {
        try { return (long) POLLER_NEW.invokeExact(); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle POLLER_ADD = function("sock_poller_add", INT, LONG, LONG, INT, LONG);
    static int pollerAdd(long p, long s, int events, long data) {
        try { return (int) POLLER_ADD.invokeExact(p, s, events, data); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle POLLER_MODIFY = function("sock_poller_modify", INT, LONG, LONG, INT, LONG);
    static int pollerModify(long p, long s, int events, long data) {
        try { return (int) POLLER_MODIFY.invokeExact(p, s, events, data); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle POLLER_REMOVE = function("sock_poller_remove", INT, LONG, LONG);
    static int pollerRemove(long p, long s) {
        try { return (int) POLLER_REMOVE.invokeExact(p, s); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle POLLER_ADD_FD = function("sock_poller_add_fd", INT, LONG, INT, INT, LONG);
    static int pollerAddFd(long p, int fd, int events, long data) {
        try {
            return (int) POLLER_ADD_FD.invokeExact(p, fd, events, data);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle POLLER_REMOVE_FD = function("sock_poller_remove_fd", INT, LONG, INT);
    static int pollerRemoveFd(long p, int fd) {
        try { return (int) POLLER_REMOVE_FD.invokeExact(p, fd); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle POLLER_TIMER = function("sock_poller_timer", LONG, LONG, LONG, LONG, LONG);
    static long pollerTimer(long p, long firstNs, long everyNs, long data) {
        try {
            return (long) POLLER_TIMER.invokeExact(p, firstNs, everyNs, data);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle POLLER_WAIT = function("sock_poller_wait", LONG, LONG, POINTER, LONG, LONG);
    static long pollerWait(long p, MemorySegment out, long cap, long timeoutNs) {
        try {
            return (long) POLLER_WAIT.invokeExact(p, out, cap, timeoutNs);
        } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle POLLER_WAKE = function("sock_poller_wake", INT, LONG);
    static int pollerWake(long p) {
        try { return (int) POLLER_WAKE.invokeExact(p); } catch (Throwable t) { throw unexpected(t); }
    }
}

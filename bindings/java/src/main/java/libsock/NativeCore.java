package libsock;

import static libsock.Native.INT;
import static libsock.Native.LONG;
import static libsock.Native.POINTER;
import static libsock.Native.function;
import static libsock.Native.unexpected;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C functions for handles, errors, limits, cancel tokens and constants. */
final class NativeCore {
    private NativeCore() {}

    private static final MethodHandle CLOSE = function("sock_close", INT, LONG);
    static int close(long s) {
        try { return (int) CLOSE.invokeExact(s); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle STRERROR = function("sock_strerror", POINTER, LONG);
    static MemorySegment strerror(long code) {
        try { return (MemorySegment) STRERROR.invokeExact(code); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle ERR_NAME = function("sock_err_name", POINTER, LONG);
    static MemorySegment errName(long code) {
        try { return (MemorySegment) ERR_NAME.invokeExact(code); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle LAST_ERROR = function("sock_last_error", LONG, POINTER, POINTER, LONG);
    static long lastError(MemorySegment code, MemorySegment buf, long cap) {
        try { return (long) LAST_ERROR.invokeExact(code, buf, cap); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle IS_TEMPORARY = function("sock_is_temporary", INT, LONG);
    static int isTemporary(long code) {
        try { return (int) IS_TEMPORARY.invokeExact(code); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle IS_TIMEOUT = function("sock_is_timeout", INT, LONG);
    static int isTimeout(long code) {
        try { return (int) IS_TIMEOUT.invokeExact(code); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle IS_RESOLVER = function("sock_is_resolver", INT, LONG);
    static int isResolver(long code) {
        try { return (int) IS_RESOLVER.invokeExact(code); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle IS_CANCELED = function("sock_is_canceled", INT, LONG);
    static int isCanceled(long code) {
        try { return (int) IS_CANCELED.invokeExact(code); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle NOW = function("sock_now", LONG);
    static long now() {
        try { return (long) NOW.invokeExact(); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SETTIMEOUT = function("sock_settimeout", INT, LONG, LONG);
    static int settimeout(long s, long ns) {
        try { return (int) SETTIMEOUT.invokeExact(s, ns); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SETBLOCKING = function("sock_setblocking", INT, LONG, INT);
    static int setblocking(long s, int blocking) {
        try { return (int) SETBLOCKING.invokeExact(s, blocking); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SETDEADLINE = function("sock_setdeadline", INT, LONG, INT, LONG);
    static int setdeadline(long s, int direction, long atNs) {
        try { return (int) SETDEADLINE.invokeExact(s, direction, atNs); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CANCEL_NEW = function("sock_cancel_new", LONG);
    static long cancelNew() {
        try { return (long) CANCEL_NEW.invokeExact(); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CANCEL_FIRE = function("sock_cancel_fire", INT, LONG);
    static int cancelFire(long c) {
        try { return (int) CANCEL_FIRE.invokeExact(c); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle SETCANCEL = function("sock_setcancel", INT, LONG, LONG);
    static int setcancel(long s, long c) {
        try { return (int) SETCANCEL.invokeExact(s, c); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONSTANT_COUNT = function("sock_constant_count", LONG);
    static long constantCount() {
        try { return (long) CONSTANT_COUNT.invokeExact(); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle CONSTANT_AT = function("sock_constant_at", INT, LONG, POINTER, POINTER);
    static int constantAt(long index, MemorySegment name, MemorySegment value) {
        try { return (int) CONSTANT_AT.invokeExact(index, name, value); } catch (Throwable t) { throw unexpected(t); }
    }

    private static final MethodHandle VERSION = function("sock_version", POINTER);
    static MemorySegment version() {
        try { return (MemorySegment) VERSION.invokeExact(); } catch (Throwable t) { throw unexpected(t); }
    }
}

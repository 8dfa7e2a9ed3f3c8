package libsock;

import java.lang.foreign.MemorySegment;
import java.io.IOException;
import java.time.Duration;

/**
 * One attempt to connect.
 *
 * @param address the address that was tried; for a lookup only its family counts
 * @param phase how far it came
 * @param code how it ended: 0 for the winner, else a code of sock.h
 * @param began when it began, as the time since the machine started
 * @param took how long it lasted
 */
public record Attempt(SockAddress address, Phase phase, int code, Duration began, Duration took) {
    static final long SIZE = 160;

    /** How far an attempt came. */
    public enum Phase {
        /** The lookup of one family failed or was not waited for. */
        LOOKUP,
        /** No socket could be created. */
        SOCKET,
        /** Setting options or binding to the source address failed. */
        BIND,
        /** It was connecting. */
        CONNECT,
        /** It is connected. */
        CONNECTED
    }

    /** Returns the exception of an attempt that failed, or null. */
    public IOException failure() {
        return code == 0 ? null : Errors.described(code);
    }

    static Attempt read(MemorySegment from) {
        int phase = from.get(Native.INT, 136);
        long start = from.get(Native.LONG, 144);
        long end = from.get(Native.LONG, 152);
        return new Attempt(SockAddress.read(from), Phase.values()[phase - 1], from.get(Native.INT, 140),
                Duration.ofNanos(start), Duration.ofNanos(end == 0 ? 0 : end - start));
    }
}

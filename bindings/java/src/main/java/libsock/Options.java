package libsock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * The options of a socket: every one by the system's level and name ({@code Constants.SOL_SOCKET,
 * Constants.SO_REUSEADDR}), and libsock's helpers. If the kernel counts a time in coarser units, a time between two of
 * them is refused and never rounded.
 */
public final class Options {
    /** The size of {@code struct sock_tcp_info}, of which version 0.1.0 of the library knows so much. */
    private static final int TCP_INFO = 480;

    /** The options of the JDK that are one int, with level and name. */
    private static final Map<SocketOption<?>, int[]> NUMBERS = Map.of(
            StandardSocketOptions.SO_REUSEADDR, at(Constants.SOL_SOCKET, Constants.SO_REUSEADDR),
            StandardSocketOptions.SO_REUSEPORT, at(Constants.SOL_SOCKET, Constants.SO_REUSEPORT),
            StandardSocketOptions.SO_KEEPALIVE, at(Constants.SOL_SOCKET, Constants.SO_KEEPALIVE),
            StandardSocketOptions.SO_BROADCAST, at(Constants.SOL_SOCKET, Constants.SO_BROADCAST),
            StandardSocketOptions.TCP_NODELAY, at(Constants.IPPROTO_TCP, Constants.TCP_NODELAY),
            StandardSocketOptions.IP_TOS, at(Constants.IPPROTO_IP, Constants.IP_TOS));

    static final Set<SocketOption<?>> SUPPORTED = Set.of(
            StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEPORT, StandardSocketOptions.SO_KEEPALIVE,
            StandardSocketOptions.SO_BROADCAST, StandardSocketOptions.TCP_NODELAY, StandardSocketOptions.IP_TOS,
            StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_SNDBUF, StandardSocketOptions.SO_LINGER);

    private final SockChannel sock;
    private final long handle;

    Options(SockChannel sock) {
        this.sock = sock;
        handle = sock.handle;
    }

    private static int[] at(int level, int name) {
        return new int[] {level, name};
    }

    private int checked(int result) throws IOException {
        Reference.reachabilityFence(sock);
        return Errors.check(result);
    }

    private long checked(long result) throws IOException {
        Reference.reachabilityFence(sock);
        return Errors.check(result);
    }

    // Any option -----------------------------------------------------------------------------------

    /** Sets an option that is one int. */
    public void set(int level, int name, int value) throws IOException {
        checked(NativeOption.setsockoptInt(handle, level, name, value));
    }

    /** Gets an option that is one int. */
    public int get(int level, int name) throws IOException {
        try (Scratch scratch = Scratch.take()) {
            checked(NativeOption.getsockoptInt(handle, level, name, scratch.numbers[0]));
            return scratch.integer(0);
        }
    }

    /** Sets an option of any form. */
    public void set(int level, int name, byte[] value) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            checked(NativeOption.setsockopt(handle, level, name, arena.allocateFrom(ValueLayout.JAVA_BYTE, value),
                    value.length));
        }
    }

    /** Gets an option of any form, of at most so many bytes. */
    public byte[] get(int level, int name, int most) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(Math.max(1, most));
            MemorySegment length = arena.allocate(Native.LONG);
            length.set(Native.LONG, 0, most);
            checked(NativeOption.getsockopt(handle, level, name, value, length));
            return value.asSlice(0, Math.min(most, length.get(Native.LONG, 0))).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Sets an option of the JDK. */
    <T> void set(SocketOption<T> option, T value) throws IOException {
        int[] number = NUMBERS.get(option);
        if (number != null) {
            set(number[0], number[1], value instanceof Boolean on ? on ? 1 : 0 : (Integer) value);
        } else if (option == StandardSocketOptions.SO_RCVBUF) {
            setReceiveBuffer((Integer) value);
        } else if (option == StandardSocketOptions.SO_SNDBUF) {
            setSendBuffer((Integer) value);
        } else if (option == StandardSocketOptions.SO_LINGER) {
            int seconds = (Integer) value;
            setLinger(seconds < 0 ? null : Duration.ofSeconds(seconds));
        } else {
            throw new UnsupportedOperationException("'" + option + "' not supported");
        }
    }

    /** Gets an option of the JDK. Buffers are as they were set: Linux doubles them for its own bookkeeping. */
    <T> T get(SocketOption<T> option) throws IOException {
        int[] number = NUMBERS.get(option);
        if (number != null) {
            int value = get(number[0], number[1]);
            return option.type().cast(option.type() == Boolean.class ? (Object) (value != 0) : (Object) value);
        }
        if (option == StandardSocketOptions.SO_RCVBUF) {
            return option.type().cast(receiveBuffer() / 2);
        }
        if (option == StandardSocketOptions.SO_SNDBUF) {
            return option.type().cast(sendBuffer() / 2);
        }
        if (option == StandardSocketOptions.SO_LINGER) {
            Duration linger = linger();
            return option.type().cast(linger == null ? -1 : (int) linger.toSeconds());
        }
        throw new UnsupportedOperationException("'" + option + "' not supported");
    }

    // Helpers --------------------------------------------------------------------------------------

    /** Turns keepalive on: silence before the first probe, time between probes (null: as they are), how many (0). */
    public void setKeepAlive(boolean on, Duration idle, Duration interval, int count) throws IOException {
        checked(NativeOption.setKeepalive(handle, on ? 1 : 0, idle == null ? 0 : SockChannel.nanos(idle),
                interval == null ? 0 : SockChannel.nanos(interval), count));
    }

    /** Sets how long closing waits for unsent data; null: not at all; zero resets the connection. */
    public void setLinger(Duration span) throws IOException {
        checked(NativeOption.setLinger(handle, span == null ? 0 : 1, span == null ? 0 : SockChannel.nanos(span)));
    }

    /** Returns how long closing waits for unsent data, or null. */
    public Duration linger() throws IOException {
        try (Scratch scratch = Scratch.take()) {
            int on = checked(NativeOption.getLinger(handle, scratch.numbers[0]));
            return on == 0 ? null : Duration.ofNanos(scratch.number(0));
        }
    }

    /** Requests a size of the receive buffer; returns the resulting one, as the kernel counts it. */
    public int setReceiveBuffer(int bytes) throws IOException {
        return (int) checked(NativeOption.setBuffer(handle, Waiters.READ, bytes));
    }

    /** Requests a size of the send buffer; returns the resulting one, as the kernel counts it. */
    public int setSendBuffer(int bytes) throws IOException {
        return (int) checked(NativeOption.setBuffer(handle, Waiters.WRITE, bytes));
    }

    /** Returns the size of the receive buffer, as the kernel counts it. */
    public int receiveBuffer() throws IOException {
        return (int) checked(NativeOption.getBuffer(handle, Waiters.READ));
    }

    /** Returns the size of the send buffer, as the kernel counts it. */
    public int sendBuffer() throws IOException {
        return (int) checked(NativeOption.getBuffer(handle, Waiters.WRITE));
    }

    /** Restricts the socket to an interface; "" removes the restriction. */
    public void setDevice(String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            checked(NativeOption.setDevice(handle, Native.string(arena, "name", name)));
        }
    }

    /** Returns the interface that the socket is restricted to, or "". */
    public String device() throws IOException {
        return Native.copied((buf, cap) -> NativeOption.getDevice(handle, buf, cap));
    }

    /** Joins a multicast group; the source may be null, the interface "" and the index 0. */
    public void joinGroup(SocketAddress group, SocketAddress source, String device, int index) throws IOException {
        membership(NativeOption::joinGroup, group, source, device, index);
    }

    /** Leaves a multicast group, with the arguments that joined it. */
    public void leaveGroup(SocketAddress group, SocketAddress source, String device, int index) throws IOException {
        membership(NativeOption::leaveGroup, group, source, device, index);
    }

    private interface Membership {
        int change(long handle, MemorySegment group, MemorySegment source, MemorySegment device, long index);
    }

    private void membership(Membership change, SocketAddress group, SocketAddress source, String device, int index)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment of = SockAddress.of(group).write(arena.allocate(SockAddress.SIZE, 8));
            MemorySegment from = source == null
                    ? Native.NULL
                    : SockAddress.of(source).write(arena.allocate(SockAddress.SIZE, 8));
            checked(change.change(handle, of, from, Native.string(arena, "device", device), index));
        }
    }

    /** Returns the process at the other end of an AF_UNIX connection. */
    public Control.Credentials peerCredentials() throws IOException {
        try (Scratch s = Scratch.take()) {
            checked(NativeOption.peerCred(handle, s.numbers[0], s.numbers[1], s.numbers[2]));
            return new Control.Credentials(s.number(0), s.number(1), s.number(2));
        }
    }

    /** Opens a pidfd of the process at the other end of an AF_UNIX connection. */
    public Descriptor peerPidfd() throws IOException {
        return Descriptor.of(checked(NativeOption.peerPidfd(handle)));
    }

    /** Sets how long sent data may stay unacknowledged; zero leaves it to the system. */
    public void setUserTimeout(Duration span) throws IOException {
        checked(NativeOption.setUserTimeout(handle, SockChannel.nanos(span)));
    }

    /** Returns how long sent data may stay unacknowledged; zero leaves it to the system. */
    public Duration userTimeout() throws IOException {
        return Duration.ofNanos(checked(NativeOption.getUserTimeout(handle)));
    }

    /** Sets the congestion control: "cubic", "reno", "bbr" ... */
    public void setCongestion(String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            checked(NativeOption.setCongestion(handle, Native.string(arena, "name", name)));
        }
    }

    /** Returns the name of the congestion control. */
    public String congestion() throws IOException {
        return Native.copied((buf, cap) -> NativeOption.getCongestion(handle, buf, cap));
    }

    /**
     * What the kernel knows about a TCP connection (TCP_INFO).
     *
     * @param state 1 is established, 10 listening ...
     * @param retransmitted how many segments were sent again in total
     * @param sendMss the segment size for sending, in bytes
     * @param congestionWindow in segments
     * @param roundTrip the smoothed round-trip time
     * @param roundTripDeviation its mean deviation
     * @param bytesAcknowledged bytes sent and acknowledged
     * @param bytesReceived bytes received
     * @param bytesUnsent bytes in the send buffer that have never been sent
     * @param deliveryRate the recent rate of delivery to the peer, in bytes a second
     */
    public record TcpInfo(int state, long retransmitted, long sendMss, long congestionWindow, Duration roundTrip,
            Duration roundTripDeviation, long bytesAcknowledged, long bytesReceived, long bytesUnsent,
            long deliveryRate) {}

    /** Returns what the kernel knows about a TCP connection; a number that it does not provide is -1. */
    public TcpInfo tcpInfo() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(TCP_INFO, 8);
            info.set(Native.INT, 0, TCP_INFO);
            checked(NativeOption.getTcpInfo(handle, info));
            return new TcpInfo(info.get(Native.INT, 4), info.get(Native.LONG, 256),
                    info.get(Native.LONG, 96), info.get(Native.LONG, 216),
                    Duration.ofNanos(info.get(Native.LONG, 192)),
                    Duration.ofNanos(info.get(Native.LONG, 200)), info.get(Native.LONG, 280),
                    info.get(Native.LONG, 288), info.get(Native.LONG, 312),
                    info.get(Native.LONG, 344));
        }
    }

    /** Whether the connection uses MPTCP: SOCK_MPTCP_NONE, _ASKED, _ACTIVE or _FALLBACK. */
    public int mptcpState() throws IOException {
        return checked(NativeOption.mptcpState(handle));
    }

    /** Makes an interface deliver all frames that it sees to an AF_PACKET socket. */
    public void setPromiscuous(String device, boolean on) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            checked(NativeOption.setPromiscuous(handle, Native.string(arena, "device", device), on ? 1 : 0));
        }
    }

    /** A filter of CAN_RAW: it passes frames whose masked identifier equals the masked one here. */
    public record CanFilter(int id, int mask) {}

    /** Sets which frames a CAN_RAW socket receives. */
    public void setCanFilters(CanFilter... filters) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocate(Math.max(1, filters.length) * 8L, 4);
            for (int i = 0; i < filters.length; i++) {
                all.setAtIndex(Native.INT, 2L * i, filters[i].id);
                all.setAtIndex(Native.INT, 2L * i + 1, filters[i].mask);
            }
            checked(NativeOption.setCanFilters(handle, all, filters.length));
        }
    }

    /** Sets which error frames a CAN_RAW socket receives. */
    public void setCanErrors(long classes) throws IOException {
        checked(NativeOption.setCanErrors(handle, classes));
    }
}

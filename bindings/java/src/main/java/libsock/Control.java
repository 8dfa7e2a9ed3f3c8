package libsock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Control data of a message: descriptors, credentials, time stamps, where a packet arrived ...
 *
 * <p>The put methods append one to send. The others look for one that was received; most must be requested by a socket
 * option (SO_PASSCRED, IP_PKTINFO ...). Closing the object closes received descriptors that were not taken. An object
 * belongs to one thread at a time.
 */
public final class Control implements AutoCloseable {
    /** Kinds of control messages, for {@link #room}; they can be or'ed. */
    public static final int CREDENTIALS = kind("CREDENTIALS");
    public static final int PIDFD = kind("PIDFD");
    public static final int TIMESTAMP = kind("TIMESTAMP");
    public static final int PKTINFO = kind("PKTINFO");
    public static final int TTL = kind("TTL");
    public static final int TOS = kind("TOS");
    public static final int ERROR = kind("ERROR");
    public static final int DROPS = kind("DROPS");
    public static final int GRO = kind("GRO");
    public static final int SECURITY = kind("SECURITY");

    private static final int USUAL = 256;
    private static final int MOST_DESCRIPTORS = 253;

    private final State state;
    private final Cleaner.Cleanable closing;

    /** What outlives the object: the memory, with the descriptors in it. */
    private static final class State implements Runnable {
        MemorySegment memory;
        long length;
        boolean received;

        @Override
        public void run() {
            if (received) {
                NativeControl.controlCloseFds(memory, length);
            }
            received = false;
            length = 0;
        }
    }

    private static int kind(String name) {
        return (int) Constants.value("SOCK_CONTROL_" + name);
    }

    /** Control data to send; it grows as needed. */
    public Control() {
        this(USUAL);
    }

    private Control(long capacity) {
        state = new State();
        state.memory = Arena.ofAuto().allocate(Math.max(1, capacity), 8);
        closing = Waiters.CLEANER.register(this, state);
    }

    /** Room to receive these kinds of control messages together, and up to so many descriptors. */
    public static Control room(int kinds, int descriptors) throws IOException {
        return new Control(Errors.check(NativeControl.controlSpace(kinds, descriptors)));
    }

    MemorySegment memory() {
        return state.memory;
    }

    long length() {
        return state.length;
    }

    long capacity() {
        return state.memory.byteSize();
    }

    /** Forgets the content, and closes received descriptors that were not taken. */
    public void clear() {
        state.run();
    }

    void received(long length) {
        state.length = length;
        state.received = true;
    }

    // To send --------------------------------------------------------------------------------------

    private interface Put {
        int put(MemorySegment control, long cap, MemorySegment len);
    }

    private Control put(long room, Put call) throws IOException {
        long needed = state.length + Errors.check(NativeControl.cmsgSpace(room));
        if (needed > state.memory.byteSize()) {
            MemorySegment larger = Arena.ofAuto().allocate(2 * needed, 8);
            MemorySegment.copy(state.memory, 0, larger, 0, state.length);
            state.memory = larger;
        }
        try (Scratch scratch = Scratch.take()) {
            scratch.numbers[0].set(Native.LONG, 0, state.length);
            Errors.check(call.put(state.memory, state.memory.byteSize(), scratch.numbers[0]));
            state.length = scratch.number(0);
        }
        return this;
    }

    /** Appends a control message of any level and type. */
    public Control put(int level, int type, byte[] data) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocateFrom(ValueLayout.JAVA_BYTE, data);
            return put(data.length,
                    (c, cap, len) -> NativeControl.controlPut(c, cap, len, level, type, copy, data.length));
        }
    }

    /** Appends descriptors, at most 253, for a message over AF_UNIX; the caller keeps them. */
    public Control putDescriptors(Descriptor... descriptors) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(Native.INT, Math.max(1, descriptors.length));
            for (int i = 0; i < descriptors.length; i++) {
                numbers.setAtIndex(Native.INT, i, descriptors[i].number());
            }
            return put(4L * descriptors.length,
                    (c, cap, len) -> NativeControl.controlPutFds(c, cap, len, numbers, descriptors.length));
        }
    }

    /** Appends credentials. */
    public Control putCredentials(Credentials sender) throws IOException {
        return put(12, (c, cap, len) ->
                NativeControl.controlPutCredentials(c, cap, len, sender.pid(), sender.uid(), sender.gid()));
    }

    /** Appends the source of a packet: a local address, and the index of an interface or 0. */
    public Control putPacketInfo(SocketAddress from, int device) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = SockAddress.of(from).write(arena.allocate(SockAddress.SIZE, 8));
            return put(32, (c, cap, len) -> NativeControl.controlPutPktinfo(c, cap, len, address, device));
        }
    }

    /** Appends the TTL or hop limit of a packet of this family. */
    public Control putTtl(int family, int ttl) throws IOException {
        return put(4, (c, cap, len) -> NativeControl.controlPutTtl(c, cap, len, family, ttl));
    }

    /** Appends the TOS byte or traffic class of a packet of this family. */
    public Control putTos(int family, int tos) throws IOException {
        return put(4, (c, cap, len) -> NativeControl.controlPutTos(c, cap, len, family, tos));
    }

    /** Appends the size of the datagrams into which the kernel cuts the data. */
    public Control putSegment(int size) throws IOException {
        return put(4, (c, cap, len) -> NativeControl.controlPutGsoSize(c, cap, len, size));
    }

    // Received -------------------------------------------------------------------------------------

    /** A control message of any kind; {@code truncated} if it claims to be longer. */
    public record Item(int level, int type, byte[] data, boolean truncated) {}

    /** Returns all control messages. */
    public List<Item> items() throws IOException {
        List<Item> items = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment position = arena.allocate(Native.LONG);
            MemorySegment item = arena.allocate(32, 8);
            while (Errors.check(NativeControl.controlNext(state.memory, state.length, position, item)) == 1) {
                MemorySegment data = Native.sized(item.get(Native.POINTER, 8), item.get(Native.LONG, 16));
                items.add(new Item(item.get(Native.INT, 0), item.get(Native.INT, 4),
                        data.toArray(ValueLayout.JAVA_BYTE), item.get(Native.INT, 24) != 0));
            }
        } finally {
            Reference.reachabilityFence(this);
        }
        return items;
    }

    /** Takes the received descriptors, in order; they are then the caller's. */
    public List<Descriptor> takeDescriptors() throws IOException {
        List<Descriptor> taken = new ArrayList<>();
        if (!state.received) {
            return taken;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(Native.INT, MOST_DESCRIPTORS);
            long count = Errors.check(NativeControl.controlTakeFds(state.memory, state.length, numbers,
                    MOST_DESCRIPTORS));
            for (long i = 0; i < count; i++) {
                taken.add(Descriptor.of(numbers.getAtIndex(Native.INT, i)));
            }
        } finally {
            Reference.reachabilityFence(this);
        }
        return taken;
    }

    /** Takes the pidfd of the sender (SO_PASSPIDFD). */
    public Optional<Descriptor> takePidfd() throws IOException {
        try (Scratch s = Scratch.take()) {
            int found = state.received
                    ? Errors.check(NativeControl.controlTakePidfd(state.memory, state.length, s.numbers[0]))
                    : 0;
            return found == 0 ? Optional.empty() : Optional.of(Descriptor.of(s.integer(0)));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Process, user and group at the other end. */
    public record Credentials(long pid, long uid, long gid) {}

    /** Returns the sender's credentials (SO_PASSCRED). */
    public Optional<Credentials> credentials() throws IOException {
        try (Scratch s = Scratch.take()) {
            int found = NativeControl.controlGetCredentials(state.memory, state.length, s.numbers[0], s.numbers[1],
                    s.numbers[2]);
            return Errors.check(found) == 0
                    ? Optional.empty()
                    : Optional.of(new Credentials(s.number(0), s.number(1), s.number(2)));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Returns the time stamp of the system's clock (SO_TIMESTAMPNS ...). */
    public Optional<Instant> timestamp() throws IOException {
        try (Scratch s = Scratch.take()) {
            int found = NativeControl.controlGetTimestamp(state.memory, state.length, s.numbers[0], s.numbers[1]);
            return Errors.check(found) == 0 || s.number(0) == 0
                    ? Optional.empty()
                    : Optional.of(Instant.ofEpochSecond(0, s.number(0)));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Where a packet arrived: its destination, the local address to answer from, and the interface. */
    public record PacketInfo(SockAddress to, SockAddress local, int device) {}

    /** Returns where the packet arrived (IP_PKTINFO, IPV6_RECVPKTINFO). */
    public Optional<PacketInfo> packetInfo() throws IOException {
        try (Scratch s = Scratch.take()) {
            int found = NativeControl.controlGetPktinfo(state.memory, state.length, s.address, s.address2,
                    s.numbers[0]);
            return Errors.check(found) == 0
                    ? Optional.empty()
                    : Optional.of(new PacketInfo(SockAddress.read(s.address), SockAddress.read(s.address2),
                            (int) s.number(0)));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private interface Get {
        int get(MemorySegment control, long len, MemorySegment out);
    }

    private OptionalInt number(Get getter) throws IOException {
        try (Scratch s = Scratch.take()) {
            return Errors.check(getter.get(state.memory, state.length, s.numbers[0])) == 0
                    ? OptionalInt.empty()
                    : OptionalInt.of((int) s.number(0));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Returns the TTL or hop limit of the packet (IP_RECVTTL, IPV6_RECVHOPLIMIT). */
    public OptionalInt ttl() throws IOException {
        return number(NativeControl::controlGetTtl);
    }

    /** Returns the TOS byte or traffic class of the packet (IP_RECVTOS, IPV6_RECVTCLASS). */
    public OptionalInt tos() throws IOException {
        return number(NativeControl::controlGetTos);
    }

    /** Returns the size of the datagrams that came as one (UDP_GRO). */
    public OptionalInt segment() throws IOException {
        return number(NativeControl::controlGetGroSize);
    }

    /** Returns how many packets the socket has lost (SO_RXQ_OVFL). */
    public OptionalLong drops() throws IOException {
        OptionalInt drops = number(NativeControl::controlGetDrops);
        return drops.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Integer.toUnsignedLong(drops.getAsInt()));
    }

    /**
     * An event of the error queue (MSG_ERRQUEUE).
     *
     * @param code the code of the error, a negative errno
     * @param origin SO_EE_ORIGIN_ICMP ...
     * @param icmpType the ICMP type
     * @param icmpCode the ICMP code
     * @param info details: the MTU of EMSGSIZE ...
     * @param data details
     * @param offender who reported it, or the empty address
     */
    public record QueuedError(int code, int origin, int icmpType, int icmpCode, long info, long data,
            SockAddress offender) {}

    /** Returns the event of the error queue (IP_RECVERR, IPV6_RECVERR). */
    public Optional<QueuedError> error() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(168, 8);
            if (Errors.check(NativeControl.controlGetError(state.memory, state.length, out)) == 0) {
                return Optional.empty();
            }
            return Optional.of(new QueuedError(out.get(Native.INT, 0), out.get(Native.INT, 4), out.get(Native.INT, 8),
                    out.get(Native.INT, 12), out.get(Native.LONG, 16), out.get(Native.LONG, 24),
                    SockAddress.read(out.asSlice(32, SockAddress.SIZE))));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Closes received descriptors that were not taken. */
    @Override
    public void close() {
        state.run();
        closing.clean();
    }
}

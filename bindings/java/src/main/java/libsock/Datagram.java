package libsock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A datagram of a batch. To send, set what goes: the data that remains in the buffer, an address unless the socket is
 * connected, and a segment size if the kernel shall cut the data. To receive, give a buffer; afterwards its position is
 * behind the data. A received datagram, its buffer flipped, can be sent back as it is.
 */
public final class Datagram {
    /** {@code struct sock_datagram}. */
    private static final long SIZE = 184;
    private static final long BUF = 0;
    private static final long LEN = 8;
    private static final long COUNT = 16;
    private static final long SEGMENT = 24;
    private static final long FLAGS = 28;
    private static final long CONTROL = 32;
    private static final long CONTROL_LEN = 40;
    private static final long ADDR = 48;

    private final ByteBuffer data;
    private SockAddress address;
    private int segment;
    private int flags;
    private long length;
    private Control control;

    /** A datagram with its data, or the room for one. */
    public Datagram(ByteBuffer data) {
        this.data = data;
    }

    /** A datagram to an address. */
    public Datagram(ByteBuffer data, SocketAddress to) {
        this(data);
        address(to);
    }

    /** Returns the buffer. */
    public ByteBuffer data() {
        return data;
    }

    /** Sets the destination; null is the connected peer. */
    public Datagram address(SocketAddress to) {
        address = to == null ? null : SockAddress.of(to);
        return this;
    }

    /** Returns the sender of a received datagram, or the empty address. */
    public SockAddress address() {
        return address;
    }

    /** Cuts the data into datagrams of this size, 1 to 65,535 bytes; 0 sends one. */
    public Datagram segment(int size) {
        segment = size;
        return this;
    }

    /** Returns the size of the datagrams that came together ({@link Sock#setGro}); 0 if it is one. */
    public int segment() {
        return segment;
    }

    /** Sets the control data to send, or the room for what is received. */
    public Datagram control(Control room) {
        control = room;
        return this;
    }

    /** Returns the control data, or null. */
    public Control control() {
        return control;
    }

    /** Returns the length of a received datagram, which may exceed the room; of a sent one, how many bytes went. */
    public long length() {
        return length;
    }

    /** Returns MSG_TRUNC ... of a received datagram; of a sent one SOCK_BATCH_PLAIN or 0. */
    public int flags() {
        return flags;
    }

    private static MemorySegment write(Arena arena, List<Datagram> batch, boolean sends) {
        MemorySegment all = arena.allocate(Math.max(1, batch.size()) * SIZE, 8);
        for (int i = 0; i < batch.size(); i++) {
            Datagram one = batch.get(i);
            MemorySegment out = all.asSlice(i * SIZE, SIZE);
            out.set(Native.POINTER, BUF, Message.memory(arena, one.data, sends));
            out.set(Native.LONG, LEN, one.data.remaining());
            if (sends) {
                one.length = 0;
                out.set(Native.INT, SEGMENT, one.segment);
                if (one.address != null) {
                    one.address.write(out.asSlice(ADDR, SockAddress.SIZE));
                }
            } else if (one.control != null) {
                one.control.clear();
            }
            if (one.control != null) {
                out.set(Native.POINTER, CONTROL, one.control.memory());
                out.set(Native.LONG, CONTROL_LEN, sends ? one.control.length() : one.control.capacity());
            }
        }
        return all;
    }

    static int send(Sock sock, List<Datagram> batch) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = write(arena, batch, true);
            boolean polled = sock.pollable(batch.stream().anyMatch(one -> one.address != null));
            long limit = sock.limit();
            int done = 0;
            while (done < batch.size()) {
                MemorySegment rest = all.asSlice(done * SIZE);
                int left = batch.size() - done;
                long n;
                try {
                    n = sock.repeat(Waiters.WRITE, limit, polled,
                            () -> NativeSocket.sendmany(sock.handle, rest, left, Constants.MSG_DONTWAIT));
                } catch (IOException e) {
                    if (done == 0) {
                        throw e;
                    }
                    break;
                }
                if (n <= 0) {
                    break;
                }
                int before = done;
                done += (int) n;
                boolean partly = false;
                for (int i = before; i < done; i++) {
                    partly = batch.get(i).sent(all.asSlice(i * SIZE, SIZE));
                }
                if (partly) {
                    // The last one went in part: what remains of it is the next entry.
                    done--;
                }
            }
            return done;
        } finally {
            Reference.reachabilityFence(batch);
            Reference.reachabilityFence(sock);
        }
    }

    /** Takes over what was sent of the datagram. Returns whether some of it was not. */
    private boolean sent(MemorySegment out) {
        long count = out.get(Native.LONG, COUNT);
        long left = out.get(Native.LONG, LEN) - count;
        length += count;
        flags = out.get(Native.INT, FLAGS);
        data.position(data.position() + (int) count);
        if (left > 0) {
            out.set(Native.POINTER, BUF, MemorySegment.ofAddress(out.get(Native.POINTER, BUF).address() + count));
            out.set(Native.LONG, LEN, left);
        }
        return left > 0;
    }

    static int receive(Sock sock, List<Datagram> batch) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = write(arena, batch, false);
            long n = sock.repeat(Waiters.READ, false, true,
                    () -> NativeSocket.recvmany(sock.handle, all, batch.size(), Constants.MSG_DONTWAIT));
            for (int i = 0; i < n; i++) {
                batch.get(i).received(all.asSlice(i * SIZE, SIZE));
            }
            return (int) Math.max(0, n);
        } finally {
            Reference.reachabilityFence(batch);
            Reference.reachabilityFence(sock);
        }
    }

    private void received(MemorySegment out) {
        length = out.get(Native.LONG, COUNT);
        segment = out.get(Native.INT, SEGMENT);
        flags = out.get(Native.INT, FLAGS);
        address = SockAddress.read(out.asSlice(ADDR, SockAddress.SIZE));
        Message.filled(out.get(Native.POINTER, BUF), data, Math.min(length, data.remaining()));
        if (control != null) {
            control.received(out.get(Native.LONG, CONTROL_LEN));
        }
    }
}

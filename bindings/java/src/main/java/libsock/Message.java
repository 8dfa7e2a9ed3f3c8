package libsock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.List;

/**
 * A message: data in one or more buffers, and what goes with it. {@link Sock#send(Message)} sends what remains in the
 * buffers, {@link Sock#receive(Message)} fills them; both advance their positions.
 */
public final class Message {
    /** {@code struct sock_msg} and {@code struct sock_iovec}. */
    private static final long SIZE = 72;
    private static final long ADDR = 0;
    private static final long IOV = 8;
    private static final long IOV_COUNT = 16;
    private static final long CONTROL = 24;
    private static final long CONTROL_CAP = 32;
    private static final long CONTROL_LEN = 40;
    private static final long LEN = 48;
    private static final long TRUE_LEN = 56;
    private static final long FLAGS = 64;
    private static final long PIECE = 16;

    private final List<ByteBuffer> buffers;
    private SockAddress address;
    private Control control;
    private long length;
    private int flags;

    /** A message whose data is in these buffers, at most 1,024. */
    public Message(ByteBuffer... buffers) {
        this(List.of(buffers));
    }

    /** A message whose data is in these buffers, at most 1,024. */
    public Message(List<ByteBuffer> buffers) {
        this.buffers = List.copyOf(buffers);
    }

    /** Sets the destination; null is the connected peer. */
    public Message address(SocketAddress to) {
        address = to == null ? null : SockAddress.of(to);
        return this;
    }

    /** Returns the sender of a received message, or the empty address. */
    public SockAddress address() {
        return address;
    }

    /** Sets the control data to send, or the room for what is received; null is none. */
    public Message control(Control data) {
        control = data;
        return this;
    }

    /** Returns the control data, or null. */
    public Control control() {
        return control;
    }

    /** Returns the length of the received message, which may exceed the room (see {@link #flags}). */
    public long length() {
        return length;
    }

    /** Returns the flags of the received message: MSG_TRUNC, MSG_CTRUNC ... */
    public int flags() {
        return flags;
    }

    long room() {
        return buffers.stream().mapToLong(ByteBuffer::remaining).sum();
    }

    private MemorySegment write(Arena arena, boolean sends) {
        MemorySegment pieces = arena.allocate(Math.max(1, buffers.size()) * PIECE, 8);
        for (int i = 0; i < buffers.size(); i++) {
            ByteBuffer buffer = buffers.get(i);
            MemorySegment memory = memory(arena, buffer, sends);
            pieces.set(Native.POINTER, i * PIECE, memory);
            pieces.set(Native.LONG, i * PIECE + 8, buffer.remaining());
        }
        MemorySegment out = arena.allocate(SIZE, 8);
        out.set(Native.POINTER, IOV, pieces);
        out.set(Native.LONG, IOV_COUNT, buffers.size());
        return out;
    }

    /** The memory of a direct buffer, or a copy of one on the heap. */
    static MemorySegment memory(Arena arena, ByteBuffer buffer, boolean sends) {
        if (!sends && buffer.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        MemorySegment content = MemorySegment.ofBuffer(buffer);
        if (buffer.isDirect()) {
            return content;
        }
        MemorySegment copy = arena.allocate(Math.max(1, buffer.remaining()));
        if (sends) {
            copy.copyFrom(content);
        }
        return copy;
    }

    /** Advances a buffer by what was received, and copies it to the heap. */
    static void filled(MemorySegment memory, ByteBuffer buffer, long count) {
        if (!buffer.isDirect()) {
            MemorySegment.ofBuffer(buffer).copyFrom(Native.sized(memory, count));
        }
        buffer.position(buffer.position() + (int) count);
    }

    /** Sends, and returns the number of bytes, or EAGAIN in non-blocking mode. */
    long send(Sock sock, int flags) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = write(arena, true);
            if (address != null) {
                message.set(Native.POINTER, ADDR, address.write(arena.allocate(SockAddress.SIZE, 8)));
            }
            if (control != null) {
                message.set(Native.POINTER, CONTROL, control.memory());
                message.set(Native.LONG, CONTROL_LEN, control.length());
            }
            boolean once = (flags & Constants.MSG_DONTWAIT) != 0;
            long sent = sock.repeat(Waiters.WRITE, once, sock.pollable(address != null),
                    () -> NativeSocket.sendmsg(sock.handle, message, flags | Constants.MSG_DONTWAIT));
            long left = Math.max(0, sent);
            for (ByteBuffer buffer : buffers) {
                int part = (int) Math.min(left, buffer.remaining());
                buffer.position(buffer.position() + part);
                left -= part;
            }
            return sent;
        } finally {
            Reference.reachabilityFence(control);
            Reference.reachabilityFence(sock);
        }
    }

    /** Receives, and returns the result of recvmsg(2), or EAGAIN in non-blocking mode. */
    long receive(Sock sock, int flags) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = write(arena, false);
            MemorySegment from = arena.allocate(SockAddress.SIZE, 8);
            message.set(Native.POINTER, ADDR, from);
            if (control != null) {
                control.clear();
                message.set(Native.POINTER, CONTROL, control.memory());
                message.set(Native.LONG, CONTROL_CAP, control.capacity());
            }
            boolean once = (flags & Constants.MSG_DONTWAIT) != 0;
            long count = sock.repeat(Waiters.READ, once, true,
                    () -> NativeSocket.recvmsg(sock.handle, message, flags | Constants.MSG_DONTWAIT));
            if (count == Errors.AGAIN) {
                return count;
            }
            long left = message.get(Native.LONG, LEN);
            MemorySegment pieces = Native.sized(message.get(Native.POINTER, IOV), buffers.size() * PIECE);
            for (int i = 0; i < buffers.size() && left > 0; i++) {
                long part = Math.min(left, pieces.get(Native.LONG, i * PIECE + 8));
                filled(pieces.get(Native.POINTER, i * PIECE), buffers.get(i), part);
                left -= part;
            }
            address = SockAddress.read(from);
            length = message.get(Native.LONG, TRUE_LEN);
            this.flags = message.get(Native.INT, FLAGS);
            if (control != null) {
                control.received(message.get(Native.LONG, CONTROL_LEN));
            }
            return count;
        } finally {
            Reference.reachabilityFence(control);
            Reference.reachabilityFence(sock);
        }
    }
}

package libsock;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A socket: a connection, or a datagram socket.
 *
 * <pre>{@code
 * try (Sock sock = Sock.connect("localhost", 8080, Duration.ofSeconds(5))) {
 *     sock.setDeadline(Duration.ofSeconds(10));
 *     sock.writeAll("hello".getBytes(UTF_8));
 *     byte[] answer = sock.readExactly(5);
 * }
 * }</pre>
 *
 * <p>It reads and writes as a {@link java.nio.channels.SocketChannel} in blocking mode does. Buffers may be direct or
 * on the heap; direct ones are not copied. {@link SockChannel} describes limits, close and interrupts.
 */
public final class Sock extends SockChannel implements ByteChannel, GatheringByteChannel, ScatteringByteChannel {
    private static final int DONTWAIT = Constants.MSG_DONTWAIT;
    /** How many receives wait first, after one that had to wait: the peer answers slowly. */
    private static final int SLOW = 8;
    /** How much of a file is mapped at a time. */
    private static final long WINDOW = 4 << 20;

    private int slow;
    private final int type;

    Sock(long handle) {
        super(handle);
        type = NativeSocket.type(handle);
    }

    // Creating -------------------------------------------------------------------------------------

    /** Connects to a host and a port over TCP, without a limit. */
    public static Sock connect(String host, int port) throws IOException {
        return connect(host, Integer.toString(port), new ConnectOptions());
    }

    /** Connects to a host and a port over TCP; the limit covers the lookup and all addresses. */
    public static Sock connect(String host, int port, Duration timeout) throws IOException {
        return connect(host, Integer.toString(port), new ConnectOptions().timeout(timeout));
    }

    /**
     * Connects to a host and a service over TCP, by RFC 8305 ("Happy Eyeballs"): IPv6 and IPv4 addresses in turn, a
     * new attempt every 250 ms or as soon as one fails; the first to connect wins.
     *
     * @param host a name or number; null is this machine
     * @param service a port, or the name of a service
     * @throws java.net.ConnectException as the attempt that got furthest; {@link ConnectOptions#attempts} has all
     * @throws java.nio.channels.ClosedByInterruptException if the thread is interrupted
     */
    public static Sock connect(String host, String service, ConnectOptions options) throws IOException {
        return new Sock(options.connect(host, service));
    }

    /** Connects a stream socket to an address of any family. */
    public static Sock connect(SocketAddress address, Duration timeout) throws IOException {
        SockAddress peer = SockAddress.of(address);
        Sock sock = open(peer.family(), Constants.SOCK_STREAM, 0);
        try {
            sock.setTimeout(timeout);
            sock.connect(peer);
            sock.setTimeout(null);
            return sock;
        } catch (Throwable t) {
            sock.close();
            throw t;
        }
    }

    /** Creates a socket: {@code Sock.open(Constants.AF_INET, Constants.SOCK_DGRAM, 0)}. */
    public static Sock open(int family, int type, int protocol) throws IOException {
        return new Sock(Errors.check(NativeSocket.socket(family, type, protocol)));
    }

    /** Creates a stream socket that uses MPTCP if the kernel has it, else TCP. */
    public static Sock openMptcp(int family) throws IOException {
        return new Sock(Errors.check(NativeOption.socketMptcp(family)));
    }

    /** Makes a socket of a descriptor, which it then owns; on failure it stays the caller's. */
    public static Sock of(Descriptor descriptor) throws IOException {
        Sock sock = new Sock(Errors.check(NativeSocket.fromFd(descriptor.number(), -1, -1, -1)));
        descriptor.release();
        return sock;
    }

    /** Two sockets that are connected to each other. */
    public record Pair(Sock one, Sock other) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try (one) {
                other.close();
            }
        }
    }

    /** Creates two connected AF_UNIX stream sockets. */
    public static Pair pair() throws IOException {
        return pair(Constants.AF_UNIX, Constants.SOCK_STREAM, 0);
    }

    /** Creates two connected sockets. */
    public static Pair pair(int family, int type, int protocol) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(Native.LONG, 2);
            Errors.check(NativeSocket.socketpair(family, type, protocol, out));
            return new Pair(new Sock(out.getAtIndex(Native.LONG, 0)), new Sock(out.getAtIndex(Native.LONG, 1)));
        }
    }

    /**
     * Creates a second socket object for the same socket, with its timeout, but no deadlines and no token; closing one
     * leaves the other open.
     */
    public Sock duplicate() throws IOException {
        Sock copy = new Sock(Errors.check(NativeSocket.dup(handle)));
        copy.setTimeout(timeout());
        return copy;
    }

    // Connecting -----------------------------------------------------------------------------------

    @Override
    public Sock bind(SocketAddress local) throws IOException {
        bindTo(local);
        return this;
    }

    /**
     * Connects to an address of any family, or sets the destination of a datagram socket. Returns the socket; in
     * non-blocking mode throws a {@link SockException} of EINPROGRESS.
     */
    public Sock connect(SocketAddress address) throws IOException {
        return connectUntil(SockAddress.of(address), limit());
    }

    Sock connectUntil(SockAddress peer, long limit) throws IOException {
        obeyInterrupt();
        // A blocking connect would hold a virtual thread's carrier.
        Errors.check(NativeCore.setblocking(handle, 0));
        try {
            while (true) {
                int code = connectOnce(peer);
                if (code >= 0) {
                    return this;
                }
                boolean waits = code == Errors.IN_PROGRESS || code == Errors.ALREADY || code == Errors.AGAIN;
                // A full AF_UNIX backlog (EAGAIN) is not reported by poll(2).
                if (!waits || !await(Waiters.WRITE, limit, code != Errors.AGAIN)) {
                    throw failure(code);
                }
            }
        } finally {
            if (isOpen()) {
                setTimeout(timeout());
            }
        }
    }

    /** One step of a connect in non-blocking mode; returns its code. */
    int connectOnce(SockAddress peer) {
        try (Scratch scratch = Scratch.take()) {
            return NativeSocket.connect(handle, peer.write(scratch.address));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Returns how many bytes can be read at once, as far as one call can tell. */
    int available() throws IOException {
        try (Scratch scratch = Scratch.take()) {
            int flags = Constants.MSG_PEEK | DONTWAIT;
            long n = NativeSocket.recv(handle, scratch.data, Scratch.DATA, flags);
            return n == Errors.AGAIN ? 0 : (int) Errors.check(n);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Returns the address of the other end. */
    public SockAddress getRemoteAddress() throws IOException {
        return address(NativeSocket::getpeername);
    }

    /** Ends the sending half: the peer reads the end of the stream. */
    public Sock shutdownOutput() throws IOException {
        Errors.check(NativeSocket.shutdown(handle, Constants.SHUT_WR));
        return this;
    }

    /** Ends the receiving half. */
    public Sock shutdownInput() throws IOException {
        Errors.check(NativeSocket.shutdown(handle, Constants.SHUT_RD));
        return this;
    }

    // Receiving ------------------------------------------------------------------------------------

    /**
     * Receives bytes into a buffer.
     *
     * @return the number of bytes; -1 at the end of the stream; 0 for an empty datagram, and in non-blocking mode if
     *     there is nothing
     */
    @Override
    public int read(ByteBuffer to) throws IOException {
        return read(to, 0);
    }

    /** Receives bytes into a buffer, with MSG_* flags. */
    public int read(ByteBuffer to, int flags) throws IOException {
        int count = to.remaining();
        int n;
        if (to.isDirect()) {
            if (to.isReadOnly()) {
                throw new ReadOnlyBufferException();
            }
            MemorySegment segment = MemorySegment.ofBuffer(to);
            n = received(repeat(Waiters.READ, (flags & DONTWAIT) != 0, true,
                    () -> NativeSocket.recv(handle, segment, count, flags | DONTWAIT)), count);
        } else {
            n = read(to.array(), to.arrayOffset() + to.position(), count, flags, LATER);
        }
        Reference.reachabilityFence(this);
        if (n > 0) {
            to.position(to.position() + Math.min(n, count));
        }
        return n;
    }

    /** Receives bytes into a part of an array; returns as {@link #read(ByteBuffer)}. */
    public int read(byte[] to, int offset, int length) throws IOException {
        return read(to, offset, length, 0, LATER);
    }

    int read(byte[] to, int offset, int length, int flags, long limit) throws IOException {
        Objects.checkFromIndexSize(offset, length, to.length);
        if (length > Scratch.DATA && type != Constants.SOCK_STREAM) {
            return readLong(to, offset, length, flags);
        }
        obeyInterrupt();
        boolean once = (flags & DONTWAIT) != 0;
        int want = Math.min(length, Scratch.DATA);
        boolean waited = false;
        long end = limit;
        boolean waits = slow > 0 && limit == LATER && !once && !Thread.currentThread().isVirtual();
        while (true) {
            Scratch scratch = Scratch.take();
            long n = waits
                    ? receiveInC(scratch, want, flags)
                    : NativeSocket.recv(handle, scratch.data, want, flags | DONTWAIT);
            if (n > 0) {
                MemorySegment.copy(scratch.data, ValueLayout.JAVA_BYTE, 0, to, offset, (int) Math.min(n, want));
            }
            scratch.close();
            if (n >= 0) {
                Reference.reachabilityFence(this);
                return received(n, length);
            }
            if (n != Errors.AGAIN) {
                throw waited || waits ? failure(n) : Errors.of(n);
            }
            slow = SLOW;
            waited = true;
            waits = false;
            end = end == LATER ? limit() : end;
            if (once || !await(Waiters.READ, end, true)) {
                return 0;
            }
        }
    }

    /** A receive whose peer was slow before: one call that waits, under the timeout of the handle. */
    private long receiveInC(Scratch scratch, int want, int flags) throws IOException {
        slow--;
        if (interruptible) {
            begin();
        }
        try {
            return NativeSocket.recv(handle, scratch.data, want, flags);
        } finally {
            if (interruptible) {
                end(true);
            }
        }
    }

    /** A datagram may be longer than the shared memory. */
    private int readLong(byte[] to, int offset, int length, int flags) throws IOException {
        ByteBuffer room = ByteBuffer.allocateDirect(length);
        int n = read(room, flags);
        room.flip().get(to, offset, room.remaining());
        return n;
    }

    /** What the JDK returns for a result of recv(2). */
    private int received(long n, int room) {
        if (n == Errors.AGAIN) {
            return 0;
        }
        boolean ends = type == Constants.SOCK_STREAM || type == Constants.SOCK_SEQPACKET;
        return n == 0 && room > 0 && ends ? -1 : (int) n;
    }

    /**
     * Receives exactly so many bytes from a stream, under one limit.
     *
     * @throws java.io.EOFException if the stream ends before; {@link SockError#transferred} is the number of bytes in
     *     the array, as after every other failure
     */
    public void readExactly(byte[] to) throws IOException {
        readExactly(to, 0, to.length);
    }

    /** Receives exactly so many bytes from a stream, as {@link #readExactly(byte[])}. */
    public void readExactly(byte[] to, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, to.length);
        int done = 0;
        long limit = limit();
        try {
            while (done < length) {
                int n = read(to, offset + done, length - done, 0, limit);
                if (n <= 0) {
                    throw Errors.described(n < 0 ? Errors.END : Errors.AGAIN);
                }
                done += n;
            }
        } catch (IOException e) {
            throw Errors.after(e, done);
        }
    }

    /** Receives exactly so many bytes from a stream, as {@link #readExactly(byte[])}. */
    public byte[] readExactly(int length) throws IOException {
        byte[] to = new byte[length];
        readExactly(to);
        return to;
    }

    /** Fills buffers in order, with one call to the kernel. */
    @Override
    public long read(ByteBuffer[] to, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, to.length);
        Message message = new Message(Arrays.asList(to).subList(offset, offset + length));
        long n = message.receive(this, 0);
        return n == 0 && type == Constants.SOCK_STREAM && message.room() > 0 ? -1 : Math.max(n, 0);
    }

    @Override
    public long read(ByteBuffer[] to) throws IOException {
        return read(to, 0, to.length);
    }

    /**
     * Receives a datagram; the excess of a longer one is discarded.
     *
     * @return the sender, or the empty address if it has none; null in non-blocking mode, if there is no datagram
     */
    public SockAddress receive(ByteBuffer to) throws IOException {
        Message message = new Message(to);
        return message.receive(this, 0) == Errors.AGAIN ? null : message.address();
    }

    /** Receives a message: data in several buffers, the sender and control data. Returns as recvmsg(2). */
    public long receive(Message message, int flags) throws IOException {
        return Math.max(0, message.receive(this, flags));
    }

    /** Receives a message, without flags. */
    public long receive(Message message) throws IOException {
        return receive(message, 0);
    }

    // Sending --------------------------------------------------------------------------------------

    /**
     * Sends all of a buffer: to a stream under one limit, else as one datagram. If that fails, the position of the
     * buffer is behind the last byte sent.
     *
     * @return the number of bytes; less than all in non-blocking mode
     */
    @Override
    public int write(ByteBuffer from) throws IOException {
        try {
            int n = writeRemaining(from);
            from.position(from.position() + n);
            return n;
        } catch (IOException e) {
            if (e instanceof SockError error) {
                from.position(from.position() + (int) error.transferred());
            }
            throw e;
        }
    }

    private int writeRemaining(ByteBuffer from) throws IOException {
        int count = from.remaining();
        if (from.isDirect()) {
            return (int) writeNative(MemorySegment.ofBuffer(from), 0, LATER);
        }
        if (from.hasArray()) {
            return write(from.array(), from.arrayOffset() + from.position(), count, 0);
        }
        byte[] copy = new byte[count];
        from.duplicate().get(copy);
        return write(copy, 0, count, 0);
    }

    /** Sends all of an array; returns as {@link #write(ByteBuffer)}. */
    public int write(byte[] from) throws IOException {
        return write(from, 0, from.length, 0);
    }

    /** Sends a part of an array; returns as {@link #write(ByteBuffer)}. */
    public int write(byte[] from, int offset, int length) throws IOException {
        return write(from, offset, length, 0);
    }

    /** Sends a part of an array, with MSG_* flags; with MSG_DONTWAIT what goes at once. */
    public int write(byte[] from, int offset, int length, int flags) throws IOException {
        Objects.checkFromIndexSize(offset, length, from.length);
        if (length > Scratch.DATA && type != Constants.SOCK_STREAM) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment data = arena.allocate(length);
                MemorySegment.copy(from, offset, data, ValueLayout.JAVA_BYTE, 0, length);
                return (int) writeNative(data, flags, LATER);
            }
        }
        obeyInterrupt();
        boolean once = (flags & DONTWAIT) != 0;
        int done = 0;
        boolean waited = false;
        long end = LATER;
        while (true) {
            int part = Math.min(length - done, Scratch.DATA);
            Scratch scratch = Scratch.take();
            MemorySegment.copy(from, offset + done, scratch.data, ValueLayout.JAVA_BYTE, 0, part);
            long n = NativeSocket.send(handle, scratch.data, part, flags | DONTWAIT);
            scratch.close();
            if (n >= 0) {
                done += (int) n;
                if (done >= length) {
                    Reference.reachabilityFence(this);
                    return done;
                }
            } else if (n != Errors.AGAIN) {
                throw Errors.after(waited ? failure(n) : Errors.of(n), done);
            } else {
                waited = true;
                end = end == LATER ? limit() : end;
                if (once || !awaitRoom(end, done)) {
                    return done;
                }
            }
        }
    }

    /** Sends native memory without copying it. */
    private long writeNative(MemorySegment data, int flags, long limit) throws IOException {
        obeyInterrupt();
        long length = data.byteSize();
        long done = 0;
        boolean waited = false;
        long end = limit;
        while (true) {
            long n = NativeSocket.send(handle, data.asSlice(done), length - done, flags | DONTWAIT);
            if (n >= 0) {
                done += n;
                if (done >= length) {
                    Reference.reachabilityFence(this);
                    return done;
                }
            } else if (n != Errors.AGAIN) {
                throw Errors.after(waited ? failure(n) : Errors.of(n), done);
            } else {
                waited = true;
                end = end == LATER ? limit() : end;
                if ((flags & DONTWAIT) != 0 || !awaitRoom(end, done)) {
                    return done;
                }
            }
        }
    }

    private boolean awaitRoom(long limit, long done) throws IOException {
        try {
            return await(Waiters.WRITE, limit, pollable(false));
        } catch (IOException e) {
            throw Errors.after(e, done);
        }
    }

    /** Whether the poller reports room; a full AF_UNIX receiver is not reported. */
    boolean pollable(boolean addressed) {
        return type == Constants.SOCK_STREAM || NativeSocket.sendPollable(handle, addressed ? 1 : 0) != 0;
    }

    /**
     * Sends all bytes, under one limit.
     *
     * @throws IOException whose {@link SockError#transferred} is the number of bytes sent
     */
    public void writeAll(byte[] from) throws IOException {
        int n = write(from, 0, from.length, 0);
        if (n < from.length) {
            throw Errors.after(Errors.described(Errors.AGAIN), n);
        }
    }

    /** Sends buffers in order, as one stream of bytes or one datagram; returns as {@link #write(ByteBuffer)}. */
    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, from.length);
        List<ByteBuffer> buffers = Arrays.asList(from).subList(offset, offset + length);
        long total = buffers.stream().mapToLong(ByteBuffer::remaining).sum();
        long done = 0;
        do {
            long n = new Message(buffers).send(this, 0);
            if (n < 0) {
                break;
            }
            done += n;
        } while (done < total && type == Constants.SOCK_STREAM);
        return done;
    }

    @Override
    public long write(ByteBuffer[] from) throws IOException {
        return write(from, 0, from.length);
    }

    /** Sends a datagram to an address. Returns the number of bytes; 0 in non-blocking mode, if there is no room. */
    public int send(ByteBuffer from, SocketAddress to) throws IOException {
        return (int) Math.max(0, new Message(from).address(to).send(this, 0));
    }

    /** Sends a message: data in several buffers, an address and control data. Returns the number of bytes taken. */
    public long send(Message message, int flags) throws IOException {
        return Math.max(0, message.send(this, flags));
    }

    /** Sends a message, without flags. */
    public long send(Message message) throws IOException {
        return send(message, 0);
    }

    /** Waits until a CAN_ISOTP socket has sent all of its last message. */
    public void awaitIsotpSent() throws IOException {
        blocking(() -> Errors.check(NativeOption.isotpWait(handle)));
    }

    /**
     * Sends data to an operation of AF_ALG, which {@link ServerSock#accept} returned; {@link #read} then receives the
     * result.
     *
     * @param encrypt whether to encrypt, else decrypt
     * @param iv the initialisation vector; empty sends none
     * @param associated how many bytes of the data are associated ("aead")
     * @param flags MSG_MORE means that more data follows
     * @return the number of bytes taken
     */
    public long sendAlgorithm(byte[] data, boolean encrypt, byte[] iv, int associated, int flags) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment piece = arena.allocate(16, 8);
            piece.set(Native.POINTER, 0, arena.allocateFrom(ValueLayout.JAVA_BYTE, data));
            piece.set(Native.LONG, 8, data.length);
            MemorySegment vector = arena.allocateFrom(ValueLayout.JAVA_BYTE, iv);
            return Math.max(0, repeat(Waiters.WRITE, (flags & DONTWAIT) != 0, true, () -> NativeOption.sendmsgAlg(handle,
                    piece, 1, encrypt ? 1 : 0, vector, iv.length, associated, flags | DONTWAIT)));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    // Descriptors ----------------------------------------------------------------------------------

    /** Sends descriptors with some bytes over an AF_UNIX socket; the caller keeps them. */
    public int sendDescriptors(byte[] data, Descriptor... descriptors) throws IOException {
        try (Control control = new Control()) {
            control.putDescriptors(descriptors);
            return (int) send(new Message(ByteBuffer.wrap(data)).control(control));
        }
    }

    /** Receives bytes, and up to so many descriptors, which are close-on-exec and then the caller's. */
    public List<Descriptor> receiveDescriptors(ByteBuffer data, int max) throws IOException {
        try (Control control = Control.room(0, max)) {
            receive(new Message(data).control(control));
            return control.takeDescriptors();
        }
    }

    // Batches --------------------------------------------------------------------------------------

    /**
     * Sends datagrams in few system calls; see {@link Datagram}.
     *
     * @return how many were sent, from the first; an error of a later one is thrown by the call that begins with it
     */
    public int sendMany(List<Datagram> batch) throws IOException {
        return Datagram.send(this, batch);
    }

    /**
     * Receives datagrams: waits for the first and takes those that are there.
     *
     * @return how many were filled, from the first; 0 in non-blocking mode, if there is none
     */
    public int receiveMany(List<Datagram> batch) throws IOException {
        return Datagram.receive(this, batch);
    }

    /** Turns the joining of arriving datagrams on or off (UDP_GRO). */
    public void setGro(boolean on) throws IOException {
        Errors.check(NativeSocket.setgro(handle, on ? 1 : 0));
    }

    // Files and other sockets ----------------------------------------------------------------------

    /**
     * Sends a file from its position to its end, under one limit, from the page cache. The position is afterwards
     * behind the last byte sent.
     *
     * @return the number of bytes sent
     */
    public long sendFile(FileChannel file) throws IOException {
        long from = file.position();
        long end = file.size();
        long at = from;
        long limit = limit();
        try {
            while (at < end) {
                try (Arena arena = Arena.ofShared()) {
                    long size = Math.min(WINDOW, end - at);
                    long sent = writeNative(file.map(FileChannel.MapMode.READ_ONLY, at, size, arena), 0, limit);
                    at += sent;
                    if (sent < size) {
                        break;
                    }
                }
            }
        } catch (IOException e) {
            at += e instanceof SockError error ? error.transferred() : 0;
            throw Errors.after(e, at - from);
        } finally {
            file.position(at);
        }
        return at - from;
    }

    /**
     * Sends a file or a part of it by sendfile(2), under one limit; its position is then after the last byte sent.
     *
     * @param file open for reading: a file, a pipe ...
     * @param offset where to begin, in bytes
     * @param count how many bytes, or -1 for all up to the end
     * @return the number of bytes sent
     */
    public long sendFile(Descriptor file, long offset, long count) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment sent = arena.allocate(Native.LONG);
            return blocking(() -> {
                long n = NativeSocket.sendfile(handle, file.number(), offset, count, sent);
                if (n < 0) {
                    throw Errors.after(failure(n), sent.get(Native.LONG, 0));
                }
                return n;
            });
        } finally {
            Reference.reachabilityFence(file);
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Moves bytes to another socket without copying them (splice(2)).
     *
     * @param count how many bytes, or -1 for all up to the end of the stream
     * @return the number of bytes sent
     */
    public long spliceTo(Sock to, long count) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment sent = arena.allocate(Native.LONG);
            return blocking(() -> {
                long n = NativeSocket.splice(handle, to.handle, count, Native.NULL, sent);
                if (n < 0) {
                    throw Errors.after(failure(n), sent.get(Native.LONG, 0));
                }
                return n;
            });
        } finally {
            Reference.reachabilityFence(to);
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Relays between two connections until both directions have ended, as a proxy does.
     *
     * @param idle the call ends when nothing has moved for so long; null for no limit
     */
    public static Relayed relay(Sock a, Sock b, Duration idle) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment counts = arena.allocate(Relayed.SIZE, 8);
            a.blocking(() -> {
                int code = NativeSocket.relay(a.handle, b.handle, nanos(idle), counts);
                if (code < 0) {
                    IOException failure = a.failure(code);
                    throw Errors.after(failure, Relayed.read(counts).total());
                }
                return code;
            });
            return Relayed.read(counts);
        } finally {
            Reference.reachabilityFence(a);
            Reference.reachabilityFence(b);
        }
    }

    /** What {@link #relay} has moved, in bytes: from a to b, from b to a, and what the other side did not accept. */
    public record Relayed(long aToB, long bToA, long aLost, long bLost) {
        static final long SIZE = 64;

        static Relayed read(MemorySegment counts) {
            return new Relayed(counts.get(Native.LONG, 0), counts.get(Native.LONG, 8), counts.get(Native.LONG, 16),
                    counts.get(Native.LONG, 24));
        }

        long total() {
            return aToB + bToA;
        }
    }

    // Streams and options --------------------------------------------------------------------------

    /** Returns the socket as an unbuffered input stream; closing it closes the socket. */
    public InputStream inputStream() {
        return new SockStreams.In(this);
    }

    /** Returns the socket as an unbuffered output stream; closing it closes the socket. */
    public OutputStream outputStream() {
        return new SockStreams.Out(this);
    }

    @Override
    public <T> Sock setOption(SocketOption<T> name, T value) throws IOException {
        options().set(name, value);
        return this;
    }
}

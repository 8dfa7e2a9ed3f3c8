package libsock;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.NetworkChannel;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.LongSupplier;

/**
 * What {@link Sock} and {@link ServerSock} share: addresses, options, limits, close.
 *
 * <p><b>Limits.</b> A timeout limits each call. A deadline is a point in time that ends every call of its direction,
 * waiting or yet to come. A {@link CancelToken} ends the calls of any number of sockets. Whichever comes first ends the
 * call. A call that ends in this way has lost no data, and the socket stays open.
 *
 * <p><b>Close and interrupt.</b> {@link #close} ends the calls that wait in other threads with an
 * {@link java.nio.channels.AsynchronousCloseException}. As with every {@link java.nio.channels.InterruptibleChannel},
 * interrupting a thread in a call closes the channel, and the call throws {@link ClosedByInterruptException}.
 *
 * <p><b>Threads.</b> Any thread may call any method at any time. A virtual thread that waits holds no carrier thread.
 */
public abstract sealed class SockChannel extends AbstractInterruptibleChannel implements NetworkChannel, Pollable
        permits Sock, ServerSock {
    /** Which calls a deadline ends. */
    public enum Direction {
        /** Receive and accept. */
        READ(Waiters.READ),
        /** Send and connect. */
        WRITE(Waiters.WRITE),
        /** Both. */
        BOTH(Waiters.READ | Waiters.WRITE);

        final int bits;

        Direction(int bits) {
            this.bits = bits;
        }
    }

    /** A limit that is taken when the call first waits. */
    static final long LATER = -1;

    final long handle;
    final Waiters waiters;
    private final Cleaner.Cleanable closing;
    private volatile long timeout;
    /** java.net's sockets do not end when a platform thread is interrupted. */
    boolean interruptible = true;

    SockChannel(long handle) {
        this.handle = handle;
        waiters = new Waiters(handle);
        closing = Waiters.CLEANER.register(this, waiters);
        timeout = Waiters.FOREVER;
    }

    // Limits ---------------------------------------------------------------------------------------

    /**
     * Sets the limit of each call.
     *
     * @param limit null for none; zero for non-blocking mode, in which calls return 0 or null instead of waiting
     * @throws IllegalArgumentException if it is negative
     */
    public void setTimeout(Duration limit) throws IOException {
        long ns = nanos(limit);
        synchronized (waiters) {
            Errors.check(NativeCore.settimeout(handle, ns));
            timeout = ns;
        }
        Reference.reachabilityFence(this);
    }

    /** Returns the limit of each call, or null. */
    public Duration timeout() {
        return timeout >= Waiters.FOREVER ? null : Duration.ofNanos(timeout);
    }

    /**
     * Sets a deadline, also for calls that already wait.
     *
     * @param when a time from now, at which calls end; zero or negative ends them at once; null clears the deadline
     */
    public void setDeadline(Direction direction, Duration when) throws IOException {
        long at = Waiters.FOREVER;
        if (when != null) {
            at = when.isNegative() || when.isZero() ? 0 : saturated(NativeCore.now(), nanos(when));
        }
        // Of two threads that set one, both the library and the parked threads obey the same.
        synchronized (waiters) {
            Errors.check(NativeCore.setdeadline(handle, direction.bits, at));
            if ((direction.bits & Waiters.READ) != 0) {
                waiters.readDeadline = at;
            }
            if ((direction.bits & Waiters.WRITE) != 0) {
                waiters.writeDeadline = at;
            }
        }
        waiters.wakeAll();
        Reference.reachabilityFence(this);
    }

    /** Sets a deadline for both directions. */
    public void setDeadline(Duration when) throws IOException {
        setDeadline(Direction.BOTH, when);
    }

    /** Attaches a token in place of the previous one, also for calls that already wait; null detaches it. */
    public void setCancel(CancelToken token) throws IOException {
        synchronized (waiters) {
            Errors.check(NativeCore.setcancel(handle, token == null ? 0 : token.handle()));
            waiters.attach(token);
        }
        Reference.reachabilityFence(token);
        Reference.reachabilityFence(this);
    }

    static long nanos(Duration limit) {
        if (limit == null) {
            return Waiters.FOREVER;
        }
        if (limit.isNegative()) {
            throw Errors.argument("limit: " + limit + " is negative");
        }
        return limit.getSeconds() >= Waiters.FOREVER / 1_000_000_000 ? Waiters.FOREVER : limit.toNanos();
    }

    private static long saturated(long now, long ns) {
        return ns >= Waiters.FOREVER - now ? Waiters.FOREVER : now + ns;
    }

    // Waiting --------------------------------------------------------------------------------------

    /** The end of a call that begins to wait now; 0 in non-blocking mode. */
    final long limit() {
        long ns = timeout;
        return ns == 0 ? 0 : saturated(NativeCore.now(), ns);
    }

    /**
     * Waits until a call may succeed, before its limit. Returns false in non-blocking mode.
     *
     * @param polled whether the poller reports readiness; if not, the call is tried again after a short time
     */
    final boolean await(int direction, long limit, boolean polled) throws IOException {
        if (limit == 0) {
            return false;
        }
        if (!polled) {
            waiters.park(direction, Math.min(limit, NativeCore.now() + 2_000_000), false);
        } else if (Thread.currentThread().isVirtual()) {
            waiters.park(direction, limit, true);
        } else {
            block(direction, limit);
        }
        obeyInterrupt();
        if (limit < Waiters.FOREVER && NativeCore.now() >= limit) {
            throw Errors.described(Errors.TIMED_OUT);
        }
        return true;
    }

    /** Waits in C, on a platform thread. */
    private void block(int direction, long limit) throws IOException {
        long left = limit >= Waiters.FOREVER ? Waiters.FOREVER : Math.max(0, limit - NativeCore.now());
        int code = 0;
        IOException failure = null;
        if (interruptible) {
            begin();
        }
        try {
            code = NativeSocket.waitFor(handle, direction, left);
            if (code < 0) {
                failure = failure(code);
            }
        } finally {
            if (interruptible) {
                end(true);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** An interrupt closes the channel, as it does a SocketChannel, even if the call would not wait. */
    final void obeyInterrupt() throws IOException {
        Thread thread = Thread.currentThread();
        if (thread.isInterrupted() && (interruptible || thread.isVirtual())) {
            close();
            throw new ClosedByInterruptException();
        }
    }

    /** Repeats a call with MSG_DONTWAIT until it succeeds; EAGAIN in non-blocking mode. */
    final long repeat(int direction, boolean once, boolean polled, LongSupplier call) throws IOException {
        return repeat(direction, once ? 0 : LATER, polled, call);
    }

    /** The same with a limit that several calls have in common. */
    final long repeat(int direction, long limit, boolean polled, LongSupplier call) throws IOException {
        obeyInterrupt();
        long end = limit;
        boolean waited = false;
        while (true) {
            long result = call.getAsLong();
            if (result >= 0) {
                return result;
            }
            if (result != Errors.AGAIN) {
                throw waited ? failure(result) : Errors.of(result);
            }
            waited = true;
            end = end == LATER ? limit() : end;
            if (!await(direction, end, polled)) {
                return Errors.AGAIN;
            }
        }
    }

    /** A call that waits in C and cannot do so otherwise. */
    interface BlockingCall {
        long run() throws IOException;
    }

    /** Makes a blocking call: here on a platform thread, for a virtual thread on another one. */
    final long blocking(BlockingCall call) throws IOException {
        obeyInterrupt();
        if (Thread.currentThread().isVirtual()) {
            return offload(call);
        }
        begin();
        try {
            return call.run();
        } finally {
            end(true);
        }
    }

    private long offload(BlockingCall call) throws IOException {
        FutureTask<Long> task = new FutureTask<>(call::run);
        Thread.ofPlatform().daemon().name("libsock-blocking").start(task);
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new ClosedByInterruptException();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new AssertionError(e.getCause());
        }
    }

    /** The exception of a call that has waited: a close was then another thread's. */
    final IOException failure(long code) {
        return Errors.closed(code) ? Errors.described(Errors.CLOSED) : Errors.of(code);
    }

    // Addresses ------------------------------------------------------------------------------------

    /** A getter of sock.h. */
    interface AddressGetter {
        int get(long handle, MemorySegment out);
    }

    final SockAddress address(AddressGetter getter) throws IOException {
        try (Scratch scratch = Scratch.take()) {
            Errors.check(getter.get(handle, scratch.address));
            return SockAddress.read(scratch.address);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Binds the socket to a local address of any family. */
    @Override
    public abstract SockChannel bind(SocketAddress local) throws IOException;

    final void bindTo(SocketAddress local) throws IOException {
        SockAddress address = local == null ? SockAddress.ip("", 0) : SockAddress.of(local);
        try (Scratch scratch = Scratch.take()) {
            Errors.check(NativeSocket.bind(handle, address.write(scratch.address)));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Listens, and prepares for accept(2), which has no MSG_DONTWAIT. */
    final void listenTo(int backlog) throws IOException {
        int usual = (int) Constants.value("SOCK_BACKLOG_DEFAULT");
        Errors.check(NativeSocket.listen(handle, backlog < 0 ? usual : backlog));
        Errors.check(NativeCore.setblocking(handle, 0));
    }

    /** Accepts a connection within a limit; null if there is none in non-blocking mode. */
    final Sock acceptUntil(long limit) throws IOException {
        try {
            long connection = repeat(Waiters.READ, limit, true, () -> NativeSocket.accept(handle, Native.NULL));
            return connection == Errors.AGAIN ? null : new Sock(connection);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Returns the local address. */
    @Override
    public SockAddress getLocalAddress() throws IOException {
        return address(NativeSocket::getsockname);
    }

    /** Returns the address family: {@code Constants.AF_INET} ... */
    public int family() throws IOException {
        return Errors.check(NativeSocket.family(handle));
    }

    /** Returns the socket type: {@code Constants.SOCK_STREAM} ... */
    public int type() throws IOException {
        return Errors.check(NativeSocket.type(handle));
    }

    /** Returns the protocol: {@code Constants.IPPROTO_TCP} ... or 0. */
    public int protocol() throws IOException {
        return Errors.check(NativeSocket.proto(handle));
    }

    // Options --------------------------------------------------------------------------------------

    /** Returns access to every option of the socket by the system's numbers, and to libsock's helpers. */
    public Options options() {
        return new Options(this);
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return options().get(name);
    }

    @Override
    public abstract <T> SockChannel setOption(SocketOption<T> name, T value) throws IOException;

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Options.SUPPORTED;
    }

    // The end --------------------------------------------------------------------------------------

    /** Returns libsock's handle, for other code that calls libsock. */
    @Override
    public long handle() {
        return handle;
    }

    /**
     * Returns the number of the descriptor, which the socket still owns: do not close it. From the first call on,
     * O_NONBLOCK belongs to the program.
     */
    public int fileno() throws IOException {
        return Errors.check(NativeSocket.fileno(handle));
    }

    /** Ends the socket and returns its open descriptor, which then belongs to the caller. Waiting calls end. */
    public Descriptor detach() throws IOException {
        Descriptor descriptor = Descriptor.of(Errors.check(NativeSocket.detach(handle)));
        waiters.ended();
        close();
        return descriptor;
    }

    @Override
    protected final void implCloseChannel() throws IOException {
        closing.clean();
        int result = waiters.closeResult();
        if (result < 0 && !Errors.closed(result)) {
            throw Errors.described(result);
        }
    }

    @Override
    public String toString() {
        String name = getClass().getSimpleName();
        try {
            return name + "[" + getLocalAddress() + "]";
        } catch (IOException e) {
            return name + "[" + (isOpen() ? e.getMessage() : "closed") + "]";
        }
    }
}

package libsock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One wait for many sockets, listeners, cancel tokens, descriptors and timers.
 *
 * <p>When a socket or token is closed, in any thread, the poller reports one last event with {@link Event#closed}, and
 * never anything after it; after {@link #remove} has returned, no thread gets an event of it. A {@link Descriptor} must
 * be removed before it is closed. Several threads may wait on one poller.
 *
 * <p>Programs with virtual threads need no poller: a virtual thread for each connection costs less to write.
 */
public final class Poller implements AutoCloseable {
    /** What to wait for, and what an event says; they can be or'ed. */
    public static final int IN = bit("IN");
    public static final int OUT = bit("OUT");
    public static final int PRI = bit("PRI");
    public static final int ERR = bit("ERR");
    public static final int HUP = bit("HUP");
    public static final int RDHUP = bit("RDHUP");
    /** In events only: {@link #wake}, or a timer. */
    public static final int WAKE = bit("WAKE");
    public static final int TIMER = bit("TIMER");
    /** To ask: only when something new happens; once, until a modify; wake few of several pollers. */
    public static final int EDGE = bit("EDGE");
    public static final int ONESHOT = bit("ONESHOT");
    public static final int EXCLUSIVE = bit("EXCLUSIVE");

    private static final int SIZE = 40;
    private static final int MOST = 256;

    private final State state;
    private final Cleaner.Cleanable closing;

    /** What outlives the object: the handle, and what is registered. */
    private static final class State implements Runnable {
        final long handle;
        /** By the key that goes through the library: see {@link #key}. */
        final ConcurrentHashMap<Long, Entry> entries = new ConcurrentHashMap<>();
        final AtomicLong lastTimer = new AtomicLong(1L << 62);
        /** Interrupted threads that have not left their wait, and wake-ups for them that nobody has taken. */
        final AtomicInteger interrupted = new AtomicInteger();
        final AtomicInteger wakeUps = new AtomicInteger();

        State(long handle) {
            this.handle = handle;
        }

        @Override
        public void run() {
            NativeCore.close(handle);
            entries.clear();
        }
    }

    private record Entry(Object source, Object attachment) {}

    /** Handles are never reused, so their number is the key; descriptors have the negative numbers. */
    private static long key(Pollable source) {
        return source instanceof Descriptor ? -1 - source.handle() : source.handle();
    }

    /** A timer of a poller. */
    public final class Timer implements AutoCloseable {
        private final long key = state.lastTimer.incrementAndGet();
        private long handle;

        private Timer() {}

        /** Ends the timer, without an event, also if it has run out. */
        @Override
        public void close() {
            NativeCore.close(handle);
            state.entries.remove(key);
        }
    }

    /**
     * Something that has happened.
     *
     * @param source the socket, token, descriptor or {@link Timer}; null for a wake-up
     * @param events the bits that hold: {@link #IN} ...
     * @param attachment what was given with the registration
     * @param closed whether this is the last event of something that was closed
     * @param periods for a timer, how many periods have passed since its last event; otherwise 0
     */
    public record Event(Object source, int events, Object attachment, boolean closed, long periods) {}

    private static int bit(String name) {
        return (int) Constants.value("SOCK_POLL_" + name);
    }

    /** Creates a poller. */
    public Poller() throws IOException {
        state = new State(Errors.check(NativePoller.pollerNew()));
        closing = Waiters.CLEANER.register(this, state);
    }

    /** Adds something that is reported with the attachment; 0 events wait for ERR, HUP and the end. */
    public void add(Pollable source, int events, Object attachment) throws IOException {
        long key = key(source);
        Entry entry = new Entry(source, attachment);
        // The entry is there before the first event can come.
        Entry before = state.entries.putIfAbsent(key, entry);
        int code = source instanceof Descriptor descriptor
                ? NativePoller.pollerAddFd(state.handle, descriptor.number(), events, key)
                : NativePoller.pollerAdd(state.handle, source.handle(), events, key);
        if (code < 0) {
            IOException failure = Errors.of(code);
            if (before == null) {
                state.entries.remove(key);
            }
            throw failure;
        }
        state.entries.replace(key, entry);
        Reference.reachabilityFence(this);
    }

    /** Changes what to wait for, and the attachment; arms a one-shot again. */
    public void modify(Pollable source, int events, Object attachment) throws IOException {
        if (source instanceof Descriptor) {
            remove(source);
            add(source, events, attachment);
            return;
        }
        Errors.check(NativePoller.pollerModify(state.handle, source.handle(), events, key(source)));
        state.entries.replace(key(source), new Entry(source, attachment));
        Reference.reachabilityFence(this);
    }

    /** Removes something. Nothing of it is reported afterwards; if it is closed, its last event still comes. */
    public void remove(Pollable source) throws IOException {
        Errors.check(source instanceof Descriptor descriptor
                ? NativePoller.pollerRemoveFd(state.handle, descriptor.number())
                : NativePoller.pollerRemove(state.handle, source.handle()));
        state.entries.remove(key(source));
        Reference.reachabilityFence(this);
    }

    /** Starts a timer. */
    public Timer timer(Duration first, Object attachment) throws IOException {
        return timer(first, Duration.ZERO, attachment);
    }

    /** Starts a timer that repeats; a period of zero is once. */
    public Timer timer(Duration first, Duration every, Object attachment) throws IOException {
        Timer timer = new Timer();
        state.entries.put(timer.key, new Entry(timer, attachment));
        timer.handle = NativePoller.pollerTimer(state.handle, SockChannel.nanos(first), SockChannel.nanos(every),
                timer.key);
        if (timer.handle < 0) {
            IOException failure = Errors.of(timer.handle);
            state.entries.remove(timer.key);
            throw failure;
        }
        Reference.reachabilityFence(this);
        return timer;
    }

    /** Waits for events, without a limit. */
    public List<Event> await() throws IOException, InterruptedException {
        return await(null, MOST);
    }

    /**
     * Waits for events.
     *
     * @param limit null for none; zero looks once
     * @return all events that hold; none when the limit has passed
     * @throws InterruptedException if the thread is interrupted; the poller stays open
     */
    public List<Event> await(Duration limit) throws IOException, InterruptedException {
        return await(limit, MOST);
    }

    /** Waits for at most so many events. */
    public List<Event> await(Duration limit, int most) throws IOException, InterruptedException {
        long ns = SockChannel.nanos(limit);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (Thread.currentThread().isVirtual() && ns > 0) {
            return offload(limit, most);
        }
        long end = ns >= Waiters.FOREVER ? Waiters.FOREVER : NativeCore.now() + ns;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate((long) Math.max(1, most) * SIZE, 8);
            while (true) {
                long left = end >= Waiters.FOREVER ? Waiters.FOREVER : Math.max(0, end - NativeCore.now());
                List<Event> events = look(out, most, left);
                if (events != null) {
                    return events;
                }
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** One wait. Returns null if it ended for nothing that the caller waits for. */
    private List<Event> look(MemorySegment out, int most, long left) throws IOException, InterruptedException {
        Interruption interruption = new Interruption(state);
        long count;
        IOException failure = null;
        interruption.enter();
        try {
            count = NativePoller.pollerWait(state.handle, out, most, left);
            if (count < 0) {
                failure = Errors.of(count);
            }
        } finally {
            interruption.leave();
        }
        List<Event> events = new ArrayList<>();
        boolean pass = false;
        for (long i = 0; i < count; i++) {
            MemorySegment event = out.asSlice(i * SIZE, SIZE);
            if (event.get(Native.INT, 16) == WAKE && state.wakeUps.getAndUpdate(n -> n > 0 ? n - 1 : 0) > 0) {
                pass |= state.interrupted.get() > 0;
                continue;
            }
            Event made = event(event);
            if (made != null) {
                events.add(made);
            }
        }
        if (pass) {
            // The wake-up was for another thread.
            wakeInterrupted(state);
        }
        if (failure != null) {
            throw failure;
        }
        if (events.isEmpty() && Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (events.isEmpty() && pass) {
            Thread.sleep(1);
        }
        return events.isEmpty() && count > 0 ? null : events;
    }

    private static void wakeInterrupted(State state) {
        state.wakeUps.incrementAndGet();
        NativePoller.pollerWake(state.handle);
    }

    private Event event(MemorySegment from) {
        int events = from.get(Native.INT, 16);
        if (events == WAKE) {
            return new Event(null, WAKE, null, false, 0);
        }
        boolean closed = from.get(Native.INT, 20) != 0;
        long key = from.get(Native.LONG, 0);
        Entry entry = closed ? state.entries.remove(key) : state.entries.get(key);
        return entry == null
                ? null
                : new Event(entry.source, events, entry.attachment, closed, from.get(Native.LONG, 24));
    }

    /** A wait in C would hold a virtual thread's carrier. */
    private List<Event> offload(Duration limit, int most) throws IOException, InterruptedException {
        FutureTask<List<Event>> task = new FutureTask<>(() -> await(limit, most));
        Thread waiting = Thread.ofPlatform().daemon().name("libsock-poller-wait").start(task);
        try {
            return task.get();
        } catch (InterruptedException e) {
            waiting.interrupt();
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new AssertionError(e.getCause());
        }
    }

    /** Wakes one wait, running or yet to begin, by an event {@link #WAKE}; N wakes end N waits. */
    public void wake() throws IOException {
        Errors.check(NativePoller.pollerWake(state.handle));
        Reference.reachabilityFence(this);
    }

    /** Ends the poller: waits end with an exception that says "closed"; what it holds stays open. */
    @Override
    public void close() {
        closing.clean();
    }

    /** Lets an interrupt end a wait in C: the JDK closes this "channel", which wakes the poller. */
    private static final class Interruption extends AbstractInterruptibleChannel {
        private final State state;
        private boolean waiting = true;
        private boolean counted;

        Interruption(State state) {
            this.state = state;
        }

        void enter() {
            begin();
        }

        void leave() {
            synchronized (this) {
                waiting = false;
                if (counted) {
                    state.interrupted.decrementAndGet();
                }
            }
            try {
                end(true);
            } catch (AsynchronousCloseException e) {
                // The interrupt status says it, too.
            }
        }

        @Override
        protected void implCloseChannel() {
            synchronized (this) {
                if (waiting) {
                    counted = true;
                    state.interrupted.incrementAndGet();
                    wakeInterrupted(state);
                }
            }
        }
    }
}

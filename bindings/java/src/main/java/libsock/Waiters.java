package libsock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A handle, and the threads that are parked until something happens to it.
 *
 * <p>A virtual thread in a blocking C call would hold its carrier. So virtual threads park, and one platform thread
 * waits for all of them on a poller of libsock. Each wait registers one-shot interest, which costs one system call,
 * and readiness that came before it is reported at once. Operations (lookups, connections) are waited for in this way
 * on every thread.
 *
 * <p>The object keeps no reference to the {@link Sock}, so that it can be collected; {@link #run} then closes the
 * handle.
 */
final class Waiters implements Runnable {
    static final Cleaner CLEANER = Cleaner.create();
    static final long FOREVER = Constants.value("SOCK_FOREVER");
    static final int READ = (int) Constants.value("SOCK_READ");
    static final int WRITE = (int) Constants.value("SOCK_WRITE");

    private static final int CANCELED = (int) Constants.value("SOCK_ECANCELED");
    private static final int IN = (int) Constants.value("SOCK_POLL_IN");
    private static final int OUT = (int) Constants.value("SOCK_POLL_OUT");
    private static final int ONESHOT = (int) Constants.value("SOCK_POLL_ONESHOT");
    private static final ConcurrentHashMap<Long, Waiters> REGISTERED = new ConcurrentHashMap<>();

    final long handle;
    /** Times of sock_now at which calls end. */
    volatile long readDeadline = FOREVER;
    volatile long writeDeadline = FOREVER;

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Waiter> waiting = new ArrayList<>(2);
    private volatile CancelToken token;
    private boolean registered;
    private int armed;
    private volatile boolean closed;
    private int closeResult;

    private static final class Waiter {
        final Thread thread = Thread.currentThread();
        final int events;
        volatile boolean woken;
        volatile boolean canceled;

        Waiter(int events) {
            this.events = events;
        }
    }

    Waiters(long handle) {
        this.handle = handle;
    }

    /**
     * Parks until the handle is ready, the limit or a deadline has passed, a token has fired, the handle is closed or
     * the thread is interrupted. The caller finds out by trying again.
     *
     * @param polled whether readiness is reported at all; otherwise only the other causes end the wait
     */
    void park(int direction, long limit, boolean polled) throws IOException {
        Waiter waiter = new Waiter(!polled ? 0 : direction == READ ? IN : OUT);
        lock.lock();
        try {
            if (closed) {
                return;
            }
            waiting.add(waiter);
            if (polled) {
                arm();
            }
        } catch (Throwable t) {
            waiting.remove(waiter);
            throw t;
        } finally {
            lock.unlock();
        }
        try {
            // A token that fired before the waiter was in the list has woken nobody.
            CancelToken attached = token;
            waiter.canceled |= attached != null && attached.isFired();
            while (!waiter.woken && !waiter.canceled && !waiter.thread.isInterrupted()) {
                long until = Math.min(limit, direction == READ ? readDeadline : writeDeadline);
                if (until >= FOREVER) {
                    LockSupport.park(this);
                } else {
                    long left = until - NativeCore.now();
                    if (left <= 0) {
                        return;
                    }
                    LockSupport.parkNanos(this, left);
                }
            }
            if (waiter.canceled) {
                // Thrown here, because another try might find the token closed and gone.
                throw Errors.described(CANCELED);
            }
        } finally {
            lock.lock();
            waiting.remove(waiter);
            lock.unlock();
        }
    }

    /** Asks the poller for what the waiters want; called with the lock. */
    private void arm() throws IOException {
        int wanted = 0;
        for (Waiter waiter : waiting) {
            wanted |= waiter.woken ? 0 : waiter.events;
        }
        if (wanted == 0 || (wanted & ~armed) == 0) {
            return;
        }
        int code;
        if (registered) {
            code = NativePoller.pollerModify(Loop.POLLER, handle, wanted | ONESHOT, handle);
        } else {
            REGISTERED.put(handle, this);
            code = NativePoller.pollerAdd(Loop.POLLER, handle, wanted | ONESHOT, handle);
            registered = code == 0;
            if (code < 0) {
                REGISTERED.remove(handle);
            }
        }
        if (Errors.closed(code)) {
            // The next try reports it.
            waiting.forEach(waiter -> waiter.woken = true);
            return;
        }
        Errors.check(code);
        armed = wanted;
    }

    /** What the poller reported: wakes those that wait for it, and asks again for the others. */
    private void happened(int events) {
        List<Thread> wake = new ArrayList<>(2);
        lock.lock();
        try {
            armed = 0;
            boolean all = (events & ~(IN | OUT)) != 0 || events == 0;
            for (Waiter waiter : waiting) {
                if (!waiter.woken && (all || (events & waiter.events) != 0)) {
                    waiter.woken = true;
                    wake.add(waiter.thread);
                }
            }
            arm();
        } catch (IOException e) {
            // No more readiness is reported, so let everybody try.
            for (Waiter waiter : waiting) {
                waiter.woken = true;
                wake.add(waiter.thread);
            }
        } finally {
            lock.unlock();
        }
        wake.forEach(LockSupport::unpark);
    }

    /** Makes every waiter try again: a limit, a token or the handle itself has changed. */
    void wakeAll() {
        List<Thread> wake = new ArrayList<>(2);
        lock.lock();
        for (Waiter waiter : waiting) {
            waiter.woken = true;
            wake.add(waiter.thread);
        }
        lock.unlock();
        wake.forEach(LockSupport::unpark);
    }

    void attach(CancelToken next) {
        CancelToken before = token;
        token = next;
        if (before != null && before != next) {
            before.detach(this);
        }
        if (next != null) {
            next.attach(this);
            if (next.isFired()) {
                cancel();
            }
        }
    }

    /** Ends the waits: the token has fired. */
    void cancel() {
        lock.lock();
        waiting.forEach(waiter -> waiter.canceled = true);
        lock.unlock();
        wakeAll();
    }

    /** Forgets a token that is closed. */
    void forget(CancelToken ended) {
        if (token == ended) {
            token = null;
        }
    }

    /** Closes the handle, once; the cleaner calls it for a socket that nobody holds any more. */
    @Override
    public void run() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lock.unlock();
        }
        CancelToken attached = token;
        if (attached != null) {
            attached.detach(this);
        }
        closeResult = NativeCore.close(handle);
        wakeAll();
    }

    /** Marks the handle as ended without closing it: it was detached. */
    void ended() {
        lock.lock();
        closed = true;
        lock.unlock();
        wakeAll();
    }

    /** Returns what sock_close returned. */
    int closeResult() {
        return closeResult;
    }

    /** The poller, and its thread. */
    private static final class Loop {
        static final long POLLER = started();

        private static final int EVENTS = 256;
        private static final int SIZE = 40;
        private static final int DATA = 0;
        private static final int WHAT = 16;
        private static final int CODE = 20;

        private Loop() {}

        private static long started() {
            long poller = NativePoller.pollerNew();
            if (poller < 0) {
                throw new IllegalStateException("no poller for virtual threads: "
                        + Native.text(NativeCore.strerror(poller)));
            }
            Thread.ofPlatform().daemon().name("libsock-poller").start(() -> run(poller));
            return poller;
        }

        private static void run(long poller) {
            MemorySegment events = Arena.ofAuto().allocate((long) EVENTS * SIZE, 8);
            while (true) {
                long count = NativePoller.pollerWait(poller, events, EVENTS, FOREVER);
                for (long i = 0; i < count; i++) {
                    deliver(events.asSlice(i * SIZE, SIZE));
                }
            }
        }

        private static void deliver(MemorySegment event) {
            long handle = event.get(Native.LONG, DATA);
            boolean ended = event.get(Native.INT, CODE) != 0;
            Waiters waiters = ended ? REGISTERED.remove(handle) : REGISTERED.get(handle);
            if (waiters != null) {
                waiters.happened(ended ? 0 : event.get(Native.INT, WHAT));
            }
        }
    }
}

package libsock;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.io.IOException;

/**
 * A one-way switch: firing it ends every call, waiting or yet to come, on every socket that it is attached to, with a
 * {@link CanceledException}. One token serves any number of sockets and threads.
 */
public final class CancelToken implements AutoCloseable, Pollable {
    private final State state;
    private final Cleaner.Cleanable closing;

    /** What outlives the object: the handle, and the sockets with the token. */
    private static final class State implements Runnable {
        final long handle;
        final Set<Waiters> attached = ConcurrentHashMap.newKeySet();
        volatile boolean fired;

        State(long handle) {
            this.handle = handle;
        }

        void fire() {
            fired = true;
            NativeCore.cancelFire(handle);
            attached.forEach(Waiters::cancel);
        }

        @Override
        public void run() {
            // A token that nobody holds any more can never fire; closing it by hand does fire it.
            NativeCore.close(handle);
            attached.clear();
        }
    }

    /** Creates a token. */
    public CancelToken() throws IOException {
        state = new State(Errors.check(NativeCore.cancelNew()));
        closing = Waiters.CLEANER.register(this, state);
    }

    /** Fires the token, permanently; firing it again is harmless. */
    public void fire() {
        state.fire();
        Reference.reachabilityFence(this);
    }

    /** Whether the token has been fired or closed. */
    public boolean isFired() {
        return state.fired;
    }

    /** Fires the token and frees it. Sockets that it was attached to behave afterwards as if they had none. */
    @Override
    public void close() {
        state.fire();
        state.attached.forEach(waiters -> waiters.forget(this));
        closing.clean();
    }

    @Override
    public long handle() {
        return state.handle;
    }

    void attach(Waiters waiters) {
        state.attached.add(waiters);
    }

    void detach(Waiters waiters) {
        state.attached.remove(waiters);
    }
}

package libsock;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.function.LongUnaryOperator;

/** A lookup or connection in progress. Waiting for it parks the thread, virtual or not. */
final class Operation implements AutoCloseable {
    private final Waiters waiters;

    Operation(long op) {
        waiters = new Waiters(op);
    }

    /**
     * Repeats a step until its result is not 0.
     *
     * @throws ClosedByInterruptException if the thread is interrupted, which ends the operation
     */
    long finish(LongUnaryOperator step) throws IOException {
        while (true) {
            if (Thread.currentThread().isInterrupted()) {
                throw new ClosedByInterruptException();
            }
            long result = step.applyAsLong(waiters.handle);
            if (result != 0) {
                return Errors.check(result);
            }
            waiters.park(Waiters.READ, Waiters.FOREVER, true);
        }
    }

    @Override
    public void close() {
        waiters.run();
    }
}

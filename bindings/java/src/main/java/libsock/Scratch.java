package libsock;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Native memory for the length of one call that does not wait: a buffer for data on the Java heap, and places for
 * addresses and results. Threads, of which there may be very many virtual ones, share a few.
 */
final class Scratch implements AutoCloseable {
    /** What one call transfers from or to the heap. */
    static final int DATA = 64 << 10;

    private static final int SHARED = 64;
    private static final AtomicReferenceArray<Scratch> FREE = new AtomicReferenceArray<>(SHARED);

    final MemorySegment data;
    final MemorySegment address;
    final MemorySegment address2;
    /** Eight numbers of 64 bits, each its own segment, so that they can be outputs. */
    final MemorySegment[] numbers = new MemorySegment[8];
    final MemorySegment text;

    private int slot;

    private Scratch() {
        // Freed with the object: a thread that finds no free place here drops it after use.
        Arena arena = Arena.ofAuto();
        data = arena.allocate(DATA, 16);
        address = arena.allocate(SockAddress.SIZE, 8);
        address2 = arena.allocate(SockAddress.SIZE, 8);
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = arena.allocate(8, 8);
        }
        text = arena.allocate(2048, 8);
    }

    static Scratch take() {
        int slot = (int) Thread.currentThread().threadId() & (SHARED - 1);
        Scratch scratch = FREE.getAndSet(slot, null);
        if (scratch == null) {
            scratch = new Scratch();
        }
        scratch.slot = slot;
        return scratch;
    }

    @Override
    public void close() {
        FREE.setRelease(slot, this);
    }

    long number(int index) {
        return numbers[index].get(Native.LONG, 0);
    }

    int integer(int index) {
        return numbers[index].get(Native.INT, 0);
    }
}

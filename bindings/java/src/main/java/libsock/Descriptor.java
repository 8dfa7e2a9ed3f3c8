package libsock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.file.Path;

/**
 * An open file descriptor, which the object owns: a file, a pipe, or what another process has passed. The JDK has no
 * public class for one.
 */
public final class Descriptor implements AutoCloseable, Pollable {
    /** Not a constant of sockets, so not in the library's table; Linux has this value on all processors of Java. */
    private static final int O_CLOEXEC = 0x80000;
    private static final int SEEK_SET = 0;
    private static final int SEEK_CUR = 1;

    private static final MethodHandle OPEN =
            Native.systemFunction("open", Native.INT, 2, Native.POINTER, Native.INT, Native.INT);
    private static final MethodHandle PIPE = Native.systemFunction("pipe2", Native.INT, -1, Native.POINTER, Native.INT);
    private static final MethodHandle CLOSE = Native.systemFunction("close", Native.INT, -1, Native.INT);
    private static final MethodHandle READ =
            Native.systemFunction("read", Native.LONG, -1, Native.INT, Native.POINTER, Native.LONG);
    private static final MethodHandle WRITE =
            Native.systemFunction("write", Native.LONG, -1, Native.INT, Native.POINTER, Native.LONG);
    private static final MethodHandle SEEK =
            Native.systemFunction("lseek", Native.LONG, -1, Native.INT, Native.LONG, Native.INT);
    private static final StructLayout STATE = Linker.Option.captureStateLayout();

    private final State state;
    private final Cleaner.Cleanable closing;

    /** What outlives the object. */
    private static final class State implements Runnable {
        private int number;

        State(int number) {
            this.number = number;
        }

        synchronized int take() {
            int taken = number;
            number = -1;
            return taken;
        }

        synchronized int number() {
            return number;
        }

        @Override
        public void run() {
            int taken = take();
            if (taken >= 0) {
                try (Arena arena = Arena.ofConfined()) {
                    int ignored = (int) CLOSE.invokeExact(arena.allocate(STATE), taken);
                } catch (Throwable t) {
                    throw Native.unexpected(t);
                }
            }
        }
    }

    private Descriptor(int number) {
        state = new State(number);
        closing = Waiters.CLEANER.register(this, state);
    }

    /** Takes over an open descriptor. */
    public static Descriptor of(int number) {
        if (number < 0) {
            throw Errors.argument("number: " + number + " is negative");
        }
        return new Descriptor(number);
    }

    /** Opens a file for reading. */
    public static Descriptor open(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(STATE);
            int number = (int) OPEN.invokeExact(errno, Native.string(arena, "file", file.toString()), O_CLOEXEC, 0);
            return new Descriptor((int) checked(number, errno));
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** Creates a pipe: what is written to the second is read from the first. */
    public static Descriptor[] pipe() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(STATE);
            MemorySegment out = arena.allocate(Native.INT, 2);
            checked((int) PIPE.invokeExact(errno, out, O_CLOEXEC), errno);
            return new Descriptor[] {
                new Descriptor(out.getAtIndex(Native.INT, 0)), new Descriptor(out.getAtIndex(Native.INT, 1))
            };
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        }
    }

    /** Returns the number, which the object still owns: do not close it. */
    public int number() throws IOException {
        int number = state.number();
        if (number < 0) {
            throw Errors.described(Errors.BAD_HANDLE);
        }
        return number;
    }

    @Override
    public long handle() {
        return state.number();
    }

    /** Returns the number, which then belongs to the caller. */
    public int release() throws IOException {
        number();
        int number = state.take();
        closing.clean();
        return number;
    }

    /** Reads bytes; -1 at the end. Blocks as read(2) does. */
    public int read(byte[] to) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(STATE);
            MemorySegment buffer = arena.allocate(Math.max(1, to.length));
            long n = checked((long) READ.invokeExact(errno, number(), buffer, (long) to.length), errno);
            MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, to, 0, (int) n);
            return n == 0 && to.length > 0 ? -1 : (int) n;
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Writes bytes and returns how many were taken. Blocks as write(2) does. */
    public int write(byte[] from) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(STATE);
            MemorySegment buffer = arena.allocateFrom(ValueLayout.JAVA_BYTE, from);
            return (int) checked((long) WRITE.invokeExact(errno, number(), buffer, (long) from.length), errno);
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Returns the position in the file. */
    public long position() throws IOException {
        return seek(0, SEEK_CUR);
    }

    /** Sets the position in the file. */
    public void position(long at) throws IOException {
        seek(at, SEEK_SET);
    }

    private long seek(long at, int whence) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(STATE);
            return checked((long) SEEK.invokeExact(errno, number(), at, whence), errno);
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw Native.unexpected(t);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private static long checked(long result, MemorySegment errno) throws IOException {
        if (result < 0) {
            throw Errors.described(-errno.get(Native.INT, 0));
        }
        return result;
    }

    /** Closes the descriptor; closing it again is harmless. */
    @Override
    public void close() {
        closing.clean();
    }

    @Override
    public String toString() {
        return "Descriptor[" + state.number() + "]";
    }
}

package libsock;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Finds the shared library and its functions. The Native classes have a typed call for each function. */
final class Native {
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    static final AddressLayout POINTER = ValueLayout.ADDRESS;
    static final MemorySegment NULL = MemorySegment.NULL;

    /** The name that the library is installed under: an ABI number, not a version. */
    private static final String INSTALLED = "libsock.so.0";

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBRARY = library();

    private Native() {}

    /** Links a function of the library. */
    @SuppressWarnings("restricted")
    static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        MemorySegment symbol = LIBRARY.find(name)
                .orElseThrow(() -> new UnsatisfiedLinkError(name + " is missing: this libsock is too old"));
        return LINKER.downcallHandle(symbol, FunctionDescriptor.of(result, arguments));
    }

    /**
     * Links a function of the C library, whose first argument in Java is then memory for errno.
     *
     * @param variadic the index of the first variadic argument, or -1
     */
    @SuppressWarnings("restricted")
    static MethodHandle systemFunction(String name, MemoryLayout result, int variadic, MemoryLayout... arguments) {
        Linker.Option errno = Linker.Option.captureCallState("errno");
        MemorySegment symbol = LINKER.defaultLookup().find(name).orElseThrow();
        FunctionDescriptor function = FunctionDescriptor.of(result, arguments);
        return variadic < 0
                ? LINKER.downcallHandle(symbol, function, errno)
                : LINKER.downcallHandle(symbol, function, errno, Linker.Option.firstVariadicArg(variadic));
    }

    /** Gives a segment that C returned its length. */
    @SuppressWarnings("restricted")
    static MemorySegment sized(MemorySegment segment, long bytes) {
        return segment.reinterpret(bytes);
    }

    /** Reads a static text of the library. */
    static String text(MemorySegment pointer) {
        return sized(pointer, Integer.MAX_VALUE).getString(0);
    }

    /** Copies a text into native memory; null stays NULL. C would end it at a NUL, so a NUL is refused. */
    static MemorySegment string(Arena arena, String what, String text) {
        if (text == null) {
            return NULL;
        }
        if (text.indexOf('\0') >= 0) {
            throw Errors.argument(what + ": has a NUL");
        }
        return arena.allocateFrom(text);
    }

    /** Returns the text that a function copies. */
    static String copied(TextCall call) throws IOException {
        try (Scratch scratch = Scratch.take()) {
            Errors.check(call.into(scratch.text, scratch.text.byteSize()));
            return scratch.text.getString(0);
        }
    }

    /** A function that copies a text, as snprintf does. */
    interface TextCall {
        long into(MemorySegment buf, long cap);
    }

    /** Calls of method handles declare Throwable; the functions throw nothing. */
    static Error unexpected(Throwable t) {
        if (t instanceof Error error) {
            return error;
        }
        return new AssertionError(t);
    }

    // The library: the one that the property names, else the one in the jar, else the installed one.

    @SuppressWarnings("restricted")
    private static SymbolLookup library() {
        String named = System.getProperty("libsock.library");
        try {
            if (named != null) {
                return SymbolLookup.libraryLookup(Path.of(named), Arena.global());
            }
            Path packed = unpacked();
            if (packed != null) {
                SymbolLookup found = SymbolLookup.libraryLookup(packed, Arena.global());
                Files.delete(packed);
                return found;
            }
            return SymbolLookup.libraryLookup(INSTALLED, Arena.global());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (IllegalArgumentException e) {
            UnsatisfiedLinkError error = new UnsatisfiedLinkError(
                    (named != null ? named : INSTALLED) + " cannot be loaded. Install libsock, or name the library: "
                            + "-Dlibsock.library=/path/to/libsock.so");
            error.initCause(e);
            throw error;
        }
    }

    /** Copies the library out of the jar, if the jar has one for this processor. */
    private static Path unpacked() throws IOException {
        String resource = "native/linux-" + System.getProperty("os.arch") + "/libsock.so";
        try (InputStream packed = Native.class.getResourceAsStream(resource)) {
            if (packed == null) {
                return null;
            }
            Path copy = Files.createTempFile("libsock", ".so");
            Files.copy(packed, copy, StandardCopyOption.REPLACE_EXISTING);
            return copy;
        }
    }
}

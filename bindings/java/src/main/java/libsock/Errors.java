package libsock;

import java.io.EOFException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;

/** Makes the exceptions of {@link SockError}. */
final class Errors {
    static final int AGAIN = -errno("EAGAIN");
    static final int BAD_HANDLE = -errno("EBADF");
    static final int IN_PROGRESS = -errno("EINPROGRESS");
    static final int ALREADY = -errno("EALREADY");
    static final int IS_CONNECTED = -errno("EISCONN");
    static final int CLOSED = (int) Constants.value("SOCK_ECLOSED");
    static final int TIMED_OUT = (int) Constants.value("SOCK_ETIMEDOUT");
    static final int END = (int) Constants.value("SOCK_EEOF");

    private static final int INVALID = -errno("EINVAL");
    private static final int REFUSED = -errno("ECONNREFUSED");
    private static final int IN_USE = -errno("EADDRINUSE");
    private static final int NOT_HERE = -errno("EADDRNOTAVAIL");
    private static final int NO_ROUTE = -errno("EHOSTUNREACH");
    private static final int NO_NETWORK = -errno("ENETUNREACH");

    private Errors() {}

    private static int errno(String name) {
        return (int) Constants.value(name);
    }

    /** Whether a code means that the handle is closed. */
    static boolean closed(long code) {
        return code == CLOSED || code == BAD_HANDLE;
    }

    /** Returns the result, or throws the exception of a negative one. */
    static long check(long result) throws IOException {
        if (result < 0) {
            throw of(result);
        }
        return result;
    }

    static int check(int result) throws IOException {
        if (result < 0) {
            throw of(result);
        }
        return result;
    }

    /** As {@link #check}, for a call that refuses its arguments with EINVAL before it does anything. */
    static long checkArguments(long result) throws IOException {
        if (result == INVALID) {
            throw argument((int) result);
        }
        return check(result);
    }

    /** The exception for an argument that the call of this thread has just refused. */
    static IllegalArgumentException argument(int code) {
        return new Unacceptable(code, sentence(code));
    }

    /** The exception for an argument that no C function can be given. */
    static IllegalArgumentException argument(String sentence) {
        return new Unacceptable(INVALID, sentence);
    }

    /** The exception for the code that a call of this thread has just returned. */
    static IOException of(long code) {
        return of(code, 0);
    }

    static IOException of(long code, long transferred) {
        return of((int) code, sentence((int) code), transferred);
    }

    /** The exception for a code that the binding returns itself, or an earlier call did. */
    static IOException described(int code) {
        return of(code, Native.text(NativeCore.strerror(code)), 0);
    }

    /** The same failure, with what was transferred before. */
    static IOException after(IOException failure, long transferred) {
        if (transferred > 0 && failure instanceof SockError error) {
            IOException counted = of(error.code(), failure.getMessage(), transferred);
            counted.setStackTrace(failure.getStackTrace());
            return counted;
        }
        return failure;
    }

    private static IOException of(int code, String sentence, long transferred) {
        if (NativeCore.isCanceled(code) != 0) {
            return new CanceledException(code, sentence, transferred);
        }
        if (NativeCore.isTimeout(code) != 0) {
            return new Timeout(code, sentence, transferred);
        }
        if (code == BAD_HANDLE) {
            return new Closed(code, sentence, transferred);
        }
        if (code == CLOSED) {
            return new ClosedMeanwhile(code, sentence, transferred);
        }
        if (NativeCore.isResolver(code) != 0) {
            return new Unknown(code, sentence);
        }
        if (code == END) {
            return new End(code, sentence, transferred);
        }
        if (code == REFUSED) {
            return new Refused(code, sentence);
        }
        if (code == IN_USE || code == NOT_HERE) {
            return new Unbindable(code, sentence);
        }
        if (code == NO_ROUTE || code == NO_NETWORK) {
            return new Unreachable(code, sentence);
        }
        return new SockException(code, sentence, transferred);
    }

    /** The sentence of the thread's last failure, if it was this one; it names the argument at fault. */
    private static String sentence(int code) {
        // No pause may come between the failed call and this one: a virtual thread could wake in another thread.
        try (Scratch scratch = Scratch.take()) {
            NativeCore.lastError(scratch.numbers[0], scratch.text, scratch.text.byteSize());
            if (scratch.integer(0) == code) {
                return scratch.text.getString(0);
            }
        }
        return Native.text(NativeCore.strerror(code));
    }

    private static final class Timeout extends SocketTimeoutException implements SockError {
        private static final long serialVersionUID = 1;
        private final int code;
        private final long transferred;

        Timeout(int code, String sentence, long transferred) {
            super(sentence);
            this.code = code;
            this.transferred = transferred;
            bytesTransferred = (int) Math.min(transferred, Integer.MAX_VALUE);
        }

        @Override
        public int code() {
            return code;
        }

        @Override
        public long transferred() {
            return transferred;
        }
    }

    private static final class Closed extends ClosedChannelException implements SockError {
        private static final long serialVersionUID = 1;
        private final int code;
        private final String sentence;
        private final long transferred;

        Closed(int code, String sentence, long transferred) {
            this.code = code;
            this.sentence = sentence;
            this.transferred = transferred;
        }

        @Override
        public String getMessage() {
            return sentence;
        }

        @Override
        public int code() {
            return code;
        }

        @Override
        public long transferred() {
            return transferred;
        }
    }

    private static final class ClosedMeanwhile extends AsynchronousCloseException implements SockError {
        private static final long serialVersionUID = 1;
        private final int code;
        private final String sentence;
        private final long transferred;

        ClosedMeanwhile(int code, String sentence, long transferred) {
            this.code = code;
            this.sentence = sentence;
            this.transferred = transferred;
        }

        @Override
        public String getMessage() {
            return sentence;
        }

        @Override
        public int code() {
            return code;
        }

        @Override
        public long transferred() {
            return transferred;
        }
    }

    private static final class End extends EOFException implements SockError {
        private static final long serialVersionUID = 1;
        private final int code;
        private final long transferred;

        End(int code, String sentence, long transferred) {
            super(sentence);
            this.code = code;
            this.transferred = transferred;
        }

        @Override
        public int code() {
            return code;
        }

        @Override
        public long transferred() {
            return transferred;
        }
    }

    private static final class Unknown extends UnknownHostException implements SockError {
        private static final long serialVersionUID = 1;
        private final int code;

        Unknown(int code, String sentence) {
            super(sentence);
            this.code = code;
        }

        @Override
        public int code() {
            return code;
        }

        @Override
        public long transferred() {
            return 0;
        }
    }

    private static final class Refused extends ConnectException implements SockError {
        private static final long serialVersionUID = 1;
        private final int code;

        Refused(int code, String sentence) {
            super(sentence);
            this.code = code;
        }

        @Override
        public int code() {
            return code;
        }

        @Override
        public long transferred() {
            return 0;
        }
    }

    private static final class Unbindable extends BindException implements SockError {
        private static final long serialVersionUID = 1;
        private final int code;

        Unbindable(int code, String sentence) {
            super(sentence);
            this.code = code;
        }

        @Override
        public int code() {
            return code;
        }

        @Override
        public long transferred() {
            return 0;
        }
    }

    private static final class Unreachable extends NoRouteToHostException implements SockError {
        private static final long serialVersionUID = 1;
        private final int code;

        Unreachable(int code, String sentence) {
            super(sentence);
            this.code = code;
        }

        @Override
        public int code() {
            return code;
        }

        @Override
        public long transferred() {
            return 0;
        }
    }

    private static final class Unacceptable extends IllegalArgumentException implements SockError {
        private static final long serialVersionUID = 1;
        private final int code;

        Unacceptable(int code, String sentence) {
            super(sentence);
            this.code = code;
        }

        @Override
        public int code() {
            return code;
        }

        @Override
        public long transferred() {
            return 0;
        }
    }
}

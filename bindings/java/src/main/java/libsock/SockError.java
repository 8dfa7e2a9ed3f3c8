package libsock;

/**
 * What every exception of libsock has, whatever class of the JDK it is: the code, its name and a sentence.
 *
 * <p>The classes are those that {@code java.net} and {@code java.nio} throw for the same causes:
 *
 * <ul>
 *   <li>{@link java.net.SocketTimeoutException}: a timeout or deadline has passed
 *   <li>{@link java.nio.channels.AsynchronousCloseException}: another thread closed the socket during the call
 *   <li>{@link java.nio.channels.ClosedChannelException}: the socket was closed before (and the superclass of the
 *       former)
 *   <li>{@link java.net.UnknownHostException}: a lookup failed
 *   <li>{@link java.net.ConnectException}, {@link java.net.BindException}, {@link java.net.NoRouteToHostException}
 *   <li>{@link java.io.EOFException}: the stream ended before all requested bytes came
 *   <li>{@link CanceledException}: a cancel token has fired
 *   <li>{@link IllegalArgumentException}: an argument that the library refused, with a sentence that names it
 *   <li>{@link SockException}: everything else
 * </ul>
 *
 * <pre>{@code
 * catch (IOException e) {
 *     if (e instanceof SockError error && error.isTemporary()) ...
 * }
 * }</pre>
 */
public interface SockError {
    /** Returns the code of sock.h: a negative errno, or one of libsock's own (SOCK_ETIMEDOUT ...). */
    int code();

    /** Returns how many bytes, or datagrams, the call had transferred before it failed. */
    long transferred();

    /** Returns the name of the code: "ECONNREFUSED", "SOCK_ETIMEDOUT", "EAI_NONAME". */
    default String codeName() {
        return Native.text(NativeCore.errName(code()));
    }

    /** Returns the errno, as in {@code Constants.value("ECONNREFUSED")}; 0 for libsock's own codes. */
    default int errno() {
        return code() > -20000 ? -code() : 0;
    }

    /** Whether the same call may succeed later. */
    default boolean isTemporary() {
        return NativeCore.isTemporary(code()) != 0;
    }
}

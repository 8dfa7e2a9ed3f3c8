package libsock;

import java.net.SocketException;

/** A failure of a socket call that has no class of its own in the JDK. */
public class SockException extends SocketException implements SockError {
    private static final long serialVersionUID = 1;

    /** The code of sock.h. */
    private final int code;
    /** What was transferred before. */
    private final long transferred;

    SockException(int code, String sentence, long transferred) {
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

package libsock;

/** The call ended because the socket's {@link CancelToken} has fired. */
public final class CanceledException extends SockException {
    private static final long serialVersionUID = 1;

    CanceledException(int code, String sentence, long transferred) {
        super(code, sentence, transferred);
    }
}

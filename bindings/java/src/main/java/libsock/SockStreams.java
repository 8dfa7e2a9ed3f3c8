package libsock;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The streams of a socket. */
final class SockStreams {
    private SockStreams() {}

    static final class In extends InputStream {
        private final Sock sock;

        In(Sock sock) {
            this.sock = sock;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            while (true) {
                int n = sock.read(to, offset, length);
                if (n != 0 || length == 0) {
                    return n;
                }
                // A stream cannot return 0: an empty datagram is passed over, non-blocking mode is an error.
                if (sock.limit() == 0) {
                    throw Errors.described(Errors.AGAIN);
                }
            }
        }

        @Override
        public void close() throws IOException {
            sock.close();
        }
    }

    static final class Out extends OutputStream {
        private final Sock sock;

        Out(Sock sock) {
            this.sock = sock;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            int n = sock.write(from, offset, length);
            if (n < length) {
                throw Errors.after(Errors.described(Errors.AGAIN), n);
            }
        }

        @Override
        public void close() throws IOException {
            sock.close();
        }
    }
}

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import libsock.Constants;
import libsock.Sock;
import libsock.SockAddress;

/**
 * The echo client of the Python documentation, over IPv4.
 *
 * <pre>java DocEchoClient.java [PORT]     50007</pre>
 */
final class DocEchoClient {
    private DocEchoClient() {}

    public static void main(String[] arguments) throws IOException {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 50007;
        try (Sock sock = Sock.open(Constants.AF_INET, Constants.SOCK_STREAM, 0)) {
            sock.connect(SockAddress.ip("127.0.0.1", port));
            sock.writeAll("Hello, world".getBytes(UTF_8));
            byte[] data = new byte[1024];
            int n = sock.read(data, 0, data.length);
            System.out.printf("Received '%s'%n", new String(data, 0, n, UTF_8));
        }
    }
}

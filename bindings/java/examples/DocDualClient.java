import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import libsock.ConnectOptions;
import libsock.Sock;

/**
 * The second echo client of the Python documentation: on the first address of the host that works, IPv4 or IPv6.
 * Prints how each attempt ended.
 *
 * <pre>java DocDualClient.java [PORT]     50007</pre>
 */
final class DocDualClient {
    private DocDualClient() {}

    public static void main(String[] arguments) throws IOException {
        String port = arguments.length > 0 ? arguments[0] : "50007";
        ConnectOptions options = new ConnectOptions().timeout(Duration.ofSeconds(10)).attempts(attempts ->
                attempts.forEach(one -> System.out.printf("%s: %s%n", one.address(),
                        one.code() == 0 ? "connected" : one.failure().getMessage())));
        try (Sock sock = Sock.connect("localhost", port, options)) {
            sock.writeAll("Hello, world".getBytes(UTF_8));
            System.out.printf("Received '%s'%n", new String(sock.readExactly(12), UTF_8));
        }
    }
}

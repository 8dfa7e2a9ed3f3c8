import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import libsock.Sock;

/**
 * A client of EchoServer: sends a message and receives it back in pieces.
 *
 * <pre>java EchoClient.java [PORT [MESSAGE]]</pre>
 */
final class EchoClient {
    private EchoClient() {}

    public static void main(String[] arguments) throws IOException {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10000;
        String text = arguments.length > 1 ? arguments[1] : "This is the message. It will be repeated.";
        byte[] message = text.getBytes(UTF_8);
        try (Sock sock = Sock.connect("localhost", port, Duration.ofSeconds(10))) {
            // One deadline for all following calls.
            sock.setDeadline(Duration.ofSeconds(10));
            sock.writeAll(message);
            byte[] data = new byte[16];
            for (int received = 0; received < message.length; ) {
                int n = sock.read(data, 0, data.length);
                if (n < 0) {
                    throw new EOFException("the server closed the connection");
                }
                received += n;
                System.out.printf("received '%s'%n", new String(data, 0, n, UTF_8));
            }
        }
    }
}

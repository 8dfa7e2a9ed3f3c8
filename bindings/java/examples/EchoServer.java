import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import libsock.ServerSock;
import libsock.Sock;

/**
 * An echo server: one connection after the other, each message printed and returned.
 *
 * <pre>java EchoServer.java [PORT [CONNECTIONS]]     10000, and without end; port 0 takes a free one</pre>
 */
final class EchoServer {
    private EchoServer() {}

    private static void serve(Sock connection) throws IOException {
        String client = connection.getRemoteAddress().host();
        byte[] data = new byte[16];
        for (int n; (n = connection.read(data, 0, data.length)) >= 0; ) {
            System.out.printf("%s: '%s'%n", client, new String(data, 0, n, UTF_8));
            connection.write(data, 0, n);
        }
    }

    public static void main(String[] arguments) throws IOException {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10000;
        int connections = arguments.length > 1 ? Integer.parseInt(arguments[1]) : Integer.MAX_VALUE;
        try (ServerSock server = ServerSock.listen("localhost", port)) {
            System.out.println("listening on port " + server.getLocalAddress().port());
            for (int i = 0; i < connections; i++) {
                try (Sock connection = server.accept()) {
                    serve(connection);
                }
            }
        }
    }
}

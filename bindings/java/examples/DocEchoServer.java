import java.io.IOException;
import libsock.Constants;
import libsock.ServerSock;
import libsock.Sock;
import libsock.SockAddress;

/**
 * The echo server of the Python documentation, over IPv4: serves one connection.
 *
 * <pre>java DocEchoServer.java [PORT]     50007; 0 takes a free one</pre>
 */
final class DocEchoServer {
    private DocEchoServer() {}

    public static void main(String[] arguments) throws IOException {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 50007;
        try (ServerSock server = ServerSock.open(Constants.AF_INET, Constants.SOCK_STREAM, 0)) {
            server.bind(SockAddress.ip("", port)).listen(1);
            System.out.println("listening on port " + server.getLocalAddress().port());
            try (Sock connection = server.accept()) {
                System.out.println("Connected by " + connection.getRemoteAddress());
                byte[] data = new byte[1024];
                for (int n; (n = connection.read(data, 0, data.length)) >= 0; ) {
                    connection.write(data, 0, n);
                }
            }
        }
    }
}

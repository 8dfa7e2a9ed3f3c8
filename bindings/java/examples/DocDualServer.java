import java.io.IOException;
import libsock.Constants;
import libsock.Lookup;
import libsock.ServerSock;
import libsock.Sock;

/**
 * The second echo server of the Python documentation: on the first address of this machine that works, IPv4 or IPv6.
 *
 * <pre>java DocDualServer.java [PORT]     50007; 0 takes a free one</pre>
 */
final class DocDualServer {
    private DocDualServer() {}

    private static ServerSock listener(String port) throws IOException {
        IOException last = new IOException("no address");
        Lookup lookup = new Lookup().type(Constants.SOCK_STREAM).flags(Constants.AI_PASSIVE);
        for (Lookup.Result found : lookup.addresses(null, port)) {
            try {
                return ServerSock.listen(found.address());
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    public static void main(String[] arguments) throws IOException {
        try (ServerSock server = listener(arguments.length > 0 ? arguments[0] : "50007")) {
            System.out.println("listening on port " + server.getLocalAddress().port());
            try (Sock connection = server.accept()) {
                System.out.println("Connected by " + connection.getRemoteAddress());
                connection.inputStream().transferTo(connection.outputStream());
            }
        }
    }
}

package libsock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static libsock.Tests.LONG;
import static libsock.Tests.check;
import static libsock.Tests.equal;
import static libsock.Tests.fails;
import static libsock.Tests.pattern;
import static libsock.Tests.start;
import static libsock.Tests.startAction;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** The JDK's own code over libsock: Socket, ServerSocket, SSLSocket, HttpServer, HttpClient. */
final class JdkTest {
    private static final String PASSWORD = "changeit";

    /** Checks that the JVM was started with the provider, so that the tests test libsock. */
    private static void overLibsock() throws IOException {
        try (SocketChannel channel = SocketChannel.open()) {
            equal("libsock.NioSocket", channel.getClass().getName());
        }
    }

    @Test void socketEcho() throws Exception {
        try (ServerSocket server = Sockets.serverSocketFactory().createServerSocket(0)) {
            Tests.Call<Void> serving = startAction(() -> {
                try (Socket connection = server.accept()) {
                    connection.getInputStream().transferTo(connection.getOutputStream());
                }
            });
            try (Socket client = Sockets.socketFactory().createSocket("localhost", server.getLocalPort())) {
                byte[] data = pattern(1 << 20);
                Tests.Call<Void> sending = startAction(() -> {
                    client.getOutputStream().write(data);
                    client.shutdownOutput();
                });
                check(Arrays.equals(data, client.getInputStream().readAllBytes()), "changed");
                sending.result();
                equal(server.getLocalPort(), client.getPort());
                check(client.getInetAddress().isLoopbackAddress(), "" + client);
                check(client.isConnected() && client.isBound() && !client.isClosed(), "" + client);
            }
            serving.result();
        }
    }

    @Test void socketOptions() throws Exception {
        try (Socket socket = Sockets.socket()) {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.setReuseAddress(true);
            socket.setOOBInline(true);
            socket.setSoLinger(true, 3);
            socket.setSoTimeout(1234);
            socket.setReceiveBufferSize(64 << 10);
            socket.setTrafficClass(8);
            check(socket.getTcpNoDelay() && socket.getKeepAlive() && socket.getReuseAddress() && socket.getOOBInline(),
                    "flags");
            equal(3, socket.getSoLinger());
            equal(1234, socket.getSoTimeout());
            equal(64 << 10, socket.getReceiveBufferSize());
            equal(8, socket.getTrafficClass());
            socket.setSoLinger(false, 0);
            equal(-1, socket.getSoLinger());
            socket.setOption(java.net.StandardSocketOptions.TCP_NODELAY, false);
            equal(false, socket.getTcpNoDelay());
        }
    }

    @Test void socketLimits() throws Exception {
        int port;
        try (ServerSocket server = Sockets.serverSocket()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            port = server.getLocalPort();
            server.setSoTimeout(50);
            long begin = System.nanoTime();
            fails(SocketTimeoutException.class, server::accept);
            check(System.nanoTime() - begin >= 50_000_000, "too early");
            try (Socket client = Sockets.socket()) {
                client.connect(server.getLocalSocketAddress(), 5000);
                Socket connection = server.accept();
                client.setSoTimeout(50);
                InputStream in = client.getInputStream();
                fails(SocketTimeoutException.class, in::read);
                connection.getOutputStream().write(7);
                equal(7, in.read());
                equal(0, in.available());
                connection.getOutputStream().write(new byte[3]);
                client.setSoTimeout(0);
                in.read();
                equal(2, in.available());
                Tests.Call<Integer> reading = start(connection.getInputStream()::read).waiting();
                connection.close();
                SocketException e = fails(SocketException.class, reading::result);
                equal("Socket closed", e.getMessage());
                in.skipNBytes(2);
                equal(-1, in.read());
                client.shutdownInput();
                equal(-1, in.read());
            }
        }
        try (Socket client = Sockets.socket()) {
            fails(ConnectException.class, () -> client.connect(new InetSocketAddress("127.0.0.1", port)));
        }
    }

    /** A platform thread of java.net is not interruptible; a virtual one is, and its socket is closed. */
    @Test void socketInterrupt() throws Exception {
        try (Sock.Pair pair = Sock.pair()) {
            Socket socket = Sockets.of(pair.one());
            Tests.Call<Integer> reading = start(socket.getInputStream()::read).waiting();
            reading.thread.interrupt();
            if (reading.thread.isVirtual()) {
                SocketException e = fails(SocketException.class, reading::result);
                equal("Closed by interrupt", e.getMessage());
            } else {
                reading.waiting();
                pair.other().write(new byte[] {5});
                equal(5, reading.result());
            }
        }
    }

    /** Deadlines and tokens of the Sock reach the Socket. */
    @Test void socketOfSock() throws Exception {
        try (Sock.Pair pair = Sock.pair();
                CancelToken token = new CancelToken()) {
            Socket socket = Sockets.of(pair.one());
            pair.one().setDeadline(Duration.ofMillis(20));
            fails(SocketTimeoutException.class, socket.getInputStream()::read);
            pair.one().setDeadline(null);
            pair.one().setCancel(token);
            Tests.Call<Integer> reading = start(socket.getInputStream()::read).waiting();
            token.fire();
            fails(CanceledException.class, reading::result);
        }
    }

    // TLS ------------------------------------------------------------------------------------------

    private static SSLContext context() throws Exception {
        Path store = Path.of(System.getProperty("libsock.keystore"));
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD.toCharArray());
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }

    @Test void tlsEcho() throws Exception {
        SSLContext context = context();
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            try (ServerSocket server = Sockets.serverSocketFactory().createServerSocket(0)) {
                Tests.Call<String> serving = start(() -> {
                    Socket plain = server.accept();
                    try (SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(plain, null, true)) {
                        tls.getInputStream().transferTo(tls.getOutputStream());
                        return tls.getSession().getProtocol();
                    }
                });
                Socket plain = Sockets.socketFactory().createSocket("localhost", server.getLocalPort());
                try (SSLSocket tls = (SSLSocket) context.getSocketFactory()
                        .createSocket(plain, "localhost", server.getLocalPort(), true)) {
                    SSLParameters parameters = tls.getSSLParameters();
                    parameters.setEndpointIdentificationAlgorithm("HTTPS");
                    parameters.setProtocols(new String[] {version});
                    tls.setSSLParameters(parameters);
                    byte[] data = pattern(1 << 20);
                    Tests.Call<Void> sending = startAction(() -> {
                        tls.getOutputStream().write(data);
                        tls.shutdownOutput();
                    });
                    check(Arrays.equals(data, tls.getInputStream().readAllBytes()), "changed");
                    sending.result();
                }
                equal(version, serving.result());
            }
        }
    }

    @Test void tlsLimits() throws Exception {
        SSLContext context = context();
        // The peer never answers the handshake.
        try (Sock.Pair pair = Tests.tcp()) {
            Socket plain = Sockets.of(pair.one());
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", 1, true);
            pair.one().setDeadline(Duration.ofMillis(100));
            long begin = System.nanoTime();
            fails(IOException.class, tls::startHandshake);
            long took = System.nanoTime() - begin;
            check(took >= 100_000_000 && took < LONG.toNanos(), "took " + took);
        }
        try (Sock.Pair pair = Tests.tcp()) {
            Socket plain = Sockets.of(pair.one());
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", 1, true);
            Tests.Call<Void> shaking = startAction(tls::startHandshake).waiting();
            pair.one().close();
            fails(IOException.class, shaking::result);
        }
    }

    // HTTP -----------------------------------------------------------------------------------------

    private static void serve(HttpServer server) {
        server.createContext("/echo", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            check(exchange.getRemoteAddress().getAddress().isLoopbackAddress(), "" + exchange.getRemoteAddress());
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        server.createContext("/chunked", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(pattern(300_000));
            }
        });
        server.start();
    }

    private static void requests(HttpClient client, String at, int count) throws Exception {
        List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(at + "/echo")).timeout(LONG)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(pattern(i * 100 + 1))).build();
            answers.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()));
        }
        for (int i = 0; i < count; i++) {
            HttpResponse<byte[]> answer = answers.get(i).get();
            equal(200, answer.statusCode());
            check(Arrays.equals(pattern(i * 100 + 1), answer.body()), "changed");
        }
        HttpRequest chunked = HttpRequest.newBuilder(URI.create(at + "/chunked")).timeout(LONG).build();
        check(Arrays.equals(pattern(300_000), client.send(chunked, HttpResponse.BodyHandlers.ofByteArray()).body()), "changed");
        HttpRequest missing = HttpRequest.newBuilder(URI.create(at + "/nothing")).timeout(LONG).build();
        equal(404, client.send(missing, HttpResponse.BodyHandlers.ofString(UTF_8)).statusCode());
    }

    @Test(once = true) void httpServer() throws Exception {
        overLibsock();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try (var executor = Executors.newVirtualThreadPerTaskExecutor();
                HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            server.setExecutor(executor);
            serve(server);
            for (int round = 0; round < 5; round++) {
                requests(client, "http://localhost:" + server.getAddress().getPort(), 40);
            }
            server.stop(0);
        }
    }

    @Test(once = true) void httpsServer() throws Exception {
        overLibsock();
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context()));
        try (var executor = Executors.newCachedThreadPool();
                HttpClient client = HttpClient.newBuilder().sslContext(context()).build()) {
            server.setExecutor(executor);
            serve(server);
            for (int round = 0; round < 5; round++) {
                requests(client, "https://localhost:" + server.getAddress().getPort(), 8);
            }
            server.stop(0);
        }
    }

    /** The HTTP server over a SocketImpl: requests by a plain Socket of libsock. */
    @Test void httpOverSocket() throws Exception {
        overLibsock();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        serve(server);
        try (Socket socket = Sockets.socketFactory().createSocket("localhost", server.getAddress().getPort())) {
            socket.getOutputStream().write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
                    .getBytes(UTF_8));
            String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
            check(answer.startsWith("HTTP/1.1 200") && answer.endsWith("\r\n\r\nhello"), answer);
        }
        server.stop(0);
    }
}

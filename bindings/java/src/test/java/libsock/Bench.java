package libsock;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.FutureTask;

/**
 * Figures compared with the JDK's own sockets. Each compares neighbouring blocks of a few operations within one process,
 * in alternating order, so that it is valid on a busy machine; "noise" compares the JDK with itself.
 */
final class Bench {
    private static final int SIZE = 64;
    private static final int BLOCK = 50;
    private static final int WARM = 400;
    private static final int PAIRS = Integer.getInteger("libsock.pairs", 2000);

    private Bench() {}

    private interface Block {
        void run() throws IOException;
    }

    /** Two ends of a connection: a message goes from one to the other. */
    private interface Link {
        void send() throws IOException;

        void receive() throws IOException;

        void answer() throws IOException;

        void collect() throws IOException;
    }

    private record Streams(OutputStream out, InputStream in, OutputStream back, InputStream home, byte[] bytes)
            implements Link {
        static Streams of(Socket one, Socket other) throws IOException {
            one.setTcpNoDelay(true);
            other.setTcpNoDelay(true);
            return new Streams(one.getOutputStream(), other.getInputStream(), other.getOutputStream(),
                    one.getInputStream(), new byte[SIZE]);
        }

        @Override
        public void send() throws IOException {
            out.write(bytes, 0, SIZE);
        }

        @Override
        public void receive() throws IOException {
            whole(in.read(bytes, 0, SIZE));
        }

        @Override
        public void answer() throws IOException {
            back.write(bytes, 0, SIZE);
        }

        @Override
        public void collect() throws IOException {
            whole(home.read(bytes, 0, SIZE));
        }
    }

    private record Socks(Sock one, Sock other, byte[] bytes) implements Link {
        @Override
        public void send() throws IOException {
            one.write(bytes, 0, SIZE);
        }

        @Override
        public void receive() throws IOException {
            whole(other.read(bytes, 0, SIZE));
        }

        @Override
        public void answer() throws IOException {
            other.write(bytes, 0, SIZE);
        }

        @Override
        public void collect() throws IOException {
            whole(one.read(bytes, 0, SIZE));
        }
    }

    private interface ByteLink {
        int write(ByteBuffer from) throws IOException;

        int read(ByteBuffer to) throws IOException;
    }

    private static Block buffers(ByteLink one, ByteLink other) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);
        return () -> {
            for (int i = 0; i < BLOCK; i++) {
                one.write(buffer.clear());
                whole(other.read(buffer.clear()));
            }
        };
    }

    private static ByteLink link(SocketChannel channel) {
        return new ByteLink() {
            @Override
            public int write(ByteBuffer from) throws IOException {
                return channel.write(from);
            }

            @Override
            public int read(ByteBuffer to) throws IOException {
                return channel.read(to);
            }
        };
    }

    private static ByteLink link(Sock sock) {
        return new ByteLink() {
            @Override
            public int write(ByteBuffer from) throws IOException {
                return sock.write(from);
            }

            @Override
            public int read(ByteBuffer to) throws IOException {
                return sock.read(to);
            }
        };
    }

    private static void whole(int n) {
        if (n != SIZE) {
            throw new AssertionError(n + " bytes");
        }
    }

    private static Link jdk() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Socket one = new Socket(server.getInetAddress(), server.getLocalPort());
            return Streams.of(one, server.accept());
        }
    }

    private static Link impl() throws IOException {
        try (ServerSocket server = Sockets.serverSocket()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            Socket one = Sockets.socketFactory().createSocket(server.getInetAddress(), server.getLocalPort());
            return Streams.of(one, server.accept());
        }
    }

    private static Link sock() throws IOException {
        Sock.Pair pair = Tests.tcp();
        for (Sock end : new Sock[] {pair.one(), pair.other()}) {
            end.options().set(Constants.IPPROTO_TCP, Constants.TCP_NODELAY, 1);
        }
        return new Socks(pair.one(), pair.other(), new byte[SIZE]);
    }

    /** A message is sent, and received when it is there. */
    private static Block ready(Link link) {
        return () -> {
            for (int i = 0; i < BLOCK; i++) {
                link.send();
                link.receive();
            }
        };
    }

    /** A message to a thread that waits, and its answer. */
    private static Block waiting(Link link, boolean virtual) {
        (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon()).start(() -> {
            try {
                while (true) {
                    link.receive();
                    link.answer();
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        return () -> {
            for (int i = 0; i < BLOCK; i++) {
                link.send();
                link.collect();
            }
        };
    }

    private static void compare(String name, Block theirs, Block ours, int pairs) throws IOException {
        for (int i = 0; i < Math.min(WARM, pairs); i++) {
            theirs.run();
            ours.run();
        }
        double[] ratios = new double[pairs];
        long[] times = new long[2];
        for (int i = 0; i < pairs; i++) {
            Block first = i % 2 == 0 ? theirs : ours;
            Block second = i % 2 == 0 ? ours : theirs;
            long begin = System.nanoTime();
            first.run();
            long middle = System.nanoTime();
            second.run();
            long end = System.nanoTime();
            long jdk = i % 2 == 0 ? middle - begin : end - middle;
            long own = i % 2 == 0 ? end - middle : middle - begin;
            ratios[i] = (double) own / jdk;
            times[0] += jdk;
            times[1] += own;
        }
        Arrays.sort(ratios);
        long count = (long) pairs * BLOCK;
        System.out.printf("%-52s jdk %6d ns  libsock %6d ns  ratio %.3f%n", name, times[0] / count, times[1] / count,
                ratios[pairs / 2]);
    }

    private static void all(String label, boolean virtual) throws IOException {
        Link jdk = jdk();
        compare("Sock, ready, tcp" + label, ready(jdk), ready(sock()), PAIRS);
        compare("java.net.Socket over libsock, ready, tcp" + label, ready(jdk), ready(impl()), PAIRS);
        compare("noise, ready, tcp" + label, ready(jdk), ready(jdk()), PAIRS);
        compare("Sock, waiting, tcp" + label, waiting(jdk, virtual), waiting(sock(), virtual), PAIRS / 5);
        compare("java.net.Socket over libsock, waiting, tcp" + label, waiting(jdk(), virtual), waiting(impl(), virtual),
                PAIRS / 5);
        compare("noise, waiting, tcp" + label, waiting(jdk(), virtual), waiting(jdk(), virtual), PAIRS / 5);
    }

    private static void unix() throws IOException {
        Path path = Files.createTempDirectory("libsock").resolve("s");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            SocketChannel one = SocketChannel.open(UnixDomainSocketAddress.of(path));
            SocketChannel other = server.accept();
            Sock.Pair pair = Sock.pair();
            compare("Sock against SocketChannel, direct buffers, unix", buffers(link(one), link(other)),
                    buffers(link(pair.one()), link(pair.other())), PAIRS);
        } finally {
            Files.delete(path);
            Files.delete(path.getParent());
        }
    }

    public static void main(String[] arguments) throws Exception {
        all("", false);
        unix();
        FutureTask<Void> virtual = new FutureTask<>(() -> {
            all(", virtual threads", true);
            return null;
        });
        Thread.startVirtualThread(virtual);
        virtual.get();
        System.exit(0);
    }
}

package libsock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static libsock.Tests.LONG;
import static libsock.Tests.check;
import static libsock.Tests.descriptors;
import static libsock.Tests.equal;
import static libsock.Tests.fails;
import static libsock.Tests.failsWith;
import static libsock.Tests.pattern;
import static libsock.Tests.start;
import static libsock.Tests.startAction;
import static libsock.Tests.tcp;
import static libsock.Tests.udp;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The cases of bindings/behaviour.md but batches and pollers, under their names. */
final class BehaviourTest {
    private static final Duration SHORT = Duration.ofMillis(50);

    /** Serves one connection and sends everything back. */
    private static Tests.Call<Void> echo(ServerSock server) {
        return startAction(() -> {
            try (Sock connection = server.accept()) {
                byte[] buffer = new byte[10000];
                for (int n; (n = connection.read(buffer, 0, buffer.length)) >= 0; ) {
                    connection.write(buffer, 0, n);
                }
            }
        });
    }

    private static void echoes(ServerSock server, Sock client) throws Exception {
        Tests.Call<Void> serving = echo(server);
        try (client) {
            for (int size : new int[] {1, 1 << 20}) {
                byte[] sent = pattern(size);
                Tests.Call<Void> sending = startAction(() -> client.writeAll(sent));
                check(Arrays.equals(sent, client.readExactly(size)), size + " bytes came back changed");
                sending.result();
            }
            client.shutdownOutput();
            equal(-1, client.read(ByteBuffer.allocate(1)));
        }
        serving.result();
    }

    @Test void echoTcp() throws Exception {
        try (ServerSock server = ServerSock.listen("127.0.0.1", 0)) {
            echoes(server, Sock.connect("127.0.0.1", server.getLocalAddress().port(), LONG));
        }
    }

    @Test void echoUdp() throws Exception {
        try (Sock server = Sock.open(Constants.AF_INET, Constants.SOCK_DGRAM, 0);
                Sock client = Sock.open(Constants.AF_INET, Constants.SOCK_DGRAM, 0)) {
            server.bind(SockAddress.ip("127.0.0.1", 0));
            client.bind(SockAddress.ip("127.0.0.1", 0));
            ByteBuffer room = ByteBuffer.allocate(100);
            for (String text : List.of("hello", "")) {
                equal(text.length(), client.send(ByteBuffer.wrap(text.getBytes(UTF_8)), server.getLocalAddress()));
                SockAddress from = server.receive(room.clear());
                equal(client.getLocalAddress(), from);
                equal(text.length(), room.position());
                server.send(room.flip(), from.toSocketAddress());
                client.receive(room.clear());
                equal(text, new String(room.array(), 0, room.position(), UTF_8));
            }
        }
    }

    @Test void echoUnix() throws Exception {
        Path directory = Files.createTempDirectory("libsock");
        Path path = directory.resolve("s");
        SockAddress name = SockAddress.unixAbstract("libsock\0" + ProcessHandle.current().pid() + Thread.currentThread());
        for (SockAddress address : List.of(SockAddress.unix(path), name)) {
            try (ServerSock server = ServerSock.listen(address)) {
                equal(address, server.getLocalAddress());
                equal(address, SockAddress.parse(address.toString()));
                echoes(server, Sock.connect(address, LONG));
            }
        }
        Files.delete(path);
        Files.delete(directory);
    }

    @Test void echoIpv6() throws Exception {
        try (ServerSock server = ServerSock.listen("::1", "0", new ServerOptions().family(Constants.AF_INET6))) {
            echoes(server, Sock.connect("::1", server.getLocalAddress().port(), LONG));
        } catch (IOException e) {
            if (e instanceof SockError error && error.codeName().equals("EADDRNOTAVAIL")) {
                throw new Tests.Skipped("this machine has no IPv6");
            }
            throw e;
        }
    }

    @Test void refused() throws Exception {
        int port;
        try (ServerSock server = ServerSock.listen("127.0.0.1", 0)) {
            port = server.getLocalAddress().port();
        }
        fails(ConnectException.class, () -> Sock.connect("127.0.0.1", port));
        SockError error = failsWith("ECONNREFUSED", () -> Sock.connect(SockAddress.ip("127.0.0.1", port), LONG));
        equal((int) Constants.value("ECONNREFUSED"), error.errno());
        equal("Connection refused", ((Exception) error).getMessage());
    }

    @Test void endOfStream() throws Exception {
        try (Sock.Pair pair = tcp()) {
            pair.one().shutdownOutput();
            equal(-1, pair.other().read(ByteBuffer.allocate(10)));
            equal(-1, pair.other().inputStream().read());
            pair.other().writeAll("still here".getBytes(UTF_8));
            equal("still here", new String(pair.one().readExactly(10), UTF_8));
        }
    }

    @Test void brokenPipe() throws Exception {
        for (Sock.Pair pair : List.of(tcp(), Sock.pair())) {
            try (pair) {
                pair.other().close();
                Exception e = fails(IOException.class, () -> {
                    for (int i = 0; i < 100_000; i++) {
                        pair.one().writeAll(new byte[1000]);
                    }
                });
                check(List.of("EPIPE", "ECONNRESET").contains(((SockError) e).codeName()), e.toString());
            }
        }
    }

    @Test void timeoutRead() throws Exception {
        for (Sock.Pair pair : List.of(tcp(), udp())) {
            try (pair) {
                pair.one().setTimeout(SHORT);
                for (ByteBuffer room : List.of(ByteBuffer.allocate(1), ByteBuffer.allocateDirect(1))) {
                    long begin = System.nanoTime();
                    SocketTimeoutException e = fails(SocketTimeoutException.class, () -> pair.one().read(room));
                    check(System.nanoTime() - begin >= SHORT.toNanos(), "too early");
                    equal("timed out", e.getMessage());
                    equal("SOCK_ETIMEDOUT", ((SockError) e).codeName());
                }
            }
        }
    }

    @Test void timeoutKeepsData() throws Exception {
        try (Sock.Pair pair = tcp()) {
            pair.one().setTimeout(Duration.ofMillis(20));
            fails(SocketTimeoutException.class, () -> pair.one().readExactly(4));
            pair.other().writeAll("late".getBytes(UTF_8));
            pair.one().setTimeout(LONG);
            equal("late", new String(pair.one().readExactly(4), UTF_8));
        }
    }

    @Test void deadlinePast() throws Exception {
        try (Sock.Pair pair = tcp()) {
            pair.other().writeAll("ready".getBytes(UTF_8));
            pair.one().setDeadline(SockChannel.Direction.READ, Duration.ZERO);
            for (int i = 0; i < 3; i++) {
                fails(SocketTimeoutException.class, () -> pair.one().read(ByteBuffer.allocate(5)));
            }
            pair.one().setDeadline(null);
            equal("ready", new String(pair.one().readExactly(5), UTF_8));
        }
    }

    @Test void deadlineMovesBlocked() throws Exception {
        try (Sock.Pair pair = tcp()) {
            Tests.Call<Integer> reading = start(() -> pair.one().read(ByteBuffer.allocate(1))).waiting();
            pair.one().setDeadline(SockChannel.Direction.READ, LONG);
            reading.waiting();
            pair.one().setDeadline(SockChannel.Direction.READ, Duration.ofMillis(1));
            fails(SocketTimeoutException.class, reading::result);
        }
    }

    @Test void deadlineDirections() throws Exception {
        try (Sock.Pair pair = tcp()) {
            pair.one().setDeadline(SockChannel.Direction.READ, Duration.ofNanos(1));
            pair.one().writeAll(new byte[1]);
            pair.other().setDeadline(SockChannel.Direction.WRITE, Duration.ofSeconds(-1));
            pair.other().readExactly(1);
            fails(SocketTimeoutException.class, () -> pair.one().readExactly(1));
            fails(SocketTimeoutException.class, () -> pair.other().writeAll(new byte[1]));
        }
    }

    @Test void cancelBlocked() throws Exception {
        try (Sock.Pair pair = tcp();
                CancelToken token = new CancelToken()) {
            pair.one().setCancel(token);
            Tests.Call<Integer> reading = start(() -> pair.one().read(ByteBuffer.allocate(1))).waiting();
            token.fire();
            fails(CanceledException.class, reading::result);
            pair.one().setCancel(null);
            reading = start(() -> pair.one().read(ByteBuffer.allocate(1))).waiting();
            // One that is attached while the call waits; closing it fires it.
            try (CancelToken second = new CancelToken()) {
                pair.one().setCancel(second);
            }
            fails(CanceledException.class, reading::result);
            // A closed token is as none.
            pair.other().writeAll(new byte[1]);
            equal(1, pair.one().read(ByteBuffer.allocate(1)));
        }
    }

    @Test void cancelMany() throws Exception {
        List<Sock.Pair> pairs = new ArrayList<>();
        try (CancelToken token = new CancelToken()) {
            List<Tests.Call<Integer>> calls = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                Sock.Pair pair = i % 2 == 0 ? tcp() : Sock.pair();
                pairs.add(pair);
                pair.one().setCancel(token);
                calls.add(start(() -> pair.one().read(ByteBuffer.allocate(1))));
            }
            calls.getLast().waiting();
            token.fire();
            for (Tests.Call<Integer> call : calls) {
                fails(CanceledException.class, call::result);
            }
            for (Sock.Pair pair : pairs) {
                fails(CanceledException.class, () -> pair.one().writeAll(new byte[1]));
            }
        } finally {
            for (Sock.Pair pair : pairs) {
                pair.close();
            }
        }
    }

    @Test void cancelBefore() throws Exception {
        try (Sock.Pair pair = tcp();
                CancelToken token = new CancelToken()) {
            pair.other().writeAll("ready".getBytes(UTF_8));
            token.fire();
            pair.one().setCancel(token);
            failsWith("SOCK_ECANCELED", () -> pair.one().readExactly(5));
            pair.one().setCancel(null);
            equal("ready", new String(pair.one().readExactly(5), UTF_8));
        }
    }

    @Test void closeWakesRead() throws Exception {
        for (Sock.Pair pair : List.of(tcp(), udp(), Sock.pair(),
                Sock.pair(Constants.AF_UNIX, Constants.SOCK_DGRAM, 0), Sock.pair(Constants.AF_UNIX, Constants.SOCK_SEQPACKET, 0))) {
            try (pair) {
                Tests.Call<Integer> reading = start(() -> pair.one().read(ByteBuffer.allocate(1)));
                Tests.Call<SockAddress> other = start(() -> pair.one().receive(ByteBuffer.allocateDirect(1)));
                reading.waiting();
                pair.one().close();
                AsynchronousCloseException e = fails(AsynchronousCloseException.class, reading::result);
                check(e.getMessage().contains("closed"), e.toString());
                fails(AsynchronousCloseException.class, other::result);
            }
        }
    }

    @Test void closeWakesAccept() throws Exception {
        for (int i = 0; i < 20; i++) {
            ServerSock server = ServerSock.listen("127.0.0.1", 0);
            Tests.Call<Sock> accepting = start(server::accept);
            if (i % 2 == 0) {
                accepting.waiting();
            }
            int port = server.getLocalAddress().port();
            server.close();
            ServerSock.listen("127.0.0.1", port).close();
            fails(ClosedChannelException.class, accepting::result);
        }
    }

    @Test void closeTwice() throws Exception {
        try (Sock.Pair pair = tcp()) {
            Sock closed = pair.one();
            closed.close();
            closed.close();
            check(!closed.isOpen(), "open");
            for (Tests.Action call : List.<Tests.Action>of(() -> closed.read(ByteBuffer.allocate(1)),
                    () -> closed.write(new byte[1]), () -> closed.setDeadline(LONG), closed::shutdownOutput,
                    closed::getLocalAddress, () -> closed.setOption(StandardSocketOptions.TCP_NODELAY, true),
                    () -> closed.setCancel(null), () -> closed.receive(ByteBuffer.allocate(1)), closed::fileno,
                    closed::detach)) {
                fails(ClosedChannelException.class, call);
            }
        }
    }

    @Test void noStranger() throws Exception {
        for (int i = 0; i < 50; i++) {
            Sock.Pair old = Sock.pair();
            old.close();
            try (Sock.Pair young = Sock.pair()) {
                young.one().writeAll("for somebody else".getBytes(UTF_8));
                young.other().writeAll("for somebody else".getBytes(UTF_8));
                fails(ClosedChannelException.class, () -> old.one().read(ByteBuffer.allocate(20)));
                fails(ClosedChannelException.class, () -> old.other().read(ByteBuffer.allocate(20)));
            }
        }
    }

    @Test void connectByName() throws Exception {
        try (ServerSock server = ServerSock.listen("127.0.0.1", 0)) {
            try (Sock sock = Sock.connect("localhost", server.getLocalAddress().port(), LONG)) {
                equal(server.getLocalAddress(), sock.getRemoteAddress());
            }
        }
        try {
            equal(80, NetDb.servicePort("http", "tcp"));
        } catch (IOException e) {
            throw new Tests.Skipped("this machine has no services");
        }
        // A service by name: there may be no listener, but the name must be known.
        try {
            Sock.connect("localhost", "http", new ConnectOptions().timeout(LONG)).close();
        } catch (ConnectException e) {
            equal("ECONNREFUSED", ((SockError) e).codeName());
        }
    }

    /** ctests/runner/java.py runs this in a namespace whose /etc/hosts says that two.test has two addresses. */
    @Test void connectAttempts() throws Exception {
        if (System.getenv("LIBSOCK_HOSTS") == null) {
            throw new Tests.Skipped("needs its own /etc/hosts: the runner makes one");
        }
        List<SockAddress> found = Lookup.all("two.test");
        equal(2, found.size());
        // Only the second address has a listener.
        try (ServerSock server = ServerSock.listen(found.get(1).host(), 0)) {
            List<Attempt> attempts = new ArrayList<>();
            String port = Integer.toString(server.getLocalAddress().port());
            try (Sock sock = Sock.connect("two.test", port, new ConnectOptions().timeout(LONG).attempts(attempts::addAll))) {
                equal(server.getLocalAddress(), sock.getRemoteAddress());
            }
            // A family without an address is reported too, as a failed lookup.
            attempts.removeIf(attempt -> attempt.phase() == Attempt.Phase.LOOKUP);
            equal(2, attempts.size());
            equal(Attempt.Phase.CONNECT, attempts.get(0).phase());
            equal(found.get(0).host(), attempts.get(0).address().host());
            check(attempts.get(0).failure() instanceof ConnectException, "" + attempts.get(0));
            equal(new Object[] {Attempt.Phase.CONNECTED}[0], attempts.get(1).phase());
            equal(server.getLocalAddress(), attempts.get(1).address());
            equal(0, attempts.get(1).code());
        }
    }

    @Test void connectDeadline() throws Exception {
        // A full backlog answers no further connection.
        try (ServerSock silent = ServerSock.open(Constants.AF_INET, Constants.SOCK_STREAM, 0)
                .bind(SockAddress.ip("127.0.0.1", 0)).listen(0)) {
            List<Sock> filling = new ArrayList<>();
            SockAddress address = silent.getLocalAddress();
            try {
                for (int i = 0; i < 20; i++) {
                    filling.add(Sock.connect(address, Duration.ofMillis(100)));
                }
                throw new Tests.Skipped("a full backlog refuses here");
            } catch (SocketTimeoutException e) {
                for (String host : List.of("127.0.0.1", "localhost")) {
                    long begin = System.nanoTime();
                    ConnectOptions options = new ConnectOptions().family(Constants.AF_INET).timeout(Duration.ofMillis(150));
                    fails(SocketTimeoutException.class,
                            () -> Sock.connect(host, Integer.toString(address.port()), options));
                    Duration took = Duration.ofNanos(System.nanoTime() - begin);
                    check(took.toMillis() >= 150 && took.compareTo(LONG) < 0, "took " + took);
                }
                try (CancelToken token = new CancelToken()) {
                    Tests.Call<Sock> connecting = start(() -> Sock.connect("127.0.0.1",
                            Integer.toString(address.port()), new ConnectOptions().cancel(token))).waiting();
                    token.fire();
                    fails(CanceledException.class, connecting::result);
                }
            } finally {
                for (Sock sock : filling) {
                    sock.close();
                }
            }
        }
    }

    @Test void lookupNumeric() throws Exception {
        for (String host : List.of("192.0.2.1", "::1", "2001:db8::1")) {
            List<SockAddress> found = Lookup.all(host);
            equal(1, found.size());
            equal(host, found.getFirst().host());
        }
        for (String text : List.of("192.0.2.1:80", "[::1]:443")) {
            SockAddress address = SockAddress.parse(text);
            equal(text, address.toString());
            equal(address, SockAddress.of(address.toSocketAddress()));
        }
        equal(List.of(SockAddress.ip("192.0.2.1", 80)), new Lookup().type(Constants.SOCK_STREAM)
                .addresses("192.0.2.1", "80").stream().map(Lookup.Result::address).toList());
        equal(new Lookup.Names("192.0.2.1", "80"), new Lookup().flags(Constants.NI_NUMERICHOST | Constants.NI_NUMERICSERV)
                .names(SockAddress.ip("192.0.2.1", 80)));
    }

    @Test void lookupUnknown() throws Exception {
        for (Tests.Action call : List.<Tests.Action>of(() -> Lookup.all("nobody.invalid"),
                () -> Sock.connect("nobody.invalid", 80, LONG), () -> ServerSock.listen("nobody.invalid", 0))) {
            UnknownHostException e = fails(UnknownHostException.class, call);
            check(((SockError) e).codeName().startsWith("EAI_"), ((SockError) e).codeName());
        }
    }

    @Test void recvExact() throws Exception {
        try (Sock.Pair pair = tcp()) {
            Tests.Call<byte[]> reading = start(() -> pair.one().readExactly(6));
            pair.other().writeAll("abc".getBytes(UTF_8));
            reading.waiting();
            pair.other().writeAll("def".getBytes(UTF_8));
            equal("abcdef", new String(reading.result(), UTF_8));
            pair.other().writeAll("gh".getBytes(UTF_8));
            pair.other().shutdownOutput();
            EOFException e = fails(EOFException.class, () -> pair.one().readExactly(5));
            equal(2L, ((SockError) e).transferred());
        }
    }

    @Test void sendAll() throws Exception {
        byte[] data = pattern(8 << 20);
        for (ByteBuffer from : List.of(ByteBuffer.wrap(data), ByteBuffer.allocateDirect(data.length).put(data).flip())) {
            try (Sock.Pair pair = tcp()) {
                pair.one().setTimeout(LONG);
                Tests.Call<Integer> sending = start(() -> pair.one().write(from));
                byte[] got = new byte[data.length];
                int done = 0;
                while (done < got.length) {
                    done += pair.other().read(got, done, Math.min(100_000, got.length - done));
                    if (done < 1 << 20) {
                        Thread.sleep(1);
                    }
                }
                equal(data.length, sending.result());
                check(Arrays.equals(data, got), "changed");
                // The count of what went before a limit.
                pair.one().setTimeout(SHORT);
                ByteBuffer again = ByteBuffer.wrap(data);
                SocketTimeoutException e = fails(SocketTimeoutException.class, () -> pair.one().write(again));
                long sent = ((SockError) e).transferred();
                equal((long) again.position(), sent);
                pair.one().shutdownOutput();
                long came = 0;
                for (int n; (n = pair.other().read(got, 0, got.length)) >= 0; ) {
                    came += n;
                }
                equal(sent, came);
            }
        }
    }

    @Test void passDescriptors() throws Exception {
        Descriptor[] pipe = Descriptor.pipe();
        try (Sock.Pair pair = Sock.pair()) {
            pair.one().sendDescriptors(new byte[1], pipe);
            List<Descriptor> came = pair.other().receiveDescriptors(ByteBuffer.allocate(1), 2);
            equal(2, came.size());
            for (Descriptor one : came) {
                String info = Files.readString(Path.of("/proc/self/fdinfo/" + one.number()));
                long flags = Stream.of(info.split("\n")).filter(line -> line.startsWith("flags:"))
                        .mapToLong(line -> Long.parseLong(line.substring(6).strip(), 8)).sum();
                check((flags & 0x80000) != 0, "not close-on-exec: " + info);
            }
            equal(5, came.get(1).write("hello".getBytes(UTF_8)));
            byte[] got = new byte[5];
            equal(5, pipe[0].read(got));
            equal("hello", new String(got, UTF_8));
            came.forEach(Descriptor::close);
            // What is not taken is closed.
            int before = descriptors();
            pair.one().sendDescriptors(new byte[1], pipe);
            try (Control control = Control.room(0, 2)) {
                pair.other().receive(new Message(ByteBuffer.allocate(1)).control(control));
                equal(before + 2, descriptors());
            }
            equal(before, descriptors());
        } finally {
            for (Descriptor one : pipe) {
                one.close();
                one.close();
            }
        }
    }

    @Test void sendFile() throws Exception {
        byte[] data = pattern(8 << 20);
        Path path = Files.createTempFile("libsock", "file");
        Files.write(path, data);
        try (FileChannel file = FileChannel.open(path);
                Descriptor descriptor = Descriptor.open(path)) {
            file.position(100);
            descriptor.position(100);
            sent(data, sock -> sock.sendFile(file));
            equal((long) data.length, file.position());
            sent(data, sock -> sock.sendFile(descriptor, descriptor.position(), -1));
            equal((long) data.length, descriptor.position());
        } finally {
            Files.delete(path);
        }
    }

    private interface FileSender {
        long send(Sock sock) throws IOException;
    }

    private static void sent(byte[] data, FileSender sender) throws Exception {
        try (Sock.Pair pair = tcp()) {
            pair.one().setTimeout(LONG);
            Tests.Call<Long> sending = start(() -> sender.send(pair.one()));
            byte[] got = new byte[data.length - 100];
            int done = 0;
            while (done < got.length) {
                done += pair.other().read(got, done, Math.min(100_000, got.length - done));
                if (done < 1 << 20) {
                    Thread.sleep(1);
                }
            }
            equal((long) got.length, sending.result());
            check(Arrays.equals(Arrays.copyOfRange(data, 100, data.length), got), "changed");
        }
    }

    @Test void options() throws Exception {
        try (Sock.Pair pair = tcp()) {
            Sock sock = pair.one();
            for (boolean on : new boolean[] {true, false}) {
                sock.setOption(StandardSocketOptions.SO_REUSEADDR, on).setOption(StandardSocketOptions.TCP_NODELAY, on);
                equal(on, sock.getOption(StandardSocketOptions.SO_REUSEADDR));
                equal(on ? 1 : 0, sock.options().get(Constants.SOL_SOCKET, Constants.SO_REUSEADDR) == 0 ? 0 : 1);
                equal(on, sock.getOption(StandardSocketOptions.TCP_NODELAY));
            }
            sock.setOption(StandardSocketOptions.SO_RCVBUF, 32 << 10);
            equal(32 << 10, sock.getOption(StandardSocketOptions.SO_RCVBUF));
            sock.setOption(StandardSocketOptions.SO_LINGER, 5);
            equal(Duration.ofSeconds(5), sock.options().linger());
            sock.setOption(StandardSocketOptions.SO_LINGER, -1);
            equal(-1, sock.getOption(StandardSocketOptions.SO_LINGER));
            sock.options().setKeepAlive(true, Duration.ofSeconds(7), Duration.ofSeconds(3), 4);
            equal(7, sock.options().get(Constants.IPPROTO_TCP, (int) Constants.value("TCP_KEEPIDLE")));
            failsWith("EINVAL", () -> sock.options().setKeepAlive(true, Duration.ofMillis(1500), null, 0));
            sock.options().setUserTimeout(Duration.ofSeconds(3));
            equal(Duration.ofSeconds(3), sock.options().userTimeout());
            check(!sock.options().congestion().isEmpty(), "no congestion control");
            sock.writeAll(new byte[100]);
            pair.other().readExactly(100);
            Options.TcpInfo info = pair.other().options().tcpInfo();
            equal(1, info.state());
            equal(100L, info.bytesReceived());
            check(info.sendMss() > 100 && info.congestionWindow() > 0, info.toString());
        }
    }

    /** Other families: the kernel's SHA-1, and addresses of each with their text forms. */
    @Test void families() throws Exception {
        for (SockAddress address : List.of(Addresses.netlink(4711, 0), Addresses.packet("lo", 0x800),
                Addresses.can(""), Addresses.isotp("", 0x123, 0x456), Addresses.j1939("", 0, 0x40000, 0x20),
                Addresses.tipcName(1000, 1, 0), Addresses.tipcRange(1000, 0, 99, 2), Addresses.tipcId(1, 2),
                Addresses.l2cap("00:1A:7D:DA:71:13", 4097, 0, 0), Addresses.rfcomm("00:1A:7D:DA:71:13", 1),
                Addresses.hci(0, 1), Addresses.sco("00:1A:7D:DA:71:13"), Addresses.alg("hash", "sha1"),
                Addresses.vsock(3, 1024), Addresses.qipcrtr(1, 4))) {
            equal(address, SockAddress.parse(address.toString()));
            equal(address, SockAddress.ofNative(address.toNative()));
        }
        try (Sock netlink = Sock.open(Constants.AF_NETLINK, Constants.SOCK_RAW, 0).bind(Addresses.netlink(0, 0))) {
            equal(Constants.AF_NETLINK, netlink.getLocalAddress().family());
        }
        try (ServerSock algorithm = ServerSock.open(Constants.AF_ALG, Constants.SOCK_SEQPACKET, 0)
                .bind(Addresses.alg("hash", "sha1"))) {
            try (Sock hash = algorithm.accept()) {
                hash.sendAlgorithm("abc".getBytes(UTF_8), true, new byte[0], 0, 0);
                equal(ByteBuffer.wrap(java.security.MessageDigest.getInstance("SHA-1").digest("abc".getBytes(UTF_8))),
                        ByteBuffer.wrap(hash.readExactly(20)));
            }
        } catch (IOException e) {
            if (List.of("EAFNOSUPPORT", "ENOENT").contains(((SockError) e).codeName())) {
                throw new Tests.Skipped("this kernel has no AF_ALG");
            }
            throw e;
        }
    }

    @Test void optionUnknown() throws Exception {
        try (Sock.Pair pair = tcp()) {
            failsWith("ENOPROTOOPT", () -> pair.one().options().set(Constants.IPPROTO_TCP, 9999, 1));
            failsWith("ENOPROTOOPT", () -> pair.one().options().get(Constants.IPPROTO_TCP, 9999));
        }
    }

    @Test void badPort() throws Exception {
        for (int port : new int[] {-1, 65536, Integer.MAX_VALUE}) {
            for (Tests.Action call : List.<Tests.Action>of(() -> Sock.connect("127.0.0.1", port),
                    () -> ServerSock.listen("127.0.0.1", port), () -> SockAddress.ip("127.0.0.1", port))) {
                IllegalArgumentException e = fails(IllegalArgumentException.class, call);
                check(e.getMessage().contains("port"), e.getMessage());
            }
        }
    }

    @Test void badNul() throws Exception {
        for (Tests.Action call : List.<Tests.Action>of(() -> Sock.connect("127.0.0.1\0.example", 80),
                () -> Lookup.all("localhost\0"), () -> SockAddress.ip("127.0.0.1\0", 80),
                () -> SockAddress.unix("/tmp/a\0b"), () -> NetDb.interfaceIndex("lo\0"),
                () -> ServerSock.listen("/tmp/a\0b", null, new ServerOptions().family(Constants.AF_UNIX)))) {
            fails(IllegalArgumentException.class, call);
        }
    }

    @Test void constants() throws Exception {
        Map<String, Long> all = Constants.all();
        check(all.size() > 500, all.size() + " constants");
        int fields = 0;
        for (java.lang.reflect.Field field : Constants.class.getFields()) {
            equal(all.get(field.getName()), Long.valueOf(field.getInt(null)));
            fields++;
        }
        check(fields > 40, fields + " fields");
        equal((int) Constants.value("SOCK_POLL_IN"), Poller.IN);
        equal((int) Constants.value("SOCK_CONTROL_GRO"), Control.GRO);
        equal(Constants.value("SOCK_PHASE_CONNECTED"), Attempt.Phase.CONNECTED.ordinal() + 1L);
        fails(IllegalArgumentException.class, () -> Constants.value("NO_SUCH_NAME"));
    }

    @Test void noLeak() throws Exception {
        cycles(20);
        int before = descriptors();
        cycles(1000);
        check(descriptors() <= before, before + " descriptors before, " + descriptors() + " after");
    }

    private static void cycles(int count) throws IOException {
        try (ServerSock server = ServerSock.listen("127.0.0.1", 0)) {
            for (int i = 0; i < count; i++) {
                try (Sock client = Sock.connect("127.0.0.1", server.getLocalAddress().port(), LONG);
                        Sock connection = server.accept()) {
                    client.writeAll(new byte[1]);
                    connection.readExactly(1);
                }
            }
        }
    }
}

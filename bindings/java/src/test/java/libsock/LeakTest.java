package libsock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static libsock.Tests.check;
import static libsock.Tests.descriptors;
import static libsock.Tests.equal;
import static libsock.Tests.fails;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * No operation leaks descriptors or memory, whether it succeeds or fails. The system property libsock.cycles is the
 * number of runs of each: 2,000, or 100,000 in the long form.
 */
final class LeakTest {
    private static final int CYCLES = Integer.getInteger("libsock.cycles", 2000);
    /** What may stay, whatever the number of runs: compiled code and malloc grow in steps. */
    private static final long SLACK = 8 << 20;

    @Test void everyOperation() throws Exception {
        try (Sock.Pair pair = Sock.pair();
                Sock.Pair udp = Tests.udp();
                ServerSock server = ServerSock.listen("127.0.0.1", 0);
                Poller poller = new Poller()) {
            for (Map.Entry<String, Tests.Action> one : operations(pair, udp, server, poller).entrySet()) {
                run(one.getKey(), one.getValue());
            }
        }
    }

    private static void run(String name, Tests.Action action) throws Exception {
        for (int i = 0; i < CYCLES / 2; i++) {
            action.run();
        }
        // A leak makes the process grow every time, the compiler only until everything is compiled.
        String grown = "";
        for (int attempt = 0; attempt < 3; attempt++) {
            grown = growth(action);
            if (grown.isEmpty()) {
                return;
            }
        }
        check(false, name + ": " + grown);
    }

    /** Runs the second half of the cycles. Returns what has grown. */
    private static String growth(Tests.Action action) throws Exception {
        System.gc();
        int before = descriptors();
        long memory = resident();
        long heap = heap();
        for (int i = 0; i < CYCLES / 2; i++) {
            action.run();
        }
        System.gc();
        for (int i = 0; i < 100 && descriptors() > before; i++) {
            Thread.sleep(10);
        }
        check(descriptors() <= before, before + " descriptors before, " + descriptors() + " after");
        long grown = resident() - memory;
        long kept = heap() - heap;
        return grown < SLACK && kept < CYCLES * 4L + (1 << 20)
                ? ""
                : grown + " bytes of memory and " + kept + " bytes of the heap more";
    }

    private static long heap() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(5);
            least = Math.min(least, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }

    /** The process's resident memory in bytes. The runner makes all of the Java heap resident from the start. */
    private static long resident() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("no VmRSS");
    }

    private static Map<String, Tests.Action> operations(Sock.Pair pair, Sock.Pair udp, ServerSock server, Poller poller)
            throws IOException {
        Map<String, Tests.Action> all = new LinkedHashMap<>();
        Sock one = pair.one();
        Sock other = pair.other();
        byte[] buffer = new byte[10];
        ByteBuffer direct = ByteBuffer.allocateDirect(10);
        SockAddress address = server.getLocalAddress();
        Descriptor[] pipe = Descriptor.pipe();
        all.put("make", () -> Sock.open(Constants.AF_INET, Constants.SOCK_STREAM, 0).close());
        all.put("make a pair", () -> Sock.pair().close());
        all.put("make and fail", () -> fails(IOException.class, () -> Sock.open(9999, 1, 0)));
        all.put("connect by name", () -> {
            Sock client = Sock.connect("127.0.0.1", address.port());
            server.accept().close();
            client.close();
        });
        all.put("connect to an address", () -> {
            Sock client = Sock.connect(address, Tests.LONG);
            server.accept().close();
            client.close();
        });
        all.put("connect and fail", () -> fails(IOException.class, () -> Sock.connect("127.0.0.1", 1)));
        all.put("send and receive", () -> {
            one.write(buffer, 0, 3);
            other.readExactly(buffer, 0, 3);
            one.write(direct.clear());
            other.read(direct.clear());
        });
        all.put("datagrams", () -> {
            udp.one().send(ByteBuffer.wrap(buffer), udp.other().getLocalAddress());
            udp.other().receive(ByteBuffer.allocate(10));
        });
        all.put("batch", () -> {
            udp.one().sendMany(List.of(new Datagram(ByteBuffer.wrap(buffer)), new Datagram(direct.clear()).segment(3)));
            int came = 0;
            while (came < 5) {
                came += udp.other().receiveMany(List.of(new Datagram(ByteBuffer.allocate(10)),
                        new Datagram(ByteBuffer.allocate(10)), new Datagram(ByteBuffer.allocate(10))));
            }
        });
        all.put("pass a descriptor", () -> {
            one.sendDescriptors(new byte[1], pipe[0]);
            other.receiveDescriptors(ByteBuffer.wrap(buffer), 1).forEach(Descriptor::close);
        });
        all.put("cancel", () -> {
            try (CancelToken token = new CancelToken()) {
                one.setCancel(token);
                token.fire();
                fails(CanceledException.class, () -> one.read(buffer, 0, 1));
                one.setCancel(null);
            }
        });
        all.put("time out", () -> {
            one.setTimeout(Duration.ofNanos(1));
            fails(IOException.class, () -> one.readExactly(5));
            one.setTimeout(null);
            one.setDeadline(Duration.ZERO);
            fails(IOException.class, () -> one.read(direct.clear()));
            one.setDeadline(null);
        });
        all.put("wait and close", () -> {
            Sock.Pair waiting = Sock.pair();
            Tests.Call<Integer> call = Tests.start(() -> waiting.one().read(ByteBuffer.allocate(1)));
            waiting.other().write(buffer, 0, 1);
            call.result();
            waiting.close();
        });
        all.put("poll", () -> {
            poller.add(one, Poller.IN, new Object());
            poller.modify(one, Poller.IN | Poller.OUT, new Object());
            poller.await(Duration.ZERO);
            poller.remove(one);
            poller.timer(Duration.ofSeconds(60), null).close();
            fails(IOException.class, () -> poller.remove(one));
        });
        all.put("poll a socket that is closed", () -> {
            Sock.Pair closed = Sock.pair();
            poller.add(closed.one(), Poller.IN, closed);
            closed.close();
            check(poller.await().getFirst().closed(), "not closed");
        });
        all.put("make a poller", () -> new Poller().close());
        all.put("options", () -> one.options().set(Constants.SOL_SOCKET, Constants.SO_REUSEADDR,
                one.options().get(Constants.SOL_SOCKET, Constants.SO_REUSEADDR, 4)));
        all.put("addresses", () -> equal(address, SockAddress.parse(server.getLocalAddress().toString())));
        all.put("lookup", () -> {
            Lookup.all("127.0.0.1");
            new Lookup().flags(Constants.NI_NUMERICHOST | Constants.NI_NUMERICSERV).names(address);
        });
        all.put("interfaces", () -> NetDb.interfaceIndex(NetDb.interfaces().getFirst().name()));
        all.put("wrong arguments", () -> {
            fails(IllegalArgumentException.class, () -> SockAddress.ip("x", 1));
            fails(IllegalArgumentException.class, () -> Sock.connect("a\0b", 1));
            fails(IOException.class, () -> one.options().set(Constants.IPPROTO_TCP, 9999, "x".getBytes(UTF_8)));
        });
        all.put("a Socket of java.net", () -> {
            try (Socket socket = Sockets.socketFactory().createSocket("127.0.0.1", address.port())) {
                socket.getOutputStream().write(1);
                server.accept().close();
            }
        });
        return all;
    }
}

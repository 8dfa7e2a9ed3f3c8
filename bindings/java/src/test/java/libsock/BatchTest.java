package libsock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static libsock.Tests.LONG;
import static libsock.Tests.check;
import static libsock.Tests.equal;
import static libsock.Tests.fails;
import static libsock.Tests.pattern;
import static libsock.Tests.start;
import static libsock.Tests.udp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The cases of bindings/behaviour.md about batches. */
final class BatchTest {
    private static Datagram of(String text) {
        return new Datagram(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    private static List<Datagram> rooms(int count, int size) {
        List<Datagram> rooms = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rooms.add(new Datagram(i % 2 == 0 ? ByteBuffer.allocate(size) : ByteBuffer.allocateDirect(size)));
        }
        return rooms;
    }

    private static byte[] content(Datagram datagram) {
        byte[] bytes = new byte[datagram.data().position()];
        datagram.data().duplicate().flip().get(bytes);
        return bytes;
    }

    /** Receives batches until there is enough. */
    private static List<Datagram> receive(Sock sock, int size, Predicate<List<Datagram>> enough) throws IOException {
        List<Datagram> came = new ArrayList<>();
        while (!enough.test(came)) {
            List<Datagram> rooms = rooms(64, size);
            came.addAll(rooms.subList(0, sock.receiveMany(rooms)));
        }
        return came;
    }

    private static List<String> texts(List<Datagram> batch) {
        return batch.stream().map(one -> new String(content(one), UTF_8)).toList();
    }

    @Test void batchEcho() throws Exception {
        List<String> texts = List.of("one", "", "three", "x".repeat(1500));
        try (Sock.Pair pair = udp()) {
            equal(4, pair.one().sendMany(texts.stream().map(BatchTest::of).toList()));
            List<Datagram> came = receive(pair.other(), 2000, all -> all.size() >= 4);
            equal(texts, texts(came));
            for (Datagram one : came) {
                equal(pair.one().getLocalAddress(), one.address());
                equal((long) one.data().position(), one.length());
                one.data().flip();
            }
            equal(4, pair.other().sendMany(came));
            equal(texts, texts(receive(pair.one(), 2000, all -> all.size() >= 4)));
        }
    }

    @Test void batchWaitsForFirst() throws Exception {
        try (Sock.Pair pair = udp()) {
            List<Datagram> rooms = rooms(64, 100);
            Tests.Call<Integer> receiving = start(() -> pair.other().receiveMany(rooms)).waiting();
            pair.one().write("first".getBytes(UTF_8));
            equal(1, receiving.result());
            equal("first", new String(content(rooms.getFirst()), UTF_8));
            long begin = System.nanoTime();
            pair.one().setTimeout(Duration.ofMillis(50));
            fails(SocketTimeoutException.class, () -> pair.one().receiveMany(rooms(2, 1)));
            check(System.nanoTime() - begin >= 50_000_000, "too early");
            pair.one().setTimeout(Duration.ZERO);
            equal(0, pair.one().receiveMany(rooms(2, 1)));
        }
    }

    @Test void batchSegments() throws Exception {
        byte[] data = pattern(5500);
        try (Sock.Pair pair = udp()) {
            equal(1, pair.one().sendMany(List.of(new Datagram(ByteBuffer.wrap(data)).segment(1000))));
            whole(data, receive(pair.other(), 2000, all -> all.size() >= 6));
            try {
                pair.other().setGro(true);
            } catch (IOException e) {
                throw new Tests.Skipped("this kernel joins no datagrams: " + e.getMessage());
            }
            pair.one().sendMany(List.of(new Datagram(ByteBuffer.wrap(data)).segment(1000)));
            List<Datagram> came = receive(pair.other(), 65535, all -> all.size() >= 1);
            equal(1, came.size());
            equal(1000, came.getFirst().segment());
            equal(5500L, came.getFirst().length());
            came.getFirst().data().flip();
            pair.other().sendMany(came);
            whole(data, receive(pair.one(), 2000, all -> all.size() >= 6));
        }
    }

    private static void whole(byte[] data, List<Datagram> came) {
        equal(List.of(1000L, 1000L, 1000L, 1000L, 1000L, 500L), came.stream().map(Datagram::length).toList());
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        came.forEach(one -> all.writeBytes(content(one)));
        equal(ByteBuffer.wrap(data), ByteBuffer.wrap(all.toByteArray()));
    }

    @Test void batchTruncated() throws Exception {
        try (Sock.Pair pair = udp()) {
            pair.one().sendMany(List.of(of("a longer one"), of("short")));
            List<Datagram> came = receive(pair.other(), 5, all -> all.size() >= 2);
            equal(List.of("a lon", "short"), texts(came));
            equal(12L, came.get(0).length());
            check((came.get(0).flags() & Constants.MSG_TRUNC) != 0, "not MSG_TRUNC");
            equal(5L, came.get(1).length());
            equal(0, came.get(1).flags());
        }
    }

    @Test void batchAtFault() throws Exception {
        try (Sock.Pair pair = udp()) {
            for (Datagram fault : List.of(new Datagram(ByteBuffer.allocate(70000)), of("x").segment(65536),
                    of("x").segment(-1))) {
                int size = fault.data().remaining();
                equal(1, pair.one().sendMany(List.of(of("good"), fault, of("never sent"))));
                IOException e = fails(IOException.class, () -> pair.one().sendMany(List.of(fault, of("never sent"))));
                equal(size > 1 ? "EMSGSIZE" : "EINVAL", ((SockError) e).codeName());
                equal(List.of("good"), texts(receive(pair.other(), 100, all -> !all.isEmpty())));
            }
        }
    }

    @Test void batchClose() throws Exception {
        try (Sock.Pair pair = udp()) {
            Tests.Call<Integer> receiving = start(() -> pair.one().receiveMany(rooms(4, 100))).waiting();
            pair.one().close();
            fails(AsynchronousCloseException.class, receiving::result);
            fails(ClosedChannelException.class, () -> pair.one().sendMany(List.of(of("x"))));
        }
    }

    /** A full receiver, also in the midst of an entry with segments: the batch waits for room. */
    @Test void batchWaitsForRoom() throws Exception {
        byte[] data = pattern(4000);
        try (Sock.Pair pair = Sock.pair(Constants.AF_UNIX, Constants.SOCK_DGRAM, 0)) {
            pair.one().setTimeout(LONG);
            Tests.Call<Integer> sending = start(() ->
                    pair.one().sendMany(List.of(of("xy"), new Datagram(ByteBuffer.wrap(data)).segment(2)))).waiting();
            List<Datagram> came = receive(pair.other(), 10, all -> all.size() >= 2001);
            equal(2, sending.result());
            equal(2001, came.size());
            equal(ByteBuffer.wrap(data, 3998, 2).slice(), ByteBuffer.wrap(content(came.getLast())));
        }
    }

    /** Control data belongs to its datagram. */
    @Test void batchControls() throws Exception {
        try (Sock.Pair pair = udp()) {
            pair.other().options().set(Constants.IPPROTO_IP, (int) Constants.value("IP_RECVTOS"), 1);
            List<Datagram> batch = new ArrayList<>();
            for (int ecn = 0; ecn < 3; ecn++) {
                batch.add(of("x").control(new Control().putTos(Constants.AF_INET, ecn)));
            }
            equal(3, pair.one().sendMany(batch));
            int next = 0;
            while (next < 3) {
                List<Datagram> rooms = rooms(3, 10);
                for (Datagram room : rooms) {
                    room.control(Control.room(Control.TOS | Control.GRO, 0));
                }
                int count = pair.other().receiveMany(rooms);
                for (Datagram one : rooms.subList(0, count)) {
                    equal(next++, one.control().tos().orElseThrow());
                    equal(1, one.control().items().size());
                }
            }
        }
    }
}

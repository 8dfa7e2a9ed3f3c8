package libsock;

import static libsock.Tests.LONG;
import static libsock.Tests.check;
import static libsock.Tests.descriptors;
import static libsock.Tests.equal;
import static libsock.Tests.fails;
import static libsock.Tests.start;
import static libsock.Tests.startAction;
import static libsock.Tests.tcp;
import static libsock.Tests.udp;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Interrupts, virtual threads, races of closes, and garbage collection in the midst of calls. */
final class ThreadTest {
    // Interrupts -----------------------------------------------------------------------------------

    private static void interrupted(SockChannel channel, Tests.Call<?> call) throws Exception {
        call.waiting();
        call.thread.interrupt();
        fails(ClosedByInterruptException.class, call::result);
        check(channel == null || !channel.isOpen(), "still open");
    }

    @Test void interruptClosesTheChannel() throws Exception {
        for (Sock.Pair pair : List.of(tcp(), Sock.pair(), udp())) {
            try (pair) {
                interrupted(pair.one(), start(() -> {
                    try {
                        return pair.one().read(ByteBuffer.allocate(1));
                    } finally {
                        check(Thread.currentThread().isInterrupted(), "the status is lost");
                    }
                }));
            }
        }
        try (Sock.Pair pair = tcp()) {
            interrupted(pair.one(), startAction(() -> pair.one().writeAll(new byte[64 << 20])));
        }
        try (ServerSock server = ServerSock.listen("127.0.0.1", 0)) {
            interrupted(server, start(server::accept));
        }
        try (Sock.Pair pair = Sock.pair();
                Sock.Pair other = Sock.pair()) {
            interrupted(pair.one(), start(() -> Sock.relay(pair.one(), other.one(), null)));
        }
    }

    @Test void interruptBeforeTheCall() throws Exception {
        try (Sock.Pair pair = tcp()) {
            pair.other().writeAll(new byte[5]);
            Tests.Call<Void> reading = startAction(() -> {
                Thread.currentThread().interrupt();
                pair.one().readExactly(5);
            });
            fails(ClosedByInterruptException.class, reading::result);
            check(!pair.one().isOpen(), "still open");
        }
    }

    @Test void interruptConnect() throws Exception {
        try (ServerSock silent = ServerSock.open(Constants.AF_INET, Constants.SOCK_STREAM, 0)
                .bind(SockAddress.ip("127.0.0.1", 0)).listen(0)) {
            List<Sock> filling = new ArrayList<>();
            SockAddress address = silent.getLocalAddress();
            try {
                while (filling.size() < 20) {
                    filling.add(Sock.connect(address, Duration.ofMillis(100)));
                }
                throw new Tests.Skipped("a full backlog refuses here");
            } catch (SocketTimeoutException e) {
                int before = Integer.MAX_VALUE;
                // The first round opens what the library keeps.
                for (int round = 0; round < 2; round++) {
                    interrupted(null, start(() -> Sock.connect("127.0.0.1", address.port())));
                    interrupted(null, start(() -> Sock.connect(address, null)));
                    // A thread that has ended keeps its own a little longer.
                    for (int i = 0; i < 100 && descriptors() > before; i++) {
                        Thread.sleep(10);
                    }
                    check(descriptors() <= before, before + " descriptors before, " + descriptors() + " after");
                    before = descriptors();
                }
            } finally {
                for (Sock sock : filling) {
                    sock.close();
                }
            }
        }
    }

    // Virtual threads ------------------------------------------------------------------------------

    /** 10,000 virtual threads wait; few platform threads exist, and new virtual threads run at once. */
    @Test(once = true) void tenThousandVirtualThreads() throws Exception {
        int pairs = 5000;
        int rounds = 3;
        List<Sock.Pair> all = new ArrayList<>();
        try {
            for (int i = 0; i < pairs; i++) {
                all.add(Sock.pair());
            }
        } catch (IOException e) {
            for (Sock.Pair pair : all) {
                pair.close();
            }
            throw new Tests.Skipped("this process may not open 10,000 sockets: " + e.getMessage());
        }
        int platform = Thread.getAllStackTraces().size();
        CountDownLatch done = new CountDownLatch(2 * pairs);
        AtomicInteger waiting = new AtomicInteger();
        AtomicLong bytes = new AtomicLong();
        for (Sock.Pair pair : all) {
            for (Sock end : List.of(pair.one(), pair.other())) {
                boolean first = end == pair.one();
                Thread.startVirtualThread(() -> {
                    byte[] token = new byte[1];
                    try {
                        waiting.incrementAndGet();
                        for (int i = 0; i < rounds; i++) {
                            end.readExactly(token);
                            bytes.incrementAndGet();
                            if (first || i < rounds - 1) {
                                end.writeAll(token);
                            }
                        }
                        done.countDown();
                    } catch (IOException e) {
                        e.printStackTrace();
                    }
                });
            }
        }
        long begin = System.nanoTime();
        while (waiting.get() < 2 * pairs) {
            check(System.nanoTime() - begin < LONG.toNanos(), waiting + " threads only have begun");
            Thread.sleep(10);
        }
        Thread.sleep(500);
        int more = Thread.getAllStackTraces().size() - platform;
        check(more <= Runtime.getRuntime().availableProcessors() + 8, more + " platform threads more");
        // The carriers are free.
        begin = System.nanoTime();
        Thread fresh = Thread.startVirtualThread(() -> {});
        check(fresh.join(LONG), "no carrier is free");
        long latency = System.nanoTime() - begin;
        begin = System.nanoTime();
        for (Sock.Pair pair : all) {
            pair.other().writeAll(new byte[1]);
        }
        check(done.await(60, TimeUnit.SECONDS), done.getCount() + " threads are not done");
        equal(2L * pairs * rounds - pairs + pairs, bytes.get());
        System.out.printf("10,000 virtual threads: %d platform threads more, a new virtual thread runs after %d us, "
                + "%d messages in %d ms%n", more, latency / 1000, bytes.get(), (System.nanoTime() - begin) / 1_000_000);
        for (Sock.Pair pair : all) {
            pair.close();
        }
    }

    /** Blocking calls on as many virtual threads as there are carriers do not hold them. */
    @Test(once = true) void carriersStayFree() throws Exception {
        int carriers = Runtime.getRuntime().availableProcessors();
        List<AutoCloseable> open = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2 * carriers; i++) {
            ServerSock server = ServerSock.listen("127.0.0.1", 0);
            Sock.Pair pair = Sock.pair();
            Sock.Pair relayed = Sock.pair();
            Poller poller = new Poller();
            open.addAll(List.of(server, pair, relayed, poller));
            for (Tests.Action call : List.<Tests.Action>of(server::accept, () -> pair.one().read(ByteBuffer.allocate(1)),
                    () -> pair.other().receive(ByteBuffer.allocate(1)), () -> Sock.relay(relayed.one(), pair.other(), null),
                    poller::await)) {
                threads.add(Thread.startVirtualThread(() -> {
                    try {
                        call.run();
                    } catch (Exception e) {
                        // The end of the test closes what it waits for.
                    }
                }));
            }
        }
        Thread.sleep(200);
        check(Thread.startVirtualThread(() -> {}).join(LONG), "no carrier is free");
        for (AutoCloseable one : open) {
            one.close();
        }
        for (Thread thread : threads) {
            check(thread.join(LONG), thread + " did not end");
        }
    }

    /** Readers and writers of both kinds on one socket: each byte arrives once, and each waiter is woken. */
    @Test(once = true) void mixedThreadsOnOneSocket() throws Exception {
        try (Sock.Pair pair = Sock.pair()) {
            int count = 2000;
            AtomicInteger came = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                boolean virtual = i % 2 == 0;
                threads.add((virtual ? Thread.ofVirtual() : Thread.ofPlatform()).start(() -> {
                    try {
                        byte[] one = new byte[1];
                        while (pair.one().read(one, 0, 1) > 0) {
                            came.incrementAndGet();
                        }
                    } catch (IOException e) {
                        e.printStackTrace();
                    }
                }));
            }
            for (int i = 0; i < count; i++) {
                pair.other().write(new byte[1]);
                if (i % 50 == 0) {
                    Thread.sleep(1);
                }
            }
            pair.other().shutdownOutput();
            for (Thread thread : threads) {
                check(thread.join(LONG), thread + " did not end");
            }
            equal(count, came.get());
        }
    }

    // Closes and collection ------------------------------------------------------------------------

    /** Closes from one thread in the midst of calls of others: every call ends, and in one of the expected ways. */
    @Test void closeRaces() throws Exception {
        for (int round = 0; round < 300; round++) {
            Sock.Pair pair = round % 2 == 0 ? Sock.pair() : udp();
            List<Tests.Call<Void>> calls = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int kind = i;
                calls.add(startAction(() -> {
                    while (true) {
                        switch (kind) {
                            case 0 -> pair.one().read(ByteBuffer.allocate(10));
                            case 1 -> pair.one().receive(ByteBuffer.allocateDirect(10));
                            default -> pair.one().options().receiveBuffer();
                        }
                    }
                }));
            }
            pair.other().write(new byte[1]);
            if (ThreadLocalRandom.current().nextBoolean()) {
                Thread.sleep(0, ThreadLocalRandom.current().nextInt(1_000_000));
            }
            Tests.Call<Void> second = startAction(pair.one()::close);
            pair.one().close();
            second.result();
            for (Tests.Call<Void> call : calls) {
                fails(ClosedChannelException.class, call::result);
            }
            pair.close();
        }
    }

    /** A socket that only a call refers to is not collected before the call ends. */
    @Test void collectionInACall() throws Exception {
        Sock.Pair pair = Sock.pair();
        Sock other = pair.other();
        List<Tests.Call<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(reading(pair.one().duplicate(), i));
        }
        pair.one().close();
        pair = null;
        for (int i = 0; i < 10; i++) {
            System.gc();
            Thread.sleep(10);
        }
        other.writeAll(new byte[4]);
        for (Tests.Call<Integer> call : calls) {
            equal(1, call.result());
        }
        other.close();
    }

    private static Tests.Call<Integer> reading(Sock sock, int kind) {
        return start(() -> switch (kind) {
            case 0 -> sock.read(new byte[1], 0, 1);
            case 1 -> sock.read(ByteBuffer.allocateDirect(1));
            case 2 -> (int) sock.receive(new Message(ByteBuffer.allocate(1)));
            default -> sock.inputStream().read() + 1;
        });
    }

    /** What nobody holds any more is closed. */
    @Test void collectionCloses() throws Exception {
        int before = descriptors();
        drop();
        for (int i = 0; i < 200 && descriptors() > before; i++) {
            System.gc();
            Thread.sleep(10);
        }
        check(descriptors() <= before, before + " descriptors before, " + descriptors() + " after");
    }

    private static void drop() throws Exception {
        for (int i = 0; i < 100; i++) {
            Sock.Pair pair = Sock.pair();
            pair.one().setCancel(new CancelToken());
            new Poller().add(pair.other(), Poller.IN, pair);
            Descriptor.pipe();
            ServerSock.listen("127.0.0.1", 0);
            pair.one().setTimeout(Duration.ofNanos(1));
            fails(SocketTimeoutException.class, () -> pair.one().read(ByteBuffer.allocate(1)));
            pair.one().sendDescriptors(new byte[1], Descriptor.pipe());
            pair.other().receive(new Message(ByteBuffer.allocate(1)).control(Control.room(0, 2)));
        }
    }
}

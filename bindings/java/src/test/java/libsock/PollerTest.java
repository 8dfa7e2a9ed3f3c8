package libsock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static libsock.Tests.LONG;
import static libsock.Tests.check;
import static libsock.Tests.equal;
import static libsock.Tests.fails;
import static libsock.Tests.failsWith;
import static libsock.Tests.start;
import static libsock.Tests.startAction;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** The cases of bindings/behaviour.md about pollers, but poller_fork: a Java program cannot fork. */
final class PollerTest {
    private static final Duration NOW = Duration.ZERO;

    private static Poller.Event only(List<Poller.Event> events) {
        equal(1, events.size());
        return events.getFirst();
    }

    @Test void pollerReady() throws Exception {
        try (Poller poller = new Poller();
                Sock.Pair pair = Sock.pair()) {
            Sock one = pair.one();
            poller.add(one, Poller.IN, "data");
            equal(List.of(), poller.await(NOW));
            pair.other().write(new byte[1]);
            equal(new Poller.Event(one, Poller.IN, "data", false, 0), only(poller.await(LONG)));
            poller.modify(one, Poller.IN | Poller.OUT, "new");
            equal(new Poller.Event(one, Poller.IN | Poller.OUT, "new", false, 0), only(poller.await(LONG)));
            failsWith("EEXIST", () -> poller.add(one, Poller.IN, "again"));
            equal("new", only(poller.await(LONG)).attachment());
            poller.remove(one);
            equal(List.of(), poller.await(NOW));
            failsWith("ENOENT", () -> poller.remove(one));
            failsWith("ENOENT", () -> poller.modify(one, Poller.IN, null));
            failsWith("EINVAL", () -> poller.add(one, Poller.WAKE, null));
        }
    }

    @Test void pollerOnce() throws Exception {
        try (Poller poller = new Poller();
                Sock.Pair pair = Sock.pair()) {
            pair.other().write(new byte[1]);
            poller.add(pair.one(), Poller.IN | Poller.EDGE, null);
            equal(1, poller.await(NOW).size());
            equal(0, poller.await(NOW).size());
            for (int i = 0; i < 2; i++) {
                poller.modify(pair.one(), Poller.IN | Poller.ONESHOT, null);
                equal(1, poller.await(NOW).size());
                equal(0, poller.await(NOW).size());
            }
        }
    }

    @Test void pollerClose() throws Exception {
        try (Poller poller = new Poller();
                Sock.Pair pair = Sock.pair();
                Sock copy = pair.one().duplicate()) {
            poller.add(pair.one(), Poller.IN, "data");
            Tests.Call<List<Poller.Event>> waiting = start(poller::await).waiting();
            pair.one().close();
            equal(new Poller.Event(pair.one(), 0, "data", true, 0), only(waiting.result()));
            pair.other().write(new byte[1]);
            equal(List.of(), poller.await(Duration.ofMillis(50)));
            copy.readExactly(1);
            fails(ClosedChannelException.class, () -> poller.add(pair.one(), Poller.IN, null));
            fails(ClosedChannelException.class, () -> poller.remove(pair.one()));
        }
    }

    @Test void pollerRaces() throws Exception {
        int rounds = 200;
        List<Object> closed = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean done = new AtomicBoolean();
        try (Poller poller = new Poller()) {
            List<Tests.Call<Void>> waiting = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                waiting.add(startAction(() -> {
                    while (!done.get()) {
                        poller.await(LONG).stream().filter(Poller.Event::closed).forEach(e -> closed.add(e.attachment()));
                    }
                }));
            }
            List<Object> expected = new ArrayList<>();
            for (int number = 0; number < rounds; number++) {
                Sock.Pair pair = Sock.pair();
                poller.add(pair.one(), Poller.IN, number);
                pair.other().write(new byte[1]);
                poller.modify(pair.one(), Poller.IN | Poller.OUT, number);
                if (number % 2 == 1) {
                    poller.remove(pair.one());
                } else {
                    expected.add(number);
                }
                pair.close();
            }
            for (int i = 0; i < 2000 && closed.size() < expected.size(); i++) {
                Thread.sleep(10);
            }
            done.set(true);
            for (int i = 0; i < 3; i++) {
                poller.wake();
            }
            for (Tests.Call<Void> call : waiting) {
                call.result();
            }
            equal(expected, closed.stream().sorted().toList());
        }
    }

    @Test void pollerToken() throws Exception {
        try (Poller poller = new Poller();
                CancelToken token = new CancelToken()) {
            poller.add(token, Poller.IN, "token");
            equal(List.of(), poller.await(NOW));
            token.fire();
            equal(new Poller.Event(token, Poller.IN, "token", false, 0), only(poller.await(LONG)));
        }
    }

    @Test void pollerDescriptor() throws Exception {
        Descriptor[] pipe = Descriptor.pipe();
        try (Poller poller = new Poller();
                Descriptor plain = Descriptor.open(Path.of("/etc/passwd"))) {
            poller.add(pipe[0], Poller.IN, "pipe");
            equal(List.of(), poller.await(NOW));
            pipe[1].write("x".getBytes(UTF_8));
            equal(new Poller.Event(pipe[0], Poller.IN, "pipe", false, 0), only(poller.await(LONG)));
            poller.modify(pipe[0], Poller.IN, "again");
            equal("again", only(poller.await(LONG)).attachment());
            poller.remove(pipe[0]);
            failsWith("ENOENT", () -> poller.remove(pipe[0]));
            failsWith("EPERM", () -> poller.add(plain, Poller.IN, null));
        } finally {
            pipe[0].close();
            pipe[1].close();
        }
    }

    @Test void pollerWake() throws Exception {
        try (Poller poller = new Poller()) {
            List<Tests.Call<List<Poller.Event>>> waiting = new ArrayList<>();
            waiting.add(start(poller::await).waiting());
            for (int i = 0; i < 3; i++) {
                poller.wake();
            }
            waiting.add(start(poller::await));
            waiting.add(start(poller::await));
            for (Tests.Call<List<Poller.Event>> call : waiting) {
                equal(new Poller.Event(null, Poller.WAKE, null, false, 0), only(call.result()));
            }
            equal(List.of(), poller.await(NOW));
        }
    }

    @Test void pollerTimer() throws Exception {
        try (Poller poller = new Poller()) {
            long begin = System.nanoTime();
            Poller.Timer once = poller.timer(Duration.ofMillis(50), "once");
            equal(new Poller.Event(once, Poller.TIMER, "once", false, 1), only(poller.await(LONG)));
            check(System.nanoTime() - begin >= 50_000_000, "too early");
            equal(List.of(), poller.await(Duration.ofMillis(20)));
            once.close();
            once.close();
            try (Poller.Timer periodic = poller.timer(NOW, Duration.ofMillis(10), "often")) {
                Thread.sleep(100);
                Poller.Event event = only(poller.await(LONG));
                check(event.source() == periodic && event.periods() >= 9, event.toString());
            }
            equal(List.of(), poller.await(Duration.ofMillis(30)));
            fails(IllegalArgumentException.class, () -> poller.timer(Duration.ofMillis(-1), null));
        }
    }

    @Test void pollerLimit() throws Exception {
        try (Poller poller = new Poller()) {
            long begin = System.nanoTime();
            equal(List.of(), poller.await(Duration.ofMillis(50)));
            check(System.nanoTime() - begin >= 50_000_000, "too early");
            fails(IllegalArgumentException.class, () -> poller.await(Duration.ofNanos(-1)));
            failsWith("EINVAL", () -> poller.await(NOW, 0));
        }
    }

    /** The JVM runs signal handlers in a thread of its own. */
    @Test void pollerSignal() throws Exception {
        try (Poller poller = new Poller()) {
            AtomicInteger came = new AtomicInteger();
            // By reflection: javac warns of sun.misc.Signal, and nothing silences that.
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object counting = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, (p, m, a) -> {
                if (m.getName().equals("handle") && came.incrementAndGet() == 2) {
                    poller.wake();
                }
                return null;
            });
            Object winch = signal.getConstructor(String.class).newInstance("WINCH");
            Object before = signal.getMethod("handle", signal, handler).invoke(null, winch, counting);
            try {
                Tests.Call<List<Poller.Event>> waiting = start(poller::await).waiting();
                signal.getMethod("raise", signal).invoke(null, winch);
                waiting.waiting();
                equal(1, came.get());
                signal.getMethod("raise", signal).invoke(null, winch);
                equal(Poller.WAKE, only(waiting.result()).events());
            } finally {
                signal.getMethod("handle", signal, handler).invoke(null, winch, before);
            }
        }
    }

    @Test void pollerClosed() throws Exception {
        try (Sock.Pair pair = Sock.pair()) {
            Poller poller = new Poller();
            poller.add(pair.one(), Poller.IN, null);
            Tests.Call<List<Poller.Event>> waiting = start(poller::await).waiting();
            poller.close();
            poller.close();
            fails(ClosedChannelException.class, waiting::result);
            fails(ClosedChannelException.class, () -> poller.await(NOW));
            fails(ClosedChannelException.class, poller::wake);
            pair.other().writeAll("still open".getBytes(UTF_8));
            equal("still open", new String(pair.one().readExactly(10), UTF_8));
        }
    }

    /** An interrupt ends the wait of its thread and of no other; the poller stays open. */
    @Test void pollerInterrupt() throws Exception {
        try (Poller poller = new Poller()) {
            for (int round = 0; round < 10; round++) {
                List<Tests.Call<List<Poller.Event>>> waiting = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    waiting.add(start(poller::await));
                }
                waiting.getLast().waiting();
                waiting.getFirst().thread.interrupt();
                fails(InterruptedException.class, waiting.getFirst()::result);
                for (Tests.Call<List<Poller.Event>> other : waiting.subList(1, 4)) {
                    other.waiting();
                }
                for (int i = 0; i < 3; i++) {
                    poller.wake();
                }
                for (Tests.Call<List<Poller.Event>> other : waiting.subList(1, 4)) {
                    equal(Poller.WAKE, only(other.result()).events());
                }
                // A virtual thread's wait ends by itself; what it leaves behind must end too.
                List<Poller.Event> left = new ArrayList<>(poller.await(Duration.ofMillis(5)));
                equal(List.of(), left);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

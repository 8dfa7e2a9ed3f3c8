package libsock;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs the tests of the classes that are named, and prints PASS, FAIL and SKIP lines. Needs nothing but the JDK.
 *
 * <p>{@code java libsock.Tests BehaviourTest [METHOD]}
 */
final class Tests {
    /** Upper limits allow for a loaded machine. */
    static final Duration LONG = Duration.ofSeconds(20L * scale());

    private Tests() {}

    private static int scale() {
        String scale = System.getenv("SOCK_TEST_SCALE");
        return scale == null ? 1 : Integer.parseInt(scale);
    }

    /** Thrown by a test that cannot run here. */
    static final class Skipped extends RuntimeException {
        private static final long serialVersionUID = 1;

        Skipped(String why) {
            super(why);
        }
    }

    public static void main(String[] arguments) throws Exception {
        // Load the classes that calls need, so that no test measures it.
        Sock.pair().close();
        boolean failed = false;
        String only = arguments.length > 1 ? arguments[1] : "";
        Class<?> tests = Class.forName("libsock." + arguments[0]);
        Method[] methods = tests.getDeclaredMethods();
        Arrays.sort(methods, Comparator.comparing(Method::getName));
        for (Method method : methods) {
            Test test = method.getAnnotation(Test.class);
            if (test == null || !method.getName().contains(only)) {
                continue;
            }
            failed |= !run(method, false, "");
            if (!test.once()) {
                failed |= !run(method, true, " (virtual)");
            }
        }
        System.exit(failed ? 1 : 0);
    }

    private static boolean run(Method method, boolean virtual, String label) throws Exception {
        String name = method.getName() + label;
        Object object = method.getDeclaringClass().getDeclaredConstructor().newInstance();
        FutureTask<Void> task = new FutureTask<>(() -> {
            method.invoke(object);
            return null;
        });
        (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon()).start(task);
        try {
            task.get(Integer.getInteger("libsock.minutes", 5), TimeUnit.MINUTES);
            System.out.println("PASS " + name);
            return true;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() instanceof InvocationTargetException thrown ? thrown.getCause() : e.getCause();
            if (cause instanceof Skipped) {
                System.out.println("SKIP " + name + ": " + cause.getMessage());
                return true;
            }
            System.out.println("FAIL " + name + ": " + cause);
            cause.printStackTrace(System.out);
        } catch (TimeoutException e) {
            System.out.println("FAIL " + name + ": did not end");
            Thread.getAllStackTraces().forEach((thread, trace) -> System.out.println(thread + " " + Arrays.toString(trace)));
        }
        return false;
    }

    // What tests use -------------------------------------------------------------------------------

    /** A call that runs in another thread of the same kind. */
    static final class Call<T> {
        private final FutureTask<T> task;
        final Thread thread;

        private Call(Callable<T> callable) {
            task = new FutureTask<>(callable);
            boolean virtual = Thread.currentThread().isVirtual();
            thread = (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon()).start(task);
        }

        /** Gives the call time to begin to wait. */
        Call<T> waiting() throws InterruptedException {
            Thread.sleep(50);
            if (task.isDone()) {
                throw new AssertionError("the call did not wait");
            }
            return this;
        }

        T result() throws Exception {
            try {
                return task.get(LONG.toSeconds(), TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Exception cause) {
                    throw cause;
                }
                throw new AssertionError(e.getCause());
            }
        }
    }

    static <T> Call<T> start(Callable<T> callable) {
        return new Call<>(callable);
    }

    /** A call without a result. */
    interface Action {
        void run() throws Exception;
    }

    static Call<Void> startAction(Action action) {
        return start(() -> {
            action.run();
            return null;
        });
    }

    /** Checks that a call throws an exception of this class, and returns it. */
    static <E extends Throwable> E fails(Class<E> expected, Action action) {
        try {
            action.run();
        } catch (Throwable t) {
            if (expected.isInstance(t)) {
                return expected.cast(t);
            }
            throw new AssertionError("not " + expected.getSimpleName() + " but " + t, t);
        }
        throw new AssertionError("no " + expected.getSimpleName());
    }

    /** Checks that a call fails with this code, in whatever class. */
    static SockError failsWith(String name, Action action) {
        Exception e = fails(Exception.class, action);
        if (e instanceof SockError error && error.codeName().equals(name)) {
            return error;
        }
        throw new AssertionError("not " + name + " but " + e, e);
    }

    static void equal(Object expected, Object actual) {
        if (!expected.equals(actual)) {
            throw new AssertionError(actual + " is not " + expected);
        }
    }

    static void check(boolean held, String what) {
        if (!held) {
            throw new AssertionError(what);
        }
    }

    /** The number of open descriptors of the process. */
    static int descriptors() throws IOException {
        try (var entries = Files.list(Path.of("/proc/self/fd"))) {
            return (int) entries.count();
        }
    }

    /** Two ends of a TCP connection over loopback. */
    static Sock.Pair tcp() throws IOException {
        try (ServerSock server = ServerSock.listen("127.0.0.1", 0)) {
            Sock client = Sock.connect(server.getLocalAddress(), LONG);
            return new Sock.Pair(client, server.accept());
        }
    }

    /** Two ends of UDP over loopback, connected to each other. */
    static Sock.Pair udp() throws IOException {
        Sock one = Sock.open(Constants.AF_INET, Constants.SOCK_DGRAM, 0).bind(SockAddress.ip("127.0.0.1", 0));
        Sock other = Sock.open(Constants.AF_INET, Constants.SOCK_DGRAM, 0).bind(SockAddress.ip("127.0.0.1", 0));
        one.connect(other.getLocalAddress());
        other.connect(one.getLocalAddress());
        return new Sock.Pair(one, other);
    }

    static byte[] pattern(int size) {
        byte[] data = new byte[size];
        for (int i = 0; i < size; i++) {
            data[i] = (byte) (i * 31 + i / 1000);
        }
        return data;
    }

    static List<Integer> range(int count) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(i);
        }
        return all;
    }
}

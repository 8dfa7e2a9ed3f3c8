"""Pollers, with the cases of bindings/behaviour.md, and the selector over one."""

import asyncio
import errno
import gc
import os
import selectors
import signal
import threading
import time
import unittest

import libsock
from support import LONG, Caller, closing, connection, descriptors, pair


class Pollers(unittest.TestCase):
    def setUp(self):
        self.before = descriptors()
        self.poller = libsock.Poller()

    def tearDown(self):
        self.poller.close()
        del self.poller
        gc.collect()
        self.assertEqual(descriptors() - self.before, set())

    def test_poller_ready(self):
        with pair() as (one, other):
            self.poller.add(one, libsock.POLL_IN, "data")
            self.assertEqual(self.poller.wait(0), [])
            other.send(b"x")
            self.assertEqual(self.poller.wait(LONG), [libsock.PollEvent(one, libsock.POLL_IN, "data", False, 0)])
            self.poller.modify(one, libsock.POLL_IN | libsock.POLL_OUT, "new")
            (event,) = self.poller.wait(LONG)
            self.assertEqual((event.fileobj, event.events, event.data), (one, 3, "new"))
            self.poller.remove(one)
            self.assertEqual(self.poller.wait(0), [])
            self.assertRaises(FileNotFoundError, self.poller.remove, one)
            self.assertRaises(FileNotFoundError, self.poller.modify, one, 1)
            self.poller.add(one)
            self.assertRaises(FileExistsError, self.poller.add, one)
            self.assertEqual(len(self.poller.wait(0)), 1)

    def test_poller_once(self):
        with pair() as (one, other):
            other.send(b"x")
            self.poller.add(one, libsock.POLL_IN | libsock.POLL_EDGE)
            self.assertEqual([len(self.poller.wait(0)) for _ in range(2)], [1, 0])
            self.poller.modify(one, libsock.POLL_IN | libsock.POLL_ONESHOT)
            self.assertEqual([len(self.poller.wait(0)) for _ in range(2)], [1, 0])
            self.poller.modify(one, libsock.POLL_IN | libsock.POLL_ONESHOT)
            self.assertEqual(len(self.poller.wait(0)), 1)

    def test_poller_close(self):
        one, other = libsock.socketpair()
        with closing(one, other, one.dup()) as (one, other, _):
            other.send(b"x")
            self.poller.add(one, data="data")
            waiting = Caller(self.poller.wait, LONG)
            waiting.result()
            one.recv(1)
            waiting = Caller(self.poller.wait, LONG).wait()
            one.close()
            (event,) = waiting.result()
            self.assertEqual((event.fileobj, event.events, event.data, event.closed), (one, 0, "data", True))
            # The duplicate keeps the description open.
            other.send(b"x")
            self.assertEqual(self.poller.wait(0.05), [])
            self.assertRaises(OSError, self.poller.add, one)
            self.assertRaises(OSError, self.poller.remove, one)

    def test_remove_of_a_closed_socket(self):
        one, other = libsock.socketpair()
        with closing(one, other):
            self.poller.add(one)
            one.close()
            self.poller.remove(one)
            self.assertEqual(self.poller.wait(0), [])
            with self.assertRaises(OSError) as raised:
                self.poller.remove(one)
            self.assertEqual(raised.exception.errno, errno.EBADF)

    def test_poller_token(self):
        with libsock.CancelToken() as token:
            self.poller.add(token, data="token")
            self.assertEqual(self.poller.wait(0), [])
            token.fire()
            (event,) = self.poller.wait(LONG)
            self.assertEqual((event.fileobj, event.events, event.data), (token, libsock.POLL_IN, "token"))

    def test_poller_descriptor(self):
        read, write = os.pipe()
        try:
            self.poller.add(read, data="pipe")
            self.assertEqual(self.poller.wait(0), [])
            os.write(write, b"x")
            (event,) = self.poller.wait(LONG)
            self.assertEqual((event.fileobj, event.events, event.data), (read, libsock.POLL_IN, "pipe"))
            self.poller.modify(read, 0)
            self.assertEqual(self.poller.wait(0), [])
            self.poller.modify(read, libsock.POLL_IN, "again")
            self.assertEqual(self.poller.wait(0)[0].data, "again")
            self.poller.remove(read)
            self.assertRaises(FileNotFoundError, self.poller.remove, read)
            with open(__file__) as file:
                self.assertRaises(PermissionError, self.poller.add, file)
        finally:
            os.close(read)
            os.close(write)

    def test_poller_wake(self):
        for _ in range(3):
            self.poller.wake()
        waiting = [Caller(self.poller.wait, LONG) for _ in range(3)]
        for wait in waiting:
            self.assertEqual(wait.result(), [libsock.PollEvent(None, libsock.POLL_WAKE, None, False, 0)])
        self.assertEqual(self.poller.wait(0), [])

    def test_poller_timer(self):
        start = time.monotonic()
        once = self.poller.timer(0.05, data="once")
        (event,) = self.poller.wait(LONG)
        self.assertGreaterEqual(time.monotonic() - start, 0.05)
        self.assertEqual(event, libsock.PollEvent(once, libsock.POLL_TIMER, "once", False, 1))
        self.assertEqual(self.poller.wait(0.02), [])
        once.close()
        once.close()
        with self.poller.timer(0, 0.01) as periodic:
            time.sleep(0.1)
            (event,) = self.poller.wait(LONG)
            self.assertIs(event.fileobj, periodic)
            self.assertGreaterEqual(event.periods, 9)
        self.assertEqual(self.poller.wait(0.03), [])
        for first, every in ((-1, None), (1, -1)):
            self.assertRaises(ValueError, self.poller.timer, first, every)
        self.assertRaises(TypeError, self.poller.timer, None)
        left = self.poller.timer(60)
        self.poller.close()
        left.close()

    def test_poller_limit(self):
        start = time.monotonic()
        self.assertEqual(self.poller.wait(0.05), [])
        self.assertGreaterEqual(time.monotonic() - start, 0.05)
        self.assertRaises(ValueError, self.poller.wait, -1)
        self.assertRaises(OSError, self.poller.wait, 0, 0)
        sockets = [libsock.socketpair() for _ in range(5)]
        with closing(*(sock for both in sockets for sock in both)):
            for one, other in sockets:
                self.poller.add(one)
                other.send(b"x")
            self.assertEqual(len(self.poller.wait(0, 3)), 3)
            self.assertEqual(len(self.poller.wait(0)), 5)

    def test_bad_arguments(self):
        with pair() as (one, _):
            for bad in (1 << 20, libsock.POLL_WAKE, libsock.POLL_TIMER):
                self.assertRaises(OSError, self.poller.add, one, bad)
            for bad in ("text", None, -1, 1.5):
                self.assertRaises((TypeError, ValueError), self.poller.add, bad)
            self.assertEqual((self.poller._entries, self.poller._idents), ({}, {}))

    def test_poller_closed(self):
        with pair() as (one, other):
            self.poller.add(one)
            waiting = Caller(self.poller.wait, LONG).wait()
            self.poller.close()
            self.assertRaises(libsock.ClosedError, waiting.result)
            self.poller.close()
            self.assertTrue(self.poller.closed)
            for call in (lambda: self.poller.wait(0), lambda: self.poller.add(other), self.poller.wake):
                with self.assertRaises(OSError) as raised:
                    call()
                self.assertEqual(raised.exception.errno, errno.EBADF)
            other.send(b"still open")
            self.assertEqual(one.recv(100), b"still open")

    def test_poller_signal(self):
        came = []

        def handler(*_):
            came.append(1)
            if len(came) == 2:
                raise KeyError("from the handler")

        before = signal.signal(signal.SIGALRM, handler)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
            self.assertRaises(KeyError, self.poller.wait, LONG)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        self.assertEqual(len(came), 2)

    def test_poller_races(self):
        """Threads wait while sockets are modified, removed and closed: one last event for each that was not removed."""
        rounds = 200
        closed = []
        done = threading.Event()

        def wait():
            while not done.is_set():
                closed.extend(event.data for event in self.poller.wait(LONG) if event.closed)

        waiting = [Caller(wait) for _ in range(3)]
        for number in range(rounds):
            one, other = libsock.socketpair()
            self.poller.add(one, libsock.POLL_IN, number)
            other.send(b"x")
            self.poller.modify(one, libsock.POLL_IN | libsock.POLL_OUT, number)
            if number % 2:
                self.poller.remove(one)
            one.close()
            other.close()
        limit = time.monotonic() + LONG
        while len(closed) < rounds // 2 and time.monotonic() < limit:
            time.sleep(0.01)
        done.set()
        for _ in waiting:
            self.poller.wake()
        for caller in waiting:
            caller.result()
        self.assertEqual(sorted(closed), list(range(0, rounds, 2)))
        self.assertEqual((self.poller._entries, self.poller._idents), ({}, {}))

    def test_poller_fork(self):
        with pair() as (one, other):
            self.poller.add(one, data="data")
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    other.send(b"x")
                    status = [event.data for event in self.poller.wait(LONG)] != ["data"]
                    self.poller.wake()
                finally:
                    os._exit(status)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            self.assertEqual([event.data for event in self.poller.wait(LONG)], ["data"])
            one.recv(1)
            # The child's wake did not come here.
            self.assertEqual(self.poller.wait(0.05), [])


class Selectors(unittest.TestCase):
    def setUp(self):
        self.selector = libsock.Selector()
        self.addCleanup(self.selector.close)

    def test_keys(self):
        with pair() as (one, other):
            key = self.selector.register(one, selectors.EVENT_READ, "data")
            self.assertEqual(key, (one, one.fileno(), selectors.EVENT_READ, "data"))
            self.assertIs(self.selector.get_key(one.fileno()), key)
            self.assertEqual(dict(self.selector.get_map()), {one.fileno(): key})
            self.assertRaises(KeyError, self.selector.register, one.fileno(), 1)
            self.assertRaises(ValueError, self.selector.register, other, 4)
            self.assertRaises(ValueError, self.selector.register, other, 0)
            self.assertRaises(KeyError, self.selector.unregister, other)
            self.assertEqual(self.selector.select(0), [])
            other.send(b"x")
            self.assertEqual(self.selector.select(), [(key, selectors.EVENT_READ)])
            key = self.selector.modify(one, 3, "new")
            self.assertEqual(self.selector.select(), [(key, 3)])
            self.assertEqual(self.selector.modify(one, 3, "data").data, "data")
            self.assertEqual(self.selector.unregister(one).data, "data")
            self.assertEqual(self.selector.select(-1), [])

    def test_closed_before_unregister(self):
        one, other = libsock.socketpair()
        with closing(one, other):
            key = self.selector.register(one, selectors.EVENT_READ)
            one.close()
            self.assertEqual(self.selector.select(LONG), [(key, selectors.EVENT_READ)])
            self.assertEqual(self.selector.select(0.02), [])
            self.assertIs(self.selector.unregister(one), key)

    def test_a_number_that_is_reused(self):
        """A descriptor closed without unregister: its number may be registered again."""
        read, write = os.pipe()
        self.selector.register(read, selectors.EVENT_READ)
        os.close(read)
        os.close(write)
        self.selector.unregister(read)
        again = os.pipe()
        try:
            self.assertEqual(again[0], read)
            os.write(again[1], b"x")
            key = self.selector.register(read, selectors.EVENT_READ)
            self.assertEqual(self.selector.select(LONG), [(key, selectors.EVENT_READ)])
        finally:
            for fd in again:
                os.close(fd)

    def test_asyncio(self):
        async def echo(reader, writer):
            writer.write(await reader.read(100))
            await writer.drain()
            writer.close()

        async def main():
            server = await asyncio.start_server(echo, "127.0.0.1", 0)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello")
            self.assertEqual(await asyncio.wait_for(reader.read(100), LONG), b"hello")
            writer.close()
            server.close()
            start = time.monotonic()
            await asyncio.sleep(0.01)
            self.assertGreaterEqual(time.monotonic() - start, 0.01)

        loop = asyncio.SelectorEventLoop(libsock.Selector())
        try:
            loop.run_until_complete(main())
        finally:
            loop.close()


if __name__ == "__main__":
    unittest.main()

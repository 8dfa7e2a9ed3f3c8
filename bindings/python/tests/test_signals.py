"""Signals during waits (PEP 475): handlers run, timeouts are unaffected, an exception ends the call."""

import contextlib
import os
import select
import signal
import time
import unittest

import libsock
from support import LONG, Caller, closing, pair


class Alarm(Exception):
    pass


class Signals(unittest.TestCase):
    def setUp(self):
        self.count = 0
        self.before = signal.signal(signal.SIGALRM, self.handler)
        self.action = None

    def tearDown(self):
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self.before)

    def handler(self, *_):
        self.count += 1
        if self.action:
            self.action()

    def raise_alarm(self):
        raise Alarm

    def test_handlers_run_and_the_wait_continues(self):
        # R40, R45
        with pair() as (one, _):
            one.settimeout(0.3)
            signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
            start = time.monotonic()
            self.assertRaises(libsock.timeout, one.recv, 1)
            took = time.monotonic() - start
        self.assertGreaterEqual(took, 0.3)
        self.assertLess(took, LONG)
        self.assertGreater(self.count, 1)

    def calls(self):
        """Yield every call that waits, on sockets where it would wait for ever."""
        with contextlib.ExitStack() as stack:
            one, full = (stack.enter_context(pair())[0] for _ in range(2))
            packets, _ = stack.enter_context(pair(kind=libsock.SOCK_DGRAM))
            listener = stack.enter_context(closing(libsock.create_server(("127.0.0.1", 0))))
            full.setblocking(False)
            try:
                while True:
                    full.send(bytes(1 << 16))
            except BlockingIOError:
                full.setblocking(True)
            yield one.recv, 1
            yield one.recv_into, bytearray(1)
            yield one.recvfrom, 1
            yield one.recvmsg, 1
            yield one.recv_exact, 1
            yield one.recv_message, 1
            yield packets.recv_many, 2, 10
            yield packets.recv_many_into, [bytearray(10)]
            yield full.send, bytes(1 << 22)
            yield full.sendall, bytes(1 << 22)
            yield full.sendmsg, [bytes(1 << 22)]
            yield (listener.accept,)

    def test_an_exception_ends_every_call(self):
        self.action = self.raise_alarm
        for call, *args in self.calls():
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with self.subTest(call.__name__):
                self.assertRaises(Alarm, call, *args)

    def test_a_handler_may_use_the_socket(self):
        with pair() as (one, other):
            self.action = lambda: other.sendall(b"from the handler")
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            self.assertEqual(one.recv(100), b"from the handler")

    def test_a_handler_may_close_the_socket(self):
        with pair() as (one, _):
            self.action = one.close
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            self.assertRaises(libsock.ClosedError, one.recv, 1)

    def test_a_handler_may_fire_the_token(self):
        with pair() as (one, _), libsock.CancelToken() as token:
            one.setcancel(token)
            self.action = token.fire
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            self.assertRaises(libsock.CanceledError, one.recv, 1)

    def test_other_threads_run_during_a_wait(self):
        # The interpreter's lock is free during a wait.
        with pair() as (one, other):
            waiting = Caller(one.recv, 1).wait()
            self.assertEqual(select.select([other], [], [], 0)[0], [])
            other.send(b"x")
            self.assertEqual(waiting.result(), b"x")

    def test_fork_in_a_handler(self):
        with pair() as (one, other):

            def fork():
                if os.fork() == 0:
                    other.sendall(b"child")
                    os._exit(0)

            self.action = fork
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            self.assertEqual(one.recv(10), b"child")
            self.assertEqual(os.wait()[1], 0)


if __name__ == "__main__":
    unittest.main()

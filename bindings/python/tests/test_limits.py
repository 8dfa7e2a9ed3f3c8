"""Deadlines, tokens, exact receives and connections, in addition to the shared cases."""

import errno
import math
import sys
import time
import unittest

import libsock
from support import LONG, Caller, closing, connection, has_ipv6, pair


class Deadlines(unittest.TestCase):
    def test_the_earlier_limit_wins(self):
        with pair() as (one, _):
            one.settimeout(LONG)
            one.setdeadline(time.monotonic() + 0.02)
            self.assertRaises(libsock.timeout, one.recv, 1)
            one.setdeadline(time.monotonic() + LONG)
            one.settimeout(0.02)
            self.assertRaises(libsock.timeout, one.recv, 1)

    def test_invalid_arguments_are_rejected(self):
        with pair() as (one, _):
            self.assertRaises(ValueError, one.setdeadline, -1)
            self.assertRaises(OSError, one.setdeadline, 1, 4)
            self.assertRaises(TypeError, one.setdeadline, "soon")
            one.close()
            self.assertRaises(OSError, one.setdeadline, None)

    def test_infinitely_far(self):
        with pair() as (one, other):
            for when in (math.inf, 1e300, 1 << 80):
                one.setdeadline(0)
                one.setdeadline(when)
                other.send(b"x")
                self.assertEqual(one.recv(1), b"x")
            for bad in (-math.inf, -1e300, -(1 << 80), math.nan):
                self.assertRaises(ValueError, one.setdeadline, bad)
        with closing(libsock.create_server(("127.0.0.1", 0))) as listener:
            libsock.create_connection(listener.getsockname(), deadline=math.inf).close()

    def test_accept_and_connect_obey_the_deadline(self):
        with closing(libsock.create_server(("127.0.0.1", 0))) as listener:
            listener.setdeadline(time.monotonic() + 0.02)
            self.assertRaises(libsock.timeout, listener.accept)
            with closing(libsock.socket()) as client:
                client.setdeadline(0, libsock.WRITE)
                self.assertRaises(libsock.timeout, client.connect, listener.getsockname())


class Tokens(unittest.TestCase):
    def test_state(self):
        token = libsock.CancelToken()
        self.assertFalse(token.fired)
        token.fire()
        token.fire()
        self.assertTrue(token.fired)
        token.close()
        token.close()

    def test_a_socket_keeps_its_token_alive(self):
        with pair() as (one, other):
            one.setcancel(libsock.CancelToken())
            other.send(b"x")
            self.assertEqual(one.recv(1), b"x")

    def test_invalid_arguments_are_rejected(self):
        with pair() as (one, _):
            self.assertRaises(TypeError, one.setcancel, 1)
            self.assertRaises(TypeError, libsock.CancelToken, 1)
            token = libsock.CancelToken()
            one.close()
            self.assertRaises(OSError, one.setcancel, token)

    def test_create_connection_obeys_the_token(self):
        with libsock.CancelToken() as token:
            token.fire()
            with self.assertRaises(libsock.CanceledError) as raised:
                libsock.create_connection(("127.0.0.1", 1), cancel=token)
            self.assertEqual(raised.exception.attempts, [])

    def test_closed_token(self):
        token = libsock.CancelToken()
        token.close()
        self.assertTrue(token.fired)
        token.fire()
        with pair() as (one, _):
            self.assertRaises(ValueError, one.setcancel, token)
        self.assertRaises(ValueError, libsock.create_connection, ("127.0.0.1", 1), cancel=token)
        with libsock.CancelToken() as token:
            self.assertFalse(token.fired)
        self.assertTrue(token.fired)

    def test_close_fires_the_token(self):
        token = libsock.CancelToken()
        with pair() as (one, _):
            one.setcancel(token)
            reading = Caller(one.recv, 1).wait()
            token.close()
            self.assertRaises(libsock.CanceledError, reading.result)


class Exact(unittest.TestCase):
    def test_timeout_keeps_received_bytes(self):
        with pair() as (one, other):
            one.settimeout(0.02)
            other.sendall(b"abc")
            with self.assertRaises(libsock.timeout) as raised:
                one.recv_exact(5)
            self.assertEqual(raised.exception.partial, b"abc")
            other.sendall(b"de")
            self.assertEqual(one.recv_exact(2), b"de")

    def test_recv_exact_into(self):
        with pair() as (one, other):
            other.sendall(b"abc")
            other.close()
            buffer = bytearray(5)
            with self.assertRaises(libsock.EndOfStream) as raised:
                one.recv_exact_into(buffer)
            self.assertEqual(raised.exception.received, 3)
            self.assertEqual(buffer, b"abc\0\0")

    def test_invalid_arguments_are_rejected(self):
        with pair(kind=libsock.SOCK_DGRAM) as (one, _):
            self.assertRaises(OSError, one.recv_exact, 1)
            self.assertRaises(ValueError, one.recv_exact, -1)


class Connections(unittest.TestCase):
    def test_timeout_of_the_new_socket(self):
        # R185
        with closing(libsock.create_server(("127.0.0.1", 0))) as listener:
            for given, expected in (({"timeout": 5}, 5), ({"timeout": None}, None), ({}, None)):
                with closing(libsock.create_connection(listener.getsockname(), **given)) as client:
                    self.assertEqual(client.gettimeout(), expected)

    def test_source_address(self):
        with closing(libsock.create_server(("127.0.0.1", 0))) as listener:
            address = listener.getsockname()
            with closing(libsock.create_connection(address, source_address=("127.0.0.2", 0))) as client:
                self.assertEqual(client.getsockname()[0], "127.0.0.2")
        for bad in (("localhost", 0), ("127.0.0.1", 65536)):
            self.assertRaises(ValueError, libsock.create_connection, address, source_address=bad)

    def test_deadline_in_the_past(self):
        with closing(libsock.create_server(("127.0.0.1", 0))) as listener:
            with self.assertRaises(libsock.timeout):
                libsock.create_connection(listener.getsockname(), deadline=time.monotonic() - 1)

    @unittest.skipIf(sys.version_info < (3, 11), "this Python has no ExceptionGroup")
    def test_all_errors(self):
        # R187
        with self.assertRaises(ExceptionGroup) as raised:  # noqa: F821
            libsock.create_connection(("127.0.0.1", 1), LONG, all_errors=True)
        (error,) = raised.exception.exceptions
        self.assertIsInstance(error, ConnectionRefusedError)
        self.assertEqual((str(error), error.errno), ("[Errno 111] Connection refused", errno.ECONNREFUSED))
        self.assertFalse(hasattr(raised.exception.__cause__, "_failures"))

    @unittest.skipIf(sys.version_info < (3, 11), "this Python has no ExceptionGroup")
    def test_all_errors_are_of_their_own_classes(self):
        # Lookup errors too, and those that CPython raises alone stay alone.
        for address in (("no-such-host.invalid", 1), ("127.0.0.1", 70000), ("127.0.0.1", "no-such-service")):
            with self.assertRaises(libsock.gaierror):
                libsock.create_connection(address, LONG, all_errors=True)
        with self.assertRaises(ExceptionGroup) as raised:  # noqa: F821
            libsock.create_connection(("localhost", 1), LONG, all_errors=True)
        attempts = [attempt for attempt in raised.exception.__cause__.attempts if attempt.error]
        self.assertEqual(len(raised.exception.exceptions), len(attempts))
        for error, attempt in zip(raised.exception.exceptions, attempts):
            expected = libsock.gaierror if attempt.phase == libsock.PHASE_LOOKUP else ConnectionRefusedError
            self.assertIsInstance(error, expected)

    @unittest.skipIf(sys.version_info >= (3, 11), "this Python has ExceptionGroup")
    def test_all_errors_without_exception_groups(self):
        attempts = []
        with self.assertRaises(NotImplementedError):
            libsock.create_connection(("127.0.0.1", 1), LONG, all_errors=True, attempts=attempts)
        self.assertEqual(attempts, [])

    def test_kinds_of_invalid_argument(self):
        # Only a bad port is an unknown service; a host that cannot be encoded is an unknown host.
        for address, number in ((("127.0.0.1", 70000), libsock.EAI_SERVICE), ((b"\xff\xfe", 1), libsock.EAI_NONAME)):
            with self.assertRaises(libsock.gaierror) as raised:
                libsock.create_connection(address, LONG)
            self.assertEqual(raised.exception.errno, number)

    @unittest.skipUnless(has_ipv6(), "this machine has no IPv6")
    def test_attempts_keep_their_errno(self):
        # The kernel rejects a link-local address without a zone.
        with self.assertRaises(OSError) as raised:
            libsock.create_connection(("fe80::1", 1), LONG)
        self.assertNotIsInstance(raised.exception, libsock.gaierror)
        self.assertEqual(raised.exception.errno, errno.EINVAL)

    def test_address_of_two_items(self):
        # R184
        self.assertRaises(ValueError, libsock.create_connection, ("127.0.0.1", 1, 2))

    def test_standard_calls_on_the_same_class(self):
        with connection() as (client, server):
            self.assertIs(type(client), libsock.socket)
            self.assertIs(type(server), libsock.socket)
            with client.dup() as twin, client.makefile("rwb") as file:
                self.assertIs(type(twin), libsock.socket)
                file.write(b"line\n")
                file.flush()
                server.sendall(server.recv(100))
                self.assertEqual(file.readline(), b"line\n")


if __name__ == "__main__":
    unittest.main()

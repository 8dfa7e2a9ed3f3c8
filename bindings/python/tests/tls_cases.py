"""TLS of the standard library over libsock: run by test_tls.py, with libsock installed."""

import os
import pathlib
import socket
import ssl
import threading
import time
import unittest

import libsock
from support import LONG, Caller, closing

CERTIFICATE = str(pathlib.Path(__file__).parent / "localhost.pem")
# More than the buffers of a connection over the loopback interface hold.
LARGE = 32 << 20


def contexts():
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(CERTIFICATE)
    return ssl.create_default_context(cafile=CERTIFICATE), server


def raw_connection():
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]


class Case(unittest.TestCase):
    def connect(self, timeout=None):
        """A TLS connection: (client, server)."""
        ours, theirs = contexts()
        client, server = raw_connection()
        accepting = Caller(lambda: theirs.wrap_socket(server, server_side=True))
        client = ours.wrap_socket(client, server_hostname="localhost")
        server = accepting.result()
        self.addCleanup(client.close)
        self.addCleanup(server.close)
        client.settimeout(timeout)
        return client, server


class Limits(Case):
    """Whatever ends a call on a plain socket also ends it on a TLS socket, with and without a timeout."""

    def ended_by(self, end, error, call=lambda sock: sock.recv(1)):
        for timeout in (None, LONG * 10):
            with self.subTest(timeout=timeout):
                client, _ = self.connect(timeout)
                waiting = Caller(call, client).wait()
                self.assertTrue(waiting.is_alive())
                end(client)
                self.assertRaises(error, waiting.result)

    def fire(self, sock):
        token = libsock.CancelToken()
        sock.setcancel(token)
        token.fire()

    def test_deadline_ends_read(self):
        self.ended_by(lambda sock: sock.setdeadline(time.monotonic()), socket.timeout)

    def test_deadline_ends_write(self):
        write = lambda sock: sock.sendall(bytes(LARGE))  # noqa: E731
        self.ended_by(lambda sock: sock.setdeadline(time.monotonic()), socket.timeout, write)

    def test_token_ends_read(self):
        self.ended_by(self.fire, libsock.CanceledError)

    def test_token_ends_write(self):
        self.ended_by(self.fire, libsock.CanceledError, lambda sock: sock.sendall(bytes(LARGE)))

    def test_close_ends_read(self):
        self.ended_by(lambda sock: sock.close(), libsock.ClosedError)

    def test_close_ends_write(self):
        # After a close ssl.py may also find that its connection is gone.
        self.ended_by(lambda sock: sock.close(), OSError, lambda sock: sock.sendall(bytes(LARGE)))

    def test_other_ways_to_read(self):
        for call in (
            lambda sock: sock.recv_into(bytearray(1)),
            lambda sock: sock.read(1),
            lambda sock: sock.recv_exact(1),
            lambda sock: sock.recv_exact_into(bytearray(1)),
            lambda sock: sock.makefile("rb").read(1),
        ):
            self.ended_by(lambda sock: sock.setdeadline(time.monotonic()), socket.timeout, call)

    def test_deadline_already_past(self):
        client, server = self.connect()
        server.sendall(b"ready")
        client.setdeadline(time.monotonic())
        self.assertRaises(socket.timeout, client.recv, 5)
        self.assertRaises(socket.timeout, client.send, b"x")
        client.setdeadline(None)
        self.assertEqual(client.recv_exact(5), b"ready")

    def test_handshake(self):
        ends = ((lambda sock: sock.setdeadline(time.monotonic()), socket.timeout), (self.fire, libsock.CanceledError))
        for end, error in ends:
            ours, _ = contexts()
            client, server = raw_connection()
            with server:
                client = ours.wrap_socket(client, server_hostname="localhost", do_handshake_on_connect=False)
                with client:
                    waiting = Caller(client.do_handshake).wait()
                    end(client)
                    self.assertRaises(error, waiting.result)

    def test_wrapping_keeps_the_limits(self):
        token = libsock.CancelToken()
        for limit, error in (
            (lambda sock: sock.setdeadline(time.monotonic() + 0.1), socket.timeout),
            (lambda sock: (sock.setcancel(token), threading.Timer(0.1, token.fire).start()), libsock.CanceledError),
        ):
            ours, _ = contexts()
            client, server = raw_connection()
            with server:
                limit(client)
                # The handshake never gets an answer.
                self.assertRaises(error, Caller(ours.wrap_socket, client, False, True, True, "localhost").result)

    def test_timeout(self):
        client, server = self.connect(0.05)
        self.assertEqual((client.gettimeout(), client.timeout, client.getblocking()), (0.05, 0.05, True))
        for call, text in ((lambda: client.recv(1), "read"), (lambda: client.sendall(bytes(LARGE)), "write")):
            start = time.monotonic()
            with self.assertRaisesRegex(socket.timeout, f"The {text} operation timed out"):
                call()
            self.assertGreaterEqual(time.monotonic() - start, 0.05)

    def test_timeout_counts_from_the_start_of_the_operation(self):
        # Each single byte of a record that never ends arrives in time.
        ours, theirs = contexts()
        client, server = raw_connection()
        relay, behind = raw_connection()
        accepting = Caller(lambda: theirs.wrap_socket(behind, server_side=True))
        stop = threading.Event()

        def forward(source, target, slowly=None):
            while not stop.is_set():
                data = source.recv(65536)
                if not data:
                    return
                if slowly is not None and slowly.is_set():
                    for byte in data:
                        if stop.wait(0.05):
                            return
                        target.sendall(bytes([byte]))
                else:
                    target.sendall(data)

        slowly = threading.Event()
        Caller(forward, server, relay)
        Caller(forward, relay, server, slowly)
        client = ours.wrap_socket(client, server_hostname="localhost")
        tls_server = accepting.result()
        with client, server, relay, tls_server:
            # Tickets of TLS 1.3 arrive with the first data.
            tls_server.sendall(b"x")
            self.assertEqual(client.recv(1), b"x")
            slowly.set()
            client.settimeout(0.3)
            tls_server.sendall(bytes(10000))
            start = time.monotonic()
            self.assertRaises(socket.timeout, client.recv, 1)
            took = time.monotonic() - start
            stop.set()
            self.assertGreaterEqual(took, 0.3)
            self.assertLess(took, 30)

    def test_non_blocking(self):
        client, server = self.connect(0)
        self.assertEqual((client.gettimeout(), client.getblocking()), (0, False))
        self.assertRaises(ssl.SSLWantReadError, client.recv, 1)
        server.sendall(b"x")
        client.settimeout(None)
        self.assertEqual(client.recv(1), b"x")

    def test_close_never_reads_another_socket(self):
        for _ in range(30):
            client, _ = self.connect()
            number = client.fileno()
            waiting = Caller(client.recv, 100)
            client.close()
            one, other = socket.socketpair()
            with one, other:
                other.sendall(b"not yours")
                one.sendall(b"not yours")
                self.assertRaises((OSError, ValueError), waiting.result)
                for sock in (one, other):
                    sock.settimeout(LONG)
                    self.assertEqual(sock.recv_exact(9), b"not yours", number)


class Data(Case):
    def test_transfer(self):
        client, server = self.connect()
        for timeout in (None, LONG):
            client.settimeout(timeout)
            data = os.urandom(4 << 20)
            sending = Caller(server.sendall, data)
            self.assertEqual(client.recv_exact(len(data)), data)
            sending.result()
            buffer = bytearray(len(data))
            sending = Caller(client.sendall, data)
            server.recv_exact_into(buffer)
            sending.result()
            self.assertEqual(buffer, data)

    def test_end_of_stream(self):
        client, server = self.connect()
        server.sendall(b"abc")
        leaving = Caller(server.unwrap)
        with self.assertRaises(libsock.EndOfStream) as raised:
            client.recv_exact(5)
        self.assertEqual(raised.exception.partial, b"abc")
        plain = client.unwrap()
        leaving.result()
        # Plain again, in the mode that it had.
        self.assertIsNone(plain.gettimeout())
        waiting = Caller(plain.recv, 5).wait()
        Caller(lambda: time.sleep(0.05) or server.send(b"plain"))
        self.assertEqual(waiting.result(), b"plain")

    def test_attributes_of_the_connection(self):
        client, server = self.connect()
        self.assertEqual(client.server_hostname, "localhost")
        self.assertIsNotNone(client.cipher())
        self.assertEqual(client.pending(), 0)
        self.assertIsNotNone(client.session)
        context = contexts()[1]
        server.context = context
        self.assertIs(server.context, context)
        self.assertIs(server._sslobj.context, context)

    def test_no_method_bypasses_tls(self):
        """Every method that CPython's socket lacks is encrypted or refused; so must be any that comes later."""
        plain = {name for name in set(dir(socket.SocketType)) - standard_names() if name[:2] != "__"}
        limits = {"setdeadline", "setcancel", "setgro", "_sslobj"}
        through = {"recv_exact": (6,), "recv_exact_into": (bytearray(6),)}
        refused = {
            "recv_message": (10,),
            "send_message": ([b"secret"],),
            "send_many": ([b"secret"],),
            "recv_many": (1, 10),
            "recv_many_into": ([bytearray(10)],),
            "_sendfile": (0,),
        }
        self.assertEqual(plain, limits | set(through) | set(refused))
        client, server = self.connect()
        copy = socket.socket(fileno=os.dup(server.fileno()))
        with copy:
            for name, arguments in refused.items():
                self.assertRaises(NotImplementedError, getattr(client, name), *arguments)
            copy.settimeout(0.05)
            self.assertRaises(socket.timeout, copy.recv, 1, socket.MSG_PEEK)
            for name, arguments in through.items():
                server.sendall(b"secret")
                self.assertIn(getattr(client, name)(*arguments), (b"secret", None))
        self.assertEqual(through["recv_exact_into"][0], b"secret")


def standard_names():
    """The names of CPython's own base class, which is loaded beside libsock's only here."""
    import importlib.machinery
    import importlib.util

    spec = importlib.machinery.PathFinder.find_spec("_socket")
    if spec is None:
        raise unittest.SkipTest("the _socket of this Python is not a file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return set(dir(module.socket))


if __name__ == "__main__":
    unittest.main()

"""The cases of bindings/behaviour.md, in the same order."""

import errno
import os
import signal
import tempfile
import time
import unittest

import libsock
from support import LONG, Caller, closing, connection, descriptors, has_ipv6, left_over, pair


class Behaviour(unittest.TestCase):
    def echo(self, client, server):
        for size in (1, 1 << 20):
            data = os.urandom(size)
            sending = Caller(client.sendall, data)
            got = server.recv_exact(size)
            sending.result()
            back = Caller(server.sendall, got)
            self.assertEqual(client.recv_exact(size), data)
            back.result()

    def test_echo_tcp(self):
        with connection() as (client, server):
            self.echo(client, server)

    def test_echo_udp(self):
        with closing(*(libsock.socket(libsock.AF_INET, libsock.SOCK_DGRAM) for _ in range(2))) as (one, other):
            for sock in (one, other):
                sock.bind(("127.0.0.1", 0))
                sock.settimeout(LONG)
            for data in (b"datagram", b""):
                one.sendto(data, other.getsockname())
                got, sender = other.recvfrom(100)
                self.assertEqual(sender, one.getsockname())
                other.sendto(got, sender)
                self.assertEqual(one.recvfrom(100), (data, other.getsockname()))

    def test_echo_unix(self):
        with tempfile.TemporaryDirectory() as directory:
            name = b"\0libsock\0" + os.urandom(8)
            for address in (os.path.join(directory, "echo"), name):
                with closing(libsock.socket(libsock.AF_UNIX)) as listener:
                    listener.bind(address)
                    listener.listen()
                    self.assertEqual(listener.getsockname(), address)
                    with closing(libsock.socket(libsock.AF_UNIX)) as client:
                        client.connect(address)
                        with closing(listener.accept()[0]) as server:
                            self.echo(client, server)

    def test_echo_ipv6(self):
        if not has_ipv6():
            self.skipTest("this machine has no IPv6")
        with connection(libsock.AF_INET6, "::1") as (client, server):
            self.assertEqual(client.getpeername()[0], "::1")
            self.echo(client, server)

    def test_refused(self):
        with closing(libsock.socket()) as unused:
            unused.bind(("127.0.0.1", 0))
            with closing(libsock.socket()) as client, self.assertRaises(ConnectionRefusedError) as raised:
                client.connect(unused.getsockname())
        self.assertEqual(raised.exception.errno, errno.ECONNREFUSED)

    def test_end_of_stream(self):
        with connection() as (client, server):
            client.shutdown(libsock.SHUT_WR)
            self.assertEqual(server.recv(10), b"")
            server.sendall(b"still")
            self.assertEqual(client.recv_exact(5), b"still")

    def test_broken_pipe(self):
        came = []
        before = signal.signal(signal.SIGPIPE, lambda *_: came.append(1))
        try:
            with connection() as (client, server):
                server.close()
                with self.assertRaises((BrokenPipeError, ConnectionResetError)):
                    for _ in range(1000):
                        client.sendall(bytes(1000))
        finally:
            signal.signal(signal.SIGPIPE, before)
        self.assertEqual(came, [])

    def test_timeout_read(self):
        with pair() as (one, _):
            one.settimeout(0.05)
            start = time.monotonic()
            self.assertRaises(libsock.timeout, one.recv, 1)
            self.assertGreaterEqual(time.monotonic() - start, 0.05)

    def test_timeout_keeps_data(self):
        with pair() as (one, other):
            one.settimeout(0.01)
            self.assertRaises(libsock.timeout, one.recv, 10)
            other.sendall(b"whole")
            self.assertEqual(one.recv(10), b"whole")

    def test_deadline_past(self):
        with pair() as (one, other):
            other.sendall(b"ready")
            one.setdeadline(time.monotonic() - 1)
            self.assertRaises(libsock.timeout, one.recv, 10)
            one.setdeadline(None)
            self.assertEqual(one.recv(10), b"ready")

    def test_deadline_moves_blocked(self):
        with pair() as (one, _):
            reading = Caller(one.recv, 1).wait()
            one.setdeadline(time.monotonic())
            self.assertRaises(libsock.timeout, reading.result)

    def test_deadline_directions(self):
        with pair() as (one, other):
            one.setdeadline(0, libsock.READ)
            one.sendall(b"goes")
            self.assertEqual(other.recv(10), b"goes")
            one.setdeadline(None, libsock.READ)
            one.setdeadline(0, libsock.WRITE)
            other.sendall(b"comes")
            self.assertEqual(one.recv(10), b"comes")
            self.assertRaises(libsock.timeout, one.send, b"x")

    def test_cancel_blocked(self):
        token = libsock.CancelToken()
        with pair() as (one, _):
            one.setcancel(token)
            reading = Caller(one.recv, 1).wait()
            token.fire()
            self.assertRaises(libsock.CanceledError, reading.result)

    def test_cancel_many(self):
        token = libsock.CancelToken()
        pairs = [libsock.socketpair() for _ in range(5)]
        for one, _ in pairs:
            one.setcancel(token)
        with closing(*(sock for both in pairs for sock in both)):
            readings = [Caller(one.recv, 1) for one, _ in pairs]
            readings[-1].wait()
            token.fire()
            for reading in readings:
                self.assertRaises(libsock.CanceledError, reading.result)
            self.assertRaises(libsock.CanceledError, pairs[0][0].recv, 1)

    def test_cancel_before(self):
        with pair() as (one, other), libsock.CancelToken() as token:
            other.sendall(b"ready")
            one.setcancel(token)
            token.fire()
            self.assertRaises(libsock.CanceledError, one.recv, 10)
            one.setcancel(None)
            self.assertEqual(one.recv(10), b"ready")

    def test_close_wakes_read(self):
        with pair() as (one, _):
            reading = Caller(one.recv, 1).wait()
            one.close()
            self.assertRaises(libsock.ClosedError, reading.result)

    def test_close_wakes_accept(self):
        listener = libsock.create_server(("127.0.0.1", 0))
        address = listener.getsockname()
        accepting = Caller(listener.accept).wait()
        listener.close()
        self.assertRaises(libsock.ClosedError, accepting.result)
        with closing(libsock.socket()) as again:
            again.bind(address)

    def test_close_twice(self):
        with pair() as (one, _):
            one.close()
            one.close()
            for call, *args in ((one.recv, 1), (one.send, b"x"), (one.getsockname,), (one.accept,), (one.shutdown, 0)):
                with self.assertRaises(OSError) as raised:
                    call(*args)
                self.assertEqual(raised.exception.errno, errno.EBADF)

    def test_no_stranger(self):
        one, other = libsock.socketpair()
        number = one.fileno()
        receive = one.recv
        reading = Caller(receive, 10).wait()
        one.close()
        others = []
        while number not in (sock.fileno() for both in others for sock in both):
            others.append(libsock.socketpair())
        with closing(other, *(sock for both in others for sock in both)):
            for both in others:
                for sock in both:
                    sock.sendall(b"not yours")
            self.assertRaises(libsock.ClosedError, reading.result)
            self.assertRaises(OSError, receive, 10)

    def test_connect_by_name(self):
        with closing(libsock.create_server(("127.0.0.1", 0))) as listener:
            port = listener.getsockname()[1]
            for given in (port, str(port)):
                with closing(libsock.create_connection(("localhost", given), LONG)) as client:
                    self.assertEqual(client.getpeername()[1], port)

    def test_connect_attempts(self):
        attempts = []
        with closing(libsock.create_server(("127.0.0.1", 0))) as listener:
            port = listener.getsockname()[1]
            # Only one of this machine's two addresses listens.
            with closing(libsock.create_connection(("localhost", port), LONG, attempts=attempts)):
                pass
        # A lookup that nobody waited for may end after the one that connected.
        (won,) = [attempt for attempt in attempts if attempt.phase == libsock.PHASE_CONNECTED]
        self.assertEqual(won.address, ("127.0.0.1", port))
        self.assertIsNone(won.error)
        self.assertTrue(all(attempt.error for attempt in attempts if attempt.phase == libsock.PHASE_CONNECT))
        self.assertTrue(all(attempt.error for attempt in attempts[: attempts.index(won)]))
        with self.assertRaises(ConnectionRefusedError) as raised:
            libsock.create_connection(("127.0.0.1", port), LONG)
        (attempt,) = raised.exception.attempts
        self.assertEqual((attempt.phase, attempt.error), (libsock.PHASE_CONNECT, "ECONNREFUSED"))
        self.assertGreaterEqual(attempt.end, attempt.start)

    def test_connect_deadline(self):
        with closing(libsock.socket(libsock.AF_INET)) as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            address = listener.getsockname()
            # A listener with a full backlog ignores further connections.
            full = [libsock.socket() for _ in range(8)]
            with closing(*full):
                for sock in full:
                    sock.setblocking(False)
                    sock.connect_ex(address)
                start = time.monotonic()
                with self.assertRaises(libsock.timeout):
                    libsock.create_connection(address, 0.1)
                took = time.monotonic() - start
        self.assertGreaterEqual(took, 0.1)
        self.assertLess(took, LONG)

    def test_lookup_numeric(self):
        family, kind, proto, name, address = libsock.getaddrinfo("192.0.2.1", 80, type=libsock.SOCK_STREAM)[0]
        self.assertEqual((family, kind, proto, name), (libsock.AF_INET, libsock.SOCK_STREAM, libsock.IPPROTO_TCP, ""))
        self.assertEqual(address, ("192.0.2.1", 80))
        self.assertEqual(libsock.getaddrinfo("::1", "80", type=libsock.SOCK_DGRAM)[0][4], ("::1", 80, 0, 0))

    def test_lookup_unknown(self):
        with self.assertRaises(libsock.gaierror) as raised:
            libsock.getaddrinfo("no-such-host.invalid", 80)
        self.assertIn(raised.exception.errno, (libsock.EAI_NONAME, libsock.EAI_AGAIN, libsock.EAI_NODATA))

    def test_recv_exact(self):
        with pair() as (one, other):
            reading = Caller(one.recv_exact, 6).wait()
            other.sendall(b"abc")
            other.sendall(b"defg")
            self.assertEqual(reading.result(), b"abcdef")
            other.shutdown(libsock.SHUT_WR)
            with self.assertRaises(libsock.EndOfStream) as raised:
                one.recv_exact(2)
            self.assertEqual(raised.exception.partial, b"g")

    def test_send_all(self):
        data = os.urandom(8 << 20)
        with connection() as (client, server):
            client.settimeout(LONG)
            sending = Caller(client.sendall, data)
            got = bytearray()
            while len(got) < len(data):
                got += server.recv(100000)
                if len(got) < 1 << 20:
                    time.sleep(0.001)
            sending.result()
        self.assertEqual(got, data)

    def test_pass_descriptors(self):
        with pair() as (one, other):
            read, write = os.pipe()
            one.send_message([b"x"], fds=[read, write])
            os.close(read)
            os.close(write)
            message = other.recv_message(10, fds=2)
            self.assertEqual(message.data, b"x")
            self.assertEqual([os.get_inheritable(fd) for fd in message.fds], [False, False])
            os.write(message.fds[1], b"through")
            self.assertEqual(os.read(message.fds[0], 10), b"through")
            for fd in message.fds:
                os.close(fd)

    def udp(self, count=2):
        socks = [libsock.socket(libsock.AF_INET, libsock.SOCK_DGRAM) for _ in range(count)]
        for sock in socks:
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(LONG)
        return closing(*socks)

    def test_batch_echo(self):
        with self.udp() as (one, other):
            data = [os.urandom(size) for size in (1, 0, 1000, 3)]
            self.assertEqual(one.send_many(data, address=other.getsockname()), 4)
            came = []
            while len(came) < 4:
                came += other.recv_many(64, 2000)
            self.assertEqual([(got, sender) for got, sender in came], [(sent, one.getsockname()) for sent in data])
            self.assertEqual(other.send_many(came), 4)
            back = []
            while len(back) < 4:
                back += one.recv_many(64, 2000)
            self.assertEqual([got.data for got in back], data)

    def test_batch_waits_for_first(self):
        with self.udp() as (one, other):
            receiving = Caller(other.recv_many, 64, 100).wait()
            one.sendto(b"first", other.getsockname())
            self.assertEqual([got.data for got in receiving.result()], [b"first"])
            one.settimeout(0.05)
            start = time.monotonic()
            self.assertRaises(libsock.timeout, one.recv_many, 64, 100)
            self.assertGreaterEqual(time.monotonic() - start, 0.05)

    def test_batch_segments(self):
        with self.udp() as (one, other):
            data = os.urandom(5500)
            self.assertEqual(one.send_many([data], address=other.getsockname(), segment=1000), 1)
            came = []
            while sum(len(got) for got in came) < len(data):
                came += [got.data for got in other.recv_many(64, 2000)]
            self.assertEqual([len(got) for got in came], [1000] * 5 + [500])
            self.assertEqual(b"".join(came), data)
            try:
                other.setgro(True)
            except OSError as error:
                self.skipTest(f"this kernel joins no datagrams: {error}")
            one.send_many([data], address=other.getsockname(), segment=1000)
            (joined,) = other.recv_many(8, 65535)
            self.assertEqual((joined.data, joined.segment), (data, 1000))
            self.assertEqual(other.send_many([joined]), 1)
            back = []
            while sum(len(got) for got in back) < len(data):
                back += [got.data for got in one.recv_many(64, 2000)]
            self.assertEqual([len(got) for got in back], [1000] * 5 + [500])

    def test_batch_truncated(self):
        with self.udp() as (one, other):
            one.send_many([b"a longer one", b"short"], address=other.getsockname())
            came = []
            while len(came) < 2:
                came += other.recv_many(4, 5)
            self.assertEqual([got.data for got in came], [b"a lon", b"short"])
            self.assertEqual([got.length for got in came], [12, 5])
            self.assertEqual([got.flags & libsock.MSG_TRUNC for got in came], [libsock.MSG_TRUNC, 0])

    def test_batch_at_fault(self):
        with self.udp() as (one, other):
            address = other.getsockname()
            datagrams = [(b"good", address), (bytes(70000), address), (b"never sent", address)]
            self.assertEqual(one.send_many(datagrams), 1)
            with self.assertRaises(OSError) as raised:
                one.send_many(datagrams[1:])
            self.assertEqual((raised.exception.errno, raised.exception.sent), (errno.EMSGSIZE, 0))
            self.assertEqual(other.recv(100), b"good")

    def test_batch_close(self):
        with self.udp() as (one, _):
            receiving = Caller(one.recv_many, 64, 100).wait()
            one.close()
            self.assertRaises(libsock.ClosedError, receiving.result)

    def test_send_file(self):
        data = os.urandom(8 << 20)
        with connection() as (client, server), tempfile.TemporaryFile() as file:
            file.write(data)
            file.seek(100)
            client.settimeout(LONG)
            sending = Caller(client.sendfile, file, 100)
            got = bytearray()
            while len(got) < len(data) - 100:
                got += server.recv(100000)
                if len(got) < 1 << 20:
                    time.sleep(0.001)
            self.assertEqual(sending.result(), len(data) - 100)
            self.assertEqual(file.tell(), len(data))
        self.assertEqual(got, data[100:])

    def test_options(self):
        with closing(libsock.socket()) as sock:
            for level, option in (
                (libsock.SOL_SOCKET, libsock.SO_REUSEADDR),
                (libsock.IPPROTO_TCP, libsock.TCP_NODELAY),
            ):
                self.assertEqual(sock.getsockopt(level, option), 0)
                sock.setsockopt(level, option, 1)
                self.assertEqual(sock.getsockopt(level, option), 1)
            sock.setsockopt(libsock.SOL_SOCKET, libsock.SO_RCVBUF, 8192)
            # Linux doubles the value for its bookkeeping.
            self.assertEqual(sock.getsockopt(libsock.SOL_SOCKET, libsock.SO_RCVBUF), 16384)

    def test_option_unknown(self):
        with closing(libsock.socket()) as sock, self.assertRaises(OSError) as raised:
            sock.getsockopt(libsock.SOL_SOCKET, 9999)
        self.assertEqual(raised.exception.errno, errno.ENOPROTOOPT)

    def test_bad_port(self):
        with closing(libsock.socket()) as sock:
            for port in (-1, 65536, 1 << 40):
                self.assertRaises(OverflowError, sock.connect, ("127.0.0.1", port))
                self.assertRaises(OverflowError, sock.bind, ("127.0.0.1", port))
        for port in (-1, 65536, 1 << 40):
            self.assertRaises(libsock.gaierror, libsock.getaddrinfo, "127.0.0.1", port)
            self.assertRaises(libsock.gaierror, libsock.create_connection, ("127.0.0.1", port))

    def test_bad_nul(self):
        with closing(libsock.socket()) as sock:
            self.assertRaises(TypeError, sock.connect, ("127.0.0.1\0", 80))
        self.assertRaises(ValueError, libsock.getaddrinfo, "127.0.0.1\0x", 80)
        with closing(libsock.socket(libsock.AF_UNIX)) as sock:
            self.assertRaises(ValueError, sock.bind, "a\0b")

    def test_constants(self):
        import ctypes

        # Already loaded, so the name suffices.
        library = ctypes.CDLL("libsock.so.0")
        name, value = ctypes.c_char_p(), ctypes.c_int64()
        seen = 0
        for index in range(ctypes.c_int64(library.sock_constant_count()).value):
            is_text = library.sock_constant_at(ctypes.c_int64(index), ctypes.byref(name), ctypes.byref(value))
            shown = getattr(libsock, name.value.decode(), None)
            if isinstance(shown, int) and not is_text:
                self.assertEqual(shown, value.value, name.value)
                seen += 1
        self.assertGreater(seen, 1000)

    def test_no_leak(self):
        before = descriptors()
        with closing(libsock.create_server(("127.0.0.1", 0))) as listener:
            for _ in range(1000):
                with closing(libsock.create_connection(listener.getsockname())) as client:
                    with closing(listener.accept()[0]) as server:
                        client.sendall(b"x")
                        self.assertEqual(server.recv(1), b"x")
        self.assertEqual(left_over(before), set())


if __name__ == "__main__":
    unittest.main()

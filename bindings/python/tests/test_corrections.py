"""What `import libsock` corrects in the standard module, and what stays under install()."""

import array
import errno
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import libsock
from support import LONG, closing, descriptors, pair


@unittest.skipUnless(hasattr(libsock, "send_fds"), "this Python has no send_fds")
class Descriptors(unittest.TestCase):
    def test_flags_of_receive(self):
        with pair(kind=libsock.SOCK_DGRAM) as (one, other):
            self.assertRaises(BlockingIOError, libsock.recv_fds, other, 10, 1, libsock.MSG_DONTWAIT)
            before = descriptors()
            libsock.send_fds(one, [b"hey"], [0, 1])
            for flags in (libsock.MSG_PEEK, 0):
                data, fds, _, _ = libsock.recv_fds(other, 10, 2, flags)
                self.assertEqual((data, len(fds)), (b"hey", 2))
                for fd in fds:
                    self.assertFalse(os.get_inheritable(fd))
                    os.close(fd)
            self.assertRaises(BlockingIOError, other.recv, 1, libsock.MSG_DONTWAIT)
            libsock.send_fds(one, [b"q"], [0, 0, 0])
            _, fds, flags, _ = libsock.recv_fds(other, 10, 1)
            self.assertTrue(flags & libsock.MSG_CTRUNC)
            for fd in fds:
                os.close(fd)
            self.assertEqual(descriptors(), before)

    def test_address_and_flags_of_send(self):
        kind = libsock.AF_UNIX, libsock.SOCK_DGRAM
        with closing(libsock.socket(*kind), libsock.socket(*kind)) as (sender, receiver):
            receiver.bind(b"\0libsock-fds" + os.urandom(8))
            receiver.settimeout(LONG)
            libsock.send_fds(sender, [b"t", b"o"], array.array("i", [0]), 0, receiver.getsockname())
            data, fds, _, _ = libsock.recv_fds(receiver, 10, 1)
            self.assertEqual((data, len(fds)), (b"to", 1))
            os.close(fds[0])
            with self.assertRaises(OSError) as raised:
                for _ in range(100000):
                    libsock.send_fds(sender, [b"z"], [0], libsock.MSG_DONTWAIT, receiver.getsockname())
            self.assertIn(raised.exception.errno, (errno.EAGAIN, errno.ETOOMANYREFS))


class Files(unittest.TestCase):
    def send(self, file, *arguments, make=libsock.socketpair):
        one, other = make()
        got = []
        reading = threading.Thread(target=lambda: got.extend(iter(lambda: other.recv(65536), b"")))
        reading.start()
        one.settimeout(LONG)
        try:
            sent = one.sendfile(file, *arguments)
        finally:
            one.close()
            reading.join()
            other.close()
        return sent, b"".join(got)

    def test_size_unknown_to_the_system(self):
        for name in ("/proc/version", "/proc/self/status"):
            with open(name, "rb") as file:
                sent, data = self.send(file)
            self.assertEqual(sent, len(data))
            self.assertGreater(sent, 0)

    def test_positions_and_counts(self):
        with tempfile.TemporaryFile() as file:
            file.write(b"hello")
            file.flush()
            for offset, count, expected in (
                (0, None, b"hello"),
                (1, 3, b"ell"),
                (1, (1 << 63) - 1, b"ello"),
                (2, 1 << 80, b"llo"),
                (2, (1 << 31) + 5, b"llo"),
                (5, None, b""),
                (9, 3, b""),
            ):
                with self.subTest(offset=offset, count=count):
                    self.assertEqual(self.send(file, offset, count), (len(expected), expected))
                    if expected:
                        self.assertEqual(file.tell(), offset + len(expected))

    def test_other_files(self):
        self.assertEqual(self.send(io.BytesIO(b"memory"), 2, 3), (3, b"mor"))
        read, write = os.pipe()
        os.write(write, b"pipe")
        os.close(write)
        with open(read, "rb") as file:
            self.assertEqual(self.send(file), (4, b"pipe"))

    def test_a_class_with_its_own_send(self):
        class Shouting(libsock.socket):
            def send(self, data, *flags):
                return super().send(bytes(data).upper(), *flags)

        def make():
            one, other = libsock.socketpair()
            return Shouting(fileno=one.detach()), other

        with tempfile.TemporaryFile() as file:
            file.write(b"hello")
            file.seek(0)
            self.assertEqual(self.send(file, make=make), (5, b"HELLO"))

    def test_what_is_rejected(self):
        with pair() as (one, _), open(__file__) as text, open(__file__, "rb") as file:
            self.assertRaises(ValueError, one.sendfile, text)
            self.assertRaises(ValueError, one.sendfile, file, 0, 0)
            self.assertRaises(TypeError, one.sendfile, file, 0, 1.0)
            one.settimeout(0)
            self.assertRaises(ValueError, one.sendfile, file)


class Hosts(unittest.TestCase):
    LONG_HOSTS = ("a" * 70, "a..b", ".a", "\u00fc" * 200)

    def test_very_long_hosts_take_little_time(self):
        # The idna codec takes minutes for this one.
        host = "\u00fc" * 2000000
        start = time.monotonic()
        for call in (
            lambda: libsock.getaddrinfo(host, 80),
            lambda: libsock.create_connection((host, 80), LONG),
            lambda: libsock.gethostbyname(host),
            lambda: libsock.gethostbyname_ex(host),
            lambda: libsock.gethostbyaddr(host),
        ):
            self.assertRaises((libsock.gaierror, UnicodeError), call)
        with closing(libsock.socket()) as sock:
            self.assertRaises(TypeError, sock.connect, (host, 80))
        self.assertLess(time.monotonic() - start, LONG)

    def test_hosts_that_cannot_be_encoded(self):
        for host in self.LONG_HOSTS:
            for call in (
                lambda: libsock.getaddrinfo(host, 80),
                lambda: libsock.getaddrinfo(host, 80, flags=libsock.AI_NUMERICHOST),
                lambda: libsock.create_connection((host, 80), LONG),
            ):
                with self.assertRaises(libsock.gaierror) as raised:
                    call()
                self.assertEqual(raised.exception.errno, libsock.EAI_NONAME)


class Installed(unittest.TestCase):
    def test_the_standard_module_keeps_its_answers(self):
        code = (
            "import libsock; libsock.install(); import socket, inspect\n"
            "assert 'os.fstat' in inspect.getsource(socket.socket._sendfile_use_sendfile)\n"
            "assert socket.socket.sendfile.__module__ == 'socket'\n"
            "assert libsock.getaddrinfo is not socket.getaddrinfo\n"
            "try: socket.getaddrinfo('a' * 70, 80)\n"
            "except UnicodeError: pass\n"
            "else: raise SystemExit('no UnicodeError')\n"
        )
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


if __name__ == "__main__":
    unittest.main()

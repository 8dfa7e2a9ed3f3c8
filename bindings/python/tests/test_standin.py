"""libsock._socket in place of CPython's `_socket`: names, types, texts, audit events, CAPI."""

import errno
import inspect
import json
import os
import subprocess
import sys
import time
import unittest
import warnings

import libsock
from libsock import _socket
from support import Caller, closing, pair

PROBE = """
import json, _socket
names = {name: value if isinstance(value, (int, str)) else "" for name, value in vars(_socket).items() if name[:2] != "__"}
print(json.dumps([names, [name for name in dir(_socket.socket) if name[:2] != "__"]]))
"""

# A child process sends the second part, so that this process has only one thread.
ALONE = """
import os, time
from libsock import _socket
one, other = _socket.socketpair()
one.send(b'abc')
if os.fork() == 0:
    time.sleep(0.1)
    one.send(b'def')
    os._exit(0)
print(other.recv(6, _socket.MSG_WAITALL))
os.wait(), one.close(), other.close()
"""


# What a build without the interpreter's lock says as it turns the lock on.
QUIET = ["-W", "ignore:The global interpreter lock (GIL) has been enabled:RuntimeWarning"]


def python(code, *options, env=None):
    """Run code in a new interpreter and return its output."""
    command = [sys.executable, *QUIET, *options, "-c", code]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=60, env=env
    )
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


class Names(unittest.TestCase):
    def test_all_names_of_cpython_exist(self):
        names, methods = json.loads(python(PROBE))
        self.assertGreater(len(names), 300)
        missing = [name for name in names if not hasattr(_socket, name)]
        self.assertEqual(missing, [])
        different = {
            name: value for name, value in names.items() if value != "" and getattr(_socket, name) != value
        }
        self.assertEqual(different, {})
        self.assertEqual([name for name in methods if not hasattr(_socket.socket, name)], [])

    def test_star_import_brings_only_names_of_cpython(self):
        # `from socket import *` must not overwrite a program's own names.
        for name in ("READ", "WRITE", "Message", "CancelToken", "dial"):
            self.assertNotIn(name, _socket.__all__)
            self.assertTrue(hasattr(_socket, name))

    def test_enumerations_keep_their_names(self):
        self.assertEqual(libsock.AddressFamily(1).name, "AF_UNIX")
        self.assertEqual(libsock.MsgFlag(4).name, "MSG_DONTROUTE")

    def test_signatures(self):
        # A Python signature cannot express an optional argument in the middle.
        without = {"sendto", "setsockopt", "sendmsg_afalg", "getservbyname", "getservbyport"}
        for owner in (_socket, _socket.socket, libsock.CancelToken):
            for name, value in vars(owner).items():
                if name[:1] == "_" or not callable(value) or isinstance(value, type) or name in without:
                    continue
                with self.subTest(name):
                    inspect.signature(value)
        self.assertEqual(str(inspect.signature(_socket.socket.recv_exact)), "(self, /, size, flags=0)")
        if sys.version_info >= (3, 10):
            self.assertEqual(list(inspect.signature(_socket.socket).parameters), ["family", "type", "proto", "fileno"])
        with pair() as (one, _):
            inspect.signature(one.send_message).bind([b"x"], fds=[0])

    def test_everything_public_has_a_docstring(self):
        bare = [
            name
            for name, value in vars(_socket.socket).items()
            if name[:1] != "_" and not getattr(value, "__doc__", None)
        ]
        functions = [name for name, value in vars(_socket).items() if callable(value) and not value.__doc__]
        self.assertEqual(bare + functions, [])


class Type(unittest.TestCase):
    def test_a_failed_init_leaves_a_closed_socket(self):
        sock = _socket.socket.__new__(_socket.socket)
        self.assertEqual((sock.fileno(), sock.close()), (-1, None))
        self.assertIn("fd=-1", repr(sock))

    def test_second_init_is_rejected(self):
        with closing(_socket.socket()) as sock:
            number = sock.fileno()
            self.assertRaises(RuntimeError, sock.__init__)
            self.assertEqual(sock.fileno(), number)

    def test_objects_have_no_dict(self):
        with closing(_socket.socket()) as sock:
            self.assertRaises(AttributeError, setattr, sock, "other", 1)

    def test_unclosed_socket_warns_and_is_closed(self):
        sock = _socket.socket()
        number = sock.fileno()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del sock
        self.assertEqual([warning.category for warning in caught], [ResourceWarning])
        self.assertRaises(OSError, os.fstat, number)

    def test_failed_adoption_leaves_the_descriptor_open(self):
        # R9, R13: errors leave the descriptor to the caller.
        read, write = os.pipe()
        with self.assertRaises(OSError) as raised:
            _socket.socket(fileno=read)
        self.assertEqual(raised.exception.errno, errno.ENOTSOCK)
        os.write(write, b"x")
        self.assertEqual(os.read(read, 1), b"x")
        os.close(read)
        os.close(write)
        self.assertRaises(ValueError, _socket.socket, fileno=-1)
        self.assertRaises(TypeError, _socket.socket, fileno=1.0)

    def test_detects_values_not_given(self):
        # R11
        with closing(_socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)) as sock:
            twin = _socket.socket(fileno=os.dup(sock.fileno()))
            self.assertEqual((twin.family, twin.type, twin.proto), (sock.family, sock.type, _socket.IPPROTO_UDP))
            twin.close()

    @unittest.skipIf(sys.version_info < (3, 10), "this Python has no immutable heap types")
    def test_type_is_immutable(self):
        self.assertRaises(TypeError, setattr, _socket.socket, "other", 1)


class Calls(unittest.TestCase):
    def test_recv_of_zero_bytes_makes_no_system_call(self):
        # R68, in any state.
        with pair() as (one, _):
            self.assertEqual(one.recv(0), b"")
            one.close()
            self.assertEqual(one.recv(0), b"")
            self.assertRaises(ValueError, one.recv, -1)

    def test_msg_trunc_exposes_no_old_memory(self):
        # R76
        with pair(kind=libsock.SOCK_DGRAM) as (one, other):
            one.send(b"abcdef")
            self.assertEqual(other.recv(4, libsock.MSG_TRUNC), b"abcd")
            one.send(b"abcdef")
            buffer = bytearray(4)
            self.assertEqual(other.recv_into(buffer, 0, libsock.MSG_TRUNC), 6)
            self.assertEqual(buffer, b"abcd")

    def test_waitall_waits_for_all(self):
        with pair() as (one, other):
            one.settimeout(60)
            one.send(b"abc")
            sending = Caller(lambda: (time.sleep(0.05), one.send(b"def")))
            self.assertEqual(other.recv(6, libsock.MSG_WAITALL), b"abcdef")
            sending.result()
        # The same with only one thread, where the call must not return the first part.
        self.assertEqual(python(ALONE).strip(), "b'abcdef'")

    def test_connect_ex_on_timeout(self):
        # R56, R58
        with closing(_socket.socket()) as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            full = [_socket.socket() for _ in range(8)]
            with closing(*full):
                for sock in full:
                    sock.settimeout(0)
                    sock.connect_ex(listener.getsockname())
                with closing(_socket.socket()) as late:
                    late.settimeout(0.02)
                    self.assertEqual(late.connect_ex(listener.getsockname()), errno.EWOULDBLOCK)
                self.assertEqual(late.connect_ex(("127.0.0.1", 1)), errno.EBADF)

    def test_timeouts(self):
        # R28 to R34
        with closing(_socket.socket()) as sock:
            sock.settimeout(1e-10)
            self.assertEqual(sock.gettimeout(), 1e-9)
            for bad, error in (
                (-1, ValueError),
                (-1e-10, ValueError),
                (float("nan"), ValueError),
                (float("inf"), OverflowError),
                (1 << 40, OverflowError),
                ("1", TypeError),
            ):
                self.assertRaises(error, sock.settimeout, bad)
            self.assertEqual(sock.gettimeout(), 1e-9)
            sock.settimeout(None)
            self.assertEqual((sock.gettimeout(), sock.timeout, sock.getblocking()), (None, None, True))

    def test_default_timeout(self):
        _socket.setdefaulttimeout(7)
        try:
            with closing(_socket.socket()) as sock, closing(*_socket.socketpair()) as (one, _):
                self.assertEqual((sock.gettimeout(), one.gettimeout()), (7, 7))
            with closing(_socket.socket(type=_socket.SOCK_STREAM | _socket.SOCK_NONBLOCK)) as sock:
                self.assertEqual(sock.gettimeout(), 0)
        finally:
            _socket.setdefaulttimeout(None)

    def test_sendall_reports_bytes_sent(self):
        # R86
        with pair() as (one, _):
            one.settimeout(0.05)
            with self.assertRaises(libsock.timeout) as raised:
                one.sendall(bytes(1 << 22))
            self.assertGreater(raised.exception.sent, 0)
            self.assertLess(raised.exception.sent, 1 << 22)

    def test_numeric_lookups_match_cpython(self):
        import socket

        hosts = "192.0.2.1 127.1 0x7f.1 192.0.2.01 255.255.255.255 0.0.0.0 ::1 ::ffff:192.0.2.1 fe80::1%1".split()
        for host in (*hosts, *map(str.encode, hosts)):
            for port in (80, "80", b"0", None):
                for asked in ((), (0, 1), (2, 2), (10,), (10, 1, 0, socket.AI_V4MAPPED), (0, 1, 6, socket.AI_CANONNAME)):
                    answers = []
                    for module in (socket._socket, _socket):
                        try:
                            answers.append(module.getaddrinfo(host, port, *asked))
                        except socket.gaierror as error:
                            answers.append(error.errno)
                        except libsock.gaierror as error:
                            answers.append(error.errno)
                    with self.subTest(f"{host!r} {port!r} {asked}"):
                        self.assertEqual(*answers)

    def test_ports_match_cpython(self):
        import socket

        hosts = ("127.0.0.1", "::1", None)
        odd = ("", b"", "80", "+80", " 80", "\t+0080", "-0", "-1", "80 ", "8 0", "+", "+-1", "0x50", "no-such-service")
        ports = (*odd, 80, -1, None)
        for host in hosts:
            for port in ports:
                answers = []
                for module in (socket._socket, _socket):
                    try:
                        answers.append(module.getaddrinfo(host, port, 0, 1))
                    except (socket.gaierror, libsock.gaierror) as error:
                        answers.append((error.errno, str(error)))
                with self.subTest(f"{host!r} {port!r}"):
                    self.assertEqual(*answers)
        # Listed in the README: CPython truncates it to 16 bits.
        self.assertRaises(libsock.gaierror, _socket.getaddrinfo, "127.0.0.1", "65536")

    def test_texts_of_lookup_errors_are_the_c_library_s(self):
        import ctypes

        strerror = ctypes.CDLL(None).gai_strerror
        strerror.restype = ctypes.c_char_p
        for arguments, number in (
            (("127.0.0.1", "no-such-service"), _socket.EAI_SERVICE),
            (("not a number", 80, 0, 0, 0, _socket.AI_NUMERICHOST), _socket.EAI_NONAME),
            (("127.0.0.1", 80, 9999), _socket.EAI_FAMILY),
            (("127.0.0.1", 80, 0, 9999), _socket.EAI_SOCKTYPE),
            (("127.0.0.1", 80, 0, 0, 0, 1 << 30), _socket.EAI_BADFLAGS),
        ):
            with self.assertRaises(_socket.gaierror) as raised:
                _socket.getaddrinfo(*arguments)
            text = strerror(number).decode()
            self.assertEqual((raised.exception.args, str(raised.exception)), ((number, text), f"[Errno {number}] {text}"))

    def test_buffers(self):
        with pair() as (one, other):
            one.sendall(memoryview(b"abcdef")[::1])
            self.assertRaises(BufferError, one.send, memoryview(b"abcdef")[::2])
            self.assertRaises(TypeError, other.recv_into, b"read-only")
            self.assertRaises(TypeError, one.send, "text")
            buffer = bytearray(6)
            self.assertEqual(other.recv_into(buffer=buffer, nbytes=3, flags=0), 3)
            self.assertEqual(other.recvfrom_into(memoryview(buffer)[3:]), (3, None))
            self.assertEqual(buffer, b"abcdef")


class Installed(unittest.TestCase):
    def test_install_applies_to_the_whole_standard_library(self):
        python(
            "import libsock, sys; libsock.install(); libsock.install(); assert libsock.installed()\n"
            "import socket, ssl, asyncio, http.client\n"
            "assert socket._socket is libsock._socket\n"
            "assert issubclass(ssl.SSLSocket, libsock._socket.socket)\n"
            "assert libsock.socket is socket.socket\n"
            "assert '/lib-dynload/_socket.' not in open('/proc/self/maps').read()\n"
        )

    def test_late_install_is_rejected(self):
        python(
            "import socket, libsock\n"
            "try: libsock.install()\n"
            "except RuntimeError: pass\n"
            "else: raise SystemExit('installed')\n"
            "assert not libsock.installed()\n"
        )

    def test_import_changes_nothing(self):
        python(
            "import sys, libsock\n"
            "assert 'socket' not in sys.modules and '_socket' not in sys.modules\n"
            "libsock.socketpair()[0].close()\n"
            "assert 'socket' not in sys.modules and '_socket' not in sys.modules\n"
            "import socket\n"
            "assert socket.socket is not libsock.socket and socket._socket is not libsock._socket\n",
            "-Wignore",
        )

    def test_run_program_with_libsock(self):
        done = subprocess.run(
            [sys.executable, "-m", "libsock", "-m", "timeit", "-n1", "-r1", "import socket; print(socket._socket.__name__)"],
            stdout=subprocess.PIPE,
            universal_newlines=True,
            timeout=60,
        )
        self.assertIn("libsock._socket", done.stdout)

    def test_audit_events(self):
        # R207
        out = python(
            "import sys, libsock._socket as s\n"
            "seen = []\n"
            "sys.addaudithook(lambda event, args: seen.append((event, args[1:])) if event.startswith('socket.') else None)\n"
            "sock = s.socket(); sock.bind(('127.0.0.1', 0)); sock.connect_ex(sock.getsockname()); sock.close()\n"
            "s.getaddrinfo('127.0.0.1', 80, 0, 1); s.gethostname()\n"
            "print(*(event for event, _ in seen)); print(seen[0][1], seen[1][1], seen[3][1])"
        ).split("\n")
        self.assertEqual(
            out[0], "socket.__new__ socket.bind socket.connect socket.getaddrinfo socket.gethostname"
        )
        self.assertEqual(out[1], "(-1, -1, -1) (('127.0.0.1', 0),) (80, 0, 1, 0)")


if __name__ == "__main__":
    unittest.main()

"""No operation leaks references, memory or descriptors, whether it succeeds or fails.

LIBSOCK_CYCLES is the number of runs of each (100000 for the long form).
"""

import gc
import os
import sys
import tracemalloc
import unittest

import libsock
from libsock import _socket
from support import closing, descriptors

CYCLES = int(os.environ.get("LIBSOCK_CYCLES", "2000"))


def refused(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except (OSError, TypeError, ValueError, OverflowError, EOFError):
        return
    raise AssertionError(f"{call} accepted {args} {kwargs}")


def operations():
    """Yield (name, call) for every operation of the extension, on sockets that stay open."""
    one, other = _socket.socketpair()
    for sock in (one, other):
        sock.settimeout(5)
    udp = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    udp.settimeout(5)
    own = udp.getsockname()
    listener = _socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    address = listener.getsockname()
    gone = _socket.socket()
    gone.close()
    token = libsock.CancelToken()
    buffer = bytearray(10)
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, b"\0\0\0\0")]

    def connect():
        client = _socket.socket()
        client.connect(address)
        fd, _ = listener._accept()
        _socket.close(fd)
        client.close()

    def dial():
        fd, attempts = _socket.dial(address[0], str(address[1]))
        _socket.close(fd)
        fd, _ = listener._accept()
        _socket.close(fd)

    def pass_descriptor():
        one.sendmsg([b"x"], rights)
        for fd in other.recv_message(10, fds=1).fds:
            os.close(fd)

    def drop_descriptor():
        one.sendmsg([b"x"], rights)
        other.recv_message(10)

    def cancel():
        with libsock.CancelToken() as fired:
            one.setcancel(fired)
            fired.fire()
            refused(one.recv, 1)
            one.setcancel(None)

    def time_out():
        one.setdeadline(0)
        refused(one.recv, 1)
        refused(one.recv_exact, 5)
        refused(one.sendall, b"x")
        one.setdeadline(None)

    yield "make", lambda: _socket.socket().close()
    yield "make a pair", lambda: [sock.close() for sock in _socket.socketpair()]
    yield "make and fail", lambda: refused(_socket.socket, 9999)
    yield "adopt", lambda: _socket.close(_socket.socket(fileno=one.fileno()).detach() and os.dup(one.fileno()))
    yield "adopt and fail", lambda: refused(_socket.socket, fileno=9999)
    yield "connect", connect
    yield "dial", dial
    yield "dial and fail", lambda: refused(_socket.dial, "127.0.0.1", "1")
    yield "send", lambda: (one.send(b"abc"), other.recv(10))
    yield "sendall", lambda: (one.sendall(bytearray(3)), other.recv_into(buffer))
    yield "recv_exact", lambda: (one.send(b"abc"), other.recv_exact(3))
    yield "sendto", lambda: (udp.sendto(b"abc", own), udp.recvfrom(10))
    yield "recvfrom_into", lambda: (udp.sendto(b"abc", 0, own), udp.recvfrom_into(buffer, nbytes=5))
    yield "sendmsg", lambda: (udp.sendmsg([b"a", b"b"], [], 0, own), udp.recvmsg(10, 100))
    yield "recvmsg_into", lambda: (udp.sendmsg([b"a"], [], 0, own), udp.recvmsg_into([buffer], 100))
    def batch():
        udp.send_many([b"abc", (b"d", own), (b"e", own, 1, [])], address=own, outcomes=[])
        return udp.recv_many(2, 10, 100), udp.recv_many_into([buffer])

    poller = libsock.Poller()

    def poll():
        poller.add(one, data=object())
        poller.modify(one, 3)
        poller.wait(0)
        poller.remove(one)
        poller.wake()
        poller.wait(0)
        poller.timer(60).close()
        refused(poller.remove, one)
        refused(poller.add, gone)
        refused(poller.wait, -1)

    def poll_closed():
        first, second = _socket.socketpair()
        poller.add(first)
        first.close()
        second.close()
        poller.wait(5)

    yield "make a poller", lambda: libsock.Poller().close()
    yield "poll", poll
    yield "poll a socket that is closed", poll_closed
    yield "batch", batch
    yield "batch and fail", lambda: (
        refused(udp.send_many, [b"x", 1]),
        refused(udp.send_many, [(b"x", ("127.0.0.1", 99999))]),
        refused(udp.send_many, [b"x"], segment=-1),
        refused(udp.send_many, [b"x"], outcomes=1),
        refused(udp.send_many, [(b"x", None, 0, [(1, 1, 1)])]),
        refused(udp.send_many, 1),
        refused(udp.recv_many, -1, 10),
        refused(udp.recv_many_into, [buffer, b"x"]),
        refused(one.recv_many, 1, 1),
    )
    yield "pass a descriptor", pass_descriptor
    yield "drop a descriptor", drop_descriptor
    yield "cancel", cancel
    yield "time out", time_out
    yield "options", lambda: (one.setsockopt(1, 7, 5000), one.setsockopt(1, 7, b"\1\1\0\0"), one.getsockopt(1, 7, 4))
    yield "names", lambda: (one.getsockname(), udp.getsockname(), repr(one), one.gettimeout())
    yield "getaddrinfo", lambda: _socket.getaddrinfo("127.0.0.1", 80)
    yield "getaddrinfo of a name", lambda: _socket.getaddrinfo(b"::1", "80", 0, 0, 0, _socket.AI_CANONNAME)
    yield "getaddrinfo and fail", lambda: refused(_socket.getaddrinfo, "127.0.0.1", "no such service")
    yield "getnameinfo", lambda: _socket.getnameinfo(("127.0.0.1", 80), 3)
    yield "interfaces", lambda: (_socket.if_nameindex(), _socket.if_nametoindex("lo"))
    yield "conversions", lambda: (_socket.inet_ntoa(_socket.inet_aton("127.1")), _socket.htons(1), _socket.CMSG_LEN(1))
    yield "closed", lambda: (refused(gone.send, b"x"), refused(gone.recv, 1), refused(gone._accept))
    yield "wrong arguments", lambda: (
        refused(one.send, "x"),
        refused(one.recv, -1),
        refused(one.recv, "x"),
        refused(one.sendmsg, [b"x", 1]),
        refused(one.sendmsg, [b"x"], [(1, 1, b"x"), 1]),
        refused(one.recvmsg_into, [buffer, b"x"]),
        refused(one.recv_into, buffer, 99),
        refused(one.recv_into, other=1),
        refused(one.setsockopt, 1, 1, None),
        refused(udp.sendto, b"x", ("127.0.0.1", 99999)),
        refused(udp.sendto, b"x", (b"127.0.0.1\0", 9)),
        refused(udp.bind, "x"),
        refused(one.send_message, [b"x"], ttl=999),
        refused(one.setcancel, 1),
        refused(one.settimeout, "x"),
    )
    with token:
        pass
    poller.close()
    for sock in (one, other, udp, listener):
        sock.close()


class Leaks(unittest.TestCase):
    def test_every_operation(self):
        for name, call in operations():
            with self.subTest(name):
                # A thread's first waits allocate what later ones reuse.
                for _ in range(50):
                    call()
                before = descriptors()
                self.assertEqual(*self.grown(call, name))
                self.assertEqual(descriptors(), before, "leaked descriptors")

    def grown(self, call, name):
        """Compare Python's memory before and after a run of cycles. A leak in one cycle shows as a block for each."""
        gc.collect()
        tracemalloc.start(1)
        first, blocks = tracemalloc.get_traced_memory()[0], sys.getallocatedblocks()
        for _ in range(CYCLES):
            call()
        gc.collect()
        kept, more = tracemalloc.get_traced_memory()[0] - first, sys.getallocatedblocks() - blocks
        tracemalloc.stop()
        leaked = kept > CYCLES or more > CYCLES // 2
        return f"{name}: nothing left", f"{name}: {kept} bytes, {more} blocks left" if leaked else f"{name}: nothing left"

    def test_arguments_keep_their_reference_counts(self):
        data, flags, address = b"x" * 1000, 1 << 14, ("127.0.0.1", 1)
        with closing(_socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)) as sock:
            counts = [sys.getrefcount(thing) for thing in (data, flags, address)]
            for _ in range(1000):
                try:
                    sock.sendto(data, flags, address)
                except ConnectionRefusedError:
                    pass
            self.assertEqual([sys.getrefcount(thing) for thing in (data, flags, address)], counts)


if __name__ == "__main__":
    unittest.main()

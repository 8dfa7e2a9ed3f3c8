"""Messages with typed control data, and CPython's recvmsg and sendmsg."""

import array
import errno
import os
import unittest
import warnings

import libsock
from support import LONG, closing, connection, descriptors, pair


def udp_pair():
    one, other = (libsock.socket(libsock.AF_INET, libsock.SOCK_DGRAM) for _ in range(2))
    for sock in (one, other):
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(LONG)
    return closing(one, other)


class Typed(unittest.TestCase):
    def test_credentials(self):
        with pair() as (one, other):
            other.setsockopt(libsock.SOL_SOCKET, libsock.SO_PASSCRED, 1)
            one.send_message([b"a", b"b"], credentials=(os.getpid(), os.getuid(), os.getgid()))
            message = other.recv_message(10, libsock.CONTROL_CREDENTIALS)
            self.assertEqual(message.data, b"ab")
            self.assertEqual(message.credentials, (os.getpid(), os.getuid(), os.getgid()))

    def test_packets(self):
        with udp_pair() as (one, other):
            for option in (libsock.IP_PKTINFO, libsock.IP_RECVTTL, libsock.IP_RECVTOS):
                other.setsockopt(libsock.IPPROTO_IP, option, 1)
            other.setsockopt(libsock.SOL_SOCKET, libsock.SO_TIMESTAMPNS, 1)
            kinds = (
                libsock.CONTROL_PKTINFO | libsock.CONTROL_TTL | libsock.CONTROL_TOS | libsock.CONTROL_TIMESTAMP
            )
            one.send_message(
                [b"packet"], ttl=9, tos=8, pktinfo=("127.0.0.1", 0), address=other.getsockname()
            )
            message = other.recv_message(3, kinds)
        self.assertEqual((message.data, message.length), (b"pac", 3))
        self.assertEqual(message.flags & libsock.MSG_TRUNC, libsock.MSG_TRUNC)
        self.assertEqual((message.ttl, message.tos), (9, 8))
        self.assertEqual(message.pktinfo[0], ("127.0.0.1", 0))
        self.assertGreater(message.timestamp[0], 10**18)
        self.assertEqual((message.credentials, message.error, message.fds), (None, None, []))

    def test_error_queue(self):
        with udp_pair() as (one, other):
            nobody = other.getsockname()
            other.close()
            one.setsockopt(libsock.IPPROTO_IP, libsock.IP_RECVERR, 1)
            one.connect(nobody)
            one.settimeout(1)
            one.send(b"x")
            try:
                with self.assertRaises(ConnectionRefusedError):
                    one.recv(1)
            except libsock.timeout:
                self.skipTest("this machine answers a datagram to a closed port with no ICMP message")
            message = one.recv_message(10, libsock.CONTROL_ERROR, flags=libsock.MSG_ERRQUEUE)
        self.assertEqual(message.error[:2], (errno.ECONNREFUSED, libsock.SO_EE_ORIGIN_ICMP))
        self.assertEqual(message.error[6][0], "127.0.0.1")

    def test_invalid_arguments_are_rejected(self):
        with pair() as (one, _):
            for bad in ({"ttl": 300}, {"tos": -1}, {"gso_size": 0}, {"pktinfo": ("nobody", 0)}, {"fds": range(254)}):
                with self.subTest(bad):
                    self.assertRaises(ValueError, one.send_message, [b"x"], **bad)
            self.assertRaises(TypeError, one.send_message, [b"x"], credentials=1)
            self.assertRaises(TypeError, one.send_message, ["text"])
            self.assertRaises(ValueError, one.recv_message, -1)
            self.assertRaises(ValueError, one.recv_message, 1, 1 << 20)
            self.assertRaises(ValueError, one.recv_message, 1, 0, 254)
            self.assertRaises(OSError, one.send_message, [b"x"], fds=[9999])

    def test_every_descriptor_is_returned_or_closed(self):
        before = descriptors()
        with pair() as (one, other):
            for room in (0, 1, 2, 5):
                one.send_message([b"x"], fds=[0, 1, 2])
                message = other.recv_message(10, fds=room)
                # CMSG_SPACE may leave room for one more than requested.
                self.assertLessEqual(abs(len(message.fds) - min(room, 3)), 1)
                for fd in message.fds:
                    os.close(fd)
        self.assertEqual(descriptors(), before)


    def test_any_iterable_of_buffers(self):
        for make in (list, tuple, iter, lambda pieces: (piece for piece in pieces)):
            with pair() as (one, other):
                self.assertEqual(one.send_message(make([b"ab", bytearray(b"cd"), memoryview(b"e")])), 5)
                self.assertEqual(other.recv_exact(5), b"abcde")
                self.assertEqual(one.send_message(make([b"f"]), fds=make([0])), 1)
                message = other.recv_message(10, fds=1)
                self.assertEqual((message.data, len(message.fds)), (b"f", 1))
                os.close(message.fds[0])
        with pair() as (one, _):
            self.assertRaises(TypeError, one.send_message, ("text",))
            self.assertRaises(TypeError, one.send_message, 1)

    def test_truncated_stream_is_not_its_end(self):
        with connection() as (client, server):
            for receive in (
                lambda: server.recv(10, libsock.MSG_TRUNC),
                lambda: server.recvmsg(10, 0, libsock.MSG_TRUNC)[0],
                lambda: server.recv_message(10, flags=libsock.MSG_TRUNC).data,
            ):
                client.sendall(b"secret")
                # The kernel discards the bytes: what comes is their number, and no old memory.
                self.assertEqual(receive(), bytes(6))
            client.shutdown(libsock.SHUT_WR)
            self.assertEqual(receive(), b"")


class LikeCPython(unittest.TestCase):
    def test_received_descriptors_are_close_on_exec(self):
        # R109
        with pair() as (one, other):
            one.sendmsg([b"x"], [(libsock.SOL_SOCKET, libsock.SCM_RIGHTS, array.array("i", [0]))])
            data, ancillary, flags, address = other.recvmsg(10, libsock.CMSG_SPACE(4))
            ((level, kind, content),) = ancillary
            (fd,) = array.array("i", content)
            self.assertEqual((data, level, kind), (b"x", libsock.SOL_SOCKET, libsock.SCM_RIGHTS))
            self.assertFalse(os.get_inheritable(fd))
            os.close(fd)

    def test_scatter_and_gather(self):
        # R94, R103
        with pair(kind=libsock.SOCK_DGRAM) as (one, other):
            self.assertEqual(one.sendmsg(bytes([65 + i]) * i for i in range(4)), 6)
            first, second = bytearray(2), bytearray(10)
            count, ancillary, _, _ = other.recvmsg_into([first, memoryview(second)])
            self.assertEqual((count, bytes(first), bytes(second[:4]), ancillary), (6, b"BC", b"CDDD", []))
            for bad in (b"bytes", [b"x", "text"], 1):
                self.assertRaises(TypeError, one.sendmsg, bad)
            self.assertRaises(TypeError, other.recvmsg_into, [b"read-only"])

    def test_too_many_buffers(self):
        # R95
        with pair(kind=libsock.SOCK_DGRAM) as (one, _):
            with self.assertRaises(OSError) as raised:
                one.sendmsg([b""] * 1025)
            self.assertEqual(raised.exception.errno, errno.EMSGSIZE)

    def test_descriptors_are_closed_when_the_warning_is_an_error(self):
        # R107: the buffer has room for only one of the two descriptors.
        before = descriptors()
        with pair() as (one, other), warnings.catch_warnings():
            warnings.simplefilter("error")
            one.sendmsg([b"x"], [(libsock.SOL_SOCKET, libsock.SCM_RIGHTS, array.array("i", [0, 1]))])
            _, ancillary, flags, _ = other.recvmsg(10, libsock.CMSG_LEN(4))
            self.assertEqual(flags & libsock.MSG_CTRUNC, libsock.MSG_CTRUNC)
            for _, _, content in ancillary:
                for fd in array.array("i", content):
                    os.close(fd)
        self.assertEqual(descriptors(), before)

    def test_sizes(self):
        # R100
        self.assertEqual((libsock.CMSG_LEN(0), libsock.CMSG_LEN(4)), (16, 20))
        self.assertEqual((libsock.CMSG_SPACE(0), libsock.CMSG_SPACE(1)), (16, 24))
        for size in (libsock.CMSG_LEN, libsock.CMSG_SPACE):
            for bad in (-1, (1 << 31) - 1):
                self.assertRaises(OverflowError, size, bad)


if __name__ == "__main__":
    unittest.main()

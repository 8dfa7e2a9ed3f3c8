"""Batches: the forms of what is sent, control messages, partial results. The shared cases are in test_behaviour.py."""

import array
import os
import pickle
import signal
import unittest

import libsock
from support import LONG, closing, descriptors, has_ipv6, pair


def udp(family=libsock.AF_INET, host="127.0.0.1"):
    socks = [libsock.socket(family, libsock.SOCK_DGRAM) for _ in range(2)]
    for sock in socks:
        sock.bind((host, 0))
        sock.settimeout(LONG)
    return closing(*socks)


def receive(sock, count, *args):
    came = []
    while len(came) < count:
        came += sock.recv_many(count - len(came), 2000, *args)
    return came


class Send(unittest.TestCase):
    def test_forms_of_an_entry(self):
        with udp() as (one, other):
            address = other.getsockname()
            forms = [b"a", bytearray(b"b"), memoryview(b"c"), array.array("b", b"d"), (b"e",), (b"f", address)]
            forms += [(b"g", None), (b"h", address, 0), (b"i", address, 5), (b"j", address, 0, ())]
            for make in (list, tuple, iter, lambda forms: (form for form in forms)):
                self.assertEqual(one.send_many(make(forms), address=address), len(forms))
                self.assertEqual(b"".join(got.data for got in receive(other, len(forms))), b"abcdefghij")
            for bad in ("text", 1, None, (), (b"x", address, 0, (), 0), ("text", address), (b"x", address, "1")):
                self.assertRaises(TypeError, one.send_many, [b"first", bad], address=address)
            for segment in (-1, 65536):
                self.assertRaises(ValueError, one.send_many, [b"x"], address=address, segment=segment)
            self.assertRaises(TypeError, one.send_many, b"x")
            self.assertRaises(TypeError, one.send_many, 1)
            other.settimeout(0)
            self.assertRaises(BlockingIOError, other.recv, 1)

    def test_connected_peer_and_names(self):
        with udp() as (one, other):
            port = other.getsockname()[1]
            self.assertEqual(one.send_many([(b"by name", ("localhost", port))] * 2), 2)
            self.assertEqual([got.data for got in receive(other, 2)], [b"by name"] * 2)
            one.connect(other.getsockname())
            self.assertEqual(one.send_many([b"to the peer"] * 3), 3)
            self.assertEqual([got.data for got in receive(other, 3)], [b"to the peer"] * 3)

    def test_nothing(self):
        with udp() as (one, _):
            self.assertEqual(one.send_many([]), 0)
            self.assertEqual(one.recv_many(0, 100), [])
            self.assertEqual(one.recv_many_into([]), [])
        for call in (lambda: one.send_many([]), lambda: one.recv_many(0, 1), lambda: one.recv_many_into([])):
            self.assertRaises(OSError, call)

    def test_more_than_one_system_call_holds(self):
        with udp() as (one, other):
            other.setsockopt(libsock.SOL_SOCKET, libsock.SO_RCVBUF, 1 << 22)
            data = [b"%d" % number for number in range(150)]
            self.assertEqual(one.send_many(data, address=other.getsockname()), len(data))
            self.assertEqual([got.data for got in receive(other, len(data))], data)

    def test_partial_results(self):
        with pair(kind=libsock.SOCK_DGRAM) as (one, other):
            one.setblocking(False)
            outcomes = []
            sent = one.send_many([b"ab", b"c", b""] * 1000, outcomes=outcomes)
            self.assertTrue(0 < sent < 3000)
            self.assertEqual(outcomes, ([(2, 0), (1, 0), (0, 0)] * 1000)[:sent])
            with self.assertRaises(BlockingIOError) as raised:
                one.send_many([b"x"])
            self.assertEqual(raised.exception.sent, 0)
            # The room for one datagram: one entry of three goes in part.
            other.recv(10)
            outcomes = []
            self.assertEqual(one.send_many([b"abcdef"], segment=2, outcomes=outcomes), 1)
            self.assertEqual(outcomes, [(2, libsock.BATCH_PLAIN)])

    def test_signal_handler_raises_after_a_part(self):
        def handler(*_):
            raise KeyError("from the handler")

        with pair(kind=libsock.SOCK_DGRAM) as (one, other):
            before = signal.signal(signal.SIGALRM, handler)
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.1)
                with self.assertRaises(KeyError) as raised:
                    one.send_many([b"x"] * 3000)
            finally:
                signal.signal(signal.SIGALRM, before)
            self.assertTrue(0 < raised.exception.sent < 3000)
            self.assertEqual(len(other.recv_many(5000, 1)), raised.exception.sent)

    def test_streams_are_refused(self):
        with pair() as (one, other):
            self.assertRaises(OSError, one.send_many, [b"x"])
            self.assertRaises(OSError, other.recv_many, 1, 1)

    def test_audit_event(self):
        import sys

        events = []
        recording = [True]
        sys.addaudithook(lambda name, args: recording and name == "socket.sendmsg" and events.append(args[1]))
        with udp() as (one, other):
            address = other.getsockname()
            one.send_many([b"x", (b"y", address)], address=address)
            one.connect(address)
            one.send_many([b"z"])
        recording.clear()
        self.assertEqual(events, [address, address, None])


class Receive(unittest.TestCase):
    def test_results(self):
        with udp() as (one, other):
            one.send_many([b"abc", b""], address=other.getsockname())
            first, second = receive(other, 2)
            data, sender = first
            self.assertEqual((data, sender, len(first)), (b"abc", one.getsockname(), 2))
            self.assertEqual((first.segment, first.flags, first.length, first.ancdata), (0, 0, 3, []))
            self.assertEqual((second.data, second.length), (b"", 0))
            self.assertEqual(pickle.loads(pickle.dumps(first)).length, 3)
            self.assertIn("Datagram", repr(first))

    def test_into(self):
        with udp() as (one, other):
            data = [b"abc", b"", b"a long datagram"]
            one.send_many(data, address=other.getsockname())
            buffers = [bytearray(10), memoryview(bytearray(4)), array.array("b", bytes(6)), bytearray(b"untouched")]
            came = []
            while len(came) < 3:
                came += other.recv_many_into(buffers[len(came) :])
            self.assertEqual([(count, sender) for count, sender in came], [(n, one.getsockname()) for n in (3, 0, 6)])
            self.assertEqual([got.length for got in came], [3, 0, 15])
            self.assertEqual([bytes(buffer) for buffer in buffers], [b"abc" + bytes(7), bytes(4), b"a long", b"untouched"])
            for bad in ([b"read-only"], ["text"], [1], 1):
                self.assertRaises(TypeError, other.recv_many_into, bad)

    def test_only_the_first_is_peeked(self):
        with udp() as (one, other):
            one.send_many([b"first", b"second"], address=other.getsockname())
            for _ in range(2):
                self.assertEqual([got.data for got in other.recv_many(5, 10, flags=libsock.MSG_PEEK)], [b"first"])

    def test_bad_arguments(self):
        with udp() as (one, _):
            for args in ((-1, 10), (1, -1), (1, 1, -1)):
                self.assertRaises(ValueError, one.recv_many, *args)
            self.assertRaises(MemoryError, one.recv_many, 1 << 40, 1 << 40)
            self.assertRaises(TypeError, one.recv_many, 1)
            self.assertRaises(ValueError, one.recv_many_into, [bytearray(1)], -1)

    def test_end_of_the_receiving_half(self):
        with pair(kind=libsock.SOCK_DGRAM) as (one, _):
            one.shutdown(libsock.SHUT_RD)
            self.assertEqual(one.recv_many(3, 10), [])

    def test_control_messages_of_each(self):
        with udp() as (one, other):
            other.setsockopt(libsock.IPPROTO_IP, libsock.IP_RECVTOS, 1)
            address = other.getsockname()
            tos = [[(libsock.IPPROTO_IP, libsock.IP_TOS, bytes([ecn, 0, 0, 0]))] for ecn in (1, 2, 3)]
            one.send_many([(b"x", address, 0, item) for item in tos])
            came = receive(other, 3, libsock.CMSG_SPACE(4))
            self.assertEqual([got.ancdata[0][2][0] for got in came], [1, 2, 3])

    def test_descriptors_of_each(self):
        before = descriptors()
        with pair(kind=libsock.SOCK_DGRAM) as (one, other):
            rights = [(libsock.SOL_SOCKET, libsock.SCM_RIGHTS, array.array("i", [0]))]
            one.send_many([(b"x", None, 0, rights), b"y", (b"z", None, 0, rights)])
            came = other.recv_many(3, 10, libsock.CMSG_SPACE(4))
            self.assertEqual([len(got.ancdata) for got in came], [1, 0, 1])
            for got in came:
                for _, _, content in got.ancdata:
                    (fd,) = array.array("i", content)
                    self.assertFalse(os.get_inheritable(fd))
                    os.close(fd)
        self.assertEqual(descriptors(), before)

    def test_without_memory(self):
        """A result that cannot be made closes the descriptors of all datagrams."""
        try:
            from _testcapi import remove_mem_hooks, set_nomemory
        except ImportError:
            self.skipTest("this Python has no _testcapi")
        before = descriptors()
        failed = 0
        with pair(kind=libsock.SOCK_DGRAM) as (one, other):
            other.setblocking(False)
            rights = [(libsock.SOL_SOCKET, libsock.SCM_RIGHTS, array.array("i", [0]))]
            for start in range(40):
                one.send_many([(b"xy", None, 0, rights)] * 3)
                came = None
                set_nomemory(start)
                try:
                    came = other.recv_many(3, 10, 100)
                except MemoryError:
                    failed += 1
                finally:
                    remove_mem_hooks()
                if came is None:
                    try:
                        came = other.recv_many(3, 10, 100)
                    except BlockingIOError:
                        continue
                for got in came:
                    for _, _, content in got.ancdata:
                        os.close(array.array("i", content)[0])
        self.assertEqual(descriptors(), before)
        self.assertGreater(failed, 10)

    def test_ipv6(self):
        if not has_ipv6():
            self.skipTest("this machine has no IPv6")
        with udp(libsock.AF_INET6, "::1") as (one, other):
            one.send_many([bytes(3000)], address=other.getsockname(), segment=1400)
            came = receive(other, 3)
            self.assertEqual([len(got.data) for got in came], [1400, 1400, 200])
            self.assertEqual({got.address for got in came}, {one.getsockname()})


if __name__ == "__main__":
    unittest.main()

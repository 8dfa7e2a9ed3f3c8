"""Addresses of all families as Python's tuples: which are accepted, and how the others are rejected.

A socket labelled with a family converts its addresses even if the kernel lacks the family. The kernel then rejects the
addresses that the binding accepts, with its own error.
"""

import errno
import os
import socket as standard
import struct
import unittest

import libsock
from libsock import _socket as s
from support import closing

ALL = 0xFFFFFFFF
BDADDR = "00:11:22:33:44:55"
GONE = "passed on"

CASES = [
    # family, protocol, address, result
    (s.AF_NETLINK, 0, (0, 0), GONE),
    (s.AF_NETLINK, 0, [0, 0], TypeError),
    (s.AF_NETLINK, 0, (0,), TypeError),
    (s.AF_NETLINK, 0, (0, -1), OverflowError),
    (s.AF_NETLINK, 0, (1 << 32, 0), OverflowError),
    (s.AF_VSOCK, 0, (ALL, ALL), GONE),
    (s.AF_VSOCK, 0, (1, 1 << 32), OverflowError),
    (s.AF_VSOCK, 0, 1, TypeError),
    (s.AF_QIPCRTR, 0, (1, 2), GONE),
    (s.AF_QIPCRTR, 0, (1, -2), errno.EINVAL),
    (s.AF_QIPCRTR, 0, (1 << 32, 0), errno.EINVAL),
    (s.AF_RDS, 0, ("127.0.0.1", 1), GONE),
    (s.AF_RDS, 0, ("127.0.0.1", 70000), OverflowError),
    (s.AF_PACKET, 0, ("lo", s.ETH_P_ALL), GONE),
    (s.AF_PACKET, 0, ("lo", s.ETH_P_ALL, 0, 0, b"123456"), GONE),
    (s.AF_PACKET, 0, ("lo", 70000), OverflowError),
    (s.AF_PACKET, 0, ("lo", 1 << 40), OverflowError),
    (s.AF_PACKET, 0, ("lo", 3, 0, 0, b"123456789"), ValueError),
    (s.AF_PACKET, 0, ("lo",), TypeError),
    (s.AF_CAN, s.CAN_RAW, ("",), GONE),
    (s.AF_CAN, s.CAN_RAW, ("", 1), TypeError),
    (s.AF_CAN, s.CAN_RAW, "lo", TypeError),
    (s.AF_CAN, s.CAN_RAW, ("x" * 16,), "AF_CAN interface name too long"),
    (s.AF_CAN, s.CAN_BCM, ("",), GONE),
    (s.AF_CAN, s.CAN_ISOTP, ("", 0x123, 0x321), GONE),
    (s.AF_CAN, s.CAN_ISOTP, ("",), TypeError),
    (s.AF_CAN, s.CAN_ISOTP, ("", 1 << 32, 0), OverflowError),
    (s.AF_CAN, s.CAN_J1939, ("", s.J1939_NO_NAME, s.J1939_NO_PGN, s.J1939_NO_ADDR), GONE),
    (s.AF_CAN, s.CAN_J1939, ("", 0, 0, 256), OverflowError),
    (s.AF_CAN, 3, ("",), "bind(): unsupported CAN protocol"),
    (s.AF_TIPC, 0, (s.TIPC_ADDR_NAMESEQ, 1000, 1, 2), GONE),
    (s.AF_TIPC, 0, (s.TIPC_ADDR_NAME, 1000, 1, 0, s.TIPC_NODE_SCOPE), GONE),
    (s.AF_TIPC, 0, (s.TIPC_ADDR_ID, 1, 1, 0), GONE),
    (s.AF_TIPC, 0, (9, 1, 1, 1), TypeError),
    (s.AF_TIPC, 0, (s.TIPC_ADDR_NAME, 1 << 32, 1, 0), OverflowError),
    (s.AF_ALG, 0, ("hash", "sha256"), GONE),
    (s.AF_ALG, 0, ("h" * 14, "sha256"), ValueError),
    (s.AF_ALG, 0, ("hash", "s" * 64), ValueError),
    (s.AF_ALG, 0, "hash", TypeError),
    (s.AF_BLUETOOTH, s.BTPROTO_L2CAP, (BDADDR, 1), GONE),
    (s.AF_BLUETOOTH, s.BTPROTO_L2CAP, (BDADDR, 1, 2, 3), GONE),
    (s.AF_BLUETOOTH, s.BTPROTO_L2CAP, (BDADDR, 1 << 16), OverflowError),
    (s.AF_BLUETOOTH, s.BTPROTO_L2CAP, ("00:11", 1), "bad bluetooth address"),
    (s.AF_BLUETOOTH, s.BTPROTO_L2CAP, 1, "bind(): wrong format"),
    (s.AF_BLUETOOTH, s.BTPROTO_RFCOMM, (BDADDR, 1), GONE),
    (s.AF_BLUETOOTH, s.BTPROTO_RFCOMM, (BDADDR, 256), OverflowError),
    (s.AF_BLUETOOTH, s.BTPROTO_HCI, (0,), GONE),
    (s.AF_BLUETOOTH, s.BTPROTO_HCI, 0, GONE),
    (s.AF_BLUETOOTH, s.BTPROTO_HCI, (0, 1), GONE),
    (s.AF_BLUETOOTH, s.BTPROTO_SCO, BDADDR.encode(), GONE),
    (s.AF_BLUETOOTH, s.BTPROTO_SCO, BDADDR, GONE),
    (s.AF_BLUETOOTH, 9, 1, "bind(): unknown Bluetooth protocol"),
    (99, 0, 1, "bind(): bad family"),
]


class Conversions(unittest.TestCase):
    def test_python_to_kernel(self):
        with closing(s.socket()) as real:
            for family, proto, address, expected in CASES:
                with self.subTest(f"{family} {proto} {address!r}"):
                    with closing(s.socket(family, s.SOCK_STREAM, proto, fileno=os.dup(real.fileno()))) as sock:
                        self.judge(sock, address, expected)

    def judge(self, sock, address, expected):
        try:
            sock.bind(address)
        except OSError as error:
            if expected is GONE:
                # The labelled socket is a TCP socket.
                self.assertIn(error.errno, (errno.EAFNOSUPPORT, errno.EINVAL))
            elif isinstance(expected, int):
                self.assertEqual(error.errno, expected)
            else:
                self.assertEqual((error.errno, str(error)), (None, expected))
        except (TypeError, OverflowError, ValueError) as error:
            self.assertIs(type(error), expected, error)
        else:
            # AF_RDS uses AF_INET addresses.
            self.assertEqual((sock.family, expected), (s.AF_RDS, GONE))

    def test_kernel_to_python(self):
        for family, kind, address, check in (
            (s.AF_NETLINK, s.SOCK_RAW, (0, 5), lambda got: got[1] == 5 and got[0] > 0),
            (s.AF_PACKET, s.SOCK_RAW, ("lo", 3), lambda got: got == ("lo", 3, 0, 772, bytes(6))),
            (s.AF_VSOCK, s.SOCK_STREAM, (ALL, 52000), lambda got: got == (ALL, 52000)),
        ):
            try:
                sock = s.socket(family, kind)
            except OSError as error:
                # Continue with the other cases.
                self.assertIn(error.errno, (errno.EAFNOSUPPORT, errno.EPERM))
                continue
            with closing(sock), self.subTest(family):
                sock.bind(address)
                self.assertTrue(check(sock.getsockname()), sock.getsockname())

    def test_netlink_replies(self):
        # RTM_GETLINK (18) with NLM_F_REQUEST | NLM_F_DUMP: the first reply is a link (RTM_NEWLINK, 16).
        with closing(s.socket(s.AF_NETLINK, s.SOCK_RAW, s.NETLINK_ROUTE)) as sock:
            sock.settimeout(60)
            sock.bind((0, 0))
            sock.sendto(struct.pack("=IHHIIB15x", 32, 18, 0x301, 1, 0, 0), (0, 0))
            data, sender = sock.recvfrom(65536)
            self.assertEqual((struct.unpack_from("=H", data, 4)[0], sender), (16, (0, 0)))

    def test_unknown_family_becomes_number_and_bytes(self):
        with closing(s.socket()) as real:
            real.bind(("127.0.0.1", 0))
            sock = s.socket(99, 1, 0, fileno=os.dup(real.fileno()))
            with closing(sock):
                self.assertEqual(sock.getsockname(), real.getsockname())

    def test_constants_match_the_standard_module(self):
        for name in ("AF_CAN", "AF_TIPC", "CAN_ISOTP", "TIPC_CLUSTER_SCOPE"):
            self.assertEqual(getattr(libsock, name), getattr(standard, name))


if __name__ == "__main__":
    unittest.main()

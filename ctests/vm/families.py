"""The address families that the guest must have, each with its kernel modules, sockets and C tests."""

import dataclasses
import socket

STREAM, DGRAM, RAW, RDM, SEQPACKET, DCCP = 1, 2, 3, 4, 5, 6


@dataclasses.dataclass
class Family:
    name: str
    modules: str  # kernel modules to load; empty if built in
    sockets: dict  # {name: (family, type, protocol)} as numbers, which Python may lack
    tests: tuple  # C programs that test it


FAMILIES = [
    Family(
        "AF_UNIX, AF_INET, AF_INET6",
        "",
        {
            "UNIX": (1, STREAM, 0),
            "TCP": (2, STREAM, 0),
            "raw": (2, RAW, 1),
            "ping": (2, DGRAM, 1),
            "TCP over IPv6": (10, STREAM, 0),
        },
        ("test_socket", "test_address", "test_family"),
    ),
    Family(
        "IP protocols",
        "sctp dccp_ipv4 dccp_ipv6",
        {
            "UDP-Lite": (2, DGRAM, 136),
            "MPTCP": (2, STREAM, 262),
            "SCTP stream": (2, STREAM, 132),
            "SCTP seqpacket": (2, SEQPACKET, 132),
            "DCCP": (2, DCCP, 33),
        },
        ("test_ip_protocols",),
    ),
    Family("AF_NETLINK", "", {"route": (16, RAW, 0), "generic": (16, RAW, 16)}, ("test_netlink",)),
    Family("AF_PACKET", "", {"raw": (17, RAW, 0), "dgram": (17, DGRAM, 0)}, ("test_packet",)),
    Family(
        "AF_CAN",
        "vcan can_raw can_bcm can_isotp can_j1939",
        {"raw": (29, RAW, 1), "BCM": (29, DGRAM, 2), "ISO-TP": (29, DGRAM, 6), "J1939": (29, DGRAM, 7)},
        ("test_can",),
    ),
    Family(
        "AF_ALG",
        "algif_hash algif_skcipher algif_aead algif_rng aes_generic cbc ctr ecb xts gcm ccm hmac cmac drbg"
        " ghash_generic seqiv sha1_generic sha256_generic sha512_generic md5 crc32c_generic",
        {"seqpacket": (38, SEQPACKET, 0)},
        ("test_alg",),
    ),
    Family(
        "AF_TIPC",
        "tipc",
        {"stream": (30, STREAM, 0), "rdm": (30, RDM, 0), "dgram": (30, DGRAM, 0), "seqpacket": (30, SEQPACKET, 0)},
        ("test_tipc",),
    ),
    Family("AF_VSOCK", "vsock_loopback", {"stream": (40, STREAM, 0), "seqpacket": (40, SEQPACKET, 0)}, ("test_vsock",)),
    Family(
        "AF_BLUETOOTH",
        "bluetooth rfcomm hci_vhci",
        {"L2CAP": (31, SEQPACKET, 0), "HCI": (31, RAW, 1), "SCO": (31, SEQPACKET, 2), "RFCOMM": (31, STREAM, 3)},
        ("test_bluetooth",),
    ),
    Family("AF_RDS", "rds rds_tcp", {"seqpacket": (21, SEQPACKET, 0)}, ("test_rds",)),
    Family("AF_QIPCRTR", "qrtr", {"dgram": (42, DGRAM, 0)}, ("test_qipcrtr",)),
]

# GUEST: modules for the guest itself (the host's files, the connection to the host). TESTS: other modules that
# C tests use (network namespaces, slow links, devices).
GUEST = "virtio_pci virtio_console 9p 9pnet_virtio overlay"
TESTS = "veth dummy tun sch_netem sch_tbf udp_diag tcp_diag unix_diag netlink_diag tls"


def modules():
    """All modules to load, the guest's own first."""
    return [name for text in (GUEST, *(family.modules for family in FAMILIES), TESTS) for name in text.split()]


def answers():
    """Returns {family: {socket: "" or why it cannot be created}} for the running kernel."""
    return {family.name: {name: answer(*numbers) for name, numbers in family.sockets.items()} for family in FAMILIES}


def answer(family, kind, protocol):
    try:
        socket.socket(family, kind, protocol).close()
    except OSError as error:
        return error.strerror
    return ""

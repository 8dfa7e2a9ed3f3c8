#!/usr/bin/env python3
"""Compares Python on libsock with CPython's own `_socket`, in one interpreter: `make bench-python`.

Blocks of a few operations alternate between the two, and the result is the median ratio of neighbouring blocks, so
that it is valid on a busy machine. The rows named "noise" compare CPython with itself.
`bench/python.py [-n ROUNDS] [NAME ...]`.
"""

import argparse
import platform
import socket
import statistics
import time

import libsock

BLOCK = 25
GOALS = {
    "send + recv": 0.90,
    "send + recv with a timeout": 0.50,
    "sendall + recv_into with a timeout": 0.50,
    "getaddrinfo of a number": 0.20,
    "connect cycle TCP": 1.00,
    "connect cycle AF_UNIX": 1.00,
}


def pairs(module, timeout, work):
    """Binds `work` to two connected AF_UNIX sockets."""
    one, other = module.socketpair()
    one.settimeout(timeout)
    other.settimeout(timeout)
    return lambda: work(one, other)


def send_recv(one, other, data=bytes(64)):
    for _ in range(BLOCK):
        one.send(data)
        other.recv(64)


def sendall_recv_into(one, other, data=bytes(64), buffer=bytearray(64)):
    for _ in range(BLOCK):
        one.sendall(data)
        other.recv_into(buffer)


def getaddrinfo(module):
    lookup = module._socket.getaddrinfo if module is socket else module._socket.getaddrinfo

    def block():
        for _ in range(BLOCK):
            lookup("192.0.2.1", 80, 0, module.SOCK_STREAM)

    return block


def cycle(module, family, address):
    """Connects, accepts, and closes both sockets."""
    server = module.socket(family)
    server.bind(address)
    server.listen()
    address = server.getsockname()

    def block():
        for _ in range(BLOCK):
            client = module.socket(family)
            client.connect(address)
            connection, _ = server.accept()
            connection.close()
            client.close()

    return block


CASES = {
    "send + recv": lambda module: pairs(module, None, send_recv),
    "send + recv with a timeout": lambda module: pairs(module, 10, send_recv),
    "sendall + recv_into with a timeout": lambda module: pairs(module, 10, sendall_recv_into),
    "getaddrinfo of a number": getaddrinfo,
    "connect cycle TCP": lambda module: cycle(module, module.AF_INET, ("127.0.0.1", 0)),
    "connect cycle AF_UNIX": lambda module: cycle(module, module.AF_UNIX, b""),
}


def seconds(block):
    start = time.perf_counter()
    block()
    return time.perf_counter() - start


def compare(first, second, rounds):
    """The median ratio second / first of neighbouring blocks, and the median seconds per operation of each."""
    for block in (first, second):
        block()
    times = [(seconds(first), seconds(second)) for _ in range(rounds)]
    ratio = statistics.median(b / a for a, b in times)
    return ratio, [statistics.median(column) / BLOCK for column in zip(*times)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", dest="rounds", type=int, default=2000)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if socket._socket is libsock._socket:
        parser.error("the standard socket module already uses libsock: there is nothing to compare with")
    print(f"CPython {platform.python_version()}, libsock {libsock.libsock_version}, {options.rounds} blocks of {BLOCK}")
    print(f"{'':38}{'CPython':>10}{'libsock':>10}{'ratio':>8}{'noise':>8}  goal")
    for name, case in CASES.items():
        if options.names and not any(word in name for word in options.names):
            continue
        own, ours = case(socket), case(libsock)
        noise, _ = compare(own, case(socket), max(1, options.rounds // 4))
        ratio, (theirs, mine) = compare(own, ours, options.rounds)
        goal = GOALS[name]
        print(
            f"{name:38}{theirs * 1e9:7.0f} ns{mine * 1e9:7.0f} ns{ratio:8.3f}{noise:8.3f}"
            f"  <= {goal:.2f} {'met' if ratio <= goal else 'MISSED'}",
            flush=True,
        )


if __name__ == "__main__":
    main()

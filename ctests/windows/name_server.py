#!/usr/bin/env python3
"""Runs a program of lookups with a name server of its own; in network and mount namespaces, which the caller makes:

    unshare --net --mount name_server.py COMMAND

plain.test is known, slow.test answers after 300 ms, hang.test never; the server denies all other names.
"""

import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

SERVER = "127.0.0.53"
FILES = {
    "/etc/resolv.conf": f"nameserver {SERVER}\noptions timeout:5 attempts:2\n",
    "/etc/nsswitch.conf": "hosts: files dns\nservices: files\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
}
ADDRESSES = {"plain.test": ("192.0.2.1", 0), "slow.test": ("192.0.2.2", 0.3)}
A, UNKNOWN = 1, 3


def question(query):
    """The name and the type that a query asks for, and where it ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii"))
        at += 1 + query[at]
    return ".".join(labels).lower(), struct.unpack_from("!H", query, at + 1)[0], at + 5


def answer(query):
    """The response and how many seconds it takes, or None."""
    name, kind, end = question(query)
    if name == "hang.test":
        return None
    address, delay = ADDRESSES.get(name, (None, 0))
    found = address is not None and kind == A
    rcode = 0 if address else UNKNOWN
    head = query[:2] + struct.pack("!HHHHH", 0x8180 | rcode, 1, found, 0, 0)
    record = struct.pack("!HHHIH", 0xC00C, A, 1, 0, 4) + socket.inet_aton(address) if found else b""
    return head + query[12:end] + record, delay


def serve(server):
    while True:
        try:
            query, client = server.recvfrom(512)
        except OSError:
            return
        response = answer(query)
        if response:
            threading.Timer(response[1], server.sendto, (response[0], client)).start()


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(prefix="sock-names-") as directory:
        for place, text in FILES.items():
            path = os.path.join(directory, os.path.basename(place))
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            os.chmod(path, 0o644)
            subprocess.run(["mount", "--bind", path, place], check=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((SERVER, 53))
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        os.environ["SOCK_TEST_NAME_SERVER"] = SERVER
        code = subprocess.run(sys.argv[1:]).returncode
    sys.exit(code if code >= 0 else 1)


if __name__ == "__main__":
    main()

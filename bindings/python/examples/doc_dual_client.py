"""The second echo client of the Python documentation: on the first address of the host that works, IPv4 or IPv6.
`libsock.create_connection` does all of this in one line, and faster.

    python doc_dual_client.py [PORT]     50007
"""

import sys

import libsock as socket


def connected(host, port):
    for family, kind, proto, _, address in socket.getaddrinfo(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM):
        try:
            s = socket.socket(family, kind, proto)
        except OSError:
            continue
        try:
            s.connect(address)
        except OSError:
            s.close()
            continue
        return s
    sys.exit("could not open socket")


with connected("localhost", int(sys.argv[1]) if len(sys.argv) > 1 else 50007) as s:
    s.sendall(b"Hello, world")
    data = s.recv(1024)
print("Received", repr(data))

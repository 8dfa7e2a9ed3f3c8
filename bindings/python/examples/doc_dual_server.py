"""The second echo server of the Python documentation: on the first address of this machine that works, IPv4 or IPv6.

    python doc_dual_server.py [PORT]     50007; 0 takes a free one
"""

import sys

import libsock as socket


def listener(port):
    for family, kind, proto, _, address in socket.getaddrinfo(
        None, port, socket.AF_UNSPEC, socket.SOCK_STREAM, 0, socket.AI_PASSIVE
    ):
        try:
            s = socket.socket(family, kind, proto)
        except OSError:
            continue
        try:
            s.bind(address)
            s.listen(1)
        except OSError:
            s.close()
            continue
        return s
    sys.exit("could not open socket")


with listener(int(sys.argv[1]) if len(sys.argv) > 1 else 50007) as s:
    print("listening on port", s.getsockname()[1], flush=True)
    conn, addr = s.accept()
    with conn:
        print("Connected by", addr, flush=True)
        while True:
            data = conn.recv(1024)
            if not data:
                break
            conn.send(data)

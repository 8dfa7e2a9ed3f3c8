"""The echo client of the Python documentation, over IPv4.

    python doc_echo_client.py [PORT]     50007
"""

import sys

import libsock as socket

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.connect(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 50007))
    s.sendall(b"Hello, world")
    data = s.recv(1024)
print("Received", repr(data))

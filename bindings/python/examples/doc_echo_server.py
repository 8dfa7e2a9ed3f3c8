"""The echo server of the Python documentation, over IPv4: serves one connection.

    python doc_echo_server.py [PORT]     50007; 0 takes a free one
"""

import sys

import libsock as socket

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind(("", int(sys.argv[1]) if len(sys.argv) > 1 else 50007))
    s.listen(1)
    print("listening on port", s.getsockname()[1], flush=True)
    conn, addr = s.accept()
    with conn:
        print("Connected by", addr, flush=True)
        while True:
            data = conn.recv(1024)
            if not data:
                break
            conn.sendall(data)

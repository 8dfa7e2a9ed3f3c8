"""An echo server: one connection after the other, each message printed and returned.

    python echo_server.py [PORT [CONNECTIONS]]     10000, and without end; port 0 takes a free one
"""

import itertools
import sys

import libsock as socket


def serve(server, connections):
    for _ in range(connections) if connections else itertools.count():
        connection, client = server.accept()
        with connection:
            while True:
                data = connection.recv(16)
                if not data:
                    break
                print(f"{client[0]}: {data!r}", flush=True)
                connection.sendall(data)


def main():
    port, connections = (list(map(int, sys.argv[1:])) + [10000, 0][len(sys.argv) - 1 :])[:2]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("localhost", port))
        server.listen(1)
        print("listening on port", server.getsockname()[1], flush=True)
        serve(server, connections)


if __name__ == "__main__":
    main()

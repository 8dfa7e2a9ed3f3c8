"""A client of echo_server.py: sends a message and receives it back in pieces.

    python echo_client.py [PORT [MESSAGE]]
"""

import sys

import libsock as socket


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    message = (sys.argv[2] if len(sys.argv) > 2 else "This is the message. It will be repeated.").encode()
    with socket.create_connection(("localhost", port), timeout=10) as sock:
        sock.sendall(message)
        received = 0
        while received < len(message):
            data = sock.recv(16)
            if not data:
                sys.exit("the server closed the connection")
            received += len(data)
            print(f"received {data!r}")


if __name__ == "__main__":
    main()

"""Servers for LuaSocket's clients: HTTP, HTTPS, SMTP and FTP, on the loopback interface, until stdin ends.

Prints their ports on one line. The argument is a certificate with its key.
"""

import http.server
import socketserver
import ssl
import sys
import threading

DOCUMENT = b"".join(b"line %d of a document\r\n" % n for n in range(20000))


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/document")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200 if self.path in ("/document", "/chunked") else 404)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(DOCUMENT), 10000):
                piece = DOCUMENT[at : at + 10000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return
        body = DOCUMENT if self.path == "/document" else b"no"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[::-1])

    def log_message(self, *_):
        pass


class Threaded(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Mail(socketserver.StreamRequestHandler):
    """Takes one message and answers its QUIT with the number of bytes of it."""

    def handle(self):
        self.wfile.write(b"220 ready\r\n")
        size = 0
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while (line := self.rfile.readline()) != b".\r\n":
                    size += len(line)
                self.wfile.write(b"250 got %d\r\n" % size)
            elif command == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class Files(socketserver.StreamRequestHandler):
    """FTP with passive transfers of files in memory."""

    kept = {"document": DOCUMENT}

    def handle(self):
        self.wfile.write(b"220 ready\r\n")
        data = None
        while line := self.rfile.readline():
            command, _, argument = line.decode().strip().partition(" ")
            command = command.upper()
            if command == "EPSV":
                data = socketserver.TCPServer(("127.0.0.1", 0), None)
                self.wfile.write(b"229 (|||%d|)\r\n" % data.server_address[1])
            elif command in ("RETR", "STOR"):
                self.wfile.write(b"150 here\r\n")
                connection, _ = data.socket.accept()
                if command == "RETR":
                    connection.sendall(self.kept[argument])
                else:
                    with connection.makefile("rb") as file:
                        self.kept[argument] = file.read()
                connection.close()
                data.server_close()
                self.wfile.write(b"226 done\r\n")
            elif command == "USER":
                self.wfile.write(b"331 password\r\n")
            elif command == "PASS":
                self.wfile.write(b"230 in\r\n")
            elif command == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"200 ok\r\n")


def main():
    servers = [Threaded(("127.0.0.1", 0), kind) for kind in (Web, Web, Mail, Files)]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    servers[1].socket = context.wrap_socket(servers[1].socket, server_side=True)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(*(server.server_address[1] for server in servers), flush=True)
    sys.stdin.read()


main()

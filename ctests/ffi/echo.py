"""An echo server and client on include/sock.ffi.h: `echo.py server`, then `echo.py client ADDRESS`."""

import sys

import cffi

ffi = cffi.FFI()
with open("include/sock.ffi.h") as declarations:
    ffi.cdef(declarations.read())
sock = ffi.dlopen("libsock.so.0")
MESSAGE = b"A message that comes back in pieces. " * 40


def check(what, result):
    if result < 0:
        sys.exit(f"{what}: {ffi.string(sock.sock_strerror(result)).decode()}")
    return result


def constant(name):
    value = ffi.new("int64_t *")
    check(name, sock.sock_constant_find(name.encode(), value))
    return value[0]


def server():
    addr, text, buf = ffi.new("struct sock_addr *"), ffi.new("char[400]"), ffi.new("char[16]")
    listener = check("socket", sock.sock_socket(constant("AF_INET"), constant("SOCK_STREAM"), 0))
    check("address", sock.sock_addr_ip(b"127.0.0.1", 0, addr))
    check("bind", sock.sock_bind(listener, addr))
    check("listen", sock.sock_listen(listener, sock.SOCK_BACKLOG_DEFAULT))
    check("getsockname", sock.sock_getsockname(listener, addr))
    check("format", sock.sock_addr_format(addr, text, 400))
    print(ffi.string(text).decode(), flush=True)
    check("settimeout", sock.sock_settimeout(listener, 20_000_000_000))
    peer = check("accept", sock.sock_accept(listener, ffi.NULL))
    while count := check("recv", sock.sock_recv(peer, buf, 16, 0)):
        check("sendall", sock.sock_sendall(peer, buf, count, 0, ffi.NULL))
    check("close", sock.sock_close(peer))
    check("close", sock.sock_close(listener))


def client(address):
    addr, buf = ffi.new("struct sock_addr *"), ffi.new("char[16]")
    check("address", sock.sock_addr_parse(address.encode(), addr))
    s = check("socket", sock.sock_socket(constant("AF_INET"), constant("SOCK_STREAM"), 0))
    check("settimeout", sock.sock_settimeout(s, 20_000_000_000))
    check("connect", sock.sock_connect(s, addr))
    check("sendall", sock.sock_sendall(s, MESSAGE, len(MESSAGE), 0, ffi.NULL))
    check("shutdown", sock.sock_shutdown(s, constant("SHUT_WR")))
    got = b""
    while count := check("recv", sock.sock_recv(s, buf, 16, 0)):
        got += ffi.buffer(buf, count)[:]
    check("close", sock.sock_close(s))
    if got != MESSAGE:
        sys.exit("another message came back")
    print(f"{len(got)} bytes came back")


if sys.argv[1] == "server":
    server()
else:
    client(sys.argv[2])

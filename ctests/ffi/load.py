"""Python's cffi loads include/sock.ffi.h unchanged."""

import cffi

ffi = cffi.FFI()
with open("include/sock.ffi.h") as declarations:
    ffi.cdef(declarations.read())
sock = ffi.dlopen("libsock.so.0")
assert ffi.string(sock.sock_err_name(sock.SOCK_ECLOSED)) == b"SOCK_ECLOSED"
assert sock.sock_version_number() == sock.SOCK_VERSION_NUMBER
buf = ffi.new("char[64]")
assert sock.sock_strerror_copy(-32, buf, 64) == 11 and ffi.string(buf) == b"Broken pipe"
address = ffi.new("struct sock_addr *")
assert ffi.sizeof(address[0]) == 136
assert sock.sock_addr_ip(b"192.0.2.1", 80, address) == 0
assert sock.sock_addr_format(address, buf, 64) == 12 and ffi.string(buf) == b"192.0.2.1:80"
s = sock.sock_socket(2, 1, 0)
assert s > 0 and sock.sock_close(s) == 0 and sock.sock_close(s) == -9

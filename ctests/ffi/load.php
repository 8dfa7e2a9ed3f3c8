<?php
// PHP's FFI loads include/sock.ffi.h unchanged.
function need(bool $held, string $what): void
{
    if (!$held) {
        fwrite(STDERR, "$what\n");
        exit(1);
    }
}

$sock = FFI::cdef(file_get_contents("include/sock.ffi.h"), "libsock.so.0");
need($sock->sock_err_name($sock->SOCK_ECLOSED) === "SOCK_ECLOSED", "sock_err_name");
need($sock->sock_version_number() === $sock->SOCK_VERSION_NUMBER, "sock_version_number");
$buf = $sock->new("char[64]");
need($sock->sock_strerror_copy(-32, $buf, 64) === 11 && FFI::string($buf) === "Broken pipe", "sock_strerror_copy");
$address = $sock->new("struct sock_addr");
need(FFI::sizeof($address) === 136, "struct sock_addr");
need($sock->sock_addr_ip("192.0.2.1", 80, FFI::addr($address)) === 0, "sock_addr_ip");
need($sock->sock_addr_format(FFI::addr($address), $buf, 64) === 12, "sock_addr_format");
need(FFI::string($buf) === "192.0.2.1:80", "the text of the address");
$s = $sock->sock_socket(2, 1, 0);
need($s > 0 && $sock->sock_close($s) === 0 && $sock->sock_close($s) === -9, "sock_socket and sock_close");

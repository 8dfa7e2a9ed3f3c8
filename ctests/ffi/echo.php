<?php
// An echo server and client on include/sock.ffi.h: `echo.php server`, then `echo.php client ADDRESS`.
$sock = FFI::cdef(file_get_contents("include/sock.ffi.h"), "libsock.so.0");
$message = str_repeat("A message that comes back in pieces. ", 40);

function check(string $what, int $result): int
{
    global $sock;
    if ($result < 0) {
        fwrite(STDERR, "$what: " . $sock->sock_strerror($result) . "\n");
        exit(1);
    }
    return $result;
}

function constant_of(string $name): int
{
    global $sock;
    $value = $sock->new("int64_t");
    check($name, $sock->sock_constant_find($name, FFI::addr($value)));
    return $value->cdata;
}

function server(): void
{
    global $sock;
    $addr = $sock->new("struct sock_addr");
    $text = $sock->new("char[400]");
    $buf = $sock->new("char[16]");
    $listener = check("socket", $sock->sock_socket(constant_of("AF_INET"), constant_of("SOCK_STREAM"), 0));
    check("address", $sock->sock_addr_ip("127.0.0.1", 0, FFI::addr($addr)));
    check("bind", $sock->sock_bind($listener, FFI::addr($addr)));
    check("listen", $sock->sock_listen($listener, $sock->SOCK_BACKLOG_DEFAULT));
    check("getsockname", $sock->sock_getsockname($listener, FFI::addr($addr)));
    check("format", $sock->sock_addr_format(FFI::addr($addr), $text, 400));
    echo FFI::string($text), "\n";
    check("settimeout", $sock->sock_settimeout($listener, 20000000000));
    $peer = check("accept", $sock->sock_accept($listener, null));
    while (($count = check("recv", $sock->sock_recv($peer, $buf, 16, 0))) > 0) {
        check("sendall", $sock->sock_sendall($peer, $buf, $count, 0, null));
    }
    check("close", $sock->sock_close($peer));
    check("close", $sock->sock_close($listener));
}

function client(string $address): void
{
    global $sock, $message;
    $addr = $sock->new("struct sock_addr");
    $buf = $sock->new("char[16]");
    check("address", $sock->sock_addr_parse($address, FFI::addr($addr)));
    $s = check("socket", $sock->sock_socket(constant_of("AF_INET"), constant_of("SOCK_STREAM"), 0));
    check("settimeout", $sock->sock_settimeout($s, 20000000000));
    check("connect", $sock->sock_connect($s, FFI::addr($addr)));
    $data = $sock->new("char[" . strlen($message) . "]");
    FFI::memcpy($data, $message, strlen($message));
    check("sendall", $sock->sock_sendall($s, $data, strlen($message), 0, null));
    check("shutdown", $sock->sock_shutdown($s, constant_of("SHUT_WR")));
    $got = "";
    while (($count = check("recv", $sock->sock_recv($s, $buf, 16, 0))) > 0) {
        $got .= FFI::string($buf, $count);
    }
    check("close", $sock->sock_close($s));
    if ($got !== $message) {
        fwrite(STDERR, "another message came back\n");
        exit(1);
    }
    echo strlen($got), " bytes came back\n";
}

$argv[1] === "server" ? server() : client($argv[2]);

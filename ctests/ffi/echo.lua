-- An echo server and client on include/sock.ffi.h: `echo.lua server`, then `echo.lua client ADDRESS`.
local ffi = require("ffi")
ffi.cdef(io.open("include/sock.ffi.h"):read("*a"))
local sock = ffi.load("sock.so.0")
local message = ("A message that comes back in pieces. "):rep(40)

local function check(what, result)
  local code = tonumber(result)
  if code < 0 then error(what .. ": " .. ffi.string(sock.sock_strerror(code))) end
  return result
end

local function constant(name)
  local value = ffi.new("int64_t[1]")
  check(name, sock.sock_constant_find(name, value))
  return tonumber(value[0])
end

local function server()
  local addr, text, buf = ffi.new("struct sock_addr"), ffi.new("char[400]"), ffi.new("char[16]")
  local listener = check("socket", sock.sock_socket(constant("AF_INET"), constant("SOCK_STREAM"), 0))
  check("address", sock.sock_addr_ip("127.0.0.1", 0, addr))
  check("bind", sock.sock_bind(listener, addr))
  check("listen", sock.sock_listen(listener, sock.SOCK_BACKLOG_DEFAULT))
  check("getsockname", sock.sock_getsockname(listener, addr))
  check("format", sock.sock_addr_format(addr, text, 400))
  print(ffi.string(text))
  io.flush()
  check("settimeout", sock.sock_settimeout(listener, 20000000000LL))
  local peer = check("accept", sock.sock_accept(listener, nil))
  while true do
    local count = check("recv", sock.sock_recv(peer, buf, 16, 0))
    if count == 0 then break end
    check("sendall", sock.sock_sendall(peer, buf, count, 0, nil))
  end
  check("close", sock.sock_close(peer))
  check("close", sock.sock_close(listener))
end

local function client(address)
  local addr, buf = ffi.new("struct sock_addr"), ffi.new("char[16]")
  check("address", sock.sock_addr_parse(address, addr))
  local s = check("socket", sock.sock_socket(constant("AF_INET"), constant("SOCK_STREAM"), 0))
  check("settimeout", sock.sock_settimeout(s, 20000000000LL))
  check("connect", sock.sock_connect(s, addr))
  check("sendall", sock.sock_sendall(s, message, #message, 0, nil))
  check("shutdown", sock.sock_shutdown(s, constant("SHUT_WR")))
  local got = {}
  while true do
    local count = check("recv", sock.sock_recv(s, buf, 16, 0))
    if count == 0 then break end
    got[#got + 1] = ffi.string(buf, tonumber(count))
  end
  check("close", sock.sock_close(s))
  assert(table.concat(got) == message, "another message came back")
  print(("%d bytes came back"):format(#message))
end

if arg[1] == "server" then server() else client(arg[2]) end

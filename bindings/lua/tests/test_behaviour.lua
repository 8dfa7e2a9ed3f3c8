--- The cases of bindings/behaviour.md that are not about pollers.
local check = require("check")
local libsock, helper = check.libsock, check.helper
local try, equal, fails = libsock.try, check.equal, check.fails
local T = {}

local function echo(client, peer, data)
  local thread = check.thread([[
    local s = libsock.adopt((...))
    local sent, err = s:sendall(s:recv_exact(select(2, ...)))
    return sent and "ok" or err.message
  ]], peer:handle(), #data)
  try(client:sendall(data))
  local back = try(client:recv_exact(#data))
  equal(thread:join(), "ok")
  equal(back == data, true, "echo")
end

function T.test_echo_tcp()
  local client, peer = check.connected()
  echo(client, peer, "x")
  echo(client, peer, ("0123456789abcdef"):rep(65536))
end

local function echo_datagrams(family, address_of)
  local server = try(libsock.socket(family, libsock.SOCK_DGRAM))
  local client = try(libsock.socket(family, libsock.SOCK_DGRAM))
  try(server:bind(address_of("server")))
  try(client:bind(address_of("client")))
  server:settimeout(5)
  client:settimeout(5)
  for _, data in ipairs({ "hello", "" }) do
    equal(try(client:sendto(data, server:getsockname())), #data)
    local got, from = server:recvfrom(100)
    equal(got, data)
    equal(from, client:getsockname())
    try(server:sendto(got, from))
    equal(client:recv(100), data)
  end
end

function T.test_echo_udp()
  echo_datagrams(libsock.AF_INET, function() return "127.0.0.1:0" end)
end

function T.test_echo_unix()
  local directory = os.tmpname()
  os.remove(directory)
  for _, address in ipairs({ libsock.unix(directory), libsock.unix("\0libsock\0lua" .. directory) }) do
    local server = try(libsock.socket(libsock.AF_UNIX, libsock.SOCK_STREAM))
    try(server:bind(address))
    try(server:listen())
    equal(server:getsockname(), address)
    local client = try(libsock.socket(libsock.AF_UNIX, libsock.SOCK_STREAM))
    try(client:connect(address))
    echo(client, (try(server:accept())), "hello")
  end
  os.remove(directory)
  local n = 0
  echo_datagrams(libsock.AF_UNIX, function()
    n = n + 1
    return libsock.unix("\0lua\0" .. directory .. n)
  end)
end

function T.test_echo_ipv6()
  local probe = libsock.socket(libsock.AF_INET6)
  if not probe or not probe:bind("[::1]:0") then check.skip("this machine has no IPv6") end
  local client, peer = check.connected("::1")
  echo(client, peer, "hello")
end

local function closed_port()
  local s = try(libsock.socket())
  try(s:bind("127.0.0.1:0"))
  return s:getsockname(), s
end

function T.test_refused()
  local address = closed_port()
  local err = fails("ECONNREFUSED", try(libsock.socket()):connect(address))
  equal(err.code, -libsock.ECONNREFUSED)
  equal(tostring(err), err.message)
end

function T.test_end_of_stream()
  local client, peer = check.connected()
  try(client:shutdown("write"))
  local data, err = peer:recv(10)
  equal(data, nil)
  equal(err, nil)
  try(peer:sendall("still"))
  equal(client:recv_exact(5), "still")
end

function T.test_broken_pipe()
  local client, peer = check.connected()
  peer:close()
  local err
  for _ = 1, 100 do
    local sent
    sent, err = client:send("x")
    if not sent then break end
    helper.sleep(0.01)
  end
  equal(err and (err.name == "EPIPE" or err.name == "ECONNRESET"), true, err)
end

function T.test_timeout_read()
  local client = check.connected()
  client:settimeout(0.05)
  local took, data, err = check.timed(client.recv, client, 1)
  fails("timeout", data, err)
  equal(err.code, libsock.SOCK_ETIMEDOUT)
  equal(took >= 0.05 and took < 5, true, took)
end

function T.test_timeout_keeps_data()
  local client, peer = check.connected()
  client:settimeout(0.05)
  fails("timeout", client:recv(10))
  peer:sendall("whole")
  client:settimeout(5)
  equal(client:recv_exact(5), "whole")
end

function T.test_deadline_past()
  local client, peer = check.connected()
  peer:sendall("data")
  client:wait("read", 5)
  client:setdeadline(libsock.now() - 1, "read")
  fails("timeout", client:recv(10))
  client:setdeadline(nil)
  equal(client:recv(10), "data")
end

--- A thread blocked in recv on a socket; it returns the error's fields that are true.
local READ = [[
  local s = libsock.adopt((...))
  local data, err = s:recv(1)
  if data then return "data" end
  for _, name in ipairs({"timeout", "canceled", "closed"}) do if err[name] then return name end end
  return err and err.name or "end"
]]

local function blocked(code, ...)
  local thread = check.thread(code, ...)
  helper.sleep(0.1)
  return thread
end

function T.test_deadline_moves_blocked()
  local client = check.connected()
  local thread = blocked(READ, client:handle())
  local begin = libsock.now()
  client:setdeadline(libsock.now() + 0.05)
  equal(thread:join(), "timeout")
  equal(libsock.now() - begin >= 0.05, true)
end

function T.test_deadline_directions()
  local client, peer = check.connected()
  client:setdeadline(0, "read")
  equal(client:send("x"), 1)
  fails("timeout", client:recv(1))
  client:setdeadline(nil, "read")
  client:setdeadline(0, "write")
  fails("timeout", client:send("x"))
  peer:sendall("y")
  equal(client:recv(1), "y")
end

function T.test_cancel_blocked()
  local client, token = check.connected(), try(libsock.token())
  client:setcancel(token)
  local thread = blocked(READ, client:handle())
  try(token:fire())
  equal(thread:join(), "canceled")
end

function T.test_cancel_many()
  local token, threads, sockets = try(libsock.token()), {}, {}
  for i = 1, 3 do
    sockets[i] = check.connected()
    sockets[i]:setcancel(token)
    threads[i] = check.thread(READ, sockets[i]:handle())
  end
  helper.sleep(0.1)
  token:fire()
  for i = 1, 3 do
    equal(threads[i]:join(), "canceled")
    fails("canceled", sockets[i]:send("x"))
  end
end

function T.test_cancel_before()
  local client, peer = check.connected()
  local token = try(libsock.token())
  peer:sendall("x")
  client:wait("read", 5)
  token:fire()
  client:setcancel(token)
  fails("canceled", client:recv(1))
  client:setcancel(nil)
  equal(client:recv(1), "x")
end

function T.test_close_wakes_read()
  local client = check.connected()
  local thread = blocked(READ, client:handle())
  try(client:close())
  equal(thread:join(), "closed")
end

function T.test_close_wakes_accept()
  local server = try(libsock.create_server("127.0.0.1", 0))
  local address = server:getsockname()
  local thread = blocked([[
    local s, err = libsock.adopt((...)):accept()
    return s and "accepted" or err.closed and "closed" or err.name
  ]], server:handle())
  try(server:close())
  local again = try(libsock.socket())
  try(again:bind(address))
  equal(thread:join(), "closed")
end

function T.test_close_twice()
  local client = check.connected()
  equal(client:close(), true)
  equal(client:close(), true)
  local err = fails("closed", client:recv(1))
  equal(err.code, -libsock.EBADF)
  fails("closed", client:send("x"))
  fails("closed", client:getsockname())
  fails("closed", client:settimeout(1))
end

function T.test_no_stranger()
  local client = check.connected()
  local fd = client:fileno()
  client:close()
  local one, other = try(libsock.socketpair())
  local fds = {}
  while one:fileno() ~= fd and #fds < 100 do -- until it has the number
    fds[#fds + 1] = one
    one, other = libsock.socketpair()
  end
  equal(one:fileno(), fd)
  other:sendall("secret")
  fails("closed", client:recv(10))
  equal(one:recv(10), "secret")
end

function T.test_connect_by_name()
  local server = try(libsock.create_server("localhost", 0))
  local port = libsock.address_fields(server:getsockname()).port
  for _, service in ipairs({ port, tostring(port) }) do
    local client = try(libsock.create_connection("localhost", service, { timeout = 10 }))
    equal(client:getpeername():match("%d+$"), tostring(port))
  end
  local client = try(libsock.socket())
  try(client:connect("localhost", port))
end

--- Where localhost has two addresses, only one of them listens.
function T.test_connect_attempts()
  local server = try(libsock.create_server("127.0.0.1", 0))
  local port, attempts = libsock.address_fields(server:getsockname()).port, {}
  local client = try(libsock.create_connection("localhost", port, { timeout = 10, attempts = attempts }))
  equal(client:getpeername(), server:getsockname())
  equal(#attempts >= 1, true, "attempts")
  for i, attempt in ipairs(attempts) do
    local last = i == #attempts
    equal(attempt.phase == "connected", last, attempt.phase)
    equal(attempt.code == 0, last, attempt.name)
  end
  equal(attempts[#attempts].address, server:getsockname())
  local _, err = libsock.create_connection("127.0.0.1", libsock.address_fields(closed_port()).port)
  fails("ECONNREFUSED", nil, err)
  equal(#err.attempts, 1)
  equal(err.attempts[1].name, "ECONNREFUSED")
  equal(err.attempts[1].seconds >= 0, true)
end

--- A listener that never answers: its backlog is full.
function T.test_connect_deadline()
  local server = try(libsock.socket())
  try(server:bind("127.0.0.1:0"))
  try(server:listen(0))
  local address, waiting = server:getsockname(), {}
  for i = 1, 3 do
    waiting[i] = try(libsock.socket())
    waiting[i]:settimeout(0)
    waiting[i]:connect(address)
  end
  local took, s, err = check.timed(libsock.create_connection, "localhost", libsock.address_fields(address).port,
    { timeout = 0.2, family = libsock.AF_INET })
  fails("timeout", s, err)
  equal(took >= 0.2 and took < 5, true, took)
end

function T.test_lookup_numeric()
  local list = try(libsock.getaddrinfo("192.0.2.1", 80, { type = libsock.SOCK_STREAM }))
  equal(list[1].address, "192.0.2.1:80")
  equal(try(libsock.getaddrinfo("::1", "443"))[1].address, "[::1]:443")
  equal(try(libsock.resolve("::1", 1, 0, 0)), "[::1]:1")
end

function T.test_lookup_unknown()
  local err = fails("resolver", libsock.getaddrinfo("nothing.invalid", 80, { timeout = 30 }))
  equal(err.timeout, nil)
end

function T.test_recv_exact()
  local client, peer = check.connected()
  local thread = check.thread([[
    local s = libsock.adopt((...))
    for part in ("a b c d"):gmatch("%a") do s:send(part) helper.sleep(0.02) end
    s:shutdown("write")
    return "ok"
  ]], peer:handle())
  equal(try(client:recv_exact(3)), "abc")
  local err = fails("SOCK_EEOF", client:recv_exact(3))
  equal(err.partial, "d")
  equal(thread:join(), "ok")
end

local EIGHT = 8 * 1024 * 1024

--- Reads everything slowly; returns how much it was.
local SLOW = [[
  local s, total = libsock.adopt((...)), 0
  while true do
    local data = s:recv(200000)
    if not data then return tostring(total) end
    total = total + #data
    helper.sleep(0.001)
  end
]]

function T.test_send_all()
  local client, peer = check.connected()
  client:settimeout(60)
  local thread = check.thread(SLOW, peer:handle())
  try(client:sendall(("x"):rep(EIGHT)))
  client:close()
  equal(thread:join(), tostring(EIGHT))
  client, peer = check.connected()
  client:settimeout(0.05)
  local err = fails("timeout", client:sendall(("x"):rep(4 * EIGHT)))
  equal(err.sent > 0 and err.sent < 4 * EIGHT, true, "sent")
end

function T.test_pass_descriptors()
  local one, other = try(libsock.socketpair())
  local reading, writing = helper.pipe()
  try(one:send_fds("x", { writing }))
  local data, fds = try(other:recv_fds(10))
  equal(data, "x")
  equal(#fds, 1)
  equal(helper.close_on_exec(fds[1]), true, "close-on-exec")
  helper.write(fds[1], "through")
  equal(helper.read(reading), "through")
  for _, fd in ipairs({ reading, writing, fds[1] }) do libsock.close_fd(fd) end
end

local function udp_pair()
  local server = try(libsock.socket(libsock.AF_INET, libsock.SOCK_DGRAM))
  local client = try(libsock.socket(libsock.AF_INET, libsock.SOCK_DGRAM))
  server:bind("127.0.0.1:0")
  client:bind("127.0.0.1:0")
  server:settimeout(5)
  client:settimeout(5)
  return client, server
end

function T.test_batch_echo()
  local client, server = udp_pair()
  local sent = { "one", "", ("x"):rep(1000), "four" }
  equal(try(client:sendmany(sent, { address = server:getsockname() })), 4)
  local got = {}
  while #got < 4 do
    for _, datagram in ipairs(try(server:recvmany(10, 2000))) do got[#got + 1] = datagram end
  end
  for i, datagram in ipairs(got) do
    equal(datagram.data, sent[i])
    equal(datagram.address, client:getsockname())
  end
  equal(try(server:sendmany(got)), 4)
  for i = 1, 4 do equal(client:recv(2000), sent[i]) end
end

function T.test_batch_waits_for_first()
  local client, server = udp_pair()
  local thread = blocked([[
    local begin = libsock.now()
    local list = libsock.adopt((...)):recvmany(8, 100)
    return #list .. " " .. list[1].data .. (libsock.now() - begin < 4 and " soon" or " late")
  ]], server:handle())
  client:sendto("first", server:getsockname())
  equal(thread:join(), "1 first soon")
end

function T.test_batch_segments()
  local client, server = udp_pair()
  local data = ("s"):rep(4500)
  equal(try(client:sendmany({ data }, { address = server:getsockname(), segment = 1000 })), 1)
  local sizes = {}
  while #sizes < 5 do
    for _, datagram in ipairs(try(server:recvmany(10, 2000))) do sizes[#sizes + 1] = #datagram.data end
  end
  equal(table.concat(sizes, " "), "1000 1000 1000 1000 500")
  local ok, err = server:setgro(true)
  if not ok then check.skip("UDP_GRO: " .. tostring(err)) end
  try(client:sendmany({ { data, segment = 1000, address = server:getsockname() } }))
  local joined = try(server:recvmany(4, 65535))
  if joined[1].segment == 1000 then
    equal(#joined[1].data, 4500)
    equal(try(server:sendmany({ joined[1] })), 1)
    equal(#client:recv(5000), 1000)
  end
end

function T.test_batch_truncated()
  local client, server = udp_pair()
  client:sendto(("t"):rep(500), server:getsockname())
  local got = try(server:recvmany(1, 100))[1]
  equal(#got.data, 100)
  equal(got.length, 500)
  equal(got.flags % (2 * libsock.MSG_TRUNC) >= libsock.MSG_TRUNC, true, "MSG_TRUNC")
end

function T.test_batch_at_fault()
  local client, server = udp_pair()
  local to = server:getsockname()
  equal(client:sendmany({ { "a", address = to }, { "b", address = to, segment = 70000 }, { "c", address = to } }), 1)
  fails("EINVAL", client:sendmany({ { "b", address = to, segment = 70000 } }))
  fails("EINVAL", client:sendmany({ { "b", address = "nonsense" } }))
end

function T.test_batch_close()
  local _, server = udp_pair()
  server:settimeout(nil)
  local thread = blocked([[
    local list, err = libsock.adopt((...)):recvmany(8, 100)
    return list and "data" or err.closed and "closed" or err.name
  ]], server:handle())
  server:close()
  equal(thread:join(), "closed")
end

function T.test_send_file()
  local client, peer = check.connected()
  local file = io.tmpfile()
  file:write("skipped", ("f"):rep(EIGHT))
  file:seek("set", 7)
  client:settimeout(60)
  local thread = check.thread(SLOW, peer:handle())
  equal(try(client:sendfile(file)), EIGHT)
  equal(file:seek(), EIGHT + 7)
  client:close()
  equal(thread:join(), tostring(EIGHT))
  file:close()
  equal(pcall(client.sendfile, client, file), false, "a closed file")
end

function T.test_options()
  local s = try(libsock.socket())
  try(s:setsockopt(libsock.SOL_SOCKET, libsock.SO_REUSEADDR, true))
  equal(s:getsockopt(libsock.SOL_SOCKET, libsock.SO_REUSEADDR), 1)
  try(s:setsockopt(libsock.IPPROTO_TCP, libsock.TCP_NODELAY, 1))
  equal(s:getsockopt(libsock.IPPROTO_TCP, libsock.TCP_NODELAY), 1)
  local size = try(s:set_buffer("read", 65536))
  equal(s:get_buffer("read"), size)
  equal(size >= 65536, true, size)
  equal(s:getsockopt(libsock.SOL_SOCKET, libsock.SO_RCVBUF), size)
end

function T.test_option_unknown()
  fails("ENOPROTOOPT", try(libsock.socket()):setsockopt(libsock.SOL_SOCKET, 9999, 1))
  fails("ENOPROTOOPT", try(libsock.socket()):getsockopt(libsock.SOL_SOCKET, 9999))
end

function T.test_bad_port()
  for _, port in ipairs({ -1, 65536, 70000 }) do
    fails("EINVAL", libsock.ip("127.0.0.1", port))
    local s, err = libsock.create_connection("127.0.0.1", port, { timeout = 5 })
    equal(s, nil)
    equal(err.resolver or err.name == "EINVAL", true, err.name)
  end
  fails("EINVAL", try(libsock.socket()):connect("127.0.0.1:65536"))
end

function T.test_bad_nul()
  local s = try(libsock.socket())
  for _, call in ipairs({
    function() return libsock.create_connection("127.0.0.1\0.example", 80) end,
    function() return s:connect("127.0.0.1\0:80") end,
    function() return s:connect("localhost\0x", 80) end,
    function() return libsock.getaddrinfo("a\0b", 80) end,
    function() return libsock.create_server("/tmp/a\0b", nil, { family = libsock.AF_UNIX }) end,
  }) do
    local ok, err = pcall(call)
    equal(ok, false, "a NUL")
    equal(tostring(err):find("NUL", 1, true) ~= nil, true, err)
  end
  fails("EINVAL", libsock.unix("/tmp/a\0b"))
end

function T.test_constants()
  local n = 0
  for name, value in pairs(libsock.constants()) do
    equal(libsock.constant(name), value, name)
    n = n + 1
  end
  equal(n > 1000, true, n)
  equal(libsock.AF_INET, 2)
  equal(libsock.SOCK_ETIMEDOUT, -20003)
  equal(libsock.AF_NONSENSE, nil)
  fails("ENOENT", libsock.constant("AF_NONSENSE"))
end

function T.test_no_leak()
  local before = helper.descriptors()
  for _ = 1, 1000 do
    local one, other = try(libsock.socketpair())
    one:send("x")
    other:recv(1)
    one:close() -- the other is left to the collector
  end
  local server = try(libsock.create_server("127.0.0.1", 0))
  for _ = 1, 1000 do
    local client = try(libsock.socket())
    try(client:connect(server:getsockname()))
    local peer = try(server:accept())
    client:close()
    peer:close()
  end
  server:close()
  collectgarbage()
  collectgarbage()
  equal(helper.descriptors(), before)
end

check.run(T)

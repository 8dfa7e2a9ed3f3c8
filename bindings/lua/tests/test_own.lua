--- What the shared cases leave out: streams, messages, operations, relay, interfaces, misuse.
local check = require("check")
local libsock, helper = check.libsock, check.helper
local try, equal, fails = libsock.try, check.equal, check.fails
local T = {}

function T.test_stream_reads_as_files()
  local one, other = try(libsock.socketpair())
  local out, stream = try(libsock.stream(one)), try(libsock.stream(other))
  equal(out:write("one\r\n", "two\n", "rest", 12), out)
  try(out:flush())
  equal(stream:read(), "one")
  equal(stream:read("L"), "two\n")
  equal(stream:read(4), "rest")
  one:shutdown("write")
  equal(stream:read("*a"), "12")
  equal(stream:read(), nil)
  equal(pcall(stream.read, stream, "x"), false)
  local lines = {}
  one, other = try(libsock.socketpair())
  other:sendall("a\nb\nlast")
  other:shutdown("write")
  for line in try(libsock.stream(one)):lines() do lines[#lines + 1] = line end
  equal(table.concat(lines, ","), "a,b,last")
end

function T.test_operations()
  local server = try(libsock.create_server("127.0.0.1", 0))
  local port = libsock.address_fields(server:getsockname()).port
  local op = try(libsock.create_connection_start("127.0.0.1", port, { timeout = 10 }))
  local poller = try(libsock.poller())
  try(poller:add(op))
  local s
  repeat
    poller:wait(5)
    s = try(op:step_connection())
  until s
  equal(s:getpeername(), server:getsockname())
  equal(op:attempts()[1].phase, "connected")
  local lookup, list = try(libsock.getaddrinfo_start("localhost", 80, { timeout = 10 })), nil
  repeat
    list = try(lookup:step_lookup())
    helper.sleep(0.01)
  until list
  equal(#list >= 1, true)
end

function T.test_messages()
  if os.getenv("LIBSOCK_MODULE") == "libsock.ffi" then check.skip("not in libsock.ffi") end
  local one, other = try(libsock.socketpair(libsock.AF_UNIX, libsock.SOCK_SEQPACKET))
  try(other:setsockopt(libsock.SOL_SOCKET, libsock.SO_PASSCRED, true))
  local reading, writing = helper.pipe()
  try(one:sendmsg({ data = { "two ", "pieces" }, fds = { writing } }))
  local message = try(other:recvmsg(100))
  equal(message.data, "two pieces")
  equal(#message.fds, 1)
  equal(message.credentials.uid ~= nil, true)
  equal(#message.control, 2)
  for _, fd in ipairs({ reading, writing, message.fds[1] }) do libsock.close_fd(fd) end
  equal(pcall(one.sendmsg, one, { data = { 1 } }), false)
end

function T.test_relay()
  local a, left = try(libsock.socketpair())
  local b, right = try(libsock.socketpair())
  a:sendall("to b")
  b:sendall("to a")
  a:shutdown("write")
  b:shutdown("write")
  local counts = try(left:relay(right, 5))
  equal(counts.sent, 4)
  equal(counts.received, 4)
  equal(b:recv_exact(4), "to b")
end

function T.test_addresses()
  equal(libsock.ip("::1", 80), "[::1]:80")
  equal(libsock.address_fields("[::1]:80").host, "::1")
  equal(libsock.address_fields("unix:@a%00b").path, "\0a\0b")
  for _, text in ipairs({ "netlink:1", "vsock:3:1024", "hci:0", "alg:skcipher:cbc(aes)", "af44:00ff" }) do
    equal(try(libsock.address_from_native(try(libsock.address_native(text)))), text)
  end
  equal(libsock.same_address("[fe80::1%lo]:80", "[fe80::1%1]:80"), true)
  equal(libsock.same_address("[fe80::1%lo]:80", "[fe80::1%1]:81"), false)
  fails("EINVAL", libsock.address_fields("nonsense"))
end

function T.test_timeout_of_zero_does_not_wait()
  local took, list, err = check.timed(libsock.getaddrinfo, "nothing.invalid", 80, { timeout = 0 })
  fails("timeout", list, err)
  equal(took < 1, true, took)
  equal(try(libsock.getaddrinfo("192.0.2.1", 80, { timeout = 0 }))[1].address, "192.0.2.1:80")
end

function T.test_netdb()
  equal(#try(libsock.gethostname()) > 0, true)
  equal(try(libsock.if_indextoname(try(libsock.if_nametoindex("lo")))), "lo")
  equal(#try(libsock.if_nameindex()) >= 1, true)
  fails("ENODEV", libsock.if_nametoindex("none-such"))
end

function T.test_misuse_raises()
  local s = try(libsock.socket())
  for _, call in ipairs({
    function() return s.recv({}, 1) end, function() return s.recv(nil, 1) end,
    function() return s:recv("x") end, function() return s:recv(-1) end,
    function() return s:send(nil) end, function() return s:settimeout("x") end,
    function() return s:shutdown("sideways") end, function() return s.recv(io.stdout, 1) end,
    function() return s:bind(nil) end, function() return s:settimeout(0 / 0) end,
  }) do
    equal(pcall(call), false)
  end
  fails("EINVAL", s:settimeout(-1))
  local ok, err = pcall(libsock.try, libsock.socket(9999))
  equal(ok, false)
  equal(err.name, "EAFNOSUPPORT")
end

--- A socket that only its blocked call still refers to is not collected under it.
function T.test_collection_during_a_call()
  local one, other = try(libsock.socketpair())
  local thread = check.thread([[
    local s = libsock.adopt((...))
    for i = 1, 50 do s:send("x") helper.sleep(0.001) end
    return "ok"
  ]], other:handle())
  local got = 0
  while got < 50 do
    for _ = 1, 10 do libsock.socketpair() end -- garbage
    got = got + #try((function(s) one = s:dup() s:close() collectgarbage() return one end)(one)):recv(1)
  end
  equal(thread:join(), "ok")
end

check.run(T)

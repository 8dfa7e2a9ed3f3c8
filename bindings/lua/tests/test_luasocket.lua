--- LuaSocket's own modules, LuaSec and copas, unmodified, over libsock in place of LuaSocket's core.
-- The ports of servers.py are the arguments: HTTP, HTTPS, SMTP, FTP.
local preload = require("libsock.luasocket")
local socket = require("socket")
assert(socket == preload.core, "LuaSocket's own core is loaded")
local libsock = require("libsock")
-- copas demands to come before socket.http.
local has_copas, copas = pcall(require, "copas")
local web, tls, mail, files = arg[1], arg[2], arg[3], arg[4]
local T, names = {}, {}
setmetatable(T, {
  __newindex = function(t, name, test)
    names[#names + 1] = name
    rawset(t, name, test)
  end,
})

local function skip(reason) error({ skip = reason }, 0) end
local function module(name)
  local ok, found = pcall(require, name)
  if ok then return found end
  if tostring(found):find("module '" .. name .. "' not found", 1, true) then skip(name .. " is not installed") end
  error(found, 0)
end
local function equal(got, wanted)
  if got ~= wanted then error(("got %s, expected %s"):format(tostring(got), tostring(wanted)), 2) end
end

local lines = {}
for n = 0, 19999 do lines[n + 1] = ("line %d of a document\r\n"):format(n) end
local DOCUMENT = table.concat(lines)

function T.http()
  local http = module("socket.http")
  for _, path in ipairs({ "/document", "/chunked", "/redirect" }) do
    local body, code = http.request(("http://localhost:%s%s"):format(web, path))
    equal(code, 200)
    equal(body == DOCUMENT, true)
  end
  local body, code = http.request(("http://localhost:%s/"):format(web), "backwards")
  equal(body, "sdrawkcab")
  _, code = http.request(("http://localhost:%s/nothing"):format(web))
  equal(code, 404)
  local none, err = http.request("http://127.0.0.1:1/")
  equal(none, nil)
  equal(err, "connection refused")
end

function T.https()
  local https = module("ssl.https")
  local body, code = https.request(("https://localhost:%s/document"):format(tls))
  equal(code, 200)
  equal(body == DOCUMENT, true)
end

function T.smtp()
  local smtp = module("socket.smtp")
  local ok, err = smtp.send({
    from = "<a@localhost>", rcpt = "<b@localhost>", server = "localhost", port = tonumber(mail),
    source = smtp.message({ headers = { subject = "test" }, body = ("a line\r\n.\r\n"):rep(2000) }),
  })
  assert(ok, err)
end

function T.ftp()
  local ftp = module("socket.ftp")
  equal(assert(ftp.get(("ftp://user:word@localhost:%s/document;type=i"):format(files))) == DOCUMENT, true)
  assert(ftp.put(("ftp://user:word@localhost:%s/copy;type=i"):format(files), "a copy"))
  equal(ftp.get(("ftp://user:word@localhost:%s/copy;type=i"):format(files)), "a copy")
end

function T.copas()
  if not has_copas and copas:find("module 'copas' not found", 1, true) then
    skip("copas is not installed for this Lua")
  end
  assert(has_copas, copas)
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  copas.addserver(server, function(client)
    client = copas.wrap(client)
    while true do
      local line = client:receive()
      if not line then return end
      client:send(line .. "\n")
    end
  end)
  local answers = 0
  for i = 1, 50 do
    copas.addthread(function()
      local client = socket.tcp()
      assert(copas.connect(client, "127.0.0.1", port))
      client = copas.wrap(client)
      for n = 1, 20 do
        assert(client:send(("client %d line %d\n"):format(i, n)))
        equal(client:receive(), ("client %d line %d"):format(i, n))
        answers = answers + 1
      end
    end)
  end
  local limit = socket.gettime() + 30
  while answers < 1000 and socket.gettime() < limit do copas.step(1) end
  equal(answers, 1000)
  server:close()
end

local function tcp_pair()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local client = assert(socket.connect("127.0.0.1", port))
  return client, assert(server:accept()), server
end

function T.patterns()
  local client, peer = tcp_pair()
  assert(peer:send("one\r\ntwo\n\nfour\rteen\r\nrest"))
  for _, line in ipairs({ "one", "two", "", "fourteen" }) do equal(client:receive(), line) end
  equal(client:receive(6, "> "), "> rest")
  client:settimeout(0)
  peer:send("par")
  peer:send("tial")
  peer:close()
  client:settimeout(5)
  local data, err, partial = client:receive("*l")
  equal(data, nil)
  equal(err, "closed")
  equal(partial, "partial")
  equal(select(2, client:receive("*a")), "closed")
  equal(pcall(client.receive, client, "*x"), false)
end

function T.timeouts()
  local client, peer = tcp_pair()
  for _, mode in ipairs({ "b", "t", "total" }) do
    client:settimeout(0.05, mode)
    local begin = libsock.now()
    local data, err, partial = client:receive(10)
    equal(err, "timeout")
    equal(libsock.now() - begin >= 0.05, true)
    client:settimeout(nil, mode)
  end
  client:settimeout(0)
  peer:send("abc")
  socket.select({ client }, nil, 5)
  local data, err, partial = client:receive(10)
  equal(err, "timeout")
  equal(partial, "abc")
  equal(select(3, socket.select({ client }, nil, 0.02)), "timeout")
end

function T.libsocks_own_methods()
  local client = tcp_pair()
  local token = libsock.try(libsock.token())
  token:fire()
  client:setcancel(token)
  equal(select(2, client:receive()), "canceled")
  client:setcancel()
  client:setdeadline(libsock.now() - 1, "read")
  equal(select(2, client:receive()), "timeout")
end

function T.unix_names()
  local server, client = assert(preload.unix.stream()), assert(preload.unix.stream())
  local name = "\0libsock-test-" .. os.tmpname()
  assert(server:bind(name))
  assert(server:listen())
  assert(client:connect(name))
  local peer = assert(server:accept())
  client:send("hello\n")
  equal(peer:receive(), "hello")
  equal(server:getsockname(), name)
  equal(peer.class, "unixstream{client}")
  local long = assert(preload.unix.stream())
  equal(select(2, long:connect(("x"):rep(200))), "path too long")
end

--- A queue that is full at the receiver: a send with a timeout ends, and does not spin.
function T.full_queue()
  local server, client = assert(preload.unix.dgram()), assert(preload.unix.dgram())
  local name = "\0libsock-queue-" .. os.tmpname()
  assert(server:bind(name))
  client:settimeout(0.1)
  local sent, err
  local clock, begin = os.clock(), libsock.now()
  for _ = 1, 10000 do
    sent, err = client:sendto("x", name)
    if not sent then break end
  end
  equal(err, "timeout")
  equal(libsock.now() - begin >= 0.1, true)
  equal(os.clock() - clock < 0.09, true)
end

--- No limit of 1,024 descriptors.
function T.select_many()
  local all, last = {}, nil
  for i = 1, 1100 do
    local one, err = socket.udp4()
    if not one then skip("only " .. i .. " descriptors: " .. err) end
    all[i] = one
  end
  last = all[1100]
  assert(last:setsockname("127.0.0.1", 0))
  local _, port = last:getsockname()
  all[1]:sendto("x", "127.0.0.1", port)
  local ready = socket.select(all, nil, 5)
  equal(#ready, 1)
  equal(ready[1], last)
  equal(ready[last], 1)
  for _, one in ipairs(all) do one:close() end
end

local passed, failed, skipped = 0, 0, 0
for _, name in ipairs(names) do
  local ok, err = xpcall(T[name], function(err)
    return type(err) == "table" and err or debug.traceback(tostring(err))
  end)
  if ok then
    passed = passed + 1
    print("PASS " .. name)
  elseif type(err) == "table" and err.skip then
    skipped = skipped + 1
    print(("SKIP %s: %s"):format(name, err.skip))
  else
    failed = failed + 1
    print(("FAIL %s: %s"):format(name, tostring(err)))
  end
end
print(("%d passed, %d failed, %d skipped"):format(passed, failed, skipped))
os.exit(failed == 0 and 0 or 1)

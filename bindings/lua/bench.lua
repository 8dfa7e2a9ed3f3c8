-- Times one send and the receive of its data, which is ready, over AF_UNIX and TCP: LuaSocket's core,
-- or libsock in its place, or libsock's own calls. Prints nanoseconds for each, the fastest of many.
-- bench.lua luasocket | dropin | own | ffi [rounds]
local kind, rounds = arg[1], tonumber(arg[2] or 20)
local N = 10000

local function measure(what, exchange)
  local clock, best = os.clock, math.huge
  for _ = 1, rounds do
    local begin = clock()
    for _ = 1, N do exchange() end
    best = math.min(best, clock() - begin)
  end
  print(("%s %s %.0f"):format(kind, what, best / N * 1e9))
end

local message = ("x"):rep(64)

local function luasocket_pairs()
  local socket = require("socket")
  local unix = require("socket.unix")
  local function unix_pair()
    local path = os.tmpname()
    os.remove(path)
    local server = assert((unix.stream or unix)())
    assert(server:bind(path))
    assert(server:listen())
    local client = assert((unix.stream or unix)())
    assert(client:connect(path))
    local peer = assert(server:accept())
    os.remove(path)
    return client, peer
  end
  local function tcp_pair()
    local server = assert(socket.bind("127.0.0.1", 0))
    local _, port = server:getsockname()
    local client = assert(socket.connect("127.0.0.1", port))
    local peer = assert(server:accept())
    client:setoption("tcp-nodelay", true)
    return client, peer
  end
  for what, pair in pairs({ unix = unix_pair, tcp = tcp_pair }) do
    for name, timeout in pairs({ [""] = -1, ["_timeout"] = 5 }) do
      local client, peer = pair()
      client:settimeout(timeout)
      peer:settimeout(timeout)
      measure(what .. name, function()
        client:send(message)
        peer:receive(64)
      end)
    end
  end
end

local function own_pairs(libsock)
  local try = libsock.try
  local function unix_pair() return try(libsock.socketpair()) end
  local function tcp_pair()
    local server = try(libsock.create_server("127.0.0.1", 0))
    local client = try(libsock.create_connection("127.0.0.1", libsock.address_fields(server:getsockname()).port))
    client:setsockopt(libsock.IPPROTO_TCP, libsock.TCP_NODELAY, 1)
    return client, (try(server:accept()))
  end
  for what, pair in pairs({ unix = unix_pair, tcp = tcp_pair }) do
    for name, timeout in pairs({ [""] = false, ["_timeout"] = 5 }) do
      local client, peer = pair()
      client:settimeout(timeout or nil)
      peer:settimeout(timeout or nil)
      measure(what .. name, function()
        client:send(message)
        peer:recv(64)
      end)
    end
  end
end

if kind == "luasocket" then
  luasocket_pairs()
elseif kind == "dropin" then
  require("libsock.luasocket")
  luasocket_pairs()
else
  own_pairs(require(kind == "ffi" and "libsock.ffi" or "libsock"))
end

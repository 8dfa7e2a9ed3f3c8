-- The second echo server of Python's documentation: on the first address of this machine that works,
-- IPv4 or IPv6. `libsock.create_servers` listens on all of them, in one line.
--
--    lua dual_echo_server.lua [PORT]     50007; 0 takes a free one

local libsock = require("libsock")
local try = libsock.try

local function listener(port)
  local options = { type = libsock.SOCK_STREAM, flags = libsock.AI_PASSIVE }
  for _, info in ipairs(try(libsock.getaddrinfo(nil, port, options))) do
    local s = libsock.socket(info.family, info.type, info.proto)
    if s and s:bind(info.address) and s:listen(1) then return s end
    if s then s:close() end
  end
  error("could not open socket", 0)
end

local s = listener(tonumber(arg[1] or 50007))
print("listening on port " .. libsock.address_fields(s:getsockname()).port)
io.stdout:flush()

local connection, address = try(s:accept())
print("Connected by " .. address)
while true do
  local data = try(connection:recv(1024))
  if not data then break end
  try(connection:sendall(data))
end

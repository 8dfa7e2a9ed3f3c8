-- The second echo client of Python's documentation: on the first address of the host that works, IPv4 or
-- IPv6. `libsock.create_connection` does all of this in one line, and faster.
--
--    lua dual_echo_client.lua [PORT [MESSAGE]]     50007

local libsock = require("libsock")
local try = libsock.try

local function connected(host, port)
  for _, info in ipairs(try(libsock.getaddrinfo(host, port, { type = libsock.SOCK_STREAM }))) do
    local s = libsock.socket(info.family, info.type, info.proto)
    if s and s:connect(info.address) then return s end
    if s then s:close() end
  end
  error("could not open socket", 0)
end

local s = connected("localhost", tonumber(arg[1] or 50007))
try(s:sendall(arg[2] or "Hello, world"))
print(("Received %q"):format(try(s:recv(1024))))

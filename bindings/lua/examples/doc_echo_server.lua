-- The echo server of Python's documentation, over IPv4: serves one connection.
--
--    lua doc_echo_server.lua [PORT]     50007; 0 takes a free one

local libsock = require("libsock")
local try = libsock.try

local s = try(libsock.socket(libsock.AF_INET, libsock.SOCK_STREAM))
try(s:bind(libsock.ip("", tonumber(arg[1] or 50007))))
try(s:listen(1))
print("listening on port " .. libsock.address_fields(s:getsockname()).port)
io.stdout:flush()

local connection, address = try(s:accept())
print("Connected by " .. address)
while true do
  local data = try(connection:recv(1024))
  if not data then break end
  try(connection:sendall(data))
end

-- An echo server: one connection after the other, each message printed and returned.
--
--    lua echo_server.lua [PORT [CONNECTIONS]]     10000, and without end; port 0 takes a free one

local libsock = require("libsock")
local try = libsock.try

local server = try(libsock.create_server("localhost", tonumber(arg[1] or 10000)))
local connections = tonumber(arg[2]) or math.huge
print("listening on port " .. libsock.address_fields(server:getsockname()).port)
io.stdout:flush()

while connections > 0 do
  local connection, client = try(server:accept())
  for data in function() return try(connection:recv(16)) end do
    print(("%s: %q"):format(client, data))
    io.stdout:flush()
    try(connection:sendall(data))
  end
  connection:close()
  connections = connections - 1
end

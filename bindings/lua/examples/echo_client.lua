-- A client of echo_server.lua: sends a message and receives it back in pieces.
--
--    lua echo_client.lua [PORT [MESSAGE]]

local libsock = require("libsock")
local try = libsock.try

local message = arg[2] or "This is the message. It will be repeated."
local sock = try(libsock.create_connection("localhost", tonumber(arg[1] or 10000), { timeout = 10 }))
try(sock:sendall(message))

local received = 0
while received < #message do
  local data = try(sock:recv(16)) or error("the server closed the connection", 0)
  received = received + #data
  print(("received %q"):format(data))
end
sock:close()

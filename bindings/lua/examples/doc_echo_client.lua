-- The echo client of Python's documentation, over IPv4.
--
--    lua doc_echo_client.lua [PORT [MESSAGE]]     50007

local libsock = require("libsock")
local try = libsock.try

local s = try(libsock.socket(libsock.AF_INET, libsock.SOCK_STREAM))
try(s:connect(libsock.ip("127.0.0.1", tonumber(arg[1] or 50007))))
try(s:sendall(arg[2] or "Hello, world"))
print(("Received %q"):format(try(s:recv(1024))))

--- libsock for Lua, over its C module. See api.lua for conventions.
return require("libsock.api")(require("libsock.core"))

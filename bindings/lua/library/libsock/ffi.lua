---@meta libsock.ffi

---libsock by LuaJIT's FFI, without the C module. It lacks the functions whose comment says "Not in libsock.ffi".
---@class libsock.FFI: libsock
---@field C table the functions of sock.h, as LuaJIT's FFI has them
local ffi = {}

return ffi

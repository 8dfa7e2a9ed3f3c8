---@meta libsock.luasocket

---LuaSocket's core over libsock. Load it before anything requires "socket", whose types are LuaSocket's own.
---@class libsock.luasocket
---@field core table the module socket.core
---@field unix table the module socket.unix
local luasocket = {}

---What the objects of LuaSocket have besides its own methods.
---@class libsock.LuaSocketObject
local object = {}

---@param when? number on the clock of libsock.now()
---@param direction? libsock.Direction
---@return 1? ok
---@return string? err
function object:setdeadline(when, direction) end

---@param token? libsock.Token
---@return 1? ok
---@return string? err
function object:setcancel(token) end

---@return integer
function object:handle() end

return luasocket

--- LuaSocket's core over libsock: `require "libsock.luasocket"` before `require "socket"`, or
-- `lua -l libsock.luasocket program.lua`. LuaSocket's own Lua files (socket, ltn12, mime, socket.http
-- ...) then run over libsock, and so does what runs over them.

if package.loaded["socket.core"] then
  error("libsock.luasocket must be required before socket", 2)
end

local core = require("libsock.core")
local ls = core.luasocket

local socket = {
  _VERSION = "LuaSocket 3.1.0 over libsock " .. core.version(),
  _SETSIZE = ls.setsize,
  _SOCKETINVALID = -1,
  _DATAGRAMSIZE = 8192,
  _DEBUG = ls.debug or nil,
}
for _, name in ipairs({
  "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6", "connect", "select", "sleep", "gettime",
}) do
  socket[name] = ls[name]
end

--- skip(n, ...): its arguments without the first n
function socket.skip(n, ...)
  return select(n + 1, ...)
end

function socket.__unload() end

-- Exceptions -------------------------------------------------------------------------------------

local Exception = { __metatable = false }

--- newtry([finalizer]): a function that returns its arguments, or calls the finalizer and raises the
-- second argument if the first is false
function socket.newtry(finalizer)
  return function(...)
    local ok, err = ...
    if ok then return ... end
    if finalizer then finalizer() end
    error(setmetatable({ err, [Exception] = true }, Exception), 0)
  end
end

local function finish(ok, ...)
  if ok then return ... end
  local err = ...
  if type(err) == "table" and rawget(err, Exception) then return nil, err[1] end
  error(err, 0)
end

--- protect(f): f, with the exceptions of try() returned as nil and the error
function socket.protect(f)
  return function(...)
    return finish(pcall(f, ...))
  end
end

-- Names ------------------------------------------------------------------------------------------

local dns = {}
socket.dns = dns

local function failed(err)
  return nil, ls.text(err.code)
end

local function host_of(address)
  return core.address_fields(address).host
end

--- The list of a lookup as LuaSocket's table: name, alias, and the addresses under `ip`.
local function resolved(list)
  local ips = {}
  for i, info in ipairs(list) do ips[i] = host_of(info.address) end
  return { name = list.canonname, alias = list.aliases or {}, ip = ips }
end

function dns.toip(host)
  local list, err = core.gethostbyname(host)
  if not list then return failed(err) end
  local result = resolved(list)
  return result.ip[1], result
end

function dns.tohostname(address)
  local list, err = core.gethostbyaddr(address)
  if not list then return failed(err) end
  return list.canonname, resolved(list)
end

local STREAM = core.constant("SOCK_STREAM")
local INET6 = core.constant("AF_INET6")

function dns.getaddrinfo(host)
  local list, err = core.getaddrinfo(host, nil, { type = STREAM })
  if not list then return failed(err) end
  local result = {}
  for i, info in ipairs(list) do
    result[i] = { family = info.family == INET6 and "inet6" or "inet", addr = host_of(info.address) }
  end
  return result
end

function dns.getnameinfo(host, service)
  if host == nil and service == nil then error("host and serv cannot be both nil", 2) end
  local list, err = core.getaddrinfo(host, service, { type = STREAM })
  if not list then return failed(err) end
  local hosts, name = {}, nil
  for i, info in ipairs(list) do
    hosts[i], name = core.getnameinfo(info.address)
  end
  if service then return hosts, name end
  return hosts
end

function dns.gethostname()
  local name, err = core.gethostname()
  if not name then return failed(err) end
  return name
end

-- socket.unix ------------------------------------------------------------------------------------

local unix = { stream = ls.stream, dgram = ls.dgram, tcp = ls.stream, udp = ls.dgram }
setmetatable(unix, { __call = function(_, ...) return ls.stream(...) end })

package.preload["socket.core"] = function() return socket end
package.preload["socket.unix"] = function() return unix end

return { core = socket, unix = unix }

--- libsock for LuaJIT by its FFI, without the C module: `local libsock = require "libsock.ffi"` has
-- the same interface as `require "libsock"`, except sendmsg, recvmsg and the calls that only some
-- address families have; their functions are in `libsock.C`, as in sock.h.
--
-- LuaJIT compiles these calls into its traces. It runs no Lua while a call of C waits: a signal
-- handler that sets a debug hook runs it after the call.

local ffi = require("ffi")
ffi.cdef(require("libsock.cdef"))
ffi.cdef([[
  struct libsock_lua_socket { sock_t id; bool owned, gone; };
  struct libsock_lua_token { sock_t id; bool owned, gone; };
  struct libsock_lua_operation { sock_t id; bool owned, gone; };
  struct libsock_lua_stream { sock_t id; bool owned, gone; };
  struct libsock_lua_poller { sock_t id; bool owned, gone; };
  struct libsock_lua_timer { sock_t id; bool owned, gone; };
  int fileno(void *); int fflush(void *); long ftell(void *); int fseek(void *, long, int);
  int close(int);
]])

--- The library beside the C module, as luarocks installs it, or else the system's.
local function load()
  local path = package.searchpath and package.searchpath("libsock.core", package.cpath)
  if path then
    local ok, library = pcall(ffi.load, (path:gsub("core%.so$", "libsock.so.0")))
    if ok then return library end
  end
  return ffi.load("libsock.so.0")
end

local C = load()
local core = { error_metatable = {} }
local new, tonumber, str = ffi.new, tonumber, ffi.string
local value_out = new("int64_t[1]")
C.sock_constant_find("SOCK_FOREVER", value_out) -- not an enum: it has more than 32 bits
local FOREVER = value_out[0]

-- Errors -------------------------------------------------------------------------------------------

local last_code, last_text = new("int[1]"), new("char[321]")

local function fail(code)
  C.sock_last_error(last_code, last_text, 321)
  code = tonumber(code)
  local message = str(last_text)
  if last_code[0] ~= code or message == "" then message = str(C.sock_strerror(code)) end
  local function is(answer) return answer ~= 0 or nil end
  return nil, setmetatable({
    code = code,
    name = str(C.sock_err_name(code)),
    message = message,
    timeout = is(C.sock_is_timeout(code)),
    canceled = is(C.sock_is_canceled(code)),
    closed = is(C.sock_is_closed(code)),
    resolver = is(C.sock_is_resolver(code)),
    temporary = is(C.sock_is_temporary(code)),
  }, core.error_metatable)
end

function core.describe(code)
  local _, err = fail(code)
  return err
end

local function done(code)
  if code < 0 then return fail(code) end
  return true
end

local function count(result)
  if result < 0 then return fail(result) end
  return tonumber(result)
end

local function flag(result)
  if result < 0 then return fail(result) end
  return result ~= 0
end

-- Arguments ----------------------------------------------------------------------------------------

local function nanoseconds(seconds, otherwise)
  if seconds == nil then return otherwise end
  if seconds ~= seconds then error("time is not a number", 3) end
  if seconds >= 4611686018 then return FOREVER end
  if seconds < 0 then return -1LL end
  return ffi.cast("int64_t", math.ceil(seconds * 1e9))
end

--- In a struct of options, 0 means the default.
local function option(seconds)
  local ns = nanoseconds(seconds, 0)
  return seconds and ns == 0 and 1LL or ns
end

local function limit(seconds) return nanoseconds(seconds, FOREVER) end

local function seconds(ns)
  if ns >= FOREVER then return nil end
  return tonumber(ns) / 1e9
end

local function text(value)
  if value == nil then return nil end
  if type(value) ~= "string" then error("string expected, got " .. type(value), 3) end
  if value:find("\0", 1, true) then error("text with a NUL inside", 3) end
  return value
end

local function port_text(port)
  if type(port) == "number" then return ("%.0f"):format(port) end
  return text(port)
end

local DIRECTIONS = { read = 1, write = 2, both = 3 }

local function direction(name)
  return DIRECTIONS[name or "both"] or error("invalid direction " .. tostring(name), 3)
end

local function descriptor(file)
  if type(file) == "number" then return file end
  if io.type(file) ~= "file" then error("a descriptor or an open file expected", 3) end
  ffi.C.fflush(file)
  return ffi.C.fileno(file)
end

--- A text that the library copies out.
local function copied(call, ...)
  local args, n = { ... }, select("#", ...)
  local function try(buf, cap)
    args[n + 1], args[n + 2] = buf, cap
    return call(unpack(args, 1, n + 2))
  end
  local buf = new("char[1100]")
  local length = tonumber(try(buf, 1100))
  if length < 0 then return fail(length) end
  if length >= 1100 then
    buf = new("char[?]", length + 1)
    try(buf, length + 1)
  end
  return str(buf, length)
end

-- Memory for what is received. No Lua runs during a call, so all of them can share it.
local room_size = 65536
local room = new("char[?]", room_size)

local function memory(len)
  if len < 0 then error("size out of range", 3) end
  if len <= room_size then return room end
  return new("char[?]", len)
end

-- Addresses ----------------------------------------------------------------------------------------

local address_text = new("char[400]")

local function parse(address)
  local out = new("struct sock_addr")
  local code = C.sock_addr_parse(text(address) or error("address expected", 3), out)
  if code < 0 then return nil, code end
  return out
end

local function format(address)
  return str(address_text, C.sock_addr_format(address, address_text, 400))
end

local function made(code, out)
  if code < 0 then return fail(code) end
  return format(out)
end

function core.ip(host, port, flowinfo, scope_id)
  local out = new("struct sock_addr")
  if flowinfo or scope_id then
    return made(C.sock_addr_ip6(text(host), port or 0, flowinfo or 0, scope_id or 0, out), out)
  end
  return made(C.sock_addr_ip(text(host), port or 0, out), out)
end

function core.unix(name)
  local out = new("struct sock_addr")
  return made(C.sock_addr_unix(name, #name, out), out)
end

function core.address_from_native(bytes)
  local out = new("struct sock_addr")
  return made(C.sock_addr_from_native(bytes, #bytes, out), out)
end

function core.address_native(address)
  local parsed, code = parse(address)
  if not parsed then return fail(code) end
  local bytes = new("char[128]")
  return str(bytes, C.sock_addr_native(parsed, bytes, 128))
end

function core.same_address(one, other)
  local a, code = parse(one)
  if not a then return fail(code) end
  local b
  b, code = parse(other)
  if not b then return fail(code) end
  return C.sock_addr_equal(a, b) ~= 0
end

-- Constants ----------------------------------------------------------------------------------------

function core.constant(name)
  local code = C.sock_constant_find(text(name), value_out)
  if code < 0 then return fail(code) end
  if code == 1 then return str(C.sock_constant_text(name)) end
  return tonumber(value_out[0])
end

function core.constants()
  local all, name = {}, new("const char *[1]")
  for i = 0, tonumber(C.sock_constant_count()) - 1 do
    C.sock_constant_at(i, name, value_out)
    local key = str(name[0])
    all[key] = core.constant(key)
  end
  return all
end

local AF_INET, AF_INET6 = core.constant("AF_INET"), core.constant("AF_INET6")
local AF_UNIX, STREAM = core.constant("AF_UNIX"), core.constant("SOCK_STREAM")

function core.version() return str(C.sock_version()) end

function core.address_fields(address)
  local parsed, code = parse(address)
  if not parsed then return fail(code) end
  local fields = { family = C.sock_addr_family(parsed) }
  if fields.family == AF_INET or fields.family == AF_INET6 then
    local host, out = new("char[64]"), new("int64_t[3]")
    local len = C.sock_addr_get_ip(parsed, host, 64, out, out + 1, out + 2)
    if len < 0 then return fail(len) end
    fields.host, fields.port = str(host, len), tonumber(out[0])
    if fields.family == AF_INET6 then
      fields.flowinfo, fields.scope_id = tonumber(out[1]), tonumber(out[2])
    end
  elseif fields.family == AF_UNIX then
    local path = new("char[110]")
    fields.path = str(path, C.sock_addr_get_unix(parsed, path, 110))
  end
  return fields
end

-- Objects ------------------------------------------------------------------------------------------

local types = {}

--- A kind of object: a struct whose finaliser closes the handle.
local function class(kind)
  local methods = {}
  function methods:close()
    if self.gone then return true end
    self.gone = true
    local code = C.sock_close(self.id)
    return done(code == -9 and 0 or code) -- EBADF: closed elsewhere
  end
  function methods:handle() return tonumber(self.id) end
  types[kind] = ffi.metatype("struct libsock_lua_" .. kind, {
    __index = methods,
    __gc = function(self)
      if self.owned and not self.gone then C.sock_close(self.id) end
    end,
    __tostring = function(self)
      return ("libsock.%s (%s)"):format(kind, self.gone and "closed" or ("%.0f"):format(tonumber(self.id)))
    end,
  })
  return methods
end

local Socket, Token, Operation = class("socket"), class("token"), class("operation")
local Stream, Poller, Timer = class("stream"), class("poller"), class("timer")
core.Socket, core.Token, core.Operation = Socket, Token, Operation
core.Stream, core.Poller, core.Timer = Stream, Poller, Timer

local function opened(kind, handle)
  if handle < 0 then return fail(handle) end
  return types[kind](handle, true, false)
end

function core.adopt(handle, kind, owned)
  return (types[kind or "socket"] or error("unknown kind", 2))(handle, owned and true or false, false)
end

-- Sockets ------------------------------------------------------------------------------------------

function core.socket(family, kind, proto)
  return opened("socket", C.sock_socket(family or -1, kind or -1, proto or -1))
end

function core.socketpair(family, kind, proto)
  local out = new("sock_t[2]")
  local code = C.sock_socketpair(family or -1, kind or -1, proto or -1, out)
  if code < 0 then return fail(code) end
  return opened("socket", out[0]), (opened("socket", out[1]))
end

function core.from_fd(fd, family, kind, proto)
  return opened("socket", C.sock_from_fd(fd, family or -1, kind or -1, proto or -1))
end

function core.socket_mptcp(family) return opened("socket", C.sock_socket_mptcp(family)) end
function core.token() return opened("token", C.sock_cancel_new()) end
function core.now() return tonumber(C.sock_now()) / 1e9 end
function core.setdefaulttimeout(time) return done(C.sock_setdefaulttimeout(limit(time))) end
function core.getdefaulttimeout() return seconds(C.sock_getdefaulttimeout()) end
function core.close_fd(fd) return ffi.C.close(fd) == 0 end

function Token:fire() return done(C.sock_cancel_fire(self.id)) end

function Socket:dup() return opened("socket", C.sock_dup(self.id)) end
function Socket:detach()
  local fd = C.sock_detach(self.id)
  if fd >= 0 then self.gone = true end
  return count(fd)
end
function Socket:fileno() return count(C.sock_fileno(self.id)) end
function Socket:family() return count(C.sock_family(self.id)) end
function Socket:type() return count(C.sock_type(self.id)) end
function Socket:proto() return count(C.sock_proto(self.id)) end
function Socket:listen(backlog) return done(C.sock_listen(self.id, backlog or C.SOCK_BACKLOG_DEFAULT)) end
function Socket:shutdown(which) return done(C.sock_shutdown(self.id, direction(which) - 1)) end
function Socket:get_inheritable() return flag(C.sock_get_inheritable(self.id)) end
function Socket:set_inheritable(on) return done(C.sock_set_inheritable(self.id, on and 1 or 0)) end
function Socket:settimeout(time) return done(C.sock_settimeout(self.id, limit(time))) end
function Socket:gettimeout()
  local ns = C.sock_gettimeout(self.id)
  if ns < 0 then return fail(ns) end
  return seconds(ns)
end
function Socket:setdeadline(at, which)
  return done(C.sock_setdeadline(self.id, direction(which), at and at < 0 and 0LL or limit(at)))
end
function Socket:setcancel(token) return done(C.sock_setcancel(self.id, token and token.id or 0)) end

function Socket:bind(host, port)
  if port ~= nil then return done(C.sock_bind_host(self.id, text(host), port_text(port))) end
  local address, code = parse(host)
  return done(code or C.sock_bind(self.id, address))
end

function Socket:connect(host, port)
  if port ~= nil then return done(C.sock_connect_host(self.id, text(host), port_text(port))) end
  local address, code = parse(host)
  return done(code or C.sock_connect(self.id, address))
end

local peer = new("struct sock_addr")

function Socket:accept()
  local handle = C.sock_accept(self.id, peer)
  if handle < 0 then return fail(handle) end
  return opened("socket", handle), format(peer)
end

function Socket:getsockname() return made(C.sock_getsockname(self.id, peer), peer) end
function Socket:getpeername() return made(C.sock_getpeername(self.id, peer), peer) end

-- Transfers ----------------------------------------------------------------------------------------

--- What was received: nil at the end of a stream.
local function received(self, len, data, result)
  if result < 0 then return fail(result) end
  if result == 0 and len > 0 and C.sock_type(self.id) == STREAM then return nil end
  return str(data, result < len and result or len)
end

function Socket:recv(len, flags)
  local data = memory(len)
  return received(self, len, data, C.sock_recv(self.id, data, len, flags or 0))
end

function Socket:recvfrom(len, flags)
  local data = memory(len)
  local result = C.sock_recvfrom(self.id, data, len, flags or 0, peer)
  if result < 0 then return fail(result) end
  return received(self, len, data, result), format(peer)
end

function Socket:send(data, flags) return count(C.sock_send(self.id, data, #data, flags or 0)) end

function Socket:sendto(data, address, flags)
  local to, code = parse(address)
  if not to then return fail(code) end
  return count(C.sock_sendto(self.id, data, #data, flags or 0, to))
end

local size_out = new("size_t[1]")

function Socket:recv_exact(len, flags)
  local data = memory(len)
  local code = C.sock_recv_exact(self.id, data, len, flags or 0, size_out)
  if code == 0 then return str(data, len) end
  local partial = str(data, size_out[0])
  local _, err = fail(code)
  err.partial = partial
  return nil, err
end

function Socket:sendall(data, flags)
  local code = C.sock_sendall(self.id, data, #data, flags or 0, size_out)
  if code == 0 then return true end
  local _, err = fail(code)
  err.sent = tonumber(size_out[0])
  return nil, err
end

function Socket:wait(which, time) return flag(C.sock_wait(self.id, direction(which), limit(time))) end
function Socket:send_pollable(addressed) return flag(C.sock_send_pollable(self.id, addressed and 1 or 0)) end

function Socket:send_fds(data, fds, flags, address)
  local to, code
  if address then
    to, code = parse(address)
    if not to then return fail(code) end
  end
  local list = new("int[?]", #fds + 1)
  for i, fd in ipairs(fds) do list[i - 1] = descriptor(fd) end
  return count(C.sock_send_fds(self.id, data, #data, list, #fds, flags or 0, to))
end

function Socket:recv_fds(len, max, flags)
  max = max or 253
  local data, fds, got_flags = memory(len), new("int[?]", max + 1), new("int[1]")
  local result = C.sock_recv_fds(self.id, data, len, fds, max, size_out, flags or 0, peer, got_flags)
  if result < 0 then return fail(result) end
  local list = {}
  for i = 1, tonumber(size_out[0]) do list[i] = fds[i - 1] end
  if #list == 0 and result == 0 then return received(self, len, data, result) end
  return str(data, result < len and result or len), list, got_flags[0], format(peer)
end

-- Batches ------------------------------------------------------------------------------------------

function Socket:sendmany(list, options)
  options = options or {}
  local n, v = #list, new("struct sock_datagram[?]", #list + 1)
  local keep = {}
  for i, entry in ipairs(list) do
    local one = type(entry) == "table" and entry or { entry }
    local data = one.data or one[1]
    if type(data) ~= "string" then error("sendmany: data must be a string", 2) end
    local segment, address = one.segment or options.segment or 0, one.address or options.address
    keep[i] = data
    local d, code = v[i - 1], nil
    d.buf, d.len = ffi.cast("void *", data), #data
    d.segment = segment < 0 and 4294967295 or segment
    if address then
      local parsed
      parsed, code = parse(address)
      if parsed then d.addr = parsed end
    end
    if code and i == 1 then return fail(code) end
    if code then
      n = i - 1 -- as in the library, the batch ends before an entry at fault
      break
    end
  end
  local sent = C.sock_sendmany(self.id, v, n, options.flags or 0)
  for i = 1, options.outcomes and tonumber(sent) or 0 do
    options.outcomes[i] = { sent = tonumber(v[i - 1].count), plain = v[i - 1].flags % 2 == 1 }
  end
  assert(keep) -- the strings must live until here
  return count(sent)
end

function Socket:recvmany(n, size, flags)
  local v, data = new("struct sock_datagram[?]", n + 1), new("char[?]", n * size + 1)
  for i = 0, n - 1 do v[i].buf, v[i].len = data + i * size, size end
  local filled = C.sock_recvmany(self.id, v, n, flags or 0)
  if filled < 0 then return fail(filled) end
  local list = {}
  for i = 0, tonumber(filled) - 1 do
    local length = tonumber(v[i].count)
    list[i + 1] = {
      data = str(ffi.cast("char *", v[i].buf), math.min(length, size)),
      address = format(v[i].addr),
      segment = v[i].segment,
      flags = v[i].flags,
      length = length,
    }
  end
  return list
end

function Socket:setgro(on) return done(C.sock_setgro(self.id, on and 1 or 0)) end

-- Moving bytes -------------------------------------------------------------------------------------

local moved_out = new("int64_t[2]")

local function moved(result, name, at)
  if result >= 0 then return tonumber(result) end
  local _, err = fail(result)
  err[name] = tonumber(moved_out[at])
  return nil, err
end

function Socket:sendfile(file, offset, limit_)
  local fd = descriptor(file)
  local is_file = type(file) ~= "number"
  if not offset and is_file then offset = math.max(0, tonumber(ffi.C.ftell(file))) end
  moved_out[0] = 0
  local result = C.sock_sendfile(self.id, fd, offset or 0, limit_ or -1, moved_out)
  if is_file and moved_out[0] > 0 then ffi.C.fseek(file, (offset or 0) + tonumber(moved_out[0]), 0) end
  return moved(result, "sent", 0)
end

function Socket:splice(to, limit_)
  return moved(C.sock_splice(self.id, to.id, limit_ or -1, moved_out, moved_out + 1), "sent", 1)
end
function Socket:splice_to_fd(fd, limit_, offset)
  fd = descriptor(fd)
  return moved(C.sock_splice_to_fd(self.id, fd, offset or -1, limit_ or -1, moved_out, moved_out + 1), "written", 1)
end
function Socket:splice_from_fd(fd, limit_, offset)
  return moved(C.sock_splice_from_fd(descriptor(fd), offset or -1, self.id, limit_ or -1, moved_out), "sent", 0)
end

function Socket:relay(other, idle)
  local c = new("struct sock_relay_counts")
  local code = C.sock_relay(self.id, other.id, limit(idle), c)
  local counts = {
    sent = tonumber(c.a_to_b), received = tonumber(c.b_to_a),
    sent_lost = tonumber(c.a_lost), received_lost = tonumber(c.b_lost),
  }
  if code == 0 then return counts end
  local _, err = fail(code)
  err.counts = counts
  return nil, err
end

-- Options ------------------------------------------------------------------------------------------

function Socket:setsockopt(level, name, value, len)
  if type(value) == "boolean" then value = value and 1 or 0 end
  if type(value) == "number" then return done(C.sock_setsockopt_int(self.id, level, name, value)) end
  return done(C.sock_setsockopt(self.id, level, name, value, value and #value or len))
end

local int_out = new("int[1]")

function Socket:getsockopt(level, name, size)
  if not size then
    local code = C.sock_getsockopt_int(self.id, level, name, int_out)
    if code < 0 then return fail(code) end
    return int_out[0]
  end
  local data = memory(size)
  size_out[0] = size
  local code = C.sock_getsockopt(self.id, level, name, data, size_out)
  if code < 0 then return fail(code) end
  return str(data, math.min(size, tonumber(size_out[0])))
end

function Socket:set_keepalive(on, o)
  o = o or {}
  local idle, interval = option(o.idle), option(o.interval)
  return done(C.sock_set_keepalive(self.id, on and 1 or 0, idle, interval, o.count or 0))
end
function Socket:set_linger(time)
  return done(C.sock_set_linger(self.id, time and 1 or 0, time and limit(time) or 0))
end
function Socket:set_buffer(which, bytes) return count(C.sock_set_buffer(self.id, direction(which), bytes)) end
function Socket:get_buffer(which) return count(C.sock_get_buffer(self.id, direction(which))) end
function Socket:set_device(name) return done(C.sock_set_device(self.id, text(name))) end
function Socket:get_device()
  return copied(function(buf, cap) return C.sock_get_device(self.id, buf, cap) end)
end
function Socket:peer_cred()
  local out = new("int64_t[3]")
  local code = C.sock_peer_cred(self.id, out, out + 1, out + 2)
  if code < 0 then return fail(code) end
  return tonumber(out[0]), tonumber(out[1]), tonumber(out[2])
end
function Socket:peer_pidfd() return count(C.sock_peer_pidfd(self.id)) end
function Socket:mptcp_state() return count(C.sock_mptcp_state(self.id)) end

-- Lookups ------------------------------------------------------------------------------------------

local function results(list)
  if list < 0 then return fail(list) end
  local found, info = {}, new("struct sock_addrinfo")
  for i = 0, tonumber(C.sock_addrinfo_list_count(list)) - 1 do
    C.sock_addrinfo_list_at(list, i, info)
    found[i + 1] = {
      address = format(info.address), family = info.family, type = info.type, proto = info.proto,
    }
  end
  local name = copied(C.sock_addrinfo_list_canonname, list, 0)
  if name and name ~= "" then found.canonname = name end
  local aliases = tonumber(C.sock_addrinfo_list_alias_count(list))
  if aliases > 0 then found.aliases = {} end
  for i = 1, aliases do found.aliases[i] = copied(C.sock_addrinfo_list_alias, list, i - 1) end
  C.sock_close(list)
  return found
end

local function lookup_options(o)
  o = o or {}
  local opt = new("struct sock_addrinfo_options")
  opt.size = ffi.sizeof(opt)
  opt.family, opt.type, opt.proto, opt.flags = o.family or 0, o.type or 0, o.proto or 0, o.flags or 0
  opt.timeout_ns, opt.deadline_ns = option(o.timeout), option(o.deadline)
  opt.cancel = o.cancel and o.cancel.id or 0
  return opt
end

function core.getaddrinfo(host, port, options)
  return results(C.sock_getaddrinfo(text(host), port_text(port), lookup_options(options)))
end
function core.getaddrinfo_start(host, port, options)
  return opened("operation", C.sock_getaddrinfo_start(text(host), port_text(port), lookup_options(options)))
end
function core.resolve(host, port, family, time)
  local out = new("struct sock_addr")
  return made(C.sock_resolve(text(host), port_text(port), family or 0, limit(time), out), out)
end
function core.gethostbyname(name, time) return results(C.sock_gethostbyname_ex(text(name), limit(time))) end
function core.gethostbyaddr(name, time) return results(C.sock_gethostbyaddr(text(name), limit(time))) end
function core.getfqdn(name, time) return copied(C.sock_getfqdn, text(name), limit(time)) end
function core.getnameinfo(address, flags, time)
  local parsed, code = parse(address)
  local host, service = new("char[1025]"), new("char[64]")
  code = code or C.sock_getnameinfo(parsed, flags or 0, host, 1025, service, 64, limit(time))
  if code < 0 then return fail(code) end
  return str(host), str(service)
end

function Operation:step_lookup()
  local list = C.sock_getaddrinfo_step(self.id)
  if list == 0 then return false end
  return results(list)
end
function Operation:fileno() return count(C.sock_fileno(self.id)) end
function Operation:setdeadline(at) return done(C.sock_setdeadline(self.id, C.SOCK_READ, limit(at))) end
function Operation:setcancel(token) return done(C.sock_setcancel(self.id, token and token.id or 0)) end

-- Connections and servers --------------------------------------------------------------------------

local PHASES = { "lookup", "socket", "bind", "connect", "connected" }
local MAX_ATTEMPTS = 64

local function attempts_of(array, n, into)
  into = into or {}
  for i = 0, math.min(n, MAX_ATTEMPTS) - 1 do
    local a = array[i]
    into[i + 1] = {
      address = format(a.address), phase = PHASES[a.phase], code = a.code, name = str(C.sock_err_name(a.code)),
      start = seconds(a.start_ns), seconds = a.end_ns == 0 and 0 or seconds(a.end_ns - a.start_ns),
    }
  end
  return into
end

--- The options, and what they point to, which must live as long; or nil and a code.
local function connect_options(o)
  o = o or {}
  local opt = new("struct sock_connect_options")
  opt.size = ffi.sizeof(opt)
  opt.timeout_ns, opt.deadline_ns = option(o.timeout), option(o.deadline)
  opt.attempt_timeout_ns = option(o.attempt_timeout)
  opt.resolution_delay_ns, opt.stagger_ns = option(o.resolution_delay), option(o.stagger)
  opt.family, opt.fast_open = o.family or 0, o.fast_open and 1 or 0
  opt.cancel = o.cancel and o.cancel.id or 0
  if not o.source then return opt end
  local source, code = parse(o.source)
  if not source then return nil, code end
  opt.source = source
  return opt, source
end

function core.create_connection(host, port, options)
  local opt, source = connect_options(options)
  if not opt then return fail(source) end
  local attempts, n = new("struct sock_attempt[?]", MAX_ATTEMPTS), new("size_t[1]")
  opt.attempts, opt.attempts_cap, opt.attempts_count = attempts, MAX_ATTEMPTS, n
  local handle = C.sock_create_connection(text(host), port_text(port), opt)
  local s, err
  if handle < 0 then
    s, err = fail(handle)
  else
    s = opened("socket", handle)
  end
  if options and options.attempts then attempts_of(attempts, tonumber(n[0]), options.attempts) end
  if err then err.attempts = attempts_of(attempts, tonumber(n[0])) end
  assert(source or opt) -- what `opt` points to must live until here
  return s, err
end

function core.create_connection_start(host, port, options)
  local opt, source = connect_options(options)
  if not opt then return fail(source) end
  local handle = C.sock_create_connection_start(text(host), port_text(port), opt)
  assert(source or opt) -- what `opt` points to must live until here
  return opened("operation", handle)
end
function Operation:step_connection()
  local handle = C.sock_create_connection_step(self.id)
  if handle == 0 then return false end
  return opened("socket", handle)
end
function Operation:attempts()
  local attempts = new("struct sock_attempt[?]", MAX_ATTEMPTS)
  local n = C.sock_create_connection_attempts(self.id, attempts, MAX_ATTEMPTS)
  if n < 0 then return fail(n) end
  return attempts_of(attempts, tonumber(n))
end

local function server_options(o)
  o = o or {}
  local opt = new("struct sock_server_options")
  opt.size = ffi.sizeof(opt)
  opt.family, opt.backlog, opt.file_mode = o.family or 0, o.backlog or 0, o.file_mode or 0
  opt.reuse_port, opt.dualstack = o.reuse_port and 1 or 0, o.dualstack and 1 or 0
  opt.remove_stale = o.remove_stale and 1 or 0
  opt.timeout_ns, opt.deadline_ns = option(o.timeout), option(o.deadline)
  opt.cancel = o.cancel and o.cancel.id or 0
  return opt
end

function core.create_server(host, port, options)
  return opened("socket", C.sock_create_server(text(host), port_text(port), server_options(options)))
end
function core.create_servers(host, port, options)
  local out, list = new("sock_t[64]"), {}
  local n = C.sock_create_servers(text(host), port_text(port), server_options(options), out, 64)
  if n < 0 then return fail(n) end
  for i = 0, tonumber(n) - 1 do list[i + 1] = opened("socket", out[i]) end
  return list
end
function core.activation_count() return count(C.sock_activation_count()) end
function core.activation_name(index) return copied(C.sock_activation_name, index - 1) end
function core.activation_take(index) return opened("socket", C.sock_activation_take(index - 1)) end

-- Streams ------------------------------------------------------------------------------------------

function core.stream(socket, capacity) return opened("stream", C.sock_stream_new(socket.id, capacity or 0)) end

local function read(result, data, len)
  if result < 0 then return fail(result) end
  if result == 0 and len > 0 then return nil end
  return str(data, result)
end

function Stream:read_some(len)
  local data = memory(len)
  return read(C.sock_stream_read(self.id, data, len), data, len)
end
function Stream:readline(len)
  len = len or 65536
  local data = memory(len)
  return read(C.sock_stream_readline(self.id, data, len), data, len)
end
function Stream:read_until(mark, len)
  len = len or 65536
  local data = memory(len)
  return read(C.sock_stream_read_until(self.id, mark, #mark, data, len), data, len)
end
function Stream:read_exact(len)
  local data = memory(len)
  local code = C.sock_stream_read_exact(self.id, data, len, size_out)
  if code == 0 then return str(data, len) end
  local partial = str(data, size_out[0])
  local _, err = fail(code)
  err.partial = partial
  return nil, err
end
function Stream:write(...)
  for i = 1, select("#", ...) do
    local data = tostring((select(i, ...)))
    local code = C.sock_stream_write(self.id, data, #data, size_out)
    if code < 0 then
      local _, err = fail(code)
      err.written = tonumber(size_out[0])
      return nil, err
    end
  end
  return self
end
function Stream:flush() return done(C.sock_stream_flush(self.id)) end
function Stream:buffered(which) return count(C.sock_stream_buffered(self.id, direction(which))) end

-- Pollers ------------------------------------------------------------------------------------------

function core.poller_raw() return opened("poller", C.sock_poller_new()) end
function Poller:add(object, events, data) return done(C.sock_poller_add(self.id, object.id, events, data)) end
function Poller:modify(object, events, data) return done(C.sock_poller_modify(self.id, object.id, events, data)) end
function Poller:remove(object) return done(C.sock_poller_remove(self.id, object.id)) end
function Poller:add_fd(fd, events, data)
  return done(C.sock_poller_add_fd(self.id, descriptor(fd), events, data))
end
function Poller:remove_fd(fd) return done(C.sock_poller_remove_fd(self.id, descriptor(fd))) end
function Poller:timer(first, every, data)
  return opened("timer", C.sock_poller_timer(self.id, nanoseconds(first, 0), nanoseconds(every, 0), data))
end
function Poller:wake() return done(C.sock_poller_wake(self.id)) end
function Poller:wait(most, time)
  most = most or 64
  local events = new("struct sock_event[?]", most)
  local n = C.sock_poller_wait(self.id, events, most, limit(time))
  if n < 0 then return fail(n) end
  local list = {}
  for i = 0, tonumber(n) - 1 do
    local e, at = events[i], #list
    list[at + 1], list[at + 2], list[at + 3] = tonumber(e.data), tonumber(e.handle), e.events
    list[at + 4], list[at + 5] = e.code, tonumber(e.count)
  end
  return list
end

-- Netdb --------------------------------------------------------------------------------------------

function core.gethostname() return copied(C.sock_gethostname) end
function core.getservbyname(name, proto) return count(C.sock_getservbyname(text(name), text(proto))) end
function core.getservbyport(port, proto) return copied(C.sock_getservbyport, port, text(proto)) end
function core.getprotobyname(name) return count(C.sock_getprotobyname(text(name))) end
function core.if_nametoindex(name) return count(C.sock_if_nametoindex(text(name))) end
function core.if_indextoname(index) return copied(C.sock_if_indextoname, index) end
function core.has_ipv6() return C.sock_has_ipv6() ~= 0 end
function core.has_dualstack_ipv6() return C.sock_has_dualstack_ipv6() ~= 0 end

function core.if_nameindex()
  local cap = tonumber(C.sock_if_nameindex(nil, 0))
  if cap < 0 then return fail(cap) end
  cap = cap + 16
  local all, list = new("struct sock_interface[?]", cap), {}
  for i = 0, math.min(cap, tonumber(C.sock_if_nameindex(all, cap))) - 1 do
    list[i + 1] = { index = all[i].index, name = str(all[i].name) }
  end
  return list
end

local M = require("libsock.api")(core)
M.C = C
return M

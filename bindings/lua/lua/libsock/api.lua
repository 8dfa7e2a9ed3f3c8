--- The package `libsock`, made of the functions of a core: the C module, or those of libsock.ffi.
--
-- Functions return their result, or nil and an error: a table with `code` (the negative number of
-- sock.h), `name` ("ECONNREFUSED"), `message` (a sentence, also what tostring() returns), and
-- `timeout`, `canceled`, `closed`, `resolver` or `temporary`, true where they apply. Arguments of a
-- wrong type raise an error, as in Lua's own libraries.
--
-- Times are in seconds, and nil means no limit. Addresses are strings: "192.0.2.1:80", "[::1]:80",
-- "unix:/run/x", and a text form for every other family, described in sock.h.

local EVENTS = {
  ["in"] = 1, out = 2, pri = 4, err = 8, hup = 16, rdhup = 32,
  edge = 256, oneshot = 512, exclusive = 1024,
}
-- How the fields of an event are named.
local FIELDS = {
  readable = 1, writable = 2, priority = 4, error = 8, hangup = 16, rdhup = 32, wake = 64, timer = 128,
}

--- The bits of words such as "in", "in out edge".
local bits = setmetatable({}, {
  __index = function(known, words)
    local sum, seen = 0, {}
    for word in words:gmatch("[^%s,]+") do
      local bit = EVENTS[word] or error(("unknown event %q"):format(word), 4)
      if not seen[word] then sum, seen[word] = sum + bit, true end
    end
    known[words] = sum
    return sum
  end,
})

local function has(mask, bit)
  return mask % (bit + bit) >= bit
end

--- Pollers: one wait for many sockets, tokens, operations, streams and descriptors, and timers.
local function add_pollers(M, core)
  local Poller = { __name = "libsock.poller" }
  Poller.__index = Poller

  local function wrap(raw)
    -- slots: what was registered, by the number that the library returns with each event.
    -- ids: that number, by handle; fds: by descriptor.
    return setmetatable({ raw = raw, last = 0, slots = {}, ids = {}, fds = {} }, Poller)
  end

  --- poller(): a new poller
  function M.poller()
    local raw, err = core.poller_raw()
    if not raw then return nil, err end
    return wrap(raw)
  end

  function M.adopt(handle, kind, owned)
    local object = core.adopt(handle, kind, owned)
    return kind == "poller" and wrap(object) or object
  end

  local function register(self, slot)
    self.last = self.last + 1
    self.slots[self.last] = slot
    return self.last
  end

  --- add(object [, events [, data]]): events are words, "in" by default: in, out, pri, rdhup, edge,
  -- oneshot, exclusive. `data` is any value, returned with each event.
  function Poller:add(object, events, data)
    local handle = object:handle()
    local id = register(self, { data = data, object = object, handle = handle })
    local ok, err = self.raw:add(object, bits[events or "in"], id)
    if not ok then
      self.slots[id] = nil
      return nil, err
    end
    self.ids[handle] = id
    return true
  end

  --- modify(object, events [, data]): without `data`, it stays as it is. Arms a one-shot again.
  function Poller:modify(object, events, ...)
    local id = self.ids[object:handle()]
    local ok, err = self.raw:modify(object, bits[events], id or 0)
    if ok and id and select("#", ...) > 0 then self.slots[id].data = (...) end
    return ok, err
  end

  --- remove(object): nothing of it is reported afterwards.
  function Poller:remove(object)
    local ok, err = self.raw:remove(object)
    local handle = object:handle()
    if ok and self.ids[handle] then
      self.slots[self.ids[handle]], self.ids[handle] = nil, nil
    end
    return ok, err
  end

  --- add_fd(fd [, events [, data]]): a descriptor or file of the program, which removes it before it
  -- closes it.
  function Poller:add_fd(fd, events, data)
    local id = register(self, { data = data, object = fd })
    local ok, err = self.raw:add_fd(fd, bits[events or "in"], id)
    if not ok then
      self.slots[id] = nil
      return nil, err
    end
    self.fds[fd] = id
    return true
  end

  function Poller:remove_fd(fd)
    local ok, err = self.raw:remove_fd(fd)
    if ok and self.fds[fd] then
      self.slots[self.fds[fd]], self.fds[fd] = nil, nil
    end
    return ok, err
  end

  --- timer(first [, every [, data]]): seconds; without `every` it fires once. close() ends it, also
  -- when it is collected: keep it.
  function Poller:timer(first, every, data)
    local id = register(self, { data = data })
    local timer, err = self.raw:timer(first, every, id)
    if not timer then
      self.slots[id] = nil
      return nil, err
    end
    self.slots[id].handle = timer:handle()
    return timer
  end

  local function event(self, list, at)
    local id, handle, mask, code = list[at], list[at + 1], list[at + 2], list[at + 3]
    local slot = self.slots[id] or {}
    local e = { data = slot.data, object = slot.object, handle = handle, events = mask, count = list[at + 4] }
    for name, bit in pairs(FIELDS) do
      if has(mask, bit) then e[name] = true end
    end
    if code ~= 0 then -- the last event of a handle that was closed
      e.closed = true
      self.slots[id] = nil
      if self.ids[handle] == id then self.ids[handle] = nil end
    end
    return e
  end

  --- wait([seconds [, most]]): an array of events, empty when the time is over. An event has `data`,
  -- `object`, `handle`, and as they apply readable, writable, priority, error, hangup, rdhup, wake,
  -- timer (with `count`, the periods since the last one), closed (the last event of the object).
  function Poller:wait(seconds, most)
    local list, err = self.raw:wait(most, seconds)
    if not list then return nil, err end
    local events = {}
    for at = 1, #list, 5 do events[#events + 1] = event(self, list, at) end
    return events
  end

  --- wake(): ends one wait, running or yet to begin, with an event that has `wake`.
  function Poller:wake() return self.raw:wake() end
  function Poller:close() return self.raw:close() end
  function Poller:handle() return self.raw:handle() end
  Poller.__close = Poller.close
end

--- Streams read as files of io do: read("l"), read("L"), read("a"), read(n), lines().
local function add_streams(core)
  local Stream = core.Stream

  local function read_line(self, keep)
    local parts
    while true do
      local part, err = self:readline()
      if not part then
        if err or not parts then return nil, err end
        break
      end
      parts = (parts or "") .. part
      if part:sub(-1) == "\n" then break end
    end
    return keep and parts or (parts:gsub("\r?\n$", ""))
  end

  local function read_all(self)
    local parts = {}
    while true do
      local part, err = self:read_some(65536)
      if err then
        err.partial = table.concat(parts)
        return nil, err
      end
      if not part then return table.concat(parts) end
      parts[#parts + 1] = part
    end
  end

  --- read([format]): "l" a line without its end (the default), "L" with it, "a" everything, a number
  -- up to so many bytes; nil at the end of the stream. A "*" before the letter is ignored.
  function Stream:read(format)
    if type(format) == "number" then
      local data, err = self:read_exact(format)
      if err and err.name == "SOCK_EEOF" and #err.partial > 0 then return err.partial end
      if err and err.name == "SOCK_EEOF" then return nil end
      return data, err
    end
    local letter = (format or "l"):match("^%*?([lLa])$")
      or error(("bad argument #1 to 'read' (invalid format %q)"):format(tostring(format)), 2)
    if letter == "a" then return read_all(self) end
    return read_line(self, letter == "L")
  end

  --- lines(): an iterator over lines; a failure raises the error.
  function Stream:lines(format)
    return function()
      local line, err = self:read(format)
      if err then error(err, 0) end
      return line
    end
  end
end

local function add_errors(M, core)
  local metatable = core.error_metatable
  metatable.__tostring = function(err) return err.message end
  metatable.__concat = function(one, other) return tostring(one) .. tostring(other) end

  --- try(...): its arguments, unless the second is an error, which it raises: a table, where assert
  -- of Lua 5.1 demands a string. `local socket = try(libsock.create_connection(host, port))`
  function M.try(value, err, ...)
    if not value and err ~= nil then error(err, 0) end
    return value, err, ...
  end
end

return function(core)
  local M = {}
  for name, value in pairs(core) do
    if type(value) == "function" then M[name] = value end
  end
  M.poller_raw = nil
  M.Socket, M.Stream = core.Socket, core.Stream
  add_errors(M, core)
  add_streams(core)
  add_pollers(M, core)
  M._VERSION = "libsock " .. core.version()
  -- Constants have the names of C: libsock.AF_INET6. A name that is unknown here is nil.
  return setmetatable(M, {
    __index = function(self, name)
      if type(name) ~= "string" or not name:match("^%u[%w_]*$") then return nil end
      local value = core.constant(name)
      if value ~= nil then rawset(self, name, value) end
      return value
    end,
  })
end

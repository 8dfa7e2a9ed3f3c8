--- The types in library/ for the Lua language server, against the module: every function and method with its
-- parameters, every constant, and the fields of results.
local check = require("check")
local libsock = check.libsock
local try, equal = libsock.try, check.equal
local T = {}

local LIBRARY = arg[0]:gsub("tests/[^/]*$", "") .. "library/"
local FFI = os.getenv("LIBSOCK_MODULE") == "libsock.ffi"
local CONSTANTS = "libsock/constants.lua"

local function read(name)
  local file = assert(io.open(LIBRARY .. name))
  local text = file:read("*a")
  file:close()
  return text
end

--- classes[name] has `functions` ({name, params, annotated, here} by name), `fields` ("required" or "optional") and
-- `parent`.
local function annotations(...)
  local classes, variables = {}, {}
  for _, name in ipairs({ ... }) do
    local class, comment, params = nil, "", 0
    for line in read(name):gmatch("(.-)\n") do
      local found, parent = line:match("^%-%-%-@class ([%w_.]+):? ?([%w_.]*)")
      local field, optional = line:match("^%-%-%-@field ([%w_]+)(%??)")
      local variable = line:match("^local (%w+) = {}$")
      local owner, mark, method, args = line:match("^function (%w+)([.:])([%w_]+)%((.-)%) end$")
      if found then
        class = classes[found] or { functions = {}, fields = {} }
        class.parent = parent ~= "" and parent or class.parent
        classes[found] = class
      elseif field then
        class.fields[field] = optional == "?" and "optional" or "required"
      elseif variable then
        variables[variable] = class
      elseif owner then
        local list = { self = mark == ":" }
        for word in args:gmatch("[^, ]+") do list[#list + 1] = word end
        assert(not variables[owner].functions[method], method .. " appears twice")
        variables[owner].functions[method] = { params = list, annotated = params, here = not comment:find("Not in libsock.ffi", 1, true) }
      end
      if line:find("^%-%-%-@param") then params = params + 1 end
      comment = line:find("^%-%-%-") and comment .. line or ""
      if comment == "" then params = 0 end
    end
  end
  return classes
end

local classes = annotations("libsock.lua", "libsock/objects.lua")

--- The methods of an object; those of a cdata are not to be had from its metatable.
local function methods_of(kind)
  if kind == "Poller" then return getmetatable(try(libsock.poller())) end
  return require("libsock.core")[kind]
end

--- Compares names, and what a function of Lua says of its parameters; a function of C says nothing.
local function compare(class, real, what, without)
  local seen = 0
  for name, value in pairs(real) do
    if type(value) == "function" and not name:find("^__") then
      local annotated = class.functions[name] or error(what .. name .. " has no annotation", 0)
      seen = seen + 1
      local info = debug.getinfo(value, "u")
      if info.nparams and debug.getinfo(value, "S").what == "Lua" then
        local list = annotated.params
        local dots = list[#list] == "..."
        local wanted = #list + (list.self and 1 or 0) - (dots and 1 or 0)
        equal(info.nparams, wanted, what .. name .. ": parameters")
        equal(info.isvararg or false, dots, what .. name .. ": ...")
      end
    end
  end
  for name, annotated in pairs(class.functions) do
    local missing = type(real[name]) ~= "function"
    equal(missing, without and not annotated.here or false, what .. name .. " is missing")
  end
  return seen
end

function T.test_functions()
  local seen = compare(classes["libsock"], libsock, "libsock.", FFI)
  equal(seen > 30, true)
end

--- Of the C module. Those of a cdata cannot be listed: test_methods_of_the_ffi asks for each.
T[FFI and "left_out" or "test_methods"] = function()
  for _, kind in ipairs({ "Socket", "Token", "Operation", "Stream", "Poller", "Timer" }) do
    equal(compare(classes["libsock." .. kind], methods_of(kind), kind .. ":") > 1, true)
  end
end

T[FFI and "test_methods_of_the_ffi" or "left_out"] = function()
  local s, token = try(libsock.socket()), try(libsock.token())
  equal(compare(classes["libsock.Socket"], libsock.Socket, "Socket:", true) > 40, true)
  equal(compare(classes["libsock.Stream"], libsock.Stream, "Stream:", true) > 5, true)
  equal(compare(classes["libsock.Poller"], getmetatable(try(libsock.poller())), "Poller:", true) > 5, true)
  for object, kind in pairs({ [s] = "Socket", [token] = "Token" }) do
    for name, annotated in pairs(classes["libsock." .. kind].functions) do
      local ok, method = pcall(function() return object[name] end)
      equal(ok and type(method) == "function", annotated.here, kind .. ":" .. name)
    end
  end
end

function T.test_annotations_are_whole()
  local count = 0
  for class, found in pairs(classes) do
    for name, annotated in pairs(found.functions) do
      count = count + 1
      equal(annotated.annotated, #annotated.params, class .. "." .. name .. ": @param lines")
    end
  end
  equal(count > 140, true, "functions were found")
end

function T.test_types_that_are_named_exist()
  for _, name in ipairs({ "libsock.lua", "libsock/objects.lua", "libsock/ffi.lua", "libsock/luasocket.lua" }) do
    local text = read(name)
    assert(loadfile(LIBRARY .. name))
    for line in text:gmatch("%-%-%-@[^\n]*") do
      for type_name in line:gmatch("libsock%.(%u%w+)") do
        local known = classes["libsock." .. type_name] or text:find("@alias libsock." .. type_name, 1, true)
          or read("libsock.lua"):find("@alias libsock." .. type_name, 1, true)
          or line:find("@class libsock." .. type_name, 1, true)
        equal(known ~= nil, true, name .. ": libsock." .. type_name)
      end
    end
  end
end

-- Constants ------------------------------------------------------------------------------------------

local function constants_file()
  local names, lines = {}, {}
  local all = libsock.constants()
  for name in pairs(all) do names[#names + 1] = name end
  table.sort(names)
  lines[1] = "---@meta _\n-- Constants by their names of C. Made by `SOCK_TEST_WRITE=1 make test-lua`.\n\n---@class libsock"
  for _, name in ipairs(names) do
    lines[#lines + 1] = ("---@field %s %s"):format(name, type(all[name]) == "string" and "string" or "integer")
  end
  return table.concat(lines, "\n") .. "\n"
end

function T.test_constants()
  local wanted = constants_file()
  if os.getenv("SOCK_TEST_WRITE") then
    local file = assert(io.open(LIBRARY .. CONSTANTS, "w"))
    file:write(wanted)
    file:close()
  end
  if read(CONSTANTS) ~= wanted then error(CONSTANTS .. " is not of this table: SOCK_TEST_WRITE=1 make test-lua", 0) end
  for name, value in pairs(libsock.constants()) do equal(libsock[name], value, name) end
end

-- Records --------------------------------------------------------------------------------------------

--- Checks the fields of a value: all that are there are annotated, and all that must be there are.
local function shape(class, value)
  local fields, at = {}, classes["libsock." .. class]
  while at do
    for name, kind in pairs(at.fields) do fields[name] = fields[name] or kind end
    at = classes[at.parent]
  end
  for name in pairs(value) do
    if type(name) == "string" then equal(fields[name] ~= nil, true, class .. "." .. name) end
  end
  for name, kind in pairs(fields) do
    if kind == "required" then equal(value[name] ~= nil, true, class .. "." .. name .. " is required and") end
  end
end

function T.test_errors()
  local s = try(libsock.socket())
  local server = try(libsock.create_server("127.0.0.1", 0))
  local port = try(libsock.address_fields(server:getsockname())).port
  server:settimeout(0)
  shape("Error", select(2, server:accept()))
  server:close()
  local _, refused = libsock.create_connection("127.0.0.1", port, { timeout = 10 })
  shape("Error", refused)
  shape("Attempt", refused.attempts[1])
  s:close()
  shape("Error", select(2, s:recv(1)))
  shape("Error", select(2, s:recv_exact(1)))
  shape("Error", libsock.describe(-22))
  local one = try(libsock.socketpair())
  local token = try(libsock.token())
  one:setcancel(token)
  token:fire()
  shape("Error", select(2, one:sendall("x")))
end

function T.test_records()
  shape("AddressFields", try(libsock.address_fields("[::1]:80")))
  shape("AddressFields", try(libsock.address_fields("unix:/x")))
  local list = try(libsock.getaddrinfo("localhost", 80, { flags = libsock.AI_CANONNAME }))
  shape("AddressList", list)
  shape("AddressInfo", list[1])
  shape("AddressList", try(libsock.gethostbyname("localhost")))
  shape("Interface", try(libsock.if_nameindex())[1])
  if not FFI then
    for _, address in ipairs(try(libsock.getifaddrs())) do shape("InterfaceAddress", address) end
    shape("LookupStats", try(libsock.lookup_stats()))
    local client = check.connected()
    shape("TcpInfo", try(client:tcp_info()))
  end
  local a, left = try(libsock.socketpair())
  local b, right = try(libsock.socketpair())
  a:shutdown("write")
  b:shutdown("write")
  shape("RelayCounts", try(left:relay(right, 5)))
end

function T.test_messages()
  local one, other = try(libsock.socketpair(libsock.AF_UNIX, libsock.SOCK_DGRAM))
  try(one:sendmany({ "one", { data = "two" } }))
  shape("Datagram", try(other:recvmany(2, 10))[1])
  if FFI then return end
  try(other:setsockopt(libsock.SOL_SOCKET, libsock.SO_PASSCRED, true))
  try(other:setsockopt(libsock.SOL_SOCKET, libsock.SO_TIMESTAMPNS, true))
  try(one:sendmsg({ data = "x", fds = { one:fileno() } }))
  local message = try(other:recvmsg(10))
  shape("Message", message)
  shape("Credentials", message.credentials)
  shape("ControlItem", message.control[1])
  libsock.close_fd(message.fds[1])
end

T[FFI and "left_out" or "test_the_error_queue"] = function()
  local closed = try(libsock.socket(libsock.AF_INET, libsock.SOCK_DGRAM))
  try(closed:bind("127.0.0.1:0"))
  local address = try(closed:getsockname())
  closed:close()
  local s = try(libsock.socket(libsock.AF_INET, libsock.SOCK_DGRAM))
  try(s:setsockopt(libsock.IPPROTO_IP, libsock.IP_RECVERR, true))
  try(s:connect(address))
  s:send("x")
  s:settimeout(10)
  s:recv(1) -- takes the error itself
  local message = try(s:recvmsg(10, libsock.MSG_ERRQUEUE))
  shape("Message", message)
  shape("QueuedError", message.error)
end

function T.test_events()
  local poller = try(libsock.poller())
  local one, other = try(libsock.socketpair())
  local timer = try(poller:timer(0.001))
  try(poller:add(one, "in out", "data"))
  other:sendall("x")
  poller:wake()
  for _ = 1, 3 do
    for _, event in ipairs(try(poller:wait(1))) do shape("Event", event) end
  end
  one:close()
  local closed
  for _, event in ipairs(try(poller:wait(1))) do
    shape("Event", event)
    closed = closed or event.closed
  end
  equal(closed, true)
  timer:close()
end

T[FFI and "left_out" or "test_luasocket"] = function()
  local object = try(require("libsock.core").luasocket.tcp())
  local found = annotations("libsock/luasocket.lua")
  local count = 0
  for name in pairs(found["libsock.LuaSocketObject"].functions) do
    equal(type(object[name]), "function", name)
    count = count + 1
  end
  equal(count, 3)
  try(object:bind("127.0.0.1", 0))
  equal(object:setdeadline(libsock.now() + 1), 1)
end

check.run(T)

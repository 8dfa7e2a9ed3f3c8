--- The tests' harness: a table of functions named test_*; prints one line for each, and the totals.
local check = { libsock = require(os.getenv("LIBSOCK_MODULE") or "libsock"), helper = require("helper") }

check.scale = tonumber(os.getenv("SOCK_TEST_SCALE")) or 1

local SKIP = {}

function check.skip(reason)
  error(setmetatable({ reason }, SKIP), 0)
end

function check.equal(got, wanted, what)
  if got ~= wanted then
    error(("%s: got %s, expected %s"):format(what or "value", tostring(got), tostring(wanted)), 2)
  end
end

--- Checks that a call failed with an error of this name, or with this field set.
function check.fails(name, value, err)
  if value then error(("expected %s, got %s"):format(name, tostring(value)), 2) end
  if type(err) ~= "table" then error(("expected %s, got %s"):format(name, tostring(err)), 2) end
  if err.name ~= name and not err[name] then
    error(("expected %s, got %s (%s)"):format(name, tostring(err.name), tostring(err)), 2)
  end
  return err
end

--- Seconds that a call took, and its results.
function check.timed(call, ...)
  local begin = check.libsock.now()
  local results = { call(...) }
  return check.libsock.now() - begin, results[1], results[2], results[3]
end

--- A server on the loopback interface, a client and its connection.
function check.connected(host)
  local libsock, try = check.libsock, check.libsock.try
  host = host or "127.0.0.1"
  local server = try(libsock.create_server(host, 0, { family = host:find(":") and libsock.AF_INET6 or nil }))
  local port = try(libsock.address_fields(server:getsockname())).port
  local client = try(libsock.create_connection(host, port, { timeout = 10 }))
  local peer = try(server:accept())
  return client, peer, server
end

--- A thread with a Lua state of its own; `libsock` and `helper` are loaded, `...` are its arguments.
function check.thread(code, ...)
  return check.helper.thread(
    ("local libsock, helper = require(%q), require('helper')\n"):format(os.getenv("LIBSOCK_MODULE") or "libsock")
      .. code, ...)
end

function check.run(tests)
  local names, passed, failed, skipped = {}, 0, 0, 0
  for name in pairs(tests) do
    if name:find("^test_") and (not arg[1] or name:find(arg[1])) then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local begin = check.libsock.now()
    local ok, err = xpcall(tests[name], function(err)
      if type(err) == "table" and getmetatable(err) == SKIP then return err end
      return debug.traceback(tostring(err), 2)
    end)
    collectgarbage()
    if ok then
      passed = passed + 1
      print(("PASS %s %.2f s"):format(name, check.libsock.now() - begin))
    elseif type(err) == "table" then
      skipped = skipped + 1
      print(("SKIP %s: %s"):format(name, err[1]))
    else
      failed = failed + 1
      print(("FAIL %s: %s"):format(name, err))
    end
    io.stdout:flush()
  end
  print(("%d passed, %d failed, %d skipped"):format(passed, failed, skipped))
  os.exit(failed == 0 and passed > 0 and 0 or 1)
end

return check

--- The cases of bindings/behaviour.md about pollers.
local check = require("check")
local libsock, helper = check.libsock, check.helper
local try, equal, fails = libsock.try, check.equal, check.fails
local T = {}

local function pair_and_poller()
  local one, other = try(libsock.socketpair())
  return one, other, try(libsock.poller())
end

local function only(events)
  equal(#events, 1, "number of events")
  return events[1]
end

function T.test_poller_ready()
  local one, other, poller = pair_and_poller()
  local data = {}
  try(poller:add(one, "in", data))
  fails("EEXIST", poller:add(one, "in"))
  other:send("x")
  local event = only(try(poller:wait(5)))
  equal(event.data, data)
  equal(event.object, one)
  equal(event.readable, true)
  equal(event.writable, nil)
  try(poller:modify(one, "in out", "new"))
  event = only(try(poller:wait(5)))
  equal(event.data, "new")
  equal(event.writable, true)
  try(poller:modify(one, "in")) -- keeps the data
  equal(only(try(poller:wait(5))).data, "new")
  try(poller:remove(one))
  equal(#try(poller:wait(0)), 0)
  fails("ENOENT", poller:remove(one))
  equal(next(poller.slots), nil, "what is left of the registration")
end

function T.test_poller_once()
  local one, other, poller = pair_and_poller()
  try(poller:add(one, "in edge"))
  other:send("x")
  only(try(poller:wait(5)))
  equal(#try(poller:wait(0.02)), 0)
  try(poller:modify(one, "in oneshot"))
  only(try(poller:wait(5)))
  other:send("y")
  equal(#try(poller:wait(0.02)), 0)
  try(poller:modify(one, "in oneshot"))
  only(try(poller:wait(5)))
end

function T.test_poller_close()
  local one, _, poller = pair_and_poller()
  local copy = try(one:dup())
  try(poller:add(one, "in", "mine"))
  local thread = check.thread("helper.sleep(0.1) libsock.adopt((...)):close()", one:handle())
  local event = only(try(poller:wait(10)))
  equal(event.closed, true)
  equal(event.data, "mine")
  thread:join()
  equal(#try(poller:wait(0.02)), 0)
  equal(next(poller.slots), nil)
  copy:close()
end

--- Several threads wait; sockets are modified, removed and closed meanwhile.
function T.test_poller_races()
  local poller, threads, sockets, removed = try(libsock.poller()), {}, {}, {}
  for i = 1, 3 do
    threads[i] = check.thread([[
      local poller, last = libsock.adopt((...), "poller"), {}
      while true do
        local events, err = poller:wait()
        if not events then return (err.closed and "" or err.name) .. table.concat(last, " ") end
        for _, event in ipairs(events) do
          if event.closed then last[#last + 1] = ("%.0f"):format(event.handle) end
        end
      end
    ]], poller:handle())
  end
  for i = 1, 100 do
    local one, other = try(libsock.socketpair())
    sockets[i] = { one, other, ("%.0f"):format(one:handle()) }
    try(poller:add(one, "in oneshot", i))
    other:send("x")
  end
  for i, pair in ipairs(sockets) do
    try(poller:modify(pair[1], "in oneshot"))
    if i % 2 == 0 then
      try(poller:remove(pair[1]))
      removed[pair[3]] = true
    end
    pair[1]:close()
  end
  helper.sleep(0.2)
  poller:close()
  local counts, total = {}, 0
  for _, thread in ipairs(threads) do
    for handle in try(thread:join()):gmatch("%S+") do
      counts[handle] = (counts[handle] or 0) + 1
      total = total + 1
    end
  end
  equal(total, 50, "last events")
  for _, pair in ipairs(sockets) do
    equal(counts[pair[3]], not removed[pair[3]] and 1 or nil, "last events of one socket")
  end
end

function T.test_poller_token()
  local poller, token = try(libsock.poller()), try(libsock.token())
  try(poller:add(token, "in", "token"))
  equal(#try(poller:wait(0)), 0)
  token:fire()
  equal(only(try(poller:wait(5))).data, "token")
end

function T.test_poller_descriptor()
  local poller, reading, writing = try(libsock.poller()), helper.pipe()
  try(poller:add_fd(reading, "in", "pipe"))
  helper.write(writing, "x")
  local event = only(try(poller:wait(5)))
  equal(event.data, "pipe")
  equal(event.object, reading)
  try(poller:remove_fd(reading))
  equal(#try(poller:wait(0)), 0)
  local file = io.tmpfile()
  fails("EPERM", poller:add_fd(file, "in"))
  helper.close(reading)
  helper.close(writing)
  file:close()
end

function T.test_poller_wake()
  local poller = try(libsock.poller())
  for _ = 1, 3 do try(poller:wake()) end
  local woken = 0
  for _ = 1, 3 do
    for _, event in ipairs(try(poller:wait(5, 1))) do
      equal(event.wake, true)
      woken = woken + 1
    end
  end
  equal(woken, 3)
  equal(#try(poller:wait(0)), 0)
  local thread = check.thread("helper.sleep(0.05) libsock.adopt((...), 'poller'):wake()", poller:handle())
  equal(only(try(poller:wait(10))).wake, true)
  thread:join()
end

function T.test_poller_timer()
  local poller = try(libsock.poller())
  local begin = libsock.now()
  local once = try(poller:timer(0.05, nil, "once"))
  local event = only(try(poller:wait(5)))
  equal(libsock.now() - begin >= 0.05, true)
  equal(event.data, "once")
  equal(event.timer, true)
  local often = try(poller:timer(0.01, 0.01, "often"))
  helper.sleep(0.05)
  equal(only(try(poller:wait(5))).count >= 4, true)
  often:close()
  equal(#try(poller:wait(0.03)), 0)
  once:close()
end

function T.test_poller_limit()
  local poller = try(libsock.poller())
  local took, events = check.timed(poller.wait, poller, 0.05)
  equal(#events, 0)
  equal(took >= 0.05 and took < 5, true, took)
  fails("EINVAL", poller:wait(-1))
end

function T.test_poller_signal()
  if os.getenv("LIBSOCK_MODULE") == "libsock.ffi" then
    check.skip("signals do not end a call of LuaJIT's FFI; see README")
  end
  local poller, count = try(libsock.poller()), 0
  helper.catch_signal()
  function _G.on_signal() count = count + 1 end
  helper.alarm_thread(0.05)
  local took, events = check.timed(poller.wait, poller, 0.3)
  equal(#events, 0)
  equal(count, 1, "runs of the handler")
  equal(took >= 0.3, true, took)
  function _G.on_signal() error("stop", 0) end
  helper.alarm_thread(0.05)
  local ok, err
  took, ok, err = check.timed(pcall, poller.wait, poller, 10)
  equal(ok, false)
  equal(err, "stop")
  equal(took < 5, true, took)
  helper.alarm_thread(0.05)
  local one = try(libsock.socketpair())
  took, ok, err = check.timed(pcall, one.recv, one, 1)
  equal(err, "stop")
end

function T.test_poller_closed()
  local one, _, poller = pair_and_poller()
  try(poller:add(one))
  local thread = check.thread([[
    local events, err = libsock.adopt((...), "poller"):wait()
    return events and "events" or err.closed and "closed" or err.name
  ]], poller:handle())
  helper.sleep(0.1)
  poller:close()
  equal(thread:join(), "closed")
  equal(one:send("x"), 1)
end

function T.test_poller_fork()
  local one, other, poller = pair_and_poller()
  try(poller:add(one, "in", "kept"))
  other:send("x")
  local child = helper.fork()
  if child == 0 then
    local ok = pcall(function()
      equal(only(try(poller:wait(5))).data, "kept")
      try(poller:wake())
    end)
    helper.exit(ok and 0 or 1)
  end
  equal(helper.wait_for(child), 0)
  one:recv(1)
  equal(#try(poller:wait(0.02)), 0)
end

check.run(T)

-- Opens, uses and closes sockets arg[1] times in every way; no descriptor may stay, and memory may not
-- grow. Prints what it measured.
local libsock, helper = require(os.getenv("LIBSOCK_MODULE") or "libsock"), require("helper")
local cycles, try = tonumber(arg[1] or 10000), libsock.try

local function cycle(i)
  local one, other = try(libsock.socketpair())
  local token = try(libsock.token())
  one:setcancel(token)
  one:settimeout(0)
  assert(select(2, one:recv(1)).name == "EAGAIN")
  try(other:sendall("hello"))
  assert(one:recv_exact(5) == "hello")
  if i % 2 == 0 then
    one:close()
    other:close()
    token:close()
  end -- else the collector closes them
  if i % 10 == 0 then
    local poller = try(libsock.poller())
    local extra = try(libsock.socketpair())
    try(poller:add(extra, "in", {}))
    try(poller:timer(10))
    try(poller:wait(0))
    local stream = try(libsock.stream(extra))
    try(stream:write("x"))
    stream:close()
    assert(not libsock.socket(9999))
    assert(not libsock.create_connection("127.0.0.1", 1))
  end
end

for i = 1, math.min(cycles, 2000) do cycle(i) end
collectgarbage()
collectgarbage()
local descriptors, memory = helper.descriptors(), helper.memory()
for i = 1, cycles do
  cycle(i)
  if i % 100 == 0 then collectgarbage() end
end
collectgarbage()
collectgarbage()
local grown = helper.memory() - memory
print(("%d cycles: %d descriptors more, %d KB more"):format(cycles, helper.descriptors() - descriptors, grown))
os.exit(helper.descriptors() == descriptors and grown < 2048 and 0 or 1)

---@meta _
-- The objects of libsock. Objects close their handles when they are collected; close() does so at once, wakes calls that
-- wait, and does nothing the second time. handle() is the number of the handle, for another Lua state of the process.

---@class libsock.Socket
local Socket = {}

---@return true? ok
---@return libsock.Error? err
function Socket:close() end

---@return integer
function Socket:handle() end

---@return libsock.Socket? socket
---@return libsock.Error? err
function Socket:dup() end

---Gives up the descriptor, which is then the caller's.
---@return integer? fd
---@return libsock.Error? err
function Socket:detach() end

---@return integer? fd
---@return libsock.Error? err
function Socket:fileno() end

---@return integer? family
---@return libsock.Error? err
function Socket:family() end

---@return integer? type
---@return libsock.Error? err
function Socket:type() end

---@return integer? protocol
---@return libsock.Error? err
function Socket:proto() end

---@param host libsock.Address|string? an address, or with `port` a host
---@param port? integer|string
---@return true? ok
---@return libsock.Error? err
function Socket:bind(host, port) end

---@param backlog? integer
---@return true? ok
---@return libsock.Error? err
function Socket:listen(backlog) end

---@return libsock.Socket? connection
---@return libsock.Address|libsock.Error peer
function Socket:accept() end

---@param host libsock.Address|string? an address, or with `port` a host
---@param port? integer|string
---@return true? ok
---@return libsock.Error? err
function Socket:connect(host, port) end

---@param direction? libsock.Direction both by default
---@return true? ok
---@return libsock.Error? err
function Socket:shutdown(direction) end

---@return libsock.Address? address
---@return libsock.Error? err
function Socket:getsockname() end

---@return libsock.Address? address
---@return libsock.Error? err
function Socket:getpeername() end

---@return boolean? inheritable
---@return libsock.Error? err
function Socket:get_inheritable() end

---@param on boolean
---@return true? ok
---@return libsock.Error? err
function Socket:set_inheritable(on) end

---@param seconds? number nil waits for ever, 0 never waits
---@return true? ok
---@return libsock.Error? err
function Socket:settimeout(seconds) end

---@return number? seconds
---@return libsock.Error? err
function Socket:gettimeout() end

---A limit for all calls, also for those that wait already.
---@param when? number on the clock of libsock.now(); nil removes it
---@param direction? libsock.Direction both by default
---@return true? ok
---@return libsock.Error? err
function Socket:setdeadline(when, direction) end

---@param token? libsock.Token keep it: the socket does not
---@return true? ok
---@return libsock.Error? err
function Socket:setcancel(token) end

-- Bytes --------------------------------------------------------------------------------------------

---@param size integer
---@param flags? integer MSG_*
---@return string? data nil without an error at the end of a stream
---@return libsock.Error? err
function Socket:recv(size, flags) end

---@param size integer
---@param flags? integer
---@return string? data
---@return libsock.Address|libsock.Error sender
function Socket:recvfrom(size, flags) end

---All of the bytes; an error has those that came, in `partial`.
---@param size integer
---@param flags? integer
---@return string? data
---@return libsock.Error? err
function Socket:recv_exact(size, flags) end

---@param data string
---@param flags? integer
---@return integer? count bytes taken
---@return libsock.Error? err
function Socket:send(data, flags) end

---All of the data; an error has the number of bytes that went, in `sent`.
---@param data string
---@param flags? integer
---@return true? ok
---@return libsock.Error? err
function Socket:sendall(data, flags) end

---@param data string
---@param address libsock.Address
---@param flags? integer
---@return integer? count
---@return libsock.Error? err
function Socket:sendto(data, address, flags) end

---@param direction libsock.Direction?
---@param seconds? number
---@return boolean? ready
---@return libsock.Error? err
function Socket:wait(direction, seconds) end

---Whether a send that finds no room becomes possible in an event.
---@param addressed? boolean whether the datagrams have addresses
---@return boolean? pollable
---@return libsock.Error? err
function Socket:send_pollable(addressed) end

---@param file file*|integer
---@param offset? integer the position by default
---@param count? integer to the end by default
---@return integer? bytes
---@return libsock.Error? err
function Socket:sendfile(file, offset, count) end

---@param to libsock.Socket
---@param count? integer
---@return integer? bytes
---@return libsock.Error? err
function Socket:splice(to, count) end

---@param fd file*|integer
---@param count? integer
---@param offset? integer
---@return integer? bytes
---@return libsock.Error? err
function Socket:splice_to_fd(fd, count, offset) end

---@param fd file*|integer
---@param count? integer
---@param offset? integer
---@return integer? bytes
---@return libsock.Error? err
function Socket:splice_from_fd(fd, count, offset) end

---@class libsock.RelayCounts
---@field sent integer
---@field received integer
---@field sent_lost integer
---@field received_lost integer

---Two connections as one until both directions have ended.
---@param other libsock.Socket
---@param idle? number
---@return libsock.RelayCounts? counts
---@return libsock.Error? err
function Socket:relay(other, idle) end

-- Datagrams and messages ---------------------------------------------------------------------------

---@class libsock.Outgoing
---@field [1]? string the data, or
---@field data? string
---@field address? libsock.Address
---@field segment? integer

---@class libsock.SendManyOptions
---@field address? libsock.Address
---@field segment? integer
---@field flags? integer
---@field outcomes? { sent: integer, plain: boolean }[] receives one of each entry that went

---@param list (string|libsock.Outgoing)[] at most 1,024
---@param options? libsock.SendManyOptions
---@return integer? entries
---@return libsock.Error? err
function Socket:sendmany(list, options) end

---@class libsock.Datagram
---@field data string
---@field address libsock.Address
---@field segment integer
---@field flags integer
---@field length integer

---@param count integer at most 1,024
---@param size integer
---@param flags? integer
---@return libsock.Datagram[]? datagrams
---@return libsock.Error? err
function Socket:recvmany(count, size, flags) end

---@param on boolean
---@return true? ok
---@return libsock.Error? err
function Socket:setgro(on) end

---@param data string
---@param fds (file*|integer)[]
---@param flags? integer
---@param address? libsock.Address
---@return integer? count
---@return libsock.Error? err
function Socket:send_fds(data, fds, flags, address) end

---@param size integer
---@param max? integer
---@param flags? integer
---@return string? data
---@return integer[]|libsock.Error fds the caller's to close
---@return integer? flags
---@return libsock.Address? sender
function Socket:recv_fds(size, max, flags) end

---@class libsock.Credentials
---@field pid integer
---@field uid integer
---@field gid integer

---@class libsock.ControlItem
---@field level integer
---@field type integer
---@field data string

---@class libsock.OutgoingMessage
---@field data string|string[]
---@field address? libsock.Address
---@field flags? integer
---@field fds? (file*|integer)[]
---@field credentials? libsock.Credentials
---@field from? libsock.Address
---@field ifindex? integer
---@field family? integer of ttl and tos
---@field ttl? integer
---@field tos? integer
---@field segment? integer
---@field control? libsock.ControlItem[]

---Not in libsock.ffi.
---@param message libsock.OutgoingMessage
---@return integer? count
---@return libsock.Error? err
function Socket:sendmsg(message) end

---An entry of the error queue.
---@class libsock.QueuedError: libsock.Error
---@field origin integer
---@field icmp_type integer
---@field icmp_code integer
---@field info integer
---@field data integer
---@field offender libsock.Address

---@class libsock.Message
---@field data string
---@field address libsock.Address
---@field flags integer
---@field length integer
---@field control libsock.ControlItem[]
---@field fds? integer[] the caller's to close
---@field pidfd? integer the caller's to close
---@field credentials? libsock.Credentials
---@field timestamp_ns? integer
---@field hardware_timestamp_ns? integer
---@field to? libsock.Address
---@field local_address? libsock.Address
---@field ifindex? integer
---@field ttl? integer
---@field tos? integer
---@field drops? integer
---@field segment? integer
---@field error? libsock.QueuedError

---Not in libsock.ffi.
---@param size integer
---@param flags? integer
---@return libsock.Message? message
---@return libsock.Error? err
function Socket:recvmsg(size, flags) end

-- Options ------------------------------------------------------------------------------------------

---@param level integer
---@param name integer
---@param value integer|boolean|string|nil
---@param length? integer where `value` is nil
---@return true? ok
---@return libsock.Error? err
function Socket:setsockopt(level, name, value, length) end

---@param level integer
---@param name integer
---@param size? nil
---@return integer? value
---@return libsock.Error? err
---@overload fun(self: libsock.Socket, level: integer, name: integer, size: integer): string?, libsock.Error?
function Socket:getsockopt(level, name, size) end

---@param on boolean
---@param options? { idle?: number, interval?: number, count?: integer }
---@return true? ok
---@return libsock.Error? err
function Socket:set_keepalive(on, options) end

---Not in libsock.ffi.
---@return boolean? on
---@return number|libsock.Error idle
---@return number? interval
---@return integer? count
function Socket:get_keepalive() end

---@param seconds? number nil turns it off, 0 resets the connection on close
---@return true? ok
---@return libsock.Error? err
function Socket:set_linger(seconds) end

---Not in libsock.ffi.
---@return boolean? on
---@return number|libsock.Error seconds
function Socket:get_linger() end

---@param direction libsock.Direction
---@param bytes integer
---@return integer? size as the kernel counts it
---@return libsock.Error? err
function Socket:set_buffer(direction, bytes) end

---@param direction libsock.Direction
---@return integer? size
---@return libsock.Error? err
function Socket:get_buffer(direction) end

---@param name string
---@return true? ok
---@return libsock.Error? err
function Socket:set_device(name) end

---@return string? name
---@return libsock.Error? err
function Socket:get_device() end

---Not in libsock.ffi.
---@param group libsock.Address
---@param options? { source?: libsock.Address, device?: string, index?: integer }
---@return true? ok
---@return libsock.Error? err
function Socket:join_group(group, options) end

---Not in libsock.ffi.
---@param group libsock.Address
---@param options? { source?: libsock.Address, device?: string, index?: integer }
---@return true? ok
---@return libsock.Error? err
function Socket:leave_group(group, options) end

---The process at the other end.
---@return integer? pid
---@return integer|libsock.Error uid
---@return integer? gid
function Socket:peer_cred() end

---@return integer? fd
---@return libsock.Error? err
function Socket:peer_pidfd() end

---Not in libsock.ffi.
---@param seconds? number
---@return true? ok
---@return libsock.Error? err
function Socket:set_user_timeout(seconds) end

---Not in libsock.ffi.
---@return number? seconds
---@return libsock.Error? err
function Socket:get_user_timeout() end

---Not in libsock.ffi.
---@param name string
---@return true? ok
---@return libsock.Error? err
function Socket:set_congestion(name) end

---Not in libsock.ffi.
---@return string? name
---@return libsock.Error? err
function Socket:get_congestion() end

---@return integer? state SOCK_MPTCP_*
---@return libsock.Error? err
function Socket:mptcp_state() end

---What the kernel does not provide is nil.
---@class libsock.TcpInfo
---@field state? integer
---@field rtt? number
---@field rttvar? number
---@field min_rtt? number
---@field rto? number
---@field retransmits? integer
---@field total_retrans? integer
---@field unacked? integer
---@field lost? integer
---@field snd_mss? integer
---@field rcv_mss? integer
---@field pmtu? integer
---@field snd_cwnd? integer
---@field snd_ssthresh? integer
---@field bytes_sent? integer
---@field bytes_acked? integer
---@field bytes_received? integer
---@field bytes_retrans? integer
---@field notsent_bytes? integer
---@field delivery_rate? integer
---@field last_data_sent? number
---@field last_data_recv? number

---Not in libsock.ffi.
---@return libsock.TcpInfo? info
---@return libsock.Error? err
function Socket:tcp_info() end

-- Families -----------------------------------------------------------------------------------------

---Not in libsock.ffi.
---@param interface string
---@param on boolean
---@return true? ok
---@return libsock.Error? err
function Socket:set_promiscuous(interface, on) end

---Not in libsock.ffi.
---@param filters { id: integer, mask: integer }[] at most 512
---@return true? ok
---@return libsock.Error? err
function Socket:set_can_filters(filters) end

---Not in libsock.ffi.
---@param mask integer
---@return true? ok
---@return libsock.Error? err
function Socket:set_can_errors(mask) end

---Not in libsock.ffi.
---@return true? ok
---@return libsock.Error? err
function Socket:isotp_wait() end

---Not in libsock.ffi.
---@param key string
---@return true? ok
---@return libsock.Error? err
function Socket:set_alg_key(key) end

---Not in libsock.ffi.
---@param size integer
---@return true? ok
---@return libsock.Error? err
function Socket:set_alg_tag_size(size) end

---Not in libsock.ffi.
---@param data string
---@param op integer ALG_OP_*
---@param iv? string
---@param assoclen? integer
---@param flags? integer
---@return integer? count
---@return libsock.Error? err
function Socket:sendmsg_alg(data, op, iv, assoclen, flags) end

-- Tokens, operations, streams ----------------------------------------------------------------------

---@class libsock.Token
local Token = {}

---@return true? ok
---@return libsock.Error? err
function Token:close() end

---@return integer
function Token:handle() end

---Ends all calls that wait on sockets with this token, and all later ones.
---@return true? ok
---@return libsock.Error? err
function Token:fire() end

---A lookup or a connection in progress, for a poller. Its steps never wait.
---@class libsock.Operation
local Operation = {}

---@return true? ok
---@return libsock.Error? err
function Operation:close() end

---@return integer
function Operation:handle() end

---@return integer? fd
---@return libsock.Error? err
function Operation:fileno() end

---@param when? number on the clock of libsock.now()
---@return true? ok
---@return libsock.Error? err
function Operation:setdeadline(when) end

---@param token? libsock.Token
---@return true? ok
---@return libsock.Error? err
function Operation:setcancel(token) end

---@return libsock.Socket|false|nil socket false while it lasts
---@return libsock.Error? err
function Operation:step_connection() end

---@return libsock.AddressList|false|nil list false while it lasts
---@return libsock.Error? err
function Operation:step_lookup() end

---@return libsock.Attempt[]? attempts
---@return libsock.Error? err
function Operation:attempts() end

---What files of io offer, over a socket.
---@class libsock.Stream
local Stream = {}

---@return true? ok
---@return libsock.Error? err
function Stream:close() end

---@return integer
function Stream:handle() end

---@param size integer
---@return string? data the bytes that are there, nil without an error at the end
---@return libsock.Error? err
function Stream:read_some(size) end

---@param size integer
---@return string? data
---@return libsock.Error? err
function Stream:read_exact(size) end

---@param limit? integer 65,536 by default; a longer line comes in parts
---@return string? line with its newline
---@return libsock.Error? err
function Stream:readline(limit) end

---@param mark string
---@param limit? integer
---@return string? data up to and including the mark
---@return libsock.Error? err
function Stream:read_until(mark, limit) end

---@param format? "l"|"L"|"a"|"*l"|"*L"|"*a"|integer "l" by default
---@return string? data nil without an error at the end
---@return libsock.Error? err
function Stream:read(format) end

---@param format? "l"|"L"
---@return fun(): string? iterator raises errors
function Stream:lines(format) end

---@param ... string|number
---@return libsock.Stream? self
---@return libsock.Error? err
function Stream:write(...) end

---@return true? ok
---@return libsock.Error? err
function Stream:flush() end

---@param direction libsock.Direction
---@return integer? bytes received and not read, or written and not sent
---@return libsock.Error? err
function Stream:buffered(direction) end

-- Pollers ------------------------------------------------------------------------------------------

---@class libsock.Event
---@field data? any what was registered with it
---@field object? libsock.Pollable|file*|integer
---@field handle integer
---@field events integer SOCK_POLL_*
---@field count integer the periods of a timer since the last one
---@field readable? true
---@field writable? true
---@field priority? true
---@field error? true
---@field hangup? true
---@field rdhup? true
---@field wake? true
---@field timer? true
---@field closed? true the last event of the object

---@alias libsock.Pollable libsock.Socket|libsock.Operation|libsock.Stream|libsock.Token

---One wait for many sockets, operations, streams, tokens, descriptors and timers.
---@class libsock.Poller
local Poller = {}

---@return true? ok
---@return libsock.Error? err
function Poller:close() end

---@return integer
function Poller:handle() end

---@param object libsock.Pollable
---@param events? string words, "in" by default: in, out, pri, rdhup, edge, oneshot, exclusive
---@param data? any returned with each event
---@return true? ok
---@return libsock.Error? err
function Poller:add(object, events, data) end

---@param object libsock.Pollable
---@param events string
---@param ... any the data, which otherwise stays as it is
---@return true? ok
---@return libsock.Error? err
function Poller:modify(object, events, ...) end

---@param object libsock.Pollable
---@return true? ok
---@return libsock.Error? err
function Poller:remove(object) end

---@param fd file*|integer
---@param events? string
---@param data? any
---@return true? ok
---@return libsock.Error? err
function Poller:add_fd(fd, events, data) end

---@param fd file*|integer
---@return true? ok
---@return libsock.Error? err
function Poller:remove_fd(fd) end

---@param first number seconds
---@param every? number without it, the timer fires once
---@param data? any
---@return libsock.Timer? timer keep it: collecting it ends it
---@return libsock.Error? err
function Poller:timer(first, every, data) end

---@param seconds? number
---@param most? integer
---@return libsock.Event[]? events none when the time is over
---@return libsock.Error? err
function Poller:wait(seconds, most) end

---Ends one wait, running or yet to begin, with an event that has `wake`.
---@return true? ok
---@return libsock.Error? err
function Poller:wake() end

---@class libsock.Timer
local Timer = {}

---@return true? ok
---@return libsock.Error? err
function Timer:close() end

---@return integer
function Timer:handle() end

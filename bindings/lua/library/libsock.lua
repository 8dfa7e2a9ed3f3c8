---@meta libsock
-- Types of the module libsock for the Lua language server. tests/test_types.lua compares them with the module.

---Sockets with deadlines, cancel tokens and a close that wakes. A function returns its result, or nil and an error; an
---argument of a wrong type raises an error. Times are seconds, and nil is no limit.
---@class libsock
---@field Socket libsock.Socket the methods of all sockets
---@field Stream libsock.Stream the methods of all streams
---@field _VERSION string
local libsock = {}

-- Errors -------------------------------------------------------------------------------------------

---What failed. tostring() returns the message.
---@class libsock.Error
---@field code integer the negative number of sock.h
---@field name string "ECONNREFUSED", "SOCK_ETIMEDOUT" ...
---@field message string a sentence
---@field timeout? true a limit of time is over
---@field canceled? true a token was fired
---@field closed? true the handle is closed
---@field resolver? true the name or service was not found
---@field temporary? true the call may succeed later
---@field partial? string the bytes that came before it: recv_exact, read_exact, read
---@field sent? integer the bytes that went before it: sendall, sendfile, splice, splice_from_fd
---@field written? integer the bytes that went before it: write, splice_to_fd
---@field attempts? libsock.Attempt[] what was tried: create_connection
---@field counts? libsock.RelayCounts what went before it: relay

---The error object of a code of sock.h.
---@param code integer
---@return libsock.Error
function libsock.describe(code) end

---Returns its arguments, or raises the second one if the first is false or nil and the second is not nil.
---@generic T
---@param value T?
---@param err? any
---@param ... any
---@return T value
---@return any ...
function libsock.try(value, err, ...) end

-- Sockets, tokens, pollers -------------------------------------------------------------------------

---@alias libsock.Direction "read"|"write"|"both"

---@param family? integer AF_INET by default
---@param type? integer SOCK_STREAM by default
---@param protocol? integer
---@return libsock.Socket? socket
---@return libsock.Error? err
function libsock.socket(family, type, protocol) end

---Two connected sockets.
---@param family? integer AF_UNIX by default
---@param type? integer
---@param protocol? integer
---@return libsock.Socket? one
---@return libsock.Socket|libsock.Error other
function libsock.socketpair(family, type, protocol) end

---Takes over an open descriptor.
---@param fd integer
---@param family? integer found out by default, as type and protocol are
---@param type? integer
---@param protocol? integer
---@return libsock.Socket? socket
---@return libsock.Error? err
function libsock.from_fd(fd, family, type, protocol) end

---An object for a handle that another Lua state of the process has. Collecting it closes the handle only if it is owned.
---@param handle integer
---@param kind? "socket"
---@param owned? boolean
---@return libsock.Socket
---@overload fun(handle: integer, kind: "token", owned?: boolean): libsock.Token
---@overload fun(handle: integer, kind: "operation", owned?: boolean): libsock.Operation
---@overload fun(handle: integer, kind: "stream", owned?: boolean): libsock.Stream
---@overload fun(handle: integer, kind: "poller", owned?: boolean): libsock.Poller
function libsock.adopt(handle, kind, owned) end

---A stream socket of Multipath TCP, or of TCP where the kernel has none.
---@param family integer
---@return libsock.Socket? socket
---@return libsock.Error? err
function libsock.socket_mptcp(family) end

---A cancel token.
---@return libsock.Token? token
---@return libsock.Error? err
function libsock.token() end

---@return libsock.Poller? poller
---@return libsock.Error? err
function libsock.poller() end

---A buffered stream over a socket.
---@param socket libsock.Socket
---@param capacity? integer of each buffer, in bytes
---@return libsock.Stream? stream
---@return libsock.Error? err
function libsock.stream(socket, capacity) end

---The timeout that new sockets begin with.
---@param seconds? number
---@return true? ok
---@return libsock.Error? err
function libsock.setdefaulttimeout(seconds) end

---@return number? seconds
function libsock.getdefaulttimeout() end

---Seconds on the clock of all deadlines.
---@return number
function libsock.now() end

---Closes a descriptor that was received.
---@param fd integer
---@return boolean
function libsock.close_fd(fd) end

-- Addresses ----------------------------------------------------------------------------------------

---Addresses are strings: "192.0.2.1:80", "[::1]:80", "unix:/run/x", "vsock:3:1024", and a form for every other family.
---@alias libsock.Address string

---@class libsock.AddressFields
---@field family integer
---@field host? string of AF_INET and AF_INET6
---@field port? integer
---@field flowinfo? integer of AF_INET6
---@field scope_id? integer
---@field path? string of AF_UNIX

---@param host string? numeric; nil or "" is any address
---@param port? integer
---@param flowinfo? integer
---@param scope_id? integer
---@return libsock.Address? address
---@return libsock.Error? err
function libsock.ip(host, port, flowinfo, scope_id) end

---@param name string a path, or an abstract name with its leading NUL
---@return libsock.Address? address
---@return libsock.Error? err
function libsock.unix(name) end

---@param address libsock.Address
---@return libsock.AddressFields? fields
---@return libsock.Error? err
function libsock.address_fields(address) end

---The bytes of its struct sockaddr.
---@param address libsock.Address
---@return string? bytes
---@return libsock.Error? err
function libsock.address_native(address) end

---@param bytes string a struct sockaddr
---@return libsock.Address? address
---@return libsock.Error? err
function libsock.address_from_native(bytes) end

---Whether two texts are one address.
---@param one libsock.Address
---@param other libsock.Address
---@return boolean? same
---@return libsock.Error? err
function libsock.same_address(one, other) end

-- Connections and servers --------------------------------------------------------------------------

---@class libsock.ConnectOptions
---@field timeout? number of the whole call
---@field deadline? number on the clock of now()
---@field attempt_timeout? number of each attempt
---@field resolution_delay? number
---@field stagger? number between attempts; negative: one attempt after the other
---@field family? integer
---@field fast_open? boolean
---@field cancel? libsock.Token
---@field source? libsock.Address
---@field attempts? libsock.Attempt[] receives what was tried; create_connection only

---@class libsock.Attempt
---@field address libsock.Address
---@field phase "lookup"|"socket"|"bind"|"connect"|"connected"
---@field code integer
---@field name string
---@field start number
---@field seconds number

---A connected socket, by the rules of RFC 8305.
---@param host string?
---@param port integer|string
---@param options? libsock.ConnectOptions
---@return libsock.Socket? socket
---@return libsock.Error? err
function libsock.create_connection(host, port, options) end

---@param host string?
---@param port integer|string
---@param options? libsock.ConnectOptions
---@return libsock.Operation? operation whose step_connection() returns the socket
---@return libsock.Error? err
function libsock.create_connection_start(host, port, options) end

---@class libsock.ServerOptions
---@field family? integer
---@field backlog? integer
---@field reuse_port? boolean
---@field dualstack? boolean
---@field remove_stale? boolean
---@field file_mode? integer
---@field timeout? number of the lookup
---@field deadline? number
---@field cancel? libsock.Token

---A listening socket.
---@param host string? with AF_UNIX the path
---@param port integer|string?
---@param options? libsock.ServerOptions
---@return libsock.Socket? server
---@return libsock.Error? err
function libsock.create_server(host, port, options) end

---One listening socket for each address of the host.
---@param host string?
---@param port integer|string?
---@param options? libsock.ServerOptions
---@return libsock.Socket[]? servers
---@return libsock.Error? err
function libsock.create_servers(host, port, options) end

---How many listening sockets the service manager has passed.
---@return integer? count
---@return libsock.Error? err
function libsock.activation_count() end

---@param index integer from 1
---@return string? name
---@return libsock.Error? err
function libsock.activation_name(index) end

---@param index integer from 1
---@return libsock.Socket? server
---@return libsock.Error? err
function libsock.activation_take(index) end

-- Names --------------------------------------------------------------------------------------------

---@class libsock.LookupOptions
---@field family? integer
---@field type? integer
---@field proto? integer
---@field flags? integer AI_*
---@field timeout? number
---@field deadline? number
---@field cancel? libsock.Token

---@class libsock.AddressInfo
---@field address libsock.Address
---@field family integer
---@field type integer
---@field proto integer

---@class libsock.AddressList
---@field [integer] libsock.AddressInfo
---@field canonname? string if AI_CANONNAME asked for it, and of gethostbyname and gethostbyaddr
---@field aliases? string[] of gethostbyname and gethostbyaddr

---@param host string?
---@param port integer|string?
---@param options? libsock.LookupOptions
---@return libsock.AddressList? list
---@return libsock.Error? err
function libsock.getaddrinfo(host, port, options) end

---@param host string?
---@param port integer|string?
---@param options? libsock.LookupOptions
---@return libsock.Operation? operation whose step_lookup() returns the list
---@return libsock.Error? err
function libsock.getaddrinfo_start(host, port, options) end

---The first address.
---@param host string?
---@param port integer|string?
---@param family? integer
---@param timeout? number
---@return libsock.Address? address
---@return libsock.Error? err
function libsock.resolve(host, port, family, timeout) end

---@param address libsock.Address
---@param flags? integer NI_*
---@param timeout? number
---@return string? host
---@return string|libsock.Error service
function libsock.getnameinfo(address, flags, timeout) end

---@param name string?
---@param timeout? number
---@return libsock.AddressList? list
---@return libsock.Error? err
function libsock.gethostbyname(name, timeout) end

---@param name string? a numeric address, or a name
---@param timeout? number
---@return libsock.AddressList? list
---@return libsock.Error? err
function libsock.gethostbyaddr(name, timeout) end

---@param name? string this machine's by default
---@param timeout? number
---@return string? name
---@return libsock.Error? err
function libsock.getfqdn(name, timeout) end

---@class libsock.LookupStats
---@field threads integer
---@field idle integer
---@field queued integer
---@field running integer
---@field abandoned integer
---@field total integer
---@field abandoned_total integer

---The lookups of this process. Not in libsock.ffi.
---@return libsock.LookupStats? stats
---@return libsock.Error? err
function libsock.lookup_stats() end

---@return string? name
---@return libsock.Error? err
function libsock.gethostname() end

---Not in libsock.ffi.
---@param name string
---@return true? ok
---@return libsock.Error? err
function libsock.sethostname(name) end

---@param name string
---@param protocol? string
---@return integer? port
---@return libsock.Error? err
function libsock.getservbyname(name, protocol) end

---@param port integer
---@param protocol? string
---@return string? name
---@return libsock.Error? err
function libsock.getservbyport(port, protocol) end

---@param name string
---@return integer? protocol
---@return libsock.Error? err
function libsock.getprotobyname(name) end

-- Interfaces and the system ------------------------------------------------------------------------

---@param name string
---@return integer? index
---@return libsock.Error? err
function libsock.if_nametoindex(name) end

---@param index integer
---@return string? name
---@return libsock.Error? err
function libsock.if_indextoname(index) end

---@class libsock.Interface
---@field index integer
---@field name string

---@return libsock.Interface[]? interfaces
---@return libsock.Error? err
function libsock.if_nameindex() end

---@class libsock.InterfaceAddress
---@field index integer
---@field name string
---@field flags integer IFF_*
---@field address? libsock.Address
---@field netmask? libsock.Address
---@field broadcast? libsock.Address

---Not in libsock.ffi.
---@return libsock.InterfaceAddress[]? addresses
---@return libsock.Error? err
function libsock.getifaddrs() end

---@return boolean
function libsock.has_ipv6() end

---@return boolean
function libsock.has_dualstack_ipv6() end

---The context identifier of this machine. Not in libsock.ffi.
---@return integer? cid
---@return libsock.Error? err
function libsock.vsock_cid() end

---The value of a constant of C; nil and an error if it is unknown, or another platform's.
---@param name string
---@return integer|string? value
---@return libsock.Error? err
function libsock.constant(name) end

---@return table<string, integer|string> constants all of them
function libsock.constants() end

---@return string
function libsock.version() end

return libsock

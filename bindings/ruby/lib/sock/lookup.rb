# frozen_string_literal: true

module Sock
  # One attempt of a connection: its address, the phase it reached, how it ended (a code; 0 for the one that won), and
  # when it began and ended, in seconds on the clock of Sock.now.
  Attempt = Struct.new(:address, :phase, :code, :started, :ended) do
    def connected? = phase == Constants::SOCK_PHASE_CONNECTED
    def error_name = Sock.error_name(code)
  end

  # Lookups, connections and servers. Times are in seconds. Waiting, all of them let other threads and fibers run.
  module Lookup
    # Connects to a host and a port over TCP by RFC 8305: one `timeout` for the lookup and all addresses.
    #
    # Options: timeout, deadline (on the clock of Sock.now), attempt_timeout, resolution_delay, stagger (false: one
    # after the other), source (a local address), family, fast_open, cancel (a CancelToken), and attempts, an Array that
    # receives every Attempt; exceptions have them too.
    def create_connection(host, port, klass: TCPSocket, attempts: [], cancel: nil, **options)
      raw = []
      options[:cancel] = cancel.handle if cancel
      handle = Library.dial(Lookup.host(host), Lookup.port(port), options, raw)
      klass.for_handle(handle)
    rescue Error => error
      error.instance_variable_set(:@attempts, attempts)
      raise
    ensure
      raw&.each { |address, *rest| attempts << Attempt.new(Address.new(address), *rest) }
    end

    # A listening socket: TCP, or with family: AF_UNIX and a path as the host. Options: family, backlog, reuse_port,
    # dualstack, remove_stale, file_mode, timeout (of the lookup).
    def create_server(host, port = nil, **options)
      klass = options[:family] == Constants::AF_UNIX ? UNIXServer : TCPServer
      klass.for_handle(Library.serve(host, port && Lookup.port(port), options, false)[0])
    end

    # A listening socket for each address of the host: nil for all of this machine, in both families.
    def create_servers(host, port, **options)
      Library.serve(host, Lookup.port(port), options, true).map { |handle| TCPServer.for_handle(handle) }
    end

    # All addresses of a host and a service, as Addrinfo.
    def getaddrinfo(host, port, family: 0, type: 0, protocol: 0, flags: 0, timeout: nil, cancel: nil)
      Library.lookup(host && Lookup.host(host), port && Lookup.port(port), Names.family(family), Names.type(type),
                     Names.protocol(protocol), flags, timeout, cancel&.handle).map do |packed, pf, kind, proto, name|
        name ? Addrinfo.new(packed, pf, kind, proto).tap { |info| info.define_singleton_method(:canonname) { name } }
             : Addrinfo.new(packed, pf, kind, proto)
      end
    end

    # [host, service] of an address.
    def getnameinfo(address, flags = 0, timeout: nil) = Library.names(Address.of(address).to_sockaddr, flags, timeout)

    # [name, index, flags, address, netmask, broadcast] of every address of every interface.
    def interface_addresses
      Library.interface_addresses.map do |name, index, flags, *packed|
        [name, index, flags, *packed.map { |each| each && Address.new(each) }]
      end
    end

    # Helpers of the library's own methods.
    class << self
      def host(host)
        case host
        when nil, String then host
        when Integer then [host].pack("N").unpack("C4").join(".")
        else host.to_str
        end
      end

      # The name of an address, or its numeric host if it has none.
      def name_of(address, host)
        Sock.getnameinfo(address, Constants::NI_NUMERICSERV)[0]
      rescue ResolverError
        host
      end

      def port(port)
        case port
        when Integer then port.to_s
        when nil, "" then "0"
        else String.try_convert(port) || raise(TypeError, "no implicit conversion of #{port.class} into String")
        end
      end
    end
  end

  extend Lookup
end

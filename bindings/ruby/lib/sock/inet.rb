# frozen_string_literal: true

module Sock
  # What TCP and UDP sockets have in common.
  class IPSocket < BasicSocket
    undef_method :getpeereid, :peer_credentials

    # [family, port, host or name, numeric host] of this end.
    def addr(reverse_lookup = nil) = describe(getsockname, reverse_lookup)

    # The same of the other end.
    def peeraddr(reverse_lookup = nil) = describe(getpeername, reverse_lookup)

    # Returns [data, [family, port, name, host]]; the address is nil on a connected stream.
    def recvfrom(maxlen, flags = 0)
      data, from = recvfrom_once(maxlen, flags, nil, true)
      [data, from.empty? ? nil : describe(from, nil)]
    end

    # The first address of a host, as text.
    def self.getaddress(host) = Sock.getaddrinfo(host, 0, type: Constants::SOCK_STREAM)[0].ip_address

    private

    def describe(packed, reverse)
      host, port, _, scope = Packed.ip_fields(packed)
      host = "#{host}%#{Sock.if_indextoname(scope)}" if scope.positive?
      [host.include?(":") ? "AF_INET6" : "AF_INET", port, reverse?(reverse) ? Lookup.name_of(packed, host) : host, host]
    end

    def reverse?(wanted)
      case wanted
      when nil then !do_not_reverse_lookup
      when true, :hostname then true
      when false, :numeric then false
      when Symbol then raise ArgumentError, "invalid reverse_lookup flag: #{wanted.inspect}"
      else raise TypeError, "wrong argument type #{wanted.class} (expected true, false, :hostname, or :numeric)"
      end
    end

    def description = ", #{addr(false).values_at(0, 3, 1).join(", ")}"
  end

  # A TCP connection.
  class TCPSocket < IPSocket
    class << self
      # As in Ruby's library: [name, aliases, family, *addresses].
      def gethostbyname(host)
        infos = Sock.getaddrinfo(host, 0, type: Constants::SOCK_STREAM, flags: Constants::AI_CANONNAME)
        same = infos.select { |info| info.afamily == infos[0].afamily }
        [infos[0].canonname || host, [], infos[0].afamily, *same.map(&:ip_address)]
      end
    end

    # Connects to a host and a port (a number or a service), by RFC 8305, within `connect_timeout` seconds for the
    # lookup and all addresses. Further options are those of Sock.create_connection.
    def initialize(host, port, local_host = nil, local_port = nil, connect_timeout: nil, resolv_timeout: nil, **options)
      if local_host || local_port
        options[:source] = Sock.getaddrinfo(local_host, local_port, type: SOCK_STREAM, flags: AI_PASSIVE)[0]
      end
      options[:timeout] = [connect_timeout, resolv_timeout].compact.sum if connect_timeout
      options[:cancel] = options[:cancel].handle if options[:cancel]
      attempts = []
      own(Library.dial(Lookup.host(host), Lookup.port(port), options, attempts))
    rescue SystemCallError => error
      raise unless attempts&.last && attempts.last[1..2] == [SOCK_PHASE_BIND, error.code]

      raise Library.blame(error.class.new("bind(2) for #{local_host.inspect} port #{local_port}"), error.code)
    end
  end

  # A listening TCP socket.
  class TCPServer < TCPSocket
    # TCPServer.new(port), or TCPServer.new(host, port); nil or "" is every address of this machine.
    def initialize(host = nil, port = (only = true))
      host, port = nil, host if only
      host = nil if host == ""
      info = Sock.getaddrinfo(host, port || 0, type: SOCK_STREAM, flags: AI_PASSIVE).then { |all| first_usable(all) }
      open_socket(info.afamily, SOCK_STREAM, 0)
      set_option(SOL_SOCKET, SO_REUSEADDR, [1].pack("i"))
      bind_to(info.to_sockaddr, "bind(2) for #{host.inspect} port #{port}")
      listen_for(SOMAXCONN)
    rescue StandardError
      close if info && handle?
      raise
    end

    def listen(backlog) = listen_for(backlog)

    # Waits for a connection; returns a TCPSocket.
    def accept = accept_as(TCPSocket, true)[0]

    def accept_nonblock(exception: true)
      accept_as(TCPSocket, false)&.first || would_block(:wait_readable, "accept(2) would block", exception)
    end

    # Waits for a connection; returns its descriptor.
    def sysaccept = accept.detach

    private

    def handle?
      !closed?
    rescue IOError
      false
    end

    # The first address that this machine has: IPv6 may be off.
    def first_usable(infos)
      infos.find { |info| info.afamily == AF_INET || Sock::Socket.family?(info.afamily) } || infos[0]
    end
  end

  # A UDP socket.
  class UDPSocket < IPSocket
    def initialize(family = AF_INET)
      open_socket(Names.family(family), SOCK_DGRAM, 0)
    end

    # Binds to a host and a port; nil or "" is every address.
    def bind(host, port)
      each_address(host, port, AI_PASSIVE) { |to| bind_to(to, "bind(2) for #{host.inspect} port #{port}") }
    end

    def connect(host, port)
      each_address(host, port, 0) { |to| connect_to(to, true, "connect(2) for #{host.inspect} port #{port}") }
    end

    # send(data, flags), send(data, flags, host, port) or send(data, flags, address).
    def send(data, flags = 0, host = nil, port = (short = true))
      return super(data, flags, *host) if short

      each_address(host, port, 0, "sendto(2)") { |to| return super(data, flags, to) }
    end

    def recvfrom_nonblock(maxlen, flags = 0, into = nil, exception: true)
      data, from = recvfrom_once(maxlen, flags || 0, into, false)
      return would_block(:wait_readable, "recvfrom(2) would block", exception) unless data

      [data, from.empty? ? nil : describe(from, nil)]
    end

    private

    def each_address(host, port, flags, what = nil)
      raise TypeError, "no implicit conversion of nil into String" if host.nil? && port.nil?

      host = nil if host == ""
      host = "255.255.255.255" if host == "<broadcast>"
      host ||= family == AF_INET6 ? "::1" : "127.0.0.1" if flags.zero?
      failure = nil
      Sock.getaddrinfo(host, port, family: family, type: SOCK_DGRAM, flags: flags).each do |info|
        return yield(info.to_sockaddr)
      rescue SystemCallError => error
        raise if IO::WaitWritable === error || TimeoutError === error || CanceledError === error

        failure = error
      end
      raise failure unless what

      raise Library.blame(failure.class.new("#{what} for #{host.inspect} port #{port}"), failure.code)
    end
  end
end

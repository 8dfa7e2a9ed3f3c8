# frozen_string_literal: true

module Sock
  # The general socket: any family, type and protocol.
  class Socket < BasicSocket
    Constants = Sock::Constants
    Option = ::Socket::Option
    AncillaryData = ::Socket::AncillaryData

    # An address of an interface, as of Socket.getifaddrs.
    Ifaddr = Struct.new(:name, :ifindex, :flags, :addr, :netmask, :broadaddr)

    # Where a datagram came from, and how to answer it: of Socket.udp_server_loop.
    UDPSource = Struct.new(:remote_address, :local_address, :answer) do
      def reply(data) = answer.call(data)
      def inspect = "#<#{self.class}: #{remote_address.inspect_sockaddr} to #{local_address.inspect_sockaddr}>"
    end

    def initialize(domain, type = SOCK_STREAM, protocol = 0)
      open_socket(Names.family(domain), Names.type(type), Integer === protocol ? protocol : Integer(protocol.to_int))
    rescue NoMethodError
      raise TypeError, "no implicit conversion of #{protocol.class} into Integer"
    end

    def bind(address) = bind_to(packed(address), "bind(2)#{named(address)}")
    def listen(backlog) = listen_for(backlog)
    def connect(address) = connect_to(packed(address), true, "connect(2)#{named(address)}")

    # Starts to connect; raises IO::WaitWritable while it is in progress, or returns :wait_writable.
    def connect_nonblock(address, exception: true)
      state = connect_to(packed(address), exception ? false : nil, "connect(2)#{named(address)}")
      return 0 if state == 0
      return :wait_writable unless exception

      raise IO::EINPROGRESSWaitWritable, "connect(2) would block"
    end

    # Waits for a connection; returns [Socket, Addrinfo].
    def accept
      socket, from = accept_as(Socket, true)
      [socket, sender(from)]
    end

    def accept_nonblock(exception: true)
      socket, from = accept_as(Socket, false)
      socket ? [socket, sender(from)] : would_block(:wait_readable, "accept(2) would block", exception)
    end

    def sysaccept
      socket, from = accept
      [socket.detach, from]
    end

    # Returns [data, Addrinfo].
    def recvfrom(maxlen, flags = 0)
      data, from = recvfrom_once(maxlen, flags, nil, true)
      [data, sender(from)]
    end

    def recvfrom_nonblock(maxlen, flags = 0, into = nil, exception: true)
      data, from = recvfrom_once(maxlen, flags || 0, into, false)
      data ? [data, sender(from)] : would_block(:wait_readable, "recvfrom(2) would block", exception)
    end

    def ipv6only!
      setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
    end

    private

    def packed(address)
      return address.to_sockaddr if address.respond_to?(:to_sockaddr)

      String.try_convert(address) || raise(TypeError, "no implicit conversion of #{address.class} into String")
    end

    def named(address) = " for #{Address.of(packed(address))}"

    class << self
      def pair(domain = AF_UNIX, type = SOCK_STREAM, protocol = 0)
        both = open_pair(Names.family(domain), Names.type(type), Names.protocol(protocol))
        return both unless block_given?

        begin
          yield both
        ensure
          both.each { |socket| socket.close }
        end
      end
      alias socketpair pair

      # Whether this machine has a family.
      def family?(family)
        new(family, SOCK_DGRAM).close
        true
      rescue SystemCallError
        false
      end

      # Connects to a host and a port by RFC 8305; yields the socket to a block and closes it afterwards.
      def tcp(host, port, local_host = nil, local_port = nil, connect_timeout: nil, resolv_timeout: nil, **options,
              &block)
        options[:timeout] = [connect_timeout, resolv_timeout].compact.sum if connect_timeout
        if local_host || local_port
          options[:source] = Sock.getaddrinfo(local_host, local_port, type: SOCK_STREAM, flags: AI_PASSIVE)[0]
        end
        closing(Sock.create_connection(host, port, klass: self, **options), &block)
      end

      def unix(path, &block)
        socket = new(AF_UNIX)
        begin
          socket.connect(Packed.unix(path))
        rescue SystemCallError
          socket.close
          raise
        end
        closing(socket, &block)
      end

      # Listening sockets for all addresses of a host, or of this machine.
      def tcp_server_sockets(host = nil, port = (only = true))
        host, port = nil, host if only
        host = nil if host == ""
        sockets = Library.serve(host, Lookup.port(port), {}, true).map { |handle| for_handle(handle) }
        return sockets unless block_given?

        begin
          yield sockets
        ensure
          sockets.each { |socket| socket.close }
        end
      end

      def unix_server_socket(path, &block)
        return autobound(&block) if path.empty?

        # The library writes abstract names with an @.
        name = path.start_with?("@") ? "./#{path}" : path.sub(/\A\0/, "@")

        socket = for_handle(Library.serve(name, nil, { family: AF_UNIX, remove_stale: 1 }, false)[0])
        return socket unless block

        begin
          yield socket
        ensure
          socket.close
          File.unlink(path) unless path.start_with?("\0")
        end
      end

      # Accepts on several sockets for ever, and yields each connection with the Addrinfo of its peer.
      def accept_loop(*sockets)
        sockets.flatten!(1)
        raise ArgumentError, "no sockets" if sockets.empty?

        loop do
          IO.select(sockets)[0].each do |socket|
            connection = socket.accept_nonblock(exception: false)
            yield(*connection) unless connection == :wait_readable
          end
        end
      end

      def tcp_server_loop(host = nil, port = (only = true), &block)
        host, port = nil, host if only
        tcp_server_sockets(host, port) { |sockets| accept_loop(sockets, &block) }
      end

      def unix_server_loop(path, &block)
        unix_server_socket(path) { |socket| accept_loop(socket, &block) }
      end

      def gethostname = Library.hostname

      def getservbyname(name, protocol = "tcp")
        Library.service_port(name, protocol) || raise(::SocketError, "no such service #{name}/#{protocol}")
      end

      def getservbyport(port, protocol = "tcp")
        Library.service_name(port, protocol) || raise(::SocketError, "no such service for port #{port}/#{protocol}")
      end

      # As in Ruby's library: arrays of [family, port, name, host, family, type, protocol].
      def getaddrinfo(host, port, family = nil, type = nil, protocol = nil, flags = nil, reverse_lookup = nil)
        Sock.getaddrinfo(host, port, family: family || 0, type: type || 0, protocol: protocol || 0,
                                     flags: flags || 0).map do |info|
          name = reverse?(reverse_lookup) ? Lookup.name_of(info, info.ip_address) : info.ip_address
          [info.ipv6? ? "AF_INET6" : "AF_INET", info.ip_port, name, info.ip_address, info.afamily, info.socktype,
           info.protocol]
        end
      end

      # Names of an address: packed, or [family, port, host] or [family, port, name, host].
      def getnameinfo(address, flags = 0)
        return Sock.getnameinfo(address, flags) unless address.is_a?(Array)
        raise ArgumentError, "array size should be 3 or 4, #{address.size} given" unless [3, 4].include?(address.size)

        family, port, name, host = address
        info = Sock.getaddrinfo(host || name, port, family: Names.family(family || 0), type: SOCK_STREAM)[0]
        Sock.getnameinfo(info, flags)
      end

      def getifaddrs
        Sock.interface_addresses.map do |name, index, flags, *three|
          Ifaddr.new(name, index, flags, *three.map { |address| address&.to_addrinfo })
        end
      end

      # As in Ruby's library: [name, aliases, family, *packed hosts].
      def gethostbyname(host)
        host = { "<broadcast>" => "255.255.255.255", "<any>" => "0.0.0.0", "" => "0.0.0.0" }.fetch(host, host)
        infos = Sock.getaddrinfo(host, nil, type: SOCK_STREAM, flags: AI_CANONNAME)
        infos.select! { |info| info.afamily == infos[0].afamily }
        [infos[0].canonname || host, [], infos[0].afamily, *infos.map { |info| IPAddr.new(info.ip_address).hton }]
      end

      # The same of a packed host: 4 or 16 bytes.
      def gethostbyaddr(host, family = AF_INET)
        length = { AF_INET => 4, AF_INET6 => 16 }[Names.family(family)]
        raise ::SocketError, "host not found" unless host.bytesize == length

        text = IPAddr.new_ntoh(host).to_s
        name, = Sock.getnameinfo(Address.ip(text, 0), NI_NAMEREQD)
        [name, [], Names.family(family), host]
      end

      # UDP sockets for all addresses of a host, or of this machine.
      def udp_server_sockets(host = nil, port = (only = true), &block)
        host, port = nil, host if only
        sockets = []
        infos = Sock.getaddrinfo(host == "" ? nil : host, port, type: SOCK_DGRAM, flags: AI_PASSIVE)
        infos = each_local(infos)
        infos.each do |info|
          packed = info.ip_port.zero? && sockets[0] ? Packed.ip(info.ip_address, sockets[0].local.port, 0, 0) : info
          sockets << new(info.afamily, SOCK_DGRAM).tap { |socket| socket.ipv6only! if info.ipv6? }
          sockets.last.bind(packed)
        rescue SystemCallError
          sockets.pop&.close if sockets.last && sockets.last.local.port.zero?
          raise if sockets.empty? && info.equal?(infos.last)
        end
        return sockets unless block

        begin
          yield sockets
        ensure
          sockets.each { |socket| socket.close }
        end
      end

      # Yields each waiting datagram of the sockets with its UDPSource.
      def udp_server_recv(sockets)
        sockets.each do |socket|
          data, from = socket.recvmsg_nonblock(exception: false)
          next if data == :wait_readable

          yield data, UDPSource.new(from, socket.local_address, ->(answer) { socket.send(answer, 0, from) })
        end
      end

      def udp_server_loop_on(sockets, &block)
        loop { udp_server_recv(IO.select(sockets)[0], &block) }
      end

      def udp_server_loop(host = nil, port = (only = true), &block)
        host, port = nil, host if only
        udp_server_sockets(host, port) { |sockets| udp_server_loop_on(sockets, &block) }
      end
      def ip_address_list = Sock.interface_addresses.filter_map { |item| item[3].to_addrinfo if item[3]&.ip? }

      def pack_sockaddr_in(port, host)
        host = "0.0.0.0" if host == ""
        Sock.getaddrinfo(host, port, type: SOCK_STREAM)[0].to_sockaddr
      end
      alias sockaddr_in pack_sockaddr_in

      def unpack_sockaddr_in(address)
        at = Address.of(address)
        raise ArgumentError, "not an AF_INET/AF_INET6 sockaddr" unless at.ip?

        [at.port, at.to_addrinfo.ip_address]
      end

      # Of the size of a `struct sockaddr_un`, as in Ruby's library; abstract names have their own length.
      def pack_sockaddr_un(path) = path.start_with?("\0") ? Packed.unix(path) : Packed.unix(path).ljust(110, "\0")
      alias sockaddr_un pack_sockaddr_un

      def unpack_sockaddr_un(address)
        at = Address.of(address)
        raise ArgumentError, "not an AF_UNIX sockaddr" unless at.unix?

        at.path
      end

      private

      # A listening socket with a free abstract name.
      def autobound(&block)
        socket = new(AF_UNIX)
        socket.bind(Packed.unix(""))
        socket.listen(SOMAXCONN)
        closing(socket, &block)
      end

      # Each address of this machine in place of the wildcard, so that answers leave from where questions arrived.
      def each_local(infos)
        all = ip_address_list
        infos.flat_map do |info|
          next [info] unless ["0.0.0.0", "::"].include?(info.ip_address)

          all.select { |local| local.afamily == info.afamily }.map do |local|
            at = Address.of(local)
            Addrinfo.new(Packed.ip(at.host, info.ip_port, 0, at.scope_id), at.family, SOCK_DGRAM, 0)
          end
        end
      end

      def reverse?(wanted)
        case wanted
        when nil then !BasicSocket.do_not_reverse_lookup
        when true, :hostname then true
        when false, :numeric then false
        else raise ArgumentError, "invalid reverse_lookup flag: #{wanted.inspect}"
        end
      end

      def closing(socket)
        return socket unless block_given?

        begin
          yield socket
        ensure
          socket.close
        end
      end
    end
  end
end

# frozen_string_literal: true

module Sock
  # An AF_UNIX connection.
  class UNIXSocket < BasicSocket
    class << self
      # Two connected sockets.
      def pair(type = Constants::SOCK_STREAM, protocol = 0)
        both = open_pair(Constants::AF_UNIX, Names.type(type), protocol)
        return both unless block_given?

        begin
          yield both
        ensure
          both.each(&:close)
        end
      end
      alias socketpair pair
    end

    # Connects to a path, or with a leading NUL to an abstract name.
    def initialize(path)
      path = path.respond_to?(:to_path) ? path.to_path : path.to_str
      to = Packed.unix(path)
      open_socket(AF_UNIX, SOCK_STREAM, 0)
      connect_to(to, true, "connect(2) for #{path}")
    rescue SystemCallError
      close if to
      raise
    end

    # The path of this end, "" if it has none.
    def path = Packed.unix_path(getsockname)
    def addr = ["AF_UNIX", path]
    def peeraddr = ["AF_UNIX", Packed.unix_path(getpeername)]

    def recvfrom(maxlen, flags = 0)
      data, from = recvfrom_once(maxlen, flags, nil, true)
      [data, ["AF_UNIX", from.empty? ? "" : Packed.unix_path(from)]]
    end

    # Sends a descriptor: an IO, a socket or a number.
    def send_io(file)
      raise TypeError, "neither IO nor file descriptor" unless file.is_a?(Integer) || file.respond_to?(:fileno)

      send_fds("\0", [file])
      nil
    end

    # Receives a descriptor as an object of `klass`; nil: the number.
    def recv_io(klass = IO, mode = nil)
      data, ios = recv_fds(1, 1)
      raise ::SocketError, "file descriptor was not passed (#{data.bytesize} bytes)" if ios.empty?
      return ios[0] if klass == IO && mode.nil?

      ios[0].autoclose = false
      fd = ios[0].fileno
      return fd if klass.nil?

      mode ? klass.for_fd(fd, mode) : klass.for_fd(fd)
    end

    private

    def description = path.empty? ? "" : ", #{path}"
  end

  # A listening AF_UNIX socket.
  class UNIXServer < UNIXSocket
    def initialize(path)
      path = path.respond_to?(:to_path) ? path.to_path : path.to_str
      at = Packed.unix(path)
      open_socket(AF_UNIX, SOCK_STREAM, 0)
      bind_to(at, "bind(2) for #{path}")
      listen_for(SOMAXCONN)
    rescue SystemCallError
      close if at
      raise
    end

    def listen(backlog) = listen_for(backlog)
    def accept = accept_as(UNIXSocket, true)[0]

    def accept_nonblock(exception: true)
      accept_as(UNIXSocket, false)&.first || would_block(:wait_readable, "accept(2) would block", exception)
    end

    def sysaccept = accept.detach
  end
end

# frozen_string_literal: true

module Sock
  # What all sockets have. A socket behaves as Ruby's own, and as an IO where that makes sense; it may be used by any
  # number of threads, and by fibers under a scheduler. In addition:
  #
  # * `timeout=` limits each operation, in seconds: Sock::TimeoutError.
  # * `set_deadline` ends all operations at a time, those that already wait too.
  # * `cancel_token=` ends them when the token fires: Sock::CanceledError.
  # * `close` ends them at once, in other threads and fibers: Sock::ClosedError, an IOError.
  class BasicSocket
    include Buffering
    include Constants
    extend Constants # for the methods of the class

    @do_not_reverse_lookup = true
    class << self
      # Whether new sockets leave names out of addresses (`peeraddr`), true at the start.
      def do_not_reverse_lookup = BasicSocket.instance_variable_get(:@do_not_reverse_lookup)

      def do_not_reverse_lookup=(flag)
        BasicSocket.instance_variable_set(:@do_not_reverse_lookup, flag ? true : false)
      end

      # Makes a socket of a descriptor, which it then owns.
      def for_fd(fd) = allocate.tap { |socket| socket.__send__(:own_fd, fd.respond_to?(:fileno) ? fd.fileno : fd) }

      # Makes a socket of a handle of libsock, which it then owns.
      def for_handle(handle) = allocate.tap { |socket| socket.__send__(:own, handle) }

      # As IO.open: yields the socket to a block and closes it afterwards.
      def open(...)
        socket = new(...)
        return socket unless block_given?

        begin
          yield socket
        ensure
          socket.close
        end
      end
    end

    # Sets when all operations end that are not done by then: seconds on the clock of Sock.now (CLOCK_MONOTONIC), a
    # Time, or nil for never. `direction` is :read, :write or :both. Operations that already wait obey it at once.
    def set_deadline(at, direction = :both)
      at = [Sock.now + (at - Time.now), 0].max if at.is_a?(Time)
      deadline({ read: SOCK_READ, write: SOCK_WRITE, both: SOCK_READ | SOCK_WRITE }.fetch(direction), at)
    end

    def deadline=(at)
      set_deadline(at)
    end

    def read_deadline=(at)
      set_deadline(at, :read)
    end

    def write_deadline=(at)
      set_deadline(at, :write)
    end

    # Attaches a CancelToken, or detaches with nil.
    def cancel_token=(token)
      attach(token)
      token&.attached(self)
    end

    # Receives exactly `length` bytes, under one limit. Raises EndOfStream if the stream ends before; every exception
    # has `partial`, the bytes that came, which are not lost: they stay for the next read.
    def recv_exact(length)
      raise ArgumentError, "negative length #{length} given" if length.negative?

      reclaim
      fill_to(length, true) || Library.fail(SOCK_EEOF, nil)
      buffer.slice!(0, length)
    rescue Error => error
      error.instance_variable_set(:@partial, buffer.dup)
      raise
    end

    # Sends a file (an IO or a path) from `offset`, or from its position: all of it or `count` bytes, without a copy
    # through the program. Returns how many bytes went; the position of the file is after them.
    def send_file(file, offset: nil, count: nil)
      return File.open(file, "rb") { |io| send_file(io, offset: offset || 0, count: count) } if file.is_a?(String)

      io = file.to_io
      send_file_from(io.fileno, offset || io.pos, count || -1)
    end

    # Moves bytes to another socket until the end of the stream, or `count` of them. Returns how many.
    def splice(other, count: nil) = splice_to(other, count || -1)

    # Relays between two sockets in both directions until both have ended; Sock::TimeoutError after `idle` seconds
    # without a byte. Returns how many bytes went to `other`, and how many came from it.
    def relay(other, idle: nil) = relay_with(other, idle)

    # Waits until the socket is readable or writable. Returns self, or nil when `timeout` seconds have passed.
    def wait_readable(timeout = nil) = pending_bytes.positive? || wait_ready(SOCK_READ, timeout) ? self : nil
    def wait_writable(timeout = nil) = wait_ready(SOCK_WRITE, timeout) ? self : nil

    def recv_nonblock(maxlen, flags = 0, into = nil, exception: true)
      recv_once(maxlen, flags || 0, into, false) || would_block(:wait_readable, "recvfrom(2) would block", exception)
    end

    # An IO of the same descriptor, for IO.select and the like; the socket's close closes it too. It holds the buffer
    # meanwhile, so IO.select sees what is in there.
    def to_io
      Library.fail(-Errno::EBADF::Errno, nil) if closed?

      io = lent_io || (self.lent_io = IO.for_fd(fileno, "r+b", autoclose: false).tap { |made| made.sync = true })
      unless buffer.empty?
        io.ungetbyte(buffer.slice!(0, buffer.bytesize))
        @lent = true
      end
      io
    end

    # The address that reaches this socket from this machine: the loopback address for the wildcard.
    def connect_address
      address = local_address
      raise ::SocketError, "unnamed local socket" if address.unix? && local.path.empty?
      return address unless address.ip?
      raise ::SocketError, "unbound socket" if address.ip_port.zero?

      loopback = { "0.0.0.0" => "127.0.0.1", "::" => "::1" }[address.ip_address]
      loopback ? addrinfo(Packed.ip(loopback, address.ip_port, 0, 0)) : address
    end

    def local_address = addrinfo(getsockname)
    def remote_address = addrinfo(getpeername)

    # The same for addresses of every family.
    def local = Address.new(getsockname)
    def peer = Address.new(getpeername)

    # Returns a ::Socket::Option.
    def getsockopt(level, name)
      level = Names.level(level, family)
      name = Names.option(level, name)
      ::Socket::Option.new(family, level, name, get_option(level, name, 256))
    end

    # setsockopt(level, name, value) with an Integer, true, false or a packed String; or with a ::Socket::Option.
    def setsockopt(level, name = (only = true), value = (short = true))
      return set_option(level.level, level.optname, level.data) if only
      raise ArgumentError, "wrong number of arguments (given 2, expected 3)" if short
      raise TypeError, "no implicit conversion from nil to integer" if value.nil?

      level = Names.level(level, family)
      value = { true => 1, false => 0 }.fetch(value, value)
      value = String.try_convert(value) || [value.to_int].pack("i")
      set_option(level, Names.option(level, name), value)
    end

    # Ends one or both halves of the connection: :RD, :WR or :RDWR.
    def shutdown(how = SHUT_RDWR)
      how = Names.shutdown(how)
      raise ArgumentError, "`how' should be either :SHUT_RD, :SHUT_WR, :SHUT_RDWR" unless (0..2).cover?(how)

      shut(how)
    end

    def close_read
      shut_half(SHUT_RD, :@no_read)
    end

    def close_write
      shut_half(SHUT_WR, :@no_write)
    end

    # [user, group] of the process at the other end of an AF_UNIX connection.
    def getpeereid = peer_credentials.drop(1)

    # The rest of IO that concerns the descriptor. Its O_NONBLOCK does not change how the socket's own calls wait.
    extend Forwardable
    def_delegators :to_io, :stat, :fcntl, :ioctl, :close_on_exec?, :close_on_exec=, :nonblock?, :nonblock=

    alias to_i fileno

    def inspect
      return "#<#{self.class}:(closed)>" if closed?

      "#<#{self.class}:fd #{fileno}#{description}>"
    end

    private

    def description = ", #{local}"

    def addrinfo(packed)
      packed = [family].pack("S") if packed.empty?
      Addrinfo.new(packed, family, socktype, 0)
    end

    # The address of a sender or peer; the empty one (a connected stream) is AF_UNSPEC, as in Ruby's library.
    def sender(packed)
      packed.empty? ? Addrinfo.new([AF_UNSPEC].pack("S"), AF_UNSPEC, socktype, 0) : addrinfo(packed)
    end

    def shut_half(how, mark)
      Library.fail(-Errno::EBADF::Errno, nil) if closed?
      return if instance_variable_defined?(mark)

      instance_variable_set(mark, true)
      if instance_variable_defined?(how == SHUT_RD ? :@no_write : :@no_read)
        close
      else
        shut(how)
      end
      nil
    rescue Errno::ENOTCONN
      nil
    end

    # Takes back what to_io has lent.
    def reclaim
      Library.fail(-Errno::EBADF::Errno, nil) if closed?
      raise IOError, "not opened for reading" if @no_read
      return unless @lent

      @lent = false
      back = lent_io.read_nonblock(1 << 20, exception: false)
      buffer.prepend(back) if back.is_a?(String)
    end
  end
end

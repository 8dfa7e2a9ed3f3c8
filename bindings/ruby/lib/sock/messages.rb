# frozen_string_literal: true

module Sock
  # Messages with control data, and descriptors.
  class BasicSocket
    # Sends data with control messages: ::Socket::AncillaryData, or [level, type, data].
    def sendmsg(data, flags = 0, destination = nil, *controls)
      sendmsg_once(data, flags || 0, destination, control_items(controls), true)
    end

    def sendmsg_nonblock(data, flags = 0, destination = nil, *controls, exception: true)
      sendmsg_once(data, flags || 0, destination, control_items(controls), false) ||
        would_block(:wait_writable, "sendmsg(2) would block", exception)
    end

    # Returns [data, Addrinfo of the sender, flags, *AncillaryData]. Descriptors that came are closed unless
    # `scm_rights` is true; then `unix_rights` of the control message has them as IO objects.
    def recvmsg(maxlen = nil, flags = 0, control = nil, scm_rights: false)
      message(recvmsg_once(*message_arguments(maxlen, flags, control), true, scm_rights))
    end

    def recvmsg_nonblock(maxlen = nil, flags = 0, control = nil, scm_rights: false, exception: true)
      came = recvmsg_once(*message_arguments(maxlen, flags, control), false, scm_rights)
      came ? message(came) : would_block(:wait_readable, "recvmsg(2) would block", exception)
    end

    # Sends descriptors (IO objects, sockets or numbers) with some bytes, over AF_UNIX.
    def send_fds(data, files)
      numbers = files.map { |file| file.respond_to?(:fileno) ? file.fileno : file }
      sendmsg_once(data, 0, nil, [[SOL_SOCKET, SCM_RIGHTS, numbers.pack("i*")]], true)
    end

    # Receives bytes and up to `count` descriptors, as IO objects that close them. Returns [data, ios].
    def recv_fds(maxlen, count)
      data, _, _, _, numbers = recvmsg_once(maxlen, 0, Sock.control_space(count), true, true)
      [data, numbers.map { |fd| IO.for_fd(fd) }]
    end

    private

    def control_items(controls)
      controls.map do |control|
        level, type, data =
          control.respond_to?(:cmsg_is?) ? [control.level, control.type, control.data] : control.to_ary
        level = Names.level(level, family)
        [level, Names.control(level, type), data.to_str]
      end
    end

    def message_arguments(maxlen, flags, control)
      [maxlen || largest_datagram, flags || 0, control || Sock.control_space(253)]
    end

    def largest_datagram = socktype == SOCK_STREAM ? 16_384 : 65_536

    def message((data, from, flags, items, numbers))
      ios = numbers.map { |fd| IO.for_fd(fd) }
      controls = items.map do |level, type, bytes|
        control = ::Socket::AncillaryData.new(family, level, type, bytes)
        take_rights(control, ios.shift(bytes.bytesize / 4)) if level == SOL_SOCKET && type == SCM_RIGHTS
        control
      end
      [data, sender(from), flags, *controls]
    end

    # AncillaryData has no way to set what its unix_rights returns.
    def take_rights(control, ios)
      control.define_singleton_method(:unix_rights) { ios }
    end
  end
end

# frozen_string_literal: true

module Sock
  # A received datagram of a batch. `segment` is the size of the datagrams that came together (0: one), `flags` the
  # kernel's MSG_* flags, `length` the true length, which with MSG_TRUNC exceeds that of `data`.
  Datagram = Struct.new(:data, :address, :segment, :flags, :length) do
    def truncated? = flags.anybits?(Constants::MSG_TRUNC)
  end

  # Many datagrams in few system calls.
  class BasicSocket
    # Sends datagrams: Strings, [data, address, segment] whose end may be left out, or received Datagrams. All are sent,
    # under one limit. Returns how many went; an exception has `sent`. Data longer than its `segment` is cut into
    # datagrams of that size.
    def send_many(datagrams, to: nil, segment: 0, flags: 0, outcomes: [])
      entries = datagrams.map do |each|
        data, address, size = each.is_a?(String) ? [each] : each.to_a
        [data, (address || to)&.then { |at| at.respond_to?(:to_sockaddr) ? at.to_sockaddr : at }, size || segment]
      end
      send_batch(entries, flags, outcomes)
    end

    # Waits for the first datagram and takes those that are there, at most `count`, each of up to `size` bytes. With
    # `gro = true`, one of 65,535 bytes has room for all that come together.
    def recv_many(count, size, flags: 0)
      recv_batch(count, size, flags).map { |data, address, *rest| Datagram.new(data, Address.new(address), *rest) }
    end
  end
end

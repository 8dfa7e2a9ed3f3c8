# frozen_string_literal: true

module Sock
  # An address of any family. Where Ruby's library has an Addrinfo, the sockets return one of those; an Address is for
  # the other families, and for the text form that every address has (sock.h, "Addresses" and "Families"):
  #
  #   Sock::Address.vsock(cid: 3, port: 1024).to_s            # => "vsock:3:1024"
  #   Sock::Address.parse("[fe80::1%eth0]:80").port           # => 80
  #
  # Every method that takes an address takes an Address, an Addrinfo, or a packed String.
  class Address
    # The native address: a `struct sockaddr` as a String.
    attr_reader :to_sockaddr

    # Wraps a packed String, an Addrinfo or an Address.
    def self.of(address) = address.is_a?(self) ? address : new(address)

    def initialize(packed)
      @to_sockaddr = (packed.respond_to?(:to_sockaddr) ? packed.to_sockaddr : packed).b.freeze
      @text = Packed.format(@to_sockaddr).freeze
    end

    class << self
      # The address of a text form; looks up no names.
      def parse(text) = new(Packed.parse(text))

      # An IPv4 or IPv6 address of a numeric host, with its zone ("fe80::1%eth0").
      def ip(host, port, flowinfo: 0, scope_id: 0) = new(Packed.ip(host, Integer(port), flowinfo, scope_id))

      # A path, or with a leading NUL an abstract name.
      def unix(path) = new(Packed.unix(path))

      def netlink(pid: 0, groups: 0) = form("netlink", pid, groups)

      def packet(interface: "", protocol: 0, type: 0, hatype: 0, hwaddr: "")
        form("packet", interface, protocol, type, hatype, *hwaddr.bytes.map { |byte| format("%02x", byte) })
      end

      def can(interface: "") = form("can", interface)
      def isotp(interface:, rx_id:, tx_id:) = form("can", interface, "isotp", rx_id, tx_id)
      def j1939(interface:, name: 0, pgn: 0x40000, address: 255) = form("can", interface, "j1939", name, pgn, address)
      def tipc_name(type:, instance:, domain: 0) = form("tipc", "name", type, instance, *(domain unless domain.zero?))
      def tipc_range(type:, lower:, upper:) = form("tipc", "range", type, lower, upper)
      def tipc_id(node:, reference:) = form("tipc", "id", node, reference)
      def l2cap(bdaddr, psm:, cid: 0, type: 0) = form("l2cap", bdaddr, psm, cid, type)
      def rfcomm(bdaddr, channel:) = form("rfcomm", bdaddr, channel)
      def hci(device, channel: 0) = form("hci", device, channel)
      def sco(bdaddr) = form("sco", bdaddr)
      def alg(type, name, feat: 0, mask: 0) = form("alg", type, name, feat, mask)
      def vsock(cid:, port:, flags: 0) = form("vsock", cid, port, *(flags unless flags.zero?))
      def qipcrtr(node:, port:) = form("qipcrtr", node, port)

      private

      def form(*fields) = parse(fields.join(":"))
    end

    # The text form, which `parse` reads back.
    def to_s = @text
    def inspect = "#<#{self.class} #{@text}>"

    def family = @to_sockaddr.empty? ? Constants::AF_UNSPEC : @to_sockaddr.unpack1("S")
    def ip? = [Constants::AF_INET, Constants::AF_INET6].include?(family)
    def unix? = family == Constants::AF_UNIX
    def host = Packed.ip_fields(@to_sockaddr)[0]
    def port = Packed.ip_fields(@to_sockaddr)[1]
    def flowinfo = Packed.ip_fields(@to_sockaddr)[2]
    def scope_id = Packed.ip_fields(@to_sockaddr)[3]
    def path = Packed.unix_path(@to_sockaddr)

    # The same as Ruby's own value, for IP and AF_UNIX.
    def to_addrinfo(socktype = 0, protocol = 0) = ::Addrinfo.new(@to_sockaddr, family, socktype, protocol)

    def ==(other) = other.is_a?(Address) && Packed.equal?(@to_sockaddr, other.to_sockaddr)
    alias eql? ==
    def hash = @text.hash
  end
end

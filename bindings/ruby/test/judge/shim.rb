# frozen_string_literal: true

# Puts libsock's classes in the place of Ruby's own, for the tests of Ruby itself. What both share (Addrinfo,
# Socket::Option, Socket::AncillaryData, SocketError) stays Ruby's; Addrinfo then makes sockets of libsock.
require "libsock"

# Ruby's specs make a test for each constant of Socket: those that libsock's table leaves out (SOCK_PACKET, which is
# obsolete, AF_MAX and a few more) keep Ruby's value.
(Socket::Constants.constants - Sock::Constants.constants).each do |name|
  Sock::Socket.const_set(name, Socket::Constants.const_get(name))
end

%i[BasicSocket IPSocket TCPSocket TCPServer UDPSocket UNIXSocket UNIXServer Socket].each do |name|
  Object.__send__(:remove_const, name)
  Object.const_set(name, Sock.const_get(name))
end

# frozen_string_literal: true

# Puts libsock's classes in the place of Ruby's own, for the tests of Ruby itself. What both share (Addrinfo, Socket::Option,
# Socket::AncillaryData, SocketError) stays Ruby's; Addrinfo then makes sockets of libsock.
require "libsock"

%i[BasicSocket IPSocket TCPSocket TCPServer UDPSocket UNIXSocket UNIXServer Socket].each do |name|
  Object.__send__(:remove_const, name)
  Object.const_set(name, Sock.const_get(name))
end

# frozen_string_literal: true

# The second echo client of the Python documentation: on the first address of the host that works, IPv4 or IPv6.
# Sock::TCPSocket.new does all of this in one line, and faster.
#
#     ruby doc_dual_client.rb [PORT]     50007
require "libsock"

def connected(host, port)
  Sock.getaddrinfo(host, port, type: :STREAM).each do |info|
    socket = Sock::Socket.new(info.afamily, info.socktype, info.protocol)
    socket.connect(info)
    return socket
  rescue SystemCallError
    socket&.close
  end
  abort "could not open socket"
end

socket = connected("localhost", Integer(ARGV[0] || 50_007))
socket.send_all("Hello, world")
puts "Received #{socket.recv(1024).inspect}"
socket.close

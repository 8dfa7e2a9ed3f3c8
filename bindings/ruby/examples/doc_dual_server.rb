# frozen_string_literal: true

# The second echo server of the Python documentation: on the first address of this machine that works, IPv4 or IPv6.
# Sock.create_servers does this for all addresses in one line.
#
#     ruby doc_dual_server.rb [PORT]     50007; 0 takes a free one
require "libsock"

def listener(port)
  Sock.getaddrinfo(nil, port, type: :STREAM, flags: Sock::Constants::AI_PASSIVE).each do |info|
    socket = Sock::Socket.new(info.afamily, info.socktype, info.protocol)
    socket.bind(info)
    socket.listen(1)
    return socket
  rescue SystemCallError
    socket&.close
  end
  abort "could not open socket"
end

$stdout.sync = true
server = listener(Integer(ARGV[0] || 50_007))
puts "listening on port #{server.local.port}"
connection, address = server.accept
puts "Connected by #{address.inspect_sockaddr}"
until (data = connection.recv(1024)).empty?
  connection.send(data, 0)
end
[connection, server].each(&:close)

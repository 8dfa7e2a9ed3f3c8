# frozen_string_literal: true

# The echo server of the Python documentation, over IPv4: serves one connection.
#
#     ruby doc_echo_server.rb [PORT]     50007; 0 takes a free one
require "libsock"

$stdout.sync = true
server = Sock::Socket.new(:INET, :STREAM)
server.bind(Sock::Address.ip("", Integer(ARGV[0] || 50_007)))
server.listen(1)
puts "listening on port #{server.local.port}"
connection, address = server.accept
puts "Connected by #{address.inspect_sockaddr}"
until (data = connection.recv(1024)).empty?
  connection.send_all(data)
end
[connection, server].each(&:close)

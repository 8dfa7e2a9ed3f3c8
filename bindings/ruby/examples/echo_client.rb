# frozen_string_literal: true

# A client of echo_server.rb: sends a message and receives it back in pieces.
#
#     ruby echo_client.rb [PORT [MESSAGE]]
require "libsock"

message = ARGV[1] || "This is the message. It will be repeated."
Sock::TCPSocket.open("localhost", Integer(ARGV[0] || 10_000), connect_timeout: 10) do |socket|
  socket.timeout = 10
  socket.send_all(message)
  received = 0
  while received < message.bytesize
    data = socket.recv(16)
    abort "the server closed the connection" if data.empty?
    received += data.bytesize
    puts "received #{data.inspect}"
  end
end

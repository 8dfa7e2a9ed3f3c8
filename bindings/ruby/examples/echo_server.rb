# frozen_string_literal: true

# An echo server: serves three connections one after the other, prints each message and returns it.
#
#     ruby echo_server.rb [PORT]     10000; 0 takes a free one
require "libsock"

def serve(connection)
  loop do
    data = connection.recv(16)
    break puts("no more data") if data.empty?

    puts "received #{data.inspect}"
    connection.send_all(data)
  end
end

$stdout.sync = true
Sock::TCPServer.open("localhost", Integer(ARGV[0] || 10_000)) do |server|
  puts "listening on port #{server.addr[1]}"
  3.times do
    connection = server.accept
    puts "connection from #{connection.peeraddr[3]}"
    serve(connection)
  ensure
    connection&.close
  end
end

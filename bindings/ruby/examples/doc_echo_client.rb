# frozen_string_literal: true

# The echo client of the Python documentation, over IPv4.
#
#     ruby doc_echo_client.rb [PORT]     50007
require "libsock"

socket = Sock::Socket.new(:INET, :STREAM)
socket.connect(Sock::Address.ip("127.0.0.1", Integer(ARGV[0] || 50_007)))
socket.send_all("Hello, world")
puts "Received #{socket.recv(1024).inspect}"
socket.close

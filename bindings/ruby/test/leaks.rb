# frozen_string_literal: true

# 100,000 connections (or as many as the argument says), with the calls that can fail: no descriptor and no memory may
# stay.
require "libsock"
require "timeout"

def resident = File.read("/proc/self/status")[/VmRSS:\s+(\d+)/, 1].to_i
def descriptors = Dir.children("/proc/self/fd").size

LISTENER = Sock::TCPServer.new("127.0.0.1", 0)
PORT = LISTENER.addr[1]

def cycle(number)
  client = Sock::Socket.new(:INET)
  client.setsockopt(:SOCKET, :LINGER, [1, 0].pack("ii")) # no TIME_WAIT, whose ports would run out
  client.connect(LISTENER.local)
  peer = LISTENER.accept
  client.write("line\n")
  raise "lost" unless peer.gets == "line\n"

  peer.timeout = 0
  begin
    peer.recv(1)
  rescue IO::WaitReadable
    nil
  end
  if (number % 10).zero?
    client.to_io
    peer.cancel_token = token = Sock::CancelToken.new
    token.fire
    begin
      peer.recv(1)
    rescue Sock::CanceledError
      token.close
    end
    Sock::Poller.open { |poller| poller.add(client, :in).wait(0) }
  end
  return if (number % 5).zero? # the collector closes these

  peer.close
  client.close
end

count = Integer(ARGV[0] || 100_000)
(count / 10).times { |i| cycle(i) }
GC.start
memory, open = resident, descriptors
count.times { |i| cycle(i) }
GC.start
grown = resident - memory
puts "#{count} cycles: #{descriptors - open} descriptors, #{grown} KiB"
exit(descriptors <= open && grown < 8192)

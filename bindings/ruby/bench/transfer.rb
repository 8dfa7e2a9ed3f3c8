# frozen_string_literal: true

# The time of a 64-byte send and a recv of ready data, and of others, against Ruby's own sockets: both in turn, in one
# run; the median of many rounds.
#
#     transfer.rb [ROUNDS]
require "io/wait"
require "libsock"

ROUNDS = Integer(ARGV[0] || 41)
CALLS = 2000
DATA = ("x" * 64).freeze

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
def median(values) = values.sort[values.size / 2]

def pair(server, client)
  listener = server.new("127.0.0.1", 0)
  one = client.new("127.0.0.1", listener.addr[1])
  other = listener.accept
  [one, other].each { |socket| socket.setsockopt(:TCP, :NODELAY, 1) }
  [one, other]
end

WAYS = {
  "send + recv" => lambda do |one, other|
    CALLS.times do
      one.send(DATA, 0)
      other.recv(64)
    end
  end,
  # Ruby's sockets have no timeout of their own: what net/protocol does instead.
  "send + recv, a limit" => lambda do |one, other|
    if other.is_a?(Sock::BasicSocket)
      other.timeout = 5
      CALLS.times do
        one.send(DATA, 0)
        other.recv(64)
      end
      other.timeout = nil
    else
      CALLS.times do
        one.send(DATA, 0)
        other.wait_readable(5)
        other.recv_nonblock(64)
      end
    end
  end,
  "write + readpartial" => lambda do |one, other|
    CALLS.times do
      one.write(DATA)
      other.readpartial(64)
    end
  end,
  "write + gets" => lambda do |one, other|
    CALLS.times do
      one.write("a line of some length\n")
      other.gets
    end
  end,
  "echo between threads" => lambda do |one, other|
    echo = Thread.new { (CALLS / 10).times { other.send(other.recv(64), 0) } }
    (CALLS / 10).times do
      one.send(DATA, 0)
      one.recv(64)
    end
    echo.join
  end
}.freeze

OURS = pair(Sock::TCPServer, Sock::TCPSocket)
THEIRS = pair(TCPServer, TCPSocket)

puts "64 bytes over TCP on loopback, ns a round: libsock, Ruby, ratio (median of #{ROUNDS} rounds in turn)"
WAYS.each do |name, way|
  GC.start
  times = { OURS => [], THEIRS => [] }
  ROUNDS.times do |round|
    sides = round.even? ? [OURS, THEIRS] : [THEIRS, OURS]
    sides.each do |side|
      from = now
      way.call(*side)
      times[side] << now - from
    end
  end
  calls = name.start_with?("echo") ? CALLS / 10 : CALLS
  ours, theirs = times.values.map { |each| median(each) / calls }
  ratios = times[OURS].zip(times[THEIRS]).map { |one, other| one.fdiv(other) }
  puts format("%-22s %7d %7d   %.3f", name, ours, theirs, median(ratios))
end

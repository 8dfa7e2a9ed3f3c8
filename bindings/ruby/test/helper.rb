# frozen_string_literal: true

require "libsock"
require "minitest/autorun"
require "tempfile"
require "tmpdir"
require "timeout"

# Upper time limits allow for a loaded machine.
SCALE = Integer(ENV.fetch("SOCK_TEST_SCALE", "1"))

class SockTest < Minitest::Test
  def setup
    @open = []
  end

  def teardown
    @open.each(&:close)
  end

  # Closes an object at the end of the test.
  def keep(object)
    @open << object
    object
  end

  def server = keep(Sock::TCPServer.new("127.0.0.1", 0))

  # Two connected TCP sockets: the client's and the server's.
  def tcp_pair
    listener = server
    client = keep(Sock::TCPSocket.new("127.0.0.1", listener.addr[1]))
    [client, keep(listener.accept)]
  end

  def udp_pair
    one, other = Array.new(2) { keep(Sock::UDPSocket.new).tap { |s| s.bind("127.0.0.1", 0) } }
    [one, other, other.getsockname]
  end

  # A thread that blocks in the block: returns once it does.
  def blocked(&block)
    thread = Thread.new do
      Thread.current.report_on_exception = false
      block.call
    end
    sleep 0.001 until thread.stop? || !thread.alive?
    sleep 0.02
    thread
  end

  def elapsed
    from = Sock.now
    yield
    Sock.now - from
  end

  def within(seconds, from = 0, &block)
    took = elapsed(&block)
    assert_operator took, :>=, from
    assert_operator took, :<, seconds * SCALE
  end

  def ipv6!
    skip "the machine has no IPv6" unless Sock::Socket.family?(Sock::Constants::AF_INET6) && ipv6_address?
  end

  def ipv6_address?
    Sock::TCPServer.new("::1", 0).close
    true
  rescue SystemCallError
    false
  end

  def descriptors = Dir.children("/proc/self/fd").size
end

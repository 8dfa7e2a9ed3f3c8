# frozen_string_literal: true

require_relative "helper"

# The cases of bindings/behaviour.md, under their names.
class BehaviourTest < SockTest
  include Sock::Constants

  def echo(client, peer)
    [1, 1 << 20].each do |size|
      data = Random.bytes(size)
      thread = Thread.new { peer.write(peer.read(size)) }
      client.write(data)
      assert_equal data, client.read(size)
      thread.join
    end
  end

  def test_echo_tcp
    echo(*tcp_pair)
  end

  def test_echo_udp
    one, other, at = udp_pair
    ["datagram", ""].each do |data|
      one.send(data, 0, at)
      got, from = other.recvfrom(100)
      assert_equal data, got
      assert_equal one.addr(false).values_at(1, 3), from.values_at(1, 3)
      other.send(got, 0, from[3], from[1])
      assert_equal [data, other.addr(false)[1]], one.recvfrom(100).then { |text, sender| [text, sender[1]] }
    end
  end

  def test_echo_unix
    Dir.mktmpdir do |dir|
      ["#{dir}/echo", "\0sock-ruby\0#{Process.pid}"].each do |path|
        listener = keep(Sock::UNIXServer.new(path))
        client = keep(Sock::UNIXSocket.new(path))
        echo(client, peer = keep(listener.accept))
        assert_equal path.b, client.peeraddr[1]
        assert_equal path.b, peer.path
      end
    end
  end

  def test_echo_ipv6
    ipv6!
    listener = keep(Sock::TCPServer.new("::1", 0))
    client = keep(Sock::TCPSocket.new("::1", listener.addr[1]))
    assert_equal "AF_INET6", client.peeraddr[0]
    echo(client, keep(listener.accept))
  end

  def test_refused
    port = server.then { |s| s.addr[1].tap { s.close } }
    error = assert_raises(Errno::ECONNREFUSED) { Sock::TCPSocket.new("127.0.0.1", port) }
    assert_kind_of Sock::Error, error
    assert_equal [-Errno::ECONNREFUSED::Errno, "ECONNREFUSED"], [error.code, error.error_name]
  end

  def test_end_of_stream
    client, peer = tcp_pair
    peer.close_write
    assert_equal "", client.read
    assert_nil client.read(1)
    assert_raises(EOFError) { client.readpartial(1) }
    client.write("still there")
    assert_equal "still there", peer.recv_exact(11)
  end

  def test_broken_pipe
    client, peer = tcp_pair
    fired = false
    old = trap("PIPE") { fired = true }
    peer.close
    error = assert_raises(Errno::EPIPE, Errno::ECONNRESET) { 1000.times { client.write("x" * 1000) } }
    assert_kind_of Sock::Error, error
    refute fired
  ensure
    trap("PIPE", old) if old
  end

  def test_timeout_read
    client, = tcp_pair
    client.timeout = 0.05
    within(5, 0.05) do
      error = assert_raises(Errno::ETIMEDOUT) { client.read(1) }
      assert_kind_of Sock::TimeoutError, error
      assert_equal "SOCK_ETIMEDOUT", error.error_name
    end
    within(5, 0.05) { assert_raises(Sock::TimeoutError) { client.recv(1) } }
  end

  def test_timeout_keeps_data
    client, peer = tcp_pair
    client.timeout = 0.05
    peer.write("first half, ")
    assert_raises(Sock::TimeoutError) { client.gets }
    peer.write("second half\n")
    client.timeout = nil
    assert_equal "first half, second half\n", client.gets
  end

  def test_deadline_past
    client, peer = tcp_pair
    peer.write("ready")
    client.wait_readable
    client.deadline = 0
    assert_raises(Sock::TimeoutError) { client.recv(5) }
    client.deadline = nil
    assert_equal "ready", client.recv(5)
  end

  def test_deadline_moves_blocked
    client, = tcp_pair
    reader = blocked { client.recv(1) }
    client.deadline = Sock.now + 0.01
    within(5) { assert_raises(Sock::TimeoutError) { reader.value } }
    client.deadline = nil
    reader = blocked { client.recv(1) }
    client.deadline = Time.now
    within(5) { assert_raises(Sock::TimeoutError) { reader.value } }
  end

  def test_deadline_directions
    client, peer = tcp_pair
    client.read_deadline = 0
    client.write("goes")
    assert_raises(Sock::TimeoutError) { client.recv(1) }
    client.read_deadline = nil
    client.write_deadline = 0
    peer.write("comes")
    assert_equal "comes", client.recv(5)
    assert_raises(Sock::TimeoutError) { client.write("stays") }
  end

  def test_cancel_blocked
    client, = tcp_pair
    client.cancel_token = token = keep(Sock::CancelToken.new)
    reader = blocked { client.recv(1) }
    token.fire
    within(5) do
      error = assert_raises(Errno::ECANCELED) { reader.value }
      assert_kind_of Sock::CanceledError, error
    end
  end

  def test_cancel_many
    token = keep(Sock::CancelToken.new)
    clients = Array.new(3) { tcp_pair[0].tap { |client| client.cancel_token = token } }
    readers = clients.map { |client| blocked { client.recv(1) } }
    token.fire
    readers.each { |reader| assert_raises(Sock::CanceledError) { reader.value } }
    clients.each { |client| assert_raises(Sock::CanceledError) { client.write("x") } }
  end

  def test_cancel_before
    client, peer = tcp_pair
    peer.write("ready")
    client.wait_readable
    client.cancel_token = token = keep(Sock::CancelToken.new)
    token.fire
    assert_raises(Sock::CanceledError) { client.recv(5) }
    client.cancel_token = nil
    assert_equal "ready", client.recv(5)
  end

  def test_close_wakes_read
    client, = tcp_pair
    [-> { client.recv(1) }, -> { client.gets }].each do |call|
      reader = blocked(&call)
      client.close
      within(5) do
        error = assert_raises(IOError) { reader.value }
        assert_kind_of Sock::ClosedError, error
        assert_match(/closed/, error.message)
      end
      client, = tcp_pair
    end
  end

  def test_close_wakes_accept
    listener = server
    port = listener.addr[1]
    acceptor = blocked { listener.accept }
    listener.close
    within(5) { assert_match(/closed/, assert_raises(IOError) { acceptor.value }.message) }
    keep(Sock::TCPServer.new("127.0.0.1", port))
  end

  def test_close_twice
    client, = tcp_pair
    client.close
    assert_nil client.close
    assert_predicate client, :closed?
    [-> { client.recv(1) }, -> { client.write("x") }, -> { client.gets }, -> { client.fileno }, -> { client.addr },
     -> { client.to_io }, -> { client.shutdown }, -> { client.deadline = 1 }].each do |call|
      assert_kind_of Sock::ClosedError, assert_raises(IOError, &call)
    end
  end

  def test_no_stranger
    client, = tcp_pair
    number = client.fileno
    io = client.to_io
    client.close
    strangers = Array.new(20) { Sock::UNIXSocket.pair.each { |socket| keep(socket) } }.flatten
    strangers.each { |socket| socket.write("secret") }
    assert(strangers.any? { |socket| socket.fileno == number })
    assert_raises(IOError) { client.recv(6) }
    assert_raises(IOError) { io.read_nonblock(6) }
  end

  def test_connect_by_name
    listener = server
    client = keep(Sock::TCPSocket.new("localhost", listener.addr[1]))
    assert_equal listener.addr[1], client.peeraddr[1]
    keep(listener.accept)
    client = keep(Sock::TCPSocket.new("localhost", listener.addr[1].to_s))
    keep(listener.accept).write("hello\n")
    assert_equal "hello\n", client.gets
    assert_equal 80, Sock.getaddrinfo("127.0.0.1", "http")[0].ip_port
  end

  def test_connect_attempts
    listener = server # on 127.0.0.1 only: ::1 refuses, where localhost has it
    port = listener.addr[1]
    client = keep(Sock.create_connection("localhost", port, attempts: attempts = []))
    assert_equal "127.0.0.1", client.peeraddr[3]
    winner, others = attempts.partition(&:connected?)
    assert_equal [["127.0.0.1", 0]], winner.map { |attempt| [attempt.address.host, attempt.code] }
    others.each { |attempt| refute_equal 0, attempt.code }
    listener.close
    error = assert_raises(Errno::ECONNREFUSED) { Sock.create_connection("127.0.0.1", port) }
    assert_equal ["ECONNREFUSED"], error.attempts.map(&:error_name)
    assert_operator error.attempts[0].ended, :>=, error.attempts[0].started
  end

  def test_connect_deadline
    listener = keep(Sock::Socket.new(:INET, :STREAM))
    listener.bind(Sock::Address.ip("127.0.0.1", 0))
    listener.listen(0)
    at = listener.local
    # A full backlog does not answer.
    fill = Array.new(8) { keep(Sock::Socket.new(:INET)).tap { |s| s.connect_nonblock(at, exception: false) } }
    sleep 0.05
    refute_empty fill
    within(5, 0.2) do
      error = assert_raises(Sock::TimeoutError) { Sock.create_connection("127.0.0.1", at.port, timeout: 0.2) }
      assert_equal 1, error.attempts.size
    end
  end

  def test_lookup_numeric
    assert_equal ["192.0.2.1", 80], Sock.getaddrinfo("192.0.2.1", 80)[0].then { |a| [a.ip_address, a.ip_port] }
    assert_equal ["::1", 443], Sock.getaddrinfo("::1", "443")[0].then { |a| [a.ip_address, a.ip_port] }
    assert_equal %w[192.0.2.1 80],
                 Sock.getnameinfo(Sock::Address.ip("192.0.2.1", 80), NI_NUMERICHOST | NI_NUMERICSERV)
  end

  def test_lookup_unknown
    error = assert_raises(SocketError) { Sock::TCPSocket.new("unknown.invalid", 80) }
    assert_kind_of Sock::ResolverError, error
    assert_match(/\AEAI_/, error.error_name)
  end

  def test_recv_exact
    client, peer = tcp_pair
    writer = Thread.new { %w[in three parts].each { |part| peer.write(part) && sleep(0.02) } }
    assert_equal "inthreeparts", client.recv_exact(12)
    writer.join
    peer.write("short")
    peer.close
    error = assert_raises(EOFError) { client.recv_exact(12) }
    assert_kind_of Sock::EndOfStream, error
    assert_equal "short", error.partial
    assert_equal "short", client.read
  end

  def test_send_all
    client, peer = tcp_pair
    data = Random.bytes(8 << 20)
    client.timeout = 60 * SCALE
    got = "".b
    reader = Thread.new { got << peer.recv(65_536) && (sleep 0.001) while got.bytesize < data.bytesize }
    assert_equal data.bytesize, client.send_all(data)
    reader.join
    assert_equal data, got
    client.timeout = 0.05
    error = assert_raises(Sock::TimeoutError) { client.send_all(data) }
    assert_operator error.sent, :>, 0
    assert_operator error.sent, :<, data.bytesize
  end

  def test_pass_descriptors
    one, other = Sock::UNIXSocket.pair.each { |socket| keep(socket) }
    reader, writer = IO.pipe
    one.send_fds("two", [reader, writer])
    data, ios = other.recv_fds(10, 5)
    assert_equal "two", data
    assert_equal [true, true], ios.map(&:close_on_exec?)
    ios[1].write("through")
    ios[1].close
    writer.close
    assert_equal "through", ios[0].read
    [reader, ios[0]].each(&:close)
    one.send_io($stdout)
    assert_instance_of IO, keep(other.recv_io)
  end

  def test_batch_echo
    one, other, at = udp_pair
    sent = ["first", "", "x" * 1000, "last"]
    assert_equal 4, one.send_many(sent, to: at)
    got = []
    got.concat(other.recv_many(8, 2000)) while got.size < 4
    assert_equal sent, got.map(&:data)
    assert_equal [one.addr[1]], got.map { |each| each.address.port }.uniq
    other.send_many(got)
    back = []
    back.concat(one.recv_many(8, 2000)) while back.size < 4
    assert_equal sent, back.map(&:data)
  end

  def test_batch_waits_for_first
    one, other, at = udp_pair
    receiver = blocked { other.recv_many(8, 100) }
    assert_predicate receiver, :alive?
    one.send_many(["only"], to: at)
    assert_equal ["only"], receiver.value.map(&:data)
  end

  def test_batch_segments
    one, other, at = udp_pair
    assert_equal 1, one.send_many(["x" * 4500], to: at, segment: 1000)
    got = []
    got.concat(other.recv_many(8, 2000)) while got.sum { |each| each.data.bytesize } < 4500
    assert_equal [1000] * 4 + [500], got.map { |each| each.data.bytesize }
    begin
      other.gro = true
    rescue Errno::ENOPROTOOPT, Errno::EOPNOTSUPP
      skip "the kernel has no UDP_GRO"
    end
    one.send_many(["y" * 4500], to: at, segment: 1000)
    joined = []
    joined.concat(other.recv_many(8, 65_535)) while joined.sum { |each| each.data.bytesize } < 4500
    assert_equal 1000, joined[0].segment
    other.send_many(joined)
    back = []
    back.concat(one.recv_many(8, 2000)) while back.sum { |each| each.data.bytesize } < 4500
    assert_equal [1000] * 4 + [500], back.map { |each| each.data.bytesize }
  end

  def test_batch_truncated
    one, other, at = udp_pair
    one.send_many(["longer than that"], to: at)
    got = other.recv_many(1, 6)[0]
    assert_equal ["longer", 16, true], [got.data, got.length, got.truncated?]
  end

  def test_batch_at_fault
    one, other, at = udp_pair
    error = assert_raises(Errno::EMSGSIZE) { one.send_many(["fine", "x" * 70_000, "not sent"], to: at) }
    assert_equal 1, error.sent
    assert_equal ["fine"], other.recv_many(8, 100).map(&:data)
    error = assert_raises(Errno::EMSGSIZE) { one.send_many(["x" * 70_000], to: at) }
    assert_equal 0, error.sent
  end

  def test_batch_close
    _, other, = udp_pair
    receiver = blocked { other.recv_many(8, 100) }
    other.close
    within(5) { assert_match(/closed/, assert_raises(IOError) { receiver.value }.message) }
  end

  def test_send_file
    client, peer = tcp_pair
    data = Random.bytes(8 << 20)
    Tempfile.create("sock") do |file|
      file.binmode
      file.write("before", data)
      file.pos = 6
      got = "".b
      reader = Thread.new { got << peer.recv(65_536) && (sleep 0.001) while got.bytesize < data.bytesize }
      assert_equal data.bytesize, client.send_file(file)
      reader.join
      assert_equal data, got
      assert_equal 6 + data.bytesize, file.pos
      assert_equal 3, client.send_file(file, offset: 1, count: 3)
      assert_equal "efo", peer.recv_exact(3)
    end
  end

  def test_options
    client, = tcp_pair
    client.setsockopt(:SOCKET, :REUSEADDR, true)
    assert client.getsockopt(:SOCKET, :REUSEADDR).bool
    client.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    assert_equal 1, client.getsockopt("TCP", "NODELAY").int
    client.setsockopt(:SOCKET, :SNDBUF, 20_000)
    assert_equal 40_000, client.getsockopt(SOL_SOCKET, SO_SNDBUF).int
    client.setsockopt(::Socket::Option.bool(:INET, :SOCKET, :KEEPALIVE, true))
    assert client.getsockopt(:SOCKET, :KEEPALIVE).bool
  end

  def test_option_unknown
    client, = tcp_pair
    assert_raises(Errno::ENOPROTOOPT) { client.getsockopt(SOL_SOCKET, 9999) }
    assert_raises(Errno::ENOPROTOOPT) { client.setsockopt(SOL_SOCKET, 9999, 1) }
  end

  def test_bad_port
    [-1, 65_536].each do |port|
      assert_raises(Sock::Error) { Sock::TCPSocket.new("127.0.0.1", port) }
      assert_raises(Sock::Error) { keep(Sock::UDPSocket.new).send("x", 0, "127.0.0.1", port) }
      assert_raises(Sock::Error) { Sock::Address.ip("127.0.0.1", port) }
    end
  end

  def test_bad_nul
    assert_raises(ArgumentError) { Sock::TCPSocket.new("local\0host", 80) }
    assert_raises(ArgumentError) { Sock::UNIXSocket.new("/tmp/a\0b") }
    assert_raises(ArgumentError) { Sock.getaddrinfo("127.0.0.1", "8\0") }
  end

  def test_constants
    names = Sock::Constants.constants
    assert_operator names.size, :>, 500
    names.each { |name| assert_equal Sock.constant(name.name), Sock::Constants.const_get(name), name }
    common = names & ::Socket::Constants.constants
    assert_operator common.size, :>, 200
    # EAI_* and SOCK_* of libsock aside, Ruby has the same numbers.
    common.each { |name| assert_equal ::Socket.const_get(name), Sock::Constants.const_get(name), name }
  end

  def test_no_leak
    GC.start
    listener = server
    before = descriptors
    1000.times do
      client = Sock::TCPSocket.new("127.0.0.1", listener.addr[1])
      peer = listener.accept
      client.write("x")
      assert_equal "x", peer.recv(1)
      [client, peer].each(&:close)
    end
    assert_equal before, descriptors
  end
end

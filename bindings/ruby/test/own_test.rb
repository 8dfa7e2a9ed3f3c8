# frozen_string_literal: true

require_relative "helper"

# What only Ruby has: Timeout, Thread#raise, signals, IO.select, the methods of IO, and the garbage collector.
class OwnTest < SockTest
  include Sock::Constants

  def test_timeout_block
    client, peer = tcp_pair
    within(5, 0.05) { assert_raises(Timeout::Error) { Timeout.timeout(0.05) { client.read(1) } } }
    listener = server
    within(5, 0.05) { assert_raises(Timeout::Error) { Timeout.timeout(0.05) { listener.accept } } }
    peer.write("nothing is lost")
    assert_equal "nothing is lost", client.recv_exact(15)
  end

  class Storm < StandardError; end

  # Exceptions that are let through only in waits lose no byte: nothing is received there.
  def test_storm_of_exceptions_loses_nothing
    client, peer = tcp_pair
    sent = Random.bytes(200_000)
    writer = Thread.new do
      0.step(sent.size - 1, 500) { |at| peer.write(sent.byteslice(at, 500)) && sleep(0.0002) }
      peer.close
    end
    got = "".b
    storms = 0
    started = ended = false
    reader = Thread.new do
      Thread.handle_interrupt(Storm => :on_blocking) do
        started = true
        loop { got << client.readpartial(1000) }
      rescue Storm
        storms += 1
        retry
      rescue EOFError
        ended = true
      end
    rescue Storm
      nil # one that came after the end
    end
    sleep 0.001 until started
    until ended
      sleep 0.0005
      reader.raise(Storm)
    end
    [reader, writer].each(&:join)
    assert(sent == got, "#{got.size} bytes of #{sent.size}")
    assert_operator storms, :>, 10
  end

  def test_file_goes_out_while_data_comes_in
    client, peer = tcp_pair
    Tempfile.create("sock") do |file|
      file.write("x" * (8 << 20))
      file.rewind
      sender = blocked { client.send_file(file) } # until the peer reads
      reader = blocked { client.recv(10) }
      peer.write("meanwhile")
      within(5) { assert_equal "meanwhile", reader.value }
      assert_equal 8 << 20, peer.recv_exact(8 << 20).bytesize
      assert_equal 8 << 20, sender.value
      sender = blocked { client.send_file(file, offset: 0) }
      within(5) { sender.kill.join }
    end
  end

  def test_exact_and_plain_receives_mix
    client, peer = tcp_pair
    peer.write("exact, plain, all")
    assert_equal "exact, ", client.recv_exact(7)
    assert_equal "plain, ", client.recv(7)
    client.timeout = 0.05
    assert_raises(Sock::TimeoutError) { client.recv(6, MSG_WAITALL) }
    peer.write("!!!")
    assert_equal "all!!!", client.read(6)
    peer.write("to the end")
    peer.close
    assert_equal "to the end", client.recv(100, MSG_WAITALL)
  end

  def test_one_limit_for_all_of_a_line
    client, peer = tcp_pair
    writer = Thread.new { 200.times { peer.write("x") && sleep(0.02) } }
    client.timeout = 0.2
    calls = [-> { client.gets }, -> { client.gets(";") }, -> { client.read(1000) }, -> { client.recv_exact(1000) }]
    calls.each do |call|
      within(2, 0.2) { assert_raises(Sock::TimeoutError, &call) }
    end
    writer.kill.join
    assert_operator client.pending_bytes, :>, 4
  end

  def test_thread_raise_and_kill
    client, = tcp_pair
    reader = blocked { client.recv(1) }
    reader.raise("enough")
    within(5) { assert_equal "enough", assert_raises(RuntimeError) { reader.value }.message }
    reader = blocked { client.recv(1) }
    reader.kill
    within(5) { assert_nil reader.value }
    sender = blocked { client.write("x" * (64 << 20)) }
    sender.kill
    within(5) { sender.join }
  end

  def test_signal_runs_and_wait_keeps_its_limit
    client, = tcp_pair
    handled = 0
    old = trap("USR1") { handled += 1 }
    sender = Thread.new { 5.times { sleep 0.02 and Process.kill("USR1", Process.pid) } }
    client.timeout = 0.3
    within(5, 0.3) { assert_raises(Sock::TimeoutError) { client.recv(1) } }
    sender.join
    assert_operator handled, :>, 0
    trap("USR1") { raise "from the handler" }
    sender = Thread.new { sleep 0.05 and Process.kill("USR1", Process.pid) }
    client.timeout = nil
    assert_equal "from the handler", assert_raises(RuntimeError) { client.recv(1) }.message
    sender.join
  ensure
    trap("USR1", old || "DEFAULT")
  end

  def test_others_run_meanwhile
    client, = tcp_pair
    reader = blocked { client.recv(1) }
    count = 0
    within(20) { 100_000.times { count += 1 } }
    assert_equal 100_000, count
    client.close
    assert_raises(IOError) { reader.value }
  end

  def test_select
    client, peer = tcp_pair
    assert_nil IO.select([client], nil, nil, 0.01)
    assert_equal [[], [client], []], IO.select([client], [client], nil, 1)
    peer.write("two\nlines\n")
    assert_equal [[client], [], []], IO.select([client], nil, nil, 5)
    assert_equal "two\n", client.gets
    assert_equal [[client], [], []], IO.select([client], nil, nil, 0) # the second line is in the buffer
    assert_equal "lines\n", client.gets
    assert_nil IO.select([client], nil, nil, 0.01)
  end

  def test_reading
    client, peer = tcp_pair
    peer.write("one\ntwo\n\n\nthree;four\xE2\x82\xAC!five\nlast")
    peer.close_write
    assert_equal "one\n", client.gets
    assert_equal 1, client.lineno
    assert_equal "two", client.gets("", chomp: true)
    assert_equal "three;", client.gets(";")
    assert_equal "fo", client.gets(2)
    assert_equal "u", client.getc
    client.ungetc("u")
    assert_equal "u".ord, client.readbyte
    assert_equal "r", client.readchar
    client.set_encoding("UTF-8")
    assert_equal "€", client.gets(1)
    assert_equal "!five\n", client.readline
    assert_equal ["last"], client.each_line.to_a
    assert_nil client.gets
    assert_raises(EOFError) { client.readline }
    assert_predicate client, :eof?
  end

  def test_writing
    client, peer = tcp_pair
    client << "a" << 1
    client.print("b", 2)
    client.puts("c", %w[d e])
    client.printf("%03d", 7)
    client.putc("xyz")
    assert_equal 4, client.write("12", 34)
    client.close
    assert_equal "a1b2c\nd\ne\n007x1234", peer.read
  end

  def test_nonblocking
    client, peer = tcp_pair
    assert_equal :wait_readable, client.read_nonblock(5, exception: false)
    assert_raises(IO::WaitReadable) { client.recv_nonblock(5) }
    assert_raises(IO::WaitWritable) { loop { client.write_nonblock("x" * 100_000) } }
    assert_equal :wait_writable, client.write_nonblock("x" * 100_000, exception: false)
    peer.write("there")
    client.wait_readable
    assert_equal "there", client.read_nonblock(10)
    client.timeout = 0
    assert_raises(IO::WaitReadable) { client.recv(1) }
    assert_raises(IO::WaitReadable) { server.accept_nonblock }
  end

  def test_copy_stream_and_children
    client, peer = tcp_pair
    peer.write("through a child")
    peer.close_write
    reader, writer = IO.pipe
    pid = spawn("cat", in: client, out: writer)
    writer.close
    Process.wait(pid)
    assert_equal "through a child", reader.read
    reader.close
    IO.copy_stream(StringIO.new("copied"), client)
    client.close
    assert_equal "copied", peer.read
  end

  def test_splice_and_relay
    one, two = Sock::UNIXSocket.pair.each { |socket| keep(socket) }
    three, four = Sock::UNIXSocket.pair.each { |socket| keep(socket) }
    one.write("x" * 5)
    assert_equal 5, two.splice(three, count: 5)
    assert_equal "xxxxx", four.recv_exact(5)
    relay = Thread.new { two.relay(three) }
    one.write("there")
    assert_equal "there", four.recv_exact(5)
    four.write("and back")
    assert_equal "and back", one.recv_exact(8)
    [one, four].each(&:close_write)
    assert_equal [5, 8], relay.value
    within(5, 0.05) { assert_raises(Sock::TimeoutError) { tcp_pair[0].relay(tcp_pair[0], idle: 0.05) } }
    relay = blocked { tcp_pair[0].relay(tcp_pair[0]) }
    relay.kill
    within(5) { relay.join }
  end

  def test_addresses
    {
      "192.0.2.1:80" => Sock::Address.ip("192.0.2.1", 80),
      "[2001:db8::1]:80" => Sock::Address.ip("2001:db8::1", 80),
      "unix:/run/x" => Sock::Address.unix("/run/x"),
      "unix:@name" => Sock::Address.unix("\0name"),
      "netlink:4711" => Sock::Address.netlink(pid: 4711),
      "packet::0x3" => nil,
      "can:" => Sock::Address.can,
      "tipc:name:1000:1" => Sock::Address.tipc_name(type: 1000, instance: 1),
      "tipc:range:1000:0:99" => Sock::Address.tipc_range(type: 1000, lower: 0, upper: 99),
      "tipc:id:16781313:4242" => Sock::Address.tipc_id(node: 16_781_313, reference: 4242),
      "l2cap:00:1A:7D:DA:71:13:4097" => Sock::Address.l2cap("00:1A:7D:DA:71:13", psm: 4097),
      "rfcomm:00:1A:7D:DA:71:13:1" => Sock::Address.rfcomm("00:1A:7D:DA:71:13", channel: 1),
      "hci:0" => Sock::Address.hci(0),
      "sco:00:1A:7D:DA:71:13" => Sock::Address.sco("00:1A:7D:DA:71:13"),
      "alg:skcipher:cbc(aes)" => Sock::Address.alg("skcipher", "cbc(aes)"),
      "vsock:3:1024" => Sock::Address.vsock(cid: 3, port: 1024),
      "qipcrtr:1:4" => Sock::Address.qipcrtr(node: 1, port: 4)
    }.compact.each do |text, address|
      assert_equal text, address.to_s
      assert_equal address, Sock::Address.parse(text)
      assert_equal address.hash, Sock::Address.parse(text).hash
    end
    assert_match(/\Apacket:lo:/, Sock::Address.packet(interface: "lo", protocol: 3, hwaddr: "\1\2").to_s)
    assert_match(/\Acan:lo:isotp/, Sock::Address.isotp(interface: "lo", rx_id: 0x123, tx_id: 0x456).to_s)
    assert_match(/\Acan:lo:j1939/, Sock::Address.j1939(interface: "lo", address: 32).to_s)
    assert_equal Addrinfo.tcp("192.0.2.1", 80).to_sockaddr, Sock::Address.ip("192.0.2.1", 80).to_sockaddr
  end

  def test_servers
    listener = keep(Sock.create_server("127.0.0.1", 0, backlog: 5))
    client = keep(Sock.create_connection("127.0.0.1", listener.addr[1], timeout: 5))
    assert_equal client.addr[1], keep(listener.accept).peeraddr[1]
    both = Sock.create_servers("localhost", 0).each { |socket| keep(socket) }
    assert_equal 1, both.map { |socket| socket.addr[1] }.uniq.size
    ipv6!
    dual = keep(Sock.create_server("::", 0, family: AF_INET6, dualstack: true))
    keep(Sock::TCPSocket.new("127.0.0.1", dual.addr[1]))
    assert_equal "::ffff:127.0.0.1", keep(dual.accept).peeraddr[3]
  end

  def test_connection_is_canceled
    listener = keep(Sock::Socket.new(:INET))
    listener.bind(Sock::Address.ip("127.0.0.1", 0))
    listener.listen(0)
    4.times { keep(Sock::Socket.new(:INET)).connect_nonblock(listener.local, exception: false) }
    sleep 0.05
    token = keep(Sock::CancelToken.new)
    dial = blocked { Sock.create_connection("127.0.0.1", listener.local.port, cancel: token) }
    token.fire
    within(5) { assert_raises(Sock::CanceledError) { dial.value } }
    before = descriptors
    within(5, 0.05) do
      assert_raises(Timeout::Error) { Timeout.timeout(0.05) { Sock::TCPSocket.new("127.0.0.1", listener.local.port) } }
    end
    assert_equal before, descriptors
  end

  def test_errors
    error = assert_raises(Errno::EADDRNOTAVAIL) { Sock::TCPServer.new("192.0.2.1", 0) }
    assert_kind_of Sock::Error, error
    assert_equal Errno::EADDRNOTAVAIL, error.class
    error = assert_raises(Errno::EINVAL) { Sock::Address.ip("127.0.0.1", 70_000) }
    assert_match(/port: 70000 is not within 0 to 65535/, error.message)
    client, = tcp_pair
    client.timeout = 0.001
    assert_equal Errno::ETIMEDOUT, assert_raises(Sock::TimeoutError) { client.recv(1) }.class
    assert_raises(ArgumentError) { client.timeout = -1 }
    assert_raises(TypeError) { client.timeout = "1" }
    assert_raises(IOError) { Sock::Socket.allocate.recv(1) }
  end

  def test_limits_of_a_datagram_to_a_host
    socket = keep(Sock::UDPSocket.new)
    socket.write_deadline = 0
    assert_raises(Sock::TimeoutError) { socket.send("x", 0, "127.0.0.1", 9) }
    socket.write_deadline = nil
    socket.cancel_token = keep(Sock::CancelToken.new).fire
    assert_raises(Sock::CanceledError) { socket.send("x", 0, "127.0.0.1", 9) }
    socket.cancel_token = nil
    error = assert_raises(Errno::EMSGSIZE) { socket.send("x" * 70_000, 0, "127.0.0.1", 9) }
    assert_match(/for "127.0.0.1" port 9/, error.message)
  end

  def test_version
    assert_equal Sock.library_version, Sock::VERSION
  end

  def test_closed_with_a_full_buffer
    client, peer = tcp_pair
    peer.write("one\ntwo\n")
    client.gets
    client.close
    [-> { client.gets }, -> { client.read }, -> { client.readpartial(1) }, -> { client.eof? }].each do |call|
      assert_kind_of Sock::ClosedError, assert_raises(IOError, &call)
    end
  end

  def test_buffered_raises
    client, peer = tcp_pair
    peer.write("line\nrest")
    client.gets
    assert_raises(IOError) { client.recv(1) } if client.pending_bytes.positive?
    assert_equal "rest", client.readpartial(10)
  end

  def test_use_after_close_and_collection
    token = Sock::CancelToken.new
    token.fire
    2.times { assert_nil token.close }
    assert_raises(IOError) { token.fire }
    poller = Sock::Poller.new
    2.times { assert_nil poller.close }
    assert_raises(IOError) { poller.wait(0) }
    before = descriptors
    200.times { Sock::Socket.new(:INET, :DGRAM) }
    GC.start
    assert_operator descriptors, :<, before + 100
  end

  def test_collection_in_the_midst_of_calls
    GC.stress = false
    threads = Array.new(4) do
      Thread.new do
        50.times do
          one, two = Sock::UNIXSocket.pair
          reader = Thread.new { two.recv(10) }
          Thread.pass
          one.write("x" * 10)
          assert_equal "x" * 10, reader.value
          GC.start
        end
      end
    end
    threads.each(&:join)
  end

  def test_race_of_close_and_calls
    200.times do
      one, two = Sock::UNIXSocket.pair
      workers = [-> { one.recv(1) }, -> { one.write("x" * 300_000) }, -> { one.recv_exact(10) }].map do |work|
        Thread.new do
          work.call
        rescue IOError, SystemCallError => error
          error
        end
      end
      one.close
      workers.each { |worker| assert_kind_of Sock::Error, worker.value }
      two.close
    end
  end

  def test_fork
    client, peer = tcp_pair
    child = fork do
      client.write("from the child")
      client.close
      exit!(0)
    end
    Process.wait(child)
    assert_equal "from the child", peer.recv_exact(14)
    client.write("from the parent")
    assert_equal "from the parent", peer.recv_exact(15)
  end

  def test_interfaces
    index, name = Sock.if_nameindex.find { |_, each| each == "lo" }
    assert_equal index, Sock.if_nametoindex(name)
    assert_equal name, Sock.if_indextoname(index)
    assert(Sock.interface_addresses.any? { |each| each[0] == "lo" && each[3]&.ip? && each[3].host == "127.0.0.1" })
  end
end

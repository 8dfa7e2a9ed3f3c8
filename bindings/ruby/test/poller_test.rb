# frozen_string_literal: true

require_relative "helper"

# The cases of bindings/behaviour.md for pollers.
class PollerTest < SockTest
  def poller = keep(Sock::Poller.new)

  def test_poller_ready
    client, peer = tcp_pair
    poll = poller.add(client, :in, data: "client")
    assert_empty poll.wait(0)
    peer.write("x")
    event, = poll.wait(5)
    assert_equal ["client", true, false], [event.data, event.readable?, event.closed?]
    poll.modify(client, :in, :out, data: "new")
    event, = poll.wait(5)
    assert_equal ["new", true], [event.data, event.writable?]
    assert_raises(Errno::EEXIST) { poll.add(client, :in) }
    poll.remove(client)
    assert_empty poll.wait(0)
    assert_raises(Errno::ENOENT) { poll.remove(client) }
  end

  def test_poller_once
    client, peer = tcp_pair
    poll = poller.add(client, :in, :edge)
    peer.write("x")
    assert_equal 1, poll.wait(5).size
    assert_empty poll.wait(0)
    poll.modify(client, :in, :oneshot)
    assert_equal 1, poll.wait(5).size
    assert_empty poll.wait(0)
    poll.modify(client, :in, :oneshot)
    assert_equal 1, poll.wait(5).size
  end

  def test_poller_close
    client, = tcp_pair
    twin = keep(client.dup)
    poll = poller.add(client, :in, data: "gone")
    waiter = blocked { poll.wait }
    client.close
    events = waiter.value
    assert_equal [["gone", true]], events.map { |event| [event.data, event.closed?] }
    assert_empty poll.wait(0.05)
    refute_predicate twin, :closed?
  end

  def test_poller_races
    poll = poller
    sockets = Array.new(40) { Sock::UDPSocket.new.tap { |socket| poll.add(socket, :in) } }
    ended = Queue.new
    waiters = Array.new(3) do
      Thread.new do
        loop { poll.wait.each { |event| ended << event.data if event.closed? } }
      rescue Sock::ClosedError
        nil
      end
    end
    removed = []
    sockets.each_with_index.map do |socket, i|
      Thread.new do
        poll.modify(socket, :in, :pri, data: socket)
        removed << poll.remove(socket) && socket if i.even?
        socket.close
      end
    end.each(&:join)
    Timeout.timeout(10 * SCALE) { sleep 0.001 until ended.size == 20 }
    sleep 0.05
    poll.close
    waiters.each(&:join)
    got = Array.new(ended.size) { ended.pop }
    assert_equal sockets.select.with_index { |_, i| i.odd? }.map(&:object_id).sort, got.map(&:object_id).sort
  end

  def test_poller_token
    token = keep(Sock::CancelToken.new)
    poll = poller.add(token, :in, data: :token)
    assert_empty poll.wait(0)
    token.fire
    assert_equal [:token], poll.wait(5).map(&:data)
  end

  def test_poller_descriptor
    reader, writer = IO.pipe.each { |io| keep(io) }
    poll = poller.add(reader, :in)
    assert_empty poll.wait(0)
    writer.write("x")
    assert_equal [reader], poll.wait(5).map(&:data)
    poll.remove(reader)
    assert_empty poll.wait(0)
    Tempfile.create("sock") { |file| assert_raises(Errno::EPERM) { poll.add(file, :in) } }
  end

  def test_poller_wake
    poll = poller
    waiters = Array.new(2) { blocked { poll.wait } }
    3.times { poll.wake }
    waiters.each { |waiter| assert_equal [true], waiter.value.map(&:wake?) }
    assert_equal [true], poll.wait(5).map(&:wake?)
    assert_empty poll.wait(0)
  end

  def test_poller_timer
    poll = poller
    poll.timer(0.05, data: "once")
    within(5, 0.05) { assert_equal ["once"], poll.wait(5).map(&:data) }
    timer = poll.timer(0.01, every: 0.01, data: "often")
    sleep 0.1
    event, = poll.wait(5)
    assert_operator event.count, :>=, 5
    timer.close
    assert_empty poll.wait(0.05)
  end

  def test_poller_limit
    poll = poller
    within(5, 0.05) { assert_empty poll.wait(0.05) }
    assert_raises(ArgumentError) { poll.wait(-1) }
    assert_raises(ArgumentError) { poll.wait(0, most: 0) }
  end

  def test_poller_signal
    poll = poller
    handled = 0
    old = trap("USR1") { handled += 1 }
    sender = Thread.new { 3.times { sleep 0.05 and Process.kill("USR1", Process.pid) } }
    within(5, 0.3) { assert_empty poll.wait(0.3) }
    sender.join
    assert_operator handled, :>, 0
    trap("USR1") { raise "ended" }
    sender = Thread.new { sleep 0.05 and Process.kill("USR1", Process.pid) }
    within(5) { assert_equal "ended", assert_raises(RuntimeError) { poll.wait(30) }.message }
    sender.join
  ensure
    trap("USR1", old || "DEFAULT")
  end

  def test_poller_closed
    client, = tcp_pair
    poll = poller.add(client, :in)
    waiter = blocked { poll.wait }
    poll.close
    within(5) { assert_match(/closed/, assert_raises(IOError) { waiter.value }.message) }
    client.write("still open")
  end

  def test_poller_fork
    client, peer = tcp_pair
    poll = poller.add(client, :in, data: "mine")
    peer.write("x")
    child = fork do
      seen = poll.wait(10).map(&:data)
      poll.wake
      exit!(seen == ["mine"])
    end
    Process.wait(child)
    assert_predicate $?, :success?
    client.recv(1)
    assert_empty poll.wait(0.05)
  end
end

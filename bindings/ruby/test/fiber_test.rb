# frozen_string_literal: true

require_relative "helper"
require_relative "scheduler"

# Sockets in fibers under a scheduler: a wait lets the other fibers of the thread run.
class FiberTest < SockTest
  # Runs a block in a thread with a scheduler.
  def scheduled
    Thread.new do
      Fiber.set_scheduler(Scheduler.new)
      yield
    end.join(60 * SCALE) || flunk("the fibers hang")
  end

  def test_echo
    listener = server
    got = []
    scheduled do
      Fiber.schedule do
        3.times do
          peer = listener.accept
          Fiber.schedule do
            peer.each_line { |line| peer.write(line.upcase) }
            peer.close
          end
        end
      end
      3.times do |i|
        Fiber.schedule do
          client = Sock::TCPSocket.new("localhost", listener.addr[1])
          sleep 0.01
          client.puts("line #{i}")
          got << client.gets
          client.close
        end
      end
    end
    assert_equal ["LINE 0\n", "LINE 1\n", "LINE 2\n"], got.sort
  end

  def test_big_transfer
    client, peer = tcp_pair
    data = Random.bytes(4 << 20)
    got = nil
    scheduled do
      Fiber.schedule { client.write(data) && client.close_write }
      Fiber.schedule { got = peer.read }
    end
    assert_equal data, got
  end

  # Each of these ends a wait of a fiber, from another fiber and from another thread.
  {
    timeout: [Sock::TimeoutError, ->(_, _) {}],
    deadline: [Sock::TimeoutError, ->(client, _) { client.deadline = Sock.now + 0.01 }],
    token: [Sock::CanceledError, ->(_, token) { token.fire }],
    close: [Sock::ClosedError, ->(client, _) { client.close }]
  }.each do |name, (wanted, act)|
    %i[fiber thread].each do |where|
      define_method(:"test_#{name}_by_#{where}") do
        client, = tcp_pair
        client.timeout = 0.1 if name == :timeout
        client.cancel_token = token = keep(Sock::CancelToken.new)
        error = nil
        others = 0
        scheduled do
          Fiber.schedule do
            client.recv(1)
          rescue Sock::Error => e
            error = e
          end
          Fiber.schedule { 5.times { sleep(0.005) && (others += 1) } }
          actor = -> { sleep(0.02) && act.call(client, token) }
          where == :fiber ? Fiber.schedule(&actor) : Thread.new(&actor)
        end
        assert_kind_of wanted, error
        assert_equal 5, others
      end
    end
  end

  def test_lookup_and_failure
    errors = []
    scheduled do
      Fiber.schedule do
        Sock::TCPSocket.new("unknown.invalid", 80)
      rescue SocketError => error
        errors << error
      end
    end
    assert_kind_of Sock::ResolverError, errors[0]
  end

  def test_no_descriptor_stays
    before = descriptors
    test_echo
    teardown
    setup
    GC.start
    assert_operator descriptors, :<=, before + 2 # the scheduler's pipe
  end
end

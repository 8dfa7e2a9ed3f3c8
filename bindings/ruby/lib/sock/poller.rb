# frozen_string_literal: true

module Sock
  # What a Poller has seen: `data` as given to `add` (the object itself if nothing was), `events` as POLL_* bits,
  # `closed?` in the last event of a socket or token, `count` for timers.
  class Event < Struct.new(:data, :events, :code, :count)
    { readable: 1, writable: 2, priority: 4, error: 8, hangup: 16, read_hangup: 32, wake: 64, timer: 128 }
      .each { |name, bit| define_method(:"#{name}?") { events.anybits?(bit) } }

    def closed? = code == Constants::SOCK_ECLOSED
  end

  # One wait for many sockets, cancel tokens, descriptors and timers. Any thread may call any method at any time. When a
  # registered socket is closed, the poller reports that once, and never anything after it.
  class Poller
    BITS = { in: 1, out: 2, pri: 4, rdhup: 32, edge: 256, oneshot: 512, exclusive: 1024 }.freeze

    # A timer; `close` ends it without an event.
    Timer = Struct.new(:handle, :forget) do
      def close
        Library.close(handle)
        forget.call
        nil
      end
    end

    # Yields the poller to a block and closes it afterwards.
    def self.open
      poller = new
      return poller unless block_given?

      begin
        yield poller
      ensure
        poller.close
      end
    end

    def initialize
      open
      @known = {} # number of a registration => [object, data]
      @numbers = {} # key of an object => number
      @next = 0
      @lock = Mutex.new
    end

    # Adds a socket, a CancelToken, or an IO or descriptor of the program. `events` are of :in, :out, :pri, :rdhup,
    # :edge, :oneshot and :exclusive. An IO must be removed before it is closed.
    def add(object, *events, data: object)
      register(object, data) do |number|
        if own?(object)
          add_handle(object.handle, bits(events), number)
        else
          add_fd(descriptor(object), bits(events), number)
        end
      end
      self
    end

    # Changes what a socket or token is watched for; a one-shot is armed again.
    def modify(object, *events, data: object)
      number = @lock.synchronize { @numbers[key(object)] } || Library.fail(-Errno::ENOENT::Errno, "modify")
      modify_handle(object.handle, bits(events), number)
      @lock.synchronize { @known[number] = [object, data] if @known.key?(number) }
      self
    end

    # Removes an object: after the return, no thread gets an event of it.
    def remove(object)
      own?(object) ? remove_handle(object.handle) : remove_fd(descriptor(object))
      forget(object)
      self
    end

    # Starts a timer: first after `first` seconds, then every `every` seconds, or once. Returns a Timer.
    def timer(first, every: nil, data: nil)
      number = @lock.synchronize do
        @known[@next += 1] = [:timer, data, every.nil?]
        @next
      end
      Timer.new(start_timer(first, every, number), -> { @lock.synchronize { @known.delete(number) } })
    end

    # Waits for events: an Array, empty when `timeout` seconds have passed.
    def wait(timeout = nil, most: 64)
      wait_for(most, timeout).filter_map do |number, _handle, events, code, count|
        next Event.new(nil, events, code, count) if events.anybits?(Constants::SOCK_POLL_WAKE)

        object, data, once = @lock.synchronize { @known[number] }
        next unless object # removed meanwhile

        forget(object, number) if code == Constants::SOCK_ECLOSED || once
        Event.new(data, events, code, count)
      end
    end

    # Ends the poller: threads that wait get ClosedError, and the sockets stay open.
    def close = close_handle

    private

    def own?(object) = object.respond_to?(:handle)
    def descriptor(object) = object.is_a?(Integer) ? object : object.fileno
    def key(object) = own?(object) ? [:handle, object.handle] : [:fd, descriptor(object)]
    def bits(events) = events.sum { |event| event.is_a?(Integer) ? event : BITS.fetch(event) }

    def register(object, data)
      number = @lock.synchronize do
        @next += 1
        @known[@next] = [object, data]
        @next
      end
      yield number
      @lock.synchronize { @numbers[key(object)] = number if @known.key?(number) }
    rescue Exception
      @lock.synchronize { @known.delete(number) }
      raise
    end

    def forget(object, number = nil)
      @lock.synchronize do
        number ||= @numbers[key(object)]
        @numbers.delete_if { |_, each| each == number }
        @known.delete(number)
      end
    end
  end
end

# frozen_string_literal: true

# A small fiber scheduler: IO.select, timers, and wake-ups from other threads.
class Scheduler
  def initialize
    @readable = {}
    @writable = {}
    @timers = {}
    @blocked = 0
    @ready = Queue.new
    @urgent = IO.pipe
  end

  def io_wait(io, events, timeout)
    fiber = Fiber.current
    @readable[io] = fiber if events.anybits?(IO::READABLE)
    @writable[io] = fiber if events.anybits?(IO::WRITABLE)
    @timers[fiber] = now + timeout if timeout
    Fiber.yield
  ensure
    @timers.delete(fiber)
    @readable.delete(io)
    @writable.delete(io)
  end

  def kernel_sleep(seconds = nil)
    block(nil, seconds)
  end

  def block(_blocker, timeout = nil)
    fiber = Fiber.current
    @timers[fiber] = now + timeout if timeout
    @blocked += 1
    Fiber.yield
  ensure
    @blocked -= 1
    @timers.delete(fiber)
  end

  def unblock(_blocker, fiber)
    @ready << fiber
    @urgent[1].write_nonblock(".")
  end

  def fiber(&block) = Fiber.new(blocking: false, &block).tap(&:resume)

  def close = run

  def run
    until @readable.empty? && @writable.empty? && @timers.empty? && @blocked.zero? && @ready.empty?
      limit = @timers.values.min&.then { |at| [at - now, 0].max }
      readable, writable = IO.select([*@readable.keys, @urgent[0]], @writable.keys, [], limit)
      @urgent[0].read_nonblock(100) if readable&.delete(@urgent[0])
      due = @timers.select { |_, at| at <= now }.keys
      woken = [*readable&.map { |io| @readable[io] }, *writable&.map { |io| @writable[io] }, *due]
      woken << @ready.pop until @ready.empty?
      woken.uniq.each { |fiber| fiber.resume if fiber.alive? }
    end
  ensure
    @urgent.each(&:close)
    @urgent = IO.pipe
  end

  private

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
end

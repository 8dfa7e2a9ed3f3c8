'use strict'

// Waiting. A call is a `step`, which is tried at once, and again whenever its end may have come: the descriptor is
// ready, a limit has passed, a signal was aborted. libsock decides what that means; here is only when to ask it.

const native = require('./native')
const constants = require('./constants')
const { failure, condition } = require('./errors')
const { nanoseconds } = require('./argument')

const READ = constants.SOCK_READ
const WRITE = constants.SOCK_WRITE
const AGAIN = -constants.EAGAIN
const LONGEST = 2 ** 31 - 1 // of setTimeout
const RETRY = 5 // ms between tries when the kernel does not report room (sock_send_pollable)

/** Everything that waits: keeps it from the collector, and is asked when a signal is aborted. */
const waiting = new Set()

native.onReady((waitable, events) => waitable.ready(events))

/** The token of libsock for a signal: one for any number of sockets. */
const tokens = new WeakMap()

function tokenOf (signal) {
  let token = tokens.get(signal)
  if (!token) {
    token = native.cancelNew()
    if (typeof token === 'number') throw failure(token, 'signal')
    tokens.set(signal, token)
    const fire = () => {
      native.cancelFire(token)
      for (const one of waiting) if (one.signal === signal) one.ready(READ | WRITE)
    }
    if (signal.aborted) fire()
    else signal.addEventListener('abort', fire, { once: true })
  }
  return token
}

/** Calls `late` at a time on the clock of native.now, never earlier. Returns a function that forgets it. */
function at (time, late, background) {
  let timer
  const arm = () => {
    const left = time - native.now()
    if (left <= 0) return late()
    timer = setTimeout(arm, Math.min(Math.ceil(left), LONGEST))
    if (background) timer.unref()
  }
  arm()
  return () => clearTimeout(timer)
}

/** A handle of libsock, and the calls that wait for it, in order for each direction. */
class Waitable {
  #reads = []
  #writes = []
  #want = 0
  #deadlines = { [READ]: null, [WRITE]: null }
  #retry = null

  /** A listener instead of calls, for streams: called when the direction is ready. */
  onReadable = null
  onWritable = null
  /** The signal of all calls, see Socket.setSignal */
  signal = null

  constructor (box) {
    this.box = box
  }

  /**
   * Runs a step until it returns something other than -EAGAIN.
   * @param step returns a code below 0, or the result
   * @param finish makes the result of the call from the step's; may be undefined
   * @param lost what to add to the exception; may be undefined
   */
  call (direction, syscall, step, { timeout, signal, finish, lost, unpollable } = {}) {
    if (signal?.aborted) return Promise.reject(this.#aborted(signal, syscall))
    const queue = direction === READ ? this.#reads : this.#writes
    if (queue.length === 0) {
      try {
        const result = step()
        if (result !== AGAIN || timeout === 0) {
          if (typeof result === 'number' && result < 0) return Promise.reject(this.#failure(result, syscall, lost))
          return Promise.resolve(finish ? finish(result) : result)
        }
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return new Promise((resolve, reject) => {
      const call = { step, syscall, finish, lost, resolve, reject, unpollable, forget: null, signal, abort: null }
      queue.push(call) // First: the limit may have passed by the time that its timer is made.
      if (timeout !== undefined && timeout !== Infinity) {
        nanoseconds(timeout)
        call.forget = at(native.now() + timeout, () => {
          this.#end(direction, call, condition(constants.SOCK_ETIMEDOUT, syscall, lost?.()))
        })
      }
      if (signal) {
        call.abort = () => this.#end(direction, call, this.#aborted(signal, syscall, lost))
        signal.addEventListener('abort', call.abort, { once: true })
      }
      this.update()
    })
  }

  #failure (code, syscall, lost) {
    const error = failure(code, syscall, lost?.())
    if (code === constants.SOCK_ECANCELED && this.signal) error.cause = this.signal.reason
    return error
  }

  #aborted (signal, syscall, lost) {
    return condition(constants.SOCK_ECANCELED, syscall, { ...lost?.(), cause: signal.reason })
  }

  /** Ends a call that is not done. */
  #end (direction, call, error) {
    const queue = direction === READ ? this.#reads : this.#writes
    const index = queue.indexOf(call)
    if (index < 0) return
    queue.splice(index, 1)
    this.#settle(call)
    call.reject(error)
    if (index === 0) this.#run(queue)
    this.update()
  }

  #settle (call) {
    call.forget?.()
    if (call.abort) call.signal.removeEventListener('abort', call.abort)
  }

  /** The directions may be ready: tries what waits. */
  ready (events) {
    if (events & READ) this.onReadable ? this.onReadable() : this.#run(this.#reads)
    if (events & WRITE) this.onWritable ? this.onWritable() : this.#run(this.#writes)
    this.update()
  }

  #run (queue) {
    while (queue.length > 0) {
      const call = queue[0]
      let result
      try {
        result = call.step()
        if (result === AGAIN) return
        if (typeof result === 'number' && result < 0) throw this.#failure(result, call.syscall, call.lost)
        if (call.finish) result = call.finish(result)
      } catch (error) {
        queue.shift()
        this.#settle(call)
        call.reject(error)
        continue
      }
      queue.shift()
      this.#settle(call)
      call.resolve(result)
    }
  }

  /** Says to the loop what this waits for. Returns 0, or a code, with which all calls have then ended. */
  update () {
    let want = 0
    if (this.onReadable || this.#reads.length > 0) want |= READ
    if (this.onWritable) want |= WRITE
    if (this.#writes.length > 0) {
      if (!this.#writes[0].unpollable?.()) want |= WRITE
      else this.#retry ??= setTimeout(() => { this.#retry = null; this.ready(WRITE) }, RETRY)
    }
    if (want === this.#want) return 0
    const code = native.want(this.box, this, want)
    if (code < 0) {
      this.fail(code)
      return code
    }
    this.#want = want
    if (want) waiting.add(this)
    else waiting.delete(this)
    return 0
  }

  /** Moves a deadline; calls that wait obey it. */
  deadline (direction, when) {
    const ns = when === null || when === Infinity ? nanoseconds(Infinity) : nanoseconds(Math.max(0, when), 'deadline')
    const code = native.setDeadline(this.box, direction, ns)
    if (code < 0) throw failure(code, 'setDeadline')
    for (const one of [READ, WRITE]) {
      if (!(direction & one)) continue
      this.#deadlines[one]?.()
      this.#deadlines[one] = Number.isFinite(when) && when !== null
        ? at(when, () => this.ready(one), true)
        : null
    }
  }

  attach (signal) {
    const code = native.setCancel(this.box, signal ? tokenOf(signal) : null)
    if (code < 0) throw failure(code, 'setSignal')
    this.signal = signal
    if (signal?.aborted) this.ready(READ | WRITE)
  }

  /** Ends all calls with a code. */
  fail (code) {
    for (const queue of [this.#reads, this.#writes]) {
      for (const call of queue.splice(0)) {
        this.#settle(call)
        call.reject(condition(code, call.syscall, call.lost?.()))
      }
    }
  }

  /** Forgets the handle, which native.close or the like has just ended. */
  ended () {
    waiting.delete(this)
    this.#want = 0
    clearTimeout(this.#retry)
    for (const one of [READ, WRITE]) this.#deadlines[one]?.()
    const { onReadable, onWritable } = this
    this.onReadable = this.onWritable = null
    this.fail(constants.SOCK_ECLOSED)
    onReadable?.()
    onWritable?.()
  }
}

/**
 * Runs an operation of libsock (a lookup, a connection) to its end.
 * @param step returns 0 while it goes on
 */
function operation (box, syscall, step, { signal, lost } = {}) {
  if (typeof box === 'number') return Promise.reject(failure(box, syscall))
  const waitable = new Waitable(box)
  waitable.signal = signal ?? null
  const tried = () => {
    const result = step(box)
    return result === 0 ? AGAIN : result
  }
  return waitable.call(READ, syscall, tried, { lost }).finally(() => {
    native.close(box)
    waitable.ended()
  })
}

module.exports = { READ, WRITE, AGAIN, Waitable, operation, tokenOf }

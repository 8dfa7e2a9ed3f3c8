'use strict'

// Waiting. A call is a `step`, which is tried at once, and again whenever its end may have come: the descriptor is
// ready, a limit has passed, a signal was aborted. libsock decides what that means; here is only when to ask it.

const native = require('./native')
const constants = require('./constants')
const { failure, condition } = require('./errors')
const { nanoseconds, abortable } = require('./argument')

const READ = constants.SOCK_READ
const WRITE = constants.SOCK_WRITE
const ERRORS = 4 // The error queue (MSG_ERRQUEUE); of an event: libuv reports an error and has stopped watching
const ALL = READ | WRITE | ERRORS
const AGAIN = -constants.EAGAIN
const LONGEST = 2 ** 31 - 1 // of setTimeout
const RETRY = 5 // ms between tries when the kernel does not report room (sock_send_pollable)

/** Everything that the loop watches: keeps it from the collector, and is asked when a signal is aborted. */
const waiting = new Set()

native.onReady((waitable, events) => waitable.event(events))

// Signals ------------------------------------------------------------------------------------------

/** Per signal, what it ends. */
const endings = new WeakMap()

/**
 * Calls `end` when a signal is aborted. Returns a function that forgets it. A signal has one listener, and only while
 * there is something to end: Node warns of many, and keeps some signals alive for as long as they have one.
 */
function onAbort (signal, end) {
  let all = endings.get(signal)
  if (!all) {
    all = { ends: new Set(), run: () => { for (const one of all.ends) one() } }
    endings.set(signal, all)
  }
  if (all.ends.size === 0) signal.addEventListener('abort', all.run, { once: true })
  all.ends.add(end)
  return () => {
    if (all.ends.delete(end) && all.ends.size === 0) signal.removeEventListener('abort', all.run)
  }
}

/** Per signal, its token of libsock, which serves any number of sockets. */
const tokens = new WeakMap()

function tokenOf (signal) {
  let one = tokens.get(signal)
  if (!one) {
    const token = native.cancelNew()
    if (typeof token === 'number') throw failure(token, 'signal')
    const fire = () => {
      native.cancelFire(token)
      for (const each of waiting) if (each.signal === signal) process.nextTick(() => each.ready(ALL))
    }
    one = { token, fire, users: 0, forget: null }
    tokens.set(signal, one)
  }
  if (signal.aborted) native.cancelFire(one.token) // It may have had no users by then.
  return one.token
}

/** Fires the token of a signal when that is aborted. Returns a function that ends this. */
function follow (signal) {
  const one = tokens.get(signal)
  if (one.users++ === 0) one.forget = onAbort(signal, one.fire)
  return () => { if (--one.users === 0) one.forget() }
}

// Limits -------------------------------------------------------------------------------------------

/**
 * Calls `late` at a time on the clock of native.now, never earlier, and never before this returns. Returns a function
 * that forgets it. What waits keeps the program alive, the timer does not.
 */
function at (time, late) {
  let timer
  const check = () => native.now() < time ? arm() : late()
  const arm = () => {
    const left = Math.ceil(time - native.now())
    timer = setTimeout(check, Math.min(Math.max(left, 1), LONGEST)).unref()
  }
  arm()
  return () => clearTimeout(timer)
}

/** A handle of libsock, and the calls that wait for it, in order for each direction. */
class Waitable {
  #queues = { [READ]: [], [WRITE]: [], [ERRORS]: [] }
  #want = 0 // what the loop watches
  #deadlines = { [READ]: null, [WRITE]: null }
  #retry = null
  #background = false
  #unfollow = null

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
   * @param unpollable whether the kernel does not report when a step can go on; may be undefined
   */
  call (direction, syscall, step, { timeout = Infinity, signal, finish, lost, unpollable } = {}) {
    const queue = this.#queues[direction]
    try {
      nanoseconds(timeout)
      if (abortable(signal)?.aborted) throw this.#aborted(signal, syscall)
      const result = queue.length === 0 ? step() : AGAIN
      if (result !== AGAIN) return Promise.resolve(this.#result(result, syscall, finish, lost))
      if (timeout === 0) throw condition(AGAIN, syscall, lost?.())
    } catch (error) {
      return Promise.reject(error)
    }
    return new Promise((resolve, reject) => {
      const call = { step, syscall, finish, lost, resolve, reject, unpollable, forget: [] }
      queue.push(call)
      if (timeout !== Infinity) {
        const late = () => this.#end(queue, call, condition(constants.SOCK_ETIMEDOUT, syscall, lost?.()))
        call.forget.push(at(native.now() + timeout, late))
      }
      if (signal) call.forget.push(onAbort(signal, () => this.#end(queue, call, this.#aborted(signal, syscall, lost))))
      this.update()
    })
  }

  /** The result of a call from that of its step. Throws what ends it. */
  #result (result, syscall, finish, lost) {
    if (typeof result === 'number' && result < 0) {
      const error = failure(result, syscall, lost?.())
      if (result === constants.SOCK_ECANCELED && this.signal) error.cause = this.signal.reason
      throw error
    }
    return finish ? finish(result) : result
  }

  #aborted (signal, syscall, lost) {
    return condition(constants.SOCK_ECANCELED, syscall, { ...lost?.(), cause: signal.reason })
  }

  /** Ends a call that waits. */
  #end (queue, call, error) {
    const index = queue.indexOf(call)
    if (index < 0) return
    queue.splice(index, 1)
    this.#reject(call, error)
    if (index === 0) this.#run(queue)
    this.update()
  }

  #reject (call, error) {
    for (const forget of call.forget) forget()
    call.reject(error)
  }

  /** Tries the calls of a queue. */
  #run (queue) {
    while (queue.length > 0) {
      const call = queue[0]
      try {
        const step = call.step()
        if (step === AGAIN) return
        call.resolve(this.#result(step, call.syscall, call.finish, call.lost))
        for (const forget of call.forget) forget()
      } catch (error) {
        this.#reject(call, error)
      }
      if (queue[0] === call) queue.shift()
    }
  }

  #try (events) {
    if (events & READ) this.onReadable ? this.onReadable() : this.#run(this.#queues[READ])
    if (events & WRITE) this.onWritable ? this.onWritable() : this.#run(this.#queues[WRITE])
    if (events & ERRORS) this.#run(this.#queues[ERRORS])
  }

  /** The directions may be ready: tries what waits. */
  ready (events) {
    try {
      this.#try(events)
    } finally { // What a listener throws must not leave the others without a watcher.
      this.update()
    }
  }

  /** The loop reports events. */
  event (events) {
    if (!(events & ERRORS)) return this.ready(events)
    this.#want = 0
    waiting.delete(this)
    try {
      this.#try(events)
    } finally {
      // An error that nobody has taken, such as one in the error queue, would be reported again at once.
      this.#wanted() ? this.#later() : this.update()
    }
  }

  #wanted () {
    const { [READ]: reads, [WRITE]: writes, [ERRORS]: errors } = this.#queues
    return (this.onReadable || reads.length > 0 ? READ : 0) | (this.onWritable || writes.length > 0 ? WRITE : 0) |
      (errors.length > 0 ? ERRORS : 0)
  }

  /** Tries again after a pause. */
  #later () {
    this.#retry ??= setTimeout(() => {
      this.#retry = null
      this.ready(ALL)
    }, RETRY)
    if (this.#background) this.#retry.unref()
  }

  /** Says to the loop what this waits for. Returns 0, or a code, with which all calls have then ended. */
  update () {
    let want = this.#wanted()
    if (want & WRITE && !this.onWritable && this.#queues[WRITE][0].unpollable?.()) {
      want &= ~WRITE
      this.#later()
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

  /** Whether waits keep the program alive. */
  keepAlive (on) {
    this.#background = !on
    native.keepAlive(this.box, on ? 1 : 0)
    on ? this.#retry?.ref() : this.#retry?.unref()
  }

  /** Moves a deadline; calls that wait obey it. */
  deadline (direction, when) {
    const ns = when === null || when === Infinity ? nanoseconds(Infinity) : nanoseconds(Math.max(0, when), 'deadline')
    const code = native.setDeadline(this.box, direction, ns)
    if (code < 0) throw failure(code, 'setDeadline')
    const self = new WeakRef(this) // A deadline to come does not keep the socket from the collector.
    for (const one of [READ, WRITE]) {
      if (!(direction & one)) continue
      this.#deadlines[one]?.()
      const late = () => self.deref()?.ready(one === READ ? READ | ERRORS : WRITE)
      this.#deadlines[one] = Number.isFinite(when) && when !== null ? at(when, late) : null
    }
  }

  /** Attaches a signal to the handle, or none (null). */
  attach (signal) {
    const code = native.setCancel(this.box, signal && tokenOf(signal))
    if (code < 0) throw failure(code, 'setSignal')
    this.obey(signal)
    if (signal?.aborted) this.ready(ALL)
  }

  /** Ends calls when a signal is aborted whose token the handle has. */
  obey (signal) {
    this.#unfollow?.()
    this.signal = signal
    this.#unfollow = signal && follow(signal)
  }

  /** Ends all calls with a code. */
  fail (code) {
    for (const queue of Object.values(this.#queues)) {
      for (const call of queue.splice(0)) this.#reject(call, condition(code, call.syscall, call.lost?.()))
    }
  }

  /** Forgets the handle, which native.close or the like has just ended. */
  ended () {
    waiting.delete(this)
    this.#want = 0
    clearTimeout(this.#retry)
    for (const one of [READ, WRITE]) this.#deadlines[one]?.()
    this.obey(null)
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
  waitable.obey(signal ?? null)
  const tried = () => {
    const result = step(box)
    return result === 0 ? AGAIN : result
  }
  return waitable.call(READ, syscall, tried, { lost }).finally(() => {
    native.close(box)
    waitable.ended()
  })
}

module.exports = { READ, WRITE, ERRORS, AGAIN, Waitable, operation, onAbort, tokenOf }

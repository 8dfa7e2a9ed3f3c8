'use strict'

// Sockets: the BSD calls as methods. Those that may wait return promises and take { timeout, signal }.

const native = require('./native')
const constants = require('./constants')
const { Address } = require('./address')
const { check } = require('./errors')
const { bytes, size, descriptor, wrong, nanoseconds, abortable } = require('./argument')
const { READ, WRITE, ERRORS, AGAIN, Waitable } = require('./wait')

const { MSG_ERRQUEUE, MSG_TRUNC, SHUT_RD, SHUT_WR, SHUT_RDWR, SOCK_STREAM } = constants
const HOW = { read: SHUT_RD, write: SHUT_WR, both: SHUT_RDWR }
const DIRECTIONS = { read: READ, write: WRITE, both: READ | WRITE }
const CHUNK = 65536
const PIECE = 1 << 20 // of a file in one turn of the loop

/** Received bytes land here first, and then take no more memory than they need. */
const scratch = Buffer.allocUnsafeSlow(CHUNK)

/** A socket, in non-blocking mode: its calls wait in the event loop. */
class Socket {
  #waitable
  #type
  #timeout = Infinity

  /** @param box a handle of the addon */
  constructor (box) {
    if (typeof box !== 'object') throw wrong(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'use Socket.open')
    this.#waitable = new Waitable(box)
  }

  // Making -------------------------------------------------------------------------------------

  static open (family = constants.AF_INET, type = SOCK_STREAM, proto = 0) {
    return new Socket(check(native.socket(family, type, proto), 'socket'))
  }

  static pair (family = constants.AF_UNIX, type = SOCK_STREAM, proto = 0) {
    return check(native.socketpair(family, type, proto), 'socketpair').map(box => new Socket(box))
  }

  static fromFd (fd) {
    return new Socket(check(native.fromFd(descriptor(fd)), 'fromFd'))
  }

  /** A stream socket that uses MPTCP where the kernel has it, else TCP. */
  static mptcp (family = constants.AF_INET) {
    return new Socket(check(native.socketMptcp(family), 'socket'))
  }

  /** Takes over the handle that `release` returned, in this thread or another one. */
  static adopt (handle) {
    return new Socket(check(native.adopt(handle), 'adopt'))
  }

  dup () {
    return new Socket(check(native.dup(this.box), 'dup'))
  }

  // Ending -------------------------------------------------------------------------------------

  /** Closes the socket. Calls that wait end with ClosedError. Closing twice is harmless. */
  close () {
    if (this.closed) return
    const code = native.close(this.box)
    this.#waitable.ended()
    check(code, 'close')
  }

  get closed () {
    return native.handle(this.box) <= 0
  }

  [Symbol.dispose ?? Symbol.for('nodejs.dispose')] () {
    this.close()
  }

  /** Gives up the descriptor, which is then the caller's. Calls that wait end with ClosedError. */
  detach () {
    const fd = native.detach(this.box)
    this.#waitable.ended()
    return check(fd, 'detach')
  }

  /**
   * Gives up the handle, a number, for `Socket.adopt` in another worker, without its limits. Calls that wait end with
   * ClosedError.
   */
  release () {
    this.setSignal(null)
    this.setDeadline(null)
    const handle = native.release(this.box)
    this.#waitable.ended()
    return check(handle, 'release')
  }

  // What it is ---------------------------------------------------------------------------------

  get box () {
    return this.#waitable.box
  }

  get waitable () {
    return this.#waitable
  }

  get family () {
    return check(native.family(this.box), 'family')
  }

  get type () {
    return (this.#type ??= check(native.type(this.box), 'type'))
  }

  get proto () {
    return check(native.proto(this.box), 'proto')
  }

  get fileno () {
    return check(native.fileno(this.box), 'fileno')
  }

  get inheritable () {
    return check(native.getInheritable(this.box), 'inheritable') === 1
  }

  set inheritable (on) {
    check(native.setInheritable(this.box, on ? 1 : 0), 'inheritable')
  }

  /** The local address. */
  get address () {
    check(native.getsockname(this.box), 'getsockname')
    return Address.last()
  }

  /** The address of the other end. */
  get peer () {
    check(native.getpeername(this.box), 'getpeername')
    return Address.last()
  }

  // Limits -------------------------------------------------------------------------------------

  /** Limit of each call in ms, unless the call has its own. Infinity: none. 0: calls try once, and fail with EAGAIN. */
  get timeout () {
    return this.#timeout
  }

  set timeout (ms) {
    nanoseconds(ms)
    this.#timeout = ms ?? Infinity
  }

  /**
   * Ends all calls that are not done by then, also those that wait, and every later one before it tries.
   * @param when on the clock of `now()`, in ms; Infinity or null clears it
   */
  setDeadline (when, direction = 'both') {
    if (when !== null && (typeof when !== 'number' || Number.isNaN(when))) {
      throw wrong(TypeError, 'ERR_INVALID_ARG_TYPE', 'when: must be a number of milliseconds, or null')
    }
    this.#waitable.deadline(choice(DIRECTIONS, direction, 'direction'), when)
  }

  /** Once the signal is aborted, every call ends with AbortError. One signal serves any number of sockets. */
  setSignal (signal) {
    this.#waitable.attach(abortable(signal ?? undefined) ?? null)
  }

  ref () {
    this.#waitable.keepAlive(true)
    return this
  }

  /** Calls that wait no longer keep the program alive. */
  unref () {
    this.#waitable.keepAlive(false)
    return this
  }

  /** Runs a call of the addon in the socket's limits. */
  call (direction, syscall, step, options = {}, more) {
    const timeout = options.timeout === undefined ? this.#timeout : options.timeout
    if (direction === READ && flags(options) & MSG_ERRQUEUE) direction = ERRORS
    return this.#waitable.call(direction, syscall, step, { timeout, signal: options.signal, ...more })
  }

  // Connections --------------------------------------------------------------------------------

  bind (address) {
    check(native.bind(this.box, Address.from(address).bytes), 'bind')
    return this
  }

  listen (backlog = constants.SOCK_BACKLOG_DEFAULT) {
    check(native.listen(this.box, backlog), 'listen')
    return this
  }

  accept (options) {
    return this.call(READ, 'accept', () => native.accept(this.box), options, { finish: box => new Socket(box) })
  }

  async connect (address, options) {
    const { bytes } = Address.from(address)
    const { EINPROGRESS, EALREADY } = constants
    let full = false // the backlog of an AF_UNIX listener, which the kernel does not report
    const step = () => {
      const code = native.connect(this.box, bytes)
      full = code === AGAIN
      return code === -EINPROGRESS || code === -EALREADY ? AGAIN : code
    }
    await this.call(WRITE, 'connect', step, options, { unpollable: () => full })
  }

  shutdown (how = 'both') {
    check(native.shutdown(this.box, choice(HOW, how, 'how')), 'shutdown')
  }

  // Bytes --------------------------------------------------------------------------------------

  /** Sends once. Resolves to how many bytes went, which for a stream may be fewer than there are. */
  send (data, options) {
    const buffer = bytes(data)
    return this.call(WRITE, 'send', () => native.send(this.box, buffer, 0, flags(options)), options, this.#full(0))
  }

  /** Sends everything, under one limit. Exceptions have `sent`. */
  async sendAll (data, options) {
    const buffer = bytes(data)
    let sent = 0
    const step = () => {
      const code = native.sendAll(this.box, buffer, sent, flags(options))
      sent += native.number[0]
      return code
    }
    await this.call(WRITE, 'sendAll', step, options, { lost: () => ({ sent }) })
  }

  /** Receives up to `length` bytes. Resolves to a Buffer, or null at the end of a stream. */
  recv (length = CHUNK, options) {
    const { buffer, keep } = room(length)
    const step = () => native.recv(this.box, buffer, 0, flags(options))
    return this.call(READ, 'recv', step, options, {
      finish: n => n === 0 && length > 0 && this.type === SOCK_STREAM ? null : this.#received(keep, n, flags(options))
    })
  }

  /** Receives into memory. Resolves to the number of bytes, 0 at the end of a stream. */
  recvInto (buffer, options) {
    buffer = bytes(buffer, 'buffer')
    return this.call(READ, 'recv', () => native.recv(this.box, buffer, 0, flags(options)), options)
  }

  /** Receives all of `length` bytes, or fails with EndOfStreamError. Exceptions have what came as `partial`. */
  async recvExact (length, options) {
    const buffer = Buffer.allocUnsafe(size(length))
    let received = 0
    const step = () => {
      const code = native.recvExact(this.box, buffer, received, flags(options))
      received += native.number[0]
      return code
    }
    await this.call(READ, 'recvExact', step, options, { lost: () => ({ partial: buffer.subarray(0, received) }) })
    return buffer
  }

  sendTo (data, address, options) {
    const buffer = bytes(data)
    const to = Address.from(address).bytes
    return this.call(WRITE, 'sendTo', () => native.sendTo(this.box, buffer, flags(options), to), options, this.#full(1))
  }

  /** Resolves to `{ data, address }`, with the address null if the kernel names none. */
  recvFrom (length = CHUNK, options) {
    const { buffer, keep } = room(length)
    return this.call(READ, 'recvFrom', () => native.recvFrom(this.box, buffer, flags(options)), options, {
      finish: n => ({ data: this.#received(keep, n, flags(options)), address: Address.last() })
    })
  }

  /** On TCP, MSG_TRUNC discards the bytes: the result has as many zeros, not old memory. */
  #received (keep, n, flags) {
    const data = keep(n)
    return flags & MSG_TRUNC && this.type === SOCK_STREAM ? Buffer.alloc(data.length) : data
  }

  /** Whether a full queue can be waited for; if not, wait.js tries again after a pause. */
  #full (addressed) {
    return { unpollable: () => native.sendPollable(this.box, addressed) === 0 }
  }

  /**
   * Sends a file, from its position (which moves) or from `offset`. Resolves to the number of bytes.
   * @param file a descriptor or a FileHandle
   * @param options `offset`, `count`: where to begin, and how much to send
   */
  async sendFile (file, options = {}) {
    descriptor(file)
    const { offset = -1, count = Infinity } = options
    let sent = 0
    const step = () => {
      // One piece, and then the loop's turn: a file that is always ready must not hold it. The descriptor is read each
      // time, because a FileHandle that was closed has none, and another file may have its number.
      const piece = Math.min(PIECE, count - sent)
      if (piece <= 0) return sent
      const code = native.spliceFromFd(descriptor(file), offset < 0 ? -1 : offset + sent, this.box, piece)
      sent += native.number[0]
      return code > 0 ? AGAIN : code < 0 ? code : sent
    }
    return await this.call(WRITE, 'sendFile', step, options, { lost: () => ({ sent }) })
  }

  /** The chunks of a stream, to its end; leaving the loop leaves the socket open. */
  async * [Symbol.asyncIterator] () {
    for (;;) {
      const data = await this.recv()
      if (data === null) return
      yield data
    }
  }

  /** The socket as a Duplex stream, which then owns it. */
  stream (options) {
    const { Connection } = require('./connection')
    return new Connection(this, options)
  }

  [Symbol.for('nodejs.util.inspect.custom')] () {
    return `Socket <${this.closed ? 'closed' : this.fileno}>`
  }
}

function choice (values, name, argument) {
  const value = values[name]
  if (value === undefined) {
    throw wrong(TypeError, 'ERR_INVALID_ARG_VALUE', `${argument}: must be one of ${Object.keys(values).join(', ')}`)
  }
  return value
}

function flags (options) {
  return options?.flags ?? 0
}

/** Memory to receive into, and what makes the result of it: with MSG_TRUNC, more may have come than there is room. */
function room (length) {
  size(length)
  const shared = length <= CHUNK
  const buffer = shared ? scratch.subarray(0, length) : Buffer.allocUnsafe(length)
  return { buffer, keep: n => shared ? Buffer.from(buffer.subarray(0, n)) : buffer.subarray(0, n) }
}

module.exports = { Socket, choice, flags, scratch, DIRECTIONS }

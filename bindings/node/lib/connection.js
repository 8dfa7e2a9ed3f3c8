'use strict'

// A stream socket as a Duplex, with what programs and Node's http and tls use of net.Socket.

const { Duplex } = require('node:stream')
const native = require('./native')
const constants = require('./constants')
const { failure, condition } = require('./errors')
const { AGAIN } = require('./wait')
const { scratch } = require('./socket')

/** The properties of an address, as net.Socket has them. */
function describe (read) {
  try {
    const address = read()
    if (!address) return {}
    const { host, port, family, path } = address
    if (path !== undefined) return { address: path }
    return { address: host, port, family: family === constants.AF_INET6 ? 'IPv6' : 'IPv4' }
  } catch {
    return {} // Not connected, or closed
  }
}

/** What has just been received, in memory of its own. */
function copied (n) {
  const data = Buffer.allocUnsafe(n)
  scratch.copy(data, 0, 0, n)
  return data
}

class Connection extends Duplex {
  #socket
  #waitable
  #box
  #rest = null // of a write: [pieces, callback]
  #idle = 0
  #timer = null
  #peer = null

  /**
   * @param socket a connected Socket of type SOCK_STREAM, which the stream then owns
   * @param options of Duplex, such as `allowHalfOpen` (false, as in net)
   */
  constructor (socket, options) {
    super({ allowHalfOpen: false, emitClose: true, ...options, decodeStrings: true, objectMode: false })
    this.#socket = socket
    this.#waitable = socket.waitable
    this.#box = socket.box
    this.bytesRead = 0
    this.bytesWritten = 0
    this.read(0) // As net does: the end and errors are noticed before anybody reads.
  }

  get socket () {
    return this.#socket
  }

  // Reading ------------------------------------------------------------------------------------

  _read () {
    if (this.#waitable.onReadable || this.destroyed) return
    this.#waitable.onReadable = this.#receive
    const code = this.#waitable.update()
    if (code < 0) this.destroy(condition(code, 'read'))
  }

  #receive = () => {
    const n = native.recv(this.#box, scratch, 0, 0)
    if (n > 0) {
      this.bytesRead += n
      this.#active()
      if (!this.push(copied(n))) this.#pause()
    } else if (n === 0) {
      this.#pause()
      this.push(null)
      if (this.readableLength === 0) this.read(0) // So that "end" comes also if nobody reads
    } else if (n !== AGAIN) {
      this.#pause()
      this.destroy(failure(n, 'read'))
    }
  }

  #pause () {
    this.#waitable.onReadable = null
  }

  // Writing ------------------------------------------------------------------------------------

  _write (chunk, encoding, callback) {
    this.#active()
    const n = native.send(this.#box, chunk, 0, 0)
    if (n === chunk.length) {
      this.bytesWritten += n
      callback()
    } else if (n >= 0 || n === AGAIN) {
      this.#later([chunk], Math.max(n, 0), callback)
    } else {
      callback(failure(n, 'write'))
    }
  }

  _writev (chunks, callback) {
    this.#active()
    this.#gather(chunks.map(({ chunk }) => chunk), callback)
  }

  /** Sends pieces in one call, and what does not fit when there is room. */
  #gather (pieces, callback) {
    const n = native.sendMessage(this.#box, pieces.length > 1024 ? pieces.slice(0, 1024) : pieces, null, 0, null)
    if (n < 0 && n !== AGAIN) return callback(failure(n, 'write'))
    this.#later(pieces, Math.max(n, 0), callback)
  }

  #later (pieces, sent, callback) {
    this.bytesWritten += sent
    let first = 0
    while (first < pieces.length && pieces[first].length <= sent) sent -= pieces[first++].length
    if (first === pieces.length) return callback()
    pieces = pieces.slice(first)
    if (sent > 0) pieces[0] = pieces[0].subarray(sent)
    this.#rest = [pieces, callback]
    this.#waitable.onWritable = this.#resume
    const code = this.#waitable.update()
    if (code < 0) this.destroy(condition(code, 'write'))
  }

  #resume = () => {
    if (!this.#rest) return // destroyed
    const [pieces, callback] = this.#rest
    this.#rest = null
    this.#waitable.onWritable = null
    this.#active()
    this.#gather(pieces, callback)
  }

  _final (callback) {
    const code = native.shutdown(this.#box, constants.SHUT_WR)
    callback(code < 0 && code !== -constants.ENOTCONN ? failure(code, 'shutdown') : null)
  }

  _destroy (error, callback) {
    clearTimeout(this.#timer)
    this.#waitable.onReadable = this.#waitable.onWritable = null
    const rest = this.#rest
    this.#rest = null
    try {
      this.#socket.close()
    } catch (closing) {
      error ??= closing
    }
    // Calls back a write that is not done, and those behind it.
    if (rest) process.nextTick(rest[1], error ?? condition(constants.SOCK_ECLOSED, 'write'))
    callback(error)
  }

  // As net.Socket ------------------------------------------------------------------------------

  /** Emits "timeout" when nothing has moved for so long, in ms; 0: never. */
  setTimeout (ms, callback) {
    this.#idle = ms
    clearTimeout(this.#timer)
    this.#timer = ms > 0 && !this.destroyed ? setTimeout(() => this.emit('timeout'), ms).unref() : null
    if (callback) ms > 0 ? this.once('timeout', callback) : this.removeListener('timeout', callback)
    return this
  }

  get timeout () {
    return this.#idle
  }

  #active () {
    if (this.#timer) this.#timer.refresh()
  }

  setNoDelay (on = true) {
    if (!this.destroyed && this.#tcp) this.#socket.setNoDelay(on)
    return this
  }

  /** @param delay silence before the first probe, in ms; 0 leaves it to the system */
  setKeepAlive (on = false, delay = 0) {
    if (!this.destroyed && this.#tcp) this.#socket.setKeepAlive(on, { idle: Math.floor(delay / 1000) * 1000 })
    return this
  }

  get #tcp () {
    const { family } = this.#socket
    return family === constants.AF_INET || family === constants.AF_INET6
  }

  ref () {
    this.#socket.ref()
    return this
  }

  unref () {
    this.#socket.unref()
    return this
  }

  destroySoon () {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', this.destroy)
  }

  /** Closes with a reset, which discards what was not sent. */
  resetAndDestroy () {
    if (!this.destroyed && this.#tcp) this.#socket.setLinger(0)
    return this.destroy()
  }

  address () {
    return describe(() => this.#socket.address)
  }

  get #remote () {
    return (this.#peer ??= describe(() => this.#socket.peer))
  }

  get remoteAddress () {
    return this.#remote.address
  }

  get remotePort () {
    return this.#remote.port
  }

  get remoteFamily () {
    return this.#remote.family
  }

  get localAddress () {
    return this.address().address
  }

  get localPort () {
    return this.address().port
  }

  get localFamily () {
    return this.address().family
  }

  get connecting () {
    return false
  }

  get pending () {
    return false
  }

  get readyState () {
    if (this.readable) return this.writable ? 'open' : 'readOnly'
    return this.writable ? 'writeOnly' : 'closed'
  }
}

module.exports = { Connection }

'use strict'

// Servers: listening sockets for all addresses of a host, and what accepts from them.

const { setTimeout: sleep } = require('node:timers/promises')
const native = require('./native')
const constants = require('./constants')
const { Socket } = require('./socket')
const { lookup } = require('./lookup')
const { check, ClosedError } = require('./errors')
const { host: hostOf, port: portOf, cstring, abortable } = require('./argument')
const { onAbort } = require('./wait')

const RETRIES = 32 // for a free port that another address has taken
const PAUSE = 50 // ms until `feed` tries again

/** Listening sockets. Connections come by `accept` or by `for await`. */
class Server {
  #accepted = [] // connections for which no call waited
  #waiting = new Set() // what resolves the calls of `accept`, in order

  /** @param sockets listening sockets, which the server then owns */
  constructor (sockets) {
    this.sockets = sockets
  }

  /** The address of the first socket. */
  get address () {
    return this.sockets[0].address
  }

  get addresses () {
    return this.sockets.map(socket => socket.address)
  }

  get closed () {
    return this.sockets.every(socket => socket.closed)
  }

  /** Closes all sockets; calls that wait end with ClosedError. Connections stay open. */
  close () {
    for (const socket of [...this.sockets, ...this.#accepted.splice(0)]) socket.close()
  }

  [Symbol.dispose ?? Symbol.for('nodejs.dispose')] () {
    this.close()
  }

  ref () {
    for (const socket of this.sockets) socket.ref()
    return this
  }

  unref () {
    for (const socket of this.sockets) socket.unref()
    return this
  }

  /** The next connection, a Socket, from whichever address. */
  async accept (options = {}) {
    if (this.#accepted.length > 0) return this.#accepted.shift()
    if (this.sockets.length === 1) return this.sockets[0].accept(options)
    const { signal } = options
    const others = new AbortController()
    const abort = () => others.abort(signal.reason)
    if (abortable(signal)?.aborted) abort()
    const forget = signal && onAbort(signal, abort)
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.add(resolve)
        for (const socket of this.sockets) {
          socket.accept({ ...options, signal: others.signal }).then(connection => this.#hand(connection), error => {
            this.#waiting.delete(resolve)
            reject(error)
          })
        }
      })
    } finally {
      forget?.()
      others.abort()
    }
  }

  /** Hands a connection to the call that waits longest; two addresses may accept for one call. */
  #hand (connection) {
    const [first] = this.#waiting
    this.#waiting.delete(first)
    if (first) first(connection)
    else if (this.closed) connection.close()
    else this.#accepted.push(connection)
  }

  /** Connections, until the server is closed. Errors of single connections (ECONNABORTED, EMFILE) end the loop. */
  async * [Symbol.asyncIterator] () {
    try {
      for (;;) yield await this.accept()
    } catch (error) {
      if (!(error instanceof ClosedError)) throw error
    }
  }

  /**
   * Hands every connection to a server of Node, such as http.createServer(), as a stream. Goes on after errors that
   * pass, such as EMFILE. Resolves when this server is closed.
   */
  async feed (target, options = {}) {
    const allowHalfOpen = options.allowHalfOpen ?? target.allowHalfOpen ?? false
    await Promise.all(this.sockets.map(async socket => {
      for (;;) {
        let connection
        try {
          connection = await socket.accept()
        } catch (error) {
          if (error instanceof ClosedError) return
          if (!error.temporary) throw error
          await sleep(PAUSE)
          continue
        }
        target.emit('connection', connection.stream({ ...options, allowHalfOpen }))
      }
    }))
  }
}

/**
 * Listens on all addresses of a host, or on an AF_UNIX path.
 * @param options `host` (absent: the wildcard of both families), `port` (0: a free one), or `path` (an abstract name
 *   begins with a NUL or @); `family`, `backlog`, `reusePort`, `dualstack`, `removeStale`, `fileMode`; `timeout` and
 *   `signal` for the lookup
 */
async function listen (options = {}) {
  const { host, path, port = 0, backlog = 0, reusePort, dualstack, removeStale, fileMode = 0 } = options
  const words = {
    family: options.family ?? 0,
    backlog,
    reusePort: reusePort ? 1 : 0,
    dualstack: dualstack ? 1 : 0,
    removeStale: removeStale ? 1 : 0,
    fileMode
  }
  const one = (name, service, family) => {
    return new Socket(check(native.createServer(name, service, { ...words, family }), 'listen'))
  }
  if (path !== undefined) {
    const name = path.startsWith('\0') ? `@${path.slice(1)}` : path
    return new Server([one(cstring(name, 'path'), null, constants.AF_UNIX)])
  }
  const { SOCK_STREAM, AI_PASSIVE, AF_INET, AF_INET6 } = constants
  const service = portOf(port)
  if (dualstack && !host) return new Server([one(null, service, AF_INET6)])
  const found = await lookup(hostOf(host), service, {
    family: words.family, type: SOCK_STREAM, flags: AI_PASSIVE, timeout: options.timeout, signal: options.signal
  })
  const targets = found.map(({ address }) => address).filter(({ family }) => family === AF_INET || family === AF_INET6)
  for (let round = 1; ; round++) {
    const sockets = []
    let last = null
    try {
      for (const address of targets) {
        try {
          const wanted = address.port || (sockets.length ? sockets[0].address.port : 0)
          sockets.push(one(address.toString().startsWith('[') ? zoned(address) : address.host, String(wanted), address.family))
        } catch (error) {
          if (error.reason !== 'EADDRNOTAVAIL' && error.reason !== 'EAFNOSUPPORT') throw error
          last = error // An address that this machine lacks is skipped if others succeed.
        }
      }
      if (sockets.length === 0) throw last
      return new Server(sockets)
    } catch (error) {
      for (const socket of sockets) socket.close()
      const taken = error.reason === 'EADDRINUSE' && sockets.length > 0 && service === '0'
      if (!taken || round === RETRIES) throw error
    }
  }
}

/** The host of an IPv6 address with its zone: what is between the brackets of its text form. */
function zoned (address) {
  return address.toString().slice(1).split(']')[0]
}

/** The sockets that the service manager (systemd ...) passed to this process, as one Server; null if there are none. */
function activated () {
  const count = check(native.activationCount(), 'activated')
  const take = i => new Socket(check(native.activationTake(i), 'activated'))
  return count === 0 ? null : new Server(Array.from({ length: count }, (_, i) => take(i)))
}

module.exports = { Server, listen, activated }

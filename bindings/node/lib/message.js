'use strict'

// Messages and batches: data in pieces, with an address, control messages and descriptors; many datagrams in one call.

const native = require('./native')
const constants = require('./constants')
const { Address } = require('./address')
const { Socket, flags, scratch } = require('./socket')
const { check, failure, ClosedError } = require('./errors')
const { bytes, size } = require('./argument')
const { READ, WRITE, AGAIN } = require('./wait')

const KINDS = {
  credentials: constants.SOCK_CONTROL_CREDENTIALS,
  pidfd: constants.SOCK_CONTROL_PIDFD,
  timestamp: constants.SOCK_CONTROL_TIMESTAMP,
  packetInfo: constants.SOCK_CONTROL_PKTINFO,
  ttl: constants.SOCK_CONTROL_TTL,
  tos: constants.SOCK_CONTROL_TOS,
  error: constants.SOCK_CONTROL_ERROR,
  drops: constants.SOCK_CONTROL_DROPS,
  segment: constants.SOCK_CONTROL_GRO
}
const ANY = Object.values(KINDS).reduce((all, kind) => all | kind, 0)
const FDS = 253 // the most that the kernel accepts in one message
const ROOM = 65535 // of a datagram

/** Control data of what a message has. */
function control (message, family) {
  const { fds = [], credentials, packetInfo, ttl, tos, segment, items = [] } = message
  if (!fds.length && !credentials && !packetInfo && ttl === undefined && tos === undefined && !segment && !items.length) {
    return null
  }
  const extra = items.reduce((sum, item) => sum + bytes(item.data).length + 64, 0)
  const buffer = Buffer.alloc(native.controlSpace(ANY, Math.min(fds.length, FDS)) + extra)
  let length = 0
  const put = (...words) => { length = check(native.controlPut(buffer, length, ...words), 'control') }
  if (fds.length) put(0, fds)
  if (credentials) put(KINDS.credentials, credentials.pid, credentials.uid, credentials.gid)
  if (packetInfo) put(KINDS.packetInfo, Address.from(packetInfo.from).bytes, packetInfo.interface ?? 0)
  if (ttl !== undefined) put(KINDS.ttl, family, ttl)
  if (tos !== undefined) put(KINDS.tos, family, tos)
  if (segment) put(KINDS.segment, segment)
  for (const { level, type, data } of items) put(-1, level, type, bytes(data))
  return buffer.subarray(0, length)
}

/** What control data has, with addresses as objects. */
function controls (buffer, length) {
  const all = native.controlGet(buffer, length)
  if (all.packetInfo) {
    for (const name of ['to', 'local']) all.packetInfo[name] = new Address(all.packetInfo[name])
  }
  if (all.error) all.error.offender = new Address(all.error.offender)
  return all
}

Object.assign(KINDS, { all: ANY })

const methods = {
  /**
   * Sends a message: `data` (one or an array), `address`, and control messages: `fds`, `credentials`, `packetInfo`,
   * `ttl`, `tos`, `segment`, `items`. Resolves to the number of bytes that went.
   */
  sendMessage (message, options) {
    const pieces = (Array.isArray(message.data) ? message.data : [message.data ?? '']).map(piece => bytes(piece))
    const to = message.address ? Address.from(message.address).bytes : null
    const data = control(message, to ? native.addrFamily(to) : this.family)
    const step = () => native.sendMessage(this.box, pieces, data, flags(options), to)
    const unpollable = () => native.sendPollable(this.box, to ? 1 : 0) === 0
    return this.call(WRITE, 'sendMessage', step, options, { unpollable })
  },

  /**
   * Receives a message with its control messages. Descriptors in `fds` are close-on-exec, and the caller's to close.
   * @param options `fds`: room for descriptors, 0 if absent
   */
  recvMessage (length = ROOM, options) {
    const shared = size(length) <= scratch.length
    const buffer = shared ? scratch.subarray(0, length) : Buffer.allocUnsafe(length)
    const room = Buffer.alloc(native.controlSpace(ANY, options?.fds ?? 0))
    return this.call(READ, 'recvMessage', () => native.recvMessage(this.box, [buffer], room, flags(options)), options, {
      finish: () => {
        const [count, trueLength, flags, used] = native.number
        const address = Address.last()
        const data = shared ? Buffer.from(buffer.subarray(0, count)) : buffer.subarray(0, count)
        return { data, length: trueLength, flags, address, ...controls(room, used) }
      }
    })
  },

  /** Sends descriptors with the first of some bytes, over AF_UNIX. They stay open here. */
  sendFds (data, fds, options) {
    return this.sendMessage({ data, fds, address: options?.address }, options)
  },

  /** Resolves to `{ data, fds, flags, address }`. The descriptors are close-on-exec, and the caller's to close. */
  async recvFds (length, count, options) {
    const { data, fds, flags, address } = await this.recvMessage(length, { ...options, fds: count })
    return { data, fds, flags, address }
  },

  /**
   * Sends datagrams in few system calls. Items are data, `{ data, address, segment ... }` as for sendMessage, or what
   * recvMany resolved to. Data longer than its `segment` goes as datagrams of that size, cut by the kernel where it can.
   * Resolves to the number of items sent: all, unless one is at fault, which is an exception if it is the first.
   * @param options `address`, `segment`: for items without their own
   */
  sendMany (items, options = {}) {
    const made = []
    for (const item of items) {
      try {
        made.push(datagram(this, item, options))
      } catch (error) { // An item at fault ends the batch before it.
        if (made.length === 0) throw error
        break
      }
    }
    let sent = 0
    const step = () => {
      while (sent < made.length) {
        const results = new Float64Array(2 * (made.length - sent))
        const n = native.sendMany(this.box, made.slice(sent), flags(options), results)
        if (n === AGAIN) return n
        if (n <= 0) return sent > 0 ? sent : n
        sent += n - 1
        const count = results[2 * (n - 1)]
        if (count < made[sent][0].length) made[sent][0] = made[sent][0].subarray(count) // cut, and went in part
        else sent++
      }
      return sent
    }
    const unpollable = () => native.sendPollable(this.box, made[sent]?.[1] ? 1 : 0) === 0
    return this.call(WRITE, 'sendMany', step, options, { lost: () => ({ sent }), unpollable })
  },

  /**
   * Waits for the first datagram and takes those that are there. Resolves to an array of
   * `{ data, address, segment, length, flags }`; `segment` is the size of those that the kernel joined (setGro).
   * @param options `control`: true for control messages, too
   */
  recvMany (count = 64, length = ROOM, options = {}) {
    size(count, 'count')
    const buffers = memory(count, size(length))
    const room = options.control ? native.controlSpace(ANY, 0) : 0
    return this.call(READ, 'recvMany', () => native.recvMany(this.box, buffers, flags(options), room), options, {
      finish: got => got.map(([n, flags, segment, address, data], i) => ({
        data: Buffer.from(buffers[i].subarray(0, Math.min(n, length))),
        address: address.length ? new Address(address) : null,
        segment,
        length: n,
        flags,
        ...(data && controls(data, data.length))
      }))
    })
  },

  /** The datagrams that come, as recvMany resolves to them, until the socket is closed. */
  async * datagrams (length, options = {}) {
    try {
      for (;;) yield * await this.recvMany(options.count, length, options)
    } catch (error) {
      if (!(error instanceof ClosedError)) throw error
    }
  },

  /** Whether datagrams of one sender and one size may come together (UDP_GRO): receive them into 65,535 bytes. */
  setGro (on) {
    check(native.setGro(this.box, on ? 1 : 0), 'setGro')
  },

  /** Sends data to an operation of AF_ALG, and says what to do with it: `op`, `iv`, `associated` bytes. */
  sendAlg (data, { op = constants.ALG_OP_ENCRYPT, iv, associated = 0, ...options } = {}) {
    const pieces = (Array.isArray(data) ? data : [data]).map(piece => bytes(piece))
    const vector = iv === undefined ? null : bytes(iv)
    const step = () => native.sendAlg(this.box, pieces, op, vector, associated, flags(options))
    return this.call(WRITE, 'sendAlg', step, options)
  }
}

/**
 * Buffers for a batch: the same ones again if the last batch was of that shape. What arrives in them is copied before
 * another call can use them.
 */
function memory (count, length) {
  if (count !== last.count || length !== last.length) {
    const all = Buffer.allocUnsafeSlow(count * length)
    last = { count, length, buffers: Array.from({ length: count }, (_, i) => all.subarray(i * length, (i + 1) * length)) }
  }
  return last.buffers
}

let last = {}

function datagram (socket, item, options) {
  const plain = typeof item === 'string' || ArrayBuffer.isView(item) || item instanceof ArrayBuffer
  const { data, address, segment } = plain ? { data: item } : item
  const to = address ?? options.address
  const target = to ? Address.from(to).bytes : null
  const rest = plain ? null : control({ ...item, segment: 0, fds: item.fds ?? [] }, target ? native.addrFamily(target) : 0)
  return [bytes(data), target, segment ?? options.segment ?? 0, rest]
}

for (const [name, value] of Object.entries(methods)) {
  Object.defineProperty(Socket.prototype, name, { value, writable: true, configurable: true })
}

/** Closes a descriptor that a message brought. */
function closeFd (fd) {
  const code = native.closeFd(fd)
  if (code < 0) throw failure(code, 'close')
}

module.exports = { closeFd }

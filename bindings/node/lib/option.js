'use strict'

// Options of sockets. Times are milliseconds.

const native = require('./native')
const constants = require('./constants')
const { Address } = require('./address')
const { Socket, choice, DIRECTIONS } = require('./socket')
const { check } = require('./errors')
const { bytes, cstring, nanoseconds, FOREVER } = require('./argument')

const TCP_INFO = ('state caState retransmits probes backoff options sndWscale rcvWscale deliveryRateAppLimited ' +
  'fastopenClientFail rto ato sndMss rcvMss unacked sacked lost retrans fackets lastDataSent lastDataRecv lastAckRecv ' +
  'pmtu rcvSsthresh rtt rttvar sndSsthresh sndCwnd advmss reordering rcvRtt rcvSpace totalRetrans pacingRate ' +
  'maxPacingRate bytesAcked bytesReceived segsOut segsIn notsentBytes minRtt dataSegsIn dataSegsOut deliveryRate busy ' +
  'rwndLimited sndbufLimited delivered deliveredCe bytesSent bytesRetrans dsackDups reordSeen rcvOoopack sndWnd rcvWnd ' +
  'rehash totalRto totalRtoRecoveries totalRtoTime').split(' ')
const TIMES = new Set(['rto', 'ato', 'lastDataSent', 'lastDataRecv', 'lastAckRecv', 'rtt', 'rttvar', 'rcvRtt', 'minRtt',
  'busy', 'rwndLimited', 'sndbufLimited', 'totalRtoTime'])
const MPTCP = ['none', 'asked', 'active', 'fallback']

const milliseconds = ns => ns >= FOREVER ? Infinity : ns / 1e6

const methods = {
  /** Sets an option: a number, a boolean, or bytes. */
  setOption (level, name, value) {
    const code = typeof value === 'number' || typeof value === 'boolean'
      ? native.setInt(this.box, level, name, Number(value))
      : native.setBytes(this.box, level, name, bytes(value, 'value'))
    check(code, 'setsockopt')
  },

  /** The option as a number; with `length`, its bytes, at most so many. */
  getOption (level, name, length) {
    if (length === undefined) {
      check(native.getInt(this.box, level, name), 'getsockopt')
      return native.number[0]
    }
    const buffer = Buffer.alloc(length)
    check(native.getBytes(this.box, level, name, buffer), 'getsockopt')
    return buffer.subarray(0, native.number[0])
  },

  setNoDelay (on = true) {
    this.setOption(constants.IPPROTO_TCP, constants.TCP_NODELAY, on)
  },

  /** Keepalive, with `idle` and `interval` in ms (whole seconds) and `count` probes; absent ones stay. */
  setKeepAlive (on = true, { idle = 0, interval = 0, count = 0 } = {}) {
    const [first, every] = [nanoseconds(idle, 'idle'), nanoseconds(interval, 'interval')]
    check(native.setKeepAlive(this.box, on ? 1 : 0, first, every, count), 'setKeepAlive')
  },

  getKeepAlive () {
    const on = check(native.getKeepAlive(this.box), 'getKeepAlive') === 1
    const [idle, interval, count] = native.number
    return { on, idle: milliseconds(idle), interval: milliseconds(interval), count }
  },

  /** How long closing waits for unsent data, in ms (whole seconds); 0 resets the connection; null does not wait. */
  setLinger (span) {
    check(native.setLinger(this.box, span === null ? 0 : 1, span === null ? 0 : nanoseconds(span, 'span')), 'setLinger')
  },

  getLinger () {
    return check(native.getLinger(this.box), 'getLinger') === 1 ? milliseconds(native.number[0]) : null
  },

  /** Asks for a buffer of a size; returns the size that the kernel counts. */
  setBuffer (direction, size) {
    return check(native.setBuffer(this.box, choice(DIRECTIONS, direction, 'direction'), size), 'setBuffer')
  },

  getBuffer (direction) {
    return check(native.getBuffer(this.box, choice(DIRECTIONS, direction, 'direction')), 'getBuffer')
  },

  /** The one network interface that the socket uses, "" for all. */
  setDevice (name) {
    check(native.setDevice(this.box, cstring(name, 'name')), 'setDevice')
  },

  getDevice () {
    return check(native.getDevice(this.box), 'getDevice')
  },

  setCongestion (name) {
    check(native.setCongestion(this.box, cstring(name, 'name')), 'setCongestion')
  },

  getCongestion () {
    return check(native.getCongestion(this.box), 'getCongestion')
  },

  /** How long sent data may stay unacknowledged, in ms; 0 leaves it to the system. */
  setUserTimeout (span) {
    check(native.setUserTimeout(this.box, nanoseconds(span, 'span')), 'setUserTimeout')
  },

  getUserTimeout () {
    return milliseconds(check(native.getUserTimeout(this.box), 'getUserTimeout'))
  },

  /** Joins a multicast group, from one `source` only if given, on the interface `device`. */
  joinGroup (address, options) {
    group(this, 1, address, options)
  },

  leaveGroup (address, options) {
    group(this, 0, address, options)
  },

  /** The process at the other end of an AF_UNIX connection: pid, uid and gid. */
  peerCredentials () {
    check(native.peerCred(this.box), 'peerCredentials')
    const [pid, uid, gid] = native.number
    return { pid, uid, gid }
  },

  /** A pidfd of that process, which the caller closes. */
  peerPidfd () {
    return check(native.peerPidfd(this.box), 'peerPidfd')
  },

  /** What the kernel knows about a TCP connection; times in ms, -1 for what it does not provide. */
  tcpInfo () {
    const values = check(native.tcpInfo(this.box), 'tcpInfo')
    return Object.fromEntries(TCP_INFO.map((name, i) => {
      return [name, TIMES.has(name) && values[i] > 0 ? values[i] / 1e6 : values[i]]
    }))
  },

  /** Whether the socket uses MPTCP: "none", "asked", "active" or "fallback". */
  get mptcpState () {
    return MPTCP[check(native.mptcpState(this.box), 'mptcpState')]
  },

  /** AF_PACKET: whether an interface delivers all frames that it sees. */
  setPromiscuous (iface, on = true) {
    check(native.setPromiscuous(this.box, cstring(iface, 'interface'), on ? 1 : 0), 'setPromiscuous')
  },

  /** CAN_RAW: the frames to receive, an array of `{ id, mask }`. */
  setCanFilters (filters) {
    check(native.setCanFilters(this.box, filters.flatMap(({ id, mask }) => [id, mask])), 'setCanFilters')
  },

  /** CAN_RAW: the error frames to receive. */
  setCanErrors (classes) {
    check(native.setCanErrors(this.box, classes), 'setCanErrors')
  },

  /** AF_ALG: the key. */
  setAlgKey (key) {
    check(native.setAlgKey(this.box, bytes(key, 'key')), 'setAlgKey')
  },

  setAlgTagSize (size) {
    check(native.setAlgTagSize(this.box, size), 'setAlgTagSize')
  }
}

function group (socket, join, address, { source, device } = {}) {
  const from = source === undefined ? null : numeric(source)
  const name = device === undefined ? null : cstring(device, 'device')
  check(native.group(socket.box, join, numeric(address), from, name), join ? 'joinGroup' : 'leaveGroup')
}

/** A group is named without a port. */
function numeric (address) {
  return (typeof address === 'string' ? Address.ip(address, 0) : Address.from(address)).bytes
}

for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(methods))) {
  Object.defineProperty(Socket.prototype, name, { ...property, enumerable: false })
}

module.exports = { TCP_INFO }

'use strict'

// Lookups, connections and what the machine knows about itself.

const native = require('./native')
const constants = require('./constants')
const { Address } = require('./address')
const { Socket } = require('./socket')
const { failure, check, condition } = require('./errors')
const { host: hostOf, port: portOf, nanoseconds, abortable, cstring } = require('./argument')
const { operation, tokenOf } = require('./wait')

const PHASES = { 1: 'lookup', 2: 'socket', 3: 'bind', 4: 'connect', 5: 'connected' }

function aborted (signal, syscall) {
  return condition(constants.SOCK_ECANCELED, syscall, { cause: signal.reason })
}

/** 0 is libsock's "default"; a limit of 0 ms here is the shortest there is. */
function limit (ms, name) {
  return ms === undefined ? 0 : Math.max(1, nanoseconds(ms, name))
}

const asResult = one => ({ ...one, address: new Address(one.address) })

/**
 * All addresses of a host and a service: an array of `{ family, type, proto, address, canonicalName }`.
 * @param port a number, the name of a service, or null
 * @param options `family`, `type`, `proto`, `flags` (AI_PASSIVE ...), `timeout` in ms, `signal`
 */
async function lookup (host, port, options = {}) {
  const { family = 0, type = 0, proto = 0, flags = 0, timeout, signal } = options
  if (abortable(signal)?.aborted) throw aborted(signal, 'lookup')
  const cancel = signal ? tokenOf(signal) : null
  const words = { family, type, proto, flags, timeout: limit(timeout), cancel }
  const [name, service] = [hostOf(host), portOf(port)]
  const numeric = native.getaddrinfoNumeric(name, service, words)
  if (typeof numeric === 'number') throw failure(numeric, 'lookup')
  if (numeric.length > 0) return numeric.map(asResult)
  const list = await operation(native.getaddrinfoStart(name, service, words), 'lookup', native.getaddrinfoStep, { signal })
  return list.map(asResult)
}

/** The first address of a host and a port. */
async function resolve (host, port, options) {
  const [first] = await lookup(host, port, { type: constants.SOCK_STREAM, ...options })
  return first.address
}

/** The names of an address: `{ host, service }`. `flags`: NI_NUMERICHOST ... */
async function lookupName (address, { flags = 0, timeout, signal } = {}) {
  if (abortable(signal)?.aborted) throw aborted(signal, 'lookupName')
  const op = native.getnameinfoStart(Address.from(address).bytes, flags, nanoseconds(timeout))
  if (signal && typeof op !== 'number') native.setCancel(op, tokenOf(signal))
  const [host, service] = await operation(op, 'lookupName', native.getnameinfoStep, { signal })
  return { host, service }
}

const asAttempt = ({ address, phase, errno, start, end }) => ({
  address: new Address(address),
  phase: PHASES[phase],
  errno,
  reason: errno ? native.describe(errno).reason : null,
  start,
  end
})

/**
 * Connects to a host and a port over TCP, by RFC 8305 ("Happy Eyeballs"), under one limit for the lookup and all
 * addresses. Exceptions have the `attempts`.
 * @param options `timeout`, `signal`, `family`, `source`, `attemptTimeout`, `resolutionDelay`, `stagger` (ms),
 *   `fastOpen`; `attempts`: an array that receives the attempts
 */
async function connect (host, port, options = {}) {
  const { timeout, signal, family = 0, source, attemptTimeout, resolutionDelay, stagger, fastOpen, attempts } = options
  if (abortable(signal)?.aborted) throw aborted(signal, 'connect')
  const op = native.connectionStart(hostOf(host), portOf(port), {
    timeout: limit(timeout),
    attemptTimeout: limit(attemptTimeout, 'attemptTimeout'),
    resolutionDelay: resolutionDelay === 0 ? -1 : limit(resolutionDelay, 'resolutionDelay'),
    stagger: stagger === Infinity ? -1 : limit(stagger, 'stagger'),
    cancel: signal ? tokenOf(signal) : null,
    source: source === undefined ? null : Address.from(source).bytes,
    family,
    fastOpen: fastOpen ? 1 : 0
  })
  const report = () => native.connectionAttempts(op).map(asAttempt)
  const step = box => {
    const result = native.connectionStep(box)
    if (typeof result !== 'number' && attempts) attempts.push(...report())
    return result
  }
  try {
    return new Socket(await operation(op, 'connect', step, { signal, lost: () => ({ attempts: report() }) }))
  } catch (error) {
    if (attempts && error.attempts) attempts.push(...error.attempts)
    throw error
  }
}

// The machine --------------------------------------------------------------------------------------

/** The name of this machine. */
function hostname () {
  return check(native.hostname(), 'hostname')
}

/** The port of a service: 443 for "https". */
function servicePort (name, proto = null) {
  return check(native.servicePort(cstring(name, 'name'), proto), 'servicePort')
}

/** The service at a port: "https" for 443. */
function serviceName (port, proto = null) {
  return check(native.serviceName(port, proto), 'serviceName')
}

/** The number of a protocol: 6 for "tcp". */
function protocolNumber (name) {
  return check(native.protocol(cstring(name, 'name')), 'protocolNumber')
}

function interfaceIndex (name) {
  return check(native.nameToIndex(cstring(name, 'name')), 'interfaceIndex')
}

function interfaceName (index) {
  return check(native.indexToName(index), 'interfaceName')
}

/** All network interfaces: `{ index, name }`. */
function interfaces () {
  return check(native.interfaces(), 'interfaces')
}

/** All addresses of all network interfaces. */
function interfaceAddresses () {
  const addressOrNull = bytes => bytes.length ? new Address(bytes) : null
  return check(native.interfaceAddresses(), 'interfaceAddresses').map(one => ({
    ...one,
    address: addressOrNull(one.address),
    netmask: addressOrNull(one.netmask),
    broadcast: addressOrNull(one.broadcast)
  }))
}

/** Whether an IPv6 socket can also serve IPv4 on this machine. */
function hasDualstack () {
  return native.hasDualstack() === 1
}

/** The CID of this machine (AF_VSOCK). */
function vsockCid () {
  return check(native.vsockCid(), 'vsockCid')
}

module.exports = {
  lookup,
  resolve,
  lookupName,
  connect,
  hostname,
  servicePort,
  serviceName,
  protocolNumber,
  interfaceIndex,
  interfaceName,
  interfaces,
  interfaceAddresses,
  hasDualstack,
  vsockCid
}

'use strict'

// Addresses of every family.

const native = require('./native')
const constants = require('./constants')
const { check } = require('./errors')
const { cstring, portNumber, wrong } = require('./argument')

/**
 * A socket address of any family. Its text form (`toString`) reads back as the same address (`Address.parse`):
 * "192.0.2.1:80", "[::1]:80", "unix:/run/x", "vsock:3:1024" ...
 */
class Address {
  #fields

  /** @param bytes the native form (struct sockaddr_in ...), which the object then owns */
  constructor (bytes) {
    this.bytes = bytes
  }

  /** AF_INET, AF_INET6, AF_UNIX ..., 0 for the empty address. */
  get family () {
    return native.addrFamily(this.bytes)
  }

  /** What the family has: host, port, flowInfo, scopeId; path; cid, port ... */
  get fields () {
    if (!this.#fields) {
      this.#fields = native.addrFields(this.bytes)
      if (this.#fields.path) this.#fields.path = this.#fields.path.toString()
      Object.freeze(this.#fields)
    }
    return this.#fields
  }

  /** The numeric host of an IP address, else undefined. */
  get host () {
    return this.fields.host
  }

  /** The port of an address that has one. */
  get port () {
    return this.fields.port
  }

  /** The path of an AF_UNIX address; an abstract name begins with a NUL. */
  get path () {
    return this.fields.path
  }

  equals (other) {
    return native.addrEqual(this.bytes, Address.from(other).bytes) === 1
  }

  toString () {
    return check(native.addrFormat(this.bytes), 'address')
  }

  toJSON () {
    return this.toString()
  }

  [Symbol.for('nodejs.util.inspect.custom')] () {
    return `Address <${this}>`
  }

  /** The address that a text form means. Nothing is looked up. */
  static parse (text) {
    return new Address(check(native.addrParse(cstring(text, 'address')), 'address'))
  }

  /** A numeric IPv4 or IPv6 host and a port. `flowInfo` and `scopeId` are for IPv6. */
  static ip (host, port, { flowInfo, scopeId } = {}) {
    cstring(host, 'host')
    portNumber(port)
    const bytes = flowInfo === undefined && scopeId === undefined
      ? native.addrIp(host, port)
      : native.addrIp6(host, port, flowInfo ?? 0, scopeId ?? 0)
    return new Address(check(bytes, 'address'))
  }

  /** An AF_UNIX path, or an abstract name, which begins with a NUL. */
  static unix (path) {
    return new Address(check(native.addrUnix(Buffer.from(path)), 'address'))
  }

  /** What calls take: an Address, its text form, `{ host, port }` or `{ path }`. */
  static from (value) {
    if (value instanceof Address) return value
    if (typeof value === 'string') return Address.parse(value)
    if (value !== null && typeof value === 'object') {
      if (value.path !== undefined) return Address.unix(value.path)
      if (value.port !== undefined) return Address.ip(value.host ?? value.address ?? '', value.port, value)
    }
    throw wrong(TypeError, 'ERR_INVALID_ARG_TYPE', 'address: must be an Address, a string, { host, port } or { path }')
  }

  static netlink ({ pid = 0, groups = 0 } = {}) {
    return make('netlink', null, pid, groups)
  }

  static packet (iface, { protocol = 0, type = 0, hardwareType = 0, hardware } = {}) {
    return make('packet', iface, protocol, type, hardwareType, hardware && Buffer.from(hardware))
  }

  static can (iface = '') {
    return make('can', iface)
  }

  static isotp (iface, rxId, txId) {
    return make('isotp', iface, rxId, txId)
  }

  /** @param name the 64-bit NAME of a device, a bigint */
  static j1939 (iface, { name = 0n, pgn = constants.J1939_NO_PGN, address = constants.J1939_NO_ADDR } = {}) {
    return make('j1939', iface, BigInt(name), pgn, address)
  }

  static tipc (type, v1, v2, v3 = 0, scope = 0) {
    return make('tipc', null, type, v1, v2, v3, scope)
  }

  static l2cap (controller, psm, { cid = 0, addressType = 0 } = {}) {
    return make('l2cap', controller, psm, cid, addressType)
  }

  static rfcomm (controller, channel) {
    return make('rfcomm', controller, channel)
  }

  static hci (device, channel = 0) {
    return make('hci', null, device, channel)
  }

  static sco (controller) {
    return make('sco', controller)
  }

  static alg (type, name, { feat = 0, mask = 0 } = {}) {
    return make('alg', type, cstring(name, 'name'), feat, mask)
  }

  static vsock (cid, port, flags = 0) {
    return make('vsock', null, cid, port, flags)
  }

  static qipcrtr (node, port) {
    return make('qipcrtr', null, node, port)
  }
}

function make (kind, text, ...rest) {
  return new Address(check(native.addrMake(kind, text === null ? null : cstring(text, kind), ...rest), 'address'))
}

/** The address that a call has just returned, or null if the kernel named none. */
Address.last = () => {
  const bytes = native.address()
  return bytes.length === 0 ? null : new Address(bytes)
}

module.exports = { Address }

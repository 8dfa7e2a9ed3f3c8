'use strict'

// Arguments: what Node checks in its own modules, with its codes.

const FOREVER = 2 ** 62

function wrong (Type, code, message) {
  return Object.assign(new Type(message), { code })
}

/** A string for C: without a NUL. */
function cstring (value, name) {
  if (typeof value !== 'string') throw wrong(TypeError, 'ERR_INVALID_ARG_TYPE', `${name}: must be a string`)
  if (value.includes('\0')) throw wrong(TypeError, 'ERR_INVALID_ARG_VALUE', `${name}: contains a NUL`)
  return value
}

/** A host: null for none. */
function host (value) {
  return value === undefined || value === null ? null : cstring(value, 'host')
}

/** A port as the text that lookups take: a number from 0 to 65535, or the name of a service. */
function port (value) {
  if (value === undefined || value === null) return null
  if (typeof value === 'number') return String(portNumber(value))
  return cstring(value, 'port')
}

function portNumber (value) {
  if (!Number.isInteger(value) || value < 0 || value > 65535) {
    throw wrong(RangeError, 'ERR_SOCKET_BAD_PORT', `port: ${value} is not within 0 to 65535`)
  }
  return value
}

/** Milliseconds as nanoseconds; undefined and Infinity are no limit. */
function nanoseconds (ms, name = 'timeout') {
  if (ms === undefined || ms === Infinity) return FOREVER
  if (typeof ms !== 'number' || !(ms >= 0)) {
    throw wrong(RangeError, 'ERR_OUT_OF_RANGE', `${name}: must be a number of milliseconds, 0 or more`)
  }
  return Math.min(Math.ceil(ms * 1e6), FOREVER)
}

/** An AbortSignal, or undefined. */
function abortable (signal) {
  if (signal !== undefined && typeof signal?.aborted !== 'boolean') {
    throw wrong(TypeError, 'ERR_INVALID_ARG_TYPE', 'signal: must be an AbortSignal')
  }
  return signal
}

/** Bytes: a Buffer, another view of memory, an ArrayBuffer, or a string as UTF-8. */
function bytes (data, name = 'data') {
  if (Buffer.isBuffer(data)) return data
  if (typeof data === 'string') return Buffer.from(data)
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return Buffer.from(data)
  throw wrong(TypeError, 'ERR_INVALID_ARG_TYPE', `${name}: must be a string, a Buffer, a TypedArray or a DataView`)
}

/** A size of memory to receive into. */
function size (value, name = 'size') {
  if (!Number.isInteger(value) || value < 0 || value > 2 ** 31) {
    throw wrong(RangeError, 'ERR_OUT_OF_RANGE', `${name}: must be an integer from 0 to 2147483648`)
  }
  return value
}

/** A descriptor: a number, or an object with `fd`, such as a FileHandle. */
function descriptor (file) {
  const fd = typeof file === 'object' && file !== null ? file.fd : file
  if (!Number.isInteger(fd) || fd < 0 || fd >= 2 ** 31) {
    throw wrong(TypeError, 'ERR_INVALID_ARG_TYPE', 'file: must be a descriptor or a FileHandle')
  }
  return fd
}

module.exports = { FOREVER, wrong, cstring, host, port, portNumber, nanoseconds, abortable, bytes, size, descriptor }

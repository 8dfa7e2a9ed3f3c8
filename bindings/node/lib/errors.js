'use strict'

// Exceptions. `errno` is the code of sock.h, `reason` its name there, `message` its sentence, `code` Node's own
// spelling of it where Node has one.

const native = require('./native')

/** A failure of libsock or of the system. */
class SockError extends Error {
  constructor (errno, syscall, message, about) {
    super(syscall ? `${syscall}: ${message}` : message)
    this.errno = errno
    this.reason = about.reason
    this.code = about.reason
    this.syscall = syscall
    Object.defineProperty(this, 'temporary', { value: about.temporary === 1 })
  }
}

/** A timeout or a deadline has passed; `code` is "ETIMEDOUT". */
class TimeoutError extends SockError {
  constructor (...args) {
    super(...args)
    this.code = 'ETIMEDOUT'
  }
}

/** A signal ended the call; `cause` is its reason, `code` "ABORT_ERR". */
class AbortError extends SockError {
  constructor (...args) {
    super(...args)
    this.code = 'ABORT_ERR'
  }
}

/** The socket was closed, before or during the call; `code` is "ERR_SOCKET_CLOSED". */
class ClosedError extends SockError {
  constructor (...args) {
    super(...args)
    this.code = 'ERR_SOCKET_CLOSED'
  }
}

/** A lookup failed; `code` is "ENOTFOUND" or the resolver's, such as "EAI_AGAIN". */
class ResolverError extends SockError {
  constructor (...args) {
    super(...args)
    if (this.reason === 'EAI_NONAME' || this.reason === 'EAI_NODATA') this.code = 'ENOTFOUND'
  }
}

/** The stream ended before all requested bytes came; `partial` has those that came. */
class EndOfStreamError extends SockError {}

const classes = {
  timeout: TimeoutError,
  canceled: AbortError,
  closed: ClosedError,
  resolver: ResolverError,
  end: EndOfStreamError,
  system: SockError
}
for (const type of Object.values(classes)) Object.defineProperty(type.prototype, 'name', { value: type.name })

const known = new Map()

function about (code) {
  if (!known.has(code)) known.set(code, native.describe(code))
  return known.get(code)
}

/** The exception for the code that a call has just returned, with the sentence of sock_last_error. */
function failure (code, syscall, fields) {
  return condition(code, syscall, fields, native.lastError())
}

/** The exception for a code that no call has returned. */
function condition (code, syscall, fields, text = about(code).text) {
  const error = new classes[about(code).kind](code, syscall, text, about(code))
  return fields ? Object.assign(error, fields) : error
}

/** Throws if a result is a code; else returns it. */
function check (result, syscall) {
  if (typeof result === 'number' && result < 0) throw failure(result, syscall)
  return result
}

module.exports = {
  SockError,
  TimeoutError,
  AbortError,
  ClosedError,
  ResolverError,
  EndOfStreamError,
  failure,
  condition,
  check
}

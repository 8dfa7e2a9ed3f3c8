'use strict'

const native = require('./native')
const constants = require('./constants')
const { Address } = require('./address')
const { failure, condition, check, ...classes } = require('./errors')
const { Socket } = require('./socket')
const { closeFd } = require('./message')
require('./option')
const { Connection } = require('./connection')
const lookups = require('./lookup')
const servers = require('./server')

module.exports = {
  constants,
  BDADDR_ANY: native.constantFind('BDADDR_ANY'),
  BDADDR_LOCAL: native.constantFind('BDADDR_LOCAL'),
  Address,
  ...classes,
  Socket,
  Connection,
  closeFd,
  ...lookups,
  ...servers,
  /** Milliseconds on the clock of deadlines. */
  now: native.now,
  /** The version of the running library. */
  version: native.version(),
  get Agent () {
    return require('./agent').Agent
  },
  get SecureAgent () {
    return require('./agent').SecureAgent
  }
}

'use strict'

// The constants of libsock's table: AF_INET, SOCK_STREAM, SO_REUSEADDR, SOCK_ETIMEDOUT ... with their values on this
// platform. One that the platform lacks is undefined.

const native = require('./native')

module.exports = Object.freeze(native.constants())

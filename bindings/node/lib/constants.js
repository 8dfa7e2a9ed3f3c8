'use strict'

// The constants of libsock's table: AF_INET, SOCK_STREAM, SO_REUSEADDR, SOCK_ETIMEDOUT ... with their values on this
// platform. One that the platform lacks is undefined. The two that are texts, BDADDR_ANY and BDADDR_LOCAL, are exports
// of the package.

const native = require('./native')

const numbers = Object.entries(native.constants()).filter(([, value]) => typeof value === 'number')

module.exports = Object.freeze(Object.fromEntries(numbers))

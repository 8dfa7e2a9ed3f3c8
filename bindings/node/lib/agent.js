'use strict'

// Agents of http and https whose connections go over libsock.

const http = require('node:http')
const https = require('node:https')
const tls = require('node:tls')
const { connect } = require('./lookup')
const { Socket } = require('./socket')
const constants = require('./constants')

async function dial ({ host, port, socketPath, timeout, signal }) {
  timeout ||= undefined // 0 is no limit for http
  if (!socketPath) return connect(host ?? 'localhost', Number(port), { timeout, signal })
  const socket = Socket.open(constants.AF_UNIX)
  try {
    await socket.connect({ path: socketPath }, { timeout, signal })
  } catch (error) {
    socket.close()
    throw error
  }
  return socket
}

/** As http.Agent. */
class Agent extends http.Agent {
  createConnection (options, callback) {
    dial(options).then(socket => {
      const stream = socket.stream()
      if (options.noDelay) stream.setNoDelay()
      if (options.timeout) stream.setTimeout(options.timeout)
      callback(null, stream)
    }, callback)
  }
}

/** As https.Agent, without the cache of TLS sessions. */
class SecureAgent extends https.Agent {
  createConnection (options, callback) {
    dial(options).then(socket => {
      callback(null, tls.connect({ ...options, path: undefined, socketPath: undefined, socket: socket.stream() }))
    }, callback)
  }
}

module.exports = { Agent, SecureAgent }

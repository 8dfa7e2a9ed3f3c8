'use strict'

// What the tests share.

const assert = require('node:assert')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const libsock = require('..')

const { Socket, constants, listen, connect } = libsock
/** Upper limits of time are for a loaded machine, and longer ones on request. */
const SOON = 5000 * Number(process.env.SOCK_TEST_SCALE ?? 1)

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Sockets that a test no longer names: their other ends must not see the collector close them. */
const kept = []

/** Both ends of a TCP connection. */
async function connected (host = '127.0.0.1') {
  const server = await listen({ host })
  const [client, peer] = await Promise.all([connect(host, server.address.port, { timeout: 10000 }), server.accept()])
  server.close()
  kept.push(client, peer)
  return [client, peer]
}

/** Two UDP sockets with a limit: a client and a server. */
function datagrams () {
  return ['client', 'server'].map(() => {
    const socket = Socket.open(constants.AF_INET, constants.SOCK_DGRAM).bind('127.0.0.1:0')
    socket.timeout = SOON
    kept.push(socket)
    return socket
  })
}

/** How long a promise takes, in ms, and how it ends: [time, error, value]. */
async function timed (call) {
  const begin = libsock.now()
  let error, value
  try {
    value = await call()
  } catch (thrown) {
    error = thrown
  }
  return [libsock.now() - begin, error, value]
}

/** A name of a file that does not exist. */
function unused () {
  return path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'libsock-')), 'socket')
}

/** Descriptors of this process. */
function descriptors () {
  return fs.readdirSync('/proc/self/fd').length
}

/** Lets the collector run, and its finalizers. */
async function collect () {
  for (let i = 0; i < 4; i++) {
    globalThis.gc()
    await sleep(5)
  }
}

/** Whether a promise has ended. */
async function isPending (promise) {
  const mark = {}
  return await Promise.race([promise.catch(() => {}), sleep(20).then(() => mark)]) === mark
}

module.exports = { assert, sleep, connected, datagrams, timed, unused, descriptors, collect, isPending, SOON, ...libsock }

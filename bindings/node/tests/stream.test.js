'use strict'

// Connection: Node's own http, tls and pipelines over libsock sockets. LIBSOCK_REQUESTS sets how many requests.

const test = require('node:test')
const crypto = require('node:crypto')
const fs = require('node:fs')
const http = require('node:http')
const https = require('node:https')
const path = require('node:path')
const tls = require('node:tls')
const { finished, pipeline } = require('node:stream/promises')
const { Readable } = require('node:stream')
const {
  assert, connected, sleep, SOON, unused, constants, connect, listen, Agent, SecureAgent, now
} = require('./check')

const REQUESTS = Number(process.env.LIBSOCK_REQUESTS ?? 20000)
const CLIENTS = 64
const pem = fs.readFileSync(path.join(__dirname, '../../python/tests/localhost.pem'))

test('data goes both ways, and end and finish come', async () => {
  const [client, peer] = (await connected()).map(socket => socket.stream())
  client.end('question')
  let text = ''
  for await (const data of peer) text += data
  assert.equal(text, 'question')
  const [one, other] = (await connected()).map(socket => socket.stream({ allowHalfOpen: true }))
  one.end('x')
  other.resume()
  await finished(other, { writable: false })
  other.end('answer')
  assert.equal(String(await one.toArray()), 'answer')
  assert.equal(one.bytesRead, 6)
  assert.equal(other.bytesWritten, 6)
})

test('a pipeline of 32 MiB arrives whole', async () => {
  const [client, peer] = (await connected()).map(socket => socket.stream())
  const chunk = crypto.randomBytes(100000)
  const wanted = crypto.createHash('sha256')
  const got = crypto.createHash('sha256')
  const chunks = function * () {
    for (let i = 0; i < 335; i++) {
      wanted.update(chunk)
      yield chunk
    }
  }
  await Promise.all([
    pipeline(Readable.from(chunks()), client),
    pipeline(peer, async source => { for await (const data of source) got.update(data) })
  ])
  assert.equal(got.digest('hex'), wanted.digest('hex'))
})

test('a stream that nobody reads stops its peer, and goes on', async () => {
  const [client, peer] = (await connected()).map(socket => socket.stream())
  let sent = 0
  const chunk = Buffer.alloc(65536)
  const begin = now()
  while (now() - begin < SOON && client.write(chunk)) sent += chunk.length
  for (let i = 0; i < 200 && client.writableLength === 0; i++) {
    client.write(chunk)
    sent += chunk.length
  }
  await sleep(50)
  assert.ok(client.writableLength > 0, 'the socket is full')
  client.end()
  let got = 0
  for await (const data of peer) got += data.length
  assert.ok(got >= sent && got % chunk.length === 0)
})

test('limits and close end a stream', async () => {
  const [client] = await connected()
  const stream = client.stream()
  stream.resume()
  client.setDeadline(now() + 50)
  await assert.rejects(finished(stream), { name: 'TimeoutError' })
  const [other] = await connected()
  const aborted = new AbortController()
  const second = other.stream()
  second.resume()
  other.setSignal(aborted.signal)
  aborted.abort()
  await assert.rejects(finished(second), { name: 'AbortError' })
  const [third] = await connected()
  const idle = third.stream()
  await new Promise(resolve => idle.setTimeout(50, resolve))
  idle.destroy()
  await assert.rejects(finished(idle), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
  assert.ok(third.closed)
  const [fourth, peer] = await connected()
  peer.stream().resetAndDestroy()
  await assert.rejects(finished(fourth.stream().resume()), { code: 'ECONNRESET' })
})

/** Sends requests by a number of clients at a time. */
async function requests (module, options, count) {
  let left = count
  const client = async () => {
    while (left-- > 0) {
      const body = await new Promise((resolve, reject) => {
        const request = module.request({ ...options, method: 'POST' }, response => {
          let text = ''
          response.setEncoding('utf8').on('data', data => { text += data }).on('end', () => resolve(text)).on('error', reject)
        })
        request.on('error', reject).end('ping')
      })
      assert.equal(body, 'pong ping')
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
}

function answer (request, response) {
  let text = ''
  request.setEncoding('utf8').on('data', data => { text += data }).on('end', () => response.end(`pong ${text}`))
}

test(`http: ${REQUESTS} requests, server and client over libsock`, async () => {
  const server = await listen({ host: '127.0.0.1' })
  const fed = server.feed(http.createServer(answer))
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  await requests(http, { host: '127.0.0.1', port: server.address.port, agent }, REQUESTS)
  agent.destroy()
  server.close()
  await fed
})

test(`https: ${REQUESTS} requests, server and client over libsock`, async () => {
  const server = await listen({ host: '127.0.0.1' })
  const fed = server.feed(https.createServer({ key: pem, cert: pem }, answer))
  const agent = new SecureAgent({ keepAlive: true, maxSockets: CLIENTS, ca: pem, servername: 'localhost' })
  await requests(https, { host: '127.0.0.1', port: server.address.port, agent }, REQUESTS)
  agent.destroy()
  server.close()
  await fed
})

test('http over AF_UNIX', async () => {
  const name = unused()
  const server = await listen({ path: name, fileMode: 0o600 })
  assert.equal(fs.statSync(name).mode & 0o777, 0o600)
  server.feed(http.createServer(answer))
  const agent = new Agent({ keepAlive: true })
  await requests(http, { socketPath: name, agent }, 100)
  agent.destroy()
  server.close()
})

test('tls: a handshake that hangs ends by a deadline', async () => {
  const [client, silent] = await connected()
  client.setDeadline(now() + 50)
  const secure = tls.connect({ socket: client.stream(), ca: pem, servername: 'localhost' })
  await assert.rejects(finished(secure), error => ['ETIMEDOUT', 'ECONNRESET'].includes(error.code))
  silent.close()
})

test('a program ends when only unref sockets wait', async () => {
  const { execFileSync } = require('node:child_process')
  const program = `
    const { listen, Socket } = require(${JSON.stringify(path.join(__dirname, '..'))})
    listen({ host: '127.0.0.1' }).then(server => { server.unref().accept(); console.log('waiting') })`
  assert.equal(execFileSync(process.execPath, ['-e', program], { timeout: 10 * SOON, encoding: 'utf8' }), 'waiting\n')
})

test('names and addresses are those of net.Socket', async () => {
  const server = await listen({ host: '127.0.0.1' })
  const stream = (await connect('127.0.0.1', server.address.port)).stream()
  assert.equal(stream.remoteAddress, '127.0.0.1')
  assert.equal(stream.remotePort, server.address.port)
  assert.equal(stream.remoteFamily, 'IPv4')
  assert.equal(stream.localAddress, '127.0.0.1')
  assert.equal(stream.readyState, 'open')
  assert.equal(stream.setNoDelay().setKeepAlive(true, 5000).address().family, 'IPv4')
  assert.equal(stream.socket.getOption(constants.SOL_SOCKET, constants.SO_KEEPALIVE), 1)
  stream.destroy()
  assert.equal(stream.readyState, 'closed')
  server.close()
})

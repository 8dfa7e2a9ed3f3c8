'use strict'

// Races of the event loop: limits that pass while a call is made, calls that end in the midst of others, errors that
// nobody takes, and what keeps a program, a worker or a socket alive.

const test = require('node:test')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { execFile, spawn } = require('node:child_process')
const { getEventListeners, once } = require('node:events')
const { Worker } = require('node:worker_threads')
const native = require('../lib/native')
const {
  assert, collect, connected, datagrams, isPending, sleep, unused, SOON, Agent, Socket, connect, constants, listen, now
} = require('./check')

const library = JSON.stringify(path.join(__dirname, '..'))
const listeners = signal => getEventListeners(signal, 'abort').length

/** Fills a socket until it takes no more. */
async function fill (socket) {
  try {
    for (;;) await socket.send(Buffer.alloc(1 << 20), { timeout: 0 })
  } catch (error) {
    assert.equal(error.code, 'EAGAIN')
  }
}

/** The output of a program in a process of its own, which has `libsock`. */
function output (program) {
  return new Promise((resolve, reject) => {
    const whole = `const libsock = require(${library}); (async () => { ${program} })()`
    execFile(process.execPath, ['-e', whole], { timeout: 10 * SOON }, (error, text) => error ? reject(error) : resolve(text))
  })
}

test('a limit that passes while the call is made ends it, and leaves nothing', async () => {
  const [client, peer] = await connected()
  const { signal } = new AbortController()
  for (let i = 0; i < 500; i++) {
    await assert.rejects(client.recv(1, { timeout: i % 2 ? 0.0001 : 0.01, signal }), { name: 'TimeoutError' })
    assert.equal(listeners(signal), 0)
  }
  await peer.send('x')
  assert.equal(String(await client.recv(1, { timeout: SOON })), 'x')
})

test('a call with a bad limit or signal takes no data from the next', async () => {
  const [client, peer] = await connected()
  for (const limits of [{ timeout: -1 }, { timeout: NaN }, { timeout: null }]) {
    await assert.rejects(client.recv(1, limits), { code: 'ERR_OUT_OF_RANGE' })
  }
  for (const signal of [null, {}, 'abort']) {
    await assert.rejects(client.recv(1, { signal }), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(connect('127.0.0.1', 1, { signal }), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  assert.throws(() => client.setSignal({}), { code: 'ERR_INVALID_ARG_TYPE' })
  const reading = client.recv(1, { timeout: SOON })
  await peer.send('x')
  assert.equal(String(await reading), 'x')
})

test('a call that does not wait does not wait behind others either', async () => {
  const [client, peer] = await connected()
  const first = client.recv(1)
  await assert.rejects(client.recv(1, { timeout: 0 }), { code: 'EAGAIN' })
  await peer.send('x')
  assert.equal(String(await first), 'x')
})

test('one signal for many calls has one listener, and none after them', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const warnings = []
  const warned = warning => warnings.push(warning)
  process.on('warning', warned)
  const [client, peer] = await connected()
  const calls = Array.from({ length: 30 }, () => client.recv(1, { signal }))
  assert.equal(listeners(signal), 1)
  await peer.sendAll('x'.repeat(30))
  await Promise.all(calls)
  assert.equal(listeners(signal), 0)
  const server = await listen({ host: '127.0.0.1' })
  for (let i = 0; i < 30; i++) (await connect('127.0.0.1', server.address.port, { signal })).close()
  assert.equal(listeners(signal), 0)
  client.setSignal(signal)
  peer.setSignal(signal)
  client.setSignal(signal)
  client.setSignal(null)
  assert.equal(listeners(signal), 1)
  const last = [peer.recv(1), ...Array.from({ length: 30 }, () => client.recv(1, { signal }))]
  assert.equal(listeners(signal), 1)
  controller.abort('enough')
  for (const call of last) await assert.rejects(call, { name: 'AbortError', cause: 'enough' })
  server.close()
  const unused = new AbortController()
  client.setSignal(unused.signal)
  client.setSignal(null)
  unused.abort()
  client.setSignal(unused.signal)
  await assert.rejects(client.recv(1), { name: 'AbortError' })
  await sleep(10)
  process.removeListener('warning', warned)
  assert.deepEqual(warnings, [])
})

test('a stream that ends in the midst of a write calls back every write', async () => {
  for (const end of [
    stream => stream.destroy(), stream => stream.destroy(new Error('mine')),
    (stream, socket) => socket.close(), (stream, socket) => socket.release()
  ]) {
    const [client, peer] = Socket.pair()
    await fill(client)
    const stream = client.stream()
    const closed = new Promise(resolve => stream.on('error', () => {}).on('close', resolve))
    const ends = []
    stream.on('close', () => ends.push('close'))
    for (let i = 0; i < 3; i++) stream.write('x', error => ends.push(error))
    await sleep(20)
    end(stream, client)
    await closed
    await sleep(0)
    assert.equal(ends.length, 4)
    assert.equal(ends.pop(), 'close')
    for (const error of ends) assert.ok(error instanceof Error)
    stream.destroy()
    client.close()
    peer.close()
  }
})

test('a stream that ends another, both of which are ready', async () => {
  for (let i = 0; i < 20; i++) {
    const pairs = [await connected(), await connected()]
    const streams = pairs.map(([client]) => client.stream())
    let got = 0
    streams.forEach((stream, i) => stream.on('error', () => {}).on('data', () => {
      got++
      streams[1 - i].destroy()
      stream.setTimeout(1000).end('bye')
    }))
    const closed = streams.map(stream => new Promise(resolve => stream.on('close', resolve)))
    for (const [, peer] of pairs) await peer.send('x')
    while (got === 0) await sleep(1)
    assert.equal(got, 1)
    for (const [, peer] of pairs) peer.close()
    await Promise.all(closed)
    streams[0].setTimeout(10, () => assert.fail('a timeout of a closed stream'))
  }
  await sleep(20)
})

test('an error that nobody takes does not spin the loop', async () => {
  const gone = Socket.open(constants.AF_INET, constants.SOCK_DGRAM).bind('127.0.0.1:0')
  const [client] = datagrams()
  client.setOption(constants.IPPROTO_IP, constants.IP_RECVERR, 1)
  const { address } = gone
  gone.close()
  await client.sendTo('lost', address)
  await assert.rejects(client.recv(10), { code: 'ECONNREFUSED' })
  let tries = 0
  const { recv } = native
  native.recv = (...words) => {
    tries++
    return recv(...words)
  }
  const reading = client.recv(10)
  const begin = now()
  await sleep(200)
  native.recv = recv
  assert.ok(tries <= (now() - begin) / 2 + 5, `${tries} tries`)
  await Socket.open(constants.AF_INET, constants.SOCK_DGRAM).sendTo('data', client.address)
  assert.equal(String(await reading), 'data')
  const { data } = await client.recvMessage(10, { flags: constants.MSG_ERRQUEUE })
  assert.equal(String(data), 'lost')
})

test('the error queue and data are waited for side by side', async () => {
  const [client, other] = datagrams()
  client.setOption(constants.IPPROTO_IP, constants.IP_RECVERR, 1)
  const error = client.recvMessage(10, { flags: constants.MSG_ERRQUEUE })
  const reading = client.recv(10)
  assert.ok(await isPending(Promise.race([error, reading])))
  await other.sendTo('data', client.address)
  assert.equal(String(await reading), 'data')
  await other.sendTo('more', client.address)
  let tries = 0
  const { recvMessage } = native
  native.recvMessage = (...words) => {
    tries++
    return recvMessage(...words)
  }
  assert.ok(await isPending(error)) // though there is data
  native.recvMessage = recvMessage
  assert.ok(tries <= 10, `${tries} tries`)
  const gone = Socket.open(constants.AF_INET, constants.SOCK_DGRAM).bind('127.0.0.1:0')
  const { address } = gone
  gone.close()
  await client.sendTo('lost', address)
  assert.equal(String((await error).data), 'lost')
  await assert.rejects(client.recvMessage(10, { flags: constants.MSG_ERRQUEUE, timeout: 20 }), { name: 'TimeoutError' })
  client.setDeadline(now() + 20, 'read')
  await assert.rejects(client.recvMessage(10, { flags: constants.MSG_ERRQUEUE }), { name: 'TimeoutError' })
})

test('a server of several sockets loses no connection to a call that has ended', async t => {
  for (let i = 0; i < 5; i++) {
    const server = await listen({})
    if (server.sockets.length < 2) return t.skip('this machine has one family')
    const { port } = server.address
    const clients = await Promise.all(['127.0.0.1', '::1'].map(host => connect(host, port)))
    await sleep(20) // Both are there.
    const accepted = await Promise.all([1, 2].map(() => server.accept({ timeout: SOON })))
    assert.deepEqual(accepted.map(({ peer }) => String(peer)).sort(), clients.map(({ address }) => String(address)).sort())
    const more = await Promise.all(['127.0.0.1', '::1'].map(host => connect(host, port)))
    await sleep(20)
    const last = server.accept()
    server.close()
    const peer = await last // Connections that nobody is given are closed.
    const lost = more.find(({ address }) => !address.equals(peer.peer))
    await lost.recv(1, { timeout: SOON }).catch(error => assert.equal(error.code, 'ECONNRESET'))
    for (const socket of [...clients, ...accepted, ...more, peer]) socket.close()
  }
})

test('a file that is closed in the midst of sendFile ends it', async () => {
  const name = unused()
  fs.writeFileSync(name, Buffer.alloc(1 << 24))
  const [client, peer] = await connected()
  const file = await fs.promises.open(name)
  const sending = client.sendFile(file)
  assert.ok(await isPending(sending))
  const { fd } = file
  await file.close()
  const strangers = []
  do strangers.push(fs.openSync('/dev/zero')); while (strangers.at(-1) < fd)
  const ended = assert.rejects(sending, { code: 'ERR_INVALID_ARG_TYPE' })
  let got = 0
  for (;;) {
    const data = await peer.recv(1 << 20, { timeout: 200 }).catch(() => null)
    if (data === null) break
    got += data.length
  }
  await ended
  assert.ok(got < 1 << 24)
  for (const stranger of strangers) fs.closeSync(stranger)
})

test('a deadline to come does not keep a socket from the collector', async () => {
  let [client, peer] = Socket.pair()
  client.setDeadline(now() + 3600000)
  const collected = new WeakRef(client)
  client = null
  await collect()
  assert.equal(collected.deref(), undefined)
  assert.equal(await peer.recv(1, { timeout: SOON }), null)
})

test('a program lives as long as its calls, and no longer', async () => {
  const { AF_UNIX, SOCK_DGRAM } = constants
  const full = `
    const name = '\\0libsock node ' + process.pid
    globalThis.server = libsock.Socket.open(${AF_UNIX}, ${SOCK_DGRAM}).bind({ path: name })
    const client = libsock.Socket.open(${AF_UNIX}, ${SOCK_DGRAM})
    const send = timeout => client.sendTo('x', { path: name }, { timeout })
    try { for (;;) await send(0) } catch {}`
  const pair = 'const [one, other] = globalThis.kept = libsock.Socket.pair();'
  const name = 'catch(error => console.log(error.name))'
  const texts = await Promise.all([
    output(`${full}; send(50).${name}`),
    output(`${full}; client.unref(); send(3600000); console.log('ends')`),
    output(`${full}; send(3600000); client.unref(); console.log('ends')`),
    output(`${pair} one.recv(1, { timeout: 50 }).${name}`),
    output(`${pair} one.unref().recv(1, { timeout: 3600000 }); console.log('ends')`),
    output(`${pair} one.recv(1, { timeout: 3600000 }); one.unref(); console.log('ends')`),
    output(`${pair} one.unref().recv(1, { timeout: 50 }).${name}; one.ref()`),
    output(`${pair} one.stream().on('data', () => { console.log('exits'); process.exit() }); other.send('x'); other.recv()`)
  ])
  assert.deepEqual(texts.map(text => text.trim()),
    ['TimeoutError', 'ends', 'ends', 'TimeoutError', 'ends', 'ends', 'TimeoutError', 'exits'])
})

test('a worker ends when only unref sockets wait, and in the midst of an exit', async () => {
  const pair = 'const [one, other] = globalThis.kept = libsock.Socket.pair();'
  const programs = [
    "libsock.listen({ host: '127.0.0.1' }).then(server => server.unref().accept({ timeout: 3600000 }))",
    `${pair} one.stream().on('data', () => process.exit()); other.send('x'); other.recv()`,
    `${pair} one.recv(1, { timeout: 20 }).catch(() => {}); one.setDeadline(libsock.now() + 3600000)`
  ]
  for (const program of programs) {
    const thread = new Worker(`const libsock = require(${library}); ${program}`, { eval: true })
    const [code] = await once(thread, 'exit')
    assert.equal(code, 0)
  }
})

test('an agent obeys timeouts as http does: 0 is none', async t => {
  const server = await listen({ host: '127.0.0.1' })
  t.after(() => server.close())
  server.feed(http.createServer((request, response) => request.url === '/silent' || response.end('answer')))
  const get = (path, agent, more) => new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port: server.address.port, path, agent, ...more }, response => {
      response.resume().on('end', () => resolve('answer'))
    })
    request.on('timeout', () => { resolve('timeout'); request.destroy() })
    request.on('error', error => error.code === 'ETIMEDOUT' ? resolve('timeout') : reject(error)) // while it connects
  })
  const agent = new Agent({ timeout: 100 })
  assert.equal(await get('/', new Agent(), { timeout: 0 }), 'answer')
  assert.equal(await get('/silent', agent), 'timeout')
  assert.equal(await get('/silent', new Agent(), { timeout: 100 }), 'timeout')
})

test('a server that has run out of descriptors goes on once there are some', async t => {
  const program = `
    const libsock = require(${library})
    const taken = []
    libsock.listen({ host: '127.0.0.1' }).then(server => {
      server.feed(require('node:http').createServer((request, response) => response.end('answer')))
      try { for (;;) taken.push(libsock.Socket.open()) } catch {}
      console.log(server.address.port)
      setTimeout(() => taken.forEach(socket => socket.close()), 300)
    })`
  const child = spawn('sh', ['-c', 'ulimit -n 200; exec "$@"', 'sh', process.execPath, '-e', program])
  t.after(() => child.kill())
  const [port] = await once(child.stdout, 'data')
  const client = await connect('127.0.0.1', Number(port))
  await client.sendAll('GET / HTTP/1.0\r\n\r\n')
  assert.match(String(await client.recv(1000, { timeout: 10 * SOON })), /^HTTP\/1.1 200/)
})

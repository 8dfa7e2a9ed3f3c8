'use strict'

// worker_threads: every worker has its own event loop and its own sockets.

const test = require('node:test')
const path = require('node:path')
const { once } = require('node:events')
const { Worker } = require('node:worker_threads')
const { assert, connected, descriptors, listen, connect, Socket, now, sleep, SOON } = require('./check')

const library = JSON.stringify(path.join(__dirname, '..'))

/** A worker of a program, which has `libsock`, `data` and `parentPort`. */
function worker (program, workerData) {
  return new Worker(`
    const { workerData: data, parentPort } = require('node:worker_threads')
    const libsock = require(${library});
    (async () => { ${program} })()`, { eval: true, workerData })
}

test('a handle moves to a worker', async () => {
  const [client, peer] = await connected()
  const thread = worker(`
    const socket = libsock.Socket.adopt(data)
    await socket.sendAll((await socket.recvExact(5)).toString().toUpperCase())
    socket.close()`, peer.release())
  await client.sendAll('hello')
  assert.equal(String(await client.recvExact(5)), 'HELLO')
  assert.equal(await client.recv(), null)
  await once(thread, 'exit')
})

test('a worker that is terminated in the midst of calls closes its sockets', async () => {
  const before = descriptors()
  for (let i = 0; i < 5; i++) {
    const thread = worker(`
      const server = await libsock.listen({ host: '127.0.0.1' })
      const client = await libsock.connect('127.0.0.1', server.address.port)
      const peer = await server.accept()
      server.accept(); client.recv(); peer.stream().resume(); libsock.lookup('nothing.invalid', 80).catch(() => {})
      parentPort.postMessage('waiting')
      setInterval(() => {}, 1000)`)
    await once(thread, 'message')
    await thread.terminate()
  }
  const limit = now() + SOON
  while (descriptors() > before && now() < limit) await sleep(20)
  assert.ok(descriptors() <= before, `${descriptors()} descriptors, ${before} before`)
})

test('eight workers serve 8,000 echoes side by side', async () => {
  const server = await listen({ host: '127.0.0.1' })
  const threads = Array.from({ length: 8 }, () => worker(`
    const socket = await libsock.connect('127.0.0.1', data)
    for (let i = 0; i < 1000; i++) {
      await socket.sendAll('ping')
      if (String(await socket.recvExact(4)) !== 'ping') throw new Error('a different answer')
    }
    socket.close()
    parentPort.postMessage('done')`, server.address.port))
  const messages = threads.map(thread => once(thread, 'message'))
  for (let i = 0; i < threads.length; i++) {
    const connection = (await server.accept()).stream()
    connection.pipe(connection)
  }
  for (const [message] of await Promise.all(messages)) assert.equal(message, 'done')
  server.close()
  await Promise.all(threads.map(thread => thread.terminate()))
})

test('workers accept from one port (SO_REUSEPORT)', async () => {
  const first = await listen({ host: '127.0.0.1', reusePort: true })
  const { port } = first.address
  first.close()
  const threads = [1, 2].map(() => worker(`
    const server = await libsock.listen({ host: '127.0.0.1', port: data, reusePort: true })
    parentPort.postMessage('listening')
    for await (const connection of server) { await connection.sendAll('x'); connection.close() }`, port))
  await Promise.all(threads.map(thread => once(thread, 'message')))
  for (let i = 0; i < 20; i++) {
    const client = await connect('127.0.0.1', port)
    assert.equal(String(await client.recvExact(1)), 'x')
    client.close()
  }
  await Promise.all(threads.map(thread => thread.terminate()))
  assert.throws(() => Socket.adopt(1), { name: 'ClosedError' })
})

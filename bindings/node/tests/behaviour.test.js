'use strict'

// The cases of bindings/behaviour.md. "Blocked in another thread" is a promise of the same loop here: a socket belongs
// to one thread. worker.test.js has what concerns several.

const test = require('node:test')
const fs = require('node:fs')
const {
  assert, sleep, connected, datagrams, timed, unused, descriptors, collect, isPending, SOON,
  Socket, Address, constants, connect, listen, lookup, resolve, now, closeFd,
  SockError, TimeoutError, AbortError, ClosedError, ResolverError, EndOfStreamError
} = require('./check')

const EIGHT = 8 * 1024 * 1024

async function echo (client, peer, data) {
  const served = peer.recvExact(data.length).then(got => peer.sendAll(got))
  await client.sendAll(data)
  assert.ok(data.equals(await client.recvExact(data.length)))
  await served
}

async function echoDatagrams (family, addressOf) {
  const [server, client] = [0, 1].map(i => Socket.open(family, constants.SOCK_DGRAM).bind(addressOf(i)))
  for (const text of ['hello', '']) {
    assert.equal(await client.sendTo(text, server.address), text.length)
    const { data, address } = await server.recvFrom()
    assert.equal(String(data), text)
    assert.ok(address.equals(client.address))
    await server.sendTo(data, address)
    assert.equal(String(await client.recv()), text)
  }
}

/** Reads everything slowly; resolves to how much it was. */
async function slowly (socket) {
  let total = 0
  for (;;) {
    const data = await socket.recv(200000)
    if (data === null) return total
    total += data.length
    await sleep(1)
  }
}

test('echo_tcp', async () => {
  const [client, peer] = await connected()
  await echo(client, peer, Buffer.from('x'))
  await echo(client, peer, Buffer.alloc(1 << 20, '0123456789abcdef'))
})

test('echo_udp', () => echoDatagrams(constants.AF_INET, () => '127.0.0.1:0'))

test('echo_unix', async () => {
  const path = unused()
  for (const address of [Address.unix(path), Address.unix(`\0libsock\0node${path}`)]) {
    const server = Socket.open(constants.AF_UNIX).bind(address).listen()
    assert.ok(server.address.equals(address))
    const client = Socket.open(constants.AF_UNIX)
    await client.connect(address)
    await echo(client, await server.accept(), Buffer.from('hello'))
    server.close()
  }
  await echoDatagrams(constants.AF_UNIX, i => Address.unix(`\0node\0${path}${i}`))
})

test('echo_ipv6', async t => {
  try {
    Socket.open(constants.AF_INET6).bind('[::1]:0').close()
  } catch {
    return t.skip('this machine has no IPv6')
  }
  const [client, peer] = await connected('::1')
  assert.equal(client.peer.host, '::1')
  await echo(client, peer, Buffer.from('hello'))
})

test('refused', async () => {
  const { address } = Socket.open().bind('127.0.0.1:0')
  await assert.rejects(Socket.open().connect(address), error => {
    assert.ok(error instanceof SockError)
    assert.equal(error.code, 'ECONNREFUSED')
    assert.equal(error.errno, -constants.ECONNREFUSED)
    assert.equal(error.syscall, 'connect')
    assert.match(error.message, /refused/)
    return true
  })
})

test('end_of_stream', async () => {
  const [client, peer] = await connected()
  client.shutdown('write')
  assert.equal(await peer.recv(10), null)
  await peer.sendAll('still')
  assert.equal(String(await client.recvExact(5)), 'still')
})

test('broken_pipe', async () => {
  const [client, peer] = await connected()
  peer.close()
  await assert.rejects(async () => {
    for (let i = 0; i < 100; i++) {
      await client.send('x')
      await sleep(10)
    }
  }, error => ['EPIPE', 'ECONNRESET'].includes(error.code))
})

test('timeout_read', async () => {
  const [client] = await connected()
  const [took, error] = await timed(() => client.recv(1, { timeout: 50 }))
  assert.ok(error instanceof TimeoutError)
  assert.equal(error.errno, constants.SOCK_ETIMEDOUT)
  assert.ok(took >= 50 && took < SOON, took)
  client.timeout = 50
  const [again, second] = await timed(() => client.recv(1))
  assert.ok(second instanceof TimeoutError)
  assert.ok(again >= 50 && again < SOON, again)
})

test('timeout_keeps_data', async () => {
  const [client, peer] = await connected()
  await assert.rejects(client.recv(10, { timeout: 50 }), TimeoutError)
  await peer.sendAll('whole')
  assert.equal(String(await client.recvExact(5, { timeout: SOON })), 'whole')
})

test('deadline_past', async () => {
  const [client, peer] = await connected()
  await peer.sendAll('data')
  await client.recv(1, { flags: constants.MSG_PEEK })
  client.setDeadline(now() - 1, 'read')
  await assert.rejects(client.recv(10), TimeoutError)
  client.setDeadline(null)
  assert.equal(String(await client.recv(10)), 'data')
})

test('deadline_moves_blocked', async () => {
  const [client] = await connected()
  const reading = client.recv(1)
  assert.ok(await isPending(reading))
  const [took, error] = await timed(() => {
    client.setDeadline(now() + 50)
    return reading
  })
  assert.ok(error instanceof TimeoutError)
  assert.ok(took >= 50 && took < SOON, took)
})

test('deadline_directions', async () => {
  const [client, peer] = await connected()
  client.setDeadline(0, 'read')
  assert.equal(await client.send('x'), 1)
  await assert.rejects(client.recv(1), TimeoutError)
  client.setDeadline(Infinity, 'read')
  client.setDeadline(0, 'write')
  await assert.rejects(client.send('x'), TimeoutError)
  await peer.sendAll('y')
  assert.equal(String(await client.recv(1)), 'y')
})

test('cancel_blocked', async () => {
  const [client] = await connected()
  const controller = new AbortController()
  const reading = client.recv(1, { signal: controller.signal })
  assert.ok(await isPending(reading))
  controller.abort('enough')
  await assert.rejects(reading, error => error instanceof AbortError && error.cause === 'enough' && error.name === 'AbortError')
  client.setSignal(new AbortController().signal) // The signal of one call is not the socket's.
  const other = client.recv(1)
  assert.ok(await isPending(other))
  client.close()
  await assert.rejects(other, ClosedError)
})

test('cancel_many', async () => {
  const controller = new AbortController()
  const sockets = await Promise.all([1, 2, 3].map(async () => (await connected())[0]))
  for (const socket of sockets) socket.setSignal(controller.signal)
  const calls = sockets.map(socket => socket.recv(1))
  assert.ok(await isPending(Promise.any(calls)))
  controller.abort()
  for (const call of calls) await assert.rejects(call, AbortError)
  for (const socket of sockets) await assert.rejects(socket.send('x'), AbortError)
})

test('cancel_before', async () => {
  const [client, peer] = await connected()
  await peer.sendAll('x')
  await client.recv(1, { flags: constants.MSG_PEEK })
  client.setSignal(AbortSignal.abort())
  await assert.rejects(client.recv(1), AbortError)
  client.setSignal(null)
  await assert.rejects(client.recv(1, { signal: AbortSignal.abort() }), AbortError)
  assert.equal(String(await client.recv(1)), 'x')
})

test('close_wakes_read', async () => {
  const [client] = await connected()
  const reading = client.recv(1)
  assert.ok(await isPending(reading))
  client.close()
  await assert.rejects(reading, error => error instanceof ClosedError && error.errno === constants.SOCK_ECLOSED)
})

test('close_wakes_accept', async () => {
  const server = Socket.open().bind('127.0.0.1:0').listen()
  const { address } = server
  const accepting = server.accept()
  assert.ok(await isPending(accepting))
  server.close()
  Socket.open().bind(address).close()
  await assert.rejects(accepting, ClosedError)
})

test('close_twice', async () => {
  const [client] = await connected()
  client.close()
  client.close()
  assert.ok(client.closed)
  await assert.rejects(client.recv(1), error => error instanceof ClosedError && error.errno === -constants.EBADF)
  await assert.rejects(client.send('x'), ClosedError)
  assert.throws(() => client.address, ClosedError)
  assert.throws(() => client.setDeadline(now()), ClosedError)
})

test('no_stranger', async () => {
  const [client] = await connected()
  const fd = client.fileno
  client.close()
  const kept = []
  let [one, other] = Socket.pair()
  while (one.fileno !== fd && other.fileno !== fd && kept.length < 200) {
    kept.push(one, other)
    ;[one, other] = Socket.pair()
  }
  if (other.fileno === fd) [one, other] = [other, one]
  assert.equal(one.fileno, fd)
  await other.sendAll('secret')
  await assert.rejects(client.recv(10), ClosedError)
  assert.equal(String(await one.recv(10)), 'secret')
})

test('connect_by_name', async () => {
  const server = await listen({ host: 'localhost' })
  const { port } = server.address
  for (const service of [port, String(port)]) {
    const client = await connect('localhost', service, { timeout: 10000 })
    assert.equal(client.peer.port, port)
    client.close()
  }
  server.close()
})

test('connect_attempts', async () => {
  const server = await listen({ host: '127.0.0.1' })
  const attempts = []
  // Where localhost has two addresses, only one of them listens.
  const client = await connect('localhost', server.address.port, { timeout: 10000, attempts })
  assert.ok(client.peer.equals(server.address))
  const last = attempts[attempts.length - 1]
  assert.equal(last.phase, 'connected')
  assert.equal(last.errno, 0)
  assert.ok(last.address.equals(server.address))
  for (const attempt of attempts.slice(0, -1)) assert.ok(attempt.errno < 0 && attempt.reason)
  const { port } = server.address
  server.close()
  await assert.rejects(connect('127.0.0.1', port), error => {
    assert.equal(error.code, 'ECONNREFUSED')
    assert.deepEqual(error.attempts.map(({ reason, phase }) => [reason, phase]), [['ECONNREFUSED', 'connect']])
    assert.ok(error.attempts[0].end >= error.attempts[0].start)
    return true
  })
})

test('connect_deadline', async () => {
  const server = Socket.open().bind('127.0.0.1:0').listen(0) // never answers: its backlog is full
  const waiting = [1, 2, 3].map(() => Socket.open())
  for (const socket of waiting) socket.connect(server.address).catch(() => {})
  await sleep(20)
  const { port } = server.address
  const [took, error] = await timed(() => connect('localhost', port, { timeout: 200, family: constants.AF_INET }))
  assert.ok(error instanceof TimeoutError)
  assert.ok(took >= 200 && took < SOON, took)
  assert.equal(error.attempts.length, 1)
  const aborted = connect('127.0.0.1', port, { signal: AbortSignal.timeout(50) })
  await assert.rejects(aborted, error => error instanceof AbortError && error.cause.name === 'TimeoutError')
  for (const socket of [...waiting, server]) socket.close()
})

test('lookup_numeric', async () => {
  const [first] = await lookup('192.0.2.1', 80, { type: constants.SOCK_STREAM })
  assert.equal(String(first.address), '192.0.2.1:80')
  assert.equal(String(await resolve('::1', '443')), '[::1]:443')
})

test('lookup_unknown', async () => {
  await assert.rejects(lookup('nothing.invalid', 80, { timeout: 30000 }), error => {
    return error instanceof ResolverError && !(error instanceof TimeoutError)
  })
})

test('recv_exact', async () => {
  const [client, peer] = await connected()
  const sending = (async () => {
    for (const part of 'abcd') {
      await peer.send(part)
      await sleep(20)
    }
    peer.shutdown('write')
  })()
  assert.equal(String(await client.recvExact(3)), 'abc')
  await assert.rejects(client.recvExact(3), error => {
    return error instanceof EndOfStreamError && String(error.partial) === 'd'
  })
  await sending
})

test('send_all', async () => {
  const [client, peer] = await connected()
  const reading = slowly(peer)
  await client.sendAll(Buffer.alloc(EIGHT, 'x'), { timeout: 60000 })
  client.close()
  assert.equal(await reading, EIGHT)
  const [other, silent] = await connected()
  await assert.rejects(other.sendAll(Buffer.alloc(4 * EIGHT), { timeout: 50 }), error => {
    return error instanceof TimeoutError && error.sent > 0 && error.sent < 4 * EIGHT
  })
  silent.close()
})

test('pass_descriptors', async () => {
  const [one, other] = Socket.pair()
  const [a, b] = Socket.pair()
  await one.sendFds('x', [b.fileno])
  const { data, fds, flags } = await other.recvFds(10, 4)
  assert.equal(String(data), 'x')
  assert.equal(fds.length, 1)
  assert.equal(flags & constants.MSG_CTRUNC, 0)
  const info = fs.readFileSync(`/proc/self/fdinfo/${fds[0]}`, 'utf8')
  assert.ok(parseInt(/flags:\s+(\d+)/.exec(info)[1], 8) & 0o2000000, 'close-on-exec')
  const received = Socket.fromFd(fds[0])
  await received.sendAll('through')
  assert.equal(String(await a.recvExact(7)), 'through')
  received.close()
  // Those without room are closed, and one that nobody wants is closed by the program.
  await one.sendFds('y', [b.fileno])
  const [fd] = (await other.recvFds(10, 1)).fds
  closeFd(fd)
  assert.throws(() => closeFd(fd), { code: 'ERR_SOCKET_CLOSED' })
})

test('batch_echo', async () => {
  const [client, server] = datagrams()
  const sent = ['one', '', 'x'.repeat(1000), 'four']
  assert.equal(await client.sendMany(sent, { address: server.address }), 4)
  const got = []
  while (got.length < 4) got.push(...await server.recvMany(10, 2000))
  assert.deepEqual(got.map(({ data }) => String(data)), sent)
  for (const { address } of got) assert.ok(address.equals(client.address))
  assert.equal(await server.sendMany(got), 4)
  for (const text of sent) assert.equal(String(await client.recv()), text)
})

test('batch_waits_for_first', async () => {
  const [client, server] = datagrams()
  const receiving = server.recvMany(8, 100)
  assert.ok(await isPending(receiving))
  await client.sendTo('first', server.address)
  const [took, , got] = await timed(() => receiving)
  assert.deepEqual(got.map(({ data }) => String(data)), ['first'])
  assert.ok(took < SOON - 1000)
})

test('batch_segments', async t => {
  const [client, server] = datagrams()
  const data = Buffer.alloc(4500, 's')
  assert.equal(await client.sendMany([data], { address: server.address, segment: 1000 }), 1)
  const sizes = []
  while (sizes.length < 5) for (const one of await server.recvMany(10, 2000)) sizes.push(one.data.length)
  assert.deepEqual(sizes, [1000, 1000, 1000, 1000, 500])
  try {
    server.setGro(true)
  } catch (error) {
    return t.skip(`UDP_GRO: ${error.message}`)
  }
  await client.sendMany([{ data, segment: 1000, address: server.address }])
  const [joined] = await server.recvMany(4)
  assert.equal(joined.segment, 1000)
  assert.equal(joined.data.length, 4500)
  assert.equal(await server.sendMany([joined]), 1)
  assert.equal((await client.recv(5000)).length, 1000)
})

test('batch_truncated', async () => {
  const [client, server] = datagrams()
  await client.sendTo('t'.repeat(500), server.address)
  const [got] = await server.recvMany(1, 100)
  assert.equal(got.data.length, 100)
  assert.equal(got.length, 500)
  assert.ok(got.flags & constants.MSG_TRUNC)
})

test('batch_at_fault', async () => {
  const [client, { address }] = datagrams()
  const bad = { data: 'b', address, segment: 70000 }
  assert.equal(await client.sendMany([{ data: 'a', address }, bad, { data: 'c', address }]), 1)
  await assert.rejects(client.sendMany([bad]), { code: 'EINVAL' })
  await assert.rejects(async () => client.sendMany([{ data: 'b', address: 'nonsense' }]), { code: 'EINVAL' })
  assert.equal(await client.sendMany([{ data: 'a', address }, { data: 'b', address: 'nonsense' }]), 1)
})

test('batch_close', async () => {
  const [, server] = datagrams()
  const receiving = server.recvMany(8, 100)
  assert.ok(await isPending(receiving))
  server.close()
  await assert.rejects(receiving, ClosedError)
})

test('send_file', async () => {
  const path = unused()
  fs.writeFileSync(path, Buffer.concat([Buffer.from('skipped'), Buffer.alloc(EIGHT, 'f')]))
  const [client, peer] = await connected()
  const file = await fs.promises.open(path)
  fs.readSync(file.fd, Buffer.alloc(7))
  const reading = slowly(peer)
  assert.equal(await client.sendFile(file, { timeout: 60000 }), EIGHT)
  assert.equal(Number(/pos:\s+(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${file.fd}`, 'utf8'))[1]), EIGHT + 7)
  client.close()
  assert.equal(await reading, EIGHT)
  const [one, other] = await connected()
  assert.equal(await one.sendFile(file, { offset: 4, count: 5 }), 5)
  assert.equal(String(await other.recvExact(5)), 'pedff')
  await file.close()
  await assert.rejects(one.sendFile(file), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('options', () => {
  const socket = Socket.open()
  socket.setOption(constants.SOL_SOCKET, constants.SO_REUSEADDR, true)
  assert.equal(socket.getOption(constants.SOL_SOCKET, constants.SO_REUSEADDR), 1)
  socket.setNoDelay()
  assert.equal(socket.getOption(constants.IPPROTO_TCP, constants.TCP_NODELAY), 1)
  const size = socket.setBuffer('read', 65536)
  assert.ok(size >= 65536)
  assert.equal(socket.getBuffer('read'), size)
  assert.equal(socket.getOption(constants.SOL_SOCKET, constants.SO_RCVBUF), size)
  assert.deepEqual(new Int32Array(new Uint8Array(socket.getOption(constants.SOL_SOCKET, constants.SO_RCVBUF, 4)).buffer)[0], size)
})

test('option_unknown', () => {
  assert.throws(() => Socket.open().setOption(constants.SOL_SOCKET, 9999, 1), { code: 'ENOPROTOOPT' })
  assert.throws(() => Socket.open().getOption(constants.SOL_SOCKET, 9999), { code: 'ENOPROTOOPT' })
})

test('bad_port', async () => {
  for (const port of [-1, 65536, 70000, 1.5]) {
    assert.throws(() => Address.ip('127.0.0.1', port), { code: 'ERR_SOCKET_BAD_PORT' })
    await assert.rejects(connect('127.0.0.1', port), { code: 'ERR_SOCKET_BAD_PORT' })
    await assert.rejects(listen({ host: '127.0.0.1', port }), { code: 'ERR_SOCKET_BAD_PORT' })
  }
  await assert.rejects(connect('127.0.0.1', '65536', { timeout: SOON }), SockError)
  await assert.rejects(Socket.open().connect('127.0.0.1:65536'), { code: 'EINVAL' })
})

test('bad_nul', async () => {
  const nul = { code: 'ERR_INVALID_ARG_VALUE', message: /NUL/ }
  await assert.rejects(connect('127.0.0.1\0.example', 80), nul)
  await assert.rejects(connect('localhost', '80\0'), nul)
  await assert.rejects(Socket.open().connect('127.0.0.1\0:80'), nul)
  await assert.rejects(lookup('a\0b', 80), nul)
  await assert.rejects(listen({ path: '/tmp/a\0b' }), nul)
  assert.throws(() => Address.unix('/tmp/a\0b'), { code: 'EINVAL' })
})

test('constants', () => {
  const { constantFind } = require('../lib/native')
  const names = Object.keys(constants)
  assert.ok(names.length > 1000)
  for (const name of names) assert.equal(constantFind(name), constants[name], name)
  assert.equal(constants.AF_INET, 2)
  assert.equal(constants.SOCK_ETIMEDOUT, -20003)
  assert.equal(constants.AF_NONSENSE, undefined)
})

test('no_leak', async () => {
  await collect()
  const before = descriptors()
  for (let i = 0; i < 1000; i++) {
    const [one, other] = Socket.pair()
    await one.send('x')
    await other.recv(1)
    one.close() // The other is left to the collector.
  }
  const server = await listen({ host: '127.0.0.1' })
  for (let i = 0; i < 1000; i++) {
    const client = Socket.open()
    const [, peer] = await Promise.all([client.connect(server.address), server.accept()])
    await peer.send('x')
    await client.recv(1)
    client.close()
    peer.close()
  }
  server.close()
  await collect()
  assert.equal(descriptors(), before)
})

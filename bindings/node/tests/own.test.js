'use strict'

// What is this binding's own: messages, families, options, servers, the collector.

const test = require('node:test')
const fs = require('node:fs')
const path = require('node:path')
const libsock = require('..')
const {
  assert, connected, datagrams, isPending, collect, sleep, timed, unused, SOON,
  Socket, Address, constants, listen, connect, lookup, lookupName, now,
  interfaces, interfaceIndex, interfaceName, interfaceAddresses, servicePort, serviceName, protocolNumber, hostname, version
} = require('./check')

const C = constants

/** Runs what a kernel or a user may lack. */
async function where (t, codes, run) {
  try {
    return await run()
  } catch (error) {
    if (!codes.includes(error.code)) throw error
    t.skip(error.message)
  }
}

test('calls of one direction keep their order', async () => {
  const [client, peer] = await connected()
  const calls = [1, 2, 3].map(() => client.recvExact(2))
  await peer.sendAll('aabbcc')
  assert.deepEqual((await Promise.all(calls)).map(String), ['aa', 'bb', 'cc'])
  const sends = ['x', 'y', 'z'].map(text => client.sendAll(Buffer.alloc(1 << 20, text), { timeout: 60000 }))
  for (const text of 'xyz') assert.ok((await peer.recvExact(1 << 20)).equals(Buffer.alloc(1 << 20, text)))
  await Promise.all(sends)
})

test('a call of its own timeout leaves those behind it', async () => {
  const [client, peer] = await connected()
  const first = client.recv(1, { timeout: 30 })
  const second = client.recv(1)
  await assert.rejects(first, { name: 'TimeoutError' })
  await peer.send('x')
  assert.equal(String(await second), 'x')
  await assert.rejects(client.recv(1, { timeout: 0 }), { code: 'EAGAIN', temporary: true })
})

test('the collector in the midst of a call', async () => {
  let [client, peer] = Socket.pair()
  const collected = new WeakRef(client)
  const reading = client.recvExact(5)
  client = null
  await collect()
  assert.ok(await isPending(reading))
  await peer.send('alive')
  assert.equal(String(await reading), 'alive')
  await collect()
  assert.equal(collected.deref(), undefined)
  assert.equal(await peer.recv(), null)
})

test('for await reads to the end', async () => {
  const [client, peer] = await connected()
  client.sendAll('all of it').then(() => client.close())
  let text = ''
  for await (const data of peer) text += data
  assert.equal(text, 'all of it')
})

test('servers: several sockets, for await, close', async () => {
  const server = await listen({})
  assert.ok(server.sockets.length >= 1)
  const serving = (async () => {
    let n = 0
    for await (const connection of server) {
      n++
      connection.close()
    }
    return n
  })()
  for (let i = 0; i < 6; i++) {
    const host = server.sockets.length > 1 && i % 2 ? '::1' : '127.0.0.1'
    const client = await connect(host, server.address.port)
    assert.equal(await client.recv(), null)
    client.close()
  }
  server.close()
  assert.equal(await serving, 6)
  const path = unused()
  const unix = await listen({ path })
  await assert.rejects(listen({ path }), { code: 'EADDRINUSE' })
  unix.close()
  ;(await listen({ path, removeStale: true })).close()
  const name = `\0libsock node ${process.pid}`
  const abstract = await listen({ path: name })
  assert.equal(abstract.address.path, name)
  abstract.close()
})

test('control messages', async () => {
  const [client, server] = datagrams()
  for (const option of [C.IP_PKTINFO, C.IP_RECVTTL, C.IP_RECVTOS]) server.setOption(C.IPPROTO_IP, option, 1)
  server.setOption(C.SOL_SOCKET, C.SO_TIMESTAMPNS, 1)
  await client.sendMessage({ data: ['he', 'llo'], address: server.address, ttl: 9, tos: 16, packetInfo: { from: { host: '127.0.0.1', port: 0 } } })
  const got = await server.recvMessage(3)
  assert.equal(String(got.data), 'hel')
  assert.ok(got.flags & C.MSG_TRUNC)
  assert.equal(got.ttl, 9)
  assert.equal(got.tos, 16)
  assert.equal(got.packetInfo.to.host, '127.0.0.1')
  assert.equal(got.packetInfo.interface, interfaceIndex('lo'))
  assert.ok(Math.abs(Number(got.timestamp.software / 1000000n) - Date.now()) < 60000)
  assert.ok(got.address.equals(client.address))
  assert.ok(got.items.length >= 4)
  const [one, other] = Socket.pair(C.AF_UNIX, C.SOCK_DGRAM)
  other.setOption(C.SOL_SOCKET, C.SO_PASSCRED, 1)
  await one.sendMessage({ data: 'x', credentials: { pid: process.pid, uid: process.getuid(), gid: process.getgid() } })
  assert.equal((await other.recvMessage()).credentials.pid, process.pid)
  assert.equal(one.peerCredentials().uid, process.getuid())
})

test('the error queue can be waited for, and leaves the other waits whole', async () => {
  const gone = Socket.open(C.AF_INET, C.SOCK_DGRAM).bind('127.0.0.1:0')
  const socket = Socket.open(C.AF_INET, C.SOCK_DGRAM).bind('127.0.0.1:0')
  socket.setOption(C.IPPROTO_IP, C.IP_RECVERR, 1)
  const { address } = gone
  const reading = socket.recvMessage(100, { flags: C.MSG_ERRQUEUE, timeout: SOON })
  assert.ok(await isPending(reading))
  gone.close()
  await socket.sendTo('lost', address)
  const { error, data, address: to } = await reading
  assert.equal(error.errno, -C.ECONNREFUSED)
  assert.equal(error.offender.host, '127.0.0.1')
  assert.equal(String(data), 'lost')
  assert.ok(to.equals(address))
  await socket.recv(10, { timeout: 20 }).catch(() => {})
  await socket.sendTo('lost', address)
  const later = socket.recv(10, { timeout: SOON }).catch(error => error.code)
  assert.equal(await later, 'ECONNREFUSED')
  const other = socket.recv(10, { timeout: SOON })
  await sleep(20)
  await Socket.open(C.AF_INET, C.SOCK_DGRAM).bind('127.0.0.1:0').sendTo('data', socket.address)
  assert.equal(String(await other), 'data')
})

test('a stream whose socket was closed under it', async () => {
  const [client] = await connected()
  const stream = client.stream()
  stream.on('error', () => {})
  client.close()
  await assert.rejects(require('node:stream/promises').finished(stream), { name: 'ClosedError' })
})

test('AF_UNIX datagrams wait for a full receiver', async () => {
  const path = unused()
  const server = Socket.open(C.AF_UNIX, C.SOCK_DGRAM).bind({ path })
  const client = Socket.open(C.AF_UNIX, C.SOCK_DGRAM)
  const sending = (async () => { for (let i = 0; i < 200; i++) await client.sendTo(String(i), { path }, { timeout: 10 * SOON }) })()
  await sleep(30)
  for (let i = 0; i < 200; i++) assert.equal(String(await server.recv()), String(i))
  await sending
})

test('for await takes datagrams until the socket is closed', async () => {
  const [client, server] = datagrams()
  const serving = (async () => {
    for await (const { data, address } of server.datagrams(100)) {
      assert.ok(address.equals(client.address))
      await server.sendTo(data, address)
    }
    return 'closed'
  })()
  await client.sendMany(['one', 'two', 'three'], { address: server.address })
  for (const text of ['one', 'two', 'three']) assert.equal(String(await client.recv(100)), text)
  server.close()
  assert.equal(await serving, 'closed')
})

test('AF_UNIX seqpacket', async () => {
  const path = `\0libsock node ${process.pid}`
  const server = Socket.open(C.AF_UNIX, C.SOCK_SEQPACKET).bind({ path }).listen()
  const client = Socket.open(C.AF_UNIX, C.SOCK_SEQPACKET)
  const [peer] = await Promise.all([server.accept(), client.connect({ path })])
  await client.send('one')
  await client.send('two')
  assert.deepEqual([await peer.recv(), await peer.recv()].map(String), ['one', 'two'])
  assert.equal(await peer.sendMany(['three', 'four']), 2)
  assert.deepEqual((await client.recvMany(4, 100)).map(({ data }) => String(data)), ['three', 'four'])
})

test('AF_NETLINK: the interfaces, from the kernel', async () => {
  const socket = Socket.open(C.AF_NETLINK, C.SOCK_RAW, C.NETLINK_ROUTE ?? 0).bind(Address.netlink())
  assert.ok(socket.address.fields.pid > 0)
  const request = Buffer.alloc(32)
  const words = new DataView(request.buffer, request.byteOffset)
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
  words.setUint32(0, 32, little)
  words.setUint16(4, 18, little) // RTM_GETLINK
  words.setUint16(6, 0x301, little) // NLM_F_REQUEST | NLM_F_DUMP
  await socket.sendTo(request, Address.netlink())
  const { data, address } = await socket.recvFrom()
  assert.equal(address.fields.pid, 0)
  assert.ok(data.includes('lo\0'))
})

test('AF_PACKET on the loopback interface', t => where(t, ['EPERM', 'EAFNOSUPPORT'], async () => {
  const socket = Socket.open(C.AF_PACKET, C.SOCK_DGRAM, 0).bind(Address.packet('lo', { protocol: C.ETH_P_IP ?? 0x800 }))
  assert.equal(socket.address.fields.interface, 'lo')
  const [client, server] = datagrams()
  await client.sendTo('seen by everyone', server.address)
  for (;;) {
    const { data } = await socket.recvFrom(2000, { timeout: SOON })
    if (data.includes('seen by everyone')) break
  }
}))

test('AF_VSOCK on the loopback', t => where(t, ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'ENODEV', 'ECONNRESET', 'ENETUNREACH', 'TIMEOUT', 'ETIMEDOUT'], async () => {
  const server = Socket.open(C.AF_VSOCK).bind(Address.vsock(C.VMADDR_CID_LOCAL, C.VMADDR_PORT_ANY)).listen()
  const client = Socket.open(C.AF_VSOCK)
  await client.connect(server.address, { timeout: 1000 })
  const peer = await server.accept({ timeout: 1000 })
  await client.sendAll('hello')
  assert.equal(String(await peer.recvExact(5)), 'hello')
}))

test('AF_CAN', t => where(t, ['EAFNOSUPPORT', 'EPROTONOSUPPORT', 'ENODEV', 'EPERM'], async () => {
  const [one, other] = [0, 1].map(() => Socket.open(C.AF_CAN, C.SOCK_RAW, C.CAN_RAW).bind(Address.can('vcan0')))
  const frame = Buffer.alloc(16)
  frame[4] = 1
  await one.send(frame)
  assert.ok(frame.equals(await other.recv(16, { timeout: SOON })))
}))

test('AF_ALG: a hash', t => where(t, ['EAFNOSUPPORT', 'ENOENT'], async () => {
  const bound = Socket.open(C.AF_ALG, C.SOCK_SEQPACKET).bind(Address.alg('hash', 'sha256'))
  const operation = await bound.accept()
  await operation.send('abc')
  const hash = require('node:crypto').createHash('sha256').update('abc').digest()
  assert.ok(hash.equals(await operation.recv(32)))
}))

test('addresses of every family, and their text forms', () => {
  const addresses = {
    '192.0.2.1:80': Address.ip('192.0.2.1', 80),
    '[2001:db8::1]:80?flowinfo=5': Address.ip('2001:db8::1', 80, { flowInfo: 5 }),
    'unix:/run/x': Address.unix('/run/x'),
    'unix:@name': Address.unix('\0name'),
    'netlink:4711:0x10': Address.netlink({ pid: 4711, groups: 16 }),
    'can:': Address.can(),
    'tipc:name:1000:1': Address.tipc(2, 1000, 1),
    'l2cap:00:1A:7D:DA:71:13:4097': Address.l2cap('00:1A:7D:DA:71:13', 4097),
    'rfcomm:00:1A:7D:DA:71:13:1': Address.rfcomm('00:1A:7D:DA:71:13', 1),
    'hci:0:1': Address.hci(0, 1),
    'sco:00:1A:7D:DA:71:13': Address.sco('00:1A:7D:DA:71:13'),
    'alg:skcipher:cbc(aes)': Address.alg('skcipher', 'cbc(aes)'),
    'vsock:3:1024': Address.vsock(3, 1024),
    'qipcrtr:1:4': Address.qipcrtr(1, 4),
    'packet:lo:0x800': Address.packet('lo', { protocol: 0x800 }),
    'can:lo:isotp:0x123:0x456': Address.isotp('lo', 0x123, 0x456),
    'can:lo:j1939:0x1:0x40000:0x20': Address.j1939('lo', { name: 1n, address: 32 })
  }
  for (const [text, address] of Object.entries(addresses)) {
    assert.equal(String(address), text)
    assert.ok(Address.parse(text).equals(address), text)
  }
  assert.deepEqual({ ...addresses['vsock:3:1024'].fields }, { cid: 3, port: 1024, flags: 0 })
  assert.equal(addresses['can:lo:j1939:0x1:0x40000:0x20'].fields.name, 1n)
  assert.equal(addresses['l2cap:00:1A:7D:DA:71:13:4097'].fields.psm, 4097)
  assert.equal(JSON.stringify({ at: addresses['192.0.2.1:80'] }), '{"at":"192.0.2.1:80"}')
  assert.throws(() => Address.from({}), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('options with names', async () => {
  const [client, peer] = await connected()
  client.setKeepAlive(true, { idle: 30000, interval: 5000, count: 4 })
  assert.deepEqual(client.getKeepAlive(), { on: true, idle: 30000, interval: 5000, count: 4 })
  client.setLinger(2000)
  assert.equal(client.getLinger(), 2000)
  client.setLinger(null)
  assert.equal(client.getLinger(), null)
  client.setUserTimeout(1500)
  assert.equal(client.getUserTimeout(), 1500)
  client.setCongestion(client.getCongestion())
  assert.equal(client.getDevice(), '')
  assert.equal(client.mptcpState, 'none')
  const info = client.tcpInfo()
  assert.equal(info.state, 1)
  assert.ok(Object.values(info).every(value => typeof value === 'number'))
  assert.ok(info.rtt > 0 && info.rtt < 60000)
  assert.equal(client.inheritable, false)
  const receiver = Socket.open(C.AF_INET, C.SOCK_DGRAM).bind('0.0.0.0:0')
  receiver.joinGroup('239.1.2.3', { device: 'lo' })
  assert.throws(() => receiver.joinGroup('239.1.2.3', { device: 'lo' }), { code: 'EADDRINUSE' })
  receiver.leaveGroup('239.1.2.3', { device: 'lo' })
  peer.close()
})

test('handles: dup, detach, fromFd, release, adopt', async () => {
  const [client, peer] = await connected()
  const second = client.dup()
  client.close()
  await second.send('a')
  const again = Socket.fromFd(second.detach())
  assert.ok(second.closed)
  await again.send('b')
  const reading = again.recv(1)
  const controller = new AbortController()
  again.setSignal(controller.signal)
  again.setDeadline(now() + 3600000)
  const third = Socket.adopt(again.release())
  await assert.rejects(reading, { name: 'ClosedError' })
  assert.throws(() => again.release(), { name: 'ClosedError' })
  controller.abort() // The limits stay behind.
  await third.send('c')
  assert.equal(String(await peer.recvExact(3)), 'abc')
  assert.throws(() => Socket.adopt(12345), { name: 'ClosedError' })
  assert.throws(() => Socket.fromFd(1 << 20), { name: 'ClosedError' })
})

test('lookups of names, and what the machine knows', async t => {
  if (!fs.existsSync('/etc/services')) return t.skip('this machine has no /etc/services')
  const [first] = await lookup('localhost', 'http', { family: C.AF_INET, flags: C.AI_CANONNAME, timeout: 30000 })
  assert.equal(String(first.address), '127.0.0.1:80')
  assert.equal(typeof first.canonicalName, 'string')
  const { host, service } = await lookupName('127.0.0.1:80', { flags: C.NI_NUMERICHOST })
  assert.deepEqual([host, service], ['127.0.0.1', 'http'])
  await assert.rejects(lookup('localhost', 80, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  assert.ok(interfaces().some(({ name }) => name === 'lo'))
  assert.equal(interfaceName(interfaceIndex('lo')), 'lo')
  assert.ok(interfaceAddresses().some(({ address }) => address?.host === '127.0.0.1'))
  assert.equal(servicePort('https', 'tcp'), 443)
  assert.equal(serviceName(443, 'tcp'), 'https')
  assert.equal(protocolNumber('tcp'), 6)
  assert.equal(hostname(), require('node:os').hostname())
  assert.match(version, /^\d+\.\d+\.\d+$/)
})

test('arguments of a wrong type or range', async () => {
  const [client] = await connected()
  assert.throws(() => client.recv(-1), { code: 'ERR_OUT_OF_RANGE' })
  assert.throws(() => client.send(5), { code: 'ERR_INVALID_ARG_TYPE' })
  assert.throws(() => { client.timeout = -1 }, { code: 'ERR_OUT_OF_RANGE' })
  assert.throws(() => client.shutdown('sideways'), { code: 'ERR_INVALID_ARG_VALUE' })
  assert.throws(() => client.setDeadline('soon'), { code: 'ERR_INVALID_ARG_TYPE' })
  assert.throws(() => new Socket(), { code: 'ERR_ILLEGAL_CONSTRUCTOR' })
})

test('a receive never shows memory that was not received', async () => {
  const [client, peer] = await connected()
  await peer.sendAll('secret')
  await client.recv(1, { flags: C.MSG_PEEK })
  const got = await client.recv(100, { flags: C.MSG_TRUNC })
  assert.ok(got.equals(Buffer.alloc(got.length)), 'what the kernel discarded is not there')
  const [one, server] = datagrams()
  await one.sendTo('0123456789', server.address)
  assert.equal(String(await server.recv(4, { flags: C.MSG_TRUNC })), '0123')
})

test('a limit is never early', async () => {
  const [client] = await connected()
  for (const limit of [1, 1.5, 3, 7]) {
    const [took] = await timed(() => client.recv(1, { timeout: limit }))
    assert.ok(took >= limit, `${took} ms of ${limit}`)
  }
  const when = now() + 20
  client.setDeadline(when)
  await assert.rejects(client.recv(1), { name: 'TimeoutError' })
  assert.ok(now() >= when)
})

test('the types have everything public', () => {
  const types = fs.readFileSync(path.join(__dirname, '../lib/index.d.ts'), 'utf8')
  const declared = name => new RegExp(`^export (?:const|function|class) ${name}\\b([^]*?)(?=^export|$(?![^]))`, 'm').exec(types)
  for (const name of Object.keys(libsock)) assert.ok(declared(name), name)
  const internal = ['constructor', 'prototype', 'length', 'name', 'box', 'waitable', 'last']
  for (const type of [Socket, libsock.Connection, libsock.Server, Address, libsock.SockError]) {
    const [, body] = declared(type.name)
    for (const name of [...Object.getOwnPropertyNames(type), ...Object.getOwnPropertyNames(type.prototype)]) {
      if (name.startsWith('_') || internal.includes(name)) continue
      assert.match(body, new RegExp(`\\b${name}\\b`), `${type.name}.${name}`)
    }
  }
})

test('import has what require has', async () => {
  const { default: all, ...names } = await import('libsock')
  assert.equal(all, require('libsock'))
  assert.deepEqual(Object.keys(names).sort(), Object.keys(all).sort())
})

test('a server of several sockets accepts every connection, and obeys limits', async t => {
  const server = await listen({})
  if (server.sockets.length < 2) return t.skip('this machine has one family')
  await assert.rejects(server.accept({ timeout: 20 }), { name: 'TimeoutError' })
  await assert.rejects(server.accept({ signal: AbortSignal.timeout(20) }), error => error.cause.name === 'TimeoutError')
  const hosts = Array.from({ length: 40 }, (_, i) => i % 2 ? '::1' : '127.0.0.1')
  const clients = await Promise.all(hosts.map(host => connect(host, server.address.port)))
  const accepted = new Set()
  // By address: two families may use one port.
  while (accepted.size < clients.length) accepted.add(String((await server.accept({ timeout: SOON })).peer))
  for (const client of clients) assert.ok(accepted.has(String(client.address)))
  server.close()
})

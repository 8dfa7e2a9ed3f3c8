'use strict'

// Cycles of everything that makes a handle: afterwards there are as many descriptors as before, and the memory has not
// grown.
//
//    node --expose-gc leak.js [CYCLES [WORD OF AN OPERATION]]

const fs = require('node:fs')
const { assert, collect, descriptors, Socket, Address, constants, connect, listen, lookup } = require('./check')

const LANES = 20 // at a time
const cycles = Number(process.argv[2] ?? 5000)
/** A signal that is never aborted, and those that Node keeps for as long as they have a listener. */
const lasting = new AbortController().signal
const following = () => AbortSignal.any?.([new AbortController().signal]) ?? lasting

const operations = {
  async 'connections, used and closed' (server) {
    const client = Socket.open()
    const [, peer] = await Promise.all([client.connect(server.address), server.accept()])
    await client.sendAll('x')
    await peer.recvExact(1)
    client.close()
    peer.close()
  },
  async 'streams, destroyed' (server) {
    const client = await connect('127.0.0.1', server.address.port, { signal: following() })
    client.setSignal(lasting)
    const streams = [client.stream(), (await server.accept()).stream()]
    streams[0].write('x')
    await new Promise(resolve => streams[1].once('data', resolve))
    for (const stream of streams) stream.destroy()
  },
  async 'pairs, left to the collector' () {
    const [one, other] = Socket.pair()
    await one.send('x')
    await other.recv(1)
  },
  async 'waits that a timeout, a signal or a close ends' () {
    const [one, other] = Socket.pair()
    const controller = new AbortController()
    const calls = [one.recv(1, { timeout: 1 }), other.recv(1, { signal: controller.signal }), other.recv(1, { signal: following() })]
    one.setSignal(controller.signal)
    await calls[0].catch(() => {})
    controller.abort()
    await calls[1].catch(() => {})
    one.close()
    other.close()
    await calls[2].catch(() => {})
  },
  async 'lookups, addresses and errors' () {
    await lookup('127.0.0.1', 80)
    Address.parse('[::1]:80').equals(Address.ip('::1', 80))
    await connect('127.0.0.1', 1).catch(() => {})
    try { Address.parse('nonsense') } catch {}
  },
  async 'descriptors and batches' () {
    const [one, other] = Socket.pair(constants.AF_UNIX, constants.SOCK_DGRAM)
    await one.sendFds('x', [one.fileno])
    const { fds: [fd] } = await other.recvFds(10, 1)
    Socket.fromFd(fd).close()
    await one.sendMany(['a', 'b'])
    await other.recvMany(4, 100)
    one.close()
    other.close()
  }
}

function resident () {
  return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1])
}

async function main () {
  const server = await listen({ host: '127.0.0.1' })
  for (const [name, operation] of Object.entries(operations)) {
    if (!name.includes(process.argv[3] ?? '')) continue
    const run = async count => {
      for (let left = count; left > 0; left -= LANES) {
        await Promise.all(Array.from({ length: Math.min(LANES, left) }, () => operation(server)))
        if (left % 500 === 0) await collect()
      }
      await collect()
    }
    await run(Math.min(2000, cycles))
    const before = descriptors()
    let grown
    for (let round = 1; ; round++) { // The heap itself grows at first; a leak grows in every round.
      const memory = resident()
      await run(cycles)
      assert.equal(descriptors(), before, `${name}: descriptors`)
      grown = resident() - memory
      if (grown < 8192 + cycles / 50) break
      assert.ok(round < 3, `${name}: ${grown} KiB more`)
    }
    console.log(`${name}: ${cycles} cycles, 0 descriptors, ${grown} KiB`)
  }
  server.close()
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})

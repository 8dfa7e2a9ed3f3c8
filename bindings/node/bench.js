'use strict'

// libsock beside Node's own sockets, in one process: blocks alternate, and a figure is the median of the ratios of
// neighbouring blocks.
//
//    node bench.js [BLOCKS]

const dgram = require('node:dgram')
const net = require('node:net')
const { once } = require('node:events')
const { Socket, connect, constants, listen } = require('libsock')

const blocks = Number(process.argv[2] ?? 15)
const REQUESTS = 20000
const DATAGRAMS = 20000
const message = Buffer.alloc(64, 'm')

const median = values => values.sort((a, b) => a - b)[values.length >> 1]

/** Seconds of a call. */
async function seconds (call) {
  const begin = process.hrtime.bigint()
  await call()
  return Number(process.hrtime.bigint() - begin) / 1e9
}

// Echoes over TCP ------------------------------------------------------------------------------------------

function echo (stream) {
  stream.on('data', data => stream.write(data))
  return stream
}

/** Pairs of streams whose first end echoes, by each kind of socket. */
const pairs = {
  async net (count) {
    const server = net.createServer({ noDelay: true }, echo).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const clients = Array.from({ length: count }, () => net.connect({ port: server.address().port, host: '127.0.0.1', noDelay: true }))
    await Promise.all(clients.map(client => once(client, 'connect')))
    return { clients, close: () => { for (const client of clients) client.destroy(); server.close() } }
  },
  async libsock (count) {
    const server = await listen({ host: '127.0.0.1' })
    const clients = []
    for (let i = 0; i < count; i++) {
      const client = await connect('127.0.0.1', server.address.port)
      const peer = await server.accept()
      for (const socket of [client, peer]) socket.setNoDelay()
      echo(peer.stream())
      clients.push(client.stream())
    }
    return { clients, close: () => { for (const client of clients) client.destroy(); server.close() } }
  }
}

/** So many requests in all, one at a time for each client. */
function requests (clients, count) {
  return new Promise(resolve => {
    let [started, done] = [0, 0]
    for (const client of clients) {
      client.removeAllListeners('data').on('data', () => {
        if (++done === count) resolve()
        if (started < count) {
          started++
          client.write(message)
        }
      })
      started++
      client.write(message)
    }
  })
}

async function echoes (connections) {
  const ends = { net: await pairs.net(connections), libsock: await pairs.libsock(connections) }
  const times = { net: [], libsock: [] }
  for (let block = 0; block <= blocks; block++) {
    for (const kind of block % 2 ? ['net', 'libsock'] : ['libsock', 'net']) {
      const took = await seconds(() => requests(ends[kind].clients, REQUESTS))
      if (block > 0) times[kind].push(took) // The first is for the compiler.
    }
  }
  const ratio = median(times.net.map((took, i) => took / times.libsock[i]))
  const rate = kind => Math.round(REQUESTS / median([...times[kind]]))
  for (const end of Object.values(ends)) end.close()
  console.log(`echoes of 64 bytes, TCP, ${connections} connections: libsock ${rate('libsock')}/s, net ${rate('net')}/s, ` +
    `ratio ${ratio.toFixed(2)} (goal >= 0.90)`)
}

// Datagrams ------------------------------------------------------------------------------------------------

async function withDgram () {
  const server = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(server, 'listening')
  const client = dgram.createSocket('udp4')
  client.connect(server.address().port, '127.0.0.1')
  await once(client, 'connect')
  return {
    run: () => new Promise(resolve => {
      let left = DATAGRAMS
      const send = () => { for (let i = 0; i < 50; i++) client.send(message) }
      let got = 0
      server.removeAllListeners('message').on('message', () => {
        if (--left === 0) resolve()
        else if (++got % 50 === 0) send()
      })
      send()
    }),
    close () { client.close(); server.close() }
  }
}

async function withBatches () {
  const server = Socket.open(constants.AF_INET, constants.SOCK_DGRAM).bind('127.0.0.1:0')
  const client = Socket.open(constants.AF_INET, constants.SOCK_DGRAM)
  await client.connect(server.address)
  const batch = Array.from({ length: 50 }, () => message)
  return {
    async run () {
      for (let left = DATAGRAMS; left > 0;) {
        await client.sendMany(batch)
        for (let there = 50; there > 0;) {
          const got = await server.recvMany(64, 100)
          there -= got.length
          left -= got.length
        }
      }
    },
    close () { client.close(); server.close() }
  }
}

async function datagrams () {
  const ends = [await withDgram(), await withBatches()]
  const ratios = []
  for (let block = 0; block <= blocks; block++) {
    const took = []
    for (const end of ends) took.push(await seconds(end.run))
    if (block > 0) ratios.push(took[1] / took[0])
  }
  for (const end of ends) end.close()
  console.log(`a datagram of 64 bytes, sent and received, in batches of 50: ${median(ratios).toFixed(2)} of dgram's time`)
}

async function main () {
  for (const connections of [1, 64]) await echoes(connections)
  await datagrams()
}

main()

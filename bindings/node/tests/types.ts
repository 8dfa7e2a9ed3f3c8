// Compiled by tsc --strict, and run: the README's subjects with their types.

import * as http from 'node:http'
import { pipeline } from 'node:stream/promises'
import {
  Address, AbortError, Agent, Attempt, Connection, Datagram, EndOfStreamError, Server, SockError, Socket, TimeoutError,
  connect, constants, interfaceAddresses, listen, lookup, now, version
} from 'libsock'

async function main (): Promise<void> {
  const server: Server = await listen({ host: '127.0.0.1', port: 0 })
  const attempts: Attempt[] = []
  const client: Socket = await connect('127.0.0.1', server.address.port ?? 0, { timeout: 5000, attempts })
  const peer = await server.accept({ signal: AbortSignal.timeout(5000) })
  const phase: 'lookup' | 'socket' | 'bind' | 'connect' | 'connected' = attempts[0].phase
  if (phase !== 'connected') throw new Error(phase)

  await client.sendAll('hello', { flags: constants.MSG_NOSIGNAL })
  const data: Buffer | null = await peer.recv(10, { timeout: 1000 })
  if (data === null || data.toString() !== 'hello') throw new Error('not hello')
  // @ts-expect-error the result may be null, at the end of the stream
  const length = async (): Promise<number> => (await peer.recv(1)).length
  void length

  client.setDeadline(now() + 5)
  try {
    await client.recvExact(5)
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error
    const { code, errno, reason, message }: SockError = error
    if (code !== 'ETIMEDOUT' || errno !== constants.SOCK_ETIMEDOUT || reason !== 'SOCK_ETIMEDOUT' || message === '') throw error
  }
  client.setDeadline(null, 'read')
  client.setDeadline(null, 'write')
  const stopped = new AbortController()
  stopped.abort()
  await peer.recv(1, { signal: stopped.signal }).catch(error => { if (!(error instanceof AbortError)) throw error })
  client.close()
  await peer.recvExact(1).catch(error => {
    if (!(error instanceof EndOfStreamError) || error.partial.length !== 0) throw error
  })
  // @ts-expect-error no such direction
  try { peer.shutdown('sideways') } catch {}

  const [one, other]: [Socket, Socket] = Socket.pair(constants.AF_UNIX, constants.SOCK_DGRAM)
  const sent: number = await one.sendMany(['a', Buffer.from('b'), { data: 'c', segment: 0 }])
  const batch: Datagram[] = await other.recvMany(4, 100)
  if (sent !== 3 || batch.length !== 3) throw new Error('a batch')
  const following = async (socket: Socket): Promise<Buffer[]> => {
    const all: Buffer[] = []
    for await (const { data } of socket.datagrams(100, { count: 8 })) all.push(data)
    return all
  }
  void following
  const { credentials, fds } = await (async () => {
    await one.sendFds('x', [server.sockets[0].fileno])
    return await other.recvMessage(10, { fds: 1 })
  })()
  if (credentials !== undefined || fds.length !== 1) throw new Error('descriptors')

  const address = Address.vsock(constants.VMADDR_CID_LOCAL, 1024)
  const cid: number | undefined = address.fields.cid
  if (cid !== 1 || !address.equals('vsock:1:1024')) throw new Error(String(address))
  for (const { address: found } of await lookup('127.0.0.1', 80, { type: constants.SOCK_STREAM })) found.toString()
  for (const { name, address: found } of interfaceAddresses()) `${name} ${found?.host ?? ''} ${version}`

  const app = http.createServer((request, response) => { response.end('x') })
  void server.feed(app)
  const stream: Connection = (await connect('127.0.0.1', server.address.port ?? 0)).stream({ highWaterMark: 1024 })
  stream.end('GET / HTTP/1.0\r\n\r\n')
  await pipeline(stream, async function (source: AsyncIterable<Buffer>) { for await (const chunk of source) chunk.length })
  const agent: http.Agent = new Agent({ keepAlive: false })
  await new Promise<void>((resolve, reject) => {
    http.get({ host: '127.0.0.1', port: server.address.port, agent }, response => { response.resume().on('end', resolve) }).on('error', reject)
  })
  server[Symbol.dispose]()
}

main().then(() => console.log('ok'), error => { console.error(error); process.exitCode = 1 })

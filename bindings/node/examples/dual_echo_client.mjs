// The second echo client of Python's documentation: on the first address of the host that works, IPv4 or IPv6.
// `connect` does all of this in one line, and faster.
//
//    node dual_echo_client.mjs [PORT [MESSAGE]]     50007

import { Socket, constants, lookup } from 'libsock'

async function connected (host, port) {
  for (const { family, type, proto, address } of await lookup(host, port, { type: constants.SOCK_STREAM })) {
    let socket
    try {
      socket = Socket.open(family, type, proto)
      await socket.connect(address)
      return socket
    } catch {
      socket?.close()
    }
  }
  throw new Error('could not open socket')
}

const [port = '50007', message = 'Hello, world'] = process.argv.slice(2)
const socket = await connected('localhost', port)
await socket.sendAll(message)
console.log(`Received '${await socket.recv(1024)}'`)
socket.close()

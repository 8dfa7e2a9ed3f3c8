// The second echo server of Python's documentation: on the first address of this machine that works, IPv4 or IPv6.
// `listen` listens on all of them, in one line.
//
//    node dual_echo_server.mjs [PORT]     50007; 0 takes a free one

import { Socket, constants, lookup } from 'libsock'

async function listener (port) {
  for (const { family, type, proto, address } of await lookup(null, port, {
    type: constants.SOCK_STREAM, flags: constants.AI_PASSIVE
  })) {
    let socket
    try {
      socket = Socket.open(family, type, proto)
      return socket.bind(address).listen(1)
    } catch {
      socket?.close()
    }
  }
  throw new Error('could not open socket')
}

const [port = '50007'] = process.argv.slice(2)
const socket = await listener(port)
console.log(`listening on port ${socket.address.port}`)

const connection = await socket.accept()
console.log(`Connected by ${connection.peer}`)
for await (const data of connection) await connection.sendAll(data)
connection.close()
socket.close()

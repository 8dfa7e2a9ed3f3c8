// The echo client of Python's documentation, over IPv4.
//
//    node doc_echo_client.mjs [PORT [MESSAGE]]     50007

import { Socket, constants } from 'libsock'

const [port = '50007', message = 'Hello, world'] = process.argv.slice(2)
const socket = Socket.open(constants.AF_INET, constants.SOCK_STREAM)
await socket.connect({ host: '127.0.0.1', port: Number(port) })
await socket.sendAll(message)
console.log(`Received '${await socket.recv(1024)}'`)
socket.close()

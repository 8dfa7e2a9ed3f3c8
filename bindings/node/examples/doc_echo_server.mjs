// The echo server of Python's documentation, over IPv4: serves one connection.
//
//    node doc_echo_server.mjs [PORT]     50007; 0 takes a free one

import { Socket, constants } from 'libsock'

const [port = '50007'] = process.argv.slice(2)
const socket = Socket.open(constants.AF_INET, constants.SOCK_STREAM)
socket.bind({ host: '', port: Number(port) })
socket.listen(1)
console.log(`listening on port ${socket.address.port}`)

const connection = await socket.accept()
console.log(`Connected by ${connection.peer}`)
for (;;) {
  const data = await connection.recv(1024)
  if (data === null) break
  await connection.sendAll(data)
}
connection.close()
socket.close()

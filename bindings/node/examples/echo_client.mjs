// A client of echo_server.mjs: sends a message and receives it back in pieces.
//
//    node echo_client.mjs [PORT [MESSAGE]]

import { connect } from 'libsock'

const [port = '10000', message = 'This is the message. It will be repeated.'] = process.argv.slice(2)
const socket = await connect('localhost', port, { timeout: 10000 })
await socket.sendAll(message)

for (let received = 0; received < message.length;) {
  const data = await socket.recv(16, { timeout: 10000 })
  if (data === null) throw new Error('the server closed the connection')
  received += data.length
  console.log(`received '${data}'`)
}
socket.close()

// An echo server: each message is printed and returned, any number of connections at a time.
//
//    node echo_server.mjs [PORT [CONNECTIONS]]     10000, and without end; port 0 takes a free one

import { listen } from 'libsock'

const [port = '10000', connections = 'Infinity'] = process.argv.slice(2)
const server = await listen({ host: 'localhost', port })
console.log(`listening on port ${server.address.port}`)

async function serve (connection) {
  const client = connection.peer
  for await (const data of connection) {
    console.log(`${client}: '${data}'`)
    await connection.sendAll(data)
  }
  connection.close()
}

const serving = []
for (let left = Number(connections); left > 0; left--) serving.push(serve(await server.accept()))
server.close()
await Promise.all(serving)

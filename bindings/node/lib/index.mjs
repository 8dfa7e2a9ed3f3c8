// The same for import.

import libsock from './index.js'

export const {
  AbortError, activated, Address, Agent, BDADDR_ANY, BDADDR_LOCAL, ClosedError, closeFd, connect, Connection,
  constants, EndOfStreamError, hasDualstack, hostname, interfaceAddresses, interfaceIndex, interfaceName, interfaces,
  listen, lookup, lookupName, now, protocolNumber, resolve, ResolverError, SecureAgent, Server, serviceName,
  servicePort, SockError, Socket, TimeoutError, version, vsockCid
} = libsock

export default libsock

// Types of the package. Times are milliseconds; calls that may wait return promises.

/// <reference types="node" />

import { Duplex, DuplexOptions } from 'node:stream'
import * as http from 'node:http'
import * as https from 'node:https'

/** Bytes to send: a string goes as UTF-8. */
export type Data = string | ArrayBufferView | ArrayBuffer
/** A descriptor, or an object that has one, such as a FileHandle. */
export type Descriptor = number | { readonly fd: number }
export type Direction = 'read' | 'write' | 'both'

/** What every call that waits takes. */
export interface Limits {
  /** Limit in ms; absent: the socket's; 0: tries once, and fails with EAGAIN. */
  timeout?: number
  /** Ends the call with AbortError. */
  signal?: AbortSignal
}

export interface TransferOptions extends Limits {
  /** MSG_* */
  flags?: number
}

// Constants and errors ---------------------------------------------------------------------------------

/** The constants of libsock's table, by name: AF_INET, SO_REUSEADDR ... One that the platform lacks is undefined. */
export const constants: Readonly<Record<string, number>>
export const BDADDR_ANY: string
export const BDADDR_LOCAL: string

/** A failure of libsock or of the system. */
export class SockError extends Error {
  /** The code of sock.h: -ECONNREFUSED, SOCK_ETIMEDOUT ... */
  errno: number
  /** Its name there: "ECONNREFUSED", "SOCK_ETIMEDOUT", "EAI_NONAME". */
  reason: string
  /** Node's spelling of it: "ECONNREFUSED", "ETIMEDOUT", "ENOTFOUND". */
  code: string
  syscall?: string
  /** Whether the same call may succeed later. */
  readonly temporary: boolean
  /** sendAll, sendFile, sendMany: what went before the failure, in bytes or items. */
  sent?: number
  /** connect: the attempts. */
  attempts?: Attempt[]
  cause?: unknown
}

/** A timeout or a deadline has passed; `code` is "ETIMEDOUT". */
export class TimeoutError extends SockError {}
/** A signal ended the call; `cause` is its reason, `code` "ABORT_ERR". */
export class AbortError extends SockError {}
/** The socket was closed, before or during the call; `code` is "ERR_SOCKET_CLOSED". */
export class ClosedError extends SockError {}
/** A lookup failed; `code` is "ENOTFOUND" or the resolver's, such as "EAI_AGAIN". */
export class ResolverError extends SockError {}
/** The stream ended before all requested bytes came. */
export class EndOfStreamError extends SockError {
  /** Those that came. */
  partial: Buffer
}

// Addresses --------------------------------------------------------------------------------------------

/** What calls take as an address: an Address, its text form ("192.0.2.1:80", "unix:/run/x"), or its parts. */
export type AddressLike = Address | string | { host?: string, address?: string, port: number, flowInfo?: number, scopeId?: number } | { path: string }

/** The parts of an address; each family has its own. */
export interface AddressFields {
  readonly host?: string
  readonly port?: number
  readonly flowInfo?: number
  readonly scopeId?: number
  readonly path?: string
  readonly pid?: number
  readonly groups?: number
  readonly interface?: string
  readonly index?: number
  readonly protocol?: number
  readonly type?: number | string
  readonly hardwareType?: number
  readonly hardware?: Buffer
  readonly rxId?: number
  readonly txId?: number
  readonly name?: string | bigint
  readonly pgn?: number
  readonly address?: number
  readonly controller?: string
  readonly psm?: number
  readonly cid?: number
  readonly addressType?: number
  readonly channel?: number
  readonly device?: number
  readonly v1?: number
  readonly v2?: number
  readonly v3?: number
  readonly scope?: number
  readonly feat?: number
  readonly mask?: number
  readonly flags?: number
  readonly node?: number
}

/** A socket address of any family. Its text form reads back as the same address. */
export class Address {
  /** @param bytes the native form (struct sockaddr_in ...) */
  constructor (bytes: Buffer)
  readonly bytes: Buffer
  readonly family: number
  readonly fields: AddressFields
  readonly host: string | undefined
  readonly port: number | undefined
  /** The path of an AF_UNIX address; an abstract name begins with a NUL. */
  readonly path: string | undefined
  equals (other: AddressLike): boolean
  toString (): string
  toJSON (): string
  static parse (text: string): Address
  static from (value: AddressLike): Address
  static ip (host: string, port: number, options?: { flowInfo?: number, scopeId?: number }): Address
  static unix (path: string | Uint8Array): Address
  static netlink (options?: { pid?: number, groups?: number }): Address
  static packet (iface: string, options?: { protocol?: number, type?: number, hardwareType?: number, hardware?: Uint8Array }): Address
  static can (iface?: string): Address
  static isotp (iface: string, rxId: number, txId: number): Address
  static j1939 (iface: string, options?: { name?: bigint | number, pgn?: number, address?: number }): Address
  static tipc (type: number, v1: number, v2: number, v3?: number, scope?: number): Address
  static l2cap (controller: string, psm: number, options?: { cid?: number, addressType?: number }): Address
  static rfcomm (controller: string, channel: number): Address
  static hci (device: number, channel?: number): Address
  static sco (controller: string): Address
  static alg (type: string, name: string, options?: { feat?: number, mask?: number }): Address
  static vsock (cid: number, port: number, flags?: number): Address
  static qipcrtr (node: number, port: number): Address
}

// Messages ---------------------------------------------------------------------------------------------

export interface Credentials {
  pid: number
  uid: number
  gid: number
}

export interface ControlItem {
  level: number
  type: number
  data: Data
}

/** A message to send. */
export interface Message {
  data?: Data | Data[]
  address?: AddressLike
  /** Descriptors; they stay open here. */
  fds?: number[]
  credentials?: Credentials
  packetInfo?: { from: AddressLike, interface?: number }
  ttl?: number
  tos?: number
  /** Size of the datagrams into which the data is cut. */
  segment?: number
  /** Control messages of other types. */
  items?: ControlItem[]
}

/** What came with a message, as far as options requested it. */
export interface Controls {
  /** Close-on-exec, and the caller's to close. */
  fds: number[]
  pidfd?: number
  credentials?: Credentials
  /** Nanoseconds since 1970. */
  timestamp?: { software: bigint, hardware: bigint }
  packetInfo?: { to: Address, local: Address, interface: number }
  ttl?: number
  tos?: number
  drops?: number
  segment?: number
  /** An event of the error queue (MSG_ERRQUEUE). */
  error?: { errno: number, origin: number, type: number, code: number, info: number, data: number, offender: Address }
  items: Array<{ level: number, type: number, data: Buffer }>
}

export interface ReceivedMessage extends Controls {
  data: Buffer
  /** Length before it was cut. */
  length: number
  flags: number
  address: Address | null
}

export interface Datagram extends Partial<Controls> {
  data: Buffer
  address: Address | null
  /** Size of the datagrams that came together; 0: one. */
  segment: number
  length: number
  flags: number
}

/** A datagram to send, or one that came. */
export type DatagramLike = Data | Datagram | (Omit<Message, 'data'> & { data: Data })

// Sockets ----------------------------------------------------------------------------------------------

export interface KeepAlive {
  on: boolean
  idle: number
  interval: number
  count: number
}

/** A socket, in non-blocking mode: its calls wait in the event loop. */
export class Socket {
  private constructor ()
  static open (family?: number, type?: number, proto?: number): Socket
  static pair (family?: number, type?: number, proto?: number): [Socket, Socket]
  static fromFd (fd: Descriptor): Socket
  static mptcp (family?: number): Socket
  /** Takes over the handle that `release` returned, in this thread or another one. */
  static adopt (handle: number): Socket

  /** Closes the socket. Calls that wait end with ClosedError. Closing twice is harmless. */
  close (): void
  /** As `close`, for `using`. */
  [Symbol.dispose] (): void
  readonly closed: boolean
  dup (): Socket
  /** Gives up the descriptor, which is then the caller's. */
  detach (): number
  /** Gives up the handle, without its limits: a number for `Socket.adopt` in another worker. */
  release (): number

  readonly family: number
  readonly type: number
  readonly proto: number
  readonly fileno: number
  inheritable: boolean
  readonly address: Address
  readonly peer: Address

  /** Limit of each call in ms, unless the call has its own. */
  timeout: number
  /** Ends all calls not done by then, waiting or later. `when` is on the clock of `now()`; null clears it. */
  setDeadline (when: number | null, direction?: Direction): void
  /** Once the signal is aborted, every call ends with AbortError. */
  setSignal (signal: AbortSignal | null): void
  ref (): this
  /** Calls that wait no longer keep the program alive. */
  unref (): this

  bind (address: AddressLike): this
  listen (backlog?: number): this
  accept (options?: Limits): Promise<Socket>
  connect (address: AddressLike, options?: Limits): Promise<void>
  shutdown (how?: Direction): void

  /** Sends once; resolves to how many bytes went. */
  send (data: Data, options?: TransferOptions): Promise<number>
  /** Sends everything, under one limit. Exceptions have `sent`. */
  sendAll (data: Data, options?: TransferOptions): Promise<void>
  /** Resolves to null at the end of a stream. */
  recv (length?: number, options?: TransferOptions): Promise<Buffer | null>
  /** Resolves to the number of bytes, 0 at the end of a stream. */
  recvInto (buffer: ArrayBufferView | ArrayBuffer, options?: TransferOptions): Promise<number>
  /** Receives all bytes, or fails with EndOfStreamError. Exceptions have `partial`. */
  recvExact (length: number, options?: TransferOptions): Promise<Buffer>
  sendTo (data: Data, address: AddressLike, options?: TransferOptions): Promise<number>
  recvFrom (length?: number, options?: TransferOptions): Promise<{ data: Buffer, address: Address | null }>
  sendFile (file: Descriptor, options?: Limits & { offset?: number, count?: number }): Promise<number>
  [Symbol.asyncIterator] (): AsyncGenerator<Buffer, void, undefined>
  /** The socket as a Duplex stream, which then owns it. */
  stream (options?: DuplexOptions): Connection

  sendMessage (message: Message, options?: TransferOptions): Promise<number>
  recvMessage (length?: number, options?: TransferOptions & { fds?: number }): Promise<ReceivedMessage>
  sendFds (data: Data, fds: number[], options?: TransferOptions & { address?: AddressLike }): Promise<number>
  recvFds (length: number, count: number, options?: TransferOptions): Promise<Pick<ReceivedMessage, 'data' | 'fds' | 'flags' | 'address'>>
  sendMany (items: DatagramLike[], options?: TransferOptions & { address?: AddressLike, segment?: number }): Promise<number>
  recvMany (count?: number, length?: number, options?: TransferOptions & { control?: boolean }): Promise<Datagram[]>
  /** The datagrams that come, until the socket is closed. */
  datagrams (length?: number, options?: TransferOptions & { count?: number, control?: boolean }): AsyncGenerator<Datagram, void, undefined>
  setGro (on: boolean): void
  sendAlg (data: Data | Data[], options?: TransferOptions & { op?: number, iv?: Data, associated?: number }): Promise<number>

  setOption (level: number, name: number, value: number | boolean | Data): void
  getOption (level: number, name: number): number
  getOption (level: number, name: number, length: number): Buffer
  setNoDelay (on?: boolean): void
  setKeepAlive (on?: boolean, options?: { idle?: number, interval?: number, count?: number }): void
  getKeepAlive (): KeepAlive
  setLinger (span: number | null): void
  getLinger (): number | null
  setBuffer (direction: 'read' | 'write', size: number): number
  getBuffer (direction: 'read' | 'write'): number
  setDevice (name: string): void
  getDevice (): string
  setCongestion (name: string): void
  getCongestion (): string
  setUserTimeout (span: number): void
  getUserTimeout (): number
  joinGroup (address: AddressLike, options?: { source?: AddressLike, device?: string }): void
  leaveGroup (address: AddressLike, options?: { source?: AddressLike, device?: string }): void
  peerCredentials (): Credentials
  peerPidfd (): number
  tcpInfo (): Record<string, number>
  readonly mptcpState: 'none' | 'asked' | 'active' | 'fallback'
  setPromiscuous (iface: string, on?: boolean): void
  setCanFilters (filters: Array<{ id: number, mask: number }>): void
  setCanErrors (classes: number): void
  setAlgKey (key: Data): void
  setAlgTagSize (size: number): void
}

/** A stream socket as a Duplex, with what programs use of net.Socket. */
export class Connection extends Duplex {
  constructor (socket: Socket, options?: DuplexOptions)
  readonly socket: Socket
  readonly bytesRead: number
  readonly bytesWritten: number
  readonly timeout: number
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly remoteFamily: string | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  readonly localFamily: string | undefined
  readonly connecting: boolean
  readonly pending: boolean
  readonly readyState: 'open' | 'readOnly' | 'writeOnly' | 'closed'
  setTimeout (ms: number, callback?: () => void): this
  setNoDelay (on?: boolean): this
  setKeepAlive (on?: boolean, delay?: number): this
  address (): { address?: string, port?: number, family?: string }
  ref (): this
  unref (): this
  destroySoon (): void
  resetAndDestroy (): this
}

// Connections and servers ------------------------------------------------------------------------------

export interface Attempt {
  address: Address
  phase: 'lookup' | 'socket' | 'bind' | 'connect' | 'connected'
  /** 0 for the winner. */
  errno: number
  reason: string | null
  /** On the clock of `now()`. */
  start: number
  end: number
}

export interface ConnectOptions extends Limits {
  /** AF_INET, AF_INET6, or 0 for both. */
  family?: number
  source?: AddressLike
  attemptTimeout?: number
  /** How long IPv4 addresses wait for IPv6 ones; 50 ms. */
  resolutionDelay?: number
  /** Time from one attempt to the next; 250 ms. Infinity: until the previous one fails. */
  stagger?: number
  fastOpen?: boolean
  /** Receives the attempts. */
  attempts?: Attempt[]
}

/** Connects over TCP by RFC 8305, under one limit for the lookup and all addresses. */
export function connect (host: string | null, port: number | string, options?: ConnectOptions): Promise<Socket>

export interface ListenOptions extends Limits {
  /** Absent: the wildcard of both families. */
  host?: string | null
  /** 0: a free one. */
  port?: number | string
  /** AF_UNIX instead; an abstract name begins with a NUL or @. */
  path?: string
  family?: number
  backlog?: number
  reusePort?: boolean
  /** One IPv6 socket for both families. */
  dualstack?: boolean
  /** Removes a socket file at the path if no process listens on it. */
  removeStale?: boolean
  fileMode?: number
}

/** Listens on all addresses of a host, or on an AF_UNIX path. */
export function listen (options?: ListenOptions): Promise<Server>

/** Listening sockets. */
export class Server {
  constructor (sockets: Socket[])
  readonly sockets: Socket[]
  readonly address: Address
  readonly addresses: Address[]
  readonly closed: boolean
  accept (options?: Limits): Promise<Socket>
  /** Connections, until the server is closed. */
  [Symbol.asyncIterator] (): AsyncGenerator<Socket, void, undefined>
  /**
   * Hands every connection to a server of Node, such as http.createServer(). Goes on after errors that pass, such as
   * EMFILE. Resolves when this one is closed.
   */
  feed (target: NodeJS.EventEmitter & { allowHalfOpen?: boolean }, options?: DuplexOptions): Promise<void>
  /** Closes all sockets; calls that wait end with ClosedError. Connections stay open. */
  close (): void
  [Symbol.dispose] (): void
  ref (): this
  unref (): this
}

/** The sockets that the service manager (systemd ...) passed to this process; null if there are none. */
export function activated (): Server | null

/** As http.Agent, over libsock. */
export class Agent extends http.Agent {}
/** As https.Agent, over libsock. */
export class SecureAgent extends https.Agent {}

// Lookups and this machine -----------------------------------------------------------------------------

export interface LookupOptions extends Limits {
  family?: number
  type?: number
  proto?: number
  /** AI_* */
  flags?: number
}

export interface LookupResult {
  family: number
  type: number
  proto: number
  address: Address
  canonicalName?: string
}

export function lookup (host: string | null, port?: number | string | null, options?: LookupOptions): Promise<LookupResult[]>
/** The first address of a host and a port. */
export function resolve (host: string | null, port?: number | string | null, options?: LookupOptions): Promise<Address>
export function lookupName (address: AddressLike, options?: Limits & { flags?: number }): Promise<{ host: string, service: string }>
export function hostname (): string
export function servicePort (name: string, proto?: string | null): number
export function serviceName (port: number, proto?: string | null): string
export function protocolNumber (name: string): number
export function interfaceIndex (name: string): number
export function interfaceName (index: number): string
export function interfaces (): Array<{ index: number, name: string }>
export function interfaceAddresses (): Array<{
  index: number
  name: string
  flags: number
  address: Address | null
  netmask: Address | null
  broadcast: Address | null
}>
export function hasDualstack (): boolean
export function vsockCid (): number
/** Closes a descriptor that a message brought. */
export function closeFd (fd: number): void
/** Milliseconds on the clock of deadlines. */
export function now (): number
/** The version of the running library. */
export const version: string

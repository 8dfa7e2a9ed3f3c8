// Package sock is libsock in Go: connections, listeners, datagrams and sockets of every family of Linux.
//
// Its types satisfy the interfaces of package net: a [Conn] is a net.Conn, a [Listener] a net.Listener, a
// [PacketConn] a net.PacketConn, so that net/http and everything else runs over them. Beyond package net it
// has more address families ([Open], [ParseAddr]), contexts that end the calls of a connection (SetContext),
// dialing by RFC 8305 with a report of every attempt ([Dialer]), messages with control data ([Message],
// [Controls]), batches of datagrams ([Datagram]), descriptor passing (SendFiles), and listeners that remove
// stale socket files ([ListenConfig]).
//
// A call that waits blocks only its goroutine, not an operating system thread, whether it reads, accepts,
// dials or looks up a name. Close and SetDeadline end it at once, in every family.
//
// Errors are package net's: a *net.OpError that wraps a syscall.Errno, os.ErrDeadlineExceeded,
// net.ErrClosed, context.Canceled or a *net.DNSError, for use with errors.Is and errors.As.
package sock

import (
	"net"
	"syscall"
)

var (
	_ net.Conn       = (*Conn)(nil)
	_ net.Conn       = (*PacketConn)(nil)
	_ net.PacketConn = (*PacketConn)(nil)
	_ net.Listener   = (*Listener)(nil)
	_ net.Conn       = (*Socket)(nil)
	_ net.PacketConn = (*Socket)(nil)
	_ syscall.Conn   = (*Conn)(nil)
	_ syscall.Conn   = (*PacketConn)(nil)
	_ syscall.Conn   = (*Listener)(nil)
	_ syscall.Conn   = (*Socket)(nil)
)

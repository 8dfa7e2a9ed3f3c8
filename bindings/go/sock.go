// Package sock is libsock in Go: connections, listeners, datagrams and sockets of every family of Linux.
//
// What it gives satisfies the interfaces of package net: a [Conn] is a net.Conn, a [Listener] a
// net.Listener, a [PacketConn] a net.PacketConn, so that net/http and everything else runs over them. Beyond
// package net there are families that it does not have ([Open], [ParseAddr]), contexts that end the calls of
// a connection (SetContext), dialling by RFC 8305 with every attempt told ([Dialer]), messages with control
// data ([Message], [Controls]), descriptors sent to other processes (SendFiles), and listeners whose stale
// socket files are removed ([ListenConfig]).
//
// A call that waits is a goroutine that waits: it holds no thread of the operating system, whether it reads,
// accepts, dials or looks a name up. Close and SetDeadline end it at once, in every family.
//
// Errors are those of package net: a *net.OpError around a syscall.Errno, os.ErrDeadlineExceeded,
// net.ErrClosed, context.Canceled or a *net.DNSError, for errors.Is and errors.As.
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

package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"time"
)

// endpoint is what every open socket of this package can do.
type endpoint struct{ s *socket }

// Close closes the socket. Calls that wait on it return an error that is net.ErrClosed, at once and in every
// address family; so does every call that comes later, whatever has been opened since.
func (e endpoint) Close() error {
	if err := e.s.close(); err != nil {
		return e.s.opError("close", err)
	}
	return nil
}

// SetDeadline sets both deadlines: absolute moments, which end every call of their direction that is not
// done by then, also one that already waits, and every later call before it tries. The error is
// os.ErrDeadlineExceeded. The zero time clears them.
func (e endpoint) SetDeadline(t time.Time) error {
	return e.s.opError("set", e.s.setDeadline(true, true, t))
}

// SetReadDeadline sets the deadline of receiving and accepting.
func (e endpoint) SetReadDeadline(t time.Time) error {
	return e.s.opError("set", e.s.setDeadline(true, false, t))
}

// SetWriteDeadline sets the deadline of sending and connecting.
func (e endpoint) SetWriteDeadline(t time.Time) error {
	return e.s.opError("set", e.s.setDeadline(false, true, t))
}

// SetContext has a context end the calls on this socket: when it is done, calls that wait and all that come
// later fail, with an error that is context.Canceled, or os.ErrDeadlineExceeded and
// context.DeadlineExceeded, to errors.Is. One context may stand over many sockets. It stays until another
// takes its place; nil takes it off.
func (e endpoint) SetContext(ctx context.Context) error {
	return e.s.opError("set", e.s.setContext(ctx))
}

// SyscallConn gives the descriptor to functions that run while it cannot be closed.
func (e endpoint) SyscallConn() (syscall.RawConn, error) {
	if e.s.closed.Load() {
		return nil, e.s.opError("raw-control", net.ErrClosed)
	}
	return rawConn{e.s}, nil
}

// File gives a duplicate of the socket's descriptor: closing the one leaves the other open.
func (e endpoint) File() (*os.File, error) {
	fd := -1
	err := rawConn{e.s}.Control(func(number uintptr) {
		fd = int(C.bridge_dup(C.int(number)))
	})
	if err == nil && fd < 0 {
		err = e.s.opError("file", os.NewSyscallError("fcntl", syscall.Errno(-fd)))
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), e.s.network), nil
}

// rawConn is the syscall.RawConn of a socket.
type rawConn struct{ s *socket }

func (r rawConn) Control(f func(uintptr)) error {
	return r.done("raw-control", r.s.raw.Control(f))
}

func (r rawConn) Read(f func(uintptr) bool) error {
	return r.done("raw-read", r.s.raw.Read(f))
}

func (r rawConn) Write(f func(uintptr) bool) error {
	return r.done("raw-write", r.s.raw.Write(f))
}

func (r rawConn) done(op string, err error) error {
	if err != nil {
		err = r.s.opError(op, r.s.waitError(err))
	}
	return err
}

// connected is an endpoint that moves bytes.
type connected struct{ endpoint }

// Read receives bytes. At the end of a stream it returns io.EOF.
func (c connected) Read(b []byte) (int, error) { return c.s.readBytes(b) }

// Write sends bytes: on a stream all of them, and nobody else's in between.
func (c connected) Write(b []byte) (int, error) { return c.s.writeBytes(b) }

// LocalAddr is the socket's own address.
func (c connected) LocalAddr() net.Addr { return c.s.local }

// RemoteAddr is the address of the other end; nil where there is none.
func (c connected) RemoteAddr() net.Addr { return c.s.peer }

// CloseRead shuts down the receiving half, for every process that shares the socket.
func (c connected) CloseRead() error { return c.shutdown(syscall.SHUT_RD) }

// CloseWrite shuts down the sending half: the peer reads what has been written, and then the end.
func (c connected) CloseWrite() error { return c.shutdown(syscall.SHUT_WR) }

func (c connected) shutdown(how C.int) error {
	code := int64(C.sock_shutdown(c.s.handle, how))
	runtime.KeepAlive(c.s)
	if code < 0 {
		return c.s.opError("close", c.s.answer("shutdown", code))
	}
	return nil
}

// ReadFull receives all of b. At the end of the stream before that the error is io.ErrUnexpectedEOF, or
// io.EOF when nothing came. It tells how much is in b, also when it fails.
func (c connected) ReadFull(b []byte) (int, error) {
	return io.ReadFull(c, b)
}

// Conn is a connection: TCP, AF_UNIX, or any other family that has streams or connected packets.
// It is a net.Conn and a syscall.Conn.
type Conn struct{ connected }

// PacketConn sends and receives datagrams, to a connected peer or to any. It is a net.PacketConn, a net.Conn
// and a syscall.Conn.
type PacketConn struct{ connected }

// ReadFrom receives a datagram and tells who sent it.
func (p *PacketConn) ReadFrom(b []byte) (int, net.Addr, error) { return p.s.readFrom(b) }

// WriteTo sends a datagram. addr nil sends to the connected peer.
func (p *PacketConn) WriteTo(b []byte, addr net.Addr) (int, error) { return p.s.writeTo(b, addr) }

// ReadFromAddrPort is ReadFrom for IP, without memory for the address.
func (p *PacketConn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	n, from, err := p.s.recvFromAddrPort(b)
	return n, from, p.s.opError("read", err)
}

// WriteToAddrPort is WriteTo for IP, without memory for the address.
func (p *PacketConn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	var sa nativeAddr
	if err := nativeAddrPort(&sa, to, p.s.family); err != nil {
		return 0, p.s.opError("write", err)
	}
	n, err := p.s.sendTo(b, 0, &sa)
	return n, p.s.opError("write", err)
}

func (s *socket) readFrom(b []byte) (int, net.Addr, error) {
	n, from, err := s.recvFrom(b, 0)
	if err != nil {
		return 0, nil, s.opError("read", err)
	}
	return n, fromNative(&from, s.kind), nil
}

func (s *socket) writeTo(b []byte, addr net.Addr) (int, error) {
	sa, err := toNative(addr, s.ipFamily())
	if err == nil {
		var n int
		if n, err = s.sendTo(b, 0, &sa); err == nil {
			return n, nil
		}
	}
	e := s.opError("write", err)
	var op *net.OpError
	if addr != nil && errors.As(e, &op) {
		op.Source, op.Addr = s.local, addr
	}
	return 0, e
}

// ipFamily is the family that IP addresses are written in; 0 for sockets that are not of IP.
func (s *socket) ipFamily() int {
	if s.family == syscall.AF_INET || s.family == syscall.AF_INET6 {
		return s.family
	}
	return 0
}

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

// endpoint has the methods of every socket in this package.
type endpoint struct{ s *socket }

// Close closes the socket. Blocked calls on it return net.ErrClosed at once, in every address family, and so
// do all later calls, even if the descriptor number has been reused.
func (e endpoint) Close() error {
	if err := e.s.close(); err != nil {
		return e.s.opError("close", err)
	}
	return nil
}

// SetDeadline sets both deadlines: absolute times that end every call of their direction that is not done by
// then, including a blocked one; later calls fail without trying. The error is os.ErrDeadlineExceeded. The
// zero time clears them.
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

// SetContext attaches a context that ends the calls on this socket: when it is done, blocked and later calls
// fail with context.Canceled, or with both os.ErrDeadlineExceeded and context.DeadlineExceeded. One context
// may be attached to many sockets. It stays attached until another one replaces it; nil detaches it.
func (e endpoint) SetContext(ctx context.Context) error {
	return e.s.opError("set", e.s.setContext(ctx))
}

// SyscallConn returns a raw connection: the descriptor stays open while its methods run.
func (e endpoint) SyscallConn() (syscall.RawConn, error) {
	if e.s.closed.Load() {
		return nil, e.s.opError("raw-control", net.ErrClosed)
	}
	return rawConn{e.s}, nil
}

// File returns a duplicate of the socket's descriptor: closing one does not close the other.
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

// rawConn is the syscall.RawConn of a socket. Only its methods show the number: os.File.WriteTo asks every
// destination for a raw connection, to see what it is.
type rawConn struct{ s *socket }

func (r rawConn) Control(f func(uintptr)) error {
	r.s.expose()
	return r.done("raw-control", r.s.raw.Control(f))
}

func (r rawConn) Read(f func(uintptr) bool) error {
	r.s.expose()
	return r.done("raw-read", r.s.raw.Read(f))
}

func (r rawConn) Write(f func(uintptr) bool) error {
	r.s.expose()
	return r.done("raw-write", r.s.raw.Write(f))
}

func (r rawConn) done(op string, err error) error {
	if err != nil {
		err = r.s.opError(op, r.s.waitError(err))
	}
	return err
}

// connected adds the methods that transfer data.
type connected struct{ endpoint }

// Read receives data. At the end of a stream it returns io.EOF.
func (c connected) Read(b []byte) (int, error) { return c.s.readBytes(b) }

// Write sends data: on a stream all of it, without data of other goroutines in between.
func (c connected) Write(b []byte) (int, error) { return c.s.writeBytes(b) }

// LocalAddr returns the local address.
func (c connected) LocalAddr() net.Addr { return c.s.local }

// RemoteAddr returns the address of the other end; nil if there is none.
func (c connected) RemoteAddr() net.Addr { return c.s.peer }

// CloseRead shuts down the receiving half, for every process that shares the socket.
func (c connected) CloseRead() error { return c.shutdown(syscall.SHUT_RD) }

// CloseWrite shuts down the sending half: the peer reads the data sent so far, and then the end.
func (c connected) CloseWrite() error { return c.shutdown(syscall.SHUT_WR) }

func (c connected) shutdown(how C.int) error {
	code := int64(C.sock_shutdown(c.s.handle, how))
	runtime.KeepAlive(c.s)
	if code < 0 {
		return c.s.opError("close", c.s.answer("shutdown", code))
	}
	return nil
}

// ReadFull fills b. If the stream ends before that, the error is io.ErrUnexpectedEOF, or io.EOF if no data
// arrived. It returns the number of bytes in b, also if it fails.
func (c connected) ReadFull(b []byte) (int, error) {
	return io.ReadFull(c, b)
}

// Conn is a connection: TCP, AF_UNIX, or any other family with streams or connected packets. It is a
// net.Conn and a syscall.Conn.
type Conn struct{ connected }

// PacketConn sends and receives datagrams, to and from a connected peer or any address. It is a
// net.PacketConn, a net.Conn and a syscall.Conn.
type PacketConn struct{ connected }

// ReadFrom receives a datagram and returns its sender.
func (p *PacketConn) ReadFrom(b []byte) (int, net.Addr, error) { return p.s.readFrom(b) }

// WriteTo sends a datagram; a nil addr means the connected peer.
func (p *PacketConn) WriteTo(b []byte, addr net.Addr) (int, error) { return p.s.writeTo(b, addr) }

// ReadFromAddrPort is ReadFrom for IP, without an allocation for the address.
func (p *PacketConn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	n, from, err := p.s.recvFromAddrPort(b)
	return n, from, p.s.opError("read", err)
}

// WriteToAddrPort is WriteTo for IP, without an allocation for the address.
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

// ipFamily returns the family to encode IP addresses for; 0 if this is not an IP socket.
func (s *socket) ipFamily() int {
	if s.family == syscall.AF_INET || s.family == syscall.AF_INET6 {
		return s.family
	}
	return 0
}

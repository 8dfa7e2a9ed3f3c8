package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"context"
	"net"
	"os"
	"syscall"
)

// Socket is a socket of any family and type, with the BSD calls: for families that package net lacks, and
// for programs that need more control than Dial and Listen. It is a net.Conn, a net.PacketConn and a
// syscall.Conn.
type Socket struct{ connected }

// Open creates a socket: socket(2). Families, types and protocols are the system's; see Constant for those
// without a name in package syscall.
func Open(family, kind, protocol int) (*Socket, error) {
	s, err := open(family, kind, protocol, "socket")
	if err != nil {
		return nil, &net.OpError{Op: "socket", Net: "socket", Err: err}
	}
	return &Socket{connected{endpoint{s}}}, nil
}

// Pair creates two connected sockets: socketpair(2). Family 0 means AF_UNIX.
func Pair(family, kind, protocol int) (one, other *Socket, err error) {
	if family == 0 {
		family = syscall.AF_UNIX
	}
	handles := new([2]C.sock_t)
	if code := int64(C.sock_socketpair(C.int(family), C.int(kind), C.int(protocol), &handles[0])); code < 0 {
		return nil, nil, &net.OpError{Op: "socketpair", Net: "socket", Err: codeError("socketpair", code)}
	}
	network := "socket"
	if family == syscall.AF_UNIX {
		network = unixNetwork(kind &^ (syscall.SOCK_NONBLOCK | syscall.SOCK_CLOEXEC))
	}
	a, err := prepare(handles[0], network, C.BRIDGE_LOCAL|C.BRIDGE_PEER, 0)
	if err != nil {
		C.sock_close(handles[1])
		return nil, nil, err
	}
	b, err := prepare(handles[1], network, C.BRIDGE_LOCAL|C.BRIDGE_PEER, 0)
	if err != nil {
		a.close()
		return nil, nil, err
	}
	return &Socket{connected{endpoint{a}}}, &Socket{connected{endpoint{b}}}, nil
}

// FromFile creates a Socket from a file that is a socket, with a duplicate of its descriptor: closing one
// does not close the other. Both share one open file description, which becomes non-blocking.
func FromFile(f *os.File) (*Socket, error) {
	fd, err := duplicate(f)
	if err != nil {
		return nil, &net.OpError{Op: "file", Net: "file", Err: err}
	}
	handle, err := fromFd(fd)
	if err != nil {
		syscall.Close(fd)
		return nil, err
	}
	return fromHandle(handle)
}

// duplicate returns a close-on-exec duplicate of a file's descriptor. The file cannot be closed meanwhile.
func duplicate(f *os.File) (int, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd := -int(syscall.EBADF)
	if err := raw.Control(func(number uintptr) { fd = int(C.bridge_dup(C.int(number))) }); err != nil {
		return -1, err
	}
	if fd < 0 {
		return -1, os.NewSyscallError("fcntl", syscall.Errno(-fd))
	}
	return fd, nil
}

// FromFd takes ownership of a socket's descriptor: the Socket closes it. If the descriptor is not a socket,
// the caller keeps it.
func FromFd(fd int) (*Socket, error) {
	handle, err := fromFd(fd)
	if err != nil {
		return nil, err
	}
	return fromHandle(handle)
}

func fromFd(fd int) (C.sock_t, error) {
	handle := C.sock_from_fd(C.int(fd), -1, -1, -1)
	if handle < 0 {
		return 0, &net.OpError{Op: "file", Net: "file", Err: codeError("getsockopt", int64(handle))}
	}
	return handle, nil
}

func fromHandle(handle C.sock_t) (*Socket, error) {
	network := "socket"
	switch kind := int(C.sock_type(handle)); C.sock_family(handle) {
	case syscall.AF_UNIX:
		network = unixNetwork(kind)
	case syscall.AF_INET, syscall.AF_INET6:
		network = map[int]string{syscall.SOCK_STREAM: "tcp", syscall.SOCK_DGRAM: "udp", syscall.SOCK_RAW: "ip"}[kind]
	}
	s, err := prepare(handle, network, C.BRIDGE_LOCAL|C.BRIDGE_PEER, 0)
	if err != nil {
		return nil, err
	}
	return &Socket{connected{endpoint{s}}}, nil
}

// Family returns the address family, such as syscall.AF_INET.
func (s *Socket) Family() int { return s.s.family }

// Type returns the type, such as syscall.SOCK_STREAM.
func (s *Socket) Type() int { return s.s.kind }

// Protocol returns the protocol.
func (s *Socket) Protocol() int { return s.s.proto }

// Bind binds the socket to a local address.
func (s *Socket) Bind(addr net.Addr) error { return s.s.opError("bind", s.s.bind(addr)) }

// Connect connects the socket, or sets the destination of a datagram socket. ctx and the write deadline end
// the wait.
func (s *Socket) Connect(ctx context.Context, addr net.Addr) error {
	sa, err := toNative(addr, s.s.ipFamily())
	if err == nil {
		err = s.s.connect(ctx, &sa)
	}
	if err != nil {
		return &net.OpError{Op: "connect", Net: s.s.network, Source: s.s.local, Addr: addr, Err: err}
	}
	s.s.refresh()
	if s.s.peer == nil {
		s.s.peer = addr
	}
	return nil
}

// Listen makes the socket accept connections; backlog is how many may be pending.
func (s *Socket) Listen(backlog int) error {
	if code := int64(C.sock_listen(s.s.handle, C.int(backlog))); code < 0 {
		return s.s.opError("listen", s.s.answer("listen", code))
	}
	return nil
}

// Accept waits for a connection.
func (s *Socket) Accept() (*Socket, error) {
	c, err := s.s.accept(0, 0)
	if err != nil {
		return nil, s.s.opError("accept", err)
	}
	return &Socket{connected{endpoint{c}}}, nil
}

// ReadFrom receives a datagram and returns its sender.
func (s *Socket) ReadFrom(b []byte) (int, net.Addr, error) { return s.s.readFrom(b) }

// WriteTo sends a datagram; a nil addr means the connected peer.
func (s *Socket) WriteTo(b []byte, addr net.Addr) (int, error) { return s.s.writeTo(b, addr) }

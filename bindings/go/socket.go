package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// socket is a socket of libsock whose descriptor waits in the poller of the Go runtime.
//
// The handle is in non-blocking mode: a call into libsock tries and never waits. A call that must wait does so
// through file, which owns the descriptor number and has registered it with the poller; this blocks only the
// goroutine, not an operating system thread. The descriptor has one owner at a time: until Close, the handle
// keeps it open and file does not touch it; Close takes it out of the handle, which ends the calls that are in
// C at that moment, and then closes the file, which ends the calls that wait.
type socket struct {
	handle C.sock_t
	file   *os.File
	raw    syscall.RawConn

	family, kind, proto int
	network             string
	local, peer         net.Addr
	pollable            [2]bool // whether the poller reports room for a send without and with an address

	read, write direction
	writing     sync.Mutex // held by a Write until all of its data is sent
	limits      sync.Mutex // guards the next three fields
	canceled    atomic.Pointer[error]
	detach      func() bool // detaches the context
	attached    int         // how many contexts have been attached so far

	closed atomic.Bool
	unlink *socketFile // removed before the socket is closed
}

// direction determines how a call in this direction begins.
type direction struct {
	// A deadline is set: the poller knows whether it has passed, so it is asked first.
	limited atomic.Bool
	// The last try had to wait: the next one also begins with the poller, because a try before asking the
	// poller would have to be repeated after it.
	waited atomic.Bool
}

// direct reports whether a call may be tried without asking the poller.
func (d *direction) direct() bool { return !d.limited.Load() && !d.waited.Load() }

// settled reports whether a try in the poller's wait was the last one. again is whether one came before it.
func (d *direction) settled(n int64, again *bool) bool {
	if n == codeEAGAIN {
		if !*again {
			*again = true
			d.waited.Store(true)
		}
		return false
	}
	if !*again {
		d.waited.Store(false)
	}
	return true
}

// adopt creates the Go side of a socket that bridge_ready has prepared. On failure it closes the handle.
func adopt(b *C.struct_bridge_socket, network string) (*socket, error) {
	s := &socket{
		handle:  C.sock_t(b.handle),
		file:    os.NewFile(uintptr(b.fd), network),
		family:  int(b.family),
		kind:    int(b._type),
		proto:   int(b.proto),
		network: network,
	}
	for addressed, yes := range b.pollable {
		s.pollable[addressed] = yes != 0
	}
	s.local = fromNative(&b.local, s.kind)
	s.peer = fromNative(&b.peer, s.kind)
	runtime.SetFinalizer(s, (*socket).abandon)
	// This is the only sign that the poller rejected the file: a file that it does not watch has no deadlines.
	if err := s.file.SetDeadline(time.Time{}); err != nil {
		s.close()
		return nil, os.NewSyscallError("epoll_ctl", syscall.ENOSPC)
	}
	raw, err := s.file.SyscallConn()
	if err != nil {
		s.close()
		return nil, err
	}
	s.raw = raw
	return s, nil
}

// prepare is adopt for a new handle. flags and keepalive are those of bridge_ready.
func prepare(handle C.sock_t, network string, flags C.int, keepalive time.Duration) (*socket, error) {
	b := new(C.struct_bridge_socket)
	if code := int64(C.bridge_ready(handle, flags, C.int64_t(keepalive), b)); code < 0 {
		C.sock_close(handle)
		return nil, codeError("fcntl", code)
	}
	return adopt(b, network)
}

// open creates a socket that is neither bound nor connected.
func open(family, kind, proto int, network string) (*socket, error) {
	handle := C.sock_socket(C.int(family), C.int(kind|syscall.SOCK_NONBLOCK), C.int(proto))
	if handle < 0 {
		return nil, codeError("socket", int64(handle))
	}
	return prepare(handle, network, 0, 0)
}

// expose tells libsock that the program is about to see the descriptor's number. From then on, libsock does not
// rely on its O_NONBLOCK.
func (s *socket) expose() {
	C.sock_fileno(s.handle)
	runtime.KeepAlive(s)
}

// abandon closes a socket that was garbage collected without a Close.
func (s *socket) abandon() { s.close() }

func (s *socket) close() error {
	if !s.closed.CompareAndSwap(false, true) {
		return net.ErrClosed
	}
	runtime.SetFinalizer(s, nil)
	s.limits.Lock()
	if s.detach != nil {
		s.detach()
		s.detach = nil
	}
	s.limits.Unlock()
	if s.unlink != nil {
		s.unlink.remove()
	}
	if code := int64(C.sock_detach(s.handle)); code < 0 {
		// The handle was closed already, which nothing in this package does; then so is the descriptor.
		return codeError("close", code)
	}
	err := s.file.Close()
	var path *os.PathError
	if errors.As(err, &path) {
		err = os.NewSyscallError("close", path.Err)
	}
	return err
}

// waitError converts an error of the poller.
func (s *socket) waitError(err error) error {
	if s.closed.Load() {
		return net.ErrClosed
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		if canceled := s.canceled.Load(); canceled != nil {
			return *canceled
		}
		return os.ErrDeadlineExceeded
	}
	return net.ErrClosed
}

// answer converts a negative result of libsock. For a closed handle it returns net.ErrClosed.
func (s *socket) answer(call string, code int64) error {
	if code == codeEBADF && s.closed.Load() {
		return net.ErrClosed
	}
	return codeError(call, code)
}

func (s *socket) direction(writable bool) *direction {
	if writable {
		return &s.write
	}
	return &s.read
}

// try calls f until it returns anything but -EAGAIN, waiting in between until s is readable or writable.
func (s *socket) try(writable bool, f func() int64) (int64, error) {
	if n := s.first(s.direction(writable), f); n != codeEAGAIN {
		return n, nil
	}
	return s.poll(writable, f)
}

// trySend is try for a send, with or without a destination address.
func (s *socket) trySend(addressed bool, f func() int64) (int64, error) {
	if n := s.first(&s.write, f); n != codeEAGAIN {
		return n, nil
	}
	if s.pollable[cFlag(addressed)] {
		return s.poll(true, f)
	}
	return s.retry(f)
}

// first calls f if that may be done without asking the poller; if not, it returns -EAGAIN.
func (s *socket) first(d *direction, f func() int64) int64 {
	n := codeEAGAIN
	if d.direct() {
		n = f()
		runtime.KeepAlive(s)
	}
	return n
}

// poll calls f in the poller's wait.
func (s *socket) poll(writable bool, f func() int64) (int64, error) {
	d, wait := &s.read, s.raw.Read
	if writable {
		d, wait = &s.write, s.raw.Write
	}
	n, again := codeEAGAIN, false
	err := wait(func(uintptr) bool {
		n = f()
		return d.settled(n, &again)
	})
	runtime.KeepAlive(s)
	if err != nil {
		return n, s.waitError(err)
	}
	return n, nil
}

// setContext makes ctx end the calls of this socket, as SetContext describes.
func (s *socket) setContext(ctx context.Context) error {
	s.limits.Lock()
	defer s.limits.Unlock()
	if s.closed.Load() {
		return net.ErrClosed
	}
	if s.detach != nil {
		s.detach()
		s.detach = nil
	}
	if s.canceled.Swap(nil) != nil {
		// The previous context had ended the calls; now they work again, without the overwritten deadlines.
		if err := s.deadlines(true, true, time.Time{}); err != nil {
			return err
		}
	}
	if ctx == nil || ctx.Done() == nil {
		return nil
	}
	if ctx.Err() != nil {
		return s.cancel(ctx)
	}
	// The context now keeps s from being garbage collected: a socket with a context must be closed.
	s.attached++
	mine := s.attached
	s.detach = context.AfterFunc(ctx, func() {
		s.limits.Lock()
		defer s.limits.Unlock()
		if s.attached == mine && s.detach != nil {
			s.cancel(ctx)
		}
	})
	return nil
}

// cancel ends the calls of s, with limits locked.
func (s *socket) cancel(ctx context.Context) error {
	err := contextError(ctx)
	s.canceled.Store(&err)
	return s.deadlines(true, true, time.Unix(1, 0))
}

// setDeadline sets the deadline of one or both directions; the zero time clears it.
func (s *socket) setDeadline(read, write bool, t time.Time) error {
	s.limits.Lock()
	defer s.limits.Unlock()
	if s.closed.Load() {
		return net.ErrClosed
	}
	if s.canceled.Load() != nil {
		return nil // the context has ended the calls, and a deadline does not change that
	}
	return s.deadlines(read, write, t)
}

// deadlines passes a deadline to the poller. A call that begins meanwhile obeys the old or the new one.
func (s *socket) deadlines(read, write bool, t time.Time) (err error) {
	set := func() {
		if read {
			s.read.limited.Store(!t.IsZero())
		}
		if write {
			s.write.limited.Store(!t.IsZero())
		}
	}
	if !t.IsZero() {
		set()
	}
	switch {
	case read && write:
		err = s.file.SetDeadline(t)
	case read:
		err = s.file.SetReadDeadline(t)
	default:
		err = s.file.SetWriteDeadline(t)
	}
	if err != nil {
		return net.ErrClosed
	}
	if t.IsZero() {
		set()
	}
	return nil
}

// opError wraps err as package net does.
func (s *socket) opError(op string, err error) error {
	if err == nil {
		return nil
	}
	e := &net.OpError{Op: op, Net: s.network, Source: s.local, Addr: s.peer, Err: err}
	if s.peer == nil {
		e.Source, e.Addr = nil, s.local
	}
	return e
}

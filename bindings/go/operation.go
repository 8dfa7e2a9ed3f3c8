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
	"time"
)

// within waits for a libsock operation in the poller: it calls step whenever one is due, until step returns
// anything but 0. Canceling ctx ends the wait. In any case it calls last and then closes the operation.
func within(ctx context.Context, op C.sock_op_t, step func() int64, last func()) (int64, error) {
	var file *os.File
	defer brief(func() int64 {
		if file != nil {
			file.Close()
		}
		if last != nil {
			last()
		}
		return int64(C.sock_close(op))
	})
	var raw syscall.RawConn
	var err error
	n := brief(func() int64 {
		// Without a lookup or a delay, one or two steps finish the operation, and it needs no poller.
		for range [2]struct{}{} {
			if n := step(); n != 0 {
				return n
			}
		}
		file, raw, err = watch(op)
		return 0
	})
	if n != 0 || err != nil {
		return n, err
	}
	defer context.AfterFunc(ctx, func() { file.SetDeadline(time.Unix(1, 0)) })()
	err = raw.Read(func(uintptr) bool {
		n = brief(step)
		return n != 0
	})
	if err != nil {
		return 0, contextError(ctx)
	}
	return n, nil
}

// watch registers an operation's descriptor with the poller.
func watch(op C.sock_op_t) (*os.File, syscall.RawConn, error) {
	fd := int64(C.bridge_operation_fd(op))
	if fd < 0 {
		return nil, nil, codeError("fcntl", fd)
	}
	file := os.NewFile(uintptr(fd), "operation")
	if err := file.SetDeadline(time.Time{}); err != nil {
		file.Close()
		return nil, nil, os.NewSyscallError("epoll_ctl", syscall.ENOSPC)
	}
	raw, err := file.SyscallConn()
	return file, raw, err
}

// span returns the time until the earliest of the given times, as libsock takes it: at least 1 ns.
func span(ctx context.Context, moments ...time.Time) int64 {
	if deadline, ok := ctx.Deadline(); ok {
		moments = append(moments, deadline)
	}
	least := forever
	for _, moment := range moments {
		if moment.IsZero() {
			continue
		}
		if left := int64(time.Until(moment)); left < least {
			least = left
		}
	}
	if least < 1 {
		return 1
	}
	return least
}

// after returns the time d from now; the zero time, which means none, if d is 0.
func after(d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}

// splitNetwork splits the name of a network: "tcp6" is "tcp" and AF_INET6.
func splitNetwork(network string) (base string, family int) {
	switch network {
	case "tcp4", "udp4", "ip4":
		return network[:len(network)-1], syscall.AF_INET
	case "tcp6", "udp6", "ip6":
		return network[:len(network)-1], syscall.AF_INET6
	}
	return network, 0
}

// unixKind returns the socket type of an AF_UNIX network; 0 for other networks.
func unixKind(network string) int {
	switch network {
	case "unix":
		return syscall.SOCK_STREAM
	case "unixgram":
		return syscall.SOCK_DGRAM
	case "unixpacket":
		return syscall.SOCK_SEQPACKET
	}
	return 0
}

// connect connects s. It waits in the poller for a connection in progress; if an AF_UNIX backlog is full, it
// retries after pauses, because the kernel sends no event.
func (s *socket) connect(ctx context.Context, to *nativeAddr) error {
	detach := context.AfterFunc(ctx, func() { s.file.SetWriteDeadline(time.Unix(1, 0)) })
	code, err := s.connecting(ctx, to)
	if !detach() {
		// ctx ended during the last step, and may still set its deadline.
		return contextError(ctx)
	}
	if err != nil {
		return s.connectError(ctx, err)
	}
	if code < 0 {
		return s.answer("connect", code)
	}
	return nil
}

func (s *socket) connecting(ctx context.Context, to *nativeAddr) (code int64, err error) {
	for pause := firstPause; ; pause = nextPause(pause) {
		// This checks the deadline; it does not wait.
		err = s.raw.Write(func(uintptr) bool {
			code = int64(C.sock_connect(s.handle, to))
			return true
		})
		if err != nil || code != codeEAGAIN {
			break
		}
		select {
		case <-ctx.Done():
			return code, ctx.Err()
		case <-time.After(pause):
		}
	}
	if err == nil && code == codeEINPROGRESS {
		err = s.raw.Write(func(uintptr) bool {
			code = int64(C.bridge_connected(s.handle))
			return code != codeEAGAIN
		})
	}
	return code, err
}

func (s *socket) connectError(ctx context.Context, err error) error {
	if ctx.Err() != nil && !s.closed.Load() {
		return contextError(ctx)
	}
	return s.waitError(err)
}

// refresh reads the addresses again after bind or connect.
func (s *socket) refresh() {
	sa := new(nativeAddr)
	if C.sock_getsockname(s.handle, sa) == 0 {
		s.local = fromNative(sa, s.kind)
	}
	if C.sock_getpeername(s.handle, sa) == 0 {
		s.peer = fromNative(sa, s.kind)
	}
}

// bind binds s to an address.
func (s *socket) bind(addr net.Addr) error {
	sa, err := toNative(addr, s.ipFamily())
	if err != nil {
		return err
	}
	if code := int64(C.sock_bind(s.handle, &sa)); code < 0 {
		return s.answer("bind", code)
	}
	s.refresh()
	return nil
}

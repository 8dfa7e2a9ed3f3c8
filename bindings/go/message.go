package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// Message is scattered data with an address and control data, for sendmsg(2) and recvmsg(2).
type Message struct {
	// Buffers are sent or filled in order: up to 1024.
	Buffers [][]byte
	// Control is the control data to send, or the buffer to receive it. See ControlSpace and Controls.
	Control []byte
	// Addr is the destination, nil for the connected peer; after a receive, the sender.
	Addr net.Addr

	// Set by a receive. N is the number of bytes in Buffers; TrueLen is the length that the kernel reported,
	// which may be more with MSG_TRUNC. NControl is the number of bytes in Control. Flags are the kernel's
	// MSG_* flags.
	N        int
	TrueLen  int
	NControl int
	Flags    int
}

// Controls returns the received control data.
func (m *Message) Controls() Controls { return m.Control[:m.NControl] }

// pieces returns the array of the message's buffers, each pinned by p, so that it can be passed to C.
func (m *Message) pieces(p *runtime.Pinner) *C.struct_sock_iovec {
	if len(m.Buffers) == 0 {
		return nil
	}
	list := make([]C.struct_sock_iovec, len(m.Buffers))
	for i, b := range m.Buffers {
		if len(b) > 0 {
			p.Pin(&b[0])
			list[i].base, list[i].len = unsafe.Pointer(&b[0]), C.size_t(len(b))
		}
	}
	p.Pin(&list[0])
	return &list[0]
}

// WriteMsg sends a message. flags are MSG_*. On a stream it sends all of the data, and the control data with
// the first byte. It returns the number of bytes sent.
func (c connected) WriteMsg(m *Message, flags int) (int, error) {
	n, err := c.s.sendMessage(m, flags)
	return n, c.s.opError("write", err)
}

// ReadMsg receives a message: it fills m.Buffers and m.Control, and sets the fields of m that describe the
// result. Received descriptors are close-on-exec and belong to the caller: take them with Controls.TakeFds,
// and close the rest with Controls.CloseFds. It returns m.N; at the end of a stream io.EOF.
func (c connected) ReadMsg(m *Message, flags int) (int, error) { return c.s.receiveMessage(m, flags) }

func (s *socket) sendMessage(m *Message, flags int) (int, error) {
	b := new(C.struct_bridge_message)
	if m.Addr != nil {
		sa, err := toNative(m.Addr, s.ipFamily())
		if err != nil {
			return 0, err
		}
		b.addr, b.has_addr = sa, 1
	}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pieces, count := m.pieces(&pinner), len(m.Buffers)
	total := 0
	for _, piece := range m.Buffers {
		total += len(piece)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	n, err := s.trySend(m.Addr != nil, func() int64 {
		return int64(C.bridge_sendmsg(s.handle, pieces, C.size_t(count), bytePointer(m.Control),
			C.size_t(len(m.Control)), b, C.int(flags)))
	})
	if err != nil {
		return 0, err
	}
	if n < 0 {
		return 0, s.answer("sendmsg", n)
	}
	sent := int(n)
	if s.kind != syscall.SOCK_STREAM || flags&syscall.MSG_DONTWAIT != 0 {
		return sent, nil
	}
	// The rest of a stream's data is sent without the control data, which was sent already.
	skip := sent
	for _, piece := range m.Buffers {
		if skip >= len(piece) {
			skip -= len(piece)
			continue
		}
		for rest := piece[skip:]; len(rest) > 0; {
			n, err := s.send(rest, flags)
			sent += n
			if err != nil {
				return sent, err
			}
			rest = rest[n:]
		}
		skip = 0
	}
	return sent, nil
}

func (s *socket) receiveMessage(m *Message, flags int) (int, error) {
	var pinner runtime.Pinner
	defer pinner.Unpin()
	b := new(C.struct_bridge_message)
	pieces, count := m.pieces(&pinner), len(m.Buffers)
	n, err := s.try(false, func() int64 {
		return int64(C.bridge_recvmsg(s.handle, pieces, C.size_t(count), bytePointer(m.Control),
			C.size_t(len(m.Control)), b, C.int(flags)))
	})
	if err == nil && n < 0 {
		err = s.answer("recvmsg", n)
	}
	if err != nil {
		return 0, s.opError("read", err)
	}
	m.N, m.TrueLen, m.NControl, m.Flags = int(b.len), int(b.true_len), int(b.control_len), int(b.flags)
	m.Addr = fromNative(&b.addr, s.kind)
	if n == 0 && m.NControl == 0 && s.stream() && flags&syscall.MSG_ERRQUEUE == 0 && m.room() {
		return 0, io.EOF
	}
	return m.N, nil
}

func (m *Message) room() bool {
	for _, b := range m.Buffers {
		if len(b) > 0 {
			return true
		}
	}
	return false
}

// SendFiles sends data, at least one byte of it on a stream, and duplicates of up to 253 files' descriptors
// with the first byte, to the process at the other end of an AF_UNIX socket. The files stay open here. It
// returns the number of bytes sent.
func (c connected) SendFiles(b []byte, files ...*os.File) (int, error) {
	// Duplicates: while the send waits, another goroutine may close a file, and its number may be reused.
	fds := make([]int, 0, len(files))
	defer func() {
		for _, fd := range fds {
			syscall.Close(fd)
		}
	}()
	for _, f := range files {
		fd, err := duplicate(f)
		if err != nil {
			return 0, c.s.opError("write", err)
		}
		fds = append(fds, fd)
	}
	return c.SendFds(b, fds...)
}

// SendFds is SendFiles with descriptor numbers, which must stay open until it returns.
func (c connected) SendFds(b []byte, fds ...int) (int, error) {
	if c.s.family != syscall.AF_UNIX {
		return 0, c.s.opError("write", os.NewSyscallError("sendmsg", syscall.EOPNOTSUPP))
	}
	if len(b) == 0 && c.s.kind == syscall.SOCK_STREAM {
		return 0, c.s.opError("write", &detailError{syscall.EINVAL, "data: descriptors need a byte to go with"})
	}
	if len(fds) > maxFds {
		return 0, c.s.opError("write", &detailError{syscall.EINVAL, "fds: more than 253"})
	}
	m := &Message{Buffers: [][]byte{b}}
	if len(fds) > 0 {
		control, err := AppendFds(nil, fds...)
		if err != nil {
			return 0, c.s.opError("write", err)
		}
		m.Control = control
	}
	return c.WriteMsg(m, 0)
}

// RecvFiles receives data and up to max descriptors, as files that the caller closes; it closes any others.
func (c connected) RecvFiles(b []byte, max int) (int, []*os.File, error) {
	n, fds, err := c.RecvFds(b, max)
	files := make([]*os.File, len(fds))
	for i, fd := range fds {
		files[i] = os.NewFile(uintptr(fd), "received")
	}
	return n, files, err
}

// RecvFds is RecvFiles with descriptor numbers. The descriptors are close-on-exec.
func (c connected) RecvFds(b []byte, max int) (int, []int, error) {
	if max < 0 || max > maxFds {
		max = maxFds
	}
	space, err := ControlSpace(0, max)
	if err != nil {
		return 0, nil, c.s.opError("read", err)
	}
	m := &Message{Buffers: [][]byte{b}, Control: make([]byte, space)}
	n, err := c.ReadMsg(m, 0)
	if err != nil {
		return n, nil, err
	}
	fds := m.Controls().TakeFds(max)
	m.Controls().CloseFds()
	return n, fds, nil
}

// maxFds is how many descriptors the kernel accepts in one message.
const maxFds = 253

// PeerPidfd returns a descriptor of the process at the other end of an AF_UNIX connection. Unlike a pid, it
// never refers to a later process. The caller closes it. It needs Linux 6.5.
func (c connected) PeerPidfd() (*os.File, error) {
	fd := int64(C.sock_peer_pidfd(c.s.handle))
	if fd < 0 {
		return nil, c.s.opError("get", c.s.answer("getsockopt", fd))
	}
	return os.NewFile(uintptr(fd), "pidfd"), nil
}

// maxBuffers is how many buffers the kernel accepts in one call.
const maxBuffers = 1024

// WriteBuffers sends all buffers, with one system call per 1024 of them if there is room. Data of other
// goroutines may come between these groups, but not within one.
func (c connected) WriteBuffers(buffers net.Buffers) (int64, error) {
	total := int64(0)
	for len(buffers) > 0 {
		batch := buffers
		if len(batch) > maxBuffers {
			batch = batch[:maxBuffers]
		}
		n, err := c.WriteMsg(&Message{Buffers: batch}, 0)
		total += int64(n)
		if err != nil {
			return total, err
		}
		buffers = buffers[len(batch):]
	}
	return total, nil
}

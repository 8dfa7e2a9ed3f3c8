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

// Message is data in pieces with an address and control data: what sendmsg(2) and recvmsg(2) take.
type Message struct {
	// Buffers are the pieces, sent or filled in their order: up to 1024.
	Buffers [][]byte
	// Control is control data: to be sent, or the room for what comes. See ControlSpace and Controls.
	Control []byte
	// Addr is the destination, nil for the connected peer; after a receive the sender.
	Addr net.Addr

	// What a receive tells. N is how many bytes are in Buffers, TrueLen the length that the kernel told,
	// which with MSG_TRUNC may be more. NControl is how many bytes of Control came. Flags are the MSG_*
	// flags that the kernel told.
	N        int
	TrueLen  int
	NControl int
	Flags    int
}

// Controls is the control data that a receive brought.
func (m *Message) Controls() Controls { return m.Control[:m.NControl] }

// pieces is the array of the message's pieces, each pinned by p, so that C may have it.
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

// WriteMsg sends a message. flags are MSG_*. On a stream all of the data goes, and control data with its
// first byte. It returns how many bytes went.
func (c connected) WriteMsg(m *Message, flags int) (int, error) {
	n, err := c.s.sendMessage(m, flags)
	return n, c.s.opError("write", err)
}

// ReadMsg receives a message: it fills m.Buffers and m.Control, and the fields of m that say what came.
// Received descriptors are close-on-exec, and belong to the caller: take them with Controls.TakeFds, and
// call Controls.CloseFds for what is left. It returns m.N; at the end of a stream io.EOF.
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
	// The rest of a stream goes without the control data, which has gone.
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

// SendFiles sends data, at least one byte of it on a stream, and with its first byte duplicates of the
// files' descriptors, to the process on the other end of an AF_UNIX socket: up to 253. The files stay open
// here. It returns how many bytes went.
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

// SendFds is SendFiles with the numbers of descriptors.
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

// RecvFiles receives data, and the descriptors that came with it as files, which the caller closes: up to
// max of them, the others are closed.
func (c connected) RecvFiles(b []byte, max int) (int, []*os.File, error) {
	n, fds, err := c.RecvFds(b, max)
	files := make([]*os.File, len(fds))
	for i, fd := range fds {
		files[i] = os.NewFile(uintptr(fd), "received")
	}
	return n, files, err
}

// RecvFds is RecvFiles with the numbers of the descriptors, which are close-on-exec.
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

// maxFds is how many descriptors the kernel takes in one message.
const maxFds = 253

// PeerPidfd is a descriptor of the process at the other end of an AF_UNIX connection, which no later
// process can take over. The caller closes it. It needs Linux 6.5.
func (c connected) PeerPidfd() (*os.File, error) {
	fd := int64(C.sock_peer_pidfd(c.s.handle))
	if fd < 0 {
		return nil, c.s.opError("get", c.s.answer("getsockopt", fd))
	}
	return os.NewFile(uintptr(fd), "pidfd"), nil
}

// WriteBuffers sends all of the buffers in as few calls as the kernel allows, nobody else's bytes between
// them.
func (c connected) WriteBuffers(buffers net.Buffers) (int64, error) {
	total := int64(0)
	for len(buffers) > 0 {
		batch := buffers
		if len(batch) > 1024 {
			batch = batch[:1024]
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

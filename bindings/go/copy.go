package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"io"
	"io/fs"
	"math"
	"net"
	"runtime"
	"syscall"
)

// The most that one call into C sends of a file: a close waits for it.
const fileBlock = 4 << 20

// Bulk data is spliced. A read that fills this buffer is a sign of bulk data; spliced pieces below sparse bytes, as
// many as patience in a row, are a sign that it has ended. Connections that transfer little then need no pipe,
// which is two descriptors each.
const (
	copyBuffer = 32 << 10
	sparse     = 4 << 10
	patience   = 16
)

// ReadFrom sends all that r has, until its end. io.Copy(c, r) calls it. The data of a regular file, and of a
// stream of this package, is not copied through memory: sendfile(2) and splice(2). The buffers of a *net.Buffers
// are sent together, and removed from it as far as they were sent. It returns the number of bytes sent.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	remain, limited := int64(math.MaxInt64), (*io.LimitedReader)(nil)
	source := r
	if l, ok := r.(*io.LimitedReader); ok {
		source, remain, limited = l.R, l.N, l
	}
	n, handled, err := c.s.readFromSource(source, remain)
	if limited != nil {
		limited.N -= n
	}
	if handled || err != nil || (limited != nil && limited.N <= 0) {
		return n, err
	}
	// Without this method, which io.Copy would call again.
	more, err := io.Copy(struct{ io.Writer }{c}, r)
	return n + more, err
}

// readFromSource copies from the kinds of sources for which there is a better way; handled is false for others.
func (s *socket) readFromSource(source io.Reader, remain int64) (n int64, handled bool, err error) {
	if remain <= 0 {
		return 0, true, nil
	}
	switch source := source.(type) {
	case *net.Buffers:
		if s.kind == syscall.SOCK_STREAM && remain == math.MaxInt64 {
			n, err = s.writeBuffers(source)
			return n, true, err
		}
	case *Conn:
		return s.copyStream(source.s, remain)
	case *Socket:
		return s.copyStream(source.s, remain)
	case file:
		return s.copyFile(source, remain)
	}
	return 0, false, nil
}

// file is an *os.File, and the wrapper in which its WriteTo hides that.
type file interface {
	fs.File
	io.Seeker
	syscall.Conn
}

// copyFile sends a regular file from its position, which moves with the data.
func (s *socket) copyFile(f file, remain int64) (n int64, handled bool, err error) {
	if s.kind != syscall.SOCK_STREAM {
		return 0, false, nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0, false, nil
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, false, nil
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	// The file stays open meanwhile.
	unused := raw.Control(func(fd uintptr) {
		n, err = s.spliceAll(C.int(fd), remain)
	})
	if unused != nil {
		return n, true, unused
	}
	return n, true, s.opError("write", err)
}

// spliceAll sends what a file or pipe has, up to its end or to remain bytes.
func (s *socket) spliceAll(fd C.int, remain int64) (int64, error) {
	sent := int64(0)
	for sent < remain {
		n, err := s.trySend(false, func() int64 {
			return int64(C.sock_splice_from_fd(fd, -1, s.handle, C.int64_t(min(remain-sent, fileBlock)), nil))
		})
		if err == nil && n < 0 {
			err = s.answer("sendfile", n)
		}
		if err != nil || n == 0 {
			return sent, err
		}
		sent += n
	}
	return sent, nil
}

// copyStream sends what comes from another stream, or from the same.
func (s *socket) copyStream(from *socket, remain int64) (n int64, handled bool, err error) {
	if s.kind != syscall.SOCK_STREAM || from.kind != syscall.SOCK_STREAM {
		return 0, false, nil
	}
	buffer := make([]byte, min(copyBuffer, remain))
	for n < remain {
		var got, sent int
		if got, err = from.readBytes(buffer[:min(int64(len(buffer)), remain-n)]); err != nil {
			break
		}
		sent, err = s.writeBytes(buffer[:got])
		if n += int64(sent); err != nil {
			break
		}
		if got == copyBuffer {
			var spliced int64
			spliced, err = s.spliceBulk(from, remain-n)
			if n += spliced; err != nil {
				break
			}
		}
	}
	if err == io.EOF {
		err = nil
	}
	return n, true, err
}

// spliceBulk moves data by a pipe as long as there is much of it. The error is io.EOF at the end of from.
func (s *socket) spliceBulk(from *socket, remain int64) (n int64, err error) {
	ends := new([2]C.int)
	if C.bridge_pipe(&ends[0]) < 0 {
		return 0, nil // too many descriptors: through memory, then
	}
	defer C.bridge_close_pipe(&ends[0])
	room := int64(C.bridge_pipe_room(ends[1]))
	for quiet := 0; n < remain && quiet < patience; {
		came, err := from.try(false, func() int64 {
			return int64(C.sock_splice_to_fd(from.handle, ends[1], -1, C.int64_t(min(remain-n, room)), nil, nil))
		})
		switch {
		case err == nil && came < 0:
			err = from.answer("splice", came)
			fallthrough
		case err != nil:
			return n, from.opError("read", err)
		case came == 0:
			return n, io.EOF
		}
		if quiet++; came >= sparse {
			quiet = 0
		}
		s.writing.Lock()
		sent, err := s.spliceAll(ends[0], came)
		s.writing.Unlock()
		if n += sent; err != nil {
			return n, s.opError("write", err)
		}
	}
	runtime.KeepAlive(from)
	return n, nil
}

// writeBuffers sends buffers and removes those that were sent.
func (s *socket) writeBuffers(buffers *net.Buffers) (n int64, err error) {
	for len(*buffers) > 0 && err == nil {
		var sent int
		part := *buffers
		if len(part) > maxBuffers {
			part = part[:maxBuffers]
		}
		sent, err = s.sendMessage(&Message{Buffers: part}, 0)
		n += int64(sent)
		for len(*buffers) > 0 && sent >= len((*buffers)[0]) {
			sent -= len((*buffers)[0])
			(*buffers)[0] = nil
			*buffers = (*buffers)[1:]
		}
		if len(*buffers) > 0 {
			(*buffers)[0] = (*buffers)[0][sent:]
		}
	}
	return n, s.opError("write", err)
}

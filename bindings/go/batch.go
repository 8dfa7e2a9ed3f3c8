package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"io"
	"math"
	"net"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

// Datagram is one entry of a batch, for ReadBatch and WriteBatch. It has the fields of the Message in
// golang.org/x/net/ipv4 and ipv6, and two more.
type Datagram struct {
	// Buffers are sent or filled in order. With one buffer, no data is copied.
	Buffers [][]byte
	// OOB is the control data to send, or the buffer to receive it. See ControlSpace and Controls.
	OOB []byte
	// Addr is the destination, nil for the connected peer; after ReadBatch, the sender.
	Addr net.Addr

	// N is the number of bytes sent or received, NN the number of bytes received in OOB. Flags are the
	// kernel's MSG_* flags; after WriteBatch, BatchPlain or 0.
	N     int
	NN    int
	Flags int

	// Segment, if it is not 0, makes WriteBatch cut the data into datagrams of this size (GSO). ReadBatch sets
	// it to the size of the datagrams that came together (SetGRO), of which the last may be shorter; 0 means
	// one.
	Segment int
	// TrueLen is the length of the received datagram, which may exceed N (MSG_TRUNC in Flags).
	TrueLen int
}

// BatchPlain in the Flags of a sent Datagram means that the kernel did not cut the data: libsock sent the
// segments one by one.
const BatchPlain = C.SOCK_BATCH_PLAIN

// Controls returns the received control data.
func (d *Datagram) Controls() Controls { return d.OOB[:d.NN] }

// joined returns the data of all buffers in one.
func (d *Datagram) joined(sending bool) []byte {
	if len(d.Buffers) == 1 {
		return d.Buffers[0]
	}
	total := 0
	for _, b := range d.Buffers {
		total += len(b)
	}
	all := make([]byte, 0, total)
	if !sending {
		return all[:total]
	}
	for _, b := range d.Buffers {
		all = append(all, b...)
	}
	return all
}

// scatter distributes received data to the buffers that joined has replaced.
func (d *Datagram) scatter(data []byte) {
	if len(d.Buffers) > 1 {
		for _, b := range d.Buffers {
			data = data[copy(b, data):]
		}
	}
}

// batch is the entries of one call, reusable without allocation.
type batch struct {
	entries []C.struct_sock_datagram
	data    [][]byte
	pinner  runtime.Pinner
}

// usual is the size of a batch that is kept for reuse: what one system call takes.
const usual = 64

var batches = sync.Pool{New: func() any { return newBatch(usual) }}

func newBatch(n int) *batch {
	return &batch{entries: make([]C.struct_sock_datagram, n), data: make([][]byte, n)}
}

func batchOf(n int) *batch {
	if n > usual {
		return newBatch(n)
	}
	return batches.Get().(*batch)
}

// done returns b to the pool.
func (b *batch) done() {
	b.pinner.Unpin()
	if len(b.entries) == usual {
		clear(b.entries)
		clear(b.data)
		batches.Put(b)
	}
}

// set makes the entry of a datagram.
func (b *batch) set(i int, d *Datagram, sending bool) {
	e, data := &b.entries[i], d.joined(sending)
	b.data[i] = data
	if len(data) > 0 {
		b.pinner.Pin(&data[0])
		e.buf, e.len = unsafe.Pointer(&data[0]), C.size_t(len(data))
	}
	if len(d.OOB) > 0 {
		b.pinner.Pin(&d.OOB[0])
		e.control, e.control_len = unsafe.Pointer(&d.OOB[0]), C.size_t(len(d.OOB))
	}
	if sending {
		e.segment = math.MaxUint32 // libsock refuses this one
		if d.Segment >= 0 && d.Segment < math.MaxUint32 {
			e.segment = C.uint32_t(d.Segment)
		}
	}
}

// skip removes the bytes of an entry that were sent.
func (b *batch) skip(i int) {
	e := &b.entries[i]
	e.buf, e.len = unsafe.Add(e.buf, int(e.count)), e.len-e.count
}

// ReadBatch receives datagrams: it waits for the first and takes those that are there, without waiting for
// more. It fills ms from the start, and returns how many; received descriptors in OOB belong to the caller, as
// with ReadMsg. flags are MSG_*; with MSG_DONTWAIT it does not wait. Streams have no datagrams (EINVAL).
func (c connected) ReadBatch(ms []Datagram, flags int) (int, error) {
	n, err := c.s.readBatch(ms, flags)
	if err != nil && err != io.EOF {
		err = c.s.opError("read", err)
	}
	return n, err
}

// WriteBatch sends datagrams. It returns the number of entries sent completely; it is less than len(ms) only
// with an error. Of an entry that was sent in part, because of its Segment, N is the number of bytes sent.
// flags are MSG_*; with MSG_DONTWAIT it does not wait. Streams have no datagrams (EINVAL).
func (c connected) WriteBatch(ms []Datagram, flags int) (int, error) {
	n, err := c.s.writeBatch(ms, flags)
	return n, c.s.opError("write", err)
}

// SetGRO lets arriving UDP datagrams of one sender and one size come together, in ReadBatch and in every other
// receive: ReadBatch and Controls.GROSize say where to cut. Without support, the error is EOPNOTSUPP or
// ENOPROTOOPT.
func (c connected) SetGRO(on bool) error {
	code := int64(C.sock_setgro(c.s.handle, cFlag(on)))
	runtime.KeepAlive(c.s)
	if code < 0 {
		return c.s.opError("set", c.s.answer("setsockopt", code))
	}
	return nil
}

func (s *socket) readBatch(ms []Datagram, flags int) (int, error) {
	b := batchOf(len(ms))
	defer b.done()
	for i := range ms {
		b.set(i, &ms[i], false)
	}
	receive := func() int64 {
		return int64(C.sock_recvmany(s.handle, &b.entries[0], C.size_t(len(ms)), C.int(flags)))
	}
	n, err := s.tryBatch(false, false, flags, receive)
	switch {
	case err != nil:
		return 0, err
	case n < 0:
		return 0, s.answer("recvmmsg", n)
	case n == 0 && len(ms) > 0:
		return 0, io.EOF
	}
	for i := range ms[:n] {
		b.received(i, &ms[i], s.kind)
	}
	return int(n), nil
}

// received sets the fields of a datagram that has come.
func (b *batch) received(i int, d *Datagram, kind int) {
	e := &b.entries[i]
	d.TrueLen = int(e.count)
	d.N = min(d.TrueLen, len(b.data[i]))
	d.scatter(b.data[i][:d.N])
	d.NN, d.Flags, d.Segment = int(e.control_len), int(e.flags), int(e.segment)
	d.Addr = fromNative(&e.addr, kind)
}

func (s *socket) writeBatch(ms []Datagram, flags int) (int, error) {
	b := batchOf(len(ms))
	defer b.done()
	addressed, ready := false, 0
	var wrong error
	for i := range ms {
		d := &ms[i]
		d.N, d.Flags = 0, 0
		b.set(i, d, true)
		if d.Addr != nil {
			addressed = true
			if b.entries[i].addr, wrong = toNative(d.Addr, s.ipFamily()); wrong != nil {
				break
			}
		}
		ready++
	}
	if wrong != nil && ready == 0 {
		return 0, wrong
	}
	for sent := 0; ; {
		send := func() int64 {
			return int64(C.sock_sendmany(s.handle, &b.entries[sent], C.size_t(ready-sent), C.int(flags)))
		}
		n, err := s.tryBatch(true, addressed, flags, send)
		if err == nil && n < 0 {
			err = s.answer("sendmmsg", n)
		}
		if err != nil {
			return sent, err
		}
		for ; n > 0; n-- {
			e, d := &b.entries[sent], &ms[sent]
			d.N += int(e.count)
			d.Flags |= int(e.flags)
			if e.count < e.len {
				// The rest of it is next. On AF_UNIX the control data went with the first segment.
				b.skip(sent)
				if s.family == syscall.AF_UNIX {
					e.control, e.control_len = nil, 0
				}
				break
			}
			sent++
		}
		if sent == ready {
			return sent, wrong
		}
	}
}

// tryBatch calls f until it returns anything but -EAGAIN, or only once if it must not wait.
func (s *socket) tryBatch(sending, addressed bool, flags int, f func() int64) (n int64, err error) {
	switch d := s.direction(sending); {
	case flags&syscall.MSG_DONTWAIT != 0 && !d.limited.Load():
		n = f()
	case flags&syscall.MSG_DONTWAIT != 0:
		wait := s.raw.Read
		if sending {
			wait = s.raw.Write
		}
		// This checks the deadline; it does not wait.
		if err = wait(func(uintptr) bool { n = f(); return true }); err != nil {
			err = s.waitError(err)
		}
	case sending:
		return s.trySend(addressed, f)
	default:
		return s.try(false, f)
	}
	runtime.KeepAlive(s)
	return n, err
}

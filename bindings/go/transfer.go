package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"io"
	"net/netip"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// transfer is a send or receive that waits, reusable without allocation: attempt is created once.
type transfer struct {
	what    int
	handle  C.sock_t
	bytes   []byte
	flags   C.int
	addr    nativeAddr
	result  int64
	again   bool
	way     *direction
	attempt func(uintptr) bool
}

const (
	doRecv = iota
	doRecvFrom
	doSend
	doSendTo
)

var transfers = sync.Pool{New: func() any {
	t := new(transfer)
	t.attempt = func(uintptr) bool {
		t.once()
		return t.way.settled(t.result, &t.again)
	}
	return t
}}

func (t *transfer) once() {
	b, n := bytePointer(t.bytes), C.size_t(len(t.bytes))
	switch t.what {
	case doRecv:
		t.result = int64(C.bridge_recv(t.handle, b, n, t.flags))
	case doRecvFrom:
		t.result = int64(C.bridge_recvfrom(t.handle, b, n, t.flags, &t.addr))
	case doSend:
		t.result = int64(C.bridge_send(t.handle, b, n, t.flags))
	case doSendTo:
		t.result = int64(C.bridge_sendto(t.handle, b, n, t.flags, &t.addr))
	}
}

func (s *socket) transfer(what int, b []byte, flags int) *transfer {
	t := transfers.Get().(*transfer)
	t.what, t.handle, t.bytes, t.flags = what, s.handle, b, C.int(flags)
	t.result, t.again = codeEAGAIN, false
	t.way = &s.read
	if what >= doSend {
		t.way = &s.write
	}
	return t
}

// done returns t to the pool.
func (t *transfer) done() {
	t.bytes, t.way = nil, nil
	transfers.Put(t)
}

// wait retries until the call succeeds or fails.
func (s *socket) wait(t *transfer) (int64, error) {
	var err error
	if t.what >= doSend {
		err = s.raw.Write(t.attempt)
	} else {
		err = s.raw.Read(t.attempt)
	}
	runtime.KeepAlive(s)
	if err != nil {
		return t.result, s.waitError(err)
	}
	return t.result, nil
}

// recv is one receive.
func (s *socket) recv(b []byte, flags int) (int, error) {
	var n int64
	if s.read.direct() {
		n = int64(C.bridge_recv(s.handle, bytePointer(b), C.size_t(len(b)), C.int(flags)))
		runtime.KeepAlive(s)
	} else {
		n = codeEAGAIN
	}
	if n == codeEAGAIN {
		t := s.transfer(doRecv, b, flags)
		var err error
		n, err = s.wait(t)
		t.done()
		if err != nil {
			return 0, err
		}
	}
	if n < 0 {
		return 0, s.answer("recv", n)
	}
	return int(min64(n, len(b))), nil
}

// min64 limits n: with MSG_TRUNC it is the true length, which may exceed the buffer's.
func min64(n int64, limit int) int64 {
	if n > int64(limit) {
		return int64(limit)
	}
	return n
}

// stream reports whether a receive of 0 bytes means the end of the stream.
func (s *socket) stream() bool {
	return s.kind != syscall.SOCK_DGRAM && s.kind != syscall.SOCK_RAW && s.kind != syscall.SOCK_RDM
}

// readBytes is Read.
func (s *socket) readBytes(b []byte) (int, error) {
	if len(b) == 0 && s.stream() {
		if s.closed.Load() {
			return 0, s.opError("read", s.waitError(nil))
		}
		return 0, nil
	}
	n, err := s.recv(b, 0)
	if err != nil {
		return 0, s.opError("read", err)
	}
	if n == 0 && s.stream() {
		return 0, io.EOF
	}
	return n, nil
}

// send is one send: on a stream, of as much as fits.
func (s *socket) send(b []byte, flags int) (int, error) {
	n := codeEAGAIN
	if s.write.direct() {
		n = int64(C.bridge_send(s.handle, bytePointer(b), C.size_t(len(b)), C.int(flags)))
		runtime.KeepAlive(s)
	}
	if n == codeEAGAIN {
		t := s.transfer(doSend, b, flags)
		err := s.waitToSend(t, false)
		n = t.result
		t.done()
		if err != nil {
			return 0, err
		}
	}
	if n < 0 {
		return 0, s.answer("send", n)
	}
	return int(n), nil
}

// writeBytes is Write: all of b, without data of other goroutines in between.
func (s *socket) writeBytes(b []byte) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	sent := 0
	for {
		n, err := s.send(b[sent:], 0)
		sent += n
		if err != nil {
			return sent, s.opError("write", err)
		}
		if sent >= len(b) || !s.stream() {
			return sent, nil
		}
	}
}

// recvFrom is one receive with the sender.
func (s *socket) recvFrom(b []byte, flags int) (n int, from nativeAddr, err error) {
	t := s.transfer(doRecvFrom, b, flags)
	defer t.done()
	if s.read.direct() {
		t.once()
		runtime.KeepAlive(s)
	}
	if t.result == codeEAGAIN {
		if _, err := s.wait(t); err != nil {
			return 0, from, err
		}
	}
	if t.result < 0 {
		return 0, from, s.answer("recvfrom", t.result)
	}
	return int(min64(t.result, len(b))), t.addr, nil
}

// sendTo is one send to an address.
func (s *socket) sendTo(b []byte, flags int, to *nativeAddr) (int, error) {
	t := s.transfer(doSendTo, b, flags)
	t.addr = *to
	defer t.done()
	if s.write.direct() {
		t.once()
		runtime.KeepAlive(s)
	}
	if t.result == codeEAGAIN {
		if err := s.waitToSend(t, true); err != nil {
			return 0, err
		}
	}
	if t.result < 0 {
		return 0, s.answer("sendto", t.result)
	}
	return int(t.result), nil
}

// waitToSend retries a send until it succeeds or fails.
func (s *socket) waitToSend(t *transfer, addressed bool) (err error) {
	if s.pollable[cFlag(addressed)] {
		_, err = s.wait(t)
	} else {
		_, err = s.retry(func() int64 { t.once(); return t.result })
	}
	return err
}

// The pauses between retries where the kernel sends no event.
const (
	firstPause = time.Millisecond
	lastPause  = 10 * time.Millisecond
)

// retry calls f until it returns anything but -EAGAIN, with a pause after each call, for sends to a full
// receiver that the poller is not notified about.
func (s *socket) retry(f func() int64) (n int64, err error) {
	for pause := firstPause; ; pause = nextPause(pause) {
		// This checks the deadline and whether the socket is closed; it does not wait.
		if err := s.raw.Write(func(uintptr) bool { n = f(); return true }); err != nil {
			return codeEAGAIN, s.waitError(err)
		}
		if n != codeEAGAIN {
			return n, nil
		}
		time.Sleep(pause)
	}
}

func nextPause(pause time.Duration) time.Duration {
	if pause *= 2; pause > lastPause {
		return lastPause
	}
	return pause
}

// recvFromAddrPort is recvFrom with an IP address, without another call into C.
func (s *socket) recvFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	n, from, err := s.recvFrom(b, 0)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	ap, _ := addrPortOf(&from)
	return n, netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), nil
}

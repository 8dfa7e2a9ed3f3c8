package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"net"
	"runtime"
	"time"
	"unsafe"
)

// option runs f, which answers as libsock does, and wraps its failure.
func (e endpoint) option(op, call string, f func(*C.char) int64) (int64, error) {
	n, err := explained(call, f)
	runtime.KeepAlive(e.s)
	if err != nil {
		if n == codeEBADF {
			err = e.s.answer(call, n)
		}
		return n, e.s.opError(op, err)
	}
	return n, nil
}

// SetOption sets any option: level, name and bytes are the system's.
func (e endpoint) SetOption(level, name int, value []byte) error {
	_, err := e.option("set", "setsockopt", func(told *C.char) int64 {
		return int64(C.bridge_setsockopt(e.s.handle, C.int(level), C.int(name), bytePointer(value), C.size_t(len(value)), told))
	})
	return err
}

// Option reads any option of up to len(value) bytes, and tells how many there are.
func (e endpoint) Option(level, name int, value []byte) (int, error) {
	size := new(C.size_t)
	*size = C.size_t(len(value))
	_, err := e.option("get", "getsockopt", func(told *C.char) int64 {
		return int64(C.bridge_getsockopt(e.s.handle, C.int(level), C.int(name), bytePointer(value), size, told))
	})
	return int(*size), err
}

// SetOptionInt sets an option that is one int.
func (e endpoint) SetOptionInt(level, name, value int) error {
	_, err := e.option("set", "setsockopt", func(told *C.char) int64 {
		return int64(C.bridge_setsockopt_int(e.s.handle, C.int(level), C.int(name), C.int(value), told))
	})
	return err
}

// OptionInt reads an option that is one int.
func (e endpoint) OptionInt(level, name int) (int, error) {
	value := new(C.int)
	_, err := e.option("get", "getsockopt", func(told *C.char) int64 {
		return int64(C.bridge_getsockopt_int(e.s.handle, C.int(level), C.int(name), value, told))
	})
	return int(*value), err
}

// SetNoDelay switches off (true) or on the gathering of small segments of TCP. It is off from the start.
func (e endpoint) SetNoDelay(on bool) error {
	return e.SetOptionInt(C.IPPROTO_TCP, C.TCP_NODELAY, int(cFlag(on)))
}

// KeepAlive is how TCP looks whether a silent peer is still there.
type KeepAlive struct {
	// Enable switches it on.
	Enable bool
	// Idle is the silence before the first probe, Interval the time between probes, both in whole seconds;
	// Count, how many probes without an answer end the connection. What is 0 stays as it is.
	Idle, Interval time.Duration
	Count          int
}

// SetKeepAlive switches keepalive on or off, with the figures as they are.
func (e endpoint) SetKeepAlive(on bool) error { return e.SetKeepAliveConfig(KeepAlive{Enable: on}) }

// SetKeepAlivePeriod sets the time before and between probes, and switches nothing.
func (e endpoint) SetKeepAlivePeriod(d time.Duration) error {
	now, err := e.KeepAliveConfig()
	if err != nil {
		return err
	}
	d = (d + time.Second - 1).Truncate(time.Second)
	return e.SetKeepAliveConfig(KeepAlive{Enable: now.Enable, Idle: d, Interval: d})
}

// SetKeepAliveConfig sets keepalive and its figures.
func (e endpoint) SetKeepAliveConfig(k KeepAlive) error {
	_, err := e.option("set", "setsockopt", func(told *C.char) int64 {
		return int64(C.bridge_set_keepalive(e.s.handle, cFlag(k.Enable), C.int64_t(k.Idle), C.int64_t(k.Interval), C.int(k.Count), told))
	})
	return err
}

// KeepAliveConfig reads keepalive and its figures.
func (e endpoint) KeepAliveConfig() (KeepAlive, error) {
	spans, count := new([2]C.int64_t), new(C.int)
	n, err := e.option("get", "getsockopt", func(told *C.char) int64 {
		return int64(C.bridge_get_keepalive(e.s.handle, &spans[0], &spans[1], count, told))
	})
	return KeepAlive{n == 1, time.Duration(spans[0]), time.Duration(spans[1]), int(*count)}, err
}

// SetLinger says what closing does with data that is not sent yet: sec below 0 leaves it to the kernel, 0
// throws it away and resets the connection, more waits so many seconds for it to be acknowledged.
func (e endpoint) SetLinger(sec int) error {
	on, span := 1, int64(sec)*int64(time.Second)
	if sec < 0 {
		on, span = 0, 0
	}
	_, err := e.option("set", "setsockopt", func(told *C.char) int64 {
		return int64(C.bridge_set_linger(e.s.handle, C.int(on), C.int64_t(span), told))
	})
	return err
}

// SetReadBuffer asks for the size of the receive buffer. ReadBuffer tells what came of it.
func (e endpoint) SetReadBuffer(bytes int) error { return e.setBuffer(C.SOCK_READ, bytes) }

// SetWriteBuffer asks for the size of the send buffer. WriteBuffer tells what came of it.
func (e endpoint) SetWriteBuffer(bytes int) error { return e.setBuffer(C.SOCK_WRITE, bytes) }

// ReadBuffer is the size of the receive buffer as the kernel counts it.
func (e endpoint) ReadBuffer() (int, error) { return e.buffer(C.SOCK_READ) }

// WriteBuffer is the size of the send buffer as the kernel counts it.
func (e endpoint) WriteBuffer() (int, error) { return e.buffer(C.SOCK_WRITE) }

func (e endpoint) setBuffer(direction C.int, bytes int) error {
	_, err := e.option("set", "setsockopt", func(told *C.char) int64 {
		return int64(C.bridge_set_buffer(e.s.handle, direction, C.int64_t(bytes), told))
	})
	return err
}

func (e endpoint) buffer(direction C.int) (int, error) {
	n, err := e.option("get", "getsockopt", func(told *C.char) int64 { return int64(C.bridge_get_buffer(e.s.handle, direction, told)) })
	return int(max64(n)), err
}

func max64(n int64) int64 {
	if n < 0 {
		return 0
	}
	return n
}

// SetDevice binds the socket to a network interface; "" frees it again.
func (e endpoint) SetDevice(name string) error {
	c, err := cText("name", name)
	if err != nil {
		return e.s.opError("set", err)
	}
	_, err = e.option("set", "setsockopt", func(told *C.char) int64 { return int64(C.bridge_set_device(e.s.handle, c, told)) })
	return err
}

// Device is the interface that the socket is bound to; "" for none.
func (e endpoint) Device() (string, error) {
	return e.text(func(buf *C.char, size C.size_t) C.int64_t { return C.sock_get_device(e.s.handle, buf, size) })
}

// SetCongestion chooses the congestion control of a TCP socket by name.
func (e endpoint) SetCongestion(name string) error {
	c, err := cText("name", name)
	if err != nil {
		return e.s.opError("set", err)
	}
	_, err = e.option("set", "setsockopt", func(told *C.char) int64 { return int64(C.bridge_set_congestion(e.s.handle, c, told)) })
	return err
}

// Congestion is the name of a TCP socket's congestion control.
func (e endpoint) Congestion() (string, error) {
	return e.text(func(buf *C.char, size C.size_t) C.int64_t { return C.sock_get_congestion(e.s.handle, buf, size) })
}

func (e endpoint) text(read func(*C.char, C.size_t) C.int64_t) (string, error) {
	s, n := readText(read)
	if n < 0 {
		return "", e.s.opError("get", e.s.answer("getsockopt", n))
	}
	return s, nil
}

// SetUserTimeout sets how long sent data may stay unacknowledged; 0 leaves it to the system.
func (e endpoint) SetUserTimeout(d time.Duration) error {
	_, err := e.option("set", "setsockopt", func(told *C.char) int64 {
		return int64(C.bridge_set_user_timeout(e.s.handle, C.int64_t(d), told))
	})
	return err
}

// UserTimeout is how long sent data may stay unacknowledged.
func (e endpoint) UserTimeout() (time.Duration, error) {
	n, err := e.option("get", "getsockopt", func(told *C.char) int64 { return int64(C.bridge_get_user_timeout(e.s.handle, told)) })
	return time.Duration(max64(n)), err
}

// JoinGroup joins a multicast group on an interface by name, "" for the system's choice; source nil takes
// every sender.
func (e endpoint) JoinGroup(group, source net.Addr, device string) error {
	return e.group(group, source, device, true)
}

// LeaveGroup leaves a multicast group, with the arguments of JoinGroup.
func (e endpoint) LeaveGroup(group, source net.Addr, device string) error {
	return e.group(group, source, device, false)
}

func (e endpoint) group(group, source net.Addr, device string, join bool) error {
	pair := new([2]nativeAddr)
	var err error
	if pair[0], err = toNative(group, 0); err != nil {
		return e.s.opError("set", err)
	}
	var from *nativeAddr
	if source != nil {
		from = &pair[1]
		if *from, err = toNative(source, 0); err != nil {
			return e.s.opError("set", err)
		}
	}
	c, err := cText("device", device)
	if err != nil {
		return e.s.opError("set", err)
	}
	_, err = e.option("set", "setsockopt", func(told *C.char) int64 {
		if join {
			return int64(C.bridge_join_group(e.s.handle, &pair[0], from, c, told))
		}
		return int64(C.bridge_leave_group(e.s.handle, &pair[0], from, c, told))
	})
	return err
}

// PeerCredentials are those of the process at the other end of an AF_UNIX connection.
func (e endpoint) PeerCredentials() (Credentials, error) {
	out := new([3]C.int64_t)
	_, err := e.option("get", "getsockopt", func(told *C.char) int64 {
		return int64(C.bridge_peer_cred(e.s.handle, &out[0], &out[1], &out[2], told))
	})
	return Credentials{int64(out[0]), int64(out[1]), int64(out[2])}, err
}

// MPTCPState tells whether a connection speaks MPTCP.
type MPTCPState int

// The states of MPTCP.
const (
	MPTCPNone     MPTCPState = C.SOCK_MPTCP_NONE
	MPTCPAsked    MPTCPState = C.SOCK_MPTCP_ASKED
	MPTCPActive   MPTCPState = C.SOCK_MPTCP_ACTIVE
	MPTCPFallback MPTCPState = C.SOCK_MPTCP_FALLBACK
)

// MPTCP tells whether the socket speaks MPTCP.
func (e endpoint) MPTCP() (MPTCPState, error) {
	n, err := e.option("get", "getsockopt", func(told *C.char) int64 { return int64(C.bridge_mptcp_state(e.s.handle, told)) })
	return MPTCPState(n), err
}

// Options as package syscall has no name for on every platform are named by the table: Constant.

// Constant is the number of a constant of the socket interface by its name in C, in the table of libsock:
// Constant("CAN_RAW_FILTER"). ok is false for a name that is not known, that this platform does not have, or
// that stands for a text.
func Constant(name string) (value int64, ok bool) {
	c, err := cText("name", name)
	if err != nil {
		return 0, false
	}
	out := new(C.int64_t)
	if C.sock_constant_find(c, out) != 0 {
		return 0, false
	}
	return int64(*out), true
}

// Constants are all constants of the socket interface that this platform has, by name.
func Constants() map[string]int64 {
	n := int64(C.sock_constant_count())
	all := make(map[string]int64, n)
	value := new(C.int64_t)
	for i := int64(0); i < n; i++ {
		// The name is C's own text, so what points to it may stand in Go's memory.
		name := new(*C.char)
		if C.sock_constant_at(C.int64_t(i), (**C.char)(unsafe.Pointer(name)), value) == 0 {
			all[C.GoString(*name)] = int64(*value)
		}
	}
	return all
}

// Version is the version of the library that runs: "0.1.0".
func Version() string { return C.GoString(C.sock_version()) }

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

// option calls f, which returns a libsock result, and wraps its error.
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

// SetOption sets any option, with the system's level, name and bytes.
func (e endpoint) SetOption(level, name int, value []byte) error {
	_, err := e.option("set", "setsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_setsockopt(e.s.handle, C.int(level), C.int(name), bytePointer(value), C.size_t(len(value)), sentence))
	})
	return err
}

// Option reads any option of up to len(value) bytes and returns its length.
func (e endpoint) Option(level, name int, value []byte) (int, error) {
	size := new(C.size_t)
	*size = C.size_t(len(value))
	_, err := e.option("get", "getsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_getsockopt(e.s.handle, C.int(level), C.int(name), bytePointer(value), size, sentence))
	})
	return int(*size), err
}

// SetOptionInt sets an option of type int.
func (e endpoint) SetOptionInt(level, name, value int) error {
	_, err := e.option("set", "setsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_setsockopt_int(e.s.handle, C.int(level), C.int(name), C.int(value), sentence))
	})
	return err
}

// OptionInt reads an option of type int.
func (e endpoint) OptionInt(level, name int) (int, error) {
	value := new(C.int)
	_, err := e.option("get", "getsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_getsockopt_int(e.s.handle, C.int(level), C.int(name), value, sentence))
	})
	return int(*value), err
}

// SetNoDelay turns TCP_NODELAY on or off: with it, small segments are sent at once. It is on by default.
func (e endpoint) SetNoDelay(on bool) error {
	return e.SetOptionInt(C.IPPROTO_TCP, C.TCP_NODELAY, int(cFlag(on)))
}

// KeepAlive configures how TCP checks whether a silent peer still exists.
type KeepAlive struct {
	// Enable turns keepalive on.
	Enable bool
	// Idle is the silence before the first probe, Interval the time between probes, both in whole seconds;
	// Count is the number of unanswered probes that end the connection. A 0 leaves the setting unchanged.
	Idle, Interval time.Duration
	Count          int
}

// SetKeepAlive turns keepalive on or off and leaves its settings unchanged.
func (e endpoint) SetKeepAlive(on bool) error { return e.SetKeepAliveConfig(KeepAlive{Enable: on}) }

// SetKeepAlivePeriod sets the time before and between probes, and does not turn keepalive on or off.
func (e endpoint) SetKeepAlivePeriod(d time.Duration) error {
	now, err := e.KeepAliveConfig()
	if err != nil {
		return err
	}
	d = (d + time.Second - 1).Truncate(time.Second)
	return e.SetKeepAliveConfig(KeepAlive{Enable: now.Enable, Idle: d, Interval: d})
}

// SetKeepAliveConfig sets all keepalive settings.
func (e endpoint) SetKeepAliveConfig(k KeepAlive) error {
	_, err := e.option("set", "setsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_set_keepalive(e.s.handle, cFlag(k.Enable), C.int64_t(k.Idle), C.int64_t(k.Interval), C.int(k.Count), sentence))
	})
	return err
}

// KeepAliveConfig returns all keepalive settings.
func (e endpoint) KeepAliveConfig() (KeepAlive, error) {
	spans, count := new([2]C.int64_t), new(C.int)
	n, err := e.option("get", "getsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_get_keepalive(e.s.handle, &spans[0], &spans[1], count, sentence))
	})
	return KeepAlive{n == 1, time.Duration(spans[0]), time.Duration(spans[1]), int(*count)}, err
}

// SetLinger sets what Close does with unsent data: sec < 0 lets the kernel send it in the background, 0
// discards it and resets the connection, sec > 0 waits up to sec seconds for it to be acknowledged.
func (e endpoint) SetLinger(sec int) error {
	on, span := 1, int64(sec)*int64(time.Second)
	if sec < 0 {
		on, span = 0, 0
	}
	_, err := e.option("set", "setsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_set_linger(e.s.handle, C.int(on), C.int64_t(span), sentence))
	})
	return err
}

// SetReadBuffer requests a receive buffer size. ReadBuffer returns the actual one.
func (e endpoint) SetReadBuffer(bytes int) error { return e.setBuffer(C.SOCK_READ, bytes) }

// SetWriteBuffer requests a send buffer size. WriteBuffer returns the actual one.
func (e endpoint) SetWriteBuffer(bytes int) error { return e.setBuffer(C.SOCK_WRITE, bytes) }

// ReadBuffer returns the size of the receive buffer as the kernel counts it.
func (e endpoint) ReadBuffer() (int, error) { return e.buffer(C.SOCK_READ) }

// WriteBuffer returns the size of the send buffer as the kernel counts it.
func (e endpoint) WriteBuffer() (int, error) { return e.buffer(C.SOCK_WRITE) }

func (e endpoint) setBuffer(direction C.int, bytes int) error {
	_, err := e.option("set", "setsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_set_buffer(e.s.handle, direction, C.int64_t(bytes), sentence))
	})
	return err
}

func (e endpoint) buffer(direction C.int) (int, error) {
	n, err := e.option("get", "getsockopt", func(sentence *C.char) int64 { return int64(C.bridge_get_buffer(e.s.handle, direction, sentence)) })
	return int(max64(n)), err
}

func max64(n int64) int64 {
	if n < 0 {
		return 0
	}
	return n
}

// SetDevice binds the socket to a network interface; "" unbinds it.
func (e endpoint) SetDevice(name string) error {
	c, err := cText("name", name)
	if err != nil {
		return e.s.opError("set", err)
	}
	_, err = e.option("set", "setsockopt", func(sentence *C.char) int64 { return int64(C.bridge_set_device(e.s.handle, c, sentence)) })
	return err
}

// Device returns the interface that the socket is bound to; "" for none.
func (e endpoint) Device() (string, error) {
	return e.text(func(buf *C.char, size C.size_t) C.int64_t { return C.sock_get_device(e.s.handle, buf, size) })
}

// SetCongestion sets the congestion control algorithm of a TCP socket.
func (e endpoint) SetCongestion(name string) error {
	c, err := cText("name", name)
	if err != nil {
		return e.s.opError("set", err)
	}
	_, err = e.option("set", "setsockopt", func(sentence *C.char) int64 { return int64(C.bridge_set_congestion(e.s.handle, c, sentence)) })
	return err
}

// Congestion returns the name of a TCP socket's congestion control algorithm.
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

// SetUserTimeout sets how long sent data may stay unacknowledged; 0 means the system's default.
func (e endpoint) SetUserTimeout(d time.Duration) error {
	_, err := e.option("set", "setsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_set_user_timeout(e.s.handle, C.int64_t(d), sentence))
	})
	return err
}

// UserTimeout returns how long sent data may stay unacknowledged.
func (e endpoint) UserTimeout() (time.Duration, error) {
	n, err := e.option("get", "getsockopt", func(sentence *C.char) int64 { return int64(C.bridge_get_user_timeout(e.s.handle, sentence)) })
	return time.Duration(max64(n)), err
}

// JoinGroup joins a multicast group on an interface by name; "" lets the system choose. A nil source means
// any sender.
func (e endpoint) JoinGroup(group, source net.Addr, device string) error {
	return e.group(group, source, device, true)
}

// LeaveGroup leaves a multicast group; the arguments are those of JoinGroup.
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
	_, err = e.option("set", "setsockopt", func(sentence *C.char) int64 {
		if join {
			return int64(C.bridge_join_group(e.s.handle, &pair[0], from, c, sentence))
		}
		return int64(C.bridge_leave_group(e.s.handle, &pair[0], from, c, sentence))
	})
	return err
}

// PeerCredentials returns the credentials of the process at the other end of an AF_UNIX connection, as of
// when it connected. The process may have ended since, and its pid may have been reused: see PeerPidfd.
func (e endpoint) PeerCredentials() (Credentials, error) {
	out := new([3]C.int64_t)
	_, err := e.option("get", "getsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_peer_cred(e.s.handle, &out[0], &out[1], &out[2], sentence))
	})
	return Credentials{int64(out[0]), int64(out[1]), int64(out[2])}, err
}

// MPTCPState is the MPTCP state of a connection.
type MPTCPState int

// The states of MPTCP.
const (
	MPTCPNone     MPTCPState = C.SOCK_MPTCP_NONE
	MPTCPAsked    MPTCPState = C.SOCK_MPTCP_ASKED
	MPTCPActive   MPTCPState = C.SOCK_MPTCP_ACTIVE
	MPTCPFallback MPTCPState = C.SOCK_MPTCP_FALLBACK
)

// MPTCP returns whether the socket uses MPTCP.
func (e endpoint) MPTCP() (MPTCPState, error) {
	n, err := e.option("get", "getsockopt", func(sentence *C.char) int64 { return int64(C.bridge_mptcp_state(e.s.handle, sentence)) })
	return MPTCPState(n), err
}

// Constant returns the value of a constant of the socket API by its C name, from libsock's table, such as
// Constant("CAN_RAW_FILTER"). Use it for names that package syscall lacks. ok is false if the name is unknown,
// missing on this platform, or the name of a text.
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

// Constants returns all constants of the socket API on this platform, by name.
func Constants() map[string]int64 {
	n := int64(C.sock_constant_count())
	all := make(map[string]int64, n)
	value := new(C.int64_t)
	for i := int64(0); i < n; i++ {
		// The name is in C memory, so Go memory may hold a pointer to it.
		name := new(*C.char)
		if C.sock_constant_at(C.int64_t(i), (**C.char)(unsafe.Pointer(name)), value) == 0 {
			all[C.GoString(*name)] = int64(*value)
		}
	}
	return all
}

// Version returns the version of the running library: "0.1.0".
func Version() string { return C.GoString(C.sock_version()) }

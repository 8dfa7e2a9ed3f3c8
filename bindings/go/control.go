package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"net"
	"syscall"
	"time"
)

// Controls are control messages, sent and received with the data of a message. Options such as SO_PASSCRED
// and IP_PKTINFO request them.
type Controls []byte

// ControlKind is a set of kinds of control messages, for ControlSpace; combine them with |.
type ControlKind int64

// The kinds of control messages.
const (
	ControlCredentials ControlKind = C.SOCK_CONTROL_CREDENTIALS
	ControlPidfd       ControlKind = C.SOCK_CONTROL_PIDFD
	ControlTimestamp   ControlKind = C.SOCK_CONTROL_TIMESTAMP
	ControlPktinfo     ControlKind = C.SOCK_CONTROL_PKTINFO
	ControlTTL         ControlKind = C.SOCK_CONTROL_TTL
	ControlTOS         ControlKind = C.SOCK_CONTROL_TOS
	ControlError       ControlKind = C.SOCK_CONTROL_ERROR
	ControlDrops       ControlKind = C.SOCK_CONTROL_DROPS
	ControlGRO         ControlKind = C.SOCK_CONTROL_GRO
	ControlSecurity    ControlKind = C.SOCK_CONTROL_SECURITY
)

// ControlSpace returns the buffer size needed to receive these kinds of control messages and fds descriptors.
func ControlSpace(kinds ControlKind, fds int) (int, error) {
	n, err := explained("control", func(sentence *C.char) int64 {
		return int64(C.bridge_control_space(C.int64_t(kinds), C.int64_t(fds), sentence))
	})
	return int(n), err
}

// ControlMessage is one control message.
type ControlMessage struct {
	Level, Type int
	// Data is a slice of the Controls.
	Data []byte
	// Truncated means that the message claims to be longer than the buffer.
	Truncated bool
}

// All returns the messages. The error is EBADMSG if one of them is malformed.
func (c Controls) All() ([]ControlMessage, error) {
	var all []ControlMessage
	pos := new(C.size_t)
	item := new(C.struct_sock_control_item)
	for {
		// The position is an offset, because C must not keep a pointer into Go memory.
		n := int64(C.bridge_control_next(bytePointer(c), C.size_t(len(c)), pos, item))
		if n == 0 {
			return all, nil
		}
		if n < 0 {
			return all, codeError("control", n)
		}
		at := int(item.zero)
		all = append(all, ControlMessage{
			Level: int(item.level), Type: int(item._type),
			Data: c[at : at+int(item.len)], Truncated: item.truncated != 0,
		})
	}
}

// TakeFds removes up to max received descriptors, which the caller must close.
func (c Controls) TakeFds(max int) []int {
	if max <= 0 || len(c) == 0 {
		return nil
	}
	list := make([]C.int, max)
	n := int64(C.bridge_take_fds(bytePointer(c), C.size_t(len(c)), &list[0], C.size_t(max)))
	if n <= 0 {
		return nil
	}
	fds := make([]int, n)
	for i := range fds {
		fds[i] = int(list[i])
	}
	return fds
}

// TakePidfd removes the descriptor of the sending process, which SO_PASSPIDFD requests; ok is false if there
// is none. The caller must close it.
func (c Controls) TakePidfd() (fd int, ok bool, err error) {
	out := new(C.int)
	n := int64(C.bridge_take_pidfd(bytePointer(c), C.size_t(len(c)), out))
	return int(*out), n == 1, negative(n)
}

// CloseFds closes every received descriptor that was not taken. Call it on all received control data, and on
// nothing else.
func (c Controls) CloseFds() {
	C.bridge_close_fds(bytePointer(c), C.size_t(len(c)))
}

func negative(n int64) error {
	if n < 0 {
		return codeError("control", n)
	}
	return nil
}

// Credentials are the credentials of a process.
type Credentials struct{ Pid, Uid, Gid int64 }

// Credentials returns the sender's credentials; ok is false if there are none.
func (c Controls) Credentials() (who Credentials, ok bool, err error) {
	out := new([3]C.int64_t)
	n := int64(C.bridge_get_credentials(bytePointer(c), C.size_t(len(c)), &out[0], &out[1], &out[2]))
	return Credentials{int64(out[0]), int64(out[1]), int64(out[2])}, n == 1, negative(n)
}

// Timestamp returns the packet's time by the system's clock and by the interface's; the zero time if a clock
// was not requested.
func (c Controls) Timestamp() (software, hardware time.Time, ok bool, err error) {
	out := new([2]C.int64_t)
	n := int64(C.bridge_get_timestamp(bytePointer(c), C.size_t(len(c)), &out[0], &out[1]))
	at := func(ns C.int64_t) time.Time {
		if ns == 0 {
			return time.Time{}
		}
		return time.Unix(0, int64(ns))
	}
	return at(out[0]), at(out[1]), n == 1, negative(n)
}

// PacketInfo describes where a packet arrived.
type PacketInfo struct {
	// To is the destination address in the packet; Local is the local address it was delivered to, nil for
	// an IPv6 group.
	To, Local *net.IPAddr
	// Interface is the index of the interface.
	Interface int
}

// PacketInfo returns where the packet arrived; ok is false if that is not included.
func (c Controls) PacketInfo() (info PacketInfo, ok bool, err error) {
	addrs, index := new([2]nativeAddr), new(C.int64_t)
	n := int64(C.bridge_get_pktinfo(bytePointer(c), C.size_t(len(c)), &addrs[0], &addrs[1], index))
	if n == 1 {
		info.To, _ = fromNative(&addrs[0], syscall.SOCK_RAW).(*net.IPAddr)
		info.Local, _ = fromNative(&addrs[1], syscall.SOCK_RAW).(*net.IPAddr)
		info.Interface = int(*index)
	}
	return info, n == 1, negative(n)
}

// TTL returns the packet's TTL or hop limit.
func (c Controls) TTL() (ttl int, ok bool, err error) {
	return c.number(func(p *C.uchar, n C.size_t, out *C.int64_t) C.int {
		return C.bridge_get_ttl(p, n, out)
	})
}

// TOS returns the packet's TOS byte or traffic class.
func (c Controls) TOS() (tos int, ok bool, err error) {
	return c.number(func(p *C.uchar, n C.size_t, out *C.int64_t) C.int {
		return C.bridge_get_tos(p, n, out)
	})
}

// Drops returns how many packets the socket has dropped because its buffer was full.
func (c Controls) Drops() (drops int, ok bool, err error) {
	return c.number(func(p *C.uchar, n C.size_t, out *C.int64_t) C.int {
		return C.bridge_get_drops(p, n, out)
	})
}

// GROSize returns the size of the datagrams that were received as one.
func (c Controls) GROSize() (size int, ok bool, err error) {
	return c.number(func(p *C.uchar, n C.size_t, out *C.int64_t) C.int {
		return C.bridge_get_gro_size(p, n, out)
	})
}

func (c Controls) number(get func(*C.uchar, C.size_t, *C.int64_t) C.int) (int, bool, error) {
	out := new(C.int64_t)
	n := int64(get(bytePointer(c), C.size_t(len(c)), out))
	return int(*out), n == 1, negative(n)
}

// QueuedError is an entry of the error queue (MSG_ERRQUEUE).
type QueuedError struct {
	// Err is the error; ENOMSG for a timestamp.
	Err syscall.Errno
	// Origin is SO_EE_ORIGIN_*; Type and Code are ICMP's; Info and Data depend on the origin.
	Origin, Type, Code int
	Info, Data         int64
	// Offender is the address that reported it; nil if unknown.
	Offender net.Addr
}

// QueuedError returns the entry received from the error queue.
func (c Controls) QueuedError() (e QueuedError, ok bool, err error) {
	out := new(C.struct_sock_control_error)
	n := int64(C.bridge_get_error(bytePointer(c), C.size_t(len(c)), out))
	if n == 1 {
		e = QueuedError{syscall.Errno(-out.error), int(out.origin), int(out._type), int(out.code),
			int64(out.info), int64(out.data), fromNative(&out.offender, syscall.SOCK_RAW)}
	}
	return e, n == 1, negative(n)
}

// appendControl extends c by a message with up to size bytes of data, which put writes.
func appendControl(c Controls, size int, put func(p *C.uchar, room C.size_t, used *C.size_t, sentence *C.char) C.int64_t) (Controls, error) {
	space := int(C.sock_cmsg_space(C.int64_t(size)))
	if space < 0 {
		return c, codeError("control", int64(space))
	}
	b := make(Controls, len(c)+space)
	copy(b, c)
	used := new(C.size_t)
	*used = C.size_t(len(c))
	_, err := explained("control", func(sentence *C.char) int64 {
		return int64(put(bytePointer(b), C.size_t(len(b)), used, sentence))
	})
	if err != nil {
		return c, err
	}
	return b[:*used], nil
}

// AppendControl appends a control message of any level and type.
func AppendControl(c Controls, level, kind int, data []byte) (Controls, error) {
	return appendControl(c, len(data), func(p *C.uchar, room C.size_t, used *C.size_t, sentence *C.char) C.int64_t {
		return C.bridge_put(p, room, used, C.int(level), C.int(kind), bytePointer(data), C.size_t(len(data)), sentence)
	})
}

// AppendFds appends descriptors to send over AF_UNIX.
func AppendFds(c Controls, fds ...int) (Controls, error) {
	list := make([]C.int, len(fds)+1)
	for i, fd := range fds {
		list[i] = C.int(fd)
	}
	return appendControl(c, 4*len(fds), func(p *C.uchar, room C.size_t, used *C.size_t, sentence *C.char) C.int64_t {
		return C.bridge_put_fds(p, room, used, &list[0], C.size_t(len(fds)), sentence)
	})
}

// AppendCredentials appends credentials, which the kernel checks.
func AppendCredentials(c Controls, who Credentials) (Controls, error) {
	return appendControl(c, 12, func(p *C.uchar, room C.size_t, used *C.size_t, sentence *C.char) C.int64_t {
		return C.bridge_put_credentials(p, room, used, C.int64_t(who.Pid), C.int64_t(who.Uid), C.int64_t(who.Gid), sentence)
	})
}

// AppendPacketInfo appends a packet's source address and outgoing interface; an index of 0 lets the kernel
// choose the interface.
func AppendPacketInfo(c Controls, from *net.IPAddr, index int) (Controls, error) {
	sa := new(nativeAddr)
	var err error
	if *sa, err = toNative(from, 0); err != nil {
		return c, err
	}
	return appendControl(c, 20, func(p *C.uchar, room C.size_t, used *C.size_t, sentence *C.char) C.int64_t {
		return C.bridge_put_pktinfo(p, room, used, sa, C.int64_t(index), sentence)
	})
}

// AppendTTL appends a packet's TTL or hop limit, for the given address family.
func AppendTTL(c Controls, family, ttl int) (Controls, error) {
	return appendControl(c, 4, func(p *C.uchar, room C.size_t, used *C.size_t, sentence *C.char) C.int64_t {
		return C.bridge_put_ttl(p, room, used, C.int(family), C.int64_t(ttl), sentence)
	})
}

// AppendTOS appends a packet's TOS byte or traffic class, for the given address family.
func AppendTOS(c Controls, family, tos int) (Controls, error) {
	return appendControl(c, 4, func(p *C.uchar, room C.size_t, used *C.size_t, sentence *C.char) C.int64_t {
		return C.bridge_put_tos(p, room, used, C.int(family), C.int64_t(tos), sentence)
	})
}

// AppendGSOSize appends the size of the datagrams into which the kernel splits the data.
func AppendGSOSize(c Controls, size int) (Controls, error) {
	return appendControl(c, 2, func(p *C.uchar, room C.size_t, used *C.size_t, sentence *C.char) C.int64_t {
		return C.bridge_put_gso_size(p, room, used, C.int64_t(size), sentence)
	})
}

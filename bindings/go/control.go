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

// Controls are control messages: what travels beside the data of a message. A receive brings what was asked
// for by an option: SO_PASSCRED, IP_PKTINFO and the like.
type Controls []byte

// ControlKind is a kind of control messages that ControlSpace makes room for; or them.
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

// ControlSpace is the room that is enough to receive these kinds of control messages and so many
// descriptors.
func ControlSpace(kinds ControlKind, fds int) (int, error) {
	n, err := explained("control", func(told *C.char) int64 {
		return int64(C.bridge_control_space(C.int64_t(kinds), C.int64_t(fds), told))
	})
	return int(n), err
}

// ControlMessage is one control message.
type ControlMessage struct {
	Level, Type int
	// Data is a part of the buffer that was walked.
	Data []byte
	// Truncated: the message says that it is longer than the buffer.
	Truncated bool
}

// All walks through the messages. The error is EBADMSG where one of them is none.
func (c Controls) All() ([]ControlMessage, error) {
	var all []ControlMessage
	pos := new(C.size_t)
	item := new(C.struct_sock_control_item)
	for {
		// A message tells where it is by a pointer into Go's memory, which is only subtracted here.
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

// TakeFds takes up to max received descriptors out, which then are the caller's to close.
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

// TakePidfd takes the descriptor of the process that sent, which SO_PASSPIDFD asks for; ok is false where
// there is none.
func (c Controls) TakePidfd() (fd int, ok bool, err error) {
	out := new(C.int)
	n := int64(C.bridge_take_pidfd(bytePointer(c), C.size_t(len(c)), out))
	return int(*out), n == 1, negative(n)
}

// CloseFds closes every received descriptor that was not taken. Call it for everything that was received,
// and only for that.
func (c Controls) CloseFds() {
	C.bridge_close_fds(bytePointer(c), C.size_t(len(c)))
}

func negative(n int64) error {
	if n < 0 {
		return codeError("control", n)
	}
	return nil
}

// Credentials are those of a process.
type Credentials struct{ Pid, Uid, Gid int64 }

// Credentials tells who sent the message; ok is false where it is not told.
func (c Controls) Credentials() (who Credentials, ok bool, err error) {
	out := new([3]C.int64_t)
	n := int64(C.bridge_get_credentials(bytePointer(c), C.size_t(len(c)), &out[0], &out[1], &out[2]))
	return Credentials{int64(out[0]), int64(out[1]), int64(out[2])}, n == 1, negative(n)
}

// Timestamp tells when the packet passed, by the system's clock and by the interface's; the zero time where
// that clock was not asked.
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

// PacketInfo tells where a packet came in.
type PacketInfo struct {
	// To is the destination that stands in the packet, Local the own address that it was for; nil where
	// that is a group of IPv6.
	To, Local *net.IPAddr
	// Interface is the index of the interface.
	Interface int
}

// PacketInfo tells where the packet came in; ok is false where it is not told.
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

// TTL is the packet's TTL or hop limit.
func (c Controls) TTL() (ttl int, ok bool, err error) {
	return c.number(func(p *C.uchar, n C.size_t, out *C.int64_t) C.int {
		return C.bridge_get_ttl(p, n, out)
	})
}

// TOS is the packet's TOS byte or traffic class.
func (c Controls) TOS() (tos int, ok bool, err error) {
	return c.number(func(p *C.uchar, n C.size_t, out *C.int64_t) C.int {
		return C.bridge_get_tos(p, n, out)
	})
}

// Drops is how many packets the socket has lost for want of room.
func (c Controls) Drops() (drops int, ok bool, err error) {
	return c.number(func(p *C.uchar, n C.size_t, out *C.int64_t) C.int {
		return C.bridge_get_drops(p, n, out)
	})
}

// GROSize is the size of the datagrams that were received as one.
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

// QueuedError is what an error queue tells (MSG_ERRQUEUE).
type QueuedError struct {
	// Err is the error; ENOMSG of a time stamp.
	Err syscall.Errno
	// Origin is SO_EE_ORIGIN_*; Type and Code are those of ICMP; Info and Data more of it.
	Origin, Type, Code int
	Info, Data         int64
	// Offender is who reported it; nil where that is not told.
	Offender net.Addr
}

// QueuedError tells what came from the error queue.
func (c Controls) QueuedError() (e QueuedError, ok bool, err error) {
	out := new(C.struct_sock_control_error)
	n := int64(C.bridge_get_error(bytePointer(c), C.size_t(len(c)), out))
	if n == 1 {
		e = QueuedError{syscall.Errno(-out.error), int(out.origin), int(out._type), int(out.code),
			int64(out.info), int64(out.data), fromNative(&out.offender, syscall.SOCK_RAW)}
	}
	return e, n == 1, negative(n)
}

// appendControl makes room behind the messages in c for one with up to size bytes of data, and has put
// write it.
func appendControl(c Controls, size int, put func(p *C.uchar, room C.size_t, used *C.size_t, told *C.char) C.int64_t) (Controls, error) {
	space := int(C.sock_cmsg_space(C.int64_t(size)))
	if space < 0 {
		return c, codeError("control", int64(space))
	}
	b := make(Controls, len(c)+space)
	copy(b, c)
	used := new(C.size_t)
	*used = C.size_t(len(c))
	_, err := explained("control", func(told *C.char) int64 {
		return int64(put(bytePointer(b), C.size_t(len(b)), used, told))
	})
	if err != nil {
		return c, err
	}
	return b[:*used], nil
}

// AppendControl appends a control message of any level and type.
func AppendControl(c Controls, level, kind int, data []byte) (Controls, error) {
	return appendControl(c, len(data), func(p *C.uchar, room C.size_t, used *C.size_t, told *C.char) C.int64_t {
		return C.bridge_put(p, room, used, C.int(level), C.int(kind), bytePointer(data), C.size_t(len(data)), told)
	})
}

// AppendFds appends descriptors to be sent over AF_UNIX.
func AppendFds(c Controls, fds ...int) (Controls, error) {
	list := make([]C.int, len(fds)+1)
	for i, fd := range fds {
		list[i] = C.int(fd)
	}
	return appendControl(c, 4*len(fds), func(p *C.uchar, room C.size_t, used *C.size_t, told *C.char) C.int64_t {
		return C.bridge_put_fds(p, room, used, &list[0], C.size_t(len(fds)), told)
	})
}

// AppendCredentials appends credentials, which the kernel checks.
func AppendCredentials(c Controls, who Credentials) (Controls, error) {
	return appendControl(c, 12, func(p *C.uchar, room C.size_t, used *C.size_t, told *C.char) C.int64_t {
		return C.bridge_put_credentials(p, room, used, C.int64_t(who.Pid), C.int64_t(who.Uid), C.int64_t(who.Gid), told)
	})
}

// AppendPacketInfo appends where a packet is to leave from: the own address and the interface, of which 0
// leaves it open.
func AppendPacketInfo(c Controls, from *net.IPAddr, index int) (Controls, error) {
	sa := new(nativeAddr)
	var err error
	if *sa, err = toNative(from, 0); err != nil {
		return c, err
	}
	return appendControl(c, 20, func(p *C.uchar, room C.size_t, used *C.size_t, told *C.char) C.int64_t {
		return C.bridge_put_pktinfo(p, room, used, sa, C.int64_t(index), told)
	})
}

// AppendTTL appends the TTL or hop limit of a packet of a family.
func AppendTTL(c Controls, family, ttl int) (Controls, error) {
	return appendControl(c, 4, func(p *C.uchar, room C.size_t, used *C.size_t, told *C.char) C.int64_t {
		return C.bridge_put_ttl(p, room, used, C.int(family), C.int64_t(ttl), told)
	})
}

// AppendTOS appends the TOS byte or traffic class of a packet of a family.
func AppendTOS(c Controls, family, tos int) (Controls, error) {
	return appendControl(c, 4, func(p *C.uchar, room C.size_t, used *C.size_t, told *C.char) C.int64_t {
		return C.bridge_put_tos(p, room, used, C.int(family), C.int64_t(tos), told)
	})
}

// AppendGSOSize appends the size of the datagrams that the kernel is to cut the data into.
func AppendGSOSize(c Controls, size int) (Controls, error) {
	return appendControl(c, 2, func(p *C.uchar, room C.size_t, used *C.size_t, told *C.char) C.int64_t {
		return C.bridge_put_gso_size(p, room, used, C.int64_t(size), told)
	})
}

package sock

/*
#include "bridge_family.h"
*/
import "C"

import "net"

// CANAddr is an address of AF_CAN with CAN_RAW or CAN_BCM: an interface by name or index, "" for every one.
type CANAddr struct{ Interface string }

// ISOTPAddr is an address of AF_CAN with CAN_ISOTP: the identifiers of the frames that are received and of
// those that are sent.
type ISOTPAddr struct {
	Interface  string
	RxID, TxID uint32
}

// J1939Addr is an address of AF_CAN with CAN_J1939: a device's name, 0 for none; a parameter group, 0x40000
// for none; an address, 255 for none.
type J1939Addr struct {
	Interface string
	Name      uint64
	PGN       uint32
	Addr      uint8
}

// Network is "can".
func (*CANAddr) Network() string  { return "can" }
func (a *CANAddr) String() string { return textOf(a) }

// Network is "can".
func (*ISOTPAddr) Network() string  { return "can" }
func (a *ISOTPAddr) String() string { return textOf(a) }

// Network is "can".
func (*J1939Addr) Network() string  { return "can" }
func (a *J1939Addr) String() string { return textOf(a) }

func (a *CANAddr) native() (nativeAddr, error) {
	return ofDevice(a.Interface, func(name *C.char, out *nativeAddr, told *C.char) C.int64_t {
		return C.bridge_can(name, out, told)
	})
}

func (a *ISOTPAddr) native() (nativeAddr, error) {
	return ofDevice(a.Interface, func(name *C.char, out *nativeAddr, told *C.char) C.int64_t {
		return C.bridge_isotp(name, C.int64_t(a.RxID), C.int64_t(a.TxID), out, told)
	})
}

func (a *J1939Addr) native() (nativeAddr, error) {
	return ofDevice(a.Interface, func(name *C.char, out *nativeAddr, told *C.char) C.int64_t {
		return C.bridge_j1939(name, C.uint64_t(a.Name), C.int64_t(a.PGN), C.int64_t(a.Addr), out, told)
	})
}

// canAddr asks for each form; libsock tells them apart by their length.
func canAddr(sa *nativeAddr) net.Addr {
	v, wide := new([3]C.int64_t), new(C.uint64_t)
	name, code := readText(func(buf *C.char, size C.size_t) C.int64_t {
		return C.sock_addr_get_j1939(sa, buf, size, &v[0], wide, &v[1], &v[2])
	})
	if code >= 0 {
		return &J1939Addr{interfaceText(name, v[0]), uint64(*wide), uint32(v[1]), uint8(v[2])}
	}
	name, code = readText(func(buf *C.char, size C.size_t) C.int64_t {
		return C.sock_addr_get_isotp(sa, buf, size, &v[0], &v[1], &v[2])
	})
	if code >= 0 {
		return &ISOTPAddr{interfaceText(name, v[0]), uint32(v[1]), uint32(v[2])}
	}
	name, code = readText(func(buf *C.char, size C.size_t) C.int64_t { return C.sock_addr_get_can(sa, buf, size, &v[0]) })
	if code >= 0 {
		return &CANAddr{interfaceText(name, v[0])}
	}
	return nil
}

// CANFilter lets frames pass whose identifier, masked, is ID, masked.
type CANFilter struct{ ID, Mask uint32 }

// SetCANFilters says which frames a CAN_RAW socket receives: those that pass any of the filters.
func (s *Socket) SetCANFilters(filters ...CANFilter) error {
	list := make([]C.struct_sock_can_filter, len(filters)+1)
	for i, f := range filters {
		list[i].id, list[i].mask = C.uint32_t(f.ID), C.uint32_t(f.Mask)
	}
	_, err := s.option("set", "setsockopt", func(told *C.char) int64 {
		return int64(C.bridge_set_can_filters(s.s.handle, &list[0], C.size_t(len(filters)), told))
	})
	return err
}

// CANFilters are the filters of a CAN_RAW socket.
func (s *Socket) CANFilters() ([]CANFilter, error) {
	list := make([]C.struct_sock_can_filter, 512) // the most that the kernel takes
	n, err := s.option("get", "getsockopt", func(told *C.char) int64 {
		return int64(C.bridge_get_can_filters(s.s.handle, &list[0], C.size_t(len(list)), told))
	})
	if err != nil {
		return nil, err
	}
	filters := make([]CANFilter, n)
	for i := range filters {
		filters[i] = CANFilter{uint32(list[i].id), uint32(list[i].mask)}
	}
	return filters, nil
}

// SetCANErrors says which error frames a CAN_RAW socket receives: CAN_ERR_*, or'ed.
func (s *Socket) SetCANErrors(classes uint32) error {
	_, err := s.option("set", "setsockopt", func(told *C.char) int64 {
		return int64(C.bridge_set_can_errors(s.s.handle, C.int64_t(classes), told))
	})
	return err
}

// WaitSent waits until a CAN_ISOTP socket has sent all of what it was given last.
func (s *Socket) WaitSent() error {
	n, err := s.s.try(true, func() int64 { return int64(C.sock_isotp_wait(s.s.handle)) })
	if err == nil && n < 0 {
		err = s.s.answer("wait", n)
	}
	return s.s.opError("write", err)
}

// SetPromiscuous has an interface hand over all frames that it sees, to a socket of AF_PACKET.
func (s *Socket) SetPromiscuous(device string, on bool) error {
	c, err := cText("interface", device)
	if err != nil {
		return s.s.opError("set", err)
	}
	_, err = s.option("set", "setsockopt", func(told *C.char) int64 {
		return int64(C.bridge_set_promiscuous(s.s.handle, c, cFlag(on), told))
	})
	return err
}

package sock

/*
#include "bridge_family.h"
*/
import "C"

import "net"

// CANAddr is an address of AF_CAN with CAN_RAW or CAN_BCM: an interface name or index; "" means every one.
type CANAddr struct{ Interface string }

// ISOTPAddr is an address of AF_CAN with CAN_ISOTP: the identifiers of received and of sent frames.
type ISOTPAddr struct {
	Interface  string
	RxID, TxID uint32
}

// J1939Addr is an address of AF_CAN with CAN_J1939: a device name (0 for none), a parameter group number
// (0x40000 for none) and an address (255 for none).
type J1939Addr struct {
	Interface string
	Name      uint64
	PGN       uint32
	Addr      uint8
}

// Network returns "can".
func (*CANAddr) Network() string  { return "can" }
func (a *CANAddr) String() string { return textOf(a) }

// Network returns "can".
func (*ISOTPAddr) Network() string  { return "can" }
func (a *ISOTPAddr) String() string { return textOf(a) }

// Network returns "can".
func (*J1939Addr) Network() string  { return "can" }
func (a *J1939Addr) String() string { return textOf(a) }

func (a *CANAddr) native() (nativeAddr, error) {
	return ofDevice(a.Interface, func(name *C.char, out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_can(name, out, sentence)
	})
}

func (a *ISOTPAddr) native() (nativeAddr, error) {
	return ofDevice(a.Interface, func(name *C.char, out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_isotp(name, C.int64_t(a.RxID), C.int64_t(a.TxID), out, sentence)
	})
}

func (a *J1939Addr) native() (nativeAddr, error) {
	return ofDevice(a.Interface, func(name *C.char, out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_j1939(name, C.uint64_t(a.Name), C.int64_t(a.PGN), C.int64_t(a.Addr), out, sentence)
	})
}

// canAddr tries each form; libsock distinguishes them by their length.
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

// CANFilter accepts frames whose identifier equals ID in the bits of Mask.
type CANFilter struct{ ID, Mask uint32 }

// SetCANFilters sets which frames a CAN_RAW socket receives: those that any of the filters accepts.
func (s *Socket) SetCANFilters(filters ...CANFilter) error {
	list := make([]C.struct_sock_can_filter, len(filters)+1)
	for i, f := range filters {
		list[i].id, list[i].mask = C.uint32_t(f.ID), C.uint32_t(f.Mask)
	}
	_, err := s.option("set", "setsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_set_can_filters(s.s.handle, &list[0], C.size_t(len(filters)), sentence))
	})
	return err
}

// CANFilters returns the filters of a CAN_RAW socket.
func (s *Socket) CANFilters() ([]CANFilter, error) {
	list := make([]C.struct_sock_can_filter, 512) // the kernel's maximum
	n, err := s.option("get", "getsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_get_can_filters(s.s.handle, &list[0], C.size_t(len(list)), sentence))
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

// SetCANErrors sets which error frames a CAN_RAW socket receives: CAN_ERR_*, combined with |.
func (s *Socket) SetCANErrors(classes uint32) error {
	_, err := s.option("set", "setsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_set_can_errors(s.s.handle, C.int64_t(classes), sentence))
	})
	return err
}

// WaitSent waits until a CAN_ISOTP socket has sent its last message completely.
func (s *Socket) WaitSent() error {
	n, err := s.s.try(true, func() int64 { return int64(C.sock_isotp_wait(s.s.handle)) })
	if err == nil && n < 0 {
		err = s.s.answer("wait", n)
	}
	return s.s.opError("write", err)
}

// SetPromiscuous makes an AF_PACKET socket receive all frames that an interface sees.
func (s *Socket) SetPromiscuous(device string, on bool) error {
	c, err := cText("interface", device)
	if err != nil {
		return s.s.opError("set", err)
	}
	_, err = s.option("set", "setsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_set_promiscuous(s.s.handle, c, cFlag(on), sentence))
	})
	return err
}

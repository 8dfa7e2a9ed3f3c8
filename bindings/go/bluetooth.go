package sock

/*
#include "bridge_family.h"
*/
import "C"

import "net"

// L2CAPAddr is an address of AF_BLUETOOTH with BTPROTO_L2CAP. Device is "00:1A:7D:DA:71:13".
type L2CAPAddr struct {
	Device     string
	PSM, CID   uint16
	DeviceType uint8
}

// RFCOMMAddr is an address of AF_BLUETOOTH with BTPROTO_RFCOMM.
type RFCOMMAddr struct {
	Device  string
	Channel uint8
}

// HCIAddr is an address of AF_BLUETOOTH with BTPROTO_HCI: a controller's number and a channel.
type HCIAddr struct{ Dev, Channel uint16 }

// SCOAddr is an address of AF_BLUETOOTH with BTPROTO_SCO.
type SCOAddr struct{ Device string }

// Network returns "l2cap".
func (*L2CAPAddr) Network() string  { return "l2cap" }
func (a *L2CAPAddr) String() string { return textOf(a) }

// Network returns "rfcomm".
func (*RFCOMMAddr) Network() string  { return "rfcomm" }
func (a *RFCOMMAddr) String() string { return textOf(a) }

// Network returns "hci".
func (*HCIAddr) Network() string  { return "hci" }
func (a *HCIAddr) String() string { return textOf(a) }

// Network returns "sco".
func (*SCOAddr) Network() string  { return "sco" }
func (a *SCOAddr) String() string { return textOf(a) }

// ofDevice is made for an address whose first part is a text: a device, an interface or a type.
func ofDevice(device string, build func(bdaddr *C.char, out *nativeAddr, sentence *C.char) C.int64_t) (nativeAddr, error) {
	c, err := cText("bdaddr", device)
	if err != nil {
		return nativeAddr{}, err
	}
	return made(func(out *nativeAddr, sentence *C.char) C.int64_t { return build(c, out, sentence) })
}

func (a *L2CAPAddr) native() (nativeAddr, error) {
	return ofDevice(a.Device, func(bdaddr *C.char, out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_l2cap(bdaddr, C.int64_t(a.PSM), C.int64_t(a.CID), C.int64_t(a.DeviceType), out, sentence)
	})
}

func (a *RFCOMMAddr) native() (nativeAddr, error) {
	return ofDevice(a.Device, func(bdaddr *C.char, out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_rfcomm(bdaddr, C.int64_t(a.Channel), out, sentence)
	})
}

func (a *HCIAddr) native() (nativeAddr, error) {
	return made(func(out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_hci(C.int64_t(a.Dev), C.int64_t(a.Channel), out, sentence)
	})
}

func (a *SCOAddr) native() (nativeAddr, error) {
	return ofDevice(a.Device, func(bdaddr *C.char, out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_sco(bdaddr, out, sentence)
	})
}

// bluetoothAddr tries each form; libsock distinguishes them by their length.
func bluetoothAddr(sa *nativeAddr) net.Addr {
	v := new([3]C.int64_t)
	device, code := readText(func(buf *C.char, size C.size_t) C.int64_t {
		return C.sock_addr_get_l2cap(sa, buf, size, &v[0], &v[1], &v[2])
	})
	if code >= 0 {
		return &L2CAPAddr{device, uint16(v[0]), uint16(v[1]), uint8(v[2])}
	}
	device, code = readText(func(buf *C.char, size C.size_t) C.int64_t {
		return C.sock_addr_get_rfcomm(sa, buf, size, &v[0])
	})
	if code >= 0 {
		return &RFCOMMAddr{device, uint8(v[0])}
	}
	device, code = readText(func(buf *C.char, size C.size_t) C.int64_t { return C.sock_addr_get_sco(sa, buf, size) })
	if code >= 0 {
		return &SCOAddr{device}
	}
	if C.sock_addr_get_hci(sa, &v[0], &v[1]) >= 0 {
		return &HCIAddr{uint16(v[0]), uint16(v[1])}
	}
	return nil
}

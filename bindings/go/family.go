package sock

/*
#include "bridge_family.h"
*/
import "C"

import (
	"net"
	"strconv"
	"strings"
	"syscall"
)

// familyNetworks are the networks of Dial and Listen that package net lacks: families with connections. For
// the other families use Open.
var familyNetworks = map[string]struct{ kind, protocol int }{
	"vsock":  {syscall.SOCK_STREAM, 0},
	"tipc":   {syscall.SOCK_STREAM, 0},
	"rfcomm": {syscall.SOCK_STREAM, 3},
	"l2cap":  {syscall.SOCK_SEQPACKET, 0},
	"sco":    {syscall.SOCK_SEQPACKET, 2},
}

// Families that package syscall does not define on every platform.
const (
	afCAN       = 29
	afTIPC      = 30
	afBluetooth = 31
	afALG       = 38
	afVSock     = 40
	afQIPCRTR   = 42
)

// made returns the address that a libsock constructor builds.
func made(build func(out *nativeAddr, sentence *C.char) C.int64_t) (nativeAddr, error) {
	sa := new(nativeAddr)
	_, err := explained("address", func(sentence *C.char) int64 { return int64(build(sa, sentence)) })
	return *sa, err
}

// textOf returns the text form of an address without the family word.
func textOf(a familyAddr) string {
	sa, err := a.native()
	if err != nil {
		return "?"
	}
	_, text, _ := strings.Cut(formatNative(&sa), ":")
	return text
}

// interfaceText returns the name of an interface or, if it has none any more, its index.
func interfaceText(name string, index C.int64_t) string {
	if name == "" && index != 0 {
		return strconv.FormatInt(int64(index), 10)
	}
	return name
}

// fromFamily converts an address of a family with a type of its own in this package; nil for other families.
func fromFamily(sa *nativeAddr) net.Addr {
	switch nativeFamily(sa) {
	case syscall.AF_NETLINK:
		return netlinkAddr(sa)
	case syscall.AF_PACKET:
		return packetAddr(sa)
	case afCAN:
		return canAddr(sa)
	case afTIPC:
		return tipcAddr(sa)
	case afBluetooth:
		return bluetoothAddr(sa)
	case afALG:
		return algAddr(sa)
	case afVSock:
		return vsockAddr(sa)
	case afQIPCRTR:
		return qipcrtrAddr(sa)
	}
	return nil
}

// NetlinkAddr is an address of AF_NETLINK: a port ID (0 for the kernel) and a bit mask of multicast groups.
type NetlinkAddr struct{ Pid, Groups uint32 }

// Network returns "netlink".
func (*NetlinkAddr) Network() string  { return "netlink" }
func (a *NetlinkAddr) String() string { return textOf(a) }

func (a *NetlinkAddr) native() (nativeAddr, error) {
	return made(func(out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_netlink(C.int64_t(a.Pid), C.int64_t(a.Groups), out, sentence)
	})
}

func netlinkAddr(sa *nativeAddr) net.Addr {
	v := new([2]C.int64_t)
	if C.sock_addr_get_netlink(sa, &v[0], &v[1]) < 0 {
		return nil
	}
	return &NetlinkAddr{uint32(v[0]), uint32(v[1])}
}

// PacketAddr is an address of AF_PACKET.
type PacketAddr struct {
	// Interface is a name or a decimal index; "" means every interface.
	Interface string
	// Protocol is an Ethernet protocol (0x800 for IP, 3 for all), in host order.
	Protocol uint16
	// Type and HardwareType are set by the kernel: PACKET_HOST, ARPHRD_ETHER and so on.
	Type         uint8
	HardwareType uint16
	// HardwareAddr is the destination for a SOCK_DGRAM socket.
	HardwareAddr net.HardwareAddr
}

// Network returns "packet".
func (*PacketAddr) Network() string  { return "packet" }
func (a *PacketAddr) String() string { return textOf(a) }

func (a *PacketAddr) native() (nativeAddr, error) {
	name, err := cText("interface", a.Interface)
	if err != nil {
		return nativeAddr{}, err
	}
	return made(func(out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_packet(name, C.int64_t(a.Protocol), C.int64_t(a.Type), C.int64_t(a.HardwareType),
			bytePointer(a.HardwareAddr), C.size_t(len(a.HardwareAddr)), out, sentence)
	})
}

func packetAddr(sa *nativeAddr) net.Addr {
	v, hw, n := new([4]C.int64_t), make([]byte, 32), new(C.size_t)
	name, code := readText(func(buf *C.char, size C.size_t) C.int64_t {
		return C.bridge_get_packet(sa, buf, size, &v[0], bytePointer(hw), 32, n)
	})
	if code < 0 {
		return nil
	}
	return &PacketAddr{interfaceText(name, v[0]), uint16(v[1]), uint8(v[2]), uint16(v[3]), hw[:min64(int64(*n), 32)]}
}

// TIPCAddr is an address of AF_TIPC. Type determines the meaning of V1 to V3: 1 is a range (type, lower,
// upper), 2 a name (type, instance, domain), 3 a socket (node, reference).
type TIPCAddr struct {
	Type       uint8
	V1, V2, V3 uint32
	Scope      int8
}

// Network returns "tipc".
func (*TIPCAddr) Network() string  { return "tipc" }
func (a *TIPCAddr) String() string { return textOf(a) }

func (a *TIPCAddr) native() (nativeAddr, error) {
	return made(func(out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_tipc(C.int64_t(a.Type), C.int64_t(a.V1), C.int64_t(a.V2), C.int64_t(a.V3), C.int64_t(a.Scope), out, sentence)
	})
}

func tipcAddr(sa *nativeAddr) net.Addr {
	v := new([5]C.int64_t)
	if C.sock_addr_get_tipc(sa, &v[0], &v[1], &v[2], &v[3], &v[4]) < 0 {
		return nil
	}
	return &TIPCAddr{uint8(v[0]), uint32(v[1]), uint32(v[2]), uint32(v[3]), int8(v[4])}
}

// VSockAddr is an address of AF_VSOCK: a machine's context ID and a port.
type VSockAddr struct {
	CID, Port uint32
	Flags     uint8
}

// Network returns "vsock".
func (*VSockAddr) Network() string  { return "vsock" }
func (a *VSockAddr) String() string { return textOf(a) }

func (a *VSockAddr) native() (nativeAddr, error) {
	return made(func(out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_vsock(C.int64_t(a.CID), C.int64_t(a.Port), C.int64_t(a.Flags), out, sentence)
	})
}

func vsockAddr(sa *nativeAddr) net.Addr {
	v := new([3]C.int64_t)
	if C.sock_addr_get_vsock(sa, &v[0], &v[1], &v[2]) < 0 {
		return nil
	}
	return &VSockAddr{uint32(v[0]), uint32(v[1]), uint8(v[2])}
}

// VSockCID returns the context ID of this machine.
func VSockCID() (uint32, error) {
	n := int64(C.sock_vsock_cid())
	if n < 0 {
		return 0, codeError("ioctl", n)
	}
	return uint32(n), nil
}

// QIPCRTRAddr is an address of AF_QIPCRTR: a node and a port.
type QIPCRTRAddr struct{ Node, Port uint32 }

// Network returns "qipcrtr".
func (*QIPCRTRAddr) Network() string  { return "qipcrtr" }
func (a *QIPCRTRAddr) String() string { return textOf(a) }

func (a *QIPCRTRAddr) native() (nativeAddr, error) {
	return made(func(out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_qipcrtr(C.int64_t(a.Node), C.int64_t(a.Port), out, sentence)
	})
}

func qipcrtrAddr(sa *nativeAddr) net.Addr {
	v := new([2]C.int64_t)
	if C.sock_addr_get_qipcrtr(sa, &v[0], &v[1]) < 0 {
		return nil
	}
	return &QIPCRTRAddr{uint32(v[0]), uint32(v[1])}
}

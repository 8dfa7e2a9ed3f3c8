package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// familyAddr is an address whose native form libsock builds.
type familyAddr interface {
	net.Addr
	native() (nativeAddr, error)
}

// NativeAddr is an address of a family without a type of its own in this package: the kernel's bytes.
type NativeAddr struct {
	sa nativeAddr
}

// NewNativeAddr returns an address from the bytes of a sockaddr of any family.
func NewNativeAddr(sockaddr []byte) (*NativeAddr, error) {
	a := new(NativeAddr)
	_, err := explained("address", func(sentence *C.char) int64 {
		return int64(C.bridge_from_native(bytePointer(sockaddr), C.size_t(len(sockaddr)), &a.sa, sentence))
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Bytes returns a copy of the native form.
func (a *NativeAddr) Bytes() []byte { return append([]byte(nil), nativeBytes(&a.sa)...) }

// Family returns the address family, such as syscall.AF_INET.
func (a *NativeAddr) Family() int { return nativeFamily(&a.sa) }

// Network returns the word at the start of the text form: "unspec", "af44".
func (a *NativeAddr) Network() string {
	network, _, _ := strings.Cut(formatNative(&a.sa), ":")
	return network
}

// String returns the bytes after the family, in hexadecimal.
func (a *NativeAddr) String() string { return textOf(a) }

func (a *NativeAddr) native() (nativeAddr, error) { return a.sa, nil }

func formatNative(sa *nativeAddr) string {
	text, _ := readText(func(buf *C.char, size C.size_t) C.int64_t { return C.sock_addr_format(sa, buf, size) })
	return text
}

// FormatAddr returns the text form of an address of any family, for ParseAddr: "192.0.2.1:80",
// "[fe80::1%eth0]:80", "unix:/run/x", "unix:@name". (The String method of an AF_UNIX address returns only
// the path, as in package net.)
func FormatAddr(a net.Addr) (string, error) {
	sa, err := toNative(a, 0)
	if err != nil {
		return "", err
	}
	return formatNative(&sa), nil
}

// ParseAddr parses the text form of an address of any family; it never looks up a name. For an IP address
// it returns a *net.TCPAddr.
func ParseAddr(text string) (net.Addr, error) {
	c, err := cText("address", text)
	if err != nil {
		return nil, &net.ParseError{Type: "socket address", Text: text}
	}
	sa := new(nativeAddr)
	if _, err := explained("address", func(sentence *C.char) int64 { return int64(C.bridge_addr_parse(c, sa, sentence)) }); err != nil {
		return nil, &net.AddrError{Err: err.Error(), Addr: text}
	}
	return fromNative(sa, syscall.SOCK_STREAM), nil
}

// nativeBytes returns the bytes of sa that are in use.
func nativeBytes(sa *nativeAddr) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&sa.native[0])), len(sa.native)*8)[:sa.len]
}

func nativeFamily(sa *nativeAddr) int {
	if sa.len < 2 {
		return syscall.AF_UNSPEC
	}
	return int(binary.NativeEndian.Uint16(nativeBytes(sa)))
}

// The native forms of IP addresses are the same on every Linux and are converted here: a call into C for
// each datagram would cost more than the conversion.
const (
	sizeInet4 = 16
	sizeInet6 = 28
)

// nativeAddrPort writes an IP address for a socket of the given family; 0 means the address's own.
func nativeAddrPort(sa *nativeAddr, ap netip.AddrPort, family int) error {
	addr := ap.Addr()
	if family == 0 {
		family = syscall.AF_INET6
		if addr.Is4() || addr.Is4In6() {
			family = syscall.AF_INET
		}
	}
	if !addr.IsValid() {
		// The wildcard, as in package net.
		addr = netip.IPv4Unspecified()
		if family == syscall.AF_INET6 {
			addr = netip.IPv6Unspecified()
		}
	}
	*sa = nativeAddr{len: sizeInet6}
	b := nativeBytes(sa)
	binary.BigEndian.PutUint16(b[2:], ap.Port())
	if family == syscall.AF_INET {
		if addr = addr.Unmap(); !addr.Is4() {
			return &net.AddrError{Err: "non-IPv4 address", Addr: ap.Addr().String()}
		}
		sa.len = sizeInet4
		binary.NativeEndian.PutUint16(b, syscall.AF_INET)
		four := addr.As4()
		copy(b[4:8], four[:])
		return nil
	}
	binary.NativeEndian.PutUint16(b, syscall.AF_INET6)
	sixteen := addr.As16()
	copy(b[8:24], sixteen[:])
	if zone := addr.Zone(); zone != "" {
		index, err := zoneIndex(zone)
		if err != nil {
			return err
		}
		binary.NativeEndian.PutUint32(b[24:], index)
	}
	return nil
}

// addrPortOf reads an IP address; ok is false for other families.
func addrPortOf(sa *nativeAddr) (ap netip.AddrPort, ok bool) {
	b := nativeBytes(sa)
	switch family := nativeFamily(sa); {
	case family == syscall.AF_INET && len(b) >= 8:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), binary.BigEndian.Uint16(b[2:])), true
	case family == syscall.AF_INET6 && len(b) >= sizeInet6:
		addr := netip.AddrFrom16([16]byte(b[8:24]))
		if index := binary.NativeEndian.Uint32(b[24:]); index != 0 {
			addr = addr.WithZone(zoneName(index))
		}
		return netip.AddrPortFrom(addr, binary.BigEndian.Uint16(b[2:])), true
	}
	return netip.AddrPort{}, false
}

// zoneIndex returns the interface index of a zone; a number is always an index.
func zoneIndex(zone string) (uint32, error) {
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n), nil
	}
	index, err := InterfaceIndex(zone)
	if err != nil {
		return 0, &net.AddrError{Err: "no such zone", Addr: zone}
	}
	return uint32(index), nil
}

func zoneName(index uint32) string {
	if name, err := InterfaceName(int(index)); err == nil {
		return name
	}
	return strconv.FormatUint(uint64(index), 10)
}

// fromNative converts a native address for a socket of the given type; nil for the empty address.
func fromNative(sa *nativeAddr, socketType int) net.Addr {
	if sa.len == 0 {
		return nil
	}
	if ap, ok := addrPortOf(sa); ok {
		switch socketType {
		case syscall.SOCK_STREAM, syscall.SOCK_SEQPACKET:
			return net.TCPAddrFromAddrPort(ap)
		case syscall.SOCK_DGRAM:
			return net.UDPAddrFromAddrPort(ap)
		}
		return &net.IPAddr{IP: ap.Addr().AsSlice(), Zone: ap.Addr().Zone()}
	}
	if nativeFamily(sa) == syscall.AF_UNIX {
		return &net.UnixAddr{Name: unixName(nativeBytes(sa)[2:]), Net: unixNetwork(socketType)}
	}
	if a := fromFamily(sa); a != nil {
		return a
	}
	// Another family, or a form without a getter.
	return &NativeAddr{*sa}
}

// unixName spells a name as package net does: an abstract one begins with @ instead of its NUL. A path that
// begins with @ gets the prefix ./ to distinguish it from an abstract name.
func unixName(name []byte) string {
	if len(name) > 0 && name[0] == 0 {
		return "@" + string(name[1:])
	}
	path := string(name)
	if end := strings.IndexByte(path, 0); end >= 0 {
		path = path[:end]
	}
	if strings.HasPrefix(path, "@") {
		return "./" + path
	}
	return path
}

func unixNetwork(socketType int) string {
	switch socketType {
	case syscall.SOCK_DGRAM:
		return "unixgram"
	case syscall.SOCK_SEQPACKET:
		return "unixpacket"
	}
	return "unix"
}

// toNative converts a Go address for a socket of the given family; 0 means the address's own. nil becomes
// the empty address.
func toNative(a net.Addr, family int) (sa nativeAddr, err error) {
	switch a := a.(type) {
	case nil:
		return sa, nil
	case *net.TCPAddr:
		ap, err := checkedAddrPort(a.IP, a.Port, a.Zone)
		if err == nil {
			err = nativeAddrPort(&sa, ap, family)
		}
		return sa, err
	case *net.UDPAddr:
		ap, err := checkedAddrPort(a.IP, a.Port, a.Zone)
		if err == nil {
			err = nativeAddrPort(&sa, ap, family)
		}
		return sa, err
	case *net.IPAddr:
		ap, err := checkedAddrPort(a.IP, 0, a.Zone)
		if err == nil {
			err = nativeAddrPort(&sa, ap, family)
		}
		return sa, err
	case *net.UnixAddr:
		return nativeUnix(a.Name)
	case familyAddr:
		return a.native()
	}
	return sa, &net.AddrError{Err: "unknown type of address", Addr: a.String()}
}

func checkedAddrPort(ip net.IP, port int, zone string) (netip.AddrPort, error) {
	addr, ok := netip.AddrFromSlice(ip)
	if !ok && len(ip) != 0 {
		return netip.AddrPort{}, &net.AddrError{Err: "invalid IP address", Addr: ip.String()}
	}
	if port < 0 || port > 65535 {
		return netip.AddrPort{}, &detailError{syscall.EINVAL, "port: " + strconv.Itoa(port) + " is not within 0 to 65535"}
	}
	if ok && zone != "" {
		addr = addr.WithZone(zone)
	}
	return netip.AddrPortFrom(addr, uint16(port)), nil
}

func nativeUnix(name string) (sa nativeAddr, err error) {
	b := []byte(name)
	if len(b) > 0 && b[0] == '@' {
		b[0] = 0
	}
	_, err = explained("address", func(sentence *C.char) int64 {
		return int64(C.bridge_addr_unix(bytePointer(b), C.size_t(len(b)), &sa, sentence))
	})
	return sa, err
}

package sock

/*
#include "bridge.h"
#include <netdb.h>
*/
import "C"

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
)

// found is one result of a lookup.
type found struct {
	address   nativeAddr
	canonical string
}

// lookup returns the addresses of a host and a service. Host "" means this machine or, with AI_PASSIVE, the
// wildcard.
func lookup(ctx context.Context, host, port string, family, kind, flags int) ([]found, error) {
	cHost, err := optionalText("host", host)
	if err != nil {
		return nil, err
	}
	cPort, err := optionalText("port", port)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, contextError(ctx)
	}
	op, err := explained("lookup", func(sentence *C.char) int64 {
		return brief(func() int64 {
			return int64(C.bridge_lookup_start(cHost, cPort, C.int(family), C.int(kind), 0, C.int(flags),
				C.int64_t(span(ctx)), sentence))
		})
	})
	if err != nil {
		return nil, err
	}
	list, err := within(ctx, C.sock_op_t(op), func() int64 { return int64(C.sock_getaddrinfo_step(C.sock_op_t(op))) }, nil)
	if err == nil && list < 0 {
		err = codeError("lookup", list)
	}
	if err != nil {
		return nil, err
	}
	defer C.sock_close(C.sock_t(list))
	all := make([]found, int64(C.sock_addrinfo_list_count(C.sock_addrinfo_list_t(list))))
	entry := new(C.struct_sock_addrinfo)
	for i := range all {
		if code := int64(C.sock_addrinfo_list_at(C.sock_addrinfo_list_t(list), C.int64_t(i), entry)); code < 0 {
			return nil, codeError("lookup", code)
		}
		all[i].address = entry.address
	}
	if flags&C.AI_CANONNAME != 0 && len(all) > 0 {
		all[0].canonical, _ = readText(func(buf *C.char, size C.size_t) C.int64_t {
			return C.sock_addrinfo_list_canonname(C.sock_addrinfo_list_t(list), 0, buf, size)
		})
	}
	return all, nil
}

// Resolver looks up names with the system's resolver: /etc/hosts, DNS, mDNS and all other sources in
// nsswitch.conf. A lookup blocks only its goroutine; a context ends it at once, even if the resolver hangs.
// The zero value is ready for use. Its methods are those of net.Resolver.
type Resolver struct{}

// DefaultResolver is the Resolver that the package-level functions use.
var DefaultResolver = new(Resolver)

// LookupNetIP returns the addresses of a host; network is "ip", "ip4" or "ip6". The error is a *net.DNSError.
func (*Resolver) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	base, family := splitNetwork(network)
	if base != "ip" {
		return nil, net.UnknownNetworkError(network)
	}
	if host == "" {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	all, err := lookup(ctx, host, "", family, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, dnsError(host, err)
	}
	addrs := make([]netip.Addr, 0, len(all))
	for i := range all {
		if ap, ok := addrPortOf(&all[i].address); ok {
			addrs = append(addrs, ap.Addr())
		}
	}
	return addrs, nil
}

// LookupHost returns the addresses of a host as text.
func (r *Resolver) LookupHost(ctx context.Context, host string) ([]string, error) {
	addrs, err := r.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(addrs))
	for i, addr := range addrs {
		texts[i] = addr.String()
	}
	return texts, nil
}

// LookupPort returns the port of a service; network is "tcp" or "udp", also with a 4 or 6 appended.
func (*Resolver) LookupPort(ctx context.Context, network, service string) (int, error) {
	base, family := splitNetwork(network)
	kind := map[string]int{"tcp": syscall.SOCK_STREAM, "udp": syscall.SOCK_DGRAM, "": 0, "ip": 0}[base]
	all, err := lookup(ctx, "", orZero(service), family, kind, 0)
	if err != nil {
		var code Code
		if errors.As(err, &code) || errors.Is(err, syscall.EINVAL) {
			return 0, &net.DNSError{Err: "unknown port", Name: network + "/" + service, IsNotFound: true}
		}
		return 0, dnsError(service, err)
	}
	for i := range all {
		if ap, ok := addrPortOf(&all[i].address); ok {
			return int(ap.Port()), nil
		}
	}
	return 0, &net.DNSError{Err: "unknown port", Name: network + "/" + service, IsNotFound: true}
}

// LookupCNAME returns the canonical name of a host.
func (*Resolver) LookupCNAME(ctx context.Context, host string) (string, error) {
	all, err := lookup(ctx, host, "", 0, syscall.SOCK_STREAM, C.AI_CANONNAME)
	if err != nil {
		return "", dnsError(host, err)
	}
	if len(all) == 0 || all[0].canonical == "" {
		return "", &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return all[0].canonical, nil
}

// LookupAddr returns the names of an address.
func (*Resolver) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return nil, &net.DNSError{Err: "unrecognized address", Name: addr, IsNotFound: true}
	}
	sa := new(nativeAddr)
	if err := nativeAddrPort(sa, netip.AddrPortFrom(ip, 0), 0); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, dnsError(addr, contextError(ctx))
	}
	op, err := explained("lookup", func(sentence *C.char) int64 {
		return brief(func() int64 { return int64(C.bridge_nameinfo_start(sa, C.NI_NAMEREQD, C.int64_t(span(ctx)), sentence)) })
	})
	if err != nil {
		return nil, dnsError(addr, err)
	}
	name := new([C.NI_MAXHOST]C.char)
	n, err := within(ctx, C.sock_op_t(op), func() int64 {
		return int64(C.sock_getnameinfo_step(C.sock_op_t(op), &name[0], C.size_t(len(name)), nil, 0))
	}, nil)
	if err == nil && n < 0 {
		err = codeError("lookup", n)
	}
	if err != nil {
		return nil, dnsError(addr, err)
	}
	return []string{C.GoString(&name[0])}, nil
}

// LookupAddr returns the names of an address.
func LookupAddr(addr string) ([]string, error) {
	return DefaultResolver.LookupAddr(context.Background(), addr)
}

// LookupHost returns the addresses of a host as text.
func LookupHost(host string) ([]string, error) {
	return DefaultResolver.LookupHost(context.Background(), host)
}

// LookupPort returns the port of a service.
func LookupPort(network, service string) (int, error) {
	return DefaultResolver.LookupPort(context.Background(), network, service)
}

// LookupProtocol returns the number of a protocol, such as 6 for "tcp".
func LookupProtocol(name string) (int, error) {
	c, err := cText("protocol", name)
	if err != nil {
		return 0, err
	}
	n := int64(C.sock_getprotobyname(c))
	if n == -int64(syscall.ENOENT) {
		return 0, net.UnknownNetworkError(name)
	}
	if n < 0 {
		return 0, codeError("getprotobyname", n)
	}
	return int(n), nil
}

// InterfaceIndex returns the index of a network interface.
func InterfaceIndex(name string) (int, error) {
	c, err := cText("name", name)
	if err != nil {
		return 0, err
	}
	n := int64(C.sock_if_nametoindex(c))
	if n < 0 {
		return 0, codeError("if_nametoindex", n)
	}
	return int(n), nil
}

// InterfaceName returns the name of a network interface.
func InterfaceName(index int) (string, error) {
	name, n := readText(func(buf *C.char, size C.size_t) C.int64_t {
		return C.sock_if_indextoname(C.int64_t(index), buf, size)
	})
	if n < 0 {
		return "", codeError("if_indextoname", n)
	}
	return name, nil
}

// resolveOne returns the address for a server or a datagram socket: for a name, the first IPv4 address if
// there is one, as in package net.
func resolveOne(ctx context.Context, host, port string, family, kind int) (nativeAddr, error) {
	if sa, ok := numeric(host, port, family); ok {
		return sa, nil
	}
	all, err := lookup(ctx, host, port, family, kind, C.AI_PASSIVE)
	if err != nil {
		return nativeAddr{}, dnsError(host, err)
	}
	for i := range all {
		if nativeFamily(&all[i].address) == syscall.AF_INET {
			return all[i].address, nil
		}
	}
	if len(all) == 0 {
		return nativeAddr{}, &net.DNSError{Err: "no suitable address", Name: host, IsNotFound: true}
	}
	return all[0].address, nil
}

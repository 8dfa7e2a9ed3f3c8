package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

// numeric returns the address of a numeric host and port; ok is false for all other input, which goes to libsock.
func numeric(host, port string, family int) (sa nativeAddr, ok bool) {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return sa, false
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return sa, false
	}
	of := syscall.AF_INET6
	if addr.Is4() {
		of = syscall.AF_INET
	}
	if family != 0 && family != of {
		return sa, false
	}
	return sa, nativeAddrPort(&sa, netip.AddrPortFrom(addr, uint16(number)), of) == nil
}

// targetsOf returns the native addresses, type and protocol of an address on a network.
func targetsOf(ctx context.Context, network, base string, family int, address string) (targets []nativeAddr, kind, proto int, err error) {
	if kind := unixKind(base); kind != 0 {
		sa, err := nativeUnix(address)
		return []nativeAddr{sa}, kind, 0, err
	}
	base, protocol, isRaw := strings.Cut(base, ":")
	host, port := address, ""
	switch {
	case base == "tcp" || base == "udp":
		if host, port, err = net.SplitHostPort(address); err != nil {
			return nil, 0, 0, err
		}
		kind = syscall.SOCK_STREAM
		if base == "udp" {
			kind = syscall.SOCK_DGRAM
		}
	case isRaw && (base == "ip" || base == "ip4" || base == "ip6"):
		_, family = splitNetwork(base)
		kind = syscall.SOCK_RAW
		if proto, err = protocolNumber(protocol); err != nil {
			return nil, 0, 0, err
		}
	default:
		return familyTargets(network, address)
	}
	if sa, ok := numeric(host, orZero(port), family); ok {
		return []nativeAddr{sa}, kind, proto, nil
	}
	found, err := lookup(ctx, host, orZero(port), family, kind, 0)
	if err != nil {
		return nil, 0, 0, dnsError(host, err)
	}
	for _, a := range found {
		targets = append(targets, a.address)
	}
	return targets, kind, proto, nil
}

// familyTargets parses the text form of an address family that package net lacks.
func familyTargets(network, address string) ([]nativeAddr, int, int, error) {
	of, ok := familyNetworks[network]
	if !ok {
		return nil, 0, 0, net.UnknownNetworkError(network)
	}
	text := network + ":" + address
	c, err := cText("address", text)
	if err != nil {
		return nil, 0, 0, err
	}
	sa := new(nativeAddr)
	if _, err := explained("address", func(sentence *C.char) int64 { return int64(C.bridge_addr_parse(c, sa, sentence)) }); err != nil {
		return nil, 0, 0, &net.AddrError{Err: err.Error(), Addr: text}
	}
	return []nativeAddr{*sa}, of.kind, of.protocol, nil
}

func protocolNumber(name string) (int, error) {
	if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < 256 {
		return n, nil
	}
	return LookupProtocol(name)
}

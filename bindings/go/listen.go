package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ListenConfig has the options for listening. The zero value is ready for use.
type ListenConfig struct {
	// Control is called with each socket before it is bound.
	Control func(network, address string, c syscall.RawConn) error
	// KeepAlive is the time between keepalive probes of accepted TCP connections; 0 means 15 seconds,
	// negative turns them off.
	KeepAlive time.Duration
	// Backlog is how many connections may be pending; 0 means as many as the system allows.
	Backlog int
	// ReusePort allows several processes to share the port (SO_REUSEPORT).
	ReusePort bool
	// RemoveStale removes the socket file of a server that no longer exists before binding to its path. This
	// and FileMode are for "unix" without Control; otherwise they are errors.
	RemoveStale bool
	// FileMode is the mode of the socket file, which never has more permissions than this; 0 means that the
	// umask decides.
	FileMode os.FileMode
	// KeepFile makes Close leave the socket file in place.
	KeepFile bool
}

// Listen listens without a ListenConfig.
func Listen(network, address string) (net.Listener, error) {
	return new(ListenConfig).Listen(context.Background(), network, address)
}

// ListenPacket opens a datagram socket without a ListenConfig.
func ListenPacket(network, address string) (net.PacketConn, error) {
	return new(ListenConfig).ListenPacket(context.Background(), network, address)
}

// Listen listens on "tcp", "tcp4", "tcp6", "unix", "unixpacket" or another family with connections ("vsock"),
// with addresses as in Dialer.DialContext. Without a host, "tcp" accepts IPv4 and IPv6 on one socket. The
// result is a *Listener.
func (lc *ListenConfig) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	base, family := splitNetwork(network)
	s, err := lc.listen(ctx, network, base, family, address)
	if err != nil {
		return nil, listenError(network, address, err)
	}
	l := &Listener{endpoint: endpoint{s}}
	if base == "tcp" {
		l.flags, l.keepAlive = C.BRIDGE_NODELAY, keepAlive(lc.KeepAlive)
	}
	return l, nil
}

func listenError(network, address string, err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return err
	}
	return &net.OpError{Op: "listen", Net: network, Addr: addrText{network, address}, Err: err}
}

func (lc *ListenConfig) backlog() int {
	if lc.Backlog > 0 {
		return lc.Backlog
	}
	return 1<<16 - 1 // the kernel limits it to net.core.somaxconn
}

func (lc *ListenConfig) listen(ctx context.Context, network, base string, family int, address string) (*socket, error) {
	kind, proto := unixKind(base), 0
	switch {
	case kind == syscall.SOCK_STREAM && lc.Control == nil:
		return lc.listenUnix(network, address)
	case lc.RemoveStale || lc.FileMode != 0:
		return nil, &detailError{syscall.EINVAL, `RemoveStale and FileMode: for "unix" without Control only`}
	case kind == syscall.SOCK_DGRAM:
		return nil, net.UnknownNetworkError(network)
	case base == "tcp":
		kind = syscall.SOCK_STREAM
	case kind == 0:
		of, ok := familyNetworks[network]
		if !ok {
			return nil, net.UnknownNetworkError(network)
		}
		kind, proto = of.kind, of.protocol
	}
	target, dual, err := lc.target(ctx, network, base, family, address)
	if err != nil {
		return nil, err
	}
	s, err := lc.bound(network, kind, proto, target, dual)
	if err != nil {
		return nil, err
	}
	if code := int64(C.sock_listen(s.handle, C.int(lc.backlog()))); code < 0 {
		s.close()
		return nil, codeError("listen", code)
	}
	return s, nil
}

// listenUnix uses sock_create_server, which handles stale files and sets the mode without a race.
func (lc *ListenConfig) listenUnix(network, address string) (*socket, error) {
	path := address
	if strings.HasPrefix(path, "@") && strings.IndexByte(path, 0) >= 0 {
		// A C string cannot hold an abstract name with a NUL.
		sa, err := nativeUnix(path)
		if err != nil {
			return nil, err
		}
		s, err := lc.bound(network, syscall.SOCK_STREAM, 0, sa, false)
		if err == nil {
			if code := int64(C.sock_listen(s.handle, C.int(lc.backlog()))); code < 0 {
				s.close()
				return nil, codeError("listen", code)
			}
		}
		return s, err
	}
	host, err := cText("path", path)
	if err != nil {
		return nil, err
	}
	handle, err := explained("listen", func(sentence *C.char) int64 {
		return int64(C.bridge_create_server(host, nil, syscall.AF_UNIX, C.int(lc.backlog()), 0, 0,
			cFlag(lc.RemoveStale), C.int(lc.FileMode.Perm()), sentence))
	})
	if err != nil {
		return nil, err
	}
	s, err := prepare(C.sock_t(handle), network, C.BRIDGE_LOCAL, 0)
	if err == nil {
		lc.own(s)
	}
	return s, err
}

// own makes Close remove the socket file of s.
func (lc *ListenConfig) own(s *socket) {
	if a, ok := s.local.(*net.UnixAddr); ok && !lc.KeepFile && a.Name != "" && a.Name[0] != '@' {
		s.unlink = newSocketFile(a.Name)
	}
}

// socketFile is the file of a bound socket: a path, and the device and inode found there after bind.
type socketFile struct {
	path string
	info os.FileInfo
}

// newSocketFile returns nil if the path no longer names a socket. A server that replaces the file between
// bind and this call is taken for ours: the kernel offers no way from a socket to its file but the path.
func newSocketFile(path string) *socketFile {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs // the working directory may change
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return nil
	}
	return &socketFile{path, info}
}

// remove removes the file unless another file has taken its place, such as the socket of a newer server. It
// must run while the socket is open: until then the inode cannot be reused. One window remains, since the
// kernel has no call that compares and unlinks: a file replaced between Lstat and Remove is removed.
func (f *socketFile) remove() {
	if info, err := os.Lstat(f.path); err == nil && os.SameFile(info, f.info) {
		os.Remove(f.path)
	}
}

func cFlag(on bool) C.int {
	if on {
		return 1
	}
	return 0
}

// target returns the address to bind to; dual is whether an IPv6 socket also accepts IPv4.
func (lc *ListenConfig) target(ctx context.Context, network, base string, family int, address string) (sa nativeAddr, dual bool, err error) {
	if unixKind(base) != 0 {
		sa, err = nativeUnix(address)
		return sa, false, err
	}
	base, _, isRaw := strings.Cut(base, ":")
	host, port, kind := address, "0", syscall.SOCK_STREAM
	switch {
	case base == "tcp" || base == "udp":
		if base == "udp" {
			kind = syscall.SOCK_DGRAM
		}
		if host, port, err = net.SplitHostPort(address); err != nil {
			return sa, false, err
		}
	case isRaw:
		kind = syscall.SOCK_RAW
		_, family = splitNetwork(base)
	default:
		targets, _, _, err := familyTargets(network, address)
		if err != nil {
			return sa, false, err
		}
		return targets[0], false, nil
	}
	if host == "" && family == 0 && !isRaw && C.sock_has_dualstack_ipv6() != 0 {
		host, dual = "::", true
	}
	sa, err = resolveOne(ctx, host, orZero(port), family, kind)
	return sa, dual, err
}

// bound returns a bound socket.
func (lc *ListenConfig) bound(network string, kind, proto int, target nativeAddr, dual bool) (*socket, error) {
	s, err := open(nativeFamily(&target), kind, proto, network)
	if err != nil {
		return nil, err
	}
	set := func(level, name, value C.int) {
		if code := int64(C.sock_setsockopt_int(s.handle, level, name, value)); code < 0 && err == nil {
			err = codeError("setsockopt", code)
		}
	}
	if s.ipFamily() == syscall.AF_INET6 {
		set(C.IPPROTO_IPV6, C.IPV6_V6ONLY, cFlag(!dual))
	}
	if s.ipFamily() != 0 && kind == syscall.SOCK_STREAM {
		set(C.SOL_SOCKET, C.SO_REUSEADDR, 1)
	}
	if s.ipFamily() != 0 && kind == syscall.SOCK_DGRAM {
		set(C.SOL_SOCKET, C.SO_BROADCAST, 1)
	}
	if lc.ReusePort {
		set(C.SOL_SOCKET, C.SO_REUSEPORT, 1)
	}
	if err == nil && lc.Control != nil {
		err = lc.Control(network, addrString(fromNative(&target, kind)), rawConn{s})
	}
	if err == nil {
		if code := int64(C.sock_bind(s.handle, &target)); code < 0 {
			err = codeError("bind", code)
		}
	}
	if err != nil {
		s.close()
		return nil, err
	}
	s.refresh()
	lc.own(s)
	return s, nil
}

// ListenPacket opens a datagram socket on "udp", "udp4", "udp6", "unixgram", or on an IP protocol such as
// "ip4:icmp". The result is a *PacketConn.
func (lc *ListenConfig) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	base, family := splitNetwork(network)
	s, err := lc.listenPacket(ctx, network, base, family, address)
	if err != nil {
		return nil, listenError(network, address, err)
	}
	return &PacketConn{connected{endpoint{s}}}, nil
}

func (lc *ListenConfig) listenPacket(ctx context.Context, network, base string, family int, address string) (*socket, error) {
	kind, proto := syscall.SOCK_DGRAM, 0
	if name, protocol, isRaw := strings.Cut(base, ":"); isRaw {
		switch name {
		case "ip", "ip4", "ip6":
		default:
			return nil, net.UnknownNetworkError(network)
		}
		n, err := protocolNumber(protocol)
		if err != nil {
			return nil, err
		}
		kind, proto = syscall.SOCK_RAW, n
	} else if base != "udp" && base != "unixgram" {
		return nil, net.UnknownNetworkError(network)
	}
	target, dual, err := lc.target(ctx, network, base, family, address)
	if err != nil {
		return nil, err
	}
	return lc.bound(network, kind, proto, target, dual)
}

// Listener accepts connections. It is a net.Listener and a syscall.Conn.
type Listener struct {
	endpoint
	flags     C.int
	keepAlive time.Duration
}

// Accept waits for a connection. The result is a *Conn.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.AcceptConn()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// AcceptConn is Accept with a concrete result type.
func (l *Listener) AcceptConn() (*Conn, error) {
	s, err := l.s.accept(l.flags, l.keepAlive)
	if err != nil {
		return nil, l.s.opError("accept", err)
	}
	return &Conn{connected{endpoint{s}}}, nil
}

// Addr returns the local address.
func (l *Listener) Addr() net.Addr { return l.s.local }

func (s *socket) accept(flags C.int, keepAlive time.Duration) (*socket, error) {
	b := new(C.struct_bridge_socket)
	n, err := s.try(false, func() int64 {
		return int64(C.bridge_accept(s.handle, flags|C.BRIDGE_LOCAL, C.int64_t(keepAlive), b))
	})
	if err != nil {
		return nil, err
	}
	if n < 0 {
		return nil, s.answer("accept", n)
	}
	return adopt(b, s.network)
}

package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

// Dialer connects. The zero value is ready for use. It is safe for concurrent use.
type Dialer struct {
	// Timeout is the time limit of a dial, including the lookup and all attempts; 0 means no limit.
	Timeout time.Duration
	// Deadline is the time at which a dial fails; the zero time means none. The earliest of Timeout, Deadline
	// and the context applies.
	Deadline time.Time
	// LocalAddr is the local address; nil lets the system choose.
	LocalAddr net.Addr
	// FallbackDelay is the time from the start of one attempt to the next, which starts earlier if the first
	// fails; 0 means RFC 8305's 250 ms; negative means only after a failure.
	FallbackDelay time.Duration
	// ResolutionDelay is how long IPv4 addresses wait for IPv6 addresses; 0 means 50 ms, negative not at all.
	ResolutionDelay time.Duration
	// AttemptTimeout is the time limit of one attempt; 0 means no limit of its own.
	AttemptTimeout time.Duration
	// KeepAlive is the time between TCP keepalive probes; 0 means 15 seconds, negative turns them off.
	KeepAlive time.Duration
	// FastOpen sends the first data with the handshake if the kernel has the peer's cookie (RFC 7413).
	FastOpen bool
	// Control is called with each socket before it connects, to set options. With it, the addresses of a name
	// are tried one after the other.
	Control func(network, address string, c syscall.RawConn) error
	// Attempts is called when a TCP dial ends, with all attempts, including those that lost to another one.
	Attempts func(attempts []Attempt)
}

// Dial connects as Dialer.DialContext does, without a time limit.
func Dial(network, address string) (net.Conn, error) {
	return new(Dialer).DialContext(context.Background(), network, address)
}

// DialTimeout connects with a time limit.
func DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	return (&Dialer{Timeout: timeout}).DialContext(context.Background(), network, address)
}

// Dial connects as DialContext does.
func (d *Dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext connects to an address on a network.
//
// "tcp", "tcp4" and "tcp6" take "host:port", where host is a name or a number, and try the addresses of a
// name by RFC 8305 (Happy Eyeballs); the result is a *Conn. "udp", "udp4" and "udp6" use the first address,
// "ip4:icmp" and "ip6:58" take a host and a protocol; these and "unixgram" return a *PacketConn. "unix" and
// "unixpacket" take a path, or an abstract name that begins with @. Other families with connections take
// their text form after the first colon: "vsock" and "3:1024".
//
// ctx applies to the lookup and all attempts; it has no effect on the connection afterwards.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if ctx == nil {
		panic("sock: nil context")
	}
	// Other networks wait in Go, where only the context sets limits.
	base, family := splitNetwork(network)
	var s *socket
	var err error
	switch {
	case base == "tcp" && !d.simple(family, address):
		s, err = d.dialTCP(ctx, network, family, address)
	default:
		limited, cancel := d.limit(ctx)
		defer cancel()
		s, err = d.dialOne(limited, network, base, family, address)
	}
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			return nil, err
		}
		return nil, &net.OpError{Op: "dial", Net: network, Source: d.LocalAddr, Addr: addrText{network, address}, Err: err}
	}
	if s.stream() {
		return &Conn{connected{endpoint{s}}}, nil
	}
	return &PacketConn{connected{endpoint{s}}}, nil
}

// simple reports whether a TCP dial needs only sequential connects: for a numeric address, which needs no
// lookup and has no alternatives, and with Control.
func (d *Dialer) simple(family int, address string) bool {
	if d.Control != nil {
		return true
	}
	if d.AttemptTimeout != 0 || d.FastOpen {
		return false
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, ok := numeric(host, port, family)
	return ok
}

func (d *Dialer) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	stop := func() {}
	if d.Timeout != 0 {
		ctx, stop = context.WithTimeout(ctx, d.Timeout)
	}
	if d.Deadline.IsZero() {
		return ctx, stop
	}
	ctx, cancel := context.WithDeadline(ctx, d.Deadline)
	return ctx, func() { cancel(); stop() }
}

// addrText is the address of a dial that failed before it was resolved: the caller's text.
type addrText struct{ network, text string }

func (a addrText) Network() string { return a.network }
func (a addrText) String() string  { return a.text }

// keepAlive converts a KeepAlive field for bridge_ready.
func keepAlive(d time.Duration) time.Duration {
	switch {
	case d == 0:
		return 15 * time.Second
	case d < 0:
		return 0
	}
	// The kernel counts in seconds; round up, as package net does.
	return (d + time.Second - 1).Truncate(time.Second)
}

// dialTCP connects through a libsock operation.
func (d *Dialer) dialTCP(ctx context.Context, network string, family int, address string) (*socket, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	cHost, err := optionalText("host", host)
	if err != nil {
		return nil, err
	}
	cPort, err := cText("port", orZero(port))
	if err != nil {
		return nil, err
	}
	how := &C.struct_bridge_dial{
		timeout:          C.int64_t(span(ctx, after(d.Timeout), d.Deadline)),
		attempt_timeout:  C.int64_t(d.AttemptTimeout),
		resolution_delay: C.int64_t(d.ResolutionDelay),
		stagger:          C.int64_t(d.FallbackDelay),
		family:           C.int32_t(family),
	}
	if d.FastOpen {
		how.fast_open = 1
	}
	if d.LocalAddr != nil {
		if how.source, err = toNative(d.LocalAddr, 0); err != nil {
			return nil, err
		}
		how.has_source = 1
	}
	if ctx.Err() != nil {
		return nil, contextError(ctx)
	}
	op, err := explained("dial", func(sentence *C.char) int64 {
		return brief(func() int64 { return int64(C.bridge_connect_start(cHost, cPort, how, sentence)) })
	})
	if err != nil {
		return nil, lookupError(host, err)
	}
	var attempts []Attempt
	handle, err := within(ctx, C.sock_op_t(op),
		func() int64 { return int64(C.sock_create_connection_step(C.sock_op_t(op))) },
		func() {
			if d.Attempts != nil {
				attempts = attemptsOf(C.sock_op_t(op))
			}
		})
	if err == nil && handle < 0 {
		err = codeError("connect", handle)
	}
	if d.Attempts != nil {
		for i := range attempts {
			if a := &attempts[i]; a.Err == nil && a.Phase != PhaseConnected {
				a.Err = err // it was in progress when the context ended
			}
		}
		d.Attempts(attempts)
	}
	if err != nil {
		return nil, lookupError(host, err)
	}
	return prepare(C.sock_t(handle), network, C.BRIDGE_NODELAY|C.BRIDGE_LOCAL|C.BRIDGE_PEER, keepAlive(d.KeepAlive))
}

// lookupError returns a *net.DNSError if the resolver failed, and err otherwise.
func lookupError(host string, err error) error {
	var code Code
	if errors.As(err, &code) {
		return dnsError(host, err)
	}
	return err
}

func orZero(port string) string {
	if port == "" {
		return "0"
	}
	return port
}

// dialOne tries one address after the other, in Go's poller.
func (d *Dialer) dialOne(ctx context.Context, network, base string, family int, address string) (*socket, error) {
	targets, kind, proto, err := targetsOf(ctx, network, base, family, address)
	if err != nil {
		return nil, err
	}
	var attempts []Attempt
	if d.Attempts != nil && base == "tcp" {
		defer func() { d.Attempts(attempts) }()
	}
	err = &net.AddrError{Err: "no suitable address", Addr: address}
	for i := range targets {
		start := time.Now()
		s, phase, failed := d.dialAddr(ctx, network, kind, proto, &targets[i])
		if d.Attempts != nil {
			attempts = append(attempts, Attempt{fromNative(&targets[i], kind), phase, failed, time.Since(start)})
		}
		if failed == nil {
			return s, nil
		}
		if err = failed; ctx.Err() != nil {
			return nil, contextError(ctx)
		}
	}
	return nil, err
}

// dialAddr connects to one address and returns how far it got.
func (d *Dialer) dialAddr(ctx context.Context, network string, kind, proto int, target *nativeAddr) (*socket, Phase, error) {
	s, err := open(nativeFamily(target), kind, proto, network)
	if err != nil {
		return nil, PhaseSocket, err
	}
	to, phase := fromNative(target, kind), PhaseBind
	if d.Control != nil {
		err = d.Control(network, addrString(to), rawConn{s})
	}
	if err == nil && s.ipFamily() != 0 && kind == syscall.SOCK_DGRAM {
		C.sock_setsockopt_int(s.handle, C.SOL_SOCKET, C.SO_BROADCAST, 1)
	}
	if err == nil && d.LocalAddr != nil {
		err = s.bind(d.LocalAddr)
	}
	if err == nil {
		phase = PhaseConnect
		err = s.connect(ctx, target)
	}
	if err != nil {
		s.close()
		return nil, phase, err
	}
	flags, alive := C.int(C.BRIDGE_LOCAL|C.BRIDGE_PEER), time.Duration(0)
	if s.ipFamily() != 0 && kind == syscall.SOCK_STREAM {
		flags, alive = flags|C.BRIDGE_NODELAY, keepAlive(d.KeepAlive)
	}
	b := new(C.struct_bridge_socket)
	C.bridge_ready(s.handle, flags, C.int64_t(alive), b)
	s.local, s.peer = fromNative(&b.local, kind), fromNative(&b.peer, kind)
	if s.peer == nil {
		s.peer = to
	}
	return s, PhaseConnected, nil
}

func addrString(a net.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}

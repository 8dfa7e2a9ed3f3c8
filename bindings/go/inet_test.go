package sock

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"
)

// Without a host, one socket serves both families, for streams and for datagrams.
func TestDualStack(t *testing.T) {
	if !hasIPv6() {
		t.Skip("this machine has no IPv6")
	}
	l := value(Listen("tcp", ":0"))(t).(*Listener)
	defer l.Close()
	p := value(ListenPacket("udp", ":0"))(t).(*PacketConn)
	defer p.Close()
	for _, host := range []string{"127.0.0.1", "::1"} {
		_, port, _ := net.SplitHostPort(l.Addr().String())
		c := value(Dial("tcp", net.JoinHostPort(host, port)))(t)
		s := value(l.Accept())(t)
		if got := s.RemoteAddr().String(); got != c.LocalAddr().String() {
			t.Errorf("from %s, not from %v", got, c.LocalAddr())
		}
		c.Close()
		s.Close()

		_, port, _ = net.SplitHostPort(p.LocalAddr().String())
		u := value(Dial("udp", net.JoinHostPort(host, port)))(t).(*PacketConn)
		value(u.Write([]byte("hello")))(t)
		b := make([]byte, 10)
		n, from, err := p.ReadFromAddrPort(b)
		must(t, err)
		if from.String() != u.LocalAddr().String() || string(b[:n]) != "hello" {
			t.Errorf("%q from %v, not from %v", b[:n], from, u.LocalAddr())
		}
		// Replies with both types of address: an IPv6 socket also accepts an IPv4 address.
		value(p.WriteToAddrPort([]byte("one"), from))(t)
		value(p.WriteTo([]byte("two"), net.UDPAddrFromAddrPort(from)))(t)
		for _, want := range []string{"one", "two"} {
			n, peer, err := u.ReadFrom(b)
			must(t, err)
			if string(b[:n]) != want || peer.String() != u.RemoteAddr().String() {
				t.Errorf("%q from %v", b[:n], peer)
			}
		}
		u.Close()
	}
	// A socket for one family does not serve the other.
	only := value(Listen("tcp6", ":0"))(t)
	defer only.Close()
	_, port, _ := net.SplitHostPort(only.Addr().String())
	if _, err := Dial("tcp", "127.0.0.1:"+port); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("by IPv4: %v", err)
	}
	four := value(ListenPacket("udp4", ":0"))(t).(*PacketConn)
	defer four.Close()
	var addr *net.AddrError
	if _, err := four.WriteToAddrPort([]byte("x"), netip.MustParseAddrPort("[::1]:9")); !errors.As(err, &addr) {
		t.Error(err)
	}
}

// Control data reports where a packet arrived and its TTL, and sets its source.
func TestPacketInfo(t *testing.T) {
	p := value(ListenPacket("udp4", "0.0.0.0:0"))(t).(*PacketConn)
	defer p.Close()
	must(t, p.SetOptionInt(syscall.IPPROTO_IP, syscall.IP_PKTINFO, 1))
	must(t, p.SetOptionInt(syscall.IPPROTO_IP, syscall.IP_RECVTTL, 1))
	must(t, p.SetOptionInt(syscall.SOL_SOCKET, syscall.SO_TIMESTAMPNS, 1))
	c := value(Open(syscall.AF_INET, syscall.SOCK_DGRAM, 0))(t)
	defer c.Close()
	to := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: p.LocalAddr().(*net.UDPAddr).Port}
	control := value(AppendTTL(nil, syscall.AF_INET, 7))(t)
	control = value(AppendPacketInfo(control, &net.IPAddr{IP: net.IPv4(127, 0, 0, 9)}, 0))(t)
	sent := time.Now()
	value(c.WriteMsg(&Message{Buffers: [][]byte{[]byte("hello")}, Control: control, Addr: to}, 0))(t)
	room := value(ControlSpace(ControlPktinfo|ControlTTL|ControlTimestamp, 0))(t)
	m := &Message{Buffers: [][]byte{make([]byte, 10)}, Control: make([]byte, room)}
	value(p.ReadMsg(m, 0))(t)
	if from := m.Addr.(*net.UDPAddr); !from.IP.Equal(net.IPv4(127, 0, 0, 9)) {
		t.Errorf("from %v", from)
	}
	if ttl, ok, err := m.Controls().TTL(); ttl != 7 || !ok || err != nil {
		t.Errorf("TTL %d, %v, %v", ttl, ok, err)
	}
	info, ok, err := m.Controls().PacketInfo()
	if !ok || err != nil || !info.To.IP.Equal(net.IPv4(127, 0, 0, 1)) || info.Interface != value(InterfaceIndex("lo"))(t) {
		t.Errorf("%+v, %v, %v", info, ok, err)
	}
	if at, _, ok, err := m.Controls().Timestamp(); !ok || err != nil || at.Before(sent.Add(-time.Second)) || at.After(time.Now().Add(time.Second)) {
		t.Errorf("%v, %v, %v", at, ok, err)
	}
}

// A context's deadline applies to a connection, and one context replaces another.
func TestContextDeadline(t *testing.T) {
	client, server := pair(t, "tcp")
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	must(t, client.SetContext(ctx))
	start := time.Now()
	err := ends(t, func() error { _, err := client.Read(make([]byte, 1)); return err })
	if !isTimeout(err) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) < 50*time.Millisecond {
		t.Fatal(err)
	}
	must(t, client.SetContext(context.Background()))
	value(client.Write([]byte("x")))(t)
	value(server.Read(make([]byte, 1)))(t)
	// The end of a replaced context has no effect.
	first, endFirst := context.WithCancel(context.Background())
	must(t, client.SetContext(first))
	second, endSecond := context.WithCancel(context.Background())
	must(t, client.SetContext(second))
	endFirst()
	waiting()
	value(client.Write([]byte("x")))(t)
	endSecond()
	err = ends(t, func() error { _, err := client.Read(make([]byte, 1)); return err })
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// A deadline does not change that, and Close is still possible.
	must(t, client.SetDeadline(time.Now().Add(time.Hour)))
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	must(t, client.Close())
}

// The fields of a Dialer: the local address, limits in the past, a context that is done.
func TestDialer(t *testing.T) {
	l := listen(t, "tcp4")
	local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 8)}
	for _, control := range []func(string, string, syscall.RawConn) error{
		nil, func(network, address string, _ syscall.RawConn) error {
			if network != "tcp" || address != l.Addr().String() {
				t.Errorf("%s %s", network, address)
			}
			return nil
		},
	} {
		c := value((&Dialer{LocalAddr: local, Control: control}).Dial("tcp", l.Addr().String()))(t)
		if got := c.LocalAddr().(*net.TCPAddr); !got.IP.Equal(local.IP) {
			t.Errorf("from %v", got)
		}
		if n := value(c.(*Conn).OptionInt(syscall.IPPROTO_TCP, syscall.TCP_NODELAY))(t); n != 1 {
			t.Error("TCP_NODELAY is off")
		}
		if k := value(c.(*Conn).KeepAliveConfig())(t); !k.Enable || k.Idle != 15*time.Second {
			t.Errorf("%+v", k)
		}
		s := value(l.AcceptConn())(t)
		if k := value(s.KeepAliveConfig())(t); !k.Enable || k.Idle != 15*time.Second {
			t.Errorf("%+v", k)
		}
		s.Close()
		c.Close()
	}
	// A canceled dial reports its attempts too.
	address := silent(t)
	_, port, _ := net.SplitHostPort(address)
	for _, address := range []string{address, "localhost:" + port} {
		reports := 0
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		_, err := (&Dialer{Attempts: func(attempts []Attempt) {
			reports++
			if len(attempts) != 1 || attempts[0].Err == nil || attempts[0].Duration <= 0 || attempts[0].Duration > long {
				t.Errorf("%s: %+v", address, attempts)
			}
		}}).DialContext(ctx, "tcp4", address)
		cancel()
		if !isTimeout(err) || reports != 1 {
			t.Errorf("%s: %v, reported %d times", address, err, reports)
		}
	}
	refused := errors.New("not this one")
	d := Dialer{Control: func(string, string, syscall.RawConn) error { return refused }}
	if _, err := d.Dial("tcp", l.Addr().String()); !errors.Is(err, refused) {
		t.Error(err)
	}
	for _, d := range []*Dialer{{Deadline: time.Unix(1, 0)}, {Timeout: -1}} {
		for _, network := range []string{"tcp", "udp", "unix"} {
			if _, err := d.Dial(network, "127.0.0.1:9"); network == "tcp" && !isTimeout(err) {
				t.Errorf("%s: %v", network, err)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, network := range []string{"tcp", "udp", "unix"} {
		if _, err := new(Dialer).DialContext(ctx, network, "localhost:9"); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", network, err)
		}
	}
	for _, address := range []string{"", "127.0.0.1", "[::1", "127.0.0.1:80:90"} {
		if _, err := Dial("tcp", address); err == nil {
			t.Errorf("%q is dialled", address)
		}
	}
}

// A listener obeys its deadline, and its context.
func TestListenerDeadline(t *testing.T) {
	l := listen(t, "tcp")
	must(t, l.SetDeadline(time.Now().Add(30*time.Millisecond)))
	if _, err := l.Accept(); !isTimeout(err) {
		t.Fatal(err)
	}
	must(t, l.SetDeadline(time.Time{}))
	c := value(Dial("tcp", l.Addr().String()))(t)
	defer c.Close()
	s := value(l.Accept())(t)
	defer s.Close()
	f := value(l.File())(t)
	defer f.Close()
	ctx, cancel := context.WithCancel(context.Background())
	must(t, l.SetContext(ctx))
	cancel()
	if err := ends(t, func() error { _, err := l.Accept(); return err }); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// Two listeners share a port if both set ReusePort, and Control runs before bind.
func TestListenConfig(t *testing.T) {
	lc := &ListenConfig{ReusePort: true}
	one := value(lc.Listen(context.Background(), "tcp", "127.0.0.1:0"))(t)
	defer one.Close()
	two := value(lc.Listen(context.Background(), "tcp", one.Addr().String()))(t)
	defer two.Close()
	if _, err := Listen("tcp", one.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
		t.Error(err)
	}
	called := 0
	lc = &ListenConfig{Control: func(network, address string, c syscall.RawConn) error {
		called++
		return c.Control(func(fd uintptr) {
			must(t, syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1<<16))
		})
	}}
	for _, network := range []string{"tcp", "unix"} {
		l := value(lc.Listen(context.Background(), network, anyAddress(t, network)))(t).(*Listener)
		if n := value(l.ReadBuffer())(t); n < 1<<16 || n > 1<<18 {
			t.Errorf("%s: %d", network, n)
		}
		l.Close()
	}
	p := value(lc.ListenPacket(context.Background(), "udp", "127.0.0.1:0"))(t)
	p.Close()
	if called != 3 {
		t.Errorf("called %d times", called)
	}
}

// Errors name the operation and the addresses, as package net's do.
func TestErrorTexts(t *testing.T) {
	client, server := pair(t, "tcp")
	must(t, client.SetReadDeadline(time.Unix(1, 0)))
	_, err := client.Read(make([]byte, 1))
	want := "read tcp " + client.LocalAddr().String() + "->" + server.LocalAddr().String() + ": i/o timeout"
	if err.Error() != want {
		t.Errorf("%q, not %q", err, want)
	}
	var op *net.OpError
	if !errors.As(err, &op) || !op.Timeout() || op.Err != os.ErrDeadlineExceeded {
		t.Errorf("%#v", err)
	}
	_, err = Dial("tcp", "127.0.0.1:70000")
	if want := "dial tcp 127.0.0.1:70000: port: 70000 is not within 0 to 65535"; err.Error() != want {
		t.Errorf("%q, not %q", err, want)
	}
	client.Close()
	if err := client.Close(); err.Error() != "close tcp "+client.LocalAddr().String()+"->"+server.LocalAddr().String()+": use of closed network connection" {
		t.Errorf("%q", err)
	}
}

// Deadlines hold, and can be moved, after the descriptor was handed out and made blocking.
func TestDeadlineAfterFile(t *testing.T) {
	l := listen(t, "tcp")
	client := value(Dial("tcp", l.Addr().String()))(t).(*Conn)
	defer client.Close()
	server := value(l.AcceptConn())(t)
	defer server.Close()
	soon := func() time.Time { return time.Now().Add(50 * time.Millisecond) }
	read := func() error { _, err := client.Read(make([]byte, 4)); return err }
	fill := func() error {
		for {
			if _, err := client.Write(make([]byte, 1<<16)); err != nil {
				return err
			}
		}
	}
	accept := func() error { _, err := l.Accept(); return err }
	expect := func(what string, f func() error) {
		t.Helper()
		if err := ends(t, f); !isTimeout(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	blocking := func(c syscall.Conn) {
		t.Helper()
		raw := value(c.SyscallConn())(t)
		must(t, raw.Control(func(fd uintptr) { must(t, syscall.SetNonblock(int(fd), false)) }))
	}
	f := value(client.File())(t)
	defer f.Close()
	must(t, syscall.SetNonblock(int(f.Fd()), false)) // the duplicate shares the flag
	must(t, client.SetReadDeadline(soon()))
	expect("read after File", read)
	blocking(client)
	must(t, client.SetReadDeadline(soon()))
	expect("read after SyscallConn", read)
	must(t, client.SetReadDeadline(time.Time{}))
	done := make(chan error, 1)
	go func() { done <- read() }()
	waiting()
	must(t, client.SetReadDeadline(time.Unix(1, 0)))
	if err := within20(t, done); !isTimeout(err) {
		t.Errorf("a deadline set while the read waits: %v", err)
	}
	value(server.Write([]byte("data")))(t)
	must(t, client.SetReadDeadline(time.Now().Add(long)))
	must(t, read())
	must(t, client.SetWriteDeadline(soon()))
	expect("write", fill)
	lf := value(l.File())(t)
	defer lf.Close()
	blocking(l)
	must(t, l.SetDeadline(soon()))
	expect("accept", accept)
	must(t, f.Close())
	must(t, client.SetReadDeadline(soon()))
	expect("read after the duplicate was closed", read)
}

// A zone is kept as a name or an index through every form of an address, and an unknown one is refused.
func TestZones(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[fe80::1%lo]:80", "[fe80::1%lo]:80"},
		{"[fe80::1%1]:80", "[fe80::1%lo]:80"},
		{"[fe80::1%4294967295]:80", "[fe80::1%4294967295]:80"},
		{"[fe80::1]:80", "[fe80::1]:80"},
	} {
		a, err := ParseAddr(c.text)
		must(t, err)
		if a.String() != c.want {
			t.Errorf("%s is %v", c.text, a)
		}
		// And by the types of package net.
		for _, a := range []net.Addr{a, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(c.text))} {
			if text, err := FormatAddr(a); err != nil || text != c.want {
				t.Errorf("%v is %q, %v", a, text, err)
			}
		}
	}
	for _, zone := range []string{"nosuch9", "4294967296", "-1", "averyveryverylonginterfacename", "lo\x00"} {
		a := &net.TCPAddr{IP: net.ParseIP("fe80::1"), Port: 80, Zone: zone}
		var addr *net.AddrError
		if text, err := FormatAddr(a); !errors.As(err, &addr) {
			t.Errorf("%q: %q, %v", zone, text, err)
		}
		if _, err := DialTimeout("tcp", net.JoinHostPort("fe80::1%"+zone, "9"), long); err == nil || isTimeout(err) {
			t.Errorf("a dial to %q: %v", zone, err)
		}
	}
	if !hasIPv6() {
		t.Skip("this machine has no IPv6")
	}
	hosts := value(LookupHost("fe80::1%lo"))(t)
	if len(hosts) != 1 || hosts[0] != "fe80::1%lo" {
		t.Errorf("looked up: %v", hosts)
	}
	// The index of another interface is another address, as the kernel sees it.
	p := value(ListenPacket("udp6", "[::1%lo]:0"))(t).(*PacketConn)
	defer p.Close()
	u := value(Dial("udp6", p.LocalAddr().String()))(t)
	defer u.Close()
	value(u.Write([]byte("x")))(t)
	_, from, err := p.ReadFromAddrPort(make([]byte, 1))
	must(t, err)
	if from.String() != u.LocalAddr().String() {
		t.Errorf("from %v, not %v", from, u.LocalAddr())
	}
}

// Every method of a closed socket returns net.ErrClosed, to errors.Is.
func TestClosed(t *testing.T) {
	s := value(Open(syscall.AF_INET, syscall.SOCK_STREAM, 0))(t)
	must(t, s.Close())
	b, ctx := make([]byte, 8), context.Background()
	to := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}
	for name, f := range map[string]func() error{
		"Read":               func() error { _, err := s.Read(b); return err },
		"Read of nothing":    func() error { _, err := s.Read(nil); return err },
		"ReadFull":           func() error { _, err := s.ReadFull(b); return err },
		"ReadFrom":           func() error { _, _, err := s.ReadFrom(b); return err },
		"ReadMsg":            func() error { _, err := s.ReadMsg(&Message{Buffers: [][]byte{b}}, 0); return err },
		"RecvFds":            func() error { _, _, err := s.RecvFds(b, 1); return err },
		"Write":              func() error { _, err := s.Write(b); return err },
		"WriteTo":            func() error { _, err := s.WriteTo(b, to); return err },
		"WriteMsg":           func() error { _, err := s.WriteMsg(&Message{Buffers: [][]byte{b}}, 0); return err },
		"WriteBuffers":       func() error { _, err := s.WriteBuffers(net.Buffers{b}); return err },
		"SendALG":            func() error { _, err := s.SendALG(ALGEncrypt, b, nil, 0, 0); return err },
		"WaitSent":           s.WaitSent,
		"Bind":               func() error { return s.Bind(to) },
		"Connect":            func() error { return s.Connect(ctx, to) },
		"Listen":             func() error { return s.Listen(1) },
		"Accept":             func() error { _, err := s.Accept(); return err },
		"Close":              s.Close,
		"CloseRead":          s.CloseRead,
		"CloseWrite":         s.CloseWrite,
		"SetDeadline":        func() error { return s.SetDeadline(time.Now()) },
		"SetContext":         func() error { return s.SetContext(ctx) },
		"SyscallConn":        func() error { _, err := s.SyscallConn(); return err },
		"File":               func() error { _, err := s.File(); return err },
		"SetOption":          func() error { return s.SetOption(1, 2, b[:4]) },
		"Option":             func() error { _, err := s.Option(1, 2, b); return err },
		"SetOptionInt":       func() error { return s.SetOptionInt(1, 2, 1) },
		"OptionInt":          func() error { _, err := s.OptionInt(1, 2); return err },
		"SetNoDelay":         func() error { return s.SetNoDelay(true) },
		"SetKeepAlive":       func() error { return s.SetKeepAlive(true) },
		"SetKeepAlivePeriod": func() error { return s.SetKeepAlivePeriod(time.Second) },
		"SetLinger":          func() error { return s.SetLinger(1) },
		"SetReadBuffer":      func() error { return s.SetReadBuffer(1 << 16) },
		"ReadBuffer":         func() error { _, err := s.ReadBuffer(); return err },
		"SetDevice":          func() error { return s.SetDevice("lo") },
		"Device":             func() error { _, err := s.Device(); return err },
		"SetCongestion":      func() error { return s.SetCongestion("reno") },
		"Congestion":         func() error { _, err := s.Congestion(); return err },
		"SetUserTimeout":     func() error { return s.SetUserTimeout(time.Second) },
		"UserTimeout":        func() error { _, err := s.UserTimeout(); return err },
		"JoinGroup":          func() error { return s.JoinGroup(&net.UDPAddr{IP: net.IPv4(239, 1, 2, 3)}, nil, "") },
		"PeerCredentials":    func() error { _, err := s.PeerCredentials(); return err },
		"PeerPidfd":          func() error { _, err := s.PeerPidfd(); return err },
		"MPTCP":              func() error { _, err := s.MPTCP(); return err },
		"TCPInfo":            func() error { _, err := s.TCPInfo(); return err },
		"SetCANFilters":      func() error { return s.SetCANFilters() },
		"CANFilters":         func() error { _, err := s.CANFilters(); return err },
		"SetCANErrors":       func() error { return s.SetCANErrors(0) },
		"SetPromiscuous":     func() error { return s.SetPromiscuous("lo", true) },
		"SetALGKey":          func() error { return s.SetALGKey(b) },
		"SetALGTagSize":      func() error { return s.SetALGTagSize(16) },
	} {
		var op *net.OpError
		if err := ends(t, f); !errors.Is(err, net.ErrClosed) || !errors.As(err, &op) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

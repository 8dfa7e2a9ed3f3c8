package sock

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net"
	"os"
	"reflect"
	"syscall"
	"testing"
)

// Every type of address round-trips through its native form and its text form.
func TestAddresses(t *testing.T) {
	lo := value(InterfaceName(1))(t)
	for _, c := range []struct {
		addr          net.Addr
		network, text string
	}{
		{&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1).To4(), Port: 80}, "tcp", "192.0.2.1:80"},
		{&net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 80}, "tcp", "[2001:db8::1]:80"},
		{&net.TCPAddr{IP: net.ParseIP("fe80::1"), Port: 80, Zone: lo}, "tcp", "[fe80::1%" + lo + "]:80"},
		{&net.UnixAddr{Name: "/run/x", Net: "unix"}, "unix", "unix:/run/x"},
		{&net.UnixAddr{Name: "@name", Net: "unix"}, "unix", "unix:@name"},
		{&net.UnixAddr{Name: "@a\x00b", Net: "unix"}, "unix", "unix:@a%00b"},
		{&net.UnixAddr{Name: "./@path", Net: "unix"}, "unix", "unix:./@path"},
		{&net.UnixAddr{Net: "unix"}, "unix", "unix:"},
		{&NetlinkAddr{4711, 0x10}, "netlink", "netlink:4711:0x10"},
		{&PacketAddr{lo, 0x800, 4, 1, net.HardwareAddr{2, 0, 0x5e, 0x10, 0, 1}}, "packet", "packet:" + lo + ":0x800:4:1:02:00:5e:10:00:01"},
		{&CANAddr{lo}, "can", "can:" + lo},
		{&CANAddr{}, "can", "can:"},
		{&ISOTPAddr{lo, 0x123, 0x456}, "can", "can:" + lo + ":isotp:0x123:0x456"},
		{&J1939Addr{lo, 5, 0x40000, 0x20}, "can", "can:" + lo + ":j1939:0x5:0x40000:0x20"},
		{&TIPCAddr{2, 1000, 1, 0, 0}, "tipc", "tipc:name:1000:1"},
		{&TIPCAddr{1, 1000, 0, 99, 2}, "tipc", "tipc:range:1000:0:99?scope=2"},
		{&L2CAPAddr{"00:1A:7D:DA:71:13", 4097, 0, 0}, "l2cap", "l2cap:00:1A:7D:DA:71:13:4097"},
		{&RFCOMMAddr{"00:1A:7D:DA:71:13", 1}, "rfcomm", "rfcomm:00:1A:7D:DA:71:13:1"},
		{&HCIAddr{0, 1}, "hci", "hci:0:1"},
		{&SCOAddr{"00:1A:7D:DA:71:13"}, "sco", "sco:00:1A:7D:DA:71:13"},
		{&ALGAddr{"skcipher", "cbc(aes)", 0, 0}, "alg", "alg:skcipher:cbc(aes)"},
		{&VSockAddr{3, 1024, 0}, "vsock", "vsock:3:1024"},
		{&QIPCRTRAddr{1, 4}, "qipcrtr", "qipcrtr:1:4"},
		{value(NewNativeAddr([]byte{44, 0, 0, 0xff}))(t), "af44", "af44:00ff"},
	} {
		text := value(FormatAddr(c.addr))(t)
		if text != c.text || c.addr.Network() != c.network {
			t.Errorf("%#v is %q on %q, not %q on %q", c.addr, text, c.addr.Network(), c.text, c.network)
		}
		back := value(ParseAddr(text))(t)
		if !reflect.DeepEqual(back, c.addr) {
			t.Errorf("%q is %#v, not %#v", text, back, c.addr)
		}
		if _, ok := c.addr.(familyAddr); ok && c.network+":"+c.addr.String() != c.text {
			t.Errorf("%#v says %q", c.addr, c.addr)
		}
	}
	// Invalid fields are rejected with a reason.
	for _, a := range []net.Addr{
		&CANAddr{"no such interface"}, &CANAddr{"lo\x00"}, &SCOAddr{"00:1A"}, &ALGAddr{"much too long a type", "x", 0, 0},
		&TIPCAddr{Type: 9}, &net.TCPAddr{Port: -1}, &net.UDPAddr{IP: net.IP{1, 2}}, &net.UnixAddr{Name: "a\x00b"}, odd{},
	} {
		if _, err := FormatAddr(a); err == nil {
			t.Errorf("%#v is taken", a)
		}
	}
	for _, text := range []string{"", "nothing", "192.0.2.1", "192.0.2.1:65536", "vsock:3", "unix:a%00b", "a\x00b"} {
		if a, err := ParseAddr(text); err == nil {
			t.Errorf("%q is %v", text, a)
		}
	}
}

type odd struct{}

func (odd) Network() string { return "odd" }
func (odd) String() string  { return "odd" }

// openOr skips the test if the kernel lacks the family, or does not allow it for this user.
func openOr(t *testing.T, family, kind, protocol int) *Socket {
	t.Helper()
	s, err := Open(family, kind, protocol)
	for _, missing := range []error{syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT, syscall.EPERM, syscall.ESOCKTNOSUPPORT} {
		if errors.Is(err, missing) {
			t.Skipf("this kernel has no such socket for us: %v", err)
		}
	}
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// A request to the kernel and its reply.
func TestNetlink(t *testing.T) {
	s := openOr(t, syscall.AF_NETLINK, syscall.SOCK_RAW, syscall.NETLINK_ROUTE)
	must(t, s.Bind(&NetlinkAddr{}))
	own, ok := s.LocalAddr().(*NetlinkAddr)
	if !ok || own.Pid == 0 {
		t.Fatalf("bound to %#v", s.LocalAddr())
	}
	request := make([]byte, syscall.SizeofNlMsghdr+syscall.SizeofRtGenmsg+3)
	binary.NativeEndian.PutUint32(request, uint32(len(request)))
	binary.NativeEndian.PutUint16(request[4:], syscall.RTM_GETLINK)
	binary.NativeEndian.PutUint16(request[6:], syscall.NLM_F_REQUEST|syscall.NLM_F_DUMP)
	binary.NativeEndian.PutUint32(request[8:], 7)
	value(s.WriteTo(request, &NetlinkAddr{}))(t)
	b := make([]byte, 64<<10)
	n, from, err := s.ReadFrom(b)
	must(t, err)
	if from.(*NetlinkAddr).Pid != 0 || binary.NativeEndian.Uint32(b[8:]) != 7 {
		t.Fatalf("%d bytes from %v", n, from)
	}
	messages := value(syscall.ParseNetlinkMessage(b[:n]))(t)
	if len(messages) == 0 || messages[0].Header.Type != syscall.RTM_NEWLINK {
		t.Fatalf("%+v", messages)
	}
	// A close wakes blocked calls in this family too.
	done := make(chan error, 1)
	drained := s
	go func() {
		for {
			if _, err := drained.Read(b); err != nil {
				done <- err
				return
			}
		}
	}()
	waiting()
	must(t, s.Close())
	if err := within20(t, done); !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
}

func TestPacket(t *testing.T) {
	const all = 3 // ETH_P_ALL
	s := openOr(t, syscall.AF_PACKET, syscall.SOCK_DGRAM, 0)
	lo := value(InterfaceName(1))(t)
	must(t, s.Bind(&PacketAddr{Interface: lo, Protocol: all}))
	if own := s.LocalAddr().(*PacketAddr); own.Interface != lo || own.Protocol != all {
		t.Fatalf("bound to %#v", own)
	}
	must(t, s.SetPromiscuous(lo, true))
	must(t, s.SetPromiscuous(lo, false))
	c := value(ListenPacket("udp", "127.0.0.1:0"))(t)
	defer c.Close()
	value(c.WriteTo([]byte("a packet of mine"), c.LocalAddr()))(t)
	b := make([]byte, 2000)
	for {
		n, from, err := s.ReadFrom(b)
		must(t, err)
		if n > 16 && string(b[n-16:n]) == "a packet of mine" {
			if from.(*PacketAddr).Interface != lo {
				t.Errorf("from %#v", from)
			}
			return
		}
	}
}

// SHA-256 and AES in the kernel.
func TestALG(t *testing.T) {
	s := openOr(t, afALG, syscall.SOCK_SEQPACKET, 0)
	if err := s.Bind(&ALGAddr{Type: "hash", Name: "sha256"}); errors.Is(err, syscall.ENOENT) {
		t.Skip(err)
	} else {
		must(t, err)
	}
	op := value(s.Accept())(t)
	defer op.Close()
	value(op.Write([]byte("abc")))(t)
	sum := make([]byte, 32)
	value(op.Read(sum))(t)
	if hex.EncodeToString(sum[:4]) != "ba7816bf" {
		t.Errorf("%x", sum)
	}
	c := openOr(t, afALG, syscall.SOCK_SEQPACKET, 0)
	if err := c.Bind(&ALGAddr{Type: "skcipher", Name: "cbc(aes)"}); errors.Is(err, syscall.ENOENT) {
		t.Skip(err)
	} else {
		must(t, err)
	}
	must(t, c.SetALGKey(make([]byte, 16)))
	run := value(c.Accept())(t)
	defer run.Close()
	plain, iv := []byte("sixteen bytes 16"), make([]byte, 16)
	value(run.SendALG(ALGEncrypt, plain, iv, 0, 0))(t)
	secret, back := make([]byte, 16), make([]byte, 16)
	value(run.Read(secret))(t)
	value(run.SendALG(ALGDecrypt, secret, iv, 0, 0))(t)
	value(run.Read(back))(t)
	if string(back) != string(plain) || string(secret) == string(plain) {
		t.Errorf("%q by way of %x", back, secret)
	}
}

func TestVSock(t *testing.T) {
	openOr(t, afVSock, syscall.SOCK_STREAM, 0)
	l, err := Listen("vsock", "0xffffffff:0xffffffff")
	if errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.ENODEV) {
		t.Skip(err)
	}
	must(t, err)
	defer l.Close()
	port := l.Addr().(*VSockAddr).Port
	own := &VSockAddr{CID: 1, Port: port} // VMADDR_CID_LOCAL
	c, err := Dial("vsock", own.String())
	if errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.ETIMEDOUT) {
		t.Skipf("no loopback: %v", err)
	}
	must(t, err)
	defer c.Close()
	s := value(l.Accept())(t)
	defer s.Close()
	value(c.Write([]byte("hello")))(t)
	b := make([]byte, 5)
	value(s.Read(b))(t)
	if string(b) != "hello" || c.RemoteAddr().String() != own.String() {
		t.Errorf("%q from %v", b, c.RemoteAddr())
	}
}

func TestCAN(t *testing.T) {
	s := openOr(t, afCAN, syscall.SOCK_RAW, 1)
	want := []CANFilter{{0x123, 0x7ff}, {0x80000456, 0xffffffff}}
	must(t, s.SetCANFilters(want...))
	if got := value(s.CANFilters())(t); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	must(t, s.SetCANErrors(0x1fffffff))
	must(t, s.Bind(&CANAddr{}))
}

// Unknown networks, and families without one, are rejected.
func TestUnknownNetworks(t *testing.T) {
	for _, network := range []string{"", "tcp5", "netlink", "ip4", "nothing"} {
		for _, err := range []error{
			second(Dial(network, "127.0.0.1:80")),
			second(Listen(network, "127.0.0.1:80")),
			second(ListenPacket(network, "127.0.0.1:80")),
		} {
			var unknown net.UnknownNetworkError
			if !errors.As(err, &unknown) {
				t.Errorf("%q: %v", network, err)
			}
		}
	}
}

// A reverse lookup obeys its context, and invalid addresses are rejected.
func TestLookupAddr(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := DefaultResolver.LookupAddr(ctx, "192.0.2.1"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	var dns *net.DNSError
	if _, err := LookupAddr("not an address"); !errors.As(err, &dns) {
		t.Error(err)
	}
	names, err := LookupAddr("127.0.0.1")
	if err != nil {
		t.Skipf("this machine has no name for 127.0.0.1: %v", err)
	}
	host, _ := os.Hostname()
	if names[0] != "localhost" && names[0] != host && len(names[0]) == 0 {
		t.Errorf("%q", names)
	}
}

package sock

// The cases of bindings/behaviour.md, under their names.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// echo serves one connection and returns all data.
func echo(t testing.TB, l *Listener) {
	t.Helper()
	go func() {
		c, err := l.AcceptConn()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		if _, err := io.Copy(c, c); err != nil {
			t.Error(err)
		}
	}()
}

// echoes sends 1 byte and 1 MiB and checks the replies.
func echoes(t testing.TB, c net.Conn) {
	t.Helper()
	for _, size := range []int{1, 1 << 20} {
		sent := bytes.Repeat([]byte("0123456789abcde\n"), size/16+1)[:size]
		go c.Write(sent)
		got := make([]byte, size)
		must(t, ends(t, func() error { _, err := io.ReadFull(c, got); return err }))
		if !bytes.Equal(got, sent) {
			t.Fatalf("%d bytes came back changed", size)
		}
	}
}

func TestEchoTCP(t *testing.T) {
	l := listen(t, "tcp")
	echo(t, l)
	c := value(Dial("tcp", l.Addr().String()))(t)
	defer c.Close()
	echoes(t, c)
}

func TestEchoIPv6(t *testing.T) {
	l := listen(t, "tcp6")
	echo(t, l)
	c := value(Dial("tcp6", l.Addr().String()))(t)
	defer c.Close()
	echoes(t, c)
}

func TestEchoUnix(t *testing.T) {
	abstract := "@libsock\x00" + strconv.Itoa(os.Getpid())
	for _, address := range []string{filepath.Join(t.TempDir(), "s"), abstract} {
		l := value(Listen("unix", address))(t).(*Listener)
		if l.Addr().String() != address {
			t.Errorf("listens on %q, not on %q", l.Addr(), address)
		}
		echo(t, l)
		c := value(Dial("unix", address))(t)
		echoes(t, c)
		c.Close()
		l.Close()
	}
}

func TestEchoUDP(t *testing.T) {
	server := value(ListenPacket("udp", "127.0.0.1:0"))(t)
	defer server.Close()
	client := value(Dial("udp", server.LocalAddr().String()))(t)
	defer client.Close()
	for _, text := range []string{"hello", ""} {
		value(client.Write([]byte(text)))(t)
		b := make([]byte, 100)
		n, from, err := server.ReadFrom(b)
		must(t, err)
		if from.String() != client.LocalAddr().String() || string(b[:n]) != text {
			t.Fatalf("%q from %v, not %q from %v", b[:n], from, text, client.LocalAddr())
		}
		value(server.WriteTo(b[:n], from))(t)
		if n := value(client.Read(b))(t); string(b[:n]) != text {
			t.Fatalf("%q came back, not %q", b[:n], text)
		}
	}
}

func TestRefused(t *testing.T) {
	l := listen(t, "tcp")
	l.Close()
	_, err := Dial("tcp", l.Addr().String())
	var op *net.OpError
	if !errors.Is(err, syscall.ECONNREFUSED) || !errors.As(err, &op) || op.Op != "dial" || op.Net != "tcp" {
		t.Fatalf("%#v", err)
	}
}

func TestEndOfStream(t *testing.T) {
	client, server := pair(t, "tcp")
	must(t, client.CloseWrite())
	b := make([]byte, 10)
	if n, err := server.Read(b); n != 0 || err != io.EOF {
		t.Fatalf("%d, %v at the end of the stream", n, err)
	}
	value(server.Write([]byte("still here")))(t)
	if n := value(client.Read(b))(t); string(b[:n]) != "still here" {
		t.Fatalf("%q", b[:n])
	}
}

func TestBrokenPipe(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		client, server := pair(t, network)
		server.Close()
		err := ends(t, func() error {
			for {
				if _, err := client.Write(make([]byte, 1000)); err != nil {
					return err
				}
			}
		})
		if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
			t.Fatalf("%s: %v", network, err)
		}
	}
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) && errors.As(err, &ne) && ne.Timeout()
}

func TestTimeoutRead(t *testing.T) {
	client, _ := pair(t, "tcp")
	start := time.Now()
	must(t, client.SetReadDeadline(start.Add(50*time.Millisecond)))
	err := ends(t, func() error { _, err := client.Read(make([]byte, 1)); return err })
	if !isTimeout(err) || time.Since(start) < 50*time.Millisecond {
		t.Fatalf("%v after %v", err, time.Since(start))
	}
}

func TestTimeoutKeepsData(t *testing.T) {
	client, server := pair(t, "tcp")
	must(t, client.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
	b := make([]byte, 10)
	if _, err := client.Read(b); !isTimeout(err) {
		t.Fatal(err)
	}
	value(server.Write([]byte("late")))(t)
	must(t, client.SetReadDeadline(time.Time{}))
	if n := value(io.ReadFull(client, b[:4]))(t); string(b[:n]) != "late" {
		t.Fatalf("%q", b[:n])
	}
}

func TestDeadlinePast(t *testing.T) {
	client, server := pair(t, "tcp")
	value(server.Write([]byte("ready")))(t)
	must(t, client.SetReadDeadline(time.Unix(1, 0)))
	b := make([]byte, 10)
	for i := 0; i < 3; i++ {
		if n, err := client.Read(b); n != 0 || !isTimeout(err) {
			t.Fatalf("%d, %v with a deadline in the past", n, err)
		}
	}
	must(t, client.SetReadDeadline(time.Time{}))
	if n := value(client.Read(b))(t); string(b[:n]) != "ready" {
		t.Fatalf("%q", b[:n])
	}
}

func TestDeadlineMovesBlocked(t *testing.T) {
	client, _ := pair(t, "tcp")
	done := make(chan error, 1)
	go func() { _, err := client.Read(make([]byte, 1)); done <- err }()
	waiting()
	must(t, client.SetReadDeadline(time.Now()))
	if err := within20(t, done); !isTimeout(err) {
		t.Fatal(err)
	}
}

func TestDeadlineDirections(t *testing.T) {
	client, server := pair(t, "tcp")
	past := time.Unix(1, 0)
	must(t, client.SetReadDeadline(past))
	value(client.Write([]byte("x")))(t)
	must(t, server.SetWriteDeadline(past))
	value(server.Read(make([]byte, 1)))(t)
	if _, err := client.Read(make([]byte, 1)); !isTimeout(err) {
		t.Error(err)
	}
	if _, err := server.Write([]byte("x")); !isTimeout(err) {
		t.Error(err)
	}
}

func TestCancelBlocked(t *testing.T) {
	client, _ := pair(t, "tcp")
	ctx, cancel := context.WithCancel(context.Background())
	must(t, client.SetContext(ctx))
	done := make(chan error, 1)
	go func() { _, err := client.Read(make([]byte, 1)); done <- err }()
	waiting()
	cancel()
	if err := within20(t, done); !errors.Is(err, context.Canceled) || isTimeout(err) {
		t.Fatal(err)
	}
}

func TestCancelMany(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 10)
	var clients []*Conn
	for i := 0; i < cap(done); i++ {
		client, _ := pair(t, []string{"tcp", "unix", "unixpacket"}[i%3])
		must(t, client.SetContext(ctx))
		clients = append(clients, client)
		go func() { _, err := client.Read(make([]byte, 1)); done <- err }()
	}
	waiting()
	cancel()
	for range clients {
		if err := within20(t, done); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	for _, client := range clients {
		if _, err := client.Write([]byte("x")); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
}

func TestCancelBefore(t *testing.T) {
	client, server := pair(t, "tcp")
	value(server.Write([]byte("ready")))(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	must(t, client.SetContext(ctx))
	if n, err := client.Read(make([]byte, 5)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Fatalf("%d, %v", n, err)
	}
	// A deadline does not change that; another context does.
	must(t, client.SetDeadline(time.Time{}))
	if _, err := client.Read(make([]byte, 5)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	must(t, client.SetContext(nil))
	value(client.Read(make([]byte, 5)))(t)
}

func TestCloseWakesRead(t *testing.T) {
	for _, network := range []string{"tcp", "tcp6", "unix", "unixpacket", "udp", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			var c net.Conn
			if network == "udp" || network == "unixgram" {
				c = value(ListenPacket(network, anyAddress(t, network)))(t).(*PacketConn)
			} else {
				c, _ = pair(t, network)
			}
			done := make(chan error, 1)
			go func() { _, err := c.Read(make([]byte, 1)); done <- err }()
			waiting()
			must(t, c.Close())
			if err := within20(t, done); !errors.Is(err, net.ErrClosed) {
				t.Fatal(err)
			}
		})
	}
}

func TestCloseWakesAccept(t *testing.T) {
	for i := 0; i < 20; i++ {
		l := listen(t, "tcp")
		done := make(chan error, 1)
		go func() { _, err := l.Accept(); done <- err }()
		if i%2 == 0 {
			waiting()
		}
		must(t, l.Close())
		again := value(Listen("tcp", l.Addr().String()))(t)
		if err := within20(t, done); !errors.Is(err, net.ErrClosed) {
			t.Fatal(err)
		}
		again.Close()
	}
}

func TestCloseTwice(t *testing.T) {
	client, _ := pair(t, "tcp")
	must(t, client.Close())
	_, readErr := client.Read(make([]byte, 1))
	_, emptyErr := client.Read(nil)
	_, writeErr := client.Write([]byte("x"))
	_, rawErr := client.SyscallConn()
	_, fileErr := client.File()
	for _, err := range []error{
		client.Close(), readErr, emptyErr, writeErr, rawErr, fileErr, client.SetDeadline(time.Now()), client.CloseWrite(),
		client.SetNoDelay(true), client.SetContext(context.Background()),
	} {
		if !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}
}

func TestNoStranger(t *testing.T) {
	for i := 0; i < 50; i++ {
		old, _ := pair(t, "unix")
		number := -1
		raw := value(old.SyscallConn())(t)
		must(t, raw.Control(func(fd uintptr) { number = int(fd) }))
		must(t, old.Close())
		one, other, err := Pair(0, syscall.SOCK_STREAM, 0)
		must(t, err)
		value(other.Write([]byte("for somebody else")))(t)
		value(one.Write([]byte("for somebody else")))(t)
		if n, err := old.Read(make([]byte, 20)); n != 0 || !errors.Is(err, net.ErrClosed) {
			t.Fatalf("descriptor %d of a closed socket: %d, %v", number, n, err)
		}
		one.Close()
		other.Close()
	}
}

func TestConnectByName(t *testing.T) {
	l := listen(t, "tcp")
	_, port, _ := net.SplitHostPort(l.Addr().String())
	c := value(Dial("tcp", "localhost:"+port))(t)
	c.Close()
	if got, err := LookupPort("tcp", "http"); err != nil || got != 80 {
		t.Skipf("this machine has no services: %d, %v", got, err)
	}
	// A service by name: there may be no listener, but the name must be known.
	if c, err := Dial("tcp", "localhost:http"); err == nil {
		c.Close()
	} else if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatal(err)
	}
}

func TestConnectAttempts(t *testing.T) {
	if os.Getenv("LIBSOCK_HOSTS") == "" {
		inNamespace(t)
		return
	}
	addrs := value(DefaultResolver.LookupNetIP(context.Background(), "ip", "two.test"))(t)
	if len(addrs) != 2 {
		t.Fatalf("two.test has %v", addrs)
	}
	// Only the second address has a listener.
	l := value(Listen("tcp", netip.AddrPortFrom(addrs[1], 0).String()))(t)
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	var attempts []Attempt
	d := Dialer{Attempts: func(all []Attempt) { attempts = all }}
	c := value(d.Dial("tcp", "two.test:"+port))(t)
	defer c.Close()
	if c.RemoteAddr().String() != l.Addr().String() {
		t.Errorf("connected to %v", c.RemoteAddr())
	}
	// A family without an address is reported too, as a failed lookup.
	for len(attempts) > 0 && attempts[0].Phase == PhaseLookup {
		attempts = attempts[1:]
	}
	if len(attempts) != 2 {
		t.Fatalf("%+v", attempts)
	}
	one, two := attempts[0], attempts[1]
	if !errors.Is(one.Err, syscall.ECONNREFUSED) || one.Phase != PhaseConnect || one.Addr.(*net.TCPAddr).AddrPort().Addr() != addrs[0] {
		t.Errorf("first %+v", one)
	}
	if two.Err != nil || two.Phase != PhaseConnected || two.Addr.String() != l.Addr().String() {
		t.Errorf("second %+v", two)
	}
	// With Control the addresses are tried one after the other, by the same rules.
	d = Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1) })
	}}
	again := value(d.Dial("tcp", "two.test:"+port))(t)
	defer again.Close()
	if n := value(again.(*Conn).OptionInt(syscall.SOL_SOCKET, syscall.SO_REUSEADDR))(t); n != 1 {
		t.Error("the hook was not called")
	}
}

// inNamespace runs the test again in a process with its own /etc/hosts, in which two.test has two addresses.
func inNamespace(t *testing.T) {
	hosts := filepath.Join(t.TempDir(), "hosts")
	must(t, os.WriteFile(hosts, []byte("127.0.0.2 two.test\n127.0.0.3 two.test\n"), 0o644))
	again := exec.Command("/bin/sh", "-c", `mount --make-rprivate / && mount --bind "$LIBSOCK_HOSTS" /etc/hosts && exec "$0" "$@"`,
		os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	again.Env = append(os.Environ(), "LIBSOCK_HOSTS="+hosts)
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		again.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		again.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	}
	output, err := again.CombinedOutput()
	if err != nil && !bytes.Contains(output, []byte("=== RUN")) {
		t.Skipf("no /etc/hosts of our own here: %v %s", err, output)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

// silent returns the address of a listener with a full backlog, which answers no further connection.
func silent(t *testing.T) string {
	t.Helper()
	s := value(Open(syscall.AF_INET, syscall.SOCK_STREAM, 0))(t)
	t.Cleanup(func() { s.Close() })
	must(t, s.Bind(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	must(t, s.Listen(0))
	for i := 0; i < 20; i++ {
		c, err := DialTimeout("tcp", s.LocalAddr().String(), 100*time.Millisecond)
		if isTimeout(err) {
			return s.LocalAddr().String()
		}
		must(t, err)
		t.Cleanup(func() { c.Close() })
	}
	t.Skip("a full backlog refuses here")
	return ""
}

func TestConnectDeadline(t *testing.T) {
	address := silent(t)
	_, port, _ := net.SplitHostPort(address)
	for _, address := range []string{address, "localhost:" + port} {
		start := time.Now()
		_, err := DialTimeout("tcp4", address, 150*time.Millisecond)
		if !isTimeout(err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 150*time.Millisecond || took > long {
			t.Fatal(took)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 150*time.Millisecond)
		start = time.Now()
		_, err = new(Dialer).DialContext(ctx, "tcp4", address)
		if !isTimeout(err) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > long {
			t.Fatal(err)
		}
		cancel()
		// Cancellation ends it at once.
		ctx, cancel = context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { _, err := new(Dialer).DialContext(ctx, "tcp4", address); done <- err }()
		waiting()
		cancel()
		if err := within20(t, done); !errors.Is(err, context.Canceled) || isTimeout(err) {
			t.Fatal(err)
		}
	}
}

func TestLookupNumeric(t *testing.T) {
	for host, want := range map[string]string{"192.0.2.1": "192.0.2.1", "::1": "::1", "2001:db8::1": "2001:db8::1"} {
		got := value(LookupHost(host))(t)
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q", host, got)
		}
	}
	for _, text := range []string{"192.0.2.1:80", "[::1]:443"} {
		if a := value(ParseAddr(text))(t); a.String() != text {
			t.Errorf("%s: %s", text, a)
		}
	}
}

func TestLookupUnknown(t *testing.T) {
	for _, err := range []error{
		second(LookupHost("nobody.invalid")),
		second(Dial("tcp", "nobody.invalid:80")),
		second(Dial("udp", "nobody.invalid:80")),
		second(Listen("tcp", "nobody.invalid:0")),
	} {
		var dns *net.DNSError
		if !errors.As(err, &dns) || dns.Name != "nobody.invalid" {
			t.Errorf("%v", err)
		} else if !dns.IsNotFound && !dns.IsTemporary {
			t.Errorf("%#v", dns)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestRecvExact(t *testing.T) {
	client, server := pair(t, "tcp")
	go func() {
		for _, part := range []string{"ab", "cd", "ef"} {
			server.Write([]byte(part))
			time.Sleep(time.Millisecond)
		}
		server.CloseWrite()
	}()
	b := make([]byte, 4)
	if n, err := client.ReadFull(b); n != 4 || err != nil || string(b) != "abcd" {
		t.Fatalf("%d, %v, %q", n, err, b)
	}
	if n, err := client.ReadFull(b); n != 2 || err != io.ErrUnexpectedEOF || string(b[:2]) != "ef" {
		t.Fatalf("%d, %v, %q", n, err, b)
	}
}

func TestSendAll(t *testing.T) {
	client, server := pair(t, "tcp")
	must(t, client.SetWriteBuffer(128<<10))
	sent := bytes.Repeat([]byte("01234567"), 1<<20)
	must(t, client.SetWriteDeadline(time.Now().Add(2*long)))
	done := make(chan error, 1)
	go func() { _, err := client.Write(sent); client.Close(); done <- err }()
	var got bytes.Buffer
	part := make([]byte, 256<<10)
	for i := 0; ; i++ {
		n, err := server.Read(part)
		got.Write(part[:n])
		if err == io.EOF {
			break
		}
		must(t, err)
		if i%10 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	must(t, within20(t, done))
	if !bytes.Equal(got.Bytes(), sent) {
		t.Fatalf("%d bytes came, changed", got.Len())
	}
	// With too short a limit, part of the data is sent, and the count is returned.
	client, _ = pair(t, "tcp")
	sent = append(sent, sent...)
	must(t, client.SetWriteDeadline(time.Now().Add(200*time.Millisecond)))
	n, err := client.Write(sent)
	if !isTimeout(err) || n == 0 || n >= len(sent) {
		t.Fatalf("%d, %v", n, err)
	}
}

func TestPassDescriptors(t *testing.T) {
	for _, network := range []string{"unix", "unixpacket"} {
		client, server := pair(t, network)
		r, w, err := os.Pipe()
		must(t, err)
		if n := value(client.SendFiles([]byte("here"), r, w))(t); n != 4 {
			t.Fatal(n)
		}
		b := make([]byte, 10)
		n, files, err := server.RecvFiles(b, 5)
		must(t, err)
		if string(b[:n]) != "here" || len(files) != 2 {
			t.Fatalf("%q and %d files", b[:n], len(files))
		}
		for _, f := range files {
			flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), syscall.F_GETFD, 0)
			if errno != 0 || flags&syscall.FD_CLOEXEC == 0 {
				t.Errorf("not close-on-exec: %d, %v", flags, errno)
			}
		}
		value(files[1].Write([]byte("through")))(t)
		if n := value(r.Read(b))(t); string(b[:n]) != "through" {
			t.Fatalf("%q", b[:n])
		}
		for _, f := range append(files, r, w) {
			f.Close()
		}
	}
	client, _ := pair(t, "tcp")
	if _, err := client.SendFiles([]byte("x"), os.Stdin); !errors.Is(err, syscall.EOPNOTSUPP) {
		t.Error(err)
	}
}

// udpPair returns two datagram sockets that are closed with the test.
func udpPair(t testing.TB) (one, other *PacketConn) {
	t.Helper()
	one = value(ListenPacket("udp", "127.0.0.1:0"))(t).(*PacketConn)
	other = value(ListenPacket("udp", "127.0.0.1:0"))(t).(*PacketConn)
	t.Cleanup(func() { one.Close(); other.Close() })
	return one, other
}

// rooms returns datagrams with buffers to receive into.
func rooms(count, size int) []Datagram {
	ms := make([]Datagram, count)
	for i := range ms {
		ms[i].Buffers = [][]byte{make([]byte, size)}
	}
	return ms
}

// receiveAll receives batches until want bytes have come.
func receiveAll(t testing.TB, c interface {
	ReadBatch([]Datagram, int) (int, error)
}, count, size int, enough func([]Datagram) bool) []Datagram {
	t.Helper()
	var came []Datagram
	must(t, ends(t, func() error {
		for !enough(came) {
			ms := rooms(count, size)
			n, err := c.ReadBatch(ms, 0)
			if err != nil {
				return err
			}
			came = append(came, ms[:n]...)
		}
		return nil
	}))
	return came
}

func atLeast(n int) func([]Datagram) bool {
	return func(ms []Datagram) bool { return len(ms) >= n }
}

func bytesOf(n int) func([]Datagram) bool {
	return func(ms []Datagram) bool {
		for _, m := range ms {
			n -= m.N
		}
		return n <= 0
	}
}

func TestBatchEcho(t *testing.T) {
	one, other := udpPair(t)
	texts := []string{"a", "", strings.Repeat("long", 250), "end"}
	var ms []Datagram
	for _, text := range texts {
		ms = append(ms, Datagram{Buffers: [][]byte{[]byte(text)}, Addr: other.LocalAddr()})
	}
	if n := value(one.WriteBatch(ms, 0))(t); n != 4 || ms[2].N != 1000 {
		t.Fatalf("%d sent, the third with %d bytes", n, ms[2].N)
	}
	came := receiveAll(t, other, 64, 2000, atLeast(4))
	for i := range came {
		m := &came[i]
		if got := string(m.Buffers[0][:m.N]); got != texts[i] || m.Addr.String() != one.LocalAddr().String() || m.Segment != 0 {
			t.Errorf("%q from %v", got, m.Addr)
		}
		m.Buffers[0] = m.Buffers[0][:m.N]
	}
	value(other.WriteBatch(came, 0))(t)
	back := receiveAll(t, one, 64, 2000, atLeast(4))
	for i, m := range back {
		if got := string(m.Buffers[0][:m.N]); got != texts[i] {
			t.Errorf("%q came back, not %q", got, texts[i])
		}
	}
}

func TestBatchWaitsForFirst(t *testing.T) {
	one, other := udpPair(t)
	ms, came := rooms(64, 100), 0
	done := make(chan error, 1)
	go func() {
		var err error
		came, err = other.ReadBatch(ms, 0)
		done <- err
	}()
	waiting()
	value(one.WriteTo([]byte("first"), other.LocalAddr()))(t)
	must(t, within20(t, done))
	if came != 1 || string(ms[0].Buffers[0][:ms[0].N]) != "first" {
		t.Errorf("%d datagrams, %q", came, ms[0].Buffers[0][:ms[0].N])
	}
	start := time.Now()
	must(t, one.SetReadDeadline(start.Add(50*time.Millisecond)))
	if _, err := one.ReadBatch(ms, 0); !isTimeout(err) || time.Since(start) < 50*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

func TestBatchSegments(t *testing.T) {
	one, other := udpPair(t)
	data := bytes.Repeat([]byte("0123456789a"), 500)
	batch := []Datagram{{Buffers: [][]byte{data}, Addr: other.LocalAddr(), Segment: 1000}}
	sizes := func(ms []Datagram) (sizes []int, all []byte) {
		for _, m := range ms {
			sizes = append(sizes, m.N)
			all = append(all, m.Buffers[0][:m.N]...)
		}
		return sizes, all
	}
	expect := func(ms []Datagram) {
		t.Helper()
		if sizes, all := sizes(ms); fmt.Sprint(sizes) != "[1000 1000 1000 1000 1000 500]" || !bytes.Equal(all, data) {
			t.Errorf("datagrams of %v bytes", sizes)
		}
	}
	value(one.WriteBatch(batch, 0))(t)
	expect(receiveAll(t, other, 64, 2000, bytesOf(len(data))))
	if err := other.SetGRO(true); err != nil {
		t.Skipf("this kernel joins no datagrams: %v", err)
	}
	value(one.WriteBatch(batch, 0))(t)
	came := receiveAll(t, other, 8, 65535, bytesOf(len(data)))
	if len(came) != 1 || came[0].Segment != 1000 || came[0].N != len(data) {
		t.Fatalf("%d datagrams of %d bytes in segments of %d", len(came), came[0].N, came[0].Segment)
	}
	came[0].Buffers[0] = came[0].Buffers[0][:came[0].N]
	value(other.WriteBatch(came, 0))(t)
	expect(receiveAll(t, one, 64, 2000, bytesOf(len(data))))
}

func TestBatchTruncated(t *testing.T) {
	one, other := udpPair(t)
	value(one.WriteBatch([]Datagram{
		{Buffers: [][]byte{[]byte("a longer one")}, Addr: other.LocalAddr()},
		{Buffers: [][]byte{[]byte("short")}, Addr: other.LocalAddr()},
	}, 0))(t)
	came := receiveAll(t, other, 4, 5, atLeast(2))
	if m := came[0]; string(m.Buffers[0][:m.N]) != "a lon" || m.TrueLen != 12 || m.Flags&syscall.MSG_TRUNC == 0 {
		t.Errorf("%q of %d, flags %#x", m.Buffers[0][:m.N], m.TrueLen, m.Flags)
	}
	if m := came[1]; string(m.Buffers[0][:m.N]) != "short" || m.TrueLen != 5 || m.Flags != 0 {
		t.Errorf("%q of %d, flags %#x", m.Buffers[0][:m.N], m.TrueLen, m.Flags)
	}
}

func TestBatchAtFault(t *testing.T) {
	one, other := udpPair(t)
	to := other.LocalAddr()
	for _, fault := range []struct {
		what  string
		entry Datagram
		errno syscall.Errno
	}{
		{"too long", Datagram{Buffers: [][]byte{make([]byte, 70000)}, Addr: to}, syscall.EMSGSIZE},
		{"a segment out of range", Datagram{Buffers: [][]byte{{1}}, Addr: to, Segment: 65536}, syscall.EINVAL},
		{"a negative segment", Datagram{Buffers: [][]byte{{1}}, Addr: to, Segment: -1}, syscall.EINVAL},
		{"a bad port", Datagram{Buffers: [][]byte{{1}}, Addr: &net.UDPAddr{Port: 70000}}, syscall.EINVAL},
	} {
		ms := []Datagram{
			{Buffers: [][]byte{[]byte(fault.what)}, Addr: to},
			fault.entry,
			{Buffers: [][]byte{[]byte("never sent")}, Addr: to},
		}
		for first, want := range []int{1, 0} {
			n, err := one.WriteBatch(ms[first:], 0)
			var op *net.OpError
			if n != want || !errors.Is(err, fault.errno) || !errors.As(err, &op) || op.Op != "write" {
				t.Errorf("%s: %d sent, %v", fault.what, n, err)
			}
		}
		came := receiveAll(t, other, 4, 100, atLeast(1))
		if got := string(came[0].Buffers[0][:came[0].N]); len(came) != 1 || got != fault.what {
			t.Errorf("%s: %d came, %q", fault.what, len(came), got)
		}
	}
}

func TestBatchClose(t *testing.T) {
	one, _ := udpPair(t)
	done := make(chan error, 1)
	go func() { _, err := one.ReadBatch(rooms(4, 100), 0); done <- err }()
	waiting()
	must(t, one.Close())
	if err := within20(t, done); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if _, err := one.WriteBatch(rooms(1, 1), 0); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

func TestSendFile(t *testing.T) {
	data := make([]byte, 8<<20)
	for i := range data {
		data[i] = byte(i / 1000)
	}
	name := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(name, data, 0o600))
	file := value(os.Open(name))(t)
	defer file.Close()
	value(file.Seek(100, io.SeekStart))(t)
	client, server := pair(t, "tcp")
	must(t, client.SetWriteDeadline(time.Now().Add(long)))
	done := make(chan error, 1)
	go func() {
		n, err := io.Copy(client, file)
		if err == nil && n != int64(len(data)-100) {
			err = fmt.Errorf("%d bytes copied", n)
		}
		done <- err
	}()
	got, b := make([]byte, 0, len(data)), make([]byte, 100000)
	for len(got) < len(data)-100 {
		n := value(server.Read(b))(t)
		got = append(got, b[:n]...)
		if len(got) < 1<<20 {
			time.Sleep(time.Millisecond)
		}
	}
	must(t, within20(t, done))
	if position := value(file.Seek(0, io.SeekCurrent))(t); position != int64(len(data)) || !bytes.Equal(got, data[100:]) {
		t.Errorf("the file's position is %d; data intact: %v", position, bytes.Equal(got, data[100:]))
	}
}

func TestOptions(t *testing.T) {
	client, _ := pair(t, "tcp")
	for _, name := range [][2]int{{syscall.SOL_SOCKET, syscall.SO_REUSEADDR}, {syscall.IPPROTO_TCP, syscall.TCP_NODELAY}} {
		for want := 0; want < 2; want++ {
			must(t, client.SetOptionInt(name[0], name[1], want))
			if got := value(client.OptionInt(name[0], name[1]))(t); got != want {
				t.Errorf("%v: %d, not %d", name, got, want)
			}
		}
	}
	must(t, client.SetReadBuffer(32<<10))
	if got := value(client.ReadBuffer())(t); got < 32<<10 {
		t.Error(got)
	}
	must(t, client.SetKeepAliveConfig(KeepAlive{Enable: true, Idle: 7 * time.Second, Interval: 3 * time.Second, Count: 4}))
	if k := value(client.KeepAliveConfig())(t); k != (KeepAlive{true, 7 * time.Second, 3 * time.Second, 4}) {
		t.Errorf("%+v", k)
	}
	if err := client.SetKeepAliveConfig(KeepAlive{Idle: 1500 * time.Millisecond}); !errors.Is(err, syscall.EINVAL) {
		t.Error(err)
	}
	must(t, client.SetLinger(5))
	must(t, client.SetLinger(-1))
	must(t, client.SetUserTimeout(3*time.Second))
	if d := value(client.UserTimeout())(t); d != 3*time.Second {
		t.Error(d)
	}
	if info := value(client.TCPInfo())(t); info.State != 1 || info.SndMSS <= 0 {
		t.Errorf("%+v", info)
	}
}

func TestOptionUnknown(t *testing.T) {
	client, _ := pair(t, "tcp")
	if err := client.SetOptionInt(syscall.IPPROTO_TCP, 9999, 1); !errors.Is(err, syscall.ENOPROTOOPT) {
		t.Error(err)
	}
	if _, err := client.OptionInt(syscall.IPPROTO_TCP, 9999); !errors.Is(err, syscall.ENOPROTOOPT) {
		t.Error(err)
	}
}

func TestBadPort(t *testing.T) {
	p := value(ListenPacket("udp", "127.0.0.1:0"))(t)
	defer p.Close()
	for _, port := range []string{"-1", "65536", "99999999999"} {
		for _, network := range []string{"tcp", "udp"} {
			if _, err := Dial(network, "127.0.0.1:"+port); !errors.Is(err, syscall.EINVAL) {
				t.Errorf("%s to port %s: %v", network, port, err)
			}
		}
		if _, err := Listen("tcp", "127.0.0.1:"+port); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("listening on port %s: %v", port, err)
		}
	}
	for _, port := range []int{-1, 65536} {
		if _, err := p.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("sending to port %d: %v", port, err)
		}
	}
}

func TestBadNUL(t *testing.T) {
	for _, err := range []error{
		second(Dial("tcp", "127.0.0.1\x00.example:80")),
		second(Dial("udp", "127.0.0.1\x00.example:80")),
		second(Dial("unix", "/tmp/a\x00b")),
		second(Listen("unix", "/tmp/a\x00b")),
		second(LookupHost("localhost\x00")),
		second(InterfaceIndex("lo\x00")),
	} {
		if !errors.Is(err, syscall.EINVAL) {
			t.Error(err)
		}
	}
}

func TestConstants(t *testing.T) {
	all := Constants()
	if len(all) < 500 {
		t.Fatalf("%d constants", len(all))
	}
	for name, want := range all {
		if got, ok := Constant(name); ok && got != want {
			t.Errorf("%s: %d, not %d", name, got, want)
		}
	}
	for name, want := range map[string]int64{
		"AF_INET": syscall.AF_INET, "AF_INET6": syscall.AF_INET6, "SOCK_STREAM": syscall.SOCK_STREAM,
		"SOL_SOCKET": syscall.SOL_SOCKET, "SO_REUSEADDR": syscall.SO_REUSEADDR, "TCP_NODELAY": syscall.TCP_NODELAY,
		"MSG_PEEK": syscall.MSG_PEEK, "SHUT_WR": syscall.SHUT_WR, "ECONNREFUSED": int64(syscall.ECONNREFUSED),
		"SOCK_PHASE_CONNECTED": int64(PhaseConnected), "SOCK_CONTROL_GRO": int64(ControlGRO), "SOCK_MPTCP_ACTIVE": int64(MPTCPActive),
	} {
		if got, ok := Constant(name); !ok || got != want {
			t.Errorf("%s: %d, %v, not %d", name, got, ok, want)
		}
	}
	if _, ok := Constant("NO_SUCH_NAME"); ok {
		t.Error("NO_SUCH_NAME is known")
	}
}

func TestNoLeak(t *testing.T) {
	run := func(count int) {
		l := listen(t, "tcp")
		defer l.Close()
		for i := 0; i < count; i++ {
			c := value(Dial("tcp", l.Addr().String()))(t)
			s := value(l.Accept())(t)
			value(c.Write([]byte("x")))(t)
			value(s.Read(make([]byte, 1)))(t)
			c.Close()
			s.Close()
		}
	}
	run(10) // lets the runtime and the library open the descriptors that they keep
	before := descriptors(t)
	run(1000)
	if after := descriptors(t); after > before {
		t.Fatalf("%d descriptors before, %d after", before, after)
	}
}

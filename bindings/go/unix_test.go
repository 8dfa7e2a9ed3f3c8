package sock

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Close removes a listener's socket file, unless KeepFile is set; RemoveStale removes a stale one; FileMode
// sets the mode.
func TestSocketFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l := value((&ListenConfig{FileMode: 0o600}).Listen(context.Background(), "unix", path))(t)
	if mode := value(os.Stat(path))(t).Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %o", mode)
	}
	must(t, l.Close())
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
	l = value((&ListenConfig{KeepFile: true}).Listen(context.Background(), "unix", path))(t)
	must(t, l.Close())
	if _, err := Listen("unix", path); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("over a stale file: %v", err)
	}
	l = value((&ListenConfig{RemoveStale: true}).Listen(context.Background(), "unix", path))(t)
	defer l.Close()
	if _, err := (&ListenConfig{RemoveStale: true}).Listen(context.Background(), "unix", path); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("over one that listens: %v", err)
	}
	for _, network := range []string{"unixpacket", "tcp"} {
		if _, err := (&ListenConfig{FileMode: 0o600}).Listen(context.Background(), network, anyAddress(t, network)); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("a mode on %s: %v", network, err)
		}
	}
}

// Close removes only the file that the socket was bound to, wherever the process has gone since.
func TestSocketFileOfANewerServer(t *testing.T) {
	for _, network := range []string{"unix", "unixpacket", "unixgram"} {
		path := filepath.Join(t.TempDir(), "s")
		open := func() io.Closer {
			if network == "unixgram" {
				return value(ListenPacket(network, path))(t)
			}
			return value(Listen(network, path))(t)
		}
		old := open()
		must(t, os.Remove(path))
		newer := open()
		must(t, old.Close())
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("%s: closing the old server removed the file of the new one: %v", network, err)
		}
		must(t, newer.Close())
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the file is still there: %v", network, err)
		}
	}
	home, dir, elsewhere := value(os.Getwd())(t), t.TempDir(), t.TempDir()
	must(t, os.Chdir(dir))
	defer os.Chdir(home)
	l := value(Listen("unix", "relative"))(t)
	must(t, os.Chdir(elsewhere))
	must(t, os.WriteFile("relative", nil, 0o600))
	must(t, l.Close())
	if _, err := os.Lstat("relative"); err != nil {
		t.Errorf("a file of the same name elsewhere: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "relative")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket file is still there: %v", err)
	}
}

// A file that is sent stays the file it was, even if it is closed and its number reused while the send waits.
func TestSendFilesKeepsTheFile(t *testing.T) {
	one, other, err := Pair(0, syscall.SOCK_SEQPACKET, 0)
	must(t, err)
	defer one.Close()
	defer other.Close()
	must(t, one.SetWriteDeadline(time.Now().Add(50*time.Millisecond)))
	for full := 0; err == nil; full++ {
		_, err = one.Write([]byte("filling"))
	}
	if !isTimeout(err) {
		t.Fatal(err)
	}
	must(t, one.SetWriteDeadline(time.Time{}))
	before := descriptors(t)
	sent := value(os.Create(filepath.Join(t.TempDir(), "sent")))(t)
	want := value(sent.Stat())(t)
	number := sent.Fd()
	done := make(chan error, 1)
	go func() { _, err := one.SendFiles([]byte("x"), sent); done <- err }()
	waiting()
	must(t, sent.Close())
	stranger := value(os.Open("/dev/null"))(t)
	defer stranger.Close()
	if stranger.Fd() != number {
		t.Skipf("the number was not reused: %d, then %d", number, stranger.Fd())
	}
	b := make([]byte, 16)
	for {
		n, files, err := other.RecvFiles(b, 1)
		must(t, err)
		if n != 1 {
			continue
		}
		if len(files) != 1 || !os.SameFile(value(files[0].Stat())(t), want) {
			t.Errorf("another file arrived: %v", files)
		}
		for _, f := range files {
			f.Close()
		}
		break
	}
	must(t, within20(t, done))
	if after := descriptors(t); after != before+1 {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// A dial to a full AF_UNIX backlog waits within its limits, and succeeds when there is room.
func TestFullBacklog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l := value((&ListenConfig{Backlog: 1}).Listen(context.Background(), "unix", path))(t)
	defer l.Close()
	var clients []net.Conn
	var err error
	for i := 0; i < 10 && err == nil; i++ {
		var c net.Conn
		if c, err = DialTimeout("unix", path, 50*time.Millisecond); err == nil {
			defer c.Close()
			clients = append(clients, c)
		}
	}
	if !isTimeout(err) {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		c, err := DialTimeout("unix", path, long)
		if err == nil {
			c.Close()
		}
		done <- err
	}()
	waiting()
	for range clients {
		value(l.Accept())(t).Close()
	}
	must(t, within20(t, done))
}

// A send to a full receiver waits, until there is room, the deadline or a close, also where the kernel sends
// no event for the room: AF_UNIX datagrams to an address, and netlink.
func TestFullReceiver(t *testing.T) {
	receiver := func(family, kind, proto int, any net.Addr) *Socket {
		s := value(Open(family, kind, proto))(t)
		t.Cleanup(func() { s.Close() })
		must(t, s.Bind(any))
		return s
	}
	unix := func() *Socket {
		return receiver(syscall.AF_UNIX, syscall.SOCK_DGRAM, 0, &net.UnixAddr{Net: "unixgram"})
	}
	netlink := func() *Socket {
		return receiver(syscall.AF_NETLINK, syscall.SOCK_RAW, syscall.NETLINK_USERSOCK, new(NetlinkAddr))
	}
	x := []byte("some data")
	writeTo := func(s *Socket, to net.Addr) error { _, err := s.WriteTo(x, to); return err }
	writeMsg := func(s *Socket, to net.Addr) error {
		_, err := s.WriteMsg(&Message{Buffers: [][]byte{x}, Addr: to}, 0)
		return err
	}
	write := func(s *Socket, _ net.Addr) error { _, err := s.Write(x); return err }
	writeMsgToPeer := func(s *Socket, _ net.Addr) error { return writeMsg(s, nil) }
	for _, c := range []struct {
		name      string
		receiver  func() *Socket
		connected bool
		send      func(*Socket, net.Addr) error
	}{
		{"AF_UNIX, WriteTo", unix, false, writeTo},
		{"AF_UNIX, WriteMsg", unix, false, writeMsg},
		{"AF_UNIX, Write", unix, true, write},
		{"AF_UNIX, WriteMsg to the peer", unix, true, writeMsgToPeer},
		{"netlink, WriteTo", netlink, false, writeTo},
		{"netlink, WriteMsg", netlink, false, writeMsg},
		{"netlink, Write", netlink, true, write},
		{"netlink, WriteMsg to the peer", netlink, true, writeMsgToPeer},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := c.receiver()
			// Another socket fills the queue, so that no buffer of the sender's own is freed when it is emptied.
			sender, other := connectedTo(t, server, c.connected), connectedTo(t, server, c.connected)
			fill := func(s *Socket) error {
				for {
					if err := c.send(s, server.LocalAddr()); err != nil {
						return err
					}
				}
			}
			must(t, other.SetWriteDeadline(time.Now().Add(50*time.Millisecond)))
			err := ends(t, func() error { return fill(other) })
			if errors.Is(err, syscall.EPERM) {
				t.Skip("netlink between processes needs a privilege")
			}
			if !isTimeout(err) {
				t.Fatal(err)
			}
			must(t, sender.SetWriteDeadline(time.Now().Add(50*time.Millisecond)))
			if err := ends(t, func() error { return fill(sender) }); !isTimeout(err) {
				t.Fatal(err)
			}
			must(t, sender.SetWriteDeadline(time.Time{}))
			done := make(chan error, 1)
			go func() { done <- c.send(sender, server.LocalAddr()) }()
			// A refused send frees its buffer, which causes an event: waiting for events alone would spin.
			before := cpuTime(t)
			time.Sleep(200 * time.Millisecond)
			if used := cpuTime(t) - before; used > 100*time.Millisecond {
				t.Errorf("the wait used %v of CPU time in 200 ms", used)
			}
			// Netlink wants the queue empty before it takes more.
			must(t, server.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
			for {
				if _, err := server.Read(make([]byte, 16)); err != nil {
					break
				}
			}
			must(t, within20(t, done))
			go func() { done <- fill(sender) }()
			waiting()
			must(t, sender.Close())
			if err := within20(t, done); !errors.Is(err, net.ErrClosed) {
				t.Fatal(err)
			}
		})
	}
}

// connectedTo is a socket like another one, connected to it if so wanted, and closed with the test.
func connectedTo(t *testing.T, server *Socket, connected bool) *Socket {
	s := value(Open(server.Family(), server.Type(), server.Protocol()))(t)
	t.Cleanup(func() { s.Close() })
	if connected {
		must(t, s.Connect(context.Background(), server.LocalAddr()))
	}
	return s
}

// A message carries scattered data and control data.
func TestMessages(t *testing.T) {
	one, other, err := Pair(0, syscall.SOCK_SEQPACKET, 0)
	must(t, err)
	defer one.Close()
	defer other.Close()
	must(t, other.SetOptionInt(syscall.SOL_SOCKET, syscall.SO_PASSCRED, 1))
	control := value(AppendCredentials(nil, Credentials{int64(os.Getpid()), int64(os.Getuid()), int64(os.Getgid())}))(t)
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	defer w.Close()
	control = value(AppendFds(control, int(r.Fd()), int(w.Fd())))(t)
	n := value(one.WriteMsg(&Message{Buffers: [][]byte{[]byte("two "), nil, []byte("pieces")}, Control: control}, 0))(t)
	if n != 10 {
		t.Fatal(n)
	}
	room := value(ControlSpace(ControlCredentials|ControlTimestamp, 5))(t)
	m := &Message{Buffers: [][]byte{make([]byte, 6), make([]byte, 6)}, Control: make([]byte, room)}
	value(other.ReadMsg(m, 0))(t)
	if m.N != 10 || string(m.Buffers[0])+string(m.Buffers[1][:4]) != "two pieces" || m.Flags&syscall.MSG_CTRUNC != 0 {
		t.Errorf("%+v", m)
	}
	all := value(m.Controls().All())(t)
	if len(all) != 2 || all[0].Level != syscall.SOL_SOCKET || len(all[0].Data)%4 != 0 {
		t.Errorf("%+v", all)
	}
	who, ok, err := m.Controls().Credentials()
	if !ok || err != nil || who.Pid != int64(os.Getpid()) {
		t.Errorf("%+v, %v, %v", who, ok, err)
	}
	if _, ok, err := m.Controls().TTL(); ok || err != nil {
		t.Errorf("a TTL: %v, %v", ok, err)
	}
	fds := m.Controls().TakeFds(1)
	if len(fds) != 1 {
		t.Fatal(fds)
	}
	syscall.Close(fds[0])
	before := descriptors(t)
	m.Controls().CloseFds()
	if after := descriptors(t); after != before-1 || len(m.Controls().TakeFds(5)) != 0 {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	// A longer packet is truncated, and the flag says so.
	value(one.Write([]byte("longer than its room")))(t)
	m = &Message{Buffers: [][]byte{make([]byte, 6)}}
	if n := value(other.ReadMsg(m, syscall.MSG_TRUNC))(t); n != 6 || m.TrueLen != 20 || m.Flags&syscall.MSG_TRUNC == 0 {
		t.Errorf("%d, %+v", n, m)
	}
	who, err = one.PeerCredentials()
	if err != nil || who.Pid != int64(os.Getpid()) {
		t.Errorf("%+v, %v", who, err)
	}
	// Invalid arguments are rejected with a reason.
	if _, err := AppendTTL(nil, syscall.AF_INET, 256); !errors.Is(err, syscall.EINVAL) || !strings.Contains(err.Error(), "ttl") {
		t.Error(err)
	}
	if _, err := one.SendFds([]byte("x"), make([]int, 254)...); !errors.Is(err, syscall.EINVAL) {
		t.Error(err)
	}
	if _, err := one.SendFds([]byte("x"), 1<<20); !errors.Is(err, syscall.EBADF) || errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// A thousand buffers, and every Write, are sent completely, without data of other goroutines in between.
func TestWhole(t *testing.T) {
	client, server := pair(t, "tcp")
	must(t, client.SetWriteBuffer(8<<10))
	const writers, size, times = 4, 100_000, 5
	var all sync.WaitGroup
	for i := 0; i < writers; i++ {
		all.Add(1)
		go func(mark byte) {
			defer all.Done()
			whole := bytes.Repeat([]byte{mark}, size)
			for j := 0; j < times; j++ {
				if mark%2 == 0 {
					if n, err := client.Write(whole); n != size || err != nil {
						t.Errorf("%d, %v", n, err)
					}
					continue
				}
				var buffers net.Buffers
				for k := 0; k < size; k += 50 {
					buffers = append(buffers, whole[k:k+50])
				}
				if n, err := client.WriteMsg(&Message{Buffers: buffers[:1000]}, 0); n != size/2 || err != nil {
					t.Errorf("%d, %v", n, err)
				}
				if n, err := client.WriteBuffers(buffers[1000:]); n != size/2 || err != nil {
					t.Errorf("%d, %v", n, err)
				}
			}
		}(byte('a' + i))
	}
	go func() { all.Wait(); client.CloseWrite() }()
	got := value(io.ReadAll(server))(t)
	if len(got) != writers*size*times {
		t.Fatalf("%d bytes", len(got))
	}
	for at := 0; at < len(got); at += size / 2 {
		if run := got[at : at+size/2]; bytes.Count(run, run[:1]) != len(run) {
			t.Fatalf("somebody else's bytes in the run at %d", at)
		}
	}
}

// File and FromFile share the socket; closing one does not close the other.
func TestFiles(t *testing.T) {
	client, server := pair(t, "tcp")
	f := value(client.File())(t)
	must(t, client.Close())
	again := value(FromFile(f))(t)
	must(t, f.Close())
	if again.LocalAddr().Network() != "tcp" || again.RemoteAddr().String() != server.LocalAddr().String() {
		t.Errorf("%v to %v", again.LocalAddr(), again.RemoteAddr())
	}
	value(again.Write([]byte("still")))(t)
	b := make([]byte, 5)
	value(io.ReadFull(server, b))(t)
	must(t, again.Close())
	if _, err := server.Read(b); err != io.EOF {
		t.Error(err)
	}
	null := value(os.Open("/dev/null"))(t)
	defer null.Close()
	before := descriptors(t)
	if _, err := FromFile(null); !errors.Is(err, syscall.ENOTSOCK) {
		t.Error(err)
	}
	if _, err := FromFd(1 << 20); !errors.Is(err, syscall.EBADF) {
		t.Error(err)
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	// FromFd also takes a blocking descriptor, which then waits in the poller.
	pair := value2(syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0))(t)
	one, other := value(FromFd(pair[0]))(t), value(FromFd(pair[1]))(t)
	defer one.Close()
	done := make(chan error, 1)
	go func() { _, err := one.Read(b); done <- err }()
	waiting()
	value(other.Write([]byte("x")))(t)
	must(t, within20(t, done))
	must(t, other.Close())
}

func value2(v [2]int, err error) func(testing.TB) [2]int { return value(v, err) }

// The garbage collector closes sockets that were never closed, and none is closed twice.
func TestAbandoned(t *testing.T) {
	before := descriptors(t)
	func() {
		for i := 0; i < 50; i++ {
			one, other, err := Pair(0, syscall.SOCK_STREAM, 0)
			must(t, err)
			value(one.Write([]byte("x")))(t)
			value(other.Read(make([]byte, 1)))(t)
		}
	}()
	for until := time.Now().Add(long); ; time.Sleep(5 * time.Millisecond) {
		runtime.GC()
		after := descriptors(t)
		if after <= before {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%d descriptors before, %d after", before, after)
		}
	}
}

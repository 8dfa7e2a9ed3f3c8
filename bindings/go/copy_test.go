package sock

// Conn.ReadFrom, and so io.Copy to a connection.

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var _ io.ReaderFrom = (*Conn)(nil)

func noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i/251)
	}
	return b
}

// gather reads a connection to its end.
func gather(c net.Conn) <-chan []byte {
	done := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(c)
		done <- b
	}()
	return done
}

func got(t testing.TB, c <-chan []byte) []byte {
	t.Helper()
	select {
	case b := <-c:
		return b
	case <-time.After(long):
		t.Fatal("the data does not end")
		return nil
	}
}

// A file from its position, a part of it by a LimitedReader, an empty one, one of /proc, and a pipe.
func TestCopyFile(t *testing.T) {
	data := noise(3 << 20)
	name := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(name, data, 0o600))
	for _, network := range []string{"tcp", "unix"} {
		client, server := pair(t, network)
		came := gather(server)
		f := value(os.Open(name))(t)
		value(f.Seek(10, io.SeekStart))(t)
		limited := &io.LimitedReader{R: f, N: 1000}
		if n := value(io.Copy(client, limited))(t); n != 1000 || limited.N != 0 {
			t.Errorf("%s: %d copied, %d left", network, n, limited.N)
		}
		if at := value(f.Seek(0, io.SeekCurrent))(t); at != 1010 {
			t.Errorf("%s: the position is %d", network, at)
		}
		limited = &io.LimitedReader{R: f, N: 1 << 40}
		if n := value(io.Copy(client, limited))(t); n != int64(len(data)-1010) || limited.N != 1<<40-n {
			t.Errorf("%s: %d copied, %d left", network, n, limited.N)
		}
		if n := value(io.Copy(client, f))(t); n != 0 {
			t.Errorf("%s: %d bytes at the end", network, n)
		}
		must(t, f.Close())
		if _, err := io.Copy(client, f); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: from a closed file: %v", network, err)
		}
		proc := value(os.Open("/proc/self/status"))(t)
		status := value(io.Copy(client, proc))(t)
		proc.Close()
		if status < 100 {
			t.Errorf("%s: %d bytes of /proc/self/status", network, status)
		}
		read, write, err := os.Pipe()
		must(t, err)
		go func() { write.WriteString("pipe"); write.Close() }()
		value(io.Copy(client, read))(t)
		read.Close()
		must(t, client.CloseWrite())
		all := got(t, came)
		if !bytes.Equal(all[:len(data)-10], data[10:]) || !bytes.HasSuffix(all, []byte("pipe")) ||
			len(all) != len(data)-10+int(status)+4 {
			t.Errorf("%s: %d bytes came, or others", network, len(all))
		}
	}
}

// Between connections, of one or both families, to the end or a limit; small pieces and bulk data; to itself.
func TestCopyConnection(t *testing.T) {
	data := noise(5<<20 + 123)
	for _, networks := range [][2]string{{"tcp", "tcp"}, {"unix", "unix"}, {"tcp", "unix"}, {"unix", "tcp"}} {
		source, from := pair(t, networks[0])
		to, sink := pair(t, networks[1])
		came := gather(sink)
		go func() {
			for _, size := range []int{1, 10, 1000, 100000, 1} {
				source.Write(data[:size])
				time.Sleep(time.Millisecond)
			}
			source.Write(data)
			source.CloseWrite()
		}()
		small := int64(1 + 10 + 1000 + 100000 + 1)
		limited := &io.LimitedReader{R: from, N: small + 1<<20}
		if n := value(io.Copy(to, limited))(t); n != small+1<<20 || limited.N != 0 {
			t.Errorf("%v: %d copied, %d left", networks, n, limited.N)
		}
		if n := value(io.Copy(to, from))(t); n != int64(len(data)-1<<20) {
			t.Errorf("%v: %d copied", networks, n)
		}
		must(t, to.CloseWrite())
		if all := got(t, came); int64(len(all)) != small+int64(len(data)) || !bytes.Equal(all[small:], data) {
			t.Errorf("%v: %d bytes came, or others", networks, len(all))
		}
	}
	client, server := pair(t, "tcp")
	done := make(chan error, 1)
	go func() { _, err := io.Copy(server, server); server.CloseWrite(); done <- err }()
	came := gather(client)
	value(client.Write(data))(t)
	must(t, client.CloseWrite())
	if !bytes.Equal(got(t, came), data) {
		t.Error("the echo is different")
	}
	must(t, within20(t, done))
}

// Deadlines and a close of either side end a copy, with the right error, and the file's position is after the
// last byte sent.
func TestCopyEnds(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(name, make([]byte, 64<<20), 0o600))
	f := value(os.Open(name))(t)
	defer f.Close()
	for _, expose := range []bool{false, true} {
		client, server := pair(t, "tcp")
		if expose {
			value(client.File())(t).Close()
		}
		value(f.Seek(0, io.SeekStart))(t)
		must(t, client.SetWriteDeadline(time.Now().Add(200*time.Millisecond)))
		n, err := io.Copy(client, f)
		if !isTimeout(err) || n == 0 || value(f.Seek(0, io.SeekCurrent))(t) != n {
			t.Errorf("%d copied to a peer that does not read: %v", n, err)
		}
		must(t, client.SetWriteDeadline(time.Time{}))
		done := make(chan error, 1)
		go func() { _, err := io.Copy(client, f); done <- err }()
		waiting()
		must(t, client.Close())
		var op *net.OpError
		if err := within20(t, done); !errors.Is(err, net.ErrClosed) || !errors.As(err, &op) || op.Op != "write" {
			t.Errorf("closed: %v", err)
		}
		if read, _ := io.Copy(io.Discard, server); read < n {
			t.Errorf("%d of %d bytes came", read, n)
		}
	}
	for _, bulk := range []int{0, 1 << 20} {
		source, from := pair(t, "tcp")
		to, sink := pair(t, "tcp")
		go io.Copy(io.Discard, sink)
		copying := func() <-chan error {
			done := make(chan error, 1)
			go func() { _, err := io.Copy(to, from); done <- err }()
			source.Write(make([]byte, bulk))
			waiting()
			return done
		}
		done := copying()
		must(t, from.SetReadDeadline(time.Unix(1, 0)))
		if err := within20(t, done); !isTimeout(err) {
			t.Errorf("a read deadline: %v", err)
		}
		must(t, from.SetReadDeadline(time.Time{}))
		done = copying()
		must(t, from.Close())
		var op *net.OpError
		if err := within20(t, done); !errors.Is(err, net.ErrClosed) || !errors.As(err, &op) || op.Op != "read" {
			t.Errorf("the source was closed: %v", err)
		}
	}
	client, server := pair(t, "tcp")
	must(t, server.Close())
	value(f.Seek(0, io.SeekStart))(t)
	if _, err := io.Copy(client, f); !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the peer was closed: %v", err)
	}
}

// Idle connections hold no pipe, and a copy leaves none.
func TestCopyHoldsNoDescriptors(t *testing.T) {
	source, from := pair(t, "tcp")
	to, sink := pair(t, "tcp")
	go io.Copy(io.Discard, sink)
	before := descriptors(t)
	done := make(chan error, 1)
	go func() { _, err := io.Copy(to, from); done <- err }()
	for i := 0; i < 20; i++ {
		value(source.Write(make([]byte, 100)))(t)
		time.Sleep(time.Millisecond)
	}
	if now := descriptors(t); now != before {
		t.Errorf("%d descriptors while little is copied, not %d", now, before)
	}
	value(source.Write(make([]byte, 4<<20)))(t)
	must(t, source.CloseWrite())
	must(t, within20(t, done))
	if now := descriptors(t); now != before {
		t.Errorf("%d descriptors afterwards, not %d", now, before)
	}
}

// A *net.Buffers is sent and emptied; what was not sent stays in it.
func TestCopyBuffers(t *testing.T) {
	client, server := pair(t, "tcp")
	buffers := net.Buffers{[]byte("ab"), nil, []byte("c")}
	for i := 0; i < 3000; i++ {
		buffers = append(buffers, []byte{'d'})
	}
	if n := value(client.ReadFrom(&buffers))(t); n != 3003 || len(buffers) != 0 {
		t.Errorf("%d sent, %d buffers left", n, len(buffers))
	}
	b := make([]byte, 3003)
	value(io.ReadFull(server, b))(t)
	if string(b) != "abc"+strings.Repeat("d", 3000) {
		t.Errorf("%q", b[:10])
	}
	buffers = net.Buffers{make([]byte, 10), make([]byte, 64<<20)}
	must(t, client.SetWriteDeadline(time.Now().Add(500*time.Millisecond)))
	n, err := client.ReadFrom(&buffers)
	if left := len(bytes.Join(buffers, nil)); !isTimeout(err) || n == 0 || left != 64<<20+10-int(n) {
		t.Errorf("%d sent, %d left: %v", n, left, err)
	}
}

// Compares io.Copy of 16 MiB with package net's, from a file and between connections.
func BenchmarkCopy(b *testing.B) {
	const size = 16 << 20
	name := filepath.Join(b.TempDir(), "file")
	must(b, os.WriteFile(name, noise(size), 0o600))
	drain := func(c net.Conn) <-chan struct{} {
		done := make(chan struct{}, 1)
		go func() {
			buffer := make([]byte, 1<<20)
			for n := 0; ; {
				m, err := c.Read(buffer)
				if err != nil {
					return
				}
				if n += m; n == size {
					n = 0
					done <- struct{}{}
				}
			}
		}()
		return done
	}
	fromFile := func(listen bind, dial dial) func() {
		client, server := duet(b, "tcp", listen, dial)
		done, f := drain(server), value(os.Open(name))(b)
		b.Cleanup(func() { f.Close() })
		return func() {
			value(f.Seek(0, io.SeekStart))(b)
			if n := value(io.Copy(client, f))(b); n != size {
				b.Fatal(n)
			}
			<-done
		}
	}
	between := func(listen bind, dial dial) func() {
		source, from := duet(b, "tcp", listen, dial)
		to, sink := duet(b, "tcp", listen, dial)
		done, data := drain(sink), noise(size)
		go io.Copy(to, from)
		return func() {
			value(source.Write(data))(b)
			<-done
		}
	}
	for _, kind := range []struct {
		name string
		of   func(bind, dial) func()
	}{{"file", fromFile}, {"connection", between}} {
		b.Run(kind.name, func(b *testing.B) { compare(b, 1, kind.of(net.Listen, net.Dial), kind.of(Listen, Dial)) })
		b.Run(kind.name+"/noise", func(b *testing.B) { compare(b, 1, kind.of(net.Listen, net.Dial), kind.of(net.Listen, net.Dial)) })
	}
}

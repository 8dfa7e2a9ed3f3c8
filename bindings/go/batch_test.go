package sock

// Batches beyond the shared cases, which are in behaviour_test.go.

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Several buffers of an entry are sent as one datagram and filled in order.
func TestBatchBuffers(t *testing.T) {
	one, other := udpPair(t)
	value(one.WriteBatch([]Datagram{
		{Buffers: [][]byte{[]byte("ab"), nil, []byte("cde")}, Addr: other.LocalAddr()},
		{Addr: other.LocalAddr()},
	}, 0))(t)
	first, last := make([]byte, 3), make([]byte, 10)
	ms := []Datagram{{Buffers: [][]byte{first, {}, last}}}
	n := value(other.ReadBatch(ms, 0))(t)
	if n != 1 || ms[0].N != 5 || string(first) != "abc" || string(last[:2]) != "de" {
		t.Errorf("%d: %d bytes, %q, %q", n, ms[0].N, first, last)
	}
	ms = []Datagram{{}}
	if n := value(other.ReadBatch(ms, 0))(t); n != 1 || ms[0].N != 0 || ms[0].TrueLen != 0 {
		t.Errorf("%d: %+v", n, ms[0])
	}
}

// Batches longer than one system call takes, and of nothing.
func TestBatchLong(t *testing.T) {
	one, other := udpPair(t)
	must(t, other.SetReadBuffer(1<<22))
	ms := make([]Datagram, 150)
	for i := range ms {
		ms[i] = Datagram{Buffers: [][]byte{[]byte(fmt.Sprint(i))}, Addr: other.LocalAddr()}
	}
	if n := value(one.WriteBatch(ms, 0))(t); n != len(ms) {
		t.Fatalf("%d sent", n)
	}
	for i, m := range receiveAll(t, other, 150, 10, atLeast(150)) {
		if got := string(m.Buffers[0][:m.N]); got != fmt.Sprint(i) {
			t.Fatalf("%q, not %d", got, i)
		}
	}
	for _, f := range []func([]Datagram, int) (int, error){one.ReadBatch, one.WriteBatch} {
		if n, err := f(nil, 0); n != 0 || err != nil {
			t.Errorf("nothing: %d, %v", n, err)
		}
	}
}

// A connected peer, and MSG_DONTWAIT with and without a deadline.
func TestBatchDontWait(t *testing.T) {
	one, other, err := Pair(0, syscall.SOCK_DGRAM, 0)
	must(t, err)
	defer one.Close()
	defer other.Close()
	for _, limit := range []time.Duration{0, long} {
		if limit > 0 {
			must(t, one.SetDeadline(time.Now().Add(limit)))
		}
		if _, err := one.ReadBatch(rooms(2, 10), syscall.MSG_DONTWAIT); !errors.Is(err, syscall.EAGAIN) {
			t.Errorf("nothing to receive: %v", err)
		}
		ms := make([]Datagram, 3000)
		for i := range ms {
			ms[i].Buffers = [][]byte{{byte(i)}}
		}
		n, err := one.WriteBatch(ms, syscall.MSG_DONTWAIT)
		if n == 0 || n == len(ms) || !errors.Is(err, syscall.EAGAIN) {
			t.Errorf("%d sent to a peer that does not receive: %v", n, err)
		}
		came := rooms(len(ms), 1)
		if got := value(other.ReadBatch(came, 0))(t); got != n {
			t.Errorf("%d of %d came", got, n)
		}
	}
	must(t, one.SetDeadline(time.Unix(1, 0)))
	if _, err := one.WriteBatch(rooms(1, 1), syscall.MSG_DONTWAIT); !isTimeout(err) {
		t.Errorf("after the deadline: %v", err)
	}
}

// A batch for a full receiver waits for room, also in the middle of an entry with segments; a deadline ends it
// with exact counts.
func TestBatchWaitsForRoom(t *testing.T) {
	one, other, err := Pair(0, syscall.SOCK_DGRAM, 0)
	must(t, err)
	defer one.Close()
	defer other.Close()
	data := bytes.Repeat([]byte("ab"), 2000)
	must(t, one.SetWriteDeadline(time.Now().Add(50*time.Millisecond)))
	ms := []Datagram{{Buffers: [][]byte{{0, 0}}}, {Buffers: [][]byte{data}, Segment: 2}}
	n, err := one.WriteBatch(ms, 0)
	if n != 1 || !isTimeout(err) || ms[1].N == 0 || ms[1].N >= len(data) || ms[1].Flags != BatchPlain {
		t.Fatalf("%d sent, %d bytes of the second, flags %d: %v", n, ms[1].N, ms[1].Flags, err)
	}
	got := value(other.ReadBatch(rooms(5000, 2), 0))(t)
	if got != 1+ms[1].N/2 {
		t.Errorf("%d datagrams came, not %d", got, 1+ms[1].N/2)
	}
	must(t, one.SetWriteDeadline(time.Time{}))
	done := make(chan error, 1)
	go func() {
		n, err := one.WriteBatch(ms, 0)
		if err == nil && (n != 2 || ms[1].N != len(data)) {
			err = fmt.Errorf("%d sent, %d bytes", n, ms[1].N)
		}
		done <- err
	}()
	came := receiveAll(t, other, 100, 10, atLeast(1+len(data)/2))
	must(t, within20(t, done))
	if len(came) != 1+len(data)/2 || string(came[1].Buffers[0][:came[1].N]) != "ab" {
		t.Errorf("%d came", len(came))
	}
}

// Control data belongs to its datagram, and descriptors that come belong to the caller.
func TestBatchControls(t *testing.T) {
	one, other := udpPair(t)
	must(t, other.SetOptionInt(syscall.IPPROTO_IP, syscall.IP_RECVTOS, 1))
	var ms []Datagram
	for ecn := 0; ecn < 3; ecn++ {
		oob := value(AppendTOS(nil, syscall.AF_INET, ecn))(t)
		ms = append(ms, Datagram{Buffers: [][]byte{{1}}, OOB: oob, Addr: other.LocalAddr()})
	}
	value(one.WriteBatch(ms, 0))(t)
	came, space := 0, value(ControlSpace(ControlTOS|ControlGRO, 0))(t)
	for came < 3 {
		ms := rooms(3, 10)
		for i := range ms {
			ms[i].OOB = make([]byte, space)
		}
		n := value(other.ReadBatch(ms, 0))(t)
		for i := range ms[:n] {
			if tos, ok, err := ms[i].Controls().TOS(); !ok || err != nil || tos != came {
				t.Errorf("TOS %d of the datagram %d: %v, %v", tos, came, ok, err)
			}
			came++
		}
	}
	before := descriptors(t)
	a, b, err := Pair(0, syscall.SOCK_DGRAM, 0)
	must(t, err)
	oob := value(AppendFds(nil, 0))(t)
	value(a.WriteBatch([]Datagram{{Buffers: [][]byte{{1}}, OOB: oob}, {Buffers: [][]byte{{2}}}}, 0))(t)
	got := rooms(2, 1)
	got[0].OOB, got[1].OOB = make([]byte, len(oob)), make([]byte, len(oob))
	if n := value(b.ReadBatch(got, 0))(t); n != 2 || got[1].NN != 0 {
		t.Errorf("%d came, %d bytes of control data with the second", n, got[1].NN)
	}
	fds := got[0].Controls().TakeFds(10)
	if len(fds) != 1 {
		t.Fatalf("%d descriptors", len(fds))
	}
	syscall.Close(fds[0])
	a.Close()
	b.Close()
	if now := descriptors(t); now != before {
		t.Errorf("%d descriptors, not %d", now, before)
	}
}

// A stream has no batches; the end of a packet connection is one datagram of 0 bytes.
func TestBatchEnds(t *testing.T) {
	client, server := pair(t, "tcp")
	if _, err := client.WriteBatch(rooms(1, 1), 0); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("write to a stream: %v", err)
	}
	if _, err := server.ReadBatch(rooms(1, 1), 0); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("read from a stream: %v", err)
	}
	client, server = pair(t, "unixpacket")
	value(client.WriteBatch(rooms(2, 3), 0))(t)
	must(t, client.Close())
	ms := rooms(5, 10)
	if n := value(server.ReadBatch(ms, 0))(t); n != 3 || ms[1].N != 3 || ms[2].N != 0 {
		t.Errorf("%d at the end of a connection", n)
	}
}

// Many goroutines use one socket: every datagram is whole and comes once.
func TestBatchConcurrently(t *testing.T) {
	one, other := udpPair(t)
	must(t, other.SetReadBuffer(1<<22))
	const writers, each = 4, 100
	var writing sync.WaitGroup
	for w := 0; w < writers; w++ {
		writing.Add(1)
		go func(w int) {
			defer writing.Done()
			for i := 0; i < each; i += 10 {
				var ms []Datagram
				for j := i; j < i+10; j++ {
					text := strings.Repeat(fmt.Sprintf("%d.%d ", w, j), 20)
					ms = append(ms, Datagram{Buffers: [][]byte{[]byte(text)}, Addr: other.LocalAddr()})
				}
				if n, err := one.WriteBatch(ms, 0); n != 10 || err != nil {
					t.Error(n, err)
				}
			}
		}(w)
	}
	seen := map[string]bool{}
	for _, m := range receiveAll(t, other, 16, 1000, atLeast(writers*each)) {
		seen[string(m.Buffers[0][:m.N])] = true
	}
	writing.Wait()
	if len(seen) != writers*each {
		t.Errorf("%d different datagrams", len(seen))
	}
	for text := range seen {
		if word := strings.Fields(text)[0]; text != strings.Repeat(word+" ", 20) {
			t.Errorf("mixed: %q", text)
		}
	}
}

// A batch allocates its addresses and nothing else.
func TestBatchAllocates(t *testing.T) {
	one, other := udpPair(t)
	to := make([]Datagram, 16)
	for i := range to {
		to[i] = Datagram{Buffers: [][]byte{{1}}, Addr: other.LocalAddr()}
	}
	ms := rooms(16, 10)
	sum := testing.AllocsPerRun(100, func() {
		if n, err := one.WriteBatch(to, 0); n != 16 || err != nil {
			t.Fatal(n, err)
		}
		for came := 0; came < 16; {
			n, err := other.ReadBatch(ms, 0)
			must(t, err)
			came += n
		}
	})
	// A UDPAddr and its IP for each, and a few for the calls.
	if sum > 16*2+20 {
		t.Errorf("%.0f allocations", sum)
	}
}

var _ interface {
	ReadBatch([]Datagram, int) (int, error)
	WriteBatch([]Datagram, int) (int, error)
	net.PacketConn
} = (*PacketConn)(nil)

// Compares a datagram sent and received by package net with one of a batch of 64.
func BenchmarkBatch(b *testing.B) {
	const count, size = 64, 1200
	theirs := value(net.ListenPacket("udp", "127.0.0.1:0"))(b)
	defer theirs.Close()
	one, other := udpPair(b)
	must(b, os.NewSyscallError("setsockopt", other.SetReadBuffer(1<<20)))
	data, in := make([]byte, size*count), make([]byte, 2000)
	single := func() {
		for i := 0; i < count; i++ {
			value(theirs.WriteTo(data[:size], theirs.LocalAddr()))(b)
			if _, _, err := theirs.ReadFrom(in); err != nil {
				b.Fatal(err)
			}
		}
	}
	batch := func(out, in []Datagram) func() {
		return func() {
			if n, err := one.WriteBatch(out, 0); n != len(out) || err != nil {
				b.Fatal(n, err)
			}
			for got := 0; got < size*count; {
				n, err := other.ReadBatch(in, 0)
				must(b, err)
				for i := range in[:n] {
					got += in[i].N
				}
			}
		}
	}
	var out []Datagram
	for i := 0; i < count; i++ {
		out = append(out, Datagram{Buffers: [][]byte{data[:size]}, Addr: other.LocalAddr()})
	}
	b.Run("plain", func(b *testing.B) { compare(b, count, single, batch(out, rooms(count, 2000))) })
	segments := []Datagram{{Buffers: [][]byte{data}, Addr: other.LocalAddr(), Segment: size}}
	b.Run("segments", func(b *testing.B) {
		must(b, other.SetGRO(true))
		compare(b, count, single, batch(segments, rooms(4, 65535)))
	})
}

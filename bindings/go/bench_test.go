package sock

// Figures compared with package net: go test -bench . -run XXX. Each figure compares neighbouring blocks of a
// few operations within one process, so that it is valid on a busy machine; "noise" compares net with net.

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"sort"
	"testing"
	"time"
)

type dial func(network, address string) (net.Conn, error)
type bind func(network, address string) (net.Listener, error)

// duet returns two connections, made with the functions of either package.
func duet(b testing.TB, network string, listen bind, dial dial) (client, server net.Conn) {
	b.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(b.TempDir(), "s")
	}
	l := value(listen(network, address))(b)
	defer l.Close()
	client = value(dial(network, l.Addr().String()))(b)
	server = value(l.Accept())(b)
	b.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// compare runs blocks of both alternately and reports the median of the ratios.
func compare(b *testing.B, block int, net, ours func()) {
	var ratios []float64
	var theirs, mine time.Duration
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		// The order alternates from pair to pair.
		one, two := net, ours
		if i%2 == 1 {
			one, two = ours, net
		}
		start := time.Now()
		one()
		middle := time.Now()
		two()
		first, second := middle.Sub(start), time.Since(middle)
		if i%2 == 1 {
			first, second = second, first
		}
		ratios = append(ratios, float64(second)/float64(first))
		theirs, mine = theirs+first, mine+second
	}
	b.StopTimer()
	sort.Float64s(ratios)
	n := float64(b.N * block)
	b.ReportMetric(float64(theirs.Nanoseconds())/n, "net-ns")
	b.ReportMetric(float64(mine.Nanoseconds())/n, "sock-ns")
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(0, "ns/op")
}

const block = 25

// ready is a Write and the Read of its data.
func ready(b *testing.B, client, server net.Conn) func() {
	out, in := make([]byte, 64), make([]byte, 64)
	return func() {
		for i := 0; i < block; i++ {
			if _, err := client.Write(out); err != nil {
				b.Fatal(err)
			}
			if n, err := server.Read(in); n != 64 || err != nil {
				b.Fatal(n, err)
			}
		}
	}
}

// trip is a message to a waiting goroutine, and its reply.
func trip(b *testing.B, client, server net.Conn) func() {
	go func() { io.Copy(struct{ io.Writer }{server}, struct{ io.Reader }{server}) }()
	out, in := make([]byte, 64), make([]byte, 64)
	return func() {
		for i := 0; i < block; i++ {
			if _, err := client.Write(out); err != nil {
				b.Fatal(err)
			}
			if n, err := client.Read(in); n != 64 || err != nil {
				b.Fatal(n, err)
			}
		}
	}
}

func BenchmarkTransfer(b *testing.B) {
	for _, kind := range []struct {
		name string
		of   func(*testing.B, net.Conn, net.Conn) func()
	}{{"ready", ready}, {"waiting", trip}} {
		for _, network := range []string{"unix", "tcp"} {
			b.Run(fmt.Sprintf("%s/%s", kind.name, network), func(b *testing.B) {
				c, s := duet(b, network, net.Listen, net.Dial)
				theirs := kind.of(b, c, s)
				c, s = duet(b, network, Listen, Dial)
				compare(b, block, theirs, kind.of(b, c, s))
			})
			b.Run(fmt.Sprintf("%s/%s/noise", kind.name, network), func(b *testing.B) {
				c, s := duet(b, network, net.Listen, net.Dial)
				theirs := kind.of(b, c, s)
				c, s = duet(b, network, net.Listen, net.Dial)
				compare(b, block, theirs, kind.of(b, c, s))
			})
		}
	}
}

func BenchmarkConnect(b *testing.B) {
	for _, network := range []string{"tcp", "unix"} {
		b.Run(network, func(b *testing.B) {
			cycle := func(listen bind, dial dial) func() {
				address := "127.0.0.1:0"
				if network == "unix" {
					address = filepath.Join(b.TempDir(), "s")
				}
				l := value(listen(network, address))(b)
				b.Cleanup(func() { l.Close() })
				return func() {
					c := value(dial(network, l.Addr().String()))(b)
					s := value(l.Accept())(b)
					c.Close()
					s.Close()
				}
			}
			compare(b, 1, cycle(net.Listen, net.Dial), cycle(Listen, Dial))
		})
	}
}

// serveBench returns an HTTP server and a client on the loopback interface.
func serveBench(b *testing.B, listen bind, dial func(context.Context, string, string) (net.Conn, error)) func() {
	l := value(listen("tcp", "127.0.0.1:0"))(b)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })}
	go server.Serve(l)
	transport := &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 16}
	client := &http.Client{Transport: transport}
	b.Cleanup(func() { transport.CloseIdleConnections(); server.Close() })
	url := "http://" + l.Addr().String() + "/"
	return func() {
		done := make(chan struct{})
		for i := 0; i < 16; i++ {
			go func() {
				for j := 0; j < 25; j++ {
					resp, err := client.Get(url)
					if err != nil {
						b.Error(err)
						break
					}
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				done <- struct{}{}
			}()
		}
		for i := 0; i < 16; i++ {
			<-done
		}
	}
}

// BenchmarkHTTP measures the time of a request with 16 concurrent connections.
func BenchmarkHTTP(b *testing.B) {
	theirs := serveBench(b, net.Listen, new(net.Dialer).DialContext)
	compare(b, 400, theirs, serveBench(b, Listen, new(Dialer).DialContext))
}

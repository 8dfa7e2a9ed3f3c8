package sock

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var full = flag.Bool("full", false, "loads of full length: 200,000 requests, 10,000 connections")

// most returns the maximum number of threads while f ran.
func most(t *testing.T, f func()) int {
	stop, done := make(chan struct{}), make(chan int)
	go func() {
		highest := 0
		for {
			if n := threads(t); n > highest {
				highest = n
			}
			select {
			case <-stop:
				done <- highest
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	f()
	close(stop)
	return <-done
}

// mostThreads limits the threads: a few that the runtime and the library keep, and those that the runtime adds
// while others are delayed in system calls: at most 40 with -full. The short form also runs on busy machines,
// where more calls are delayed at a time; a thread per connection would be hundreds there too.
func mostThreads() int {
	if *full {
		return 40
	}
	return 120
}

// serve runs net/http over a listener of this package, and returns a client that dials through the package.
func serve(t testing.TB, network string, connections int, keepAlive bool) (*http.Client, string) {
	t.Helper()
	l := listen(t, network)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s", r.URL.Path, body)
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(Dialer).DialContext(ctx, network, l.Addr().String())
		},
		MaxIdleConns: connections, MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections,
		DisableKeepAlives: !keepAlive,
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
		if err := within20(t, served); err != http.ErrServerClosed {
			t.Error(err)
		}
	})
	return &http.Client{Transport: transport}, "http://libsock"
}

// requests sends a number of requests over a number of connections.
func requests(t testing.TB, client *http.Client, base string, count, connections int) {
	var left atomic.Int64
	left.Store(int64(count))
	var all sync.WaitGroup
	for i := 0; i < connections; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for {
				n := left.Add(-1)
				if n < 0 {
					return
				}
				path := fmt.Sprintf("/%d", n)
				resp, err := client.Get(base + path)
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || string(body) != path+" " {
					t.Errorf("%s: %q, %v", path, body, err)
					return
				}
			}
		}()
	}
	all.Wait()
}

func TestHTTP(t *testing.T) {
	count := 10_000
	if *full {
		count = 200_000
	}
	for _, c := range []struct {
		name, network string
		keepAlive     bool
		count         int
	}{
		{"keep-alive", "tcp", true, count},
		{"close", "tcp", false, count / 10},
		{"unix", "unix", true, count / 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, base := serve(t, c.network, 256, c.keepAlive)
			start := time.Now()
			had := most(t, func() { requests(t, client, base, c.count, 256) })
			t.Logf("%d requests in %v, at most %d threads", c.count, time.Since(start), had)
			if had >= mostThreads() {
				t.Errorf("%d threads", had)
			}
		})
	}
}

// Idle connections cost goroutines, not threads, and a close wakes all of them.
func TestIdle(t *testing.T) {
	if address := os.Getenv("LIBSOCK_PEER"); address != "" {
		idlePeer(t, address)
		return
	}
	count := 1000
	if *full {
		count = 10_000
	}
	raiseLimit(t, uint64(count+200))
	l := listen(t, "unix")
	// The other ends are in another process: together they would exceed the descriptor limit of one.
	other := exec.Command(os.Args[0], "-test.run=^TestIdle$")
	other.Env = append(os.Environ(), "LIBSOCK_PEER="+l.Addr().String(), fmt.Sprint("LIBSOCK_COUNT=", count))
	other.Stderr = os.Stderr
	hold := value(other.StdinPipe())(t)
	must(t, other.Start())
	defer func() {
		hold.Close()
		must(t, other.Wait())
	}()
	servers := make([]net.Conn, count)
	must(t, l.SetDeadline(time.Now().Add(3*long)))
	for i := range servers {
		servers[i] = value(l.Accept())(t)
	}
	woken := make(chan error, count)
	var begun atomic.Int64
	for _, c := range servers {
		go func(c net.Conn) {
			begun.Add(1)
			_, err := c.Read(make([]byte, 1))
			woken <- err
		}(c)
	}
	for begun.Load() < int64(count) {
		time.Sleep(time.Millisecond)
	}
	waiting()
	if n := threads(t); n >= mostThreads() {
		t.Errorf("%d threads", n)
	} else {
		t.Logf("%d connections wait, %d threads", count, n)
	}
	start := time.Now()
	for _, c := range servers {
		must(t, c.Close())
	}
	for range servers {
		if err := within20(t, woken); !errors.Is(err, net.ErrClosed) {
			t.Fatal(err)
		}
	}
	took := time.Since(start)
	t.Logf("all closed and woken in %v", took)
	if took > time.Second && *full {
		t.Errorf("closing and waking took %v", took)
	}
}

// idlePeer is the other process of TestIdle: it connects and waits for the end of its input.
func idlePeer(t *testing.T, address string) {
	count := value(strconv.Atoi(os.Getenv("LIBSOCK_COUNT")))(t)
	raiseLimit(t, uint64(count+200))
	clients := make([]net.Conn, count)
	for i := range clients {
		clients[i] = value(net.Dial("unix", address))(t)
	}
	io.Copy(io.Discard, os.Stdin)
	for _, c := range clients {
		c.Close()
	}
}

// Waiting dials cost goroutines, not threads, and obey their context: to a numeric address, which is a
// connect, and to a name, which is a libsock operation.
func TestManyDials(t *testing.T) {
	count := 500
	if *full {
		count = 2000
	}
	raiseLimit(t, uint64(8*count+200))
	address := silent(t)
	_, port, _ := net.SplitHostPort(address)
	for _, address := range []string{address, "localhost:" + port} {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, count)
		for i := 0; i < count; i++ {
			go func() {
				_, err := new(Dialer).DialContext(ctx, "tcp4", address)
				done <- err
			}()
		}
		time.Sleep(300 * time.Millisecond)
		if n := threads(t); n >= mostThreads() {
			t.Errorf("%d threads", n)
		} else {
			t.Logf("%d dials of %s wait, %d threads", count, address, n)
		}
		cancel()
		for i := 0; i < count; i++ {
			if err := within20(t, done); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
	}
}

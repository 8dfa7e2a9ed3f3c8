package sock

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// long is the time limit for things that should happen at once, even on a busy machine.
const long = 20 * time.Second

// must ends the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// value returns a result or ends the test.
func value[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// ends calls f in a goroutine and returns its result, within a time limit.
func ends(t testing.TB, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	return within20(t, done)
}

func within20(t testing.TB, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(long):
		buf := make([]byte, 1<<20)
		t.Fatalf("still waiting after %v\n%s", long, buf[:runtime.Stack(buf, true)])
		return nil
	}
}

// anyAddress is where a test listens on a network.
func anyAddress(t testing.TB, network string) string {
	switch {
	case strings.HasSuffix(network, "6"):
		if !hasIPv6() {
			t.Skip("this machine has no IPv6")
		}
		return "[::1]:0"
	case strings.HasPrefix(network, "unix"):
		return filepath.Join(t.TempDir(), "s")
	}
	return "127.0.0.1:0"
}

func hasIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// listen returns a listener that is closed with the test.
func listen(t testing.TB, network string) *Listener {
	t.Helper()
	l := value(Listen(network, anyAddress(t, network)))(t).(*Listener)
	t.Cleanup(func() { l.Close() })
	return l
}

// pair returns two connections that are closed with the test.
func pair(t testing.TB, network string) (client, server *Conn) {
	t.Helper()
	l := listen(t, network)
	client = value(Dial(network, l.Addr().String()))(t).(*Conn)
	server = value(l.AcceptConn())(t)
	t.Cleanup(func() { client.Close(); server.Close() })
	l.Close()
	return client, server
}

// waiting lets a call in a goroutine begin its wait. A call that has not begun by then must end all the same,
// so no test depends on it.
func waiting() { time.Sleep(30 * time.Millisecond) }

// descriptors counts the open descriptors of the process.
func descriptors(t testing.TB) int {
	t.Helper()
	return len(value(os.ReadDir("/proc/self/fd"))(t))
}

// threads counts the threads of the process.
func threads(t testing.TB) int {
	t.Helper()
	return len(value(os.ReadDir("/proc/self/task"))(t))
}

// cpuTime is the CPU time that the process has used.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// raiseLimit raises the limit to n descriptors; the test is skipped if the system refuses.
func raiseLimit(t testing.TB, n uint64) {
	t.Helper()
	var limit syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	if limit.Cur >= n {
		return
	}
	before := limit
	limit.Cur = n
	if limit.Max < n {
		limit.Max = n
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Skipf("%d descriptors are too many for this machine (%d): %v", n, before.Max, err)
	}
	t.Cleanup(func() { syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before) })
}

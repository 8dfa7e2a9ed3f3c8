package sock_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	sock "example.org/libsock/bindings/go"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// A server and its client.
func Example() {
	server, err := sock.Listen("tcp", "127.0.0.1:0")
	must(err)
	defer server.Close()
	go func() {
		c, err := server.Accept()
		must(err)
		defer c.Close()
		io.Copy(c, c)
	}()

	client, err := sock.DialTimeout("tcp", server.Addr().String(), 5*time.Second)
	must(err)
	defer client.Close()
	fmt.Fprint(client, "hello")
	echo := make([]byte, 5)
	_, err = io.ReadFull(client, echo)
	must(err)
	fmt.Println(string(echo))
	// Output: hello
}

// One context limits the lookup and every attempt; the dial reports its attempts.
func ExampleDialer_DialContext() {
	server, err := sock.Listen("tcp", "127.0.0.1:0")
	must(err)
	defer server.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	dialer := sock.Dialer{Attempts: func(attempts []sock.Attempt) {
		for _, a := range attempts {
			fmt.Println(a.Phase, a.Err)
		}
	}}
	c, err := dialer.DialContext(ctx, "tcp", server.Addr().String())
	must(err)
	c.Close()
	// Output: connected <nil>
}

// A context ends the calls of a connection.
func ExampleConn_SetContext() {
	one, _, err := sock.Pair(0, syscall.SOCK_STREAM, 0)
	must(err)
	defer one.Close()
	ctx, cancel := context.WithCancel(context.Background())
	must(one.SetContext(ctx))
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err = one.Read(make([]byte, 1))
	fmt.Println(errors.Is(err, context.Canceled))
	// Output: true
}

// A deadline ends a call, and data that arrives later is not lost.
func ExampleConn_SetReadDeadline() {
	one, other, err := sock.Pair(0, syscall.SOCK_STREAM, 0)
	must(err)
	defer one.Close()
	defer other.Close()
	must(one.SetReadDeadline(time.Now().Add(10 * time.Millisecond)))
	b := make([]byte, 10)
	_, err = one.Read(b)
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))

	fmt.Fprint(other, "late")
	must(one.SetReadDeadline(time.Time{}))
	n, err := one.Read(b)
	fmt.Println(string(b[:n]), err)
	// Output:
	// true
	// late <nil>
}

// A file is sent to another process.
func ExampleConn_SendFiles() {
	one, other, err := sock.Pair(0, syscall.SOCK_STREAM, 0)
	must(err)
	defer one.Close()
	defer other.Close()
	r, w, err := os.Pipe()
	must(err)
	_, err = one.SendFiles([]byte("the reading end"), r)
	must(err)
	r.Close()

	b := make([]byte, 100)
	n, files, err := other.RecvFiles(b, 1)
	must(err)
	fmt.Printf("%s, %d file\n", b[:n], len(files))
	fmt.Fprint(w, "through the pipe")
	w.Close()
	text, err := io.ReadAll(files[0])
	fmt.Println(string(text), err)
	files[0].Close()
	// Output:
	// the reading end, 1 file
	// through the pipe <nil>
}

// An address family that package net lacks.
func ExampleOpen() {
	s, err := sock.Open(syscall.AF_NETLINK, syscall.SOCK_RAW, syscall.NETLINK_ROUTE)
	must(err)
	defer s.Close()
	must(s.Bind(&sock.NetlinkAddr{Groups: 1}))
	fmt.Println(s.LocalAddr().Network(), s.LocalAddr().(*sock.NetlinkAddr).Groups)
	// Output: netlink 1
}

// Addresses of every family have a text form.
func ExampleParseAddr() {
	for _, text := range []string{"192.0.2.1:80", "unix:@name", "vsock:3:1024"} {
		a, err := sock.ParseAddr(text)
		must(err)
		fmt.Printf("%T %s %v\n", a, a.Network(), a)
	}
	// Output:
	// *net.TCPAddr tcp 192.0.2.1:80
	// *net.UnixAddr unix @name
	// *sock.VSockAddr vsock 3:1024
}

var _ net.Addr = (*sock.VSockAddr)(nil)

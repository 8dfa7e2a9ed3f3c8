// Package nettest tests the connections of example.org/libsock/bindings/go with golang.org/x/net/nettest, the Go project's own
// test of net.Conn implementations.
package nettest

import (
	"net"
	"path/filepath"
	"testing"

	sock "example.org/libsock/bindings/go"
	"golang.org/x/net/nettest"
)

// pipes returns a function that makes pairs of connections with a listener and a dialer.
func pipes(t *testing.T, network string) nettest.MakePipe {
	return func() (client, server net.Conn, stop func(), err error) {
		address := "127.0.0.1:0"
		switch network {
		case "tcp6":
			address = "[::1]:0"
		case "unix", "unixpacket":
			address = filepath.Join(t.TempDir(), "s")
		}
		l, err := sock.Listen(network, address)
		if err != nil {
			return nil, nil, nil, err
		}
		defer l.Close()
		done := make(chan error, 1)
		go func() {
			var err error
			server, err = l.Accept()
			done <- err
		}()
		client, err = sock.Dial(network, l.Addr().String())
		if err != nil {
			return nil, nil, nil, err
		}
		if err := <-done; err != nil {
			client.Close()
			return nil, nil, nil, err
		}
		return client, server, func() { client.Close(); server.Close() }, nil
	}
}

func TestConn(t *testing.T) {
	for _, network := range []string{"tcp", "tcp6", "unix", "unixpacket"} {
		t.Run(network, func(t *testing.T) {
			if network == "tcp6" && !nettest.SupportsIPv6() {
				t.Skip("this machine has no IPv6")
			}
			nettest.TestConn(t, pipes(t, network))
		})
	}
}

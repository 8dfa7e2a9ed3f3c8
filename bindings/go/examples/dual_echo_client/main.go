// A client that connects by name: tries the addresses of the host by RFC 8305, prints the result of each
// attempt, sends a message and prints the echo.
//
//	dual_echo_client [HOST [PORT]]
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"

	sock "example.org/libsock/bindings/go"
)

func run(host, port string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	dialer := sock.Dialer{Attempts: func(attempts []sock.Attempt) {
		for _, a := range attempts {
			how := "won"
			if a.Err != nil {
				how = a.Err.Error()
			}
			fmt.Printf("%v: %v, %s\n", a.Addr, a.Phase, how)
		}
	}}
	c, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, "Hello, world"); err != nil {
		return err
	}
	if err := c.(*sock.Conn).CloseWrite(); err != nil {
		return err
	}
	echo, err := io.ReadAll(c)
	if err != nil {
		return err
	}
	fmt.Printf("Received '%s'\n", echo)
	return nil
}

func main() {
	host, port := "localhost", "10000"
	if len(os.Args) > 1 {
		host = os.Args[1]
	}
	if len(os.Args) > 2 {
		port = os.Args[2]
	}
	if err := run(host, port); err != nil {
		log.Fatal(err)
	}
}

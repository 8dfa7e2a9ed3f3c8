// An echo server with one socket for IPv4 and IPv6, which ends after a number of connections.
//
//	dual_echo_server [PORT [COUNT]]
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"sync"

	sock "example.org/libsock/bindings/go"
)

func run(port string, count int) error {
	// Without a host the socket serves both families, if the machine has both.
	server, err := sock.Listen("tcp", net.JoinHostPort("", port))
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Println("listening on", server.Addr())
	var all sync.WaitGroup
	for ; count > 0; count-- {
		c, err := server.Accept()
		if err != nil {
			return err
		}
		all.Add(1)
		go func() {
			defer all.Done()
			defer c.Close()
			n, err := io.Copy(c, c)
			fmt.Printf("%v: %d bytes, %v\n", c.RemoteAddr(), n, err)
		}()
	}
	all.Wait()
	return nil
}

func main() {
	port, count := "10000", 2
	if len(os.Args) > 1 {
		port = os.Args[1]
	}
	if len(os.Args) > 2 {
		n, err := strconv.Atoi(os.Args[2])
		if err != nil {
			log.Fatal(err)
		}
		count = n
	}
	if err := run(port, count); err != nil {
		log.Fatal(err)
	}
}

// An echo server: serves three connections one after the other, prints each message and sends it back.
//
//	echo_server [ADDRESS]     default 127.0.0.1:10000; port 0 selects a free port
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"

	sock "example.org/libsock/bindings/go"
)

// serve sends back all data until the client closes its end.
func serve(c net.Conn) error {
	defer c.Close()
	data := make([]byte, 16)
	for {
		n, err := c.Read(data)
		if err == io.EOF {
			fmt.Println("no more data")
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Printf("received '%s'\n", data[:n])
		if _, err := c.Write(data[:n]); err != nil {
			return err
		}
	}
}

func run(address string) error {
	server, err := sock.Listen("tcp", address)
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Println("listening on", server.Addr())
	for served := 0; served < 3; served++ {
		c, err := server.Accept()
		if err != nil {
			return err
		}
		fmt.Println("connection from", c.RemoteAddr())
		if err := serve(c); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	address := "127.0.0.1:10000"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if err := run(address); err != nil {
		log.Fatal(err)
	}
}

// A client of echo_server: sends a message and receives it back, up to 16 bytes at a time.
//
//	echo_client [ADDRESS [MESSAGE]]
package main

import (
	"fmt"
	"log"
	"os"
	"time"

	sock "example.org/libsock/bindings/go"
)

func run(address, message string) error {
	server, err := sock.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return err
	}
	defer server.Close()
	// One deadline for all following calls.
	if err := server.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}

	fmt.Printf("sending '%s'\n", message)
	if _, err := server.Write([]byte(message)); err != nil {
		return err
	}
	data := make([]byte, 16)
	for received := 0; received < len(message); {
		n, err := server.Read(data)
		if err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", received, len(message), err)
		}
		fmt.Printf("received '%s'\n", data[:n])
		if n > len(message)-received || string(data[:n]) != message[received:received+n] {
			return fmt.Errorf("the reply differs from the message")
		}
		received += n
	}
	return nil
}

func main() {
	address, message := "127.0.0.1:10000", "This is the message.  It will be repeated."
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if len(os.Args) > 2 {
		message = os.Args[2]
	}
	if err := run(address, message); err != nil {
		log.Fatal(err)
	}
}

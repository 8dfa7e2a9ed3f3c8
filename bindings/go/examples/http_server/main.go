// net/http over an AF_UNIX path: the server's listener and the client's dialer are libsock's.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"

	sock "example.org/libsock/bindings/go"
)

func run() error {
	directory, err := os.MkdirTemp("", "sock")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	path := filepath.Join(directory, "http")
	l, err := (&sock.ListenConfig{FileMode: 0o600}).Listen(context.Background(), "unix", path)
	if err != nil {
		return err
	}
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "you asked for", r.URL.Path)
	})}
	go server.Serve(l)
	defer server.Close()

	var dialer sock.Dialer
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", path)
		},
	}}
	resp, err := client.Get("http://unix/a/page")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(os.Stdout, resp.Body)
	return err
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

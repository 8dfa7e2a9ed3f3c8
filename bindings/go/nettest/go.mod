// A separate module, so that the package itself has no dependencies.
module example.org/libsock/bindings/go/nettest

go 1.21

require (
	golang.org/x/net v0.35.0
	example.org/libsock/bindings/go v0.0.0
)

replace example.org/libsock/bindings/go => ../

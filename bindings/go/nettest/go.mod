// A separate module, so that the package itself has no dependencies.
module libsock/sock/nettest

go 1.21

require (
	golang.org/x/net v0.35.0
	libsock/sock v0.0.0
)

replace libsock/sock => ../

// A module of its own: who uses the package needs nothing but the package.
module libsock/sock/nettest

go 1.21

require (
	golang.org/x/net v0.35.0
	libsock/sock v0.0.0
)

replace libsock/sock => ../

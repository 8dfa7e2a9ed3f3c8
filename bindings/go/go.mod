module example.org/libsock/bindings/go

go 1.21

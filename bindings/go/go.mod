module libsock/sock

go 1.21

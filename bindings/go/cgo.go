package sock

/*
#cgo !libsock_tree pkg-config: sock
#cgo libsock_tree CFLAGS: -I${SRCDIR}/../../include
#cgo libsock_tree LDFLAGS: -L${SRCDIR}/../../build/lib -Wl,-rpath,${SRCDIR}/../../build/lib -lsock
#include "bridge.h"
*/
import "C"

import (
	"strings"
	"syscall"
	"unsafe"
)

// Codes that this package handles specially.
const (
	codeEAGAIN      = -int64(syscall.EAGAIN)
	codeEBADF       = -int64(syscall.EBADF)
	codeEINPROGRESS = -int64(syscall.EINPROGRESS)
	forever         = int64(C.SOCK_FOREVER)
)

// nativeAddr is libsock's address of any family.
type nativeAddr = C.struct_sock_addr

// bytePointer returns a pointer to the first byte of b, or nil: libsock ignores the pointer if the length is 0.
func bytePointer(b []byte) *C.uchar {
	return (*C.uchar)(unsafe.Pointer(unsafe.SliceData(b)))
}

// cText returns s with a terminating NUL, in Go memory. A NUL inside is an error: C would end the text there.
func cText(field, s string) (*C.char, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return nil, &detailError{syscall.EINVAL, field + ": a NUL inside"}
	}
	b := make([]byte, len(s)+1)
	copy(b, s)
	return (*C.char)(unsafe.Pointer(&b[0])), nil
}

// optionalText is cText, but returns NULL for "".
func optionalText(field, s string) (*C.char, error) {
	if s == "" {
		return nil, nil
	}
	return cText(field, s)
}

// readText returns the text of a function that works like snprintf. The longest texts are addresses (below
// 400 bytes) and host names (below 1025).
func readText(write func(buf *C.char, size C.size_t) C.int64_t) (string, int64) {
	b := make([]byte, 256)
	for {
		n := int64(write((*C.char)(unsafe.Pointer(&b[0])), C.size_t(len(b))))
		if n < 0 {
			return "", n
		}
		if n < int64(len(b)) {
			return string(b[:n]), n
		}
		b = make([]byte, n+1)
	}
}

// explained calls a function of bridge.h and returns its error with libsock's sentence. The sentence belongs to
// the operating system thread, and the goroutine may continue on another one: so these functions copy the
// sentence before they return to Go.
func explained(call string, f func(*C.char) int64) (int64, error) {
	sentence := new([256]C.char)
	n := f(&sentence[0])
	if n >= 0 {
		return n, nil
	}
	// If libsock has nothing to add, its sentence is the text of the code.
	text := C.GoString(&sentence[0])
	if n > -4096 && text != "" && text != C.GoString(C.sock_strerror(C.int64_t(n))) {
		return n, &detailError{syscall.Errno(-n), text}
	}
	return n, codeError(call, n)
}

// slots limits calls that never wait but take the kernel a while, because they open and close several
// descriptors. A goroutine in C occupies a thread; thousands of simultaneous dials take turns here, as
// goroutines.
var slots = make(chan struct{}, 8)

// brief makes such a call, in its turn.
func brief(f func() int64) int64 {
	slots <- struct{}{}
	defer func() { <-slots }()
	return f()
}

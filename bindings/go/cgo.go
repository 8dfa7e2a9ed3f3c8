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

// The numbers below zero that are looked at by name.
const (
	codeEAGAIN      = -int64(syscall.EAGAIN)
	codeEBADF       = -int64(syscall.EBADF)
	codeEINPROGRESS = -int64(syscall.EINPROGRESS)
	forever         = int64(C.SOCK_FOREVER)
)

// nativeAddr is libsock's address of any family.
type nativeAddr = C.struct_sock_addr

// bytePointer is the first byte of b, or nil: libsock does not look at a pointer of length 0.
func bytePointer(b []byte) *C.uchar {
	return (*C.uchar)(unsafe.Pointer(unsafe.SliceData(b)))
}

// cText is s with its NUL, in Go's memory. A NUL inside is refused: C would take the text to end there.
func cText(field, s string) (*C.char, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return nil, &detailError{syscall.EINVAL, field + ": a NUL inside"}
	}
	b := make([]byte, len(s)+1)
	copy(b, s)
	return (*C.char)(unsafe.Pointer(&b[0])), nil
}

// optionalText is cText, but NULL for "".
func optionalText(field, s string) (*C.char, error) {
	if s == "" {
		return nil, nil
	}
	return cText(field, s)
}

// readText gets a text from a function in the manner of snprintf. The longest of all are addresses, below
// 400 bytes, and host names, below 1025.
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

// explained calls a function of bridge.h and gives the error of a failure with libsock's sentence for it. The
// sentence belongs to the operating system's thread, and the goroutine may be on another one when it is back
// in Go: so these functions copy it before they return.
func explained(call string, f func(*C.char) int64) (int64, error) {
	sentence := new([256]C.char)
	n := f(&sentence[0])
	if n >= 0 {
		return n, nil
	}
	// Where libsock has nothing to add, its sentence is the text of the code.
	text := C.GoString(&sentence[0])
	if n > -4096 && text != "" && text != C.GoString(C.sock_strerror(C.int64_t(n))) {
		return n, &detailError{syscall.Errno(-n), text}
	}
	return n, codeError(call, n)
}

// slots are the places for calls that are through without a wait, but take the kernel a while: it opens and
// closes several descriptors in them. A goroutine in C keeps a thread; thousands that begin to dial at once
// take turns here, as goroutines.
var slots = make(chan struct{}, 8)

// brief is such a call.
func brief(f func() int64) int64 {
	slots <- struct{}{}
	defer func() { <-slots }()
	return f()
}

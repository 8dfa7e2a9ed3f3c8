package sock

/*
#cgo !libsock_tree pkg-config: sock
#cgo libsock_tree CFLAGS: -I${SRCDIR}/../../include
#cgo libsock_tree LDFLAGS: -L${SRCDIR}/../../build/lib -Wl,-rpath,${SRCDIR}/../../build/lib -lsock
#include "bridge.h"
*/
import "C"

import (
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

// The numbers below zero that are looked at by name.
const (
	codeEAGAIN      = -int64(syscall.EAGAIN)
	codeEBADF       = -int64(syscall.EBADF)
	codeEINPROGRESS = -int64(syscall.EINPROGRESS)
	codeEALREADY    = -int64(syscall.EALREADY)
	codeEISCONN     = -int64(syscall.EISCONN)
	codeEINVAL      = -int64(syscall.EINVAL)
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

// explained calls a function of libsock and gives the error of a failure with the sentence that libsock
// has for it. The sentence belongs to the operating system's thread, so the goroutine stays on it.
func explained(call string, f func() int64) (int64, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	n := f()
	if n >= 0 {
		return n, nil
	}
	text, _ := readText(func(buf *C.char, size C.size_t) C.int64_t { return C.sock_last_error(nil, buf, size) })
	err := codeError(call, n)
	// Where libsock has nothing to add, its sentence is the text of the code.
	if errno := syscall.Errno(-n); n > -4096 && text != "" && text != C.GoString(C.sock_strerror(C.int64_t(n))) {
		return n, &detailError{errno, text}
	}
	return n, err
}

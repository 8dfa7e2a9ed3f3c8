package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// Code is a libsock error code without a Go equivalent: a resolver error or an internal error. System errors
// are a syscall.Errno, and conditions for which Go has an error are that error.
type Code int64

// Error returns the text of the code.
func (c Code) Error() string { return C.GoString(C.sock_strerror(C.int64_t(c))) }

// Name returns the name of the code, such as "EAI_NONAME".
func (c Code) Name() string { return C.GoString(C.sock_err_name(C.int64_t(c))) }

// Timeout reports whether the code means that a time limit has passed.
func (c Code) Timeout() bool { return C.sock_is_timeout(C.int64_t(c)) != 0 }

// Temporary reports whether the same call may succeed later.
func (c Code) Temporary() bool { return C.sock_is_temporary(C.int64_t(c)) != 0 }

// detailError is an errno with a sentence that names the invalid argument and the reason.
type detailError struct {
	errno syscall.Errno
	text  string
}

func (e *detailError) Error() string   { return e.text }
func (e *detailError) Unwrap() error   { return e.errno }
func (e *detailError) Timeout() bool   { return e.errno.Timeout() }
func (e *detailError) Temporary() bool { return e.errno.Temporary() }

// timeoutError is the error of a dial or lookup that ran out of time. It matches both the error of a
// connection's deadline and that of a context's.
type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }
func (timeoutError) Is(target error) bool {
	return target == os.ErrDeadlineExceeded || target == context.DeadlineExceeded
}

// canceledError is the error of a call whose context was canceled.
type canceledError struct{ cause error }

func (canceledError) Error() string        { return "operation was canceled" }
func (canceledError) Is(target error) bool { return target == context.Canceled }
func (e canceledError) Unwrap() error      { return e.cause }
func (canceledError) Timeout() bool        { return false }
func (canceledError) Temporary() bool      { return false }

// contextError returns the error of a call that ctx ended.
func contextError(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return timeoutError{}
	}
	return canceledError{context.Cause(ctx)}
}

// codeError converts a negative result; call is the prefix of an errno's text.
func codeError(call string, code int64) error {
	switch code {
	case C.SOCK_ECLOSED:
		return net.ErrClosed
	case C.SOCK_ETIMEDOUT:
		return timeoutError{}
	case C.SOCK_ECANCELED:
		return canceledError{}
	case C.SOCK_EEOF:
		return io.ErrUnexpectedEOF
	}
	if code < -4095 {
		return Code(code)
	}
	return os.NewSyscallError(call, syscall.Errno(-code))
}

// dnsError converts the error of a failed lookup.
func dnsError(name string, err error) error {
	var code Code
	switch {
	case errors.As(err, &code) && C.sock_is_resolver(C.int64_t(code)) != 0:
		missing := false
		switch code.Name() {
		case "EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY", "HOST_NOT_FOUND", "NO_DATA":
			missing = true
		}
		text := code.Error()
		if missing {
			text = "no such host"
		}
		return &net.DNSError{Err: text, Name: name, IsTemporary: code.Name() == "EAI_AGAIN", IsNotFound: missing}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &dnsTimeout{net.DNSError{Err: err.Error(), Name: name, IsTimeout: true, IsTemporary: true}, err}
	case errors.Is(err, context.Canceled):
		return &dnsTimeout{net.DNSError{Err: err.Error(), Name: name}, err}
	}
	return err
}

// dnsTimeout is a DNSError with its cause, which net.DNSError can hold only since Go 1.23.
type dnsTimeout struct {
	net.DNSError
	cause error
}

func (e *dnsTimeout) Unwrap() []error { return []error{&e.DNSError, e.cause} }

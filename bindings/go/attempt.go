package sock

/*
#include "bridge.h"
*/
import "C"

import (
	"net"
	"strconv"
	"syscall"
	"time"
)

// Attempt describes one attempt of a dial.
type Attempt struct {
	// Addr is the address; nil for a lookup.
	Addr net.Addr
	// Phase is how far it got.
	Phase Phase
	// Err is the result: nil for the attempt that won.
	Err error
	// Duration is how long it took.
	Duration time.Duration
}

// Phase is how far an attempt got.
type Phase int

// The phases of an attempt.
const (
	PhaseLookup    Phase = C.SOCK_PHASE_LOOKUP
	PhaseSocket    Phase = C.SOCK_PHASE_SOCKET
	PhaseBind      Phase = C.SOCK_PHASE_BIND
	PhaseConnect   Phase = C.SOCK_PHASE_CONNECT
	PhaseConnected Phase = C.SOCK_PHASE_CONNECTED
)

func (p Phase) String() string {
	if p < PhaseLookup || p > PhaseConnected {
		return "phase " + strconv.Itoa(int(p))
	}
	return [...]string{"lookup", "socket", "bind", "connect", "connected"}[p-1]
}

// attemptsOf returns the attempts of a dial so far.
func attemptsOf(op C.sock_op_t) []Attempt {
	n := int64(C.sock_create_connection_attempts(op, nil, 0))
	if n <= 0 {
		return nil
	}
	found := make([]C.struct_sock_attempt, n)
	C.sock_create_connection_attempts(op, &found[0], C.size_t(n))
	attempts := make([]Attempt, n)
	for i := range found {
		at := &found[i]
		if at.end_ns == 0 {
			at.end_ns = C.sock_now()
		}
		attempts[i] = Attempt{Phase: Phase(at.phase), Duration: time.Duration(at.end_ns - at.start_ns)}
		if attempts[i].Phase != PhaseLookup {
			attempts[i].Addr = fromNative(&at.address, syscall.SOCK_STREAM)
		}
		if at.code != 0 {
			attempts[i].Err = codeError("connect", int64(at.code))
		}
	}
	return attempts
}

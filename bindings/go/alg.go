package sock

/*
#include "bridge_family.h"
*/
import "C"

import "net"

// ALGAddr is an address of AF_ALG, the kernel's crypto API: a type ("hash", "skcipher", "aead" or "rng")
// and an algorithm as listed in /proc/crypto.
type ALGAddr struct {
	Type, Name string
	Feat, Mask uint32
}

// Network returns "alg".
func (*ALGAddr) Network() string  { return "alg" }
func (a *ALGAddr) String() string { return textOf(a) }

func (a *ALGAddr) native() (nativeAddr, error) {
	name, err := cText("name", a.Name)
	if err != nil {
		return nativeAddr{}, err
	}
	return ofDevice(a.Type, func(kind *C.char, out *nativeAddr, sentence *C.char) C.int64_t {
		return C.bridge_alg(kind, name, C.int64_t(a.Feat), C.int64_t(a.Mask), out, sentence)
	})
}

func algAddr(sa *nativeAddr) net.Addr {
	v, kind := new([2]C.int64_t), new([16]C.char)
	name, code := readText(func(buf *C.char, size C.size_t) C.int64_t {
		return C.sock_addr_get_alg(sa, &kind[0], 16, buf, size, &v[0], &v[1])
	})
	if code < 0 {
		return nil
	}
	return &ALGAddr{C.GoString(&kind[0]), name, uint32(v[0]), uint32(v[1])}
}

// Operations for SendALG.
const (
	ALGDecrypt = 0
	ALGEncrypt = 1
)

// SetALGKey sets the key of an AF_ALG socket, after Bind and before Accept.
func (s *Socket) SetALGKey(key []byte) error {
	_, err := s.option("set", "setsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_set_alg_key(s.s.handle, bytePointer(key), C.size_t(len(key)), sentence))
	})
	return err
}

// SetALGTagSize sets the tag length of an "aead" socket, after Bind and before Accept.
func (s *Socket) SetALGTagSize(size int) error {
	_, err := s.option("set", "setsockopt", func(sentence *C.char) int64 {
		return int64(C.bridge_set_alg_tag_size(s.s.handle, C.int64_t(size), sentence))
	})
	return err
}

// SendALG sends data to an operation socket, which Accept returns on a bound AF_ALG socket, and sets the
// operation. The result can then be read. With "aead", the first associated bytes are authenticated but not
// encrypted. flags are MSG_*: MSG_MORE means that more data follows.
func (s *Socket) SendALG(op int, data, iv []byte, associated, flags int) (int, error) {
	n, err := s.s.trySend(false, func() int64 {
		return int64(C.bridge_sendmsg_afalg(s.s.handle, bytePointer(data), C.size_t(len(data)), C.int64_t(op),
			bytePointer(iv), C.size_t(len(iv)), C.int64_t(associated), C.int(flags)))
	})
	if err == nil && n < 0 {
		err = s.s.answer("sendmsg", n)
	}
	return int(max64(n)), s.s.opError("write", err)
}

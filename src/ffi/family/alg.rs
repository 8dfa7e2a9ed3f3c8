use super::super::message::pieces;
use super::{Address, arg, guard, guard_bare, put, put_numbers, sock_t};
use crate::net::family::alg;
use crate::net::handle::Id;
use crate::sys::IoVec;
use std::ffi::{c_char, c_int, c_void};

/// Makes an AF_ALG address, for `sock_bind` of a SOCK_SEQPACKET socket.
///
/// `type`: "hash", "skcipher", "aead" or "rng", at most 13 bytes.
/// `name`: the algorithm, as in /proc/crypto, at most 63 bytes.
/// `feat`, `mask`: which implementations, 0 to 2^32-1; usually 0. See the kernel's
/// crypto/userspace-if.rst, struct sockaddr_alg.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_alg(
    r#type: *const c_char,
    name: *const c_char,
    feat: i64,
    mask: i64,
    out: *mut Address,
) -> c_int {
    // SAFETY: both texts are NULL or strings, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe {
        put(alg::address(arg::text(r#type, "type")?, arg::text(name, "name")?, feat, mask)?, out)
    })
}

/// Gets the fields of an AF_ALG address.
///
/// `type`, `type_cap`: receive the type; 14 bytes suffice. `name`, `name_cap`: receive the name; 64
/// bytes suffice. NULL and 0 omit one.
/// `feat`, `mask`: receive the numbers.
/// Returns the length of the name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_alg(
    addr: *const Address,
    r#type: *mut c_char,
    type_cap: usize,
    name: *mut c_char,
    name_cap: usize,
    feat: *mut i64,
    mask: *mut i64,
) -> i64 {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let addr = *unsafe { arg::input(addr, "addr") }?;
        let fields = alg::read(&addr)?;
        // SAFETY: both buffers are NULL or valid for as many bytes as is said, the places NULL or valid.
        unsafe {
            arg::buffer(name.cast(), name_cap, "name")?;
            arg::write_text(fields.kind, r#type, type_cap)?;
            let needed = arg::write_text(fields.name, name, name_cap)?;
            put_numbers([(feat, fields.feat.into()), (mask, fields.mask.into())]);
            Ok(needed)
        }
    })
}

/// Sets the key of an AF_ALG socket, after `sock_bind` and before `sock_accept` (ALG_SET_KEY).
///
/// `key`, `len`: the key; AEAD algorithms built with authenc() use the kernel's format.
/// Returns 0; -EINVAL for a length that the algorithm does not accept; -ENOPROTOOPT if it has no
/// key; else the error of setsockopt(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_set_alg_key(s: sock_t, key: *const c_void, len: usize) -> c_int {
    // SAFETY: `key` is NULL or valid for `len` bytes, as the header demands.
    guard(|| alg::set_key(Id(s), unsafe { arg::bytes(key, len, "key") }?))
}

/// Sets the tag length of an "aead" socket, after `sock_bind` and before `sock_accept`.
///
/// `size`: bytes, 0 to 2147483647 (ALG_SET_AEAD_AUTHSIZE).
/// Returns as `sock_set_alg_key`.
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_alg_tag_size(s: sock_t, size: i64) -> c_int {
    guard(|| alg::set_tag_size(Id(s), size))
}

/// Sends data to an operation of AF_ALG (an accepted socket), and says what to do with it.
///
/// `sock_recv` then receives the result: for "skcipher" as many bytes as were sent, for "aead"
/// those and the tag.
/// `iov`, `iov_count`: the data, in 0 to 1024 pieces; for "aead" the associated data comes first.
/// `op`: ALG_OP_ENCRYPT (1) or ALG_OP_DECRYPT (0), up to 2^32-1 (ALG_SET_OP, at level SOL_ALG).
/// `iv`, `iv_len`: the initialisation vector, up to 65536 bytes (ALG_SET_IV); length 0 sends none.
/// `assoclen`: how much of the data is associated, 0 to 2^32-1 (ALG_SET_AEAD_ASSOCLEN).
/// `flags`: MSG_*; MSG_MORE means that more data follows, by `sock_send` or this function.
/// Returns the number of bytes taken, as `sock_sendmsg`; -EAFNOSUPPORT for another family; -EINVAL
/// from the kernel for what the algorithm does not support. See the kernel's
/// crypto/userspace-if.rst.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_sendmsg_alg(
    s: sock_t,
    iov: *const IoVec,
    iov_count: usize,
    op: i64,
    iv: *const c_void,
    iv_len: usize,
    assoclen: i64,
    flags: c_int,
) -> i64 {
    guard(|| {
        // SAFETY: `iov` is NULL or valid for `iov_count` pieces, each readable, `iv` is NULL or valid for
        // `iv_len` bytes, as the header demands.
        let (data, iv) = unsafe { (pieces(iov, iov_count)?, arg::bytes(iv, iv_len, "iv")?) };
        alg::send(Id(s), data, op, iv, assoclen, flags)
    })
}

use super::{Address, arg, guard_bare, put, put_numbers};
use crate::net::family::alg;
use std::ffi::{c_char, c_int};

/// Makes an AF_ALG address, for `sock_bind` of a SOCK_SEQPACKET socket.
///
/// `type`: "hash", "skcipher", "aead" or "rng", at most 13 bytes. `name`: the algorithm's, as in
/// /proc/crypto, at most 63 bytes. `feat`, `mask`: which implementations, 0 to 2^32-1; mostly 0.
/// `out`: receives the address.
/// Returns as told above. Since 0.1.0. See the kernel's crypto/userspace-if.rst, struct sockaddr_alg.
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

/// The fields of an AF_ALG address.
///
/// `type`, `type_cap`: where to put the type with its NUL; 14 bytes hold any. `name`, `name_cap`: where to
/// put the name with its NUL; 64 bytes hold any. NULL with 0 leaves one out. `feat`, `mask`: receive the
/// numbers. Returns the length of the name, without the NUL; else as told above. Since 0.1.0.
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

//! The parameters of an AF_ALG operation: three messages at SOL_ALG.

use super::super::put::{put, put_parts};
use super::layout::space_of;
use crate::net::codec::refused::{Refused, Why, within};
use libc::{ALG_SET_AEAD_ASSOCLEN, ALG_SET_IV, ALG_SET_OP, SOL_ALG};

const MAX: i64 = 0xffff_ffff;

/// The longest initialisation vector: far longer than any algorithm's.
const IV_MAX: i64 = 1 << 16;

/// The messages in the order of R120, each with the length that its data has: the operation, the
/// initialisation vector unless it is empty, the length of the associated data unless it is 0, which is what
/// the kernel takes then.
pub fn encode(op: i64, iv: &[u8], assoclen: i64) -> Result<Vec<u8>, Refused> {
    let op: u32 = within("op", op, MAX)?;
    let assoclen: u32 = within("assoclen", assoclen, MAX)?;
    let len: u32 = within("iv_len", i64::try_from(iv.len()).unwrap_or(i64::MAX), IV_MAX)?;
    let size = 2 * space_of(4) + space_of(4 + iv.len());
    let mut control = Vec::new();
    control.try_reserve_exact(size).map_err(|_| Refused { field: "iv", why: Why::Memory })?;
    control.resize(size, 0);
    let mut used = 0;
    put(control.as_mut_slice(), &mut used, SOL_ALG, ALG_SET_OP, &op.to_ne_bytes())?;
    if !iv.is_empty() {
        // linux/if_alg.h, struct af_alg_iv: the length, then the bytes.
        let data = len.to_ne_bytes().into_iter().chain(iv.iter().copied());
        put_parts(control.as_mut_slice(), &mut used, SOL_ALG, ALG_SET_IV, 4 + iv.len(), data)?;
    }
    if assoclen != 0 {
        put(control.as_mut_slice(), &mut used, SOL_ALG, ALG_SET_AEAD_ASSOCLEN, &assoclen.to_ne_bytes())?;
    }
    control.truncate(used);
    Ok(control)
}

#[cfg(test)]
mod tests {
    use super::super::super::next;
    use super::*;

    /// The messages of control data: level, type and data.
    fn items(control: &[u8]) -> Vec<(i32, i32, Vec<u8>)> {
        let (mut at, mut items) = (0, Vec::new());
        while let Some(item) = next(control, &mut at).expect("whole messages") {
            assert!(!item.cut);
            items.push((item.level, item.kind, control[item.data].to_vec()));
        }
        items
    }

    /// R120: order, level and exact lengths.
    #[test]
    fn three_messages_in_order() {
        let word = |value: u32| value.to_ne_bytes().to_vec();
        let iv = [word(16), (0..16).collect()].concat();
        assert_eq!(
            items(&encode(1, &(0..16).collect::<Vec<u8>>(), 8).unwrap()),
            [
                (SOL_ALG, ALG_SET_OP, word(1)),
                (SOL_ALG, ALG_SET_IV, iv),
                (SOL_ALG, ALG_SET_AEAD_ASSOCLEN, word(8))
            ]
        );
        assert_eq!(items(&encode(0, &[], 0).unwrap()), [(SOL_ALG, ALG_SET_OP, word(0))]);
        assert_eq!(items(&encode(MAX, b"x", 0).unwrap())[1].2, [word(1), b"x".to_vec()].concat());
    }

    /// R119: refused by name.
    #[test]
    fn numbers_out_of_range() {
        let field = |result: Result<Vec<u8>, Refused>| result.unwrap_err().to_string();
        assert!(field(encode(-1, &[], 0)).starts_with("op: -1 is not within"));
        assert!(field(encode(1 << 32, &[], 0)).starts_with("op: "));
        assert!(field(encode(0, &[], -1)).starts_with("assoclen: "));
        assert!(field(encode(0, &[], 1 << 32)).starts_with("assoclen: "));
        assert!(field(encode(0, &[0; (1 << 16) + 1], 0)).starts_with("iv_len: "));
    }
}

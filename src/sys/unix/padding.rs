//! musl declares the length of a control message as 32 bits and padding, where the kernel reads one `size_t`. Programs
//! leave anything in the padding; musl's sendmsg(3) clears it, and so does libsock.

use crate::sys::{Result, memory};

/// Whether the C library's header has padding.
const PADDED: bool = cfg!(all(target_env = "musl", target_pointer_width = "64"));
const WORD: usize = size_of::<usize>();
/// The length, padding included; level and type.
const HEADER: usize = WORD + 8;

/// A copy without anything in the padding; `None` where the control data has nothing there.
#[inline(always)]
pub fn cleared(control: &[u8]) -> Result<Option<Vec<u8>>> {
    if !PADDED || !headers(control).any(|(_, length)| length > u32::MAX as usize) {
        return Ok(None);
    }
    let mut copy = memory::copy(control)?;
    clear(&mut copy);
    Ok(Some(copy))
}

/// Clears the padding of control data.
#[inline(always)]
pub fn clear(control: &mut [u8]) {
    let mut next = if PADDED { headers(control).next() } else { None };
    while let Some((at, length)) = next {
        control[at..at + WORD].copy_from_slice(&(length & u32::MAX as usize).to_ne_bytes());
        next = following(control, at, length);
    }
}

/// Where each header lies, and its length with what is in the padding.
fn headers(control: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    std::iter::successors(header(control, 0), |&(at, length)| following(control, at, length))
}

fn following(control: &[u8], at: usize, length: usize) -> Option<(usize, usize)> {
    let length = length & u32::MAX as usize;
    // A length shorter than a header is for the kernel to refuse.
    if length < HEADER {
        None
    } else {
        header(control, at.checked_add(length.checked_next_multiple_of(WORD)?)?)
    }
}

fn header(control: &[u8], at: usize) -> Option<(usize, usize)> {
    let bytes = control.get(at..at.checked_add(HEADER)?)?;
    Some((at, usize::from_ne_bytes(*bytes.first_chunk()?)))
}

#[cfg(test)]
#[cfg(target_pointer_width = "64")]
mod tests {
    use super::*;

    #[test]
    fn only_padding_is_cleared() {
        let message = |length: u64| [length.to_ne_bytes(), [1; 8], [2; 8]].concat();
        let given =
            [message(0xffff_fff0_0000_0014), message(0x1_0000_0018), message(0xffff_ffff_0000_0003)].concat();
        let expected = [message(0x14), message(0x18), message(3)].concat();
        let found = cleared(&given).expect("memory");
        assert_eq!(found, PADDED.then_some(expected.clone()));
        assert_eq!(cleared(&expected), Ok(None));
        for len in 0..given.len() {
            let _ = cleared(&given[..len]);
        }
    }
}

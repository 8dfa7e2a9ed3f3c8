//! System error numbers, from the list of codes.

use super::super::Block;
use crate::net::error::LIST;

/// How many codes of the list are system errors: those whose number is their errno.
const COUNT: usize = {
    let (mut count, mut i) = (0, 0);
    while i < LIST.len() {
        let mut j = 0;
        while j < LIST[i].len() {
            count += (LIST[i][j].code == -LIST[i][j].errno) as usize;
            j += 1;
        }
        i += 1;
    }
    count
};

const NUMBERS: [(&str, i64); COUNT] = {
    let mut numbers = [("", 0); COUNT];
    let (mut count, mut i) = (0, 0);
    while i < LIST.len() {
        let mut j = 0;
        while j < LIST[i].len() {
            let entry = &LIST[i][j];
            if entry.code == -entry.errno {
                let Ok(name) = entry.name.to_str() else { panic!("a constant's name is ASCII") };
                numbers[count] = (name, entry.errno as i64);
                count += 1;
            }
            j += 1;
        }
        i += 1;
    }
    numbers
};

/// The groups of this file.
pub const BLOCKS: &[Block] = &[
    Block { group: c"errno", entries: &NUMBERS },
    // errno.h: second names
    from_libc! { c"errno":
        EWOULDBLOCK ENOTSUP EDEADLOCK
    },
];

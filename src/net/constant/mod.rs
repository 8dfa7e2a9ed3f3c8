//! Constants by name at run time, for languages that cannot read C headers.
//!
//! Each platform has its groups in files of data, in the order of the headers that they come from. When the
//! library is compiled, they are sorted by name into one table. The table holds no pointers: a name is an
//! offset into one run of bytes, so loading the library relocates nothing and all processes share the pages.

use crate::net::error::{Code, Result, Shown};
use std::ffi::CStr;

/// Values that the libc crate has for every C library of the platform.
macro_rules! from_libc {
    ($group:literal: $($name:ident)*) => {
        Block { group: $group, entries: &[$((stringify!($name), libc::$name as i64)),*] }
    };
}

/// Values that it lacks; the comment at each block names their header.
macro_rules! literal {
    ($group:literal: $($name:ident = $value:expr),* $(,)?) => {
        Block { group: $group, entries: &[$((stringify!($name), $value)),*] }
    };
}

mod block;
#[cfg(sock_list_constants)]
mod listing;
mod own;

pub use block::Block;

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod bsd;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
use bsd as platform;
#[cfg(any(target_os = "linux", target_os = "android"))]
use linux as platform;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as platform;

/// One constant as C sees it.
#[derive(Clone, Copy, Debug)]
pub struct Constant {
    /// Its name.
    pub name: &'static CStr,
    /// The group it belongs to.
    pub group: &'static CStr,
    /// Its number; 0 where it is a text.
    pub value: i64,
    /// Its text, where it is one.
    pub text: Option<&'static CStr>,
}

#[derive(Clone, Copy)]
struct Item {
    value: i64,
    /// Where the name begins.
    name: u16,
    /// Its length, without the NUL after it.
    len: u8,
    /// The index of the block that it is from.
    block: u8,
}

struct Table {
    items: [Item; COUNT],
    names: [u8; BYTES],
}

/// (constants, bytes of their names with the NULs, blocks).
const SIZES: (usize, usize, usize) = {
    let (mut count, mut bytes, mut block) = (0, 0, 0);
    while let Some(Block { entries, .. }) = block_at(block) {
        let mut i = 0;
        while i < entries.len() {
            bytes += entries[i].0.len() + 1;
            i += 1;
        }
        count += entries.len();
        block += 1;
    }
    assert!(bytes <= u16::MAX as usize && block <= u8::MAX as usize, "the fields of Item are too small");
    (count, bytes, block)
};
const COUNT: usize = SIZES.0;
const BYTES: usize = SIZES.1;

static TABLE: Table = build();

/// The group of each block: apart, so that the blocks themselves are left out of the library.
static GROUPS: [&CStr; SIZES.2] = {
    let mut groups = [c""; SIZES.2];
    let mut block = 0;
    while let Some(Block { group, .. }) = block_at(block) {
        groups[block] = group;
        block += 1;
    }
    groups
};

/// The block of an index; the blocks of all files count in one line.
const fn block_at(index: usize) -> Option<&'static Block> {
    let (mut left, mut file) = (index, 0);
    while file <= platform::FILES.len() {
        let blocks = if file == 0 { own::BLOCKS } else { platform::FILES[file - 1] };
        if left < blocks.len() {
            return Some(&blocks[left]);
        }
        left -= blocks.len();
        file += 1;
    }
    None
}

/// Sorts everything by name. A binary search finds each place, because comparing with every earlier name
/// would take the compiler seconds.
const fn build() -> Table {
    let mut table = Table { items: [Item { value: 0, name: 0, len: 0, block: 0 }; COUNT], names: [0; BYTES] };
    let (mut count, mut used, mut block) = (0, 0, 0);
    while let Some(Block { entries, .. }) = block_at(block) {
        let mut i = 0;
        while i < entries.len() {
            let (name, value) = (entries[i].0.as_bytes(), entries[i].1);
            assert!(!name.is_empty() && name.len() <= u8::MAX as usize, "a name is too long");
            let item = Item { value, name: used as u16, len: name.len() as u8, block: block as u8 };
            let mut k = 0;
            while k < name.len() {
                table.names[used + k] = name[k];
                k += 1;
            }
            used += name.len() + 1;

            let (mut low, mut high) = (0, count);
            while low < high {
                let middle = (low + high) / 2;
                if before(name, &table.names, table.items[middle]) { high = middle } else { low = middle + 1 }
            }
            let mut place = count;
            while place > low {
                table.items[place] = table.items[place - 1];
                place -= 1;
            }
            table.items[low] = item;
            count += 1;
            i += 1;
        }
        block += 1;
    }
    table
}

/// Whether a name sorts before that of an item, in byte order.
const fn before(name: &[u8], names: &[u8; BYTES], item: Item) -> bool {
    let (start, len) = (item.name as usize, item.len as usize);
    let mut i = 0;
    while i < name.len() && i < len {
        if name[i] != names[start + i] {
            return name[i] < names[start + i];
        }
        i += 1;
    }
    name.len() < len
}

impl Item {
    /// The name with its NUL.
    fn name(self) -> &'static [u8] {
        let start = usize::from(self.name);
        &TABLE.names[start..=start + usize::from(self.len)]
    }

    fn constant(self) -> Constant {
        let name = CStr::from_bytes_with_nul(self.name()).unwrap_or_default();
        let group = GROUPS[usize::from(self.block)];
        let text = platform::TEXTS.iter().find(|text| text.0.as_bytes() == name.to_bytes());
        Constant { name, group, value: self.value, text: text.map(|text| text.1) }
    }
}

/// How many constants there are.
pub fn count() -> usize {
    COUNT
}

/// The constant of an index: they are sorted by name, in the order of bytes.
pub fn get(index: i64) -> Option<Constant> {
    let index = usize::try_from(index).ok()?;
    TABLE.items.get(index).map(|item| item.constant())
}

/// The constant of a name.
pub fn look_up(name: &[u8]) -> Option<Constant> {
    let order = |item: &Item| item.name()[..usize::from(item.len)].cmp(name);
    let index = TABLE.items.binary_search_by(order).ok()?;
    Some(TABLE.items[index].constant())
}

/// The first name in a group with this value.
pub fn name_in(group: &CStr, value: i64) -> Option<&'static CStr> {
    let of = |item: &&Item| item.value == value && GROUPS[usize::from(item.block)] == group;
    TABLE.items.iter().find(of).map(|item| item.constant().name)
}

/// The constant of an index, or why there is none.
pub fn at(index: i64) -> Result<Constant> {
    get(index).ok_or_else(|| {
        Code::errno(libc::EINVAL).because(format_args!("index: {index} is not within 0 to {}", COUNT - 1))
    })
}

/// The constant of a name, or why there is none.
pub fn find(name: &[u8]) -> Result<Constant> {
    look_up(name).ok_or_else(|| missing(name))
}

#[cold]
fn missing(name: &[u8]) -> Code {
    let text = Shown(name);
    let known = |names: &str| names.split_ascii_whitespace().any(|known| known.as_bytes() == name);
    match platform::OTHER_PLATFORMS.iter().find(|other_platforms| known(other_platforms.1)) {
        Some((platforms, _)) => Code::errno(libc::ENOTSUP)
            .because(format_args!("name: {text} is not on this platform, but on {platforms}")),
        None => Code::errno(libc::ENOENT).because(format_args!("name: {text} is not a constant")),
    }
}

#[cfg(test)]
mod tests;

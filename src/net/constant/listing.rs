//! The table as text, for `ctests/run constants`. With `--cfg sock_list_constants` the library does not compile, and the
//! compiler's message is that text: so the values of systems on which nothing can be run are the compiler's own.

use super::{COUNT, TABLE, platform};

/// Room for the text: each line is a name and a number.
const ROOM: usize = 96 * 1024;

struct Text {
    bytes: [u8; ROOM],
    used: usize,
}

impl Text {
    const fn put(&mut self, text: &[u8]) {
        let mut i = 0;
        while i < text.len() {
            self.bytes[self.used] = text[i];
            self.used += 1;
            i += 1;
        }
    }

    const fn put_number(&mut self, number: i64) {
        if number < 0 {
            self.put(b"-");
        }
        let (mut digits, mut count, mut left) = ([0; 20], 0, number.unsigned_abs());
        while count == 0 || left > 0 {
            digits[count] = b'0' + (left % 10) as u8;
            left /= 10;
            count += 1;
        }
        while count > 0 {
            count -= 1;
            self.put(&[digits[count]]);
        }
    }
}

/// `NAME = VALUE;` for each constant, then `on PLATFORMS: NAMES;` for what only others have.
const TEXT: Text = {
    let mut text = Text { bytes: [0; ROOM], used: 0 };
    text.put(b"constants: ");
    let mut i = 0;
    while i < COUNT {
        let item = TABLE.items[i];
        let mut k = 0;
        while k < item.len as usize {
            text.put(&[TABLE.names[item.name as usize + k]]);
            k += 1;
        }
        text.put(b" = ");
        text.put_number(item.value);
        text.put(b"; ");
        i += 1;
    }
    let mut i = 0;
    while i < platform::TEXTS.len() {
        text.put(b"text ");
        text.put(platform::TEXTS[i].0.as_bytes());
        text.put(b" = ");
        text.put(platform::TEXTS[i].1.to_bytes());
        text.put(b"; ");
        i += 1;
    }
    let mut i = 0;
    while i < platform::OTHER_PLATFORMS.len() {
        text.put(b"on ");
        text.put(platform::OTHER_PLATFORMS[i].0.as_bytes());
        text.put(b": ");
        text.put(platform::OTHER_PLATFORMS[i].1.as_bytes());
        text.put(b"; ");
        i += 1;
    }
    text
};

const _: () = match std::str::from_utf8(TEXT.bytes.split_at(TEXT.used).0) {
    Ok(text) => panic!("{}", text),
    Err(_) => panic!("names are ASCII"),
};

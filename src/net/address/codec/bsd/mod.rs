//! The address families that macOS and the BSDs have and Linux lacks: AF_LINK, and on macOS AF_SYSTEM.
//!
//! What `family.rs` and `text.rs` need from a platform: [`Known`] and [`parse`].

pub mod link;
#[cfg(target_vendor = "apple")]
pub mod system;

use super::Interfaces;
use super::escape::Text;
use super::native::Native;
use crate::net::codec::refused::{Refused, Why};
use link::Link;
#[cfg(target_vendor = "apple")]
use system::System;

/// The fields of an address of one of these families.
pub enum Known<'a> {
    Link(Link<'a>),
    #[cfg(target_vendor = "apple")]
    System(System),
}

impl<'a> Known<'a> {
    /// Reads the fields of an address of this family; `None` for other families and for forms that are too
    /// short or too long.
    pub fn read(family: u16, bytes: &'a [u8]) -> Option<Known<'a>> {
        match family {
            link::AF_LINK => Link::read(bytes).map(Known::Link),
            #[cfg(target_vendor = "apple")]
            system::AF_SYSTEM => System::read(bytes).map(Known::System),
            _ => None,
        }
    }

    /// The native form that libsock writes for these fields.
    pub fn native(&self) -> Native {
        match self {
            Known::Link(fields) => fields.native(),
            #[cfg(target_vendor = "apple")]
            Known::System(fields) => fields.native(),
        }
    }

    /// Writes the text form.
    pub fn write(&self, to: &mut Text, interfaces: &dyn Interfaces) -> bool {
        match self {
            Known::Link(fields) => fields.write(to, interfaces),
            #[cfg(target_vendor = "apple")]
            Known::System(fields) => fields.write(to),
        }
        true
    }
}

/// The native address of a text form: `word` is what precedes the first colon, `fields` what follows it.
/// `None` if no family begins with this word.
pub fn parse(word: &[u8], fields: &[u8], interfaces: &dyn Interfaces) -> Option<Result<Native, Refused>> {
    Some(match word {
        b"link" => Link::parse(fields, &mut [0; link::HWADDR_MAX], interfaces).map(|fields| fields.native()),
        #[cfg(target_vendor = "apple")]
        b"system" => System::parse(fields, interfaces).map(|fields| fields.native()),
        #[cfg(not(target_vendor = "apple"))]
        b"system" => other_platform("AF_SYSTEM exists on macOS only"),
        b"divert" => other_platform("sockets of AF_DIVERT take addresses of AF_INET"),
        b"hyperv" => other_platform("AF_HYPERV has this form on Windows only"),
        b"netlink" | b"packet" | b"can" | b"tipc" | b"l2cap" | b"rfcomm" | b"hci" | b"sco" | b"alg"
        | b"vsock" | b"qipcrtr" => other_platform("libsock knows this family on Linux only"),
        _ => return None,
    })
}

fn other_platform(sentence: &'static str) -> Result<Native, Refused> {
    Err(Refused { field: "text", why: Why::OtherPlatform(sentence) })
}

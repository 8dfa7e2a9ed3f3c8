//! The address families that only Windows has: libsock knows none of them by its fields yet.
//!
//! What `family.rs` and `text.rs` need from a platform: [`Known`] and [`parse`].

use super::Interfaces;
use super::escape::Text;
use super::native::Native;
use crate::net::codec::refused::{Refused, Why};
use std::convert::Infallible;
use std::marker::PhantomData;

/// The fields of an address of one of these families: there is none.
pub struct Known<'a>(Infallible, PhantomData<&'a [u8]>);

impl<'a> Known<'a> {
    /// `None`.
    pub fn read(_family: u16, _bytes: &'a [u8]) -> Option<Known<'a>> {
        None
    }

    /// The native form.
    pub fn native(&self) -> Native {
        match self.0 {}
    }

    /// Writes the text form.
    pub fn write(&self, _to: &mut Text, _interfaces: &dyn Interfaces) -> bool {
        match self.0 {}
    }
}

/// Refuses the text forms of families that Windows lacks, or that libsock does not know there; `None` if no family
/// begins with this word.
pub fn parse(word: &[u8], _fields: &[u8], _interfaces: &dyn Interfaces) -> Option<Result<Native, Refused>> {
    let sentence = match word {
        b"netlink" => "AF_NETLINK exists on Linux only",
        b"packet" => "AF_PACKET exists on Linux only",
        b"can" => "AF_CAN exists on Linux only",
        b"tipc" => "AF_TIPC exists on Linux only",
        b"alg" => "AF_ALG exists on Linux only",
        b"vsock" => "AF_VSOCK exists on Linux only",
        b"qipcrtr" => "AF_QIPCRTR exists on Linux only",
        b"l2cap" | b"hci" | b"sco" => "L2CAP, HCI and SCO exist on Linux and BSD only",
        b"rfcomm" => "libsock does not know AF_BTH of Windows",
        b"hyperv" => "libsock does not know AF_HYPERV of Windows",
        b"system" => "AF_SYSTEM exists on macOS only",
        b"link" => "libsock does not know AF_LINK of Windows",
        b"divert" => "AF_DIVERT exists on BSD only",
        _ => return None,
    };
    Some(Err(Refused { field: "text", why: Why::OtherPlatform(sentence) }))
}

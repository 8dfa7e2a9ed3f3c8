//! SO_BINDTODEVICE: the interface that a socket is bound to.

use super::super::{get_name, name_with_nul, pin_socket};
use crate::net::error::{Code, Result};
use crate::net::handle::Id;
use crate::sys::{self, number as limit};
use libc::{SO_BINDTODEVICE, SOL_SOCKET};

/// SO_BINDTODEVICE; an empty name removes the binding.
pub fn set_device(id: Id, name: &[u8]) -> Result<i32> {
    let field = name_with_nul::<{ limit::IFNAMSIZ }>(name);
    let field = field.ok_or_else(|| {
        let most = limit::IFNAMSIZ - 1;
        Code::errno(libc::ENODEV).because(format_args!("name: {} bytes are more than {most}", name.len()))
    })?;
    sys::setsockopt(pin_socket(id)?.fd(), SOL_SOCKET, SO_BINDTODEVICE, &field)?;
    Ok(0)
}

/// SO_BINDTODEVICE: the interface's name, empty if there is none.
pub fn device(id: Id) -> Result<Vec<u8>> {
    get_name::<{ limit::IFNAMSIZ }>(pin_socket(id)?.fd(), SOL_SOCKET, SO_BINDTODEVICE)
}

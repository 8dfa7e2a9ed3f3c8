//! SO_BINDTODEVICE: the interface that a socket is bound to.

use super::super::{get_name, name_with_nul, use_socket};
use crate::net::error::{Code, Result};
use crate::sys::{self, option as limit};
use libc::{SO_BINDTODEVICE, SOL_SOCKET};

/// SO_BINDTODEVICE; an empty name removes the binding.
pub fn set_device(id: i64, name: &[u8]) -> Result<i32> {
    let field = name_with_nul::<{ limit::IFNAMSIZ }>(name);
    let field = field.ok_or_else(|| {
        let most = limit::IFNAMSIZ - 1;
        Code::errno(libc::ENODEV).because(format_args!("name: {} bytes are more than {most}", name.len()))
    })?;
    sys::setsockopt(use_socket(id)?.fd(), SOL_SOCKET, SO_BINDTODEVICE, &field)?;
    Ok(0)
}

/// SO_BINDTODEVICE: the interface's name, empty if there is none.
pub fn device(id: i64) -> Result<Vec<u8>> {
    get_name::<{ limit::IFNAMSIZ }>(use_socket(id)?.fd(), SOL_SOCKET, SO_BINDTODEVICE)
}

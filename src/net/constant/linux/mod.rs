//! The constants of Linux: one file per family of groups, each block beside the header it comes from.

use super::Block;

mod bluetooth;
mod can;
mod cluster;
mod errno;
mod family;
mod inet;
mod kernel;
mod message;
mod netlink;
mod other_platforms;
mod packet;
mod resolver;
mod socket;
mod transport;

pub use bluetooth::TEXTS;
pub use other_platforms::OTHER_PLATFORMS;

/// Every group of this platform.
pub const FILES: &[&[Block]] = &[
    family::BLOCKS,
    socket::BLOCKS,
    message::BLOCKS,
    inet::BLOCKS,
    transport::BLOCKS,
    resolver::BLOCKS,
    packet::BLOCKS,
    can::BLOCKS,
    netlink::BLOCKS,
    bluetooth::BLOCKS,
    cluster::BLOCKS,
    kernel::BLOCKS,
    errno::BLOCKS,
];

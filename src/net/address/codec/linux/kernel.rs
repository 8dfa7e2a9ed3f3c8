//! The native addresses of Linux as its headers declare them: the offsets and sizes that the families of this
//! directory read and write. The libc crate lacks half of them (TIPC, QIPCRTR, Bluetooth); a test
//! compares the others with it, and a C test all of them with the headers.
//!
//! Each begins with its family; fields that start with `_` are padding.

/// linux/netlink.h, `struct sockaddr_nl`.
#[repr(C)]
pub struct Netlink {
    pub family: u16,
    pub _pad: u16,
    pub pid: u32,
    pub groups: u32,
}

/// linux/if_packet.h, `struct sockaddr_ll`.
#[repr(C)]
pub struct Packet {
    pub family: u16,
    /// In network order.
    pub protocol: u16,
    pub ifindex: i32,
    pub hatype: u16,
    pub pkttype: u8,
    pub halen: u8,
    pub addr: [u8; 8],
}

/// linux/can.h, `struct sockaddr_can` up to `can_ifindex`: CAN_RAW and CAN_BCM.
#[repr(C)]
pub struct Can {
    pub family: u16,
    pub ifindex: i32,
}

/// linux/can.h, `struct sockaddr_can` with `can_addr.tp`: CAN_ISOTP.
#[repr(C)]
pub struct CanIsotp {
    pub family: u16,
    pub ifindex: i32,
    pub rx_id: u32,
    pub tx_id: u32,
}

/// linux/can.h, `struct sockaddr_can` with `can_addr.j1939`: CAN_J1939, and the size of the whole.
#[repr(C)]
pub struct CanJ1939 {
    pub family: u16,
    pub ifindex: i32,
    pub name: u64,
    pub pgn: u32,
    pub addr: u8,
}

/// linux/if_alg.h, `struct sockaddr_alg`.
#[repr(C)]
pub struct Alg {
    pub family: u16,
    pub kind: [u8; 14],
    pub feat: u32,
    pub mask: u32,
    pub name: [u8; 64],
}

/// linux/vm_sockets.h, `struct sockaddr_vm`.
#[repr(C)]
pub struct Vsock {
    pub family: u16,
    pub _reserved: u16,
    pub port: u32,
    pub cid: u32,
    pub flags: u8,
    pub _zero: [u8; 3],
}

/// linux/tipc.h, `struct sockaddr_tipc`: `addr.nameseq` has three numbers, `addr.name` a type, an
/// instance and a domain, `addr.id` a reference and then a node.
#[repr(C)]
pub struct Tipc {
    pub family: u16,
    pub addrtype: u8,
    pub scope: i8,
    pub words: [u32; 3],
}

/// linux/qrtr.h, `struct sockaddr_qrtr`.
#[repr(C)]
pub struct Qipcrtr {
    pub family: u16,
    pub node: u32,
    pub port: u32,
}

/// net/bluetooth/hci_sock.h of the kernel, bluetooth/hci.h of BlueZ: `struct sockaddr_hci`.
#[repr(C)]
pub struct Hci {
    pub family: u16,
    pub dev: u16,
    pub channel: u16,
}

/// net/bluetooth/sco.h of the kernel, bluetooth/sco.h of BlueZ: `struct sockaddr_sco`.
#[repr(C)]
pub struct Sco {
    pub family: u16,
    /// The last pair of the text first, as in all of Bluetooth.
    pub bdaddr: [u8; 6],
}

/// net/bluetooth/rfcomm.h of the kernel, bluetooth/rfcomm.h of BlueZ: `struct sockaddr_rc`.
#[repr(C)]
pub struct Rfcomm {
    pub family: u16,
    pub bdaddr: [u8; 6],
    pub channel: u8,
}

/// net/bluetooth/l2cap.h of the kernel, bluetooth/l2cap.h of BlueZ: `struct sockaddr_l2`. PSM and CID are
/// in little-endian order everywhere.
#[repr(C)]
pub struct L2cap {
    pub family: u16,
    pub psm: u16,
    pub bdaddr: [u8; 6],
    pub cid: u16,
    pub bdaddr_type: u8,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    /// The sizes and the offsets of the fields.
    macro_rules! same {
        ($ours:ident, $theirs:ident, $($field:ident = $name:ident),+) => {
            assert_eq!(size_of::<$ours>(), size_of::<libc::$theirs>());
            $(assert_eq!(offset_of!($ours, $field), offset_of!(libc::$theirs, $name));)+
        };
    }

    #[test]
    fn structs_match_those_of_the_libc_crate() {
        same!(Netlink, sockaddr_nl, pid = nl_pid, groups = nl_groups);
        same!(
            Packet,
            sockaddr_ll,
            protocol = sll_protocol,
            ifindex = sll_ifindex,
            hatype = sll_hatype,
            pkttype = sll_pkttype,
            halen = sll_halen,
            addr = sll_addr
        );
        same!(CanJ1939, sockaddr_can, ifindex = can_ifindex, name = can_addr);
        same!(Alg, sockaddr_alg, kind = salg_type, feat = salg_feat, mask = salg_mask, name = salg_name);
        same!(Vsock, sockaddr_vm, port = svm_port, cid = svm_cid, flags = svm_zero);
    }

    /// Within a family the length determines the form.
    #[test]
    fn lengths_determine_the_form() {
        assert_eq!([size_of::<Can>(), size_of::<CanIsotp>(), size_of::<CanJ1939>()], [8, 16, 24]);
        assert_eq!(
            [size_of::<Hci>(), size_of::<Sco>(), size_of::<Rfcomm>(), size_of::<L2cap>()],
            [6, 8, 10, 14]
        );
        assert_eq!([size_of::<Tipc>(), size_of::<Qipcrtr>(), size_of::<Vsock>()], [16, 12, 16]);
    }
}

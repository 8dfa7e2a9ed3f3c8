//! Messages in several pieces, with an address and control data. Winsock takes control data on sockets of datagrams
//! alone, and only through WSASendMsg and WSARecvMsg.

use super::fd::socket_of;
use super::io::{passed, sender_len};
use super::ret::raw;
use crate::sys::{RawResult, Result, memory};
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use windows_sys::Win32::Foundation::GetLastError;
use windows_sys::Win32::Networking::WinSock::{
    LPFN_WSARECVMSG, SIO_GET_EXTENSION_FUNCTION_POINTER, WSABUF, WSAEMSGSIZE, WSAID_WSARECVMSG, WSAIoctl,
    WSAMSG, WSARecvFrom, WSASendMsg, WSASendTo,
};

/// No descriptor comes with a message.
pub const CLOSE_ON_EXEC: c_int = 0;

/// So many pieces need no memory.
const FEW: usize = 16;
const NOTHING: WSABUF = WSABUF { len: 0, buf: ptr::null_mut() };

/// The pieces of a message as Winsock has them.
struct Buffers {
    few: [WSABUF; FEW],
    many: Vec<WSABUF>,
    len: usize,
    total: usize,
}

impl Buffers {
    /// # Safety
    /// The header's pieces are an array of `msg_iovlen`.
    unsafe fn new(header: &libc::msghdr) -> Result<Buffers> {
        let pieces = match header.msg_iovlen {
            0 => &[],
            // SAFETY: by this function's contract.
            len => unsafe { std::slice::from_raw_parts(header.msg_iov, len) },
        };
        let mut buffers = Buffers { few: [NOTHING; FEW], many: Vec::new(), len: pieces.len(), total: 0 };
        if pieces.len() > FEW {
            memory::reserve(&mut buffers.many, pieces.len())?;
            buffers.many.resize(pieces.len(), NOTHING);
        }
        for (at, piece) in pieces.iter().enumerate() {
            let len = piece.iov_len.min((i32::MAX as usize) - buffers.total);
            buffers.total += len;
            buffers.place()[at] = WSABUF { len: len as u32, buf: piece.iov_base.cast() };
        }
        Ok(buffers)
    }

    fn place(&mut self) -> &mut [WSABUF] {
        if self.many.is_empty() { &mut self.few } else { &mut self.many }
    }
}

/// sendmsg().
///
/// # Safety
/// What the header names is valid for reading during the call.
pub unsafe fn send_message(fd: i32, header: &libc::msghdr, flags: c_int) -> RawResult {
    // SAFETY: by this function's contract.
    let mut buffers = match unsafe { Buffers::new(header) } {
        Ok(buffers) => buffers,
        Err(error) => return RawResult(-(error.0 as isize)),
    };
    let (len, mut sent) = (buffers.len as u32, 0);
    let at = buffers.place().as_mut_ptr();
    // SAFETY: the system reads the pieces, the address and the control data, by this function's contract.
    let result = unsafe {
        if header.msg_controllen == 0 {
            let (name, name_len) = (header.msg_name.cast(), header.msg_namelen as i32);
            let flags = passed(flags) as u32;
            WSASendTo(socket_of(fd), at, len, &mut sent, flags, name, name_len, ptr::null_mut(), None)
        } else {
            let control = WSABUF { len: header.msg_controllen as u32, buf: header.msg_control.cast() };
            let (name, namelen) = (header.msg_name.cast(), header.msg_namelen as i32);
            let message =
                WSAMSG { name, namelen, lpBuffers: at, dwBufferCount: len, Control: control, dwFlags: 0 };
            WSASendMsg(socket_of(fd), &message, passed(flags) as u32, &mut sent, ptr::null_mut(), None)
        }
    };
    raw(if result == 0 { sent as isize } else { -1 })
}

/// WSARecvMsg, which Winsock gives out by a number; 0 before it was asked for.
static RECEIVE: AtomicUsize = AtomicUsize::new(0);

fn receive_function(fd: i32) -> LPFN_WSARECVMSG {
    let mut known = RECEIVE.load(Ordering::Relaxed);
    if known == 0 {
        let (id, mut count) = (WSAID_WSARECVMSG, 0);
        // SAFETY: the request reads a GUID and writes one pointer of ours.
        let result = unsafe {
            WSAIoctl(
                socket_of(fd),
                SIO_GET_EXTENSION_FUNCTION_POINTER,
                (&raw const id).cast(),
                size_of_val(&id) as u32,
                (&raw mut known).cast(),
                size_of::<usize>() as u32,
                &mut count,
                ptr::null_mut(),
                None,
            )
        };
        if result != 0 {
            return None;
        }
        RECEIVE.store(known, Ordering::Relaxed);
    }
    // SAFETY: 0, or the function that Winsock has given out.
    unsafe { std::mem::transmute::<usize, LPFN_WSARECVMSG>(known) }
}

/// recvmsg().
///
/// # Safety
/// What the header names is valid for writing during the call.
pub unsafe fn receive_message(fd: i32, header: &mut libc::msghdr, flags: c_int) -> RawResult {
    // SAFETY: by this function's contract.
    let mut buffers = match unsafe { Buffers::new(header) } {
        Ok(buffers) => buffers,
        Err(error) => return RawResult(-(error.0 as isize)),
    };
    let (len, total) = (buffers.len as u32, buffers.total);
    let at = buffers.place().as_mut_ptr();
    let (mut got, mut returned) = (0, passed(flags) as u32);
    let first = header.msg_name.cast::<u64>();
    if !first.is_null() {
        // SAFETY: the address's storage, by this function's contract. It shows whether a sender was named.
        unsafe { first.write(0) };
    }
    let mut name_len = header.msg_namelen as i32;
    let datagrams = header.msg_controllen > 0 && is_datagram(fd);
    let result = match receive_function(fd).filter(|_| datagrams) {
        Some(receive) => {
            let control = WSABUF { len: header.msg_controllen as u32, buf: header.msg_control.cast() };
            let (name, namelen) = (header.msg_name.cast(), name_len);
            let mut message = WSAMSG {
                name,
                namelen,
                lpBuffers: at,
                dwBufferCount: len,
                Control: control,
                dwFlags: returned,
            };
            // SAFETY: the system writes the pieces, the address and the control data, by this function's contract.
            let result = unsafe { receive(socket_of(fd), &mut message, &mut got, ptr::null_mut(), None) };
            (name_len, returned) = (message.namelen, message.dwFlags);
            header.msg_controllen = message.Control.len as usize;
            result
        }
        None => {
            header.msg_controllen = 0;
            let (name, name_len) = match first.is_null() {
                true => (ptr::null_mut(), ptr::null_mut()),
                false => (first.cast(), &raw mut name_len),
            };
            // SAFETY: as above.
            unsafe {
                WSARecvFrom(
                    socket_of(fd),
                    at,
                    len,
                    &mut got,
                    &mut returned,
                    name,
                    name_len,
                    ptr::null_mut(),
                    None,
                )
            }
        }
    };
    // SAFETY: reads a word of the calling thread.
    let cut = result != 0 && unsafe { GetLastError() } == WSAEMSGSIZE as u32;
    if result != 0 && !cut {
        return raw(-1);
    }
    header.msg_flags = returned as c_int & (libc::MSG_TRUNC | libc::MSG_CTRUNC | libc::MSG_OOB);
    if cut {
        header.msg_flags |= libc::MSG_TRUNC;
    }
    header.msg_namelen = match first.is_null() {
        true => 0,
        // SAFETY: as above.
        false => sender_len(unsafe { first.read() }, name_len),
    };
    RawResult(if cut { total as isize } else { got as isize })
}

fn is_datagram(fd: i32) -> bool {
    let mut kind = MaybeUninit::new([0_u8; 4]);
    // SAFETY: an array of bytes is initialised, whatever they are.
    let bytes = unsafe { kind.assume_init_mut() };
    // SAFETY: bytes may be seen as bytes that need not be initialised, as the call only writes initialised ones.
    let place = unsafe { std::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), 4) };
    super::socket::getsockopt(fd, libc::SOL_SOCKET, libc::SO_TYPE, place).is_ok()
        && [libc::SOCK_DGRAM, libc::SOCK_RAW].contains(&i32::from_ne_bytes(*bytes))
}

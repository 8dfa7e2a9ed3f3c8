//! A failure as a number.

/// A failure as C sees it: a negative number, `-errno` or one of libsock's own codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Code(pub(super) i32);

impl Code {
    /// The code of a number of h_errno, 1 to 4.
    pub const fn herror(number: i32) -> Code {
        Code(-22000 - number)
    }

    /// The code of a system error number (positive).
    #[inline]
    pub const fn errno(number: i32) -> Code {
        Code(-number)
    }

    /// A code that a caller's hook returned, taken as it is: any negative number.
    pub const fn from_raw(code: i32) -> Code {
        debug_assert!(code < 0);
        Code(code)
    }

    /// The number that C receives.
    #[inline]
    pub const fn raw(self) -> i32 {
        self.0
    }
}

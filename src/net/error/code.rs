//! A failure as a number.

/// A failure as C sees it: a negative number, `-errno` or one of libsock's own codes. It may have a
/// sentence, by the sentence's ticket; two codes with the same number are equal whatever their sentences.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    number: i32,
    ticket: u32,
}

/// The ticket of no sentence.
pub(super) const NO_TICKET: u32 = 0;

impl PartialEq for Code {
    #[inline]
    fn eq(&self, other: &Code) -> bool {
        self.number == other.number
    }
}

impl Eq for Code {}

impl Code {
    pub(super) const fn own(number: i32) -> Code {
        Code { number, ticket: NO_TICKET }
    }

    pub(super) const fn with_ticket(self, ticket: u32) -> Code {
        Code { ticket, ..self }
    }

    pub(super) const fn ticket(self) -> u32 {
        self.ticket
    }

    /// The code of a number of h_errno, 1 to 4.
    pub const fn herror(number: i32) -> Code {
        Code::own(-22000 - number)
    }

    /// The code of a system error number (positive).
    #[inline]
    pub const fn errno(number: i32) -> Code {
        Code::own(-number)
    }

    /// A code that a caller's hook returned, taken as it is: any negative number.
    pub const fn from_raw(code: i32) -> Code {
        debug_assert!(code < 0);
        Code::own(code)
    }

    /// The number that C receives.
    #[inline]
    pub const fn raw(self) -> i32 {
        self.number
    }
}

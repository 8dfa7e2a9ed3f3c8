//! The addresses still to be tried, the families taking turns (RFC 8305, section 4).

use crate::net::error::{Code, Result};
use crate::sys::{AddrInfo, Address, memory};
use std::collections::VecDeque;

/// Addresses that wait for their turn.
#[derive(Default)]
pub struct Candidates {
    /// One queue for each family, in the order in which the families take turns.
    queues: Vec<(i32, VecDeque<AddrInfo>)>,
    /// Every address that was ever added: the two lookups of a name may name one twice.
    seen: Vec<Address>,
    turn: usize,
    /// Python's order: that of the resolver, whatever the families.
    in_order: bool,
}

impl Candidates {
    /// None yet. `in_order` keeps the resolver's order.
    pub fn new(in_order: bool) -> Candidates {
        Candidates { in_order, ..Candidates::default() }
    }

    /// Adds what a lookup has found.
    pub fn add(&mut self, found: Vec<AddrInfo>) -> Result<()> {
        for candidate in found {
            if self.seen.iter().any(|seen| seen.bytes() == candidate.address.bytes()) {
                continue;
            }
            memory::push(&mut self.seen, candidate.address)?;
            let family = if self.in_order { 0 } else { candidate.family };
            match self.queues.iter_mut().find(|(of, _)| *of == family) {
                Some((_, queue)) => {
                    queue.try_reserve(1).map_err(|_| Code::errno(libc::ENOMEM))?;
                    queue.push_back(candidate);
                }
                None => memory::push(&mut self.queues, (family, VecDeque::from([candidate])))?,
            }
        }
        Ok(())
    }

    /// Has one that was taken be the first of its family again.
    pub fn put_back(&mut self, candidate: AddrInfo) {
        let family = if self.in_order { 0 } else { candidate.family };
        if let Some((_, queue)) = self.queues.iter_mut().find(|(of, _)| *of == family) {
            queue.push_front(candidate);
        }
    }

    /// Has a family take the next turn, and the first place in the order of turns.
    pub fn prefer(&mut self, family: i32) {
        if let Some(at) = self.queues.iter().position(|(of, _)| *of == family) {
            self.queues.swap(0, at);
            self.turn = 0;
        }
    }

    /// Takes the next one.
    pub fn next(&mut self) -> Option<AddrInfo> {
        for _ in 0..self.queues.len() {
            let at = self.turn % self.queues.len();
            self.turn = at + 1;
            if let Some(candidate) = self.queues[at].1.pop_front() {
                return Some(candidate);
            }
        }
        None
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.queues.iter().all(|(_, queue)| queue.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::address;
    use libc::{AF_INET, AF_INET6};

    fn found(text: &str) -> AddrInfo {
        let address = address::parse(text.as_bytes()).expect(text);
        let family = address::family(&address).expect("a family");
        AddrInfo { family, socket_type: libc::SOCK_STREAM, proto: 6, canonical: None, address }
    }

    fn order(mut candidates: Candidates) -> Vec<String> {
        let text = |found: AddrInfo| {
            String::from_utf8_lossy(address::format(&found.address).expect("a text").bytes()).into_owned()
        };
        std::iter::from_fn(|| candidates.next().map(text)).collect()
    }

    fn six() -> Vec<AddrInfo> {
        ["[::1]:1", "[::2]:1", "[::3]:1"].map(found).into()
    }

    fn four() -> Vec<AddrInfo> {
        ["1.0.0.1:1", "1.0.0.2:1"].map(found).into()
    }

    #[test]
    fn families_take_turns_and_ipv6_begins() {
        let mut candidates = Candidates::new(false);
        candidates.add(four()).expect("memory");
        candidates.add(six()).expect("memory");
        candidates.prefer(AF_INET6);
        assert_eq!(order(candidates), ["[::1]:1", "1.0.0.1:1", "[::2]:1", "1.0.0.2:1", "[::3]:1"]);
    }

    #[test]
    fn a_late_family_takes_the_next_turn() {
        let mut candidates = Candidates::new(false);
        candidates.add(four()).expect("memory");
        assert_eq!(candidates.next().map(|f| f.family), Some(AF_INET));
        candidates.add(six()).expect("memory");
        candidates.prefer(AF_INET6);
        assert_eq!(order(candidates), ["[::1]:1", "1.0.0.2:1", "[::2]:1", "[::3]:1"]);
    }

    #[test]
    fn the_resolver_may_keep_its_order_and_no_address_comes_twice() {
        let mut candidates = Candidates::new(true);
        candidates.add(["1.0.0.1:1", "[::1]:1", "1.0.0.1:1", "1.0.0.2:1"].map(found).into()).expect("memory");
        candidates.prefer(AF_INET6);
        assert_eq!(order(candidates), ["1.0.0.1:1", "[::1]:1", "1.0.0.2:1"]);
    }
}

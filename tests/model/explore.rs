//! Breadth-first over all states: every interleaving, each state once.

use super::mutation::Mutation;
use super::property::{Broken, Property, at_the_end};
use super::run::Run;
use super::scenario::Scenario;
use super::state::{State, THREADS};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// What the search of one scenario found.
#[derive(Default)]
pub struct Found {
    pub states: usize,
    pub steps: usize,
    pub ends: usize,
    pub broken: Broken,
    /// For each broken property the first state that shows it, and the way on from there if it is a step's.
    first: Vec<(Property, u32, Option<u8>)>,
    /// For each state the one it came from, and by which of its ways on.
    came_from: Vec<(u32, u8)>,
}

/// More states than any scenario has: a search that meets it has run away.
const LIMIT: usize = 4_000_000;
/// Ways on from one state: for each thread a store let out, a signal, and up to two outcomes of a step.
const WAYS: u8 = (THREADS * 4) as u8;

/// Looks at every state that can be reached, or stops as soon as all of `until` are found broken.
pub fn explore(scenario: &Scenario, without: &[Mutation], until: &[Property]) -> Found {
    let mut found = Found::default();
    let mut seen = Seen::default();
    let mut queue = VecDeque::new();
    let mut edges = Vec::new();
    let first = scenario.initial();
    seen.insert(fingerprint(&first), 0);
    found.came_from.push((0, 0));
    queue.push_back((first, 0_u32));
    while let Some((state, number)) = queue.pop_front() {
        let before = edges.len();
        for way in 0..WAYS {
            let Some((next, broken)) = follow(scenario, without, &state, way) else { continue };
            let new = u32::try_from(found.came_from.len()).expect("fewer states than that");
            let to = match seen.entry(fingerprint(&next)) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(place) => {
                    found.came_from.push((number, way));
                    queue.push_back((next, new));
                    *place.insert(new)
                }
            };
            edges.push((number, to));
            found.note(broken, number, Some(way));
        }
        if edges.len() == before {
            found.ends += 1;
            let lengths = scenario.scripts.map(<[_]>::len);
            found.note(at_the_end(&state, &lengths), number, None);
        }
        assert!(seen.len() < LIMIT, "{}: more than {LIMIT} states", scenario.name);
        if !until.is_empty() && until.iter().all(|property| found.broken.has(*property)) {
            break;
        }
    }
    (found.states, found.steps) = (seen.len(), edges.len());
    if let Some(number) = turning(found.states, &edges) {
        let mut spins = Broken::default();
        spins.add(Property::Spins);
        found.note(spins, number, None);
    }
    found
}

/// A state on a circle, or leading out of one: without circles every run ends, however threads are scheduled.
fn turning(states: usize, edges: &[(u32, u32)]) -> Option<u32> {
    let mut before = vec![0_u32; states];
    let mut start = vec![0_usize; states + 1];
    for (from, to) in edges {
        before[*to as usize] += 1;
        start[*from as usize + 1] += 1;
    }
    for state in 0..states {
        start[state + 1] += start[state];
    }
    // Edges are in the order of the states they leave, because states are explored in that order.
    let mut free: Vec<usize> = (0..states).filter(|state| before[*state] == 0).collect();
    while let Some(state) = free.pop() {
        for (_, to) in &edges[start[state]..start[state + 1]] {
            before[*to as usize] -= 1;
            if before[*to as usize] == 0 {
                free.push(*to as usize);
            }
        }
    }
    before.iter().position(|left| *left > 0).map(|state| state as u32)
}

impl Found {
    fn note(&mut self, broken: Broken, number: u32, way: Option<u8>) {
        for property in broken.list() {
            if !self.broken.has(property) {
                self.broken.add(property);
                self.first.push((property, number, way));
            }
        }
    }

    /// The shortest way to the first fault of a kind, a line for each step.
    pub fn trace(&self, property: Property, scenario: &Scenario, without: &[Mutation]) -> Vec<String> {
        let first = self.first.iter().copied().find(|(kind, ..)| *kind == property);
        let Some((_, mut number, last)) = first else { return Vec::new() };
        let mut ways = Vec::from_iter(last);
        while number != 0 {
            let (before, way) = self.came_from[number as usize];
            ways.push(way);
            number = before;
        }
        let mut state = scenario.initial();
        let mut lines = Vec::new();
        for way in ways.into_iter().rev() {
            lines.push(describe(&state, way));
            state = follow(scenario, without, &state, way).expect("the way was there before").0;
        }
        lines
    }
}

/// The state one way on leads to, if that way is open.
fn follow(scenario: &Scenario, without: &[Mutation], state: &State, way: u8) -> Option<(State, Broken)> {
    let me = usize::from(way / 4);
    let mut run = Run { state: *state, me, scenario, without, broken: Broken::default() };
    let made = match way % 4 {
        0 => run.thread_mut().flush(),
        1 => run.interrupt(),
        choice => run.step(choice - 2),
    };
    made.then_some((run.state, run.broken))
}

fn describe(state: &State, way: u8) -> String {
    let me = usize::from(way / 4);
    let thread = &state.threads[me];
    let what = match way % 4 {
        0 => "a buffered store reaches memory".to_owned(),
        1 => "a signal handler begins".to_owned(),
        choice => match thread.running {
            0 => format!("begins step {} of its script", thread.at),
            running => {
                let frame = &thread.frames[usize::from(running) - 1];
                let other = if choice == 3 { " (the other outcome)" } else { "" };
                format!("{:?} {}.{}{other}", frame.pc, frame.id.slot, frame.id.generation)
            }
        },
    };
    format!("thread {me}: {what}")
}

type Seen = HashMap<u128, u32, BuildHasherDefault<Lower>>;

/// States are remembered by 128 bits of hash: at a million states a wrong match has odds of 10^-27.
fn fingerprint(state: &State) -> u128 {
    let mut hash = Twice { one: 0x243f_6a88_85a3_08d3, two: 0x1319_8a2e_0370_7344 };
    state.hash(&mut hash);
    u128::from(mix(hash.one)) << 64 | u128::from(mix(hash.two))
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ (bits >> 33)
}

/// Two multiplicative hashes side by side.
struct Twice {
    one: u64,
    two: u64,
}

impl Hasher for Twice {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as u64);
    }

    fn write_u64(&mut self, value: u64) {
        self.one = (self.one.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.two = (self.two.rotate_left(23) ^ value).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    }

    fn finish(&self) -> u64 {
        self.one
    }
}

/// A fingerprint is a hash already.
#[derive(Default)]
struct Lower(u64);

impl Hasher for Lower {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only fingerprints are kept")
    }

    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

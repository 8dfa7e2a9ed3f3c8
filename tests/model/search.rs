//! Breadth-first over the states of a small model, and what its tests ask of the result. The protocol's own states are
//! too many for this: `explore.rs` keeps a fingerprint of each.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;

/// How many states there are, and the first fault of each kind with the shortest way there.
pub type Found<State, Fault> = (usize, Vec<(Fault, Vec<State>)>);

/// Looks at every state that can be reached: `look` says where a state leads, and what is wrong in it.
pub fn search<State: Copy + Eq + Hash, Fault: Copy + Eq>(
    first: State,
    look: impl Fn(&State) -> (Vec<State>, Option<Fault>),
) -> Found<State, Fault> {
    let mut seen = HashMap::from([(first, None)]);
    let mut queue = VecDeque::from([first]);
    let mut faults: Vec<(Fault, Vec<State>)> = Vec::new();
    while let Some(state) = queue.pop_front() {
        let (nexts, fault) = look(&state);
        if let Some(fault) = fault.filter(|fault| faults.iter().all(|(known, _)| known != fault)) {
            let mut way = vec![state];
            while let Some(Some(before)) = way.last().and_then(|state| seen.get(state)) {
                way.push(*before);
            }
            way.reverse();
            faults.push((fault, way));
        }
        for next in nexts {
            seen.entry(next).or_insert_with(|| {
                queue.push_back(next);
                Some(state)
            });
        }
    }
    (seen.len(), faults)
}

/// No scenario has a fault, and docs/model.md says how many scenarios and states there are.
pub fn nothing_is_wrong<State: Debug, Fault: Debug>(
    found: impl ExactSizeIterator<Item = (&'static str, Found<State, Fault>)>,
) {
    let (scenarios, mut states) = (found.len(), 0);
    for (name, (count, faults)) in found {
        println!("{count:6} states  {name}");
        assert!(faults.is_empty(), "{name}: {faults:#?}");
        states += count;
    }
    let figures = format!("{scenarios} scenarios, {states} states");
    assert!(super::page().contains(&figures), "docs/model.md does not say: {figures}");
}

/// Without a step, by its name, the faults that are found are those that its case names; or none, if that is none.
pub fn breaks_as_said<Fault: Copy + Debug + Eq>(name: &str, breaks: Option<Fault>, found: &[Fault]) {
    println!("{name:60} {found:?}");
    match breaks {
        Some(fault) => assert!(found.contains(&fault), "{name}: {fault:?} was not found"),
        None => assert!(found.is_empty(), "{name}: {found:?}"),
    }
}

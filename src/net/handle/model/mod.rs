//! A model of the protocol by which handles are pinned, waited on and closed, checked in every interleaving.
//!
//! A handful of scenarios, each of up to three threads, is run through all of its states, breadth-first. The
//! stores of a pin to its hazard record go through a store buffer of their thread, as on x86: they reach
//! memory in order but at any later time, unless a locked instruction of the thread or the closer's membarrier
//! lets them out. Then each step of the protocol is taken out, and the search must find what breaks.
//! docs/model.md says what is modelled, what is not, and what each step is for.

mod call;
mod cases;
mod close;
mod explore;
mod frame;
mod list;
mod mutation;
mod other;
mod pin;
mod property;
mod run;
mod scenario;
mod state;

use cases::{CASES, SPARE, SPARE_IN};
use explore::{Found, explore};
use mutation::Mutation;
use property::Property;
use scenario::Scenario;

/// What a failure of the model test shows: the fault and the shortest way there.
fn report(found: &Found, scenario: &Scenario, without: &[Mutation]) -> String {
    let mut text = format!("{}, without {:?}\n", scenario.name, without);
    for property in found.broken.list() {
        text += &format!("  {}:\n", property.text());
        for line in found.trace(property, scenario, without) {
            text += &format!("    {line}\n");
        }
    }
    text
}

fn words(properties: &[Property]) -> String {
    Vec::from_iter(properties.iter().map(|property| property.text())).join(", ")
}

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/model.md");
    std::fs::read_to_string(path).expect("docs/model.md can be read")
}

#[test]
fn model_full_protocol_holds() {
    let (mut states, mut steps, mut largest) = (0, 0, 0);
    for scenario in list::ALL {
        let found = explore(scenario, &[], &[]);
        println!(
            "{:8} states {:8} steps {:3} ends  {}",
            found.states, found.steps, found.ends, scenario.name
        );
        assert!(found.broken.is_empty(), "{}", report(&found, scenario, &[]));
        assert!(found.ends > 0);
        states += found.states;
        steps += found.steps;
        largest = largest.max(found.states);
    }
    let count = list::ALL.len();
    let figures =
        format!("{count} scenarios, {states} states, {steps} steps; the largest has {largest} states");
    println!("{figures}");
    assert!(page().contains(&figures), "docs/model.md does not say: {figures}");
}

#[test]
fn model_every_step_is_needed() {
    for case in CASES {
        let found = explore(case.scenario, &[case.without], case.breaks);
        let breaks = words(&found.broken.list());
        println!("{:60} {breaks} ({} states: {})", case.without.name(), found.states, case.scenario.name);
        for property in case.breaks {
            let missed = property.text();
            assert!(found.broken.has(*property), "{}: {missed} was not found", case.without.name());
        }
    }
}

#[test]
fn model_spare_steps_are_spare() {
    for without in SPARE {
        for scenario in SPARE_IN {
            let found = explore(scenario, &[*without], &[]);
            assert!(found.broken.is_empty(), "{}", report(&found, scenario, &[*without]));
        }
        println!("{:60} nothing breaks", without.name());
    }
}

#[test]
fn model_limits_are_limits() {
    for scenario in [&list::DETACHES_CROSSED, &list::HANDLER_SAME] {
        let found = explore(scenario, &[], &[]);
        assert!(found.broken.has(Property::Stuck), "{}: it is safe after all", scenario.name);
    }
}

#[test]
fn model_lists_are_whole() {
    let cases = CASES.iter().map(|case| case.without);
    let needed = Mutation::ALL.iter().copied().filter(|without| !SPARE.contains(without));
    assert!(cases.eq(needed), "each mutation has one case, in the same order");
}

#[test]
fn model_page_says_what_breaks() {
    let rows = CASES.iter().map(|case| format!("| {} | {} |", case.without.name(), words(case.breaks)));
    let spare = SPARE.iter().map(|without| format!("| {} | nothing |", without.name()));
    let expected = Vec::from_iter(rows.chain(spare));
    let page = page();
    let table = page.lines().filter(|line| line.starts_with("| ") && line.contains(": "));
    let written = Vec::from_iter(table.map(str::to_owned));
    assert!(written == expected, "the table of docs/model.md should be:\n{}", expected.join("\n"));
}

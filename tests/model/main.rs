//! A model of the protocol by which handles are pinned, waited on and closed, checked in every interleaving.
//!
//! The model is a transcription of the protocol: it imports nothing of the library. `production.rs` names,
//! for each of its steps, the functions of the library that take the step, and a test finds them in the
//! sources.
//!
//! Some forty scenarios, each of up to three threads, run through all of their states, breadth-first. The
//! stores of a pin to its hazard record go through a store buffer of their thread, as on x86: they reach
//! memory in order but at any later time, unless a locked instruction of the thread or the closer's
//! membarrier flushes them. Then each step of the protocol is left out in turn, and the search must find what
//! breaks. docs/model.md says what is modelled, what is not, and what each step is for.

mod call;
mod cases;
mod close;
mod environment;
mod explore;
mod flag;
mod frame;
mod list;
mod mutation;
mod pin;
mod poller;
mod production;
mod property;
mod run;
mod scenario;
mod search;
mod section;
mod source;
mod state;

use cases::{CASES, SPARE, SPARE_IN};
use explore::{Found, explore};
use mutation::Mutation;
use property::Property;
use scenario::Scenario;
use std::sync::Mutex;

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

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/model.md");

fn page() -> String {
    std::fs::read_to_string(PAGE).expect("docs/model.md can be read")
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
    compare("| left out or swapped |", &expected);
}

/// The table of docs/model.md that begins with a head must have these rows. `SOCK_TEST_WRITE=1` writes them.
fn compare(head: &str, expected: &[String]) {
    static WRITING: Mutex<()> = Mutex::new(());
    let _alone = WRITING.lock();
    let page = page();
    let lines = Vec::from_iter(page.lines());
    let first = lines.iter().position(|line| line.starts_with(head)).expect("the table's head") + 2;
    let rows = lines[first..].iter().take_while(|line| line.starts_with('|')).count();
    let written = &lines[first..first + rows];
    if written != expected && std::env::var_os("SOCK_TEST_WRITE").is_some() {
        let expected = expected.iter().map(String::as_str);
        let renewed =
            lines[..first].iter().copied().chain(expected).chain(lines[first + rows..].iter().copied());
        std::fs::write(PAGE, Vec::from_iter(renewed).join("\n") + "\n")
            .expect("docs/model.md can be written");
        return;
    }
    assert!(written == expected, "the table \"{head}\" of docs/model.md should be:\n{}", expected.join("\n"));
}

#[test]
fn model_page_names_the_functions_of_each_step() {
    let rows = Vec::from_iter(production::TABLE.iter().map(production::Row::line));
    compare("| step of the model |", &rows);
}

#[test]
fn model_every_step_has_its_row() {
    for step in frame::Pc::ALL {
        let rows = production::TABLE.iter().filter(|row| row.steps.contains(step)).count();
        assert_eq!(rows, 1, "{step:?} must be in exactly one row of tests/model/production.rs");
    }
}

#[test]
fn model_functions_exist() {
    let sources = source::read();
    for row in production::TABLE {
        for name in row.functions {
            assert!(source::has(&sources, name), "{:?}: no function {name} in src", row.steps);
        }
    }
    for planted in ["close::no_such_function", "Record::end", "no_such_module::close", "NoSuchType::leave"] {
        assert!(!source::has(&sources, planted), "{planted} was found");
    }
}

//! The layers `ffi`, `net` and `sys`, and the floors of `net`: no file uses a layer or floor above its own.

mod source;

use source::{Edge, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// The floors of `src/net`, bottom up, as ARCHITECTURE.md draws them. A file may use its own floor and
/// those below it. An entry is a file or a directory; of two that fit, the longer one counts.
const FLOORS: &[&[&str]] = &[
    &["codec"],
    &["error", "time"],
    &["address", "constant", "convert"],
    &["handle"],
    &["interrupt", "kernel_limit"],
    &["wait"],
    &[
        "mode",
        "deadline",
        "cancel",
        "operation",
        "family/address_check",
        "family/linux/address_form",
        "family/bsd/address_form",
        "family/windows",
    ],
    &["socket", "option"],
    &["accept", "connect", "transfer", "lookup", "netdb", "activation"],
    &["sendfile", "splice", "stream", "message", "file", "poller"],
    &["batch", "relay", "zerocopy"],
    &["family", "connection"],
    &["server"],
    &["fork"],
];

/// Where files may use each other in a circle: the parts of one protocol.
const PROTOCOL: &str = "net/handle/";

/// The floor of a file of `net`, by its path without `src/` and `.rs`.
fn floor(file: &str) -> Option<usize> {
    let file = file.strip_prefix("net/")?;
    let fits =
        |entry: &str| file == entry || file.strip_prefix(entry).is_some_and(|rest| rest.starts_with('/'));
    let entries =
        FLOORS.iter().enumerate().flat_map(|(at, floor)| floor.iter().map(move |entry| (at, entry)));
    entries.filter(|(_, entry)| fits(entry)).max_by_key(|(_, entry)| entry.len()).map(|(at, _)| at)
}

fn layer(file: &str) -> usize {
    ["sys", "net", "ffi"].iter().position(|layer| file.split('/').next() == Some(layer)).unwrap_or(3)
}

/// Every arrow that points up.
fn upward(edges: &[Edge]) -> Vec<String> {
    let is_upward = |edge: &&Edge| {
        layer(&edge.to) > layer(&edge.from)
            || matches!((floor(&edge.from), floor(&edge.to)), (Some(from), Some(to)) if to > from)
    };
    edges.iter().filter(is_upward).map(|edge| format!("{} uses {}", edge.from, edge.to)).collect()
}

/// The parts of `sys` that belong to one system, and the one that all Unix systems share.
const SYSTEMS: [&str; 4] = ["sys/unix/", "sys/linux/", "sys/bsd/", "sys/windows/"];

/// Every arrow between the parts of `sys` but those from a Unix system to what all of them share.
fn sideways(edges: &[Edge]) -> Vec<String> {
    let part = |file: &str| SYSTEMS.iter().position(|part| file.starts_with(part));
    let is_wrong = |edge: &&Edge| match (part(&edge.from), part(&edge.to)) {
        (Some(from), Some(to)) => from != to && !(to == 0 && SYSTEMS[from] != "sys/windows/"),
        _ => false,
    };
    edges.iter().filter(is_wrong).map(|edge| format!("{} uses {}", edge.from, edge.to)).collect()
}

/// Every file of `net` outside the protocol that uses itself by way of others.
fn circles(edges: &[Edge]) -> Vec<String> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| edge.from.starts_with("net/") && !edge.exports) {
        next.entry(&edge.from).or_default().insert(&edge.to);
    }
    let reaches_itself = |file: &&&str| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![**file]);
        while let Some(at) = open.pop() {
            for to in next.get(at).into_iter().flatten() {
                if seen.insert(*to) {
                    open.push(to);
                }
            }
        }
        seen.contains(**file)
    };
    let tied = next.keys().filter(|file| !file.starts_with(PROTOCOL)).filter(reaches_itself);
    tied.map(ToString::to_string).collect()
}

#[test]
fn nothing_points_up() {
    assert_eq!(upward(&Tree::read().edges()), Vec::<String>::new());
}

#[test]
fn the_systems_do_not_use_each_other() {
    assert_eq!(sideways(&Tree::read().edges()), Vec::<String>::new());
    for (file, text, found) in [
        ("sys/unix/poll", "use crate::sys::linux::epoll::Edge;", "sys/unix/poll uses sys/linux/epoll"),
        (
            "sys/unix/portable/poll",
            "use crate::sys::bsd::kqueue;",
            "sys/unix/portable/poll uses sys/bsd/kqueue/mod",
        ),
        ("sys/bsd/peer", "use super::super::linux::number;", "sys/bsd/peer uses sys/linux/number"),
        (
            "sys/linux/poll",
            "fn f() { crate::sys::bsd::peer::peer_credentials(0) }",
            "sys/linux/poll uses sys/bsd/peer",
        ),
    ] {
        let mut tree = Tree::read();
        tree.plant(file, text);
        assert_eq!(sideways(&tree.edges()), [found], "{text}");
    }
}

#[test]
fn only_the_handle_protocol_goes_round_in_circles() {
    assert_eq!(circles(&Tree::read().edges()), Vec::<String>::new());
}

#[test]
fn every_file_has_its_floor_and_every_floor_its_files() {
    let tree = Tree::read();
    let files: Vec<&str> =
        tree.files().filter(|file| file.starts_with("net/") && *file != "net/mod").collect();
    let homeless: Vec<_> = files.iter().filter(|file| floor(file).is_none()).collect();
    assert!(homeless.is_empty(), "on no floor: {homeless:?}");
    for entry in FLOORS.iter().copied().flatten() {
        let (file, directory) = (format!("net/{entry}"), format!("net/{entry}/"));
        let exists = files.iter().any(|other| **other == file || other.starts_with(&directory));
        assert!(exists, "no such file or directory: {entry}");
    }
}

#[test]
fn a_planted_arrow_is_found() {
    for (file, text, found) in [
        ("net/wait", "use super::server;", "net/wait uses net/server"),
        ("net/time", "use super::{error::Code, handle};", "net/time uses net/handle/mod"),
        ("net/error/mod", "use crate::net::handle::pin;", "net/error/mod uses net/handle/pin"),
        ("net/handle/pin", "fn f() { super::super::wait::Call::new() }", "net/handle/pin uses net/wait"),
        ("net/socket", "fn f() { crate::net::stream::read() }", "net/socket uses net/stream/read"),
        (
            "net/mode",
            "use super::handle; use super::connect as c; fn f() { c::connect() }",
            "net/mode uses net/connect",
        ),
        ("net/file", "use crate::ffi::arg;", "net/file uses ffi/arg"),
        ("sys/lock", "fn f() { crate::net::time::now(); }", "sys/lock uses net/time"),
        ("sys/linux/poll", "use crate::ffi;", "sys/linux/poll uses ffi/mod"),
    ] {
        let mut tree = Tree::read();
        tree.plant(file, text);
        assert_eq!(upward(&tree.edges()), [found], "{text}");
    }
    let mut tree = Tree::read();
    tree.plant("net/lookup/resolver_call", "use super::resolve::wait;");
    let tied = circles(&tree.edges());
    assert!(tied.contains(&"net/lookup/resolver_call".into()) && tied.contains(&"net/lookup/resolve".into()));
}

#[test]
fn what_is_no_arrow_is_not_found() {
    for text in [
        "// use super::server;",
        "/* crate::net::server */",
        "const A: &str = \"use super::server;\";",
        "#[cfg(test)] mod tests { use super::super::server; }",
        "use std::time; use libc::connect;",
    ] {
        let mut tree = Tree::read();
        tree.plant("net/wait", text);
        assert_eq!(upward(&tree.edges()), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn architecture_draws_the_same_floors() {
    let drawn = source::read("ARCHITECTURE.md");
    let lines: Vec<String> = FLOORS.iter().rev().map(|floor| floor.join(", ")).collect();
    let mut rest = drawn.lines().map(str::trim);
    for line in lines {
        assert!(
            rest.any(|other| other == line),
            "ARCHITECTURE.md does not draw this floor, or not here: {line}"
        );
    }
}

/// The modules that the sources do not declare: files that nothing compiles.
fn undeclared<'a>(tree: &Tree, files: impl Iterator<Item = &'a str>) -> Vec<String> {
    let is_declared = |file: &&str| {
        let Some((directory, name)) = file.rsplit_once('/') else { return true };
        let (parent, name) = match name {
            "mod" => directory.rsplit_once('/').unwrap_or(("", directory)),
            name => (directory, name),
        };
        let declaration = format!("mod {name};");
        [format!("{parent}/mod"), parent.to_string(), "lib".to_string()]
            .iter()
            .any(|module| tree.text(module).is_some_and(|text| text.contains(&declaration)))
    };
    files.filter(|file| !is_declared(file)).map(ToString::to_string).collect()
}

#[test]
fn every_file_is_compiled() {
    let tree = Tree::read();
    assert_eq!(undeclared(&tree, tree.files()), Vec::<String>::new());
    assert_eq!(
        undeclared(&tree, ["sys/linux/epoll", "sys/linux/left_over"].into_iter()),
        ["sys/linux/left_over"]
    );
}

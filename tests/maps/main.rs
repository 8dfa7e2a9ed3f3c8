//! docs/python-map.md and docs/semantics-map.md leave nothing out and name nothing that is not there.
//! `SOCK_TEST_WRITE=1 cargo test --test maps` brings them up to what the tree has.

mod constants;
mod platform;
mod python;
mod semantics;

use std::fs;
use std::path::Path;
use std::sync::Mutex;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Every file of a folder and of the folders in it.
fn files_in(folder: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(root().join(folder)).unwrap_or_else(|e| panic!("{folder}: {e}")) {
        let entry = entry.expect("an entry");
        let path = format!("{folder}/{}", entry.file_name().to_str().expect("a name"));
        if entry.file_type().expect("a type").is_dir() { files_in(&path, found) } else { found.push(path) }
    }
    found.sort();
}

/// A document as it is, or first written anew where that is wanted.
fn document(path: &str, renew: impl FnOnce(&str) -> String) -> String {
    static WRITING: Mutex<()> = Mutex::new(());
    let _alone = WRITING.lock();
    let text = read(path);
    if std::env::var_os("SOCK_TEST_WRITE").is_none() {
        return text;
    }
    let text = renew(&text);
    fs::write(root().join(path), &text).expect("the document can be written");
    text
}

/// The cells of a table's row; none for other lines and for a table's head.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.strip_prefix("| ")?.strip_suffix('|')?;
    let cells: Vec<&str> = inside.split(" | ").map(str::trim).collect();
    (!["Python", "group", "rule"].contains(&cells[0])).then_some(cells)
}

/// The words in code type of a text.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

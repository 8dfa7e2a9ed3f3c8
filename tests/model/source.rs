//! The library's sources, to look functions up in.

use std::fs;
use std::path::{Path, PathBuf};

/// Path and text of every file below src.
pub fn read() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 100, "only {} sources were found", found.len());
    found
}

fn collect(directory: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(directory).expect("a directory of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            found.push((path, text));
        }
    }
}

/// Whether a `module::function` or a `Type::method` exists.
pub fn has(sources: &[(PathBuf, String)], name: &str) -> bool {
    let (owner, function) = name.split_once("::").expect("a name with its module or type");
    if owner.starts_with(|letter: char| letter.is_ascii_uppercase()) {
        return sources.iter().any(|(_, text)| has_method(text, owner, function));
    }
    sources.iter().any(|(path, text)| {
        is_module(path, owner) && text.lines().any(|line| !line.starts_with(' ') && defines(line, function))
    })
}

/// Whether a file is that of a module: `close.rs` or `close/mod.rs`.
fn is_module(path: &Path, module: &str) -> bool {
    let name =
        if path.ends_with("mod.rs") { path.parent().and_then(Path::file_name) } else { path.file_stem() };
    name.is_some_and(|name| name == module)
}

fn defines(line: &str, function: &str) -> bool {
    let Some((before, after)) = line.split_once("fn ") else { return false };
    let rest = after.strip_prefix(function);
    !before.contains("//") && rest.is_some_and(|rest| rest.starts_with(['(', '<']))
}

/// Whether an `impl` block of a type has a method. rustfmt ends such a block with a brace in the first
/// column.
fn has_method(text: &str, owner: &str, function: &str) -> bool {
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("impl") {
            inside = implements(line, owner);
        } else if line == "}" {
            inside = false;
        } else if inside && defines(line, function) {
            return true;
        }
    }
    false
}

/// Whether `impl<'a> Trait for Owner<'a> {` or `impl Owner {` is of this type.
fn implements(line: &str, owner: &str) -> bool {
    let line = line.trim_end_matches([' ', '{']);
    let of = line.rsplit_once(" for ").map_or(line, |(_, of)| of);
    let name = of.split_whitespace().last().unwrap_or_default();
    name.split('<').next() == Some(owner)
}

//! What `src/ffi` declares: the sections of the header, in order, and which item belongs to which.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One section of the header: one `pub mod` of `src/ffi/mod.rs`.
pub struct Section {
    /// The module's name: the subject.
    pub subject: String,
    /// The opening comment, line by line; the first line is the title.
    pub text: Vec<String>,
    /// Name and Rust type (constants alone) of every public C item that the module declares.
    pub items: BTreeMap<String, String>,
}

/// The directory of the package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the package.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every section, in the order of the `pub mod` lines of `src/ffi/mod.rs`.
pub fn sections() -> Vec<Section> {
    let subjects = read("src/ffi/mod.rs");
    let subjects = subjects.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    subjects.map(section).collect()
}

fn section(subject: &str) -> Section {
    let files = files_of(subject);
    let first = read(&files[0]);
    let text: Vec<String> = first
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line).to_string())
        .collect();
    let title = text.first().map_or("", |line| line.trim());
    assert!(!title.is_empty(), "{} begins with no `//! Title`", files[0].display());
    assert!(!title.ends_with(['.', ':']), "{}: the first line is the section's title", files[0].display());
    let items = files.iter().flat_map(|file| declared(&read(file))).collect();
    Section { subject: subject.into(), text, items }
}

/// `src/ffi/SUBJECT.rs` or `src/ffi/SUBJECT/mod.rs`, and then what else lies in its directory.
fn files_of(subject: &str) -> Vec<PathBuf> {
    let dir = PathBuf::from("src/ffi").join(subject);
    let first = [dir.with_extension("rs"), dir.join("mod.rs")];
    let mut files: Vec<PathBuf> = first.into_iter().filter(|file| root().join(file).exists()).collect();
    assert_eq!(files.len(), 1, "one file must open the module {subject}");
    if let Ok(list) = fs::read_dir(root().join(&dir)) {
        let mut more: Vec<PathBuf> = list.map(|entry| dir.join(entry.unwrap().file_name())).collect();
        more.retain(|file| file.extension().is_some_and(|e| e == "rs") && !files.contains(file));
        more.sort();
        files.extend(more);
    }
    files
}

/// The public C items of a source text: they stand at the start of a line, which tests do not.
fn declared(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in source.lines() {
        let Some(rest) = line.strip_prefix("pub ") else { continue };
        // A type of another layer under its C name: `pub use ... as sock_addr;`
        if let Some((_, name)) = rest.strip_prefix("use ").and_then(|rest| rest.rsplit_once(" as ")) {
            found.push((name.trim_end_matches(';').to_string(), String::new()));
            continue;
        }
        let rest = rest.strip_prefix("unsafe ").unwrap_or(rest);
        let kinds = ["const ", "type ", "struct ", "union ", "enum ", "extern \"C\" fn "];
        let Some(rest) = kinds.iter().find_map(|kind| rest.strip_prefix(kind)) else { continue };
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        if is_public(name) {
            let kind = rest.strip_prefix(": ").and_then(|rest| rest.split(" =").next());
            found.push((name.to_string(), kind.unwrap_or_default().to_string()));
        }
    }
    found
}

/// Whether a name belongs to the C API.
pub fn is_public(name: &str) -> bool {
    name.starts_with("sock_") || name.starts_with("SOCK_")
}

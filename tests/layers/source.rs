//! Which file of `src` uses which: by its `use` lines and by paths in its code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// An arrow from one file to another, each by its path without `src/` and `.rs`.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Edge {
    pub from: String,
    pub to: String,
    /// Only by `pub use`: another file that uses the name has the arrow.
    pub exports: bool,
}

/// A file of the package.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// One file, without what only tests use.
struct Source {
    /// `net::handle::pin`, as its parts.
    module: Vec<String>,
    text: String,
}

/// The files of `src`.
pub struct Tree(BTreeMap<String, Source>);

type Module = Vec<String>;

/// What the paths of a file mean.
#[derive(Default)]
struct Names {
    /// Imported names, and their paths from the root. The compiler looks at who may see them.
    imported: BTreeMap<String, Module>,
    /// Every path from the root that the file names, and whether only to export it.
    paths: Vec<(Module, bool)>,
}

impl Tree {
    pub fn read() -> Tree {
        let mut files = BTreeMap::new();
        let mut tests = BTreeSet::new();
        collect(Path::new("src"), &mut files, &mut tests);
        let is_test =
            |file: &String| tests.iter().any(|test| file == test || file.starts_with(&format!("{test}/")));
        files.retain(|file, _| !is_test(file));
        Tree(files)
    }

    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The text of a file, without what only tests use.
    pub fn text(&self, file: &str) -> Option<&str> {
        self.0.get(file).map(|source| source.text.as_str())
    }

    /// Adds a text to a file.
    pub fn plant(&mut self, file: &str, text: &str) {
        let source = self.0.get_mut(file).unwrap_or_else(|| panic!("no file {file}"));
        source.text.push('\n');
        source.text.push_str(&without_tests(&stripped(text)).0);
    }

    /// Every arrow between two files.
    pub fn edges(&self) -> Vec<Edge> {
        let modules: BTreeMap<&Module, &String> =
            self.0.iter().map(|(file, source)| (&source.module, file)).collect();
        let names: BTreeMap<&Module, Names> =
            self.0.values().map(|source| (&source.module, self.names(source, &modules))).collect();
        let mut edges = BTreeSet::new();
        for (from, source) in &self.0 {
            for (path, exports) in &names[&source.module].paths {
                if let Some(to) = target(path, &modules, &names, 0).filter(|to| *to != from) {
                    edges.insert(Edge { from: from.clone(), to: to.clone(), exports: *exports });
                }
            }
        }
        edges.into_iter().collect()
    }

    fn names(&self, source: &Source, modules: &BTreeMap<&Module, &String>) -> Names {
        let mut names = Names::default();
        let tokens = tokens(&source.text);
        let mut code = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            // (`use<..>` in a type is no import.)
            if tokens[at] != "use" || tokens.get(at + 1) == Some(&"<") {
                code.push(tokens[at]);
                at += 1;
                continue;
            }
            let end = (at..tokens.len()).find(|&end| tokens[end] == ";").unwrap_or(tokens.len());
            let before = code.iter().rev().take_while(|token| !["}", ";", "{", "]"].contains(token));
            let exports = before.into_iter().any(|token| *token == "pub");
            let mut found = Vec::new();
            expand(&tokens[at + 1..end], &mut Vec::new(), &mut found);
            for (path, name) in found {
                let Some(path) = rooted(&path, source, &names.imported, modules) else { continue };
                names.paths.push((path.clone(), exports));
                names.imported.insert(name, path);
            }
            at = end;
        }
        for start in 0..code.len() {
            if start > 0 && code[start - 1] == "::" || !is_name(code[start]) {
                continue;
            }
            let mut path = vec![code[start].to_string()];
            let mut at = start + 1;
            while at + 1 < code.len() && code[at] == "::" && is_name(code[at + 1]) {
                path.push(code[at + 1].to_string());
                at += 2;
            }
            if path.len() > 1 {
                names.paths.extend(rooted(&path, source, &names.imported, modules).map(|path| (path, false)));
            }
        }
        names
    }
}

/// A path as one from the root of the crate; none for paths of other crates and of local names.
fn rooted(
    path: &[String],
    source: &Source,
    imported: &BTreeMap<String, Module>,
    modules: &BTreeMap<&Module, &String>,
) -> Option<Module> {
    let mut base = source.module.clone();
    let mut rest = path;
    match path[0].as_str() {
        "crate" => (base, rest) = (Vec::new(), &path[1..]),
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|part| part == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        name => {
            let child: Module = base.iter().cloned().chain([name.to_string()]).collect();
            if let Some(path) = imported.get(name) {
                (base, rest) = (path.clone(), &rest[1..]);
            } else if !modules.contains_key(&child) {
                return None;
            }
        }
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// The file in which a path ends, after it was followed through what modules import.
fn target<'a>(
    path: &Module,
    modules: &BTreeMap<&Module, &'a String>,
    names: &BTreeMap<&Module, Names>,
    depth: usize,
) -> Option<&'a String> {
    let known = (0..=path.len()).rev().find(|&len| modules.contains_key(&path[..len].to_vec()))?;
    let module = path[..known].to_vec();
    if let Some(imported) = path.get(known).and_then(|name| names[&module].imported.get(name)) {
        let further: Module = imported.iter().chain(&path[known + 1..]).cloned().collect();
        if depth < 8 && further != *path {
            return target(&further, modules, names, depth + 1);
        }
    }
    modules.get(&module).copied()
}

fn collect(dir: &Path, files: &mut BTreeMap<String, Source>, tests: &mut BTreeSet<String>) {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(dir);
    for entry in fs::read_dir(&place).expect("a directory of src") {
        let path = dir.join(entry.expect("an entry").file_name());
        if Path::new(env!("CARGO_MANIFEST_DIR")).join(&path).is_dir() {
            collect(&path, files, tests);
            continue;
        }
        let file = path.strip_prefix("src").expect("within src").with_extension("");
        let file = file.to_str().expect("a name in UTF-8").to_string();
        let mut module: Module = file.split('/').map(String::from).collect();
        if module.last().is_some_and(|last| last == "mod" || last == "lib") {
            module.pop();
        }
        let (text, declared) = without_tests(&stripped(&read(&path)));
        let parent = file.rsplit_once('/').map_or("", |(parent, _)| parent);
        tests.extend(declared.iter().map(|name| format!("{parent}/{name}")));
        files.insert(file, Source { module, text });
    }
}

/// A text without comments, texts and characters.
fn stripped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if first == '"' {
            let mut end = 1;
            while end < rest.len() && rest.as_bytes()[end] != b'"' {
                end += if rest.as_bytes()[end] == b'\\' { 2 } else { 1 };
            }
            out.push_str("\"\"");
            (end + 1).min(rest.len())
        } else if rest.starts_with("'\\") || rest.chars().nth(2) == Some('\'') && first == '\'' {
            let from = if rest.starts_with("'\\") { 3 } else { 1 };
            rest[from..].find('\'').map_or(rest.len(), |at| from + at + 1)
        } else {
            out.push(first);
            first.len_utf8()
        };
        rest = &rest[skipped..];
    }
    out
}

/// A text without its `#[cfg(test)]` items, and the names of modules among them that are files.
fn without_tests(text: &str) -> (String, Vec<String>) {
    const MARK: &str = "#[cfg(test)]";
    let (mut out, mut files, mut rest) = (String::new(), Vec::new(), text);
    while let Some(at) = rest.find(MARK) {
        out.push_str(&rest[..at]);
        rest = &rest[at + MARK.len()..];
        let (mut depth, mut end) = (0, rest.len());
        for (at, character) in rest.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(character, '}' | ';' | ',') {
                end = at + 1;
                break;
            }
        }
        let item = rest[..end].trim();
        if let Some(name) = item.strip_prefix("mod ").and_then(|item| item.strip_suffix(';')) {
            files.push(name.to_string());
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    (out, files)
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let len = if is_name(rest) {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        found.push(&rest[..len]);
        rest = rest[len..].trim_start();
    }
    found
}

/// The paths of a `use` line, each with the name under which it is imported.
fn expand(tokens: &[&str], prefix: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
    let depth = prefix.len();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at] {
            "{" => {
                // A group ends the path that it is in.
                let inside = &tokens[at + 1..tokens.len() - 1];
                let (mut start, mut nested) = (0, 0);
                for (i, token) in inside.iter().enumerate() {
                    match *token {
                        "{" => nested += 1,
                        "}" => nested -= 1,
                        "," if nested == 0 => {
                            expand(&inside[start..i], prefix, found);
                            start = i + 1;
                        }
                        _ => {}
                    }
                }
                expand(&inside[start..], prefix, found);
                prefix.truncate(depth);
                return;
            }
            "::" => at += 1,
            "as" => {
                found.push((prefix.clone(), tokens[at + 1].to_string()));
                prefix.truncate(depth);
                return;
            }
            "self" if !prefix.is_empty() => {
                at += 1;
            }
            name => {
                prefix.push(name.to_string());
                at += 1;
            }
        }
    }
    if !tokens.is_empty() {
        let name = prefix.last().cloned().unwrap_or_default();
        found.push((prefix.clone(), name));
    }
    prefix.truncate(depth);
}

//! cbindgen's output taken apart: each declaration with its comment.

/// A declaration of the C API.
#[derive(Debug)]
pub struct Item {
    /// What it declares.
    pub name: String,
    /// Its group within a section.
    pub kind: Kind,
    /// The comment's lines, without the comment signs.
    pub comment: Vec<String>,
    /// The declaration as cbindgen wrote it; of a constant the value alone.
    pub text: String,
}

/// The groups of a section, in the order in which they are printed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// A number: `#define`.
    Constant,
    /// A struct, union or typedef.
    Type,
    /// A function.
    Function,
}

/// Runs cbindgen over the crate with the settings of cbindgen.toml.
pub fn generate() -> Vec<Item> {
    let root = super::source::root();
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    // The frame is written by `book`: here only the declarations are wanted.
    config.header = None;
    config.no_includes = true;
    let bindings = cbindgen::Builder::new().with_config(config).with_crate(root).generate();
    let mut text = Vec::new();
    bindings.expect("cbindgen reads the crate").write(&mut text);
    split(&String::from_utf8(text).unwrap())
}

fn split(text: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let mut comment = Vec::new();
    let mut open = String::new();
    let mut in_comment = false;
    for line in text.lines() {
        if open.is_empty() && line == "/**" {
            in_comment = true;
            comment.clear();
        } else if in_comment && line.trim() == "*/" {
            in_comment = false;
        } else if in_comment {
            comment.push(line.trim_start().trim_start_matches('*').trim().to_string());
        } else if open.is_empty() && line.is_empty() {
            comment.clear();
        } else {
            open += line;
            open.push('\n');
            let depth = open.matches('{').count() == open.matches('}').count();
            if line.starts_with("#define ") || depth && line.ends_with(';') {
                items.push(item(std::mem::take(&mut open), std::mem::take(&mut comment)));
            }
        }
    }
    assert!(open.is_empty() && !in_comment, "cbindgen's output ends within an item: {open}");
    items
}

fn item(text: String, mut comment: Vec<String>) -> Item {
    while comment.last().is_some_and(String::is_empty) {
        comment.pop();
    }
    let text = text.trim_end().to_string();
    if let Some(definition) = text.strip_prefix("#define ") {
        let (name, value) = definition.split_once(' ').expect("a constant has a value");
        return Item { name: name.into(), kind: Kind::Constant, comment, text: value.into() };
    }
    assert!(!text.starts_with('#'), "the header is the same on every platform, no `cfg` in it: {text}");
    let word =
        |from: &str| -> String { from.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let last_word = |from: &str| -> String { from.rsplit([' ', '*']).next().unwrap().into() };
    let (kind, name) = if let Some(rest) = text.strip_prefix("typedef ") {
        match rest.split_once("(*") {
            Some((_, pointer)) => (Kind::Type, word(pointer)),
            None => (Kind::Type, last_word(rest.split([';', '[']).next().unwrap())),
        }
    } else if let Some(rest) = text.strip_prefix("struct ").or(text.strip_prefix("union ")).filter(|_| {
        let declares = text.find('(').unwrap_or(usize::MAX);
        text.find(['{', ';']).is_some_and(|end| end < declares)
    }) {
        (Kind::Type, word(rest))
    } else {
        (Kind::Function, last_word(text.split('(').next().unwrap()))
    };
    Item { name, kind, comment, text }
}

#[test]
fn cbindgens_output_is_taken_apart() {
    let text = "/**\n * A number.\n */\n#define SOCK_A -1\n\n/**\n * A struct.\n *\n * More.\n *\n */\nstruct \
        sock_b {\n    /**\n     * Inside.\n     */\n    int x;\n};\n\ntypedef int64_t sock_t;\n\ntypedef int \
        (*sock_hook)(void *arg);\n\n/**\n * A call.\n */\nSOCK_MUST_CHECK\nstruct sock_b *sock_c(int a,\n  \
        void (*f)(int));\n";
    let items: Vec<_> = split(text).into_iter().map(|i| (i.name, i.kind, i.comment)).collect();
    let comment = |lines: &[&str]| lines.iter().map(|line| line.to_string()).collect::<Vec<_>>();
    assert_eq!(
        items,
        [
            ("SOCK_A".into(), Kind::Constant, comment(&["A number."])),
            ("sock_b".into(), Kind::Type, comment(&["A struct.", "", "More."])),
            ("sock_t".into(), Kind::Type, comment(&[])),
            ("sock_hook".into(), Kind::Type, comment(&[])),
            ("sock_c".into(), Kind::Function, comment(&["A call."])),
        ]
    );
}

//! Writes `include/sock.h` and `include/sock.ffi.h` from the sections and the declarations.

use super::items::{Item, Kind};
use super::source::{self, Section};
use std::fmt::Write;

/// The longest line.
pub const WIDTH: usize = 100;
/// So many lines or fewer follow a summary without a blank line.
const FEW: usize = 2;

/// A section with its items in the order in which they are printed.
pub struct Chapter {
    /// Title and text.
    pub section: Section,
    /// Constants, types, functions.
    pub items: Vec<Item>,
}

/// Hands each declaration to the section that declares it.
pub fn chapters(sections: Vec<Section>, items: Vec<Item>) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> =
        sections.into_iter().map(|section| Chapter { section, items: Vec::new() }).collect();
    for item in items.into_iter().filter(|item| source::is_public(&item.name)) {
        let home = chapters.iter_mut().find(|chapter| chapter.section.items.contains_key(&item.name));
        let home = home.unwrap_or_else(|| panic!("{} is declared in no `pub mod` of src/ffi", item.name));
        home.items.push(item);
    }
    for chapter in &mut chapters {
        chapter.items.sort_by_key(|item| item.kind);
        let printed: Vec<&str> = chapter.items.iter().map(|item| item.name.as_str()).collect();
        for name in chapter.section.items.keys() {
            let subject = &chapter.section.subject;
            assert!(
                printed.contains(&&**name),
                "src/ffi/{subject}: cbindgen leaves out {name} (a value that \
                     is no literal, an enum, a function made by a macro?)"
            );
        }
    }
    chapters
}

/// `sock.h`: the text of cbindgen.toml, the contents, then section by section.
pub fn header(front: &str, chapters: &[Chapter]) -> String {
    let (opening, frame) = front.split_once("@CONTENTS@").expect("cbindgen.toml: header holds @CONTENTS@");
    let (frame, closing) = frame.split_once("@SECTIONS@").expect("cbindgen.toml: header holds @SECTIONS@");
    let mut out = opening.trim_end().to_string();
    for chapter in chapters {
        write!(out, "\n *   {}", chapter.section.text[0]).unwrap();
    }
    out += frame;
    for chapter in chapters {
        out += &heading(&chapter.section.text);
        let mut table = false;
        let constants = chapter.items.iter().filter(|item| item.kind == Kind::Constant);
        let constants: Vec<(&Item, String)> = constants.map(|item| (item, define(item, chapter))).collect();
        let column = column(constants.iter().map(|(item, text)| (&item.comment[..], &**text)));
        for item in &chapter.items {
            let text = commented(item, chapter, column);
            // Constants with their comments beside them form a table; a blank line precedes everything else.
            let row = item.kind == Kind::Constant && !text.starts_with("/*");
            if !(row && table) {
                out.push('\n');
            }
            table = row;
            out += &text;
        }
    }
    out.push('\n');
    out + closing.trim_start_matches('\n')
}

/// Whether an item can stand in `sock.ffi.h`: `FILE` is a type of <stdio.h>, which the parsers of other
/// languages do not know, and of no use to them.
pub fn is_for_ffi(item: &Item) -> bool {
    !item.text.contains("FILE *")
}

/// `sock.ffi.h`: the declarations alone.
pub fn ffi(chapters: &[Chapter]) -> String {
    let mut out = String::from(
        "/* The declarations of sock.h alone, for LuaJIT's ffi.cdef, Python's cffi, PHP's FFI and other\n \
         * parsers without a preprocessor. `make header` generates it. Functions that use FILE are left\n \
         * out: other languages use sock_stream_new. */\n",
    );
    for chapter in chapters {
        for item in chapter.items.iter().filter(|item| is_for_ffi(item)) {
            match item.kind {
                Kind::Constant => {
                    if let Some(value) = number(&item.text).and_then(|n| i32::try_from(n).ok()) {
                        writeln!(out, "enum {{ {} = {value} }};", item.name).unwrap();
                    }
                }
                Kind::Type => out += &without_comments(&item.text),
                Kind::Function => writeln!(out, "{}", declaration(&item.text).join(" ")).unwrap(),
            }
        }
    }
    out
}

/// The title of a section on a rule, and its text.
fn heading(text: &[String]) -> String {
    let text: Vec<&str> = text.iter().map(|line| line.as_str()).collect();
    let (title, text) = text.split_first().expect("a title");
    let rule = |end: usize| format!("\n/* {title} {}", "-".repeat(WIDTH - end - title.len()));
    if text.iter().all(|line| line.is_empty()) {
        return rule(7) + " */\n";
    }
    text.iter().fold(rule(4) + "\n", |out, line| out + &starred("", line)) + " */\n"
}

fn commented(item: &Item, chapter: &Chapter, column: usize) -> String {
    match item.kind {
        Kind::Constant => documented("", &item.comment, &define(item, chapter), column),
        Kind::Type => comment("", &item.comment) + &compact(&item.text),
        Kind::Function => comment("", &item.comment) + &wrapped(&item.text),
    }
}

fn define(item: &Item, chapter: &Chapter) -> String {
    let rust = &chapter.section.items[&item.name];
    format!("#define {} {}", item.name, literal(&item.name, rust, &item.text))
}

/// Where comments begin that are printed beside their declarations: as many as can be. 0 where most of
/// them cannot: then all are printed above.
fn column<'a>(declarations: impl Iterator<Item = (&'a [String], &'a str)>) -> usize {
    let described: Vec<(&[String], &str)> = declarations.filter(|(comment, _)| !comment.is_empty()).collect();
    let count = |column: usize| {
        described.iter().filter(|(comment, text)| beside(comment, text, column).is_some()).count()
    };
    let candidates = described.iter().map(|(_, text)| text.len() + 1);
    let best = candidates.max_by_key(|&column| (count(column), std::cmp::Reverse(column))).unwrap_or(0);
    if count(best) * 2 > described.len() { best } else { 0 }
}

/// A declaration with its comment beside it, where that is one line that fits.
fn beside(comment: &[String], declaration: &str, column: usize) -> Option<String> {
    let [line] = comment else { return None };
    let text = format!("{declaration:column$}/**< {line} */\n");
    (declaration.len() < column && text.chars().count() <= WIDTH + 1).then_some(text)
}

/// A declaration with its comment beside it where it fits, else above it.
fn documented(indent: &str, lines: &[String], declaration: &str, column: usize) -> String {
    beside(lines, declaration, column).unwrap_or_else(|| comment(indent, lines) + declaration + "\n")
}

/// A comment. The blank line behind the summary is printed where more than a few lines follow.
fn comment(indent: &str, lines: &[String]) -> String {
    match lines {
        [] => String::new(),
        [one] => format!("{indent}/** {one} */\n"),
        [summary, rest @ ..] => {
            let short = rest.len() <= FEW + 1;
            let rest = rest.iter().skip(usize::from(short && rest[0].is_empty()));
            let open = format!("{indent}/** {summary}\n");
            rest.fold(open, |out, line| out + &starred(indent, line)) + indent + " */\n"
        }
    }
}

fn starred(indent: &str, line: &str) -> String {
    format!("{indent} * {line}").trim_end().to_string() + "\n"
}

fn number(value: &str) -> Option<i128> {
    value.parse().ok()
}

/// A constant's value with the C type that matches its Rust type.
fn literal(name: &str, rust: &str, value: &str) -> String {
    match (rust, number(value)) {
        ("i32" | "c_int", Some(n)) if n < 0 => format!("({n})"),
        ("i32" | "c_int", _) => value.into(),
        ("u32" | "c_uint", Some(n)) => format!("{n}u"),
        ("i64", Some(n)) => format!("INT64_C({n})"),
        ("u64", Some(n)) => format!("UINT64_C({n})"),
        ("usize", Some(n)) => format!("((size_t){n})"),
        _ => panic!("{name}: a constant of type {rust} must be a plain literal, not {value}"),
    }
}

/// A struct with the comments of its fields beside them where they fit.
fn compact(text: &str) -> String {
    let rows = rows(text);
    let column = column(rows.iter().map(|(comment, line)| (&comment[..], &**line)));
    let print = |(comment, line): &(Vec<String>, String)| {
        let indent = &line[..line.len() - line.trim_start().len()];
        documented(indent, comment, line, column)
    };
    rows.iter().map(print).collect()
}

/// The lines of a type's declaration, each with the comment above it.
fn rows(text: &str) -> Vec<(Vec<String>, String)> {
    let mut rows = Vec::new();
    let mut comment = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line.trim() {
            "/**" => inside = true,
            "*/" => inside = false,
            text if inside => comment.push(text.trim_start_matches('*').trim().into()),
            _ => rows.push((std::mem::take(&mut comment), spaced(line))),
        }
    }
    rows
}

fn without_comments(text: &str) -> String {
    rows(text).into_iter().fold(String::new(), |out, (_, line)| out + &line + "\n")
}

/// cbindgen writes `void*` inside the types of hooks.
fn spaced(text: &str) -> String {
    text.replace("*)", " *)").replace("*,", " *,").replace("( *", "(*").replace("  *", " *")
}

/// The pieces of a function's declaration: its head up to the bracket, then each parameter.
pub fn declaration(text: &str) -> Vec<String> {
    let text = text.trim_start_matches("SOCK_MUST_CHECK").split_whitespace().collect::<Vec<_>>().join(" ");
    let text = spaced(&text);
    let open = text.find('(').unwrap() + 1;
    let mut pieces = vec![text[..open].to_string()];
    let mut depth = 0;
    let mut start = open;
    for (i, c) in text.char_indices().skip(open) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                pieces.push(text[start..=i].trim().into());
                start = i + 1;
            }
            _ => (),
        }
    }
    pieces.push(text[start..].trim().into());
    let first = pieces.remove(1);
    pieces[0] += &first;
    pieces
}

/// A function's declaration, broken at parameters where the line would be too long.
fn wrapped(text: &str) -> String {
    let pieces = declaration(text);
    let margin = " ".repeat(pieces[0].find('(').unwrap() + 1);
    let mut out = String::new();
    if text.starts_with("SOCK_MUST_CHECK") {
        out += "SOCK_MUST_CHECK\n";
    }
    let mut line = pieces[0].clone();
    for piece in &pieces[1..] {
        if line.len() + 1 + piece.len() > WIDTH {
            writeln!(out, "{line}").unwrap();
            line = margin.clone() + piece;
        } else {
            line += " ";
            line += piece;
        }
    }
    out + &line + "\n"
}

#[test]
fn declarations_are_broken_at_parameters() {
    let text = "SOCK_MUST_CHECK\nint sock_x(const struct sock_addr *address, int (*hook)(void*, int), void \
        *argument, struct sock_addr *out);";
    let broken = "SOCK_MUST_CHECK\nint sock_x(const struct sock_addr *address, int (*hook)(void *, int), void \
        *argument,\n           struct sock_addr *out);\n";
    assert_eq!(wrapped(text), broken);
    assert_eq!(wrapped("int sock_y(void);"), "int sock_y(void);\n");
}

#[test]
fn constants_have_their_type() {
    assert_eq!(literal("X", "i32", "-20001"), "(-20001)");
    assert_eq!(literal("X", "i32", "(1 << 3)"), "(1 << 3)");
    assert_eq!(literal("X", "i64", "4611686018427387904"), "INT64_C(4611686018427387904)");
    assert_eq!(literal("X", "u32", "7"), "7u");
    assert!(std::panic::catch_unwind(|| literal("X", "i64", "(1 << 62)")).is_err());
}

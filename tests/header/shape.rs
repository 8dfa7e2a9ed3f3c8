//! The shape of the comments: what the conventions at the head of `sock.h` say is not repeated, and what
//! makes manual pages of the comments finds its way. A comment is a summary of one sentence, then
//! paragraphs, of which those of parameters begin with "`name`: ..." or "`one`, `two`: ..."; then a line
//! that begins with "Returns"; and "See ..." with manual pages or RFCs ends it.

use super::book::{self, Chapter};
use super::items::{Item, Kind};
use super::source;

/// What a comment need not say, because the conventions do, and words that made the text hard to read.
const REPEATED: [&str; 16] = [
    "any thread",
    "any time",
    "a signal handler",
    "-efault for null",
    "-ebadf for null",
    "since 0.1.0",
    "only on success",
    "null with 0",
    "without the nul.",
    "not kept",
    "closes with `sock_close`",
    "closed by the caller",
    "as told",
    "stands",
    "what is no ",
    "as there",
];

fn functions(chapters: &[Chapter]) -> impl Iterator<Item = (&Chapter, &Item)> {
    let all = chapters.iter().flat_map(|chapter| chapter.items.iter().map(move |item| (chapter, item)));
    all.filter(|(_, item)| item.kind == Kind::Function)
}

/// Whether a function makes a handle, a descriptor or a FILE that the caller has to close.
fn makes_something(item: &Item, chapters: &[Chapter]) -> bool {
    let returned = declaration(item).split(&item.name).next().unwrap().trim().to_string();
    let is_handle =
        |text: &str| text.starts_with("typedef int64_t ") && text.contains(&format!(" {returned};"));
    let types = chapters.iter().flat_map(|chapter| &chapter.items).filter(|item| item.kind == Kind::Type);
    let comment = item.comment.join(" ");
    returned == "FILE *"
        || types.into_iter().any(|item| is_handle(&item.text))
        || comment.contains("the caller closes")
        || comment.contains("the handles")
        || comment.contains("the two handles")
}

fn declaration(item: &Item) -> &str {
    item.text.trim_start_matches("SOCK_MUST_CHECK").trim()
}

/// The names of the parameters of a function.
fn parameters(item: &Item) -> Vec<String> {
    let pieces = book::declaration(&item.text);
    let (_, first) = pieces[0].split_once('(').unwrap();
    let name = |piece: &str| {
        // A hook: `int (*hook)(void *)`.
        let piece = piece.split_once("(*").map_or(piece, |(_, hook)| hook.split(')').next().unwrap());
        let end = piece.find([',', ')', '[']).unwrap_or(piece.len());
        piece[..end].rsplit([' ', '*']).next().unwrap().to_string()
    };
    let all = std::iter::once(first).chain(pieces[1..].iter().map(|piece| piece.as_str()));
    all.map(name).filter(|name| name != "void").collect()
}

/// The words between backticks: `buf`, `*len`, `sock_recv`.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).map(|word| word.trim_start_matches('*')).collect()
}

/// Whether a sentence begins with this word, but not a line.
fn begins_inside(lines: &[String], word: &str) -> bool {
    lines.iter().any(|line| line.contains(&format!(". {word}")))
}

#[test]
fn no_line_is_too_long() {
    let text = book::header(&super::front(), &super::chapters());
    // What is beside it is written by hand, and its code may be longer.
    let bsd = source::read("include/sock_bsd.h");
    let bsd = bsd.lines().filter(|line| line.starts_with("/*") || line.starts_with(" *"));
    let long = text.lines().chain(bsd).filter(|line| line.chars().count() > book::WIDTH);
    let long: Vec<&str> = long.collect();
    assert!(long.is_empty(), "over {} columns: {long:#?}", book::WIDTH);
}

#[test]
fn what_makes_something_must_be_checked() {
    let chapters = super::chapters();
    for (_, item) in functions(&chapters) {
        let checked = item.text.starts_with("SOCK_MUST_CHECK");
        let makes = makes_something(item, &chapters);
        assert_eq!(checked, makes, "{}: SOCK_MUST_CHECK, and whether it makes a handle", item.name);
    }
}

#[test]
fn first_paragraph_is_one_sentence() {
    for item in super::chapters().iter().flat_map(|chapter| &chapter.items) {
        let end = item.comment.iter().position(|line| line.is_empty()).unwrap_or(item.comment.len());
        let summary = item.comment[..end].join(" ");
        let name = &item.name;
        assert!(summary.ends_with('.') && summary.len() <= 180, "{name}: no short sentence: {summary}");
        let inside = &summary[..summary.len() - 1];
        if item.kind == Kind::Function {
            assert!(!inside.contains(". "), "{name}: more than one sentence: {summary}");
        }
    }
}

#[test]
fn result_is_described_or_0_or_a_code() {
    let chapters = super::chapters();
    assert!(super::front().contains("Unless its comment says otherwise, a function returns 0 or a code."));
    for (_, item) in functions(&chapters) {
        let says = item.comment.iter().any(|line| line.starts_with("Returns "));
        assert!(says || declaration(item).starts_with("int "), "{} does not say what it returns", item.name);
        assert!(!begins_inside(&item.comment, "Returns "), "{}: \"Returns\" begins a line", item.name);
    }
}

#[test]
fn manual_pages_end_a_comment() {
    for (_, item) in functions(&super::chapters()) {
        let comment = item.comment.join(" ");
        let Some((_, rest)) = comment.split_once(" See ") else { continue };
        assert!(!rest.trim_end_matches('.').contains(". "), "{}: text behind \"See {rest}\"", item.name);
    }
}

#[test]
fn every_parameter_is_described() {
    let chapters = super::chapters();
    let front = super::front();
    let mut unknown = Vec::new();
    for (chapter, item) in functions(&chapters) {
        let comment = item.comment.join(" ");
        let section = chapter.section.text.join(" ");
        let mut described = [quoted(&comment), quoted(&section), quoted(&front)].concat();
        // "as for `sock_recv`"
        let other: Vec<String> = functions(&chapters)
            .filter(|(_, other)| quoted(&comment).contains(&&*other.name))
            .map(|(_, other)| other.comment.join(" "))
            .collect();
        described.extend(other.iter().flat_map(|comment| quoted(comment)));
        let missing = parameters(item).into_iter().filter(|name| !described.contains(&&**name));
        unknown.extend(missing.map(|name| format!("{}: {name}", item.name)));
    }
    assert!(unknown.is_empty(), "described nowhere: {unknown:#?}");
}

#[test]
fn conventions_are_not_repeated() {
    let mut repeated = Vec::new();
    for chapter in super::chapters() {
        let section = (&chapter.section.subject, &chapter.section.text[1..]);
        let items = chapter.items.iter().map(|item| (&item.name, &item.comment[..]));
        for (name, lines) in items.chain([section]) {
            let text = lines.join(" ").to_lowercase();
            let found = REPEATED.iter().filter(|words| text.contains(**words));
            repeated.extend(found.map(|words| format!("{name}: {words}")));
        }
    }
    assert!(repeated.is_empty(), "{repeated:#?}");
}

#[test]
fn parameters_are_found() {
    let item = |text: &str| Item {
        name: "sock_x".into(),
        kind: Kind::Function,
        comment: Vec::new(),
        text: text.into(),
    };
    let text = "SOCK_MUST_CHECK\nsock_t sock_x(int (*hook)(void*, int), const struct sock_addr *address, int64_t \
        out[2]);";
    assert_eq!(parameters(&item(text)), ["hook", "address", "out"]);
    assert!(parameters(&item("int sock_x(void);")).is_empty());
}

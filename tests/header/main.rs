//! `include/sock.h` and `include/sock.ffi.h` are what the sources say: both are generated here anew and
//! compared. `SOCK_WRITE_HEADER=1` (`make header`) writes them instead.

mod book;
mod compile;
mod items;
mod names;
mod shape;
mod source;

use book::Chapter;
use items::Kind;
use std::fs;

fn chapters() -> Vec<Chapter> {
    book::chapters(source::sections(), items::generate())
}

fn front() -> String {
    let config = cbindgen::Config::from_file(source::root().join("cbindgen.toml")).unwrap();
    config.header.expect("cbindgen.toml: header")
}

fn compare(path: &str, wanted: &str) {
    if std::env::var_os("SOCK_WRITE_HEADER").is_some() {
        fs::create_dir_all(source::root().join("include")).unwrap();
        fs::write(source::root().join(path), wanted).unwrap();
        return;
    }
    let found = fs::read_to_string(source::root().join(path)).unwrap_or_default();
    let lines = found.lines().zip(wanted.lines()).enumerate();
    let first = lines.filter(|(_, (found, wanted))| found != wanted).map(|(i, lines)| (i + 1, lines)).next();
    assert!(found == wanted, "{path} is not what the sources say; `make header` writes it. First: {first:?}");
}

#[test]
fn header_is_what_the_sources_say() {
    compare("include/sock.h", &book::header(&front(), &chapters()));
}

#[test]
fn ffi_header_is_what_the_sources_say() {
    compare("include/sock.ffi.h", &book::ffi(&chapters()));
}

#[test]
fn ffi_header_is_for_parsers_without_preprocessor() {
    let text = book::ffi(&chapters());
    let (comment, declarations) = text.split_once("*/\n").unwrap();
    assert!(comment.starts_with("/*"));
    for line in declarations.lines() {
        assert!(
            !line.starts_with('#') && !line.contains("/*") && !line.contains("SOCK_MUST_CHECK"),
            "{line}"
        );
    }
    let chapters = chapters();
    for item in chapters.iter().flat_map(|c| &c.items).filter(|i| i.kind != Kind::Constant) {
        assert_eq!(declarations.contains(item.name.as_str()), book::is_for_ffi(item), "{}", item.name);
    }
    assert!(!declarations.contains("FILE"));
}

#[test]
fn every_item_is_described_in_terms_of_c() {
    for chapter in chapters() {
        for item in &chapter.items {
            let comment = item.comment.join("\n");
            let name = &item.name;
            assert!(!comment.is_empty(), "{name} has no comment");
            for rust in ["[`", "```", "# Safety", "Option<", "crate::", "Self::", "&str"] {
                assert!(!comment.contains(rust), "{name}: \"{rust}\" is no C");
            }
            assert!(!comment.contains("*/"), "{name}: the comment ends too early");
        }
    }
}

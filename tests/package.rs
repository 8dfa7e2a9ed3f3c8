//! What the package says about itself is in more than one place; these tests compare the places.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The value of `key = "value"` in the package's own section of Cargo.toml.
fn manifest(key: &str) -> String {
    let text = read("Cargo.toml");
    let package = text.split("\n[").next().unwrap();
    let line = package.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_prefix("= \""));
    line.unwrap_or_else(|| panic!("Cargo.toml: no {key}")).trim_end_matches('"').into()
}

#[test]
fn minimum_rust_version_is_stated_everywhere() {
    let version = manifest("rust-version");
    let edition = manifest("edition");
    assert!(read("README.md").contains(&format!("Rust {version} or newer (edition {edition})")));
    let numbers: Vec<u32> = version.split('.').map(|n| n.parse().unwrap()).collect();
    assert!(numbers >= vec![1, 85], "edition 2024 came with Rust 1.85");
    assert_eq!(edition, "2024");
    // clippy holds the sources to it (`make check`), and so does a toolchain of that version if there is one.
    let lint = "incompatible_msrv = \"deny\"";
    assert!(read("Cargo.toml").contains(lint), "Cargo.toml: [lints.clippy] {lint}");
}

#[test]
fn version_is_stated_everywhere() {
    let version = manifest("version");
    assert!(read("CHANGELOG.md").lines().any(|line| line.starts_with("## [") && line.contains(&version)));
    let mut numbers = version.split('.');
    for part in ["MAJOR", "MINOR", "PATCH"] {
        let line = format!("#define SOCK_VERSION_{part} {} ", numbers.next().unwrap());
        assert!(read("include/sock.h").contains(&line), "{line}");
    }
}

#[test]
fn abi_number_is_stated_everywhere() {
    let build = read("build.rs");
    let (_, abi) = build.split_once("const ABI: &str = \"").expect("build.rs: ABI");
    let abi = abi.split('"').next().unwrap();
    assert!(read("include/sock.h").contains(&format!("#define SOCK_ABI {abi} ")));
    assert!(read("README.md").contains(&format!("`libsock.so.{abi}` (the SONAME)")));
}

#[test]
fn license_is_stated_everywhere() {
    let license = manifest("license");
    assert_eq!(license, "MIT OR Apache-2.0");
    for path in ["LICENSE", "README.md", "include/sock.h"] {
        assert!(read(path).contains(&license), "{path}");
    }
    assert!(read("LICENSE-MIT").contains("Permission is hereby granted, free of charge"));
    let apache = read("LICENSE-APACHE");
    assert!(apache.contains("Version 2.0, January 2004") && apache.contains("END OF TERMS AND CONDITIONS"));
}

#[test]
fn crate_types_keep_link_time_optimisation() {
    // An rlib beside the two would switch it off without a word.
    assert!(read("Cargo.toml").contains("crate-type = [\"cdylib\", \"staticlib\"]"));
}

#[test]
fn links_in_documents_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for document in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "ARCHITECTURE.md", "docs/index.md"] {
        let path = root.join(document);
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if !target.is_empty() && !target.contains("://") {
                assert!(path.parent().unwrap().join(target).exists(), "{document}: {target} does not exist");
                checked += 1;
            }
        }
    }
    assert!(checked > 5);
}

#[test]
fn every_document_is_in_the_index() {
    let index = read("docs/index.md");
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "index.md" || index.contains(&format!("]({name})")), "docs/index.md: {name}");
    }
}

//! The program of README.md compiles without a warning and prints what README.md says.

mod library;

use library::library;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// The first block of a language in README.md.
fn block(language: &str) -> String {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README.md");
    let (_, rest) = readme.split_once(&format!("```{language}\n")).expect("a block of the language");
    rest.split_once("```").expect("the end of the block").0.to_string()
}

#[test]
fn quick_start_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    fs::create_dir_all(&dir).expect("a directory");
    // Under the name in its SONAME, by which programs find it, and the one by which they link.
    for name in ["libsock.so.0", "libsock.so"] {
        let link = dir.join(name);
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(library(), &link).expect("a link");
    }
    let (source, program) = (dir.join("quick_start.c"), dir.join("quick_start"));
    fs::write(&source, block("c")).expect("the program's text");
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".into());
    let compiled = Command::new(compiler)
        .args(["-std=c99", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I"])
        .arg(root.join("include"))
        .arg(&source)
        .arg(format!("-L{}", dir.display()))
        .args(["-lsock", "-o"])
        .arg(&program)
        .status();
    assert!(compiled.expect("a C compiler").success(), "the program of README.md does not compile");
    let run = Command::new(&program).env("LD_LIBRARY_PATH", &dir).output().expect("the program runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(String::from_utf8_lossy(&run.stdout), block("text"));
}

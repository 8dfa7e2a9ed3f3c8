//! The headers as compilers see them: C99 and C++11 without a warning, twice, and from two units.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

const STRICT: [&str; 4] = ["-pedantic", "-Wall", "-Wextra", "-Werror"];

fn compiler(variable: &str, default: &str) -> String {
    env::var(variable).ok().filter(|name| !name.is_empty()).unwrap_or_else(|| default.into())
}

fn scratch(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&dir).unwrap();
    dir
}

fn run(command: &mut Command) {
    let done = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}: docs/building.md names what to install"));
    assert!(done.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&done.stderr));
}

/// Compiles two units that include a header twice each and links them together.
fn two_units(header: &str, compiler: &str, standard: &str, suffix: &str) {
    let dir = scratch(&format!("{header}-{suffix}"));
    let include = super::source::root().join("include");
    let twice = format!("#include \"{header}\"\n").repeat(2);
    let units = [("one", "int other(void);\nint main(void) { return other(); }\n"), ("two", USER)];
    let mut objects = Vec::new();
    for (name, body) in units {
        let unit = dir.join(name).with_extension(suffix);
        let other = if name == "two" { "int other(void);\n" } else { "" };
        fs::write(&unit, format!("{twice}{other}{body}")).unwrap();
        objects.push(unit.with_extension("o"));
        let mut command = Command::new(compiler);
        command.arg(standard).args(STRICT).arg("-I").arg(&include);
        run(command.arg("-c").arg(&unit).arg("-o").arg(objects.last().unwrap()));
    }
    run(Command::new(compiler).args(&objects).arg("-o").arg(dir.join("program")));
}

/// Uses a macro in the preprocessor and each kind of declaration.
const USER: &str = "\
#if SOCK_ECLOSED != -20001 || !defined(SOCK_VERSION_NUMBER)
#error a constant is no preprocessor number
#endif
typedef int (*predicate)(int64_t);
static int pick(predicate a, int64_t code) { return a ? 0 : (int)code; }
int other(void) { return pick(0, 0); }
";

#[test]
fn header_is_strict_c99() {
    two_units("sock.h", &compiler("CC", "cc"), "-std=c99", "c");
}

#[test]
fn header_is_strict_cpp11() {
    two_units("sock.h", &compiler("CXX", "c++"), "-std=c++11", "cpp");
}

#[test]
fn bsd_header_is_strict_c99_and_cpp11() {
    two_units("sock_bsd.h", &compiler("CC", "cc"), "-std=c99", "c");
    two_units("sock_bsd.h", &compiler("CXX", "c++"), "-std=c++11", "cpp");
}

#[test]
fn ffi_header_declares_what_the_header_does() {
    // Both in one unit: a declaration that differs is an error. The constants are macros in the one
    // and enumerators in the other, so these are taken out first.
    let dir = scratch("header-ffi");
    let text = super::source::read("include/sock.ffi.h");
    let mut both = String::from("#include \"sock.h\"\n");
    let mut alone = String::from("#include <stddef.h>\n#include <stdint.h>\n");
    for line in text.lines() {
        let is_type = line.starts_with("struct ") && line.ends_with('{');
        assert!(!is_type || text.matches(line).count() == 1, "{line} is declared twice");
        alone += &format!("{line}\n");
    }
    for line in text.lines().filter(|line| line.ends_with(");") && !line.starts_with("typedef")) {
        both += &format!("{line}\n");
    }
    let include = super::source::root().join("include");
    for (name, unit) in [("both.c", both), ("alone.c", alone)] {
        let path = dir.join(name);
        fs::write(&path, unit).unwrap();
        let mut command = Command::new(compiler("CC", "cc"));
        command.arg("-std=c99").args(STRICT).arg("-I").arg(&include);
        run(command.arg("-fsyntax-only").arg(path));
    }
}

//! The built library, for tests that look at it or link with it: cargo builds none for integration tests.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The library that `SOCK_LIBRARY` names (the runner names the one that is installed), or one built here.
pub fn library() -> PathBuf {
    if let Some(path) = env::var_os("SOCK_LIBRARY") {
        return path.into();
    }
    let test = env::current_exe().expect("this test's path");
    let profile = test.ancestors().nth(2).expect("target/PROFILE/deps/test");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--locked", "--lib", "--quiet"]).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    build.arg("--target-dir").arg(profile.parent().expect("target"));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().expect("cargo").success());
    profile.join("libsock.so")
}

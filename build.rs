//! Link settings of the shared library: its SONAME, no undefined symbols, and never unloaded.
//!
//! `-z nodelete`: fork handlers, thread records and blocked threads outlive any `dlclose`.
//! Symbol versions are not set here: rustc writes a version script of its own, and linkers refuse a second one.
//! `make` links through `abi/versioned-cc`, which rewrites it.

/// The ABI number: it changes when a program built against the old header would break.
const ABI: &str = "0";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let setting = |name| std::env::var(name).unwrap_or_default();
    if setting("CARGO_CFG_TARGET_OS") != "linux" {
        return;
    }
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libsock.so.{ABI}");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    // A sanitizer's runtime lives in the program, so its symbols are open here.
    if setting("CARGO_CFG_SANITIZE").is_empty() {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,defs");
    }
}

//! Link settings of the shared library: its SONAME, no undefined symbols, and never unloaded.
//!
//! `-z nodelete`: fork handlers, thread records and blocked threads outlive any `dlclose`.
//! Symbol versions are not set here: rustc writes a version script of its own, and linkers refuse a second one.
//! `make` links through `abi/versioned-cc`, which rewrites it.

/// The ABI number: it changes when a program built against the old header would break.
const ABI: &str = "0";

/// The systems whose pollers use kqueue(2).
const KQUEUE: [&str; 8] = ["macos", "ios", "tvos", "watchos", "visionos", "freebsd", "netbsd", "openbsd"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let setting = |name| std::env::var(name).unwrap_or_default();
    let system = setting("CARGO_CFG_TARGET_OS");
    // A knote has room for a pointer, and a pollset's keys have 64 bits.
    if KQUEUE.contains(&system.as_str()) && setting("CARGO_CFG_TARGET_POINTER_WIDTH") == "64" {
        println!("cargo::rustc-cfg=sock_kqueue");
    }
    if system != "linux" {
        return;
    }
    // The tests of the kqueue pollers: kqueue(2) of ctests/kqueue, which must see each close(2) of the library.
    if std::env::var_os("CARGO_CFG_SOCK_KQUEUE").is_some() {
        println!("cargo::rerun-if-env-changed=SOCK_KQUEUE");
        println!("cargo::rustc-link-search=native={}", setting("SOCK_KQUEUE"));
        println!("cargo::rerun-if-changed={}/libkqueue.a", setting("SOCK_KQUEUE"));
        println!("cargo::rustc-link-lib=static=kqueue");
        println!("cargo::rustc-link-arg=-Wl,--wrap=close");
    }
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libsock.so.{ABI}");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    // A sanitizer's runtime lives in the program, so its symbols are open here.
    if setting("CARGO_CFG_SANITIZE").is_empty() {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,defs");
    }
}

//! Link settings of the shared library: its SONAME, no undefined symbols, and never unloaded.
//!
//! `-z nodelete`: fork handlers, thread records and blocked threads outlive any `dlclose`.
//! There is no version script before ABI 1: rustc writes its own, and GNU ld refuses a second one.

/// The ABI number: it changes when a program built against the old header would break.
const ABI: &str = "0";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if target == "linux" {
        for argument in
            [format!("-Wl,-soname,libsock.so.{ABI}"), "-Wl,-z,defs".into(), "-Wl,-z,nodelete".into()]
        {
            println!("cargo::rustc-cdylib-link-arg={argument}");
        }
    }
}

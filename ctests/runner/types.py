"""Type checks for systems that nothing here can run: clippy, without linking."""

import os

from . import cargo
from .process import ROOT, found, run

# Of rustup: `rustup target add TRIPLE`.
TRIPLES = ["x86_64-unknown-freebsd", "x86_64-unknown-netbsd", "aarch64-apple-darwin", "aarch64-linux-android"]
# rustup has no standard library for it; Debian's rust-web-src has the sources that Debian's compiler builds one of.
FROM_SOURCE = ["x86_64-unknown-openbsd"]
DEBIAN = {"cargo": "/usr/bin/cargo", "rustc": "/usr/bin/rustc", "sources": "/usr/lib/rustlib/src/rust/library/Cargo.lock"}


def suite(tally, only=""):
    env = {"CARGO_TARGET_DIR": str(ROOT / "target/types")}
    for triple in (triple for triple in TRIPLES if only in triple):
        if has(triple):
            words = ["clippy", "--locked", "--lib", "--target", triple, "--", "-D", "warnings"]
            cargo.command(tally, f"types {triple}: clippy", *words, env=env)
        else:
            tally.skip(f"types {triple}", "the Rust target is not installed")
    for triple in (triple for triple in FROM_SOURCE if only in triple):
        if not all(os.path.exists(path) for path in DEBIAN.values()):
            tally.skip(f"types {triple}", "Debian's rustc-web, cargo-web and rust-web-src are not installed")
            continue
        words = ["check", "--locked", "--lib", "-Z", "build-std=std,panic_unwind", "--target", triple]
        own = {"RUSTC": DEBIAN["rustc"], "RUSTC_BOOTSTRAP": "1", "CARGO_TERM_COLOR": "never", **env}
        done = run([DEBIAN["cargo"], *words], 3600, own)
        clean = done.status == 0 and "generated" not in done.output
        tally.check(f"types {triple}: check", clean, done.how(), done.output)


def has(triple):
    """Whether the standard library of a target is installed."""
    if not found("rustc"):
        return False
    where = run(["rustc", "--print", "target-libdir", "--target", triple], 60)
    return where.status == 0 and os.path.isdir(where.output.strip())

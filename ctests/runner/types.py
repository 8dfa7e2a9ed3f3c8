"""Type checks for systems that nothing here can run: clippy and the header, without linking."""

import os

from . import cargo
from .process import ROOT, found, run

# Of rustup: `rustup target add TRIPLE`.
TRIPLES = ["x86_64-unknown-freebsd", "x86_64-unknown-netbsd", "aarch64-apple-darwin", "aarch64-linux-android"]
# rustup has no standard library for it; Debian's rust-web-src has the sources that Debian's compiler builds one of.
FROM_SOURCE = ["x86_64-unknown-openbsd"]
DEBIAN = {"cargo": "/usr/bin/cargo", "rustc": "/usr/bin/rustc", "sources": "/usr/lib/rustlib/src/rust/library/Cargo.lock"}


# For the header, which needs no more of a system than FILE.
HEADERS = ["x86_64-unknown-freebsd", "x86_64-unknown-netbsd", "x86_64-unknown-openbsd", "arm64-apple-macos13",
           "aarch64-linux-android"]
LANGUAGES = {"C99": ["-x", "c", "-std=c99"], "C++11": ["-x", "c++", "-std=c++11"]}


def suite(tally, only=""):
    headers(tally, only)
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


def headers(tally, only):
    """sock.h for each system, with its sizes and a stand-in for <stdio.h>: no system's headers are here."""
    if not found("clang"):
        return tally.skip("types sock.h", "clang is not installed")
    place = ROOT / "build/types"
    place.mkdir(parents=True, exist_ok=True)
    (place / "stdio.h").write_text("typedef struct stand_in FILE;\n")
    (place / "empty.c").write_text('#include "sock.h"\nint nothing;\n')
    flags = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-ffreestanding", "-nostdlibinc", "-isystem", str(place)]
    for triple in (triple for triple in HEADERS if only in triple):
        for name, language in LANGUAGES.items():
            words = ["clang", f"--target={triple}", "-fsyntax-only", *flags, "-I", str(ROOT / "include"), *language]
            done = run([*words, str(place / "empty.c")], 60)
            tally.check(f"types {triple}: sock.h, {name}", done.status == 0, done.how(), done.output)
    return None


def has(triple):
    """Whether the standard library of a target is installed."""
    if not found("rustc"):
        return False
    where = run(["rustc", "--print", "target-libdir", "--target", triple], 60)
    return where.status == 0 and os.path.isdir(where.output.strip())

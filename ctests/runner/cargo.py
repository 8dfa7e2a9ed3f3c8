"""Rust tests, lints, Miri. A component that the toolchain lacks counts as a skip."""

import concurrent.futures
import os
import re

from .process import ROOT, found, run

CARGO = os.environ.get("CARGO", "cargo")
# Tests of modules without system calls: the codecs, and other tests whose names contain these words. Miri
# runs a test program in one thread, so the two lists run in parallel.
PURE = [["address::codec", "batch::plan"], ["message::control", "option::codec", "net::codec", "net::error", "net::time"]]

TEST = re.compile(r"^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)(?:, (.*))?$", re.MULTILINE)
SUMMARY = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", re.MULTILINE)
TARGET = re.compile(r"^ +(?:Running|Doc-tests) (.+?)(?: \(.*\))?$")


def cargo(*args, toolchain=None, env=None, timeout=1800):
    words = [CARGO] + ([f"+{toolchain}"] if toolchain else [])
    return run([*words, *args], timeout, {"CARGO_TERM_COLOR": "never", **(env or {})})


def tests(tally, label, *args, **how):
    """Runs `cargo ... test` and counts its tests."""
    count(tally, label, cargo(*args, **how))


def count(tally, label, done):
    passed, failed, ignored = (sum(int(m[i]) for m in SUMMARY.finditer(done.output)) for i in (1, 2, 3))
    if passed:
        tally.ok(label, passed, f"{passed} tests, {done.seconds:.1f} s")
    named = {(m[2], m[1]): m[3] for m in TEST.finditer(done.output)}
    for (verdict, name), why in named.items():
        if verdict == "ignored":
            tally.skip(f"{label} {name}", why or "marked as ignored")
        elif verdict == "FAILED":
            tally.fail(f"{label} {name}", "failed")
    # The summaries have the true counts; the names may be incomplete.
    for verdict, number, report in (("ignored", ignored, tally.skip), ("FAILED", failed, tally.fail)):
        for _ in range(number - sum(1 for key in named if key[0] == verdict)):
            report(f"{label} (name not found)", verdict)
    if done.status != 0 and not failed:
        tally.fail(label, done.how())
    elif not passed + failed + ignored:
        tally.fail(label, "ran no test")
    if done.status != 0:
        tally.show("\n".join(line for line in done.output.splitlines() if not TEST.match(line)))


def command(tally, what, *args, **how):
    """Runs one cargo command, which passes or fails as a whole."""
    done = cargo(*args, **how)
    tally.check(what, done.status == 0, done.how(), done.output)


def has(*args, toolchain=None):
    return found(CARGO) and cargo(*args, toolchain=toolchain, timeout=120).status == 0


def lint(tally):
    for tool, args in {
        "rustfmt": ["fmt", "--check"],
        "clippy": ["clippy", "--locked", "--quiet", "--all-targets", "--", "-D", "warnings"],
    }.items():
        if has(args[0], "--version"):
            command(tally, tool, *args)
        else:
            tally.skip(tool, f"the Rust toolchain has no {args[0]}")


def msrv(tally):
    """Compiles the library with the Rust version in Cargo.toml."""
    version = re.search(r'^rust-version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
    what = f"rust {version} compiles the library"
    if not has("--version", toolchain=version):
        return tally.skip(what, f"no toolchain {version}")
    return command(tally, what, "check", "--locked", "--lib", "--target-dir", "build/msrv", toolchain=version)


def miri(tally):
    """Runs the tests of pure code under Miri, which supports few system calls."""
    if not has("miri", "--version", toolchain="nightly"):
        return tally.skip("miri", "no nightly toolchain with the miri component")
    # For property tests without a number of cases of their own; the others use cfg!(miri).
    env = {"MIRIFLAGS": "-Zmiri-disable-isolation", "PROPTEST_CASES": "4"}
    args = ["miri", "test", "--locked", "--lib", "--"]

    def half(names):
        return cargo(*args, *names, toolchain="nightly", env=env, timeout=2400)

    with concurrent.futures.ThreadPoolExecutor(len(PURE)) as pool:
        for names, done in zip(PURE, pool.map(half, PURE)):
            count(tally, f"miri, {' '.join(names)}", done)
    return None


def rust_asan(mode):
    """Builds libsock itself with ASan; returns ("skip" or "fail", reason) if that did not work."""
    if not has("--version", toolchain="nightly"):
        return "skip", "no nightly toolchain"
    triple = re.search(r"^host: (.*)$", run(["rustc", "-vV"], 60).output, re.MULTILINE)[1]
    env = {"RUSTFLAGS": "-Zsanitizer=address", "CARGO_PROFILE_DEV_OPT_LEVEL": "1"}
    done = cargo("build", "--locked", "--lib", "--target", triple, toolchain="nightly", env=env)
    if done.status != 0:
        return "fail", f"the build with the nightly toolchain failed: {done.output.strip().splitlines()[-1]}"
    place = ROOT / mode.build / mode.library
    place.mkdir(parents=True, exist_ok=True)
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    link = place / "libsock.so.0"
    link.unlink(missing_ok=True)
    link.symlink_to(target / triple / "debug" / "libsock.so")
    return None, None

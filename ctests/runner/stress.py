"""Random operations by many threads: ctests/stress/stress.c. It proves itself on faults of its own first."""

import os
import re

from .cargo import cargo, has
from .process import ROOT, make, run
from .programs import PLAIN

PROGRAM = "build/stress/stress"
# What each planted fault is found as, and the seconds that it may take; all but the leak end the run.
PLANTED = {
    "theft": ("of another connection", 60),
    "leak": ("descriptors are left", 3),
    "code": ("-14 (EFAULT)", 60),
    "hang": ("a thread hangs in do_wrong", 60),
}


def start(seconds, plant=""):
    """A hang is looked for within 4 s where one is planted."""
    env = {**PLAIN.environment(), "STRESS_PLANT": plant, **({"STRESS_HANG_S": "4"} if plant == "hang" else {})}
    return run([PROGRAM, str(seconds)], seconds + 1200, env)


def suite(tally, seconds):
    broken = make([PROGRAM])
    if broken:
        return tally.fail("stress", "does not build", *broken.values())
    for plant, (words, most) in PLANTED.items():
        done = start(most, plant)
        fine = done.status == 1 and words in done.output
        tally.check(f"stress proves itself: {plant}", fine, done.how(), done.output)
    done = start(seconds)
    remark = next((line[2:] for line in done.output.splitlines() if " operations, " in line), "")
    if done.status == 0:
        tally.ok(f"stress, {seconds} s", 1, remark)
    else:
        tally.fail(f"stress, {seconds} s", done.how(), done.output)
    return None


TSAN = "build/stress/tsan"


def build_tsan():
    """Builds libsock, the standard library and the program with ThreadSanitizer: ("skip" or "fail", why), or None."""
    if not has("--version", toolchain="nightly"):
        return "skip", "no nightly toolchain"
    if not (nightly_sysroot() / "lib/rustlib/src/rust/library").exists():
        return "skip", "the nightly toolchain has no rust-src"
    triple = re.search(r"^host: (.*)$", run(["rustc", "-vV"], 60).output, re.MULTILINE)[1]
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "tsan"
    args = ["build", "--locked", "-Zbuild-std", "--lib", "--target", triple, "--target-dir", target]
    done = cargo(*args, toolchain="nightly", env={"RUSTFLAGS": "-Zsanitizer=thread"})
    if done.status != 0:
        return "fail", f"the nightly toolchain does not build it: {done.output.strip().splitlines()[-1]}"
    place = ROOT / "build/tsan-lib"
    place.mkdir(parents=True, exist_ok=True)
    for name in ("libsock.so", "libsock.so.0"):
        (place / name).unlink(missing_ok=True)
        (place / name).symlink_to(target / triple / "debug" / "libsock.so")
    broken = make([TSAN])
    return ("fail", broken[TSAN]) if broken else None


def nightly_sysroot():
    done = run(["rustc", "+nightly", "--print", "sysroot"], 60)
    return ROOT / done.output.strip()


def tsan(tally, seconds):
    """Data races, by ThreadSanitizer in the library, the standard library and the program."""
    bad = build_tsan()
    if bad:
        return getattr(tally, bad[0])("stress under ThreadSanitizer", bad[1])

    def start_tsan(duration, plant=""):
        options = "report_signal_unsafe=0 die_after_fork=0"
        env = {**PLAIN.environment(), "LD_LIBRARY_PATH": str(ROOT / "build/tsan-lib"), "STRESS_PLANT": plant}
        env.update({"TSAN_OPTIONS": options, "SOCK_TEST_SLOWNESS": "10"})
        return run([TSAN, str(duration)], duration + 1200, env)

    done = start_tsan(5, "race")
    found = done.status != 0 and "data race" in done.output and "do_wrong" in done.output
    tally.check("ThreadSanitizer proves itself: a race", found, done.how(), done.output)
    done = start_tsan(seconds)
    clean = done.status == 0 and "WARNING: ThreadSanitizer" not in done.output
    tally.check(f"stress under ThreadSanitizer, {seconds} s", clean, done.how(), done.output)
    return None

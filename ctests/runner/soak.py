"""1,000 connections for a long time: ctests/stress/soak.c. It proves itself on leaks of its own first."""

from .process import make, run
from .programs import PLAIN

PROGRAM = "build/stress/soak"
# What each planted leak is found as.
PLANTED = {"memory": "last.heap_kib", "descriptor": "last.fds", "thread": "last.threads"}


def start(seconds, plant=""):
    return run([PROGRAM, str(seconds)], seconds * 2 + 600, {**PLAIN.environment(), "SOAK_PLANT": plant})


def suite(tally, seconds):
    broken = make([PROGRAM])
    if broken:
        return tally.fail("soak", "does not build", *broken.values())
    for plant, words in PLANTED.items():
        done = start(20, plant)
        fine = done.status == 1 and words in done.output
        tally.check(f"soak proves itself: {plant}", fine, done.how(), done.output)
    done = start(seconds)
    if done.status == 0:
        tally.ok(f"soak, {seconds} s")
        tally.show("\n".join(line[2:] for line in done.output.splitlines() if line.startswith("# ")))
    else:
        tally.fail(f"soak, {seconds} s", done.how(), done.output)
    return None

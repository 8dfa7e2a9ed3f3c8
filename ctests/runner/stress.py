"""Random operations by many threads: ctests/stress/stress.c. It proves itself on faults of its own first."""

from .process import make, run
from .programs import PLAIN

PROGRAM = "build/stress/stress"
# What each planted fault is found as.
PLANTED = {
    "theft": "of another connection",
    "leak": "descriptors are left",
    "code": "-14 (EFAULT)",
    "hang": "a thread hangs in do_wrong",
}


def start(seconds, plant=""):
    """A hang is looked for within 4 s where one is planted."""
    env = {**PLAIN.environment(), "STRESS_PLANT": plant, **({"STRESS_HANG_S": "4"} if plant == "hang" else {})}
    return run([PROGRAM, str(seconds)], seconds + 1200, env)


def suite(tally, seconds):
    broken = make([PROGRAM])
    if broken:
        return tally.fail("stress", "does not build", *broken.values())
    for plant, words in PLANTED.items():
        done = start(60, plant)
        fine = done.status == 1 and words in done.output
        tally.check(f"stress proves itself: {plant}", fine, done.how(), done.output)
    done = start(seconds)
    remark = next((line[2:] for line in done.output.splitlines() if " operations, " in line), "")
    if done.status == 0:
        tally.ok(f"stress, {seconds} s", 1, remark)
    else:
        tally.fail(f"stress, {seconds} s", done.how(), done.output)
    return None

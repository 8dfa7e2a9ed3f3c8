"""Every C test many times beside busy loops: a test that fails once in a hundred runs is a defect."""

import concurrent.futures
import contextlib
import os
import subprocess
import sys

from . import programs
from .process import make
from .programs import PLAIN
from .proof import Quiet

LOOPS_PER_CORE = 2
# Burns a core until its parent is gone.
LOOP = "import os, itertools\nparent = os.getppid()\nfor n in itertools.count():\n    if n % 1000000 == 0 and os.getppid() != parent:\n        break\n"


@contextlib.contextmanager
def load():
    loops = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(LOOPS_PER_CORE * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def once(mode, name):
    """One run: its findings, and what the program said."""
    result = Quiet()
    done, findings = programs.start(mode, name)
    programs.judge(result, mode, name, done, findings)
    return result, done.output


def failures(mode, name, times, jobs):
    """How often a program failed, with what it said the first time; skipped when every test of it was."""
    first, output = once(mode, name)
    if not first.passed and not first.failed:
        return 0, "", True
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = [(first, output), *pool.map(lambda _: once(mode, name), range(times - 1))]
    failed = [(result, output) for result, output in runs if result.failed]
    return len(failed), "".join("\n".join(result.failures) + "\n" + output for result, output in failed[:1]), False


def prove(tally):
    """A test that fails now and then is found."""
    if make([PLAIN.program("harness_self")]):
        return tally.fail("repeat", "ctests/harness_self.c does not build")
    os.environ["SOCK_SELF_ODDS"] = "4"
    result = Quiet()
    for _ in range(60):
        done, findings = programs.start(PLAIN, "harness_self", ["self_fails_now_and_then"])
        programs.judge(result, PLAIN, "harness_self", done, findings)
    del os.environ["SOCK_SELF_ODDS"]
    fine = result.failed and result.passed
    return tally.check("repeat proves itself: a flaky test fails and passes", fine, f"{result.failed} failures of 60")


def suite(tally, names, times, jobs):
    broken = make([PLAIN.program(name) for name in names])
    for target, why in broken.items():
        tally.fail(target, "does not build", why)
    prove(tally)
    with load():
        for name in names:
            if PLAIN.program(name) in broken:
                continue
            failed, first, skipped = failures(PLAIN, name, times, jobs)
            if skipped:
                tally.skip(f"repeat {name}", "every test of it was skipped")
            else:
                tally.check(f"repeat {name}: {times} runs", not failed, f"{failed} of {times} runs failed", first)

"""Injected faults: ctests/faults, built as one program. docs/testing.md says what it does."""

import os
import re

from .process import make, run
from .programs import PLAIN, SKIPPED
from .tally import Tally

PROGRAM = "build/faults/faults"
VERDICT = re.compile(r"^(ok|not ok|skip) (\w+): (.*)$")
COUNT = re.compile(r"(\d+) faults")

# What each planted fault must be found as.
PLANTED = {
    "leaks_a_descriptor": "descriptors",
    "leaks_memory": "blocks of memory",
    "hangs": "hangs",
    "aborts": "ended by signal 6",
    "answers_a_wrong_code": "answered -22",
    "ignores_a_failure": "answered 0",
    "works_no_more": "without a fault",
    "is_sound": None,
}


def start(*words, timeout):
    return run([PROGRAM, *words], timeout, PLAIN.environment())


def findings(output, scenario):
    return [line for line in output.splitlines() if line.startswith(f"# {scenario} |")]


def prove(tally):
    """Every planted fault is found, and nothing in what is sound."""
    done = start("--core", "--planted", timeout=600)
    if done.status == SKIPPED:
        tally.skip("faults", done.output.strip())
        return False
    before = tally.failed
    for scenario, words in PLANTED.items():
        found = findings(done.output, scenario)
        if words is None:
            fine = not found and f"ok {scenario}:" in done.output and f"not ok {scenario}:" not in done.output
        else:
            fine = any(words in line for line in found)
        tally.check(f"faults prove themselves: {scenario}", fine, f"found: {found}", done.output)
    return tally.failed == before


def suite(tally, core, only=""):
    """Each fault in a process of its own; `core` tries fewer n and errnos."""
    broken = make([PROGRAM])
    if broken:
        return tally.fail("faults", "does not build", *broken.values())
    if not prove(tally):
        return None
    done = start(*(["--core"] if core else []), *([only] if only else []), timeout=4 * 3600)
    for line in done.output.splitlines():
        verdict = VERDICT.match(line)
        if not verdict:
            continue
        kind, scenario, remark = verdict.groups()
        label = f"faults {scenario}"
        if kind == "ok":
            tally.ok(label, 1, remark)
        elif kind == "skip":
            tally.skip(label, remark)
        else:
            tally.fail(label, remark, "\n".join(findings(done.output, scenario)))
    expected = 1 if "\nnot ok " in "\n" + done.output else 0
    tally.check("faults ended", done.status in (expected, SKIPPED), done.how(), done.output)
    return None

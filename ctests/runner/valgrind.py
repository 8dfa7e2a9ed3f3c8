"""Runs programs under valgrind and parses its report, because --track-fds=yes does not change the exit status.

These count: every error; memory definitely lost; every descriptor open at the end that the program did not
inherit. A child made by fork() exits with its parent's open descriptors and the memory of its parent's other
threads, so in children only errors count.
"""

import re
import tempfile
from pathlib import Path

from .process import ROOT, run

OPTIONS = [
    "--track-fds=yes",
    "--leak-check=full",
    "--errors-for-leak-kinds=none",
    "--show-leak-kinds=definite",
    "--fair-sched=try",
    "--num-callers=24",
    f"--suppressions={ROOT / 'ctests/valgrind.supp'}",
]

ERRORS = re.compile(r"ERROR SUMMARY: (\d+) errors")
LOST = re.compile(r"definitely lost: ([\d,]+) bytes in ([\d,]+) blocks")
DESCRIPTOR = re.compile(r"Open (.*? \d+:.*|file descriptor \d+.*)")


def run_under(command, timeout, env):
    """Runs a program under valgrind; returns how it ended and a list of findings."""
    with tempfile.TemporaryDirectory(prefix="sock-valgrind-") as place:
        log = Path(place)
        done = run(["valgrind", *OPTIONS, f"--log-file={log}/%p", *command], timeout, env)
        findings = []
        for report in sorted(log.iterdir(), key=lambda path: int(path.name)):
            text = strip(report.read_text(errors="replace"))
            found = errors(text)
            if report.name == str(done.pid):
                found += lost(text) + descriptors(text)
                if not found and not ERRORS.search(text) and done.status is not None:
                    found = ["valgrind's report is incomplete: valgrind did not run to the end"]
            if found:
                findings += found
                done.output += f"--- valgrind, process {report.name}\n{text}"
        return done, findings


def strip(text):
    return re.sub(r"^(==|--)\d+\1 ?", "", text, flags=re.MULTILINE)


def errors(text):
    number = ERRORS.search(text)
    if number and number[1] != "0":
        body = text.split("Parent PID", 1)[-1].splitlines()[1:]
        first = next((line for line in body if line.strip()), "")
        return [f"valgrind: {number[1]} errors, the first: {first}"]
    return []


def lost(text):
    number = LOST.search(text)
    if number and number[1] != "0":
        return [f"valgrind: {number[1]} bytes in {number[2]} blocks are lost"]
    return []


def descriptors(text):
    """Finds descriptors open at the end that the program did not inherit."""
    lines = text.splitlines()
    found = []
    for line, following in zip(lines, [*lines[1:], ""]):
        match = DESCRIPTOR.match(line)
        if match and "<inherited from parent>" not in following:
            found.append(f"valgrind: open at the end: {match[1]}")
    return found

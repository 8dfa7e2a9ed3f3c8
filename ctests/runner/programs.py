"""Runs C test programs and reads their output."""

import concurrent.futures
import dataclasses
import functools
import re
from collections.abc import Callable

from . import valgrind
from .process import ROOT, make, run

SKIPPED = 77
LINE = re.compile(r"^(ok|not ok|skip) (\w+)(?:: (.*))?$")


@dataclasses.dataclass
class Mode:
    """One way to build and run every C program."""

    name: str
    objects: str = "ctests"  # build/OBJECTS/PROGRAM
    library: str = "lib"  # build/LIBRARY/libsock.so.0
    scale: float = 1  # how many times slower than plain
    timeout: float = 600
    build: str = "build"
    variables: tuple = ()  # for make
    before: tuple = ()  # command before the program: an emulator
    left_out: Callable = lambda program: ""  # tests that this mode cannot run: SOCK_TEST_LEAVE_OUT
    run: Callable = run  # runs the program: here, or in a virtual machine
    env: dict = dataclasses.field(default_factory=dict)

    def program(self, name):
        return f"{self.build}/{self.objects}/{places()[name]}"

    def environment(self):
        build = ROOT / self.build
        return {
            "LD_LIBRARY_PATH": str(build / self.library),
            "SOCK_TEST_SLOWNESS": f"{self.scale:g}",
            "SOCK_TEST_MODE": self.name,
            "SOCK_TEST_TRACE": "1",
            "SOCK_BUILD": str(build),
            **self.env,
        }


SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:abort_on_error=0",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}

PLAIN = Mode("plain")
ASAN = Mode("asan", objects="asan", scale=3, env=SANITIZERS)
RUST_ASAN = Mode("rust-asan", objects="asan", library="rust-asan", scale=4, env=SANITIZERS)
VALGRIND = Mode("valgrind", scale=20, timeout=1800)


@functools.cache
def places():
    """{name of a C program: its path below ctests/, without `.c`}; the build directory has the same folders."""
    found = {}
    for path in sorted((ROOT / "ctests").rglob("*.c")):
        place = path.relative_to(ROOT / "ctests").with_suffix("")
        if found.setdefault(path.stem, place) != place:
            raise ValueError(f"two C programs have one name: {found[path.stem]}.c and {place}.c")
    return found


def subjects(prefix="test_"):
    """The names of the C programs with this prefix, in any folder, without `.c`."""
    return sorted(name for name in places() if name.startswith(prefix))


def verdicts(output):
    """Returns [(ok | not ok | skip, name, remark)] from the output of a program."""
    matches = (LINE.match(line) for line in output.splitlines())
    return [(m[1], m[2], m[3] or "") for m in matches if m]


def last_started(output):
    names = [line[2:] for line in output.splitlines() if re.match(r"^# \w+$", line)]
    return f" in {names[-1]}" if names else ""


def start(mode, name, args=()):
    """Runs one program in a mode; returns how it ended, and valgrind's findings."""
    command = [*mode.before, ROOT / mode.program(name), *args]
    env = mode.environment()
    env["SOCK_TEST_LEAVE_OUT"] = mode.left_out(name)
    if mode.name == "valgrind":
        return valgrind.run_under(command, mode.timeout, env)
    return mode.run(command, mode.timeout, env), []


def judge(tally, mode, name, done, findings):
    """Counts a program's test functions; its exit status must agree with its output."""
    label = f"{mode.name} {name}"
    said = verdicts(done.output)
    count = {kind: sum(1 for v in said if v[0] == kind) for kind in ("ok", "not ok", "skip")}
    if count["ok"]:
        tally.ok(label, count["ok"], f"{count['ok']} tests, {done.seconds:.1f} s")
    for kind, test, remark in said:
        if kind == "skip":
            tally.skip(f"{label} {test}", remark)
        elif kind == "not ok":
            tally.fail(f"{label} {test}", remark)
    expected = 1 if count["not ok"] else 0 if count["ok"] else SKIPPED if count["skip"] else None
    if done.status == SKIPPED and not said:
        tally.skip(label, (done.output.strip().splitlines() or ["no reason given"])[-1])
    elif done.status != expected or not said:
        tally.fail(label, done.how() + last_started(done.output))
    for finding in findings:
        tally.fail(label, finding)
    if findings or done.status not in (0, SKIPPED):
        tally.show(done.output)


def run_all(tally, mode, names, jobs=1):
    """Builds and runs programs; a program that does not build is a failure."""
    targets = {name: mode.program(name) for name in names}
    broken = make(list(targets.values()), variables=mode.variables)
    for name in names:
        if targets[name] in broken:
            tally.fail(f"{mode.name} {name}", "does not build", broken[targets[name]])
    ready = [name for name in names if targets[name] not in broken]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for name, (done, findings) in zip(ready, pool.map(lambda name: start(mode, name), ready)):
            judge(tally, mode, name, done, findings)

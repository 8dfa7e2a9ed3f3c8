"""Each tool must detect the defects in ctests/harness_self.c before its results count."""

from .process import make
from .programs import judge, start
from .tally import Tally

# mode: {function: words that its failure must contain, or None if it must pass}
EXPECTED = {
    "plain": {
        "self_passes": None,
        "self_sees_a_thread_block": None,
        "self_fails": "one == 2: 1 and 2",
        "self_fails_by_code": "-20001 (SOCK_ECLOSED), expected -9 (EBADF)",
        "self_fails_by_time": "1.000 ms, expected 2 to",
        "self_fails_in_a_thread": '"text", expected "other"',
        "self_fails_in_a_child": "the child ended with 1",
        "self_hangs": "timeout",
        "self_crashes": "SIGSEGV in self_crashes",
    },
    "asan": {
        "self_passes": None,
        "self_leaks_memory": "ended with",
        "self_reads_freed_memory": "ended with",
        "self_overflows": "ended with",
    },
    "rust-asan": {
        "self_passes": None,
        "self_lets_the_library_overrun": "ended with",
    },
    "valgrind": {
        "self_passes": None,
        "self_sees_a_thread_block": None,
        "self_leaks_a_socket": "open at the end: AF_INET socket",
        "self_leaks_a_handle": "open at the end: AF_INET socket",
        "self_leaks_memory": "100 bytes in 1 blocks are lost",
        "self_reads_freed_memory": "Invalid read",
        "self_lets_the_library_overrun": "Invalid write",
    },
}


EXPECTED["vm"] = EXPECTED["portable"] = EXPECTED["portable-kqueue"] = EXPECTED["plain"]
EXPECTED["portable-asan"] = EXPECTED["asan"]


class Quiet(Tally):
    """Counts without printing: these failures are expected."""

    def ok(self, what, count=1, remark=""):
        self.passed += count

    def fail(self, what, why, output=""):
        self.failed += 1
        self.failures.append(why)

    def skip(self, what, why):
        self.skipped += 1
        self.failures.append(why)

    def show(self, output):
        pass


def prove(tally, mode):
    """Checks the expectations of a mode; returns whether the mode can be trusted."""
    broken = make([mode.program("harness_self")], variables=mode.variables)
    if broken:
        tally.fail(f"{mode.name} self", "does not build", *broken.values())
        return False
    before = tally.failed
    for function, words in EXPECTED[mode.name].items():
        result = Quiet()
        done, findings = start(mode, "harness_self", [function])
        judge(result, mode, "harness_self", done, findings)
        what = f"{mode.name} proves itself: {function}"
        if words is None:
            fine = (result.passed, result.failed, result.skipped) == (1, 0, 0)
            tally.check(what, fine, f"should pass: {result.failures}", done.output)
        else:
            fine = result.failed and any(words in why for why in result.failures)
            tally.check(what, fine, f'no failure contains "{words}": {result.failures}', done.output)
    if mode.name == "plain":
        done, _ = start(mode, "harness_self", ["self_skips"])
        why = "skip self_skips: because of 7"
        tally.check("plain proves itself: self_skips", done.status == 77 and why in done.output, done.how())
    return tally.failed == before

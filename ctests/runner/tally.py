"""Prints results as they come, and their totals at the end."""

import sys


class Tally:
    """Counts results; prints every failure and every skip with its reason."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def part(self, title):
        say(f"\n== {title}")

    def ok(self, what, count=1, remark=""):
        self.passed += count
        say(f"PASS  {what}{': ' + remark if remark else ''}")

    def fail(self, what, why, output=""):
        self.failed += 1
        self.failures.append(f"{what}: {why}")
        say(f"FAIL  {what}: {why}")
        self.show(output)

    def show(self, output):
        """Prints the last lines of a program's output."""
        for line in output.rstrip().splitlines()[-60:]:
            say(f"      | {line}")

    def skip(self, what, why):
        self.skipped += 1
        say(f"SKIP  {what}: {why}")

    def check(self, what, held, why="", output=""):
        """Records one result: passed if `held`, otherwise failed with the reason `why`. Returns whether it passed."""
        if held:
            self.ok(what)
        else:
            self.fail(what, why, output)
        return bool(held)

    def close(self):
        """Prints the totals as the last line; returns the exit status."""
        say("")
        for failure in self.failures:
            say(f"FAIL  {failure}")
        say(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        # A run without any result is a failure.
        return 1 if self.failed or not self.passed else 0


def say(line):
    print(line, flush=True)
    sys.stdout.flush()

"""Checks docs/why.md: its rows are those of ctests/peers/run, and its column of libsock is what that prints."""

import re

from .process import ROOT, make, run

NUMBER = re.compile(r"\d+(?:\.\d+)?")
NEAR = 1.0


def cells(text):
    """{first cell: second cell} of the table's rows."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: row[1] for row in rows if len(row) > 1 and not row[0].startswith("libsock")}


def same(one, other):
    """Whether two cells say the same, with numbers that are near each other."""
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other))
    return NUMBER.sub("N", one) == NUMBER.sub("N", other) and all(abs(float(a) - float(b)) < NEAR for a, b in pairs)


def suite(tally):
    broken = make(["all"])
    if broken:
        return tally.fail("the library", "does not build", broken["all"])
    done = run([ROOT / "ctests/peers/run", "sock"], 300)
    if done.status != 0:
        return tally.skip("docs/why.md", "ctests/peers/run fails: " + (done.output.strip().splitlines() or [""])[-1])
    printed, page = cells(done.output), cells((ROOT / "docs/why.md").read_text())
    tally.check("docs/why.md has the rows of ctests/peers/run", printed.keys() == page.keys() and len(page) > 5,
                f"without the other: {sorted(printed.keys() ^ page.keys())}")
    for what in sorted(printed.keys() & page.keys()):
        if "no strace" not in printed[what]:
            tally.check(f"docs/why.md, libsock: {what}", same(printed[what], page[what]), f"now: {printed[what]}")
    wrong = same("connected, 0.25 s", "connected, 5.17 s") or same("error", "success")
    return tally.check("another result is found", not wrong)

"""The tables of tests that are left out somewhere name tests that exist: a test that is renamed is not skipped for ever."""

import re

from . import backend, emulator, kqueue, musl
from .process import ROOT
from .programs import places

TABLES = {
    "backend.LEFT_OUT": backend.LEFT_OUT,
    "emulator.LEFT_OUT": emulator.LEFT_OUT,
    "emulator.TRANSLATED": emulator.TRANSLATED,
    "emulator.BIG_ENDIAN": emulator.BIG_ENDIAN,
    "emulator.ARM": emulator.ARM,
    "kqueue.LEFT_OUT_OLD": kqueue.LEFT_OUT_OLD,
    "musl.LEFT_OUT": musl.LEFT_OUT,
}


def check(tally):
    for name, table in TABLES.items():
        unknown = [f"{program} {test}" for program, tests in table.items() for test in tests if not exists(program, test)]
        tally.check(f"{name} names tests that exist", not unknown, ", ".join(unknown))


def exists(program, test):
    """Whether the program's list of tests has the test; "" is all of them."""
    if program not in places():
        return False
    text = (ROOT / "ctests" / f"{places()[program]}.c").read_text()
    return test == "" or re.search(rf"^TEST_MAIN\(.*\b{test}\b", text, re.MULTILINE | re.DOTALL) is not None

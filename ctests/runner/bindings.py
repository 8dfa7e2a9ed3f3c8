"""Checks that every binding has a test for every case of bindings/behaviour.md."""

import re

from .process import ROOT

CASE = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
# Test files and test names of each language.
LANGUAGES = {
    "python": ("tests/*.py", re.compile(r"^ *def test_(\w+)\(", re.MULTILINE)),
    "go": ("**/*_test.go", re.compile(r"^func Test(\w+)\(", re.MULTILINE)),
}


def plain(name):
    return name.replace("_", "").lower()


def cases():
    return CASE.findall((ROOT / "bindings/behaviour.md").read_text())


def missing(language):
    """The cases for which a binding has no test."""
    pattern, name = LANGUAGES[language]
    sources = (path.read_text() for path in (ROOT / "bindings" / language).glob(pattern))
    there = {plain(found) for source in sources for found in name.findall(source)}
    return [case for case in cases() if plain(case) not in there]


def check(tally):
    for language in sorted(path.name for path in (ROOT / "bindings").iterdir() if path.is_dir()):
        what = f"{language} tests every shared case"
        if language not in LANGUAGES:
            tally.fail(what, "ctests/runner/bindings.py does not know its test names")
            continue
        lost = missing(language)
        tally.check(what, not lost and len(cases()) > 20, f"missing: {', '.join(lost)}")

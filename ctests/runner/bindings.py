"""Checks that every binding has a test for every case of bindings/behaviour.md."""

import re

from .process import ROOT

CASE = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
# The test files of each language, and how they name tests.
LANGUAGES = {
    "python": ("tests/*.py", re.compile(r"^ *def test_(\w+)\(", re.MULTILINE)),
    "cpp": ("tests/*.cpp", re.compile(r"^TEST\((\w+)\)", re.MULTILINE)),
    "csharp": ("tests/*.cs", re.compile(r"^    \[Test(?:\(.*\))?\] public void (\w+)\(", re.MULTILINE)),
    "ruby": ("test/*.rb", re.compile(r"^ *def test_(\w+)$", re.MULTILINE)),
    "lua": ("tests/*.lua", re.compile(r"^function T\.test_(\w+)\(", re.MULTILINE)),
    "node": ("tests/*.js", re.compile(r"^test\('(\w+)'", re.MULTILINE)),
    "go": ("**/*_test.go", re.compile(r"^func Test(\w+)\(", re.MULTILINE)),
    "java": ("src/test/**/*Test.java", re.compile(r"^    @Test(?:\(.*\))? void (\w+)\(", re.MULTILINE)),
}
# What a language does not have by design, by the beginning of the cases' names; behaviour.md says why.
LEFT_OUT = {"go": "poller_", "java": "poller_fork", "csharp": "poller_fork", "node": "poller_"}


def plain(name):
    return name.replace("_", "").lower()


def cases():
    return CASE.findall((ROOT / "bindings/behaviour.md").read_text())


def wanted(language):
    """Return the cases that a binding must have a test for."""
    left_out = LEFT_OUT.get(language)
    return [case for case in cases() if left_out is None or not case.startswith(left_out)]


def missing(language):
    """Return the cases that a binding has no test for."""
    pattern, name = LANGUAGES[language]
    sources = (path.read_text() for path in (ROOT / "bindings" / language).glob(pattern))
    there = {plain(found) for source in sources for found in name.findall(source)}
    return [case for case in wanted(language) if plain(case) not in there]


def check(tally):
    for language in sorted(path.name for path in (ROOT / "bindings").iterdir() if path.is_dir()):
        what = f"every shared case has a test in {language}"
        if language not in LANGUAGES:
            tally.fail(what, "ctests/runner/bindings.py has no entry for this language")
            continue
        lost = missing(language)
        tally.check(what, not lost and len(cases()) > 20, f"missing: {', '.join(lost)}")

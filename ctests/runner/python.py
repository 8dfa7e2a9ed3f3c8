"""The Python binding: builds it in a virtual environment and runs its tests and CPython's."""

import os
import pathlib
import platform
import re
import subprocess
import sys
import sysconfig

from .process import ROOT, run

BINDING = ROOT / "bindings/python"
TESTS = BINDING / "tests"
# The last lines of unittest's output.
RAN = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)
SKIPS = re.compile(r"^(test\w+) \((\S+?)\) ?(?:\.\.\. )?.*skipped ['\"](.*)['\"]$", re.MULTILINE)
SKIPPED = 77


def environment(tally):
    """Install the current binding in a virtual environment and return its interpreter, or None on failure."""
    what = f"pip install ./bindings/python ({platform.python_version()})"
    missing = reason_against()
    if missing:
        tally.skip(what, missing)
        return None
    where = ROOT / "build/python" / platform.python_version()
    python = where / "bin/python"
    if not python.exists():
        made = run([sys.executable, "-m", "venv", where], 300)
        if made.status != 0:
            tally.skip(what, f"python -m venv {made.how()}: {(made.output.strip().splitlines() or [''])[-1]}")
            return None
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--force-reinstall", "--no-deps"]
    done = run([*install, BINDING], 1800)
    if done.status != 0:
        # Without a network, use the setuptools that is installed.
        again = run([*install, "--no-build-isolation", BINDING], 1800)
        if again.status != 0:
            tally.fail(what, done.how(), done.output + again.output)
            return None
    tally.ok(what)
    return python


def reason_against():
    """Return why this Python cannot build the binding, or an empty text."""
    if sys.implementation.name != "cpython" or sys.version_info < (3, 8):
        return "not CPython 3.8 or newer"
    if not pathlib.Path(sysconfig.get_paths()["include"], "Python.h").exists():
        return "its Python.h is not installed"
    return ""


def own_tests(tally):
    """Run the binding's tests, each file in its own process."""
    python = environment(tally)
    if python is None:
        return
    for path in sorted(TESTS.glob("test_*.py")):
        done = run([python, "-m", "unittest", "-v", path.stem], 900, cwd=TESTS)
        ran = RAN.search(done.output)
        skips = SKIPS.findall(done.output)
        label = f"python {path.stem}"
        if done.status == 0 and ran:
            tally.ok(label, int(ran[1]) - len(skips), f"{int(ran[1]) - len(skips)} tests, {done.seconds:.1f} s")
        else:
            tally.fail(label, done.how(), done.output)
        for test, _, reason in skips:
            tally.skip(f"{label} {test}", reason)


def cpython(tally, groups, runs=run, where=""):
    """Run CPython's own tests on libsock and on its own `_socket`, here or in a virtual machine."""
    python = environment(tally)
    if python is None:
        return
    done = runs([python, TESTS / "cpython.py", *groups], 4 * 3600)
    label = f"{where}CPython {platform.python_version()}'s tests: {' '.join(groups)}"
    total = re.search(r"^(\d+) passed on libsock, (\d+) regressions$", done.output, re.MULTILINE)
    if done.status == SKIPPED:
        tally.skip(label, done.output.strip())
    elif done.status == 0 and total:
        for line in done.output.splitlines()[:-1]:
            tally.show(line)
        tally.ok(label, int(total[1]), total[0])
    else:
        tally.fail(label, total[0] if total else done.how(), done.output)


def bench(tally):
    """Run bench/python.py and show its figures."""
    python = environment(tally)
    if python is not None:
        done = subprocess.run([str(python), str(ROOT / "bench/python.py")], check=False)
        tally.check("bench/python.py", done.returncode == 0, f"ended with {done.returncode}")


def groups():
    """Return the groups named by CPYTHON_TESTS, by default the core."""
    return os.environ.get("CPYTHON_TESTS", "core").split()

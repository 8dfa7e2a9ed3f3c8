"""The Python binding: builds it in a virtual environment and runs its tests and CPython's."""

import os
import re
import subprocess
import tempfile

from . import pythons
from .process import ROOT, found, run

BINDING = ROOT / "bindings/python"
TESTS = BINDING / "tests"
BUILD = ROOT / "build/python"
# The last lines of unittest's output.
RAN = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)
SKIPS = re.compile(r"^(test\w+) \((\S+?)\) ?(?:\.\.\. )?.*skipped ['\"](.*)['\"]$", re.MULTILINE)
SKIPPED = 77
QUIET = ["--quiet", "--disable-pip-version-check"]
# What every Python runs from the wheel; the chosen Python runs all tests.
ECHO = "import libsock; one, other = libsock.socketpair(); one.sendall(b'x'); print(other.recv(9))"
# -I: neither the sources nor a variable may lend it anything. A build without the interpreter's lock warns that it turns
# the lock on.
QUIETLY = ["-I", "-W", "ignore::RuntimeWarning"]
SMOKE = ["test_behaviour", "test_standin", "test_exit", "test_tls"]


def make_environment(tally, what, python, where, *options):
    """Make a virtual environment and return its interpreter, or None with a skip."""
    made = run([python.path, "-m", "venv", *options, where], 300)
    if made.status == 0:
        return where / "bin/python"
    tally.skip(what, f"python -m venv {made.how()}: {(made.output.strip().splitlines() or [''])[-1]}")
    return None


def with_or_without_network(tally, what, command):
    """Run a pip command that builds the binding. Return whether it succeeded."""
    done = run([*command, BINDING], 1800)
    if done.status == 0:
        return True
    # Without a network, use the setuptools that is installed.
    again = run([*command, "--no-build-isolation", BINDING], 1800)
    if again.status == 0:
        return True
    if "libsock needs setuptools" in again.output and "No matching distribution" in done.output:
        tally.skip(what, "no network, and the installed setuptools is too old")
    else:
        tally.fail(what, done.how(), done.output + again.output)
    return False


def environment(tally):
    """Install the current binding in a virtual environment and return its interpreter and version, or None."""
    chosen = pythons.chosen()
    if chosen is None:
        tally.fail(f"pip install ./bindings/python ({os.environ.get('PYTHON')})", "this Python does not start")
        return None
    what = f"pip install ./bindings/python ({chosen.version})"
    if chosen.reason_against():
        tally.skip(what, chosen.reason_against())
        return None
    where = BUILD / chosen.version
    python = where / "bin/python"
    if not python.exists():
        python = make_environment(tally, what, chosen, where)
        if python is None:
            return None
    if not with_or_without_network(tally, what, [python, "-m", "pip", "install", *QUIET, "--force-reinstall", "--no-deps"]):
        return None
    tally.ok(what)
    return python, chosen.version


def run_tests(tally, python, label, names, env=None):
    """Run test files, each in its own process."""
    for name in names:
        done = run([python, "-m", "unittest", "-v", name], 900, env, TESTS)
        ran = RAN.search(done.output)
        skips = SKIPS.findall(done.output)
        if done.status == 0 and ran:
            tally.ok(f"{label} {name}", int(ran[1]) - len(skips), f"{int(ran[1]) - len(skips)} tests, {done.seconds:.1f} s")
        else:
            tally.fail(f"{label} {name}", done.how(), done.output)
        for test, _, reason in skips:
            tally.skip(f"{label} {name} {test}", reason)


def own_tests(tally):
    """Run the binding's tests on the chosen Python, check its types, and try every other Python."""
    made = environment(tally)
    if made is not None:
        run_tests(tally, made[0], "python", sorted(path.stem for path in TESTS.glob("test_*.py")))
        types(tally, *made)
    wheels(tally, None if made is None else made[1])


# Types ------------------------------------------------------------------------------------------------


def types(tally, python, version):
    """Check the stubs against the extension, and the README's program and the examples with mypy --strict."""
    what = f"python types ({version})"
    where = BUILD / f"{version}-types"
    checker = where / "bin/python"
    if not checker.exists() or run([checker, "-c", "import mypy"], 60).status != 0:
        done = run([python, "-m", "venv", where], 300)
        if done.status == 0:
            done = run([checker, "-m", "pip", "install", *QUIET, "mypy>=1.11", "typing_extensions"], 600)
        if done.status != 0:
            return tally.skip(what, f"mypy cannot be installed: {(done.output.strip().splitlines() or [''])[-1]}")
    if not with_or_without_network(tally, what, [checker, "-m", "pip", "install", *QUIET, "--force-reinstall", "--no-deps"]):
        return None
    with tempfile.TemporaryDirectory() as directory:
        # Constants of libsock beyond CPython's are not in the stubs.
        stubtest = [checker, "-m", "mypy.stubtest", "--ignore-missing-stub", "--ignore-unused-allowlist"]
        done = run([*stubtest, "--allowlist", TESTS / "stubtest.txt", "libsock"], 600, cwd=directory)
        tally.check(f"python stubtest ({version})", done.status == 0, done.output)
        programs = [BINDING / "examples/echo_client.py", BINDING / "examples/echo_server.py"]
        for at, text in enumerate(re.findall(r"```python\n(.*?)```", (BINDING / "README.md").read_text(), re.DOTALL)):
            programs.append(os.path.join(directory, f"readme{at}.py"))
            with open(programs[-1], "w") as file:
                file.write(text)
        for program in programs:
            strict = ["--strict"] if "readme" in os.path.basename(program) else []
            done = run([checker, "-m", "mypy", *strict, program], 600, cwd=directory)
            tally.check(f"mypy {os.path.basename(program)} ({version})", done.status == 0, done.output)


# Wheels -----------------------------------------------------------------------------------------------


def wheels(tally, done_already):
    """Build a wheel for every supported Python, install it in an empty environment, and run it there."""
    for version, python in pythons.supported():
        what = f"python {version} wheel"
        if python is None:
            tally.skip(what, f"no CPython {version} on this machine")
        elif python.reason_against():
            tally.skip(what, python.reason_against())
        else:
            wheel(tally, what, python, python.version != done_already)


def wheel(tally, what, python, with_tests):
    with tempfile.TemporaryDirectory() as directory:
        builder = make_environment(tally, what, python, BUILD / f"{python.version}-wheel", "--clear")
        if builder is None:
            return
        build = [builder, "-m", "pip", "wheel", *QUIET, "--no-deps", "--wheel-dir", directory]
        if not with_or_without_network(tally, what, build):
            return
        built = [name for name in os.listdir(directory) if name.endswith(".whl")]
        user = make_environment(tally, what, python, BUILD / f"{python.version}-empty", "--clear")
        if user is None:
            return
        install = [user, "-m", "pip", "install", *QUIET, "--no-index", "--no-deps", os.path.join(directory, *built)]
        done = run(install, 300, cwd=directory)
        if done.status == 0:
            done = run([user, *QUIETLY, "-c", ECHO], 60, cwd=directory)
        tally.check(f"{what} in an empty environment", done.status == 0 and done.output == "b'x'\n", done.output)
        if done.status != 0:
            return
        run_path(tally, what, user)
        if with_tests:
            # Said beforehand that the lock is on, a build without it does not warn.
            run_tests(tally, user, what, SMOKE, {"PYTHON_GIL": "1"} if python.free_threaded else None)
        else:
            system_wheel(tally, what, builder, directory)


def run_path(tally, what, python):
    """The library beside the extension must be found before any other."""
    if not found("readelf"):
        return tally.skip(f"{what}: run path", "readelf is not installed")
    extension = run([python, *QUIETLY, "-c", "import libsock._socket as s; print(s.__file__)"], 60).output.strip()
    paths = re.findall(r"(?:RUNPATH|RPATH).*\[(.*)\]", run(["readelf", "-d", extension], 60).output)
    return tally.check(f"{what}: run path", bool(paths) and paths[0].split(":")[0] == "$ORIGIN", f"it is {paths}")


def system_wheel(tally, what, builder, directory):
    """With LIBSOCK_SYSTEM=1 the library that was built before in the tree must not be packed."""
    label = f"{what} with LIBSOCK_SYSTEM=1"
    if not found("pkg-config"):
        return tally.skip(label, "pkg-config is not installed")
    prefix = os.path.join(directory, "prefix")
    installed = run(["make", "install", f"PREFIX={prefix}"], 900)
    if installed.status != 0:
        return tally.fail(label, "make install " + installed.how(), installed.output)
    environment = {"LIBSOCK_SYSTEM": "1", "PKG_CONFIG_PATH": f"{prefix}/lib/pkgconfig", "LD_LIBRARY_PATH": f"{prefix}/lib"}
    target = os.path.join(directory, "system")
    install = [builder, "-m", "pip", "install", *QUIET, "--no-deps", "--target", target, BINDING]
    done = run(install, 900, environment)
    if done.status != 0:
        done = run([*install, "--no-build-isolation"], 900, environment)
    if done.status != 0:
        return tally.fail(label, done.how(), done.output)
    packed = [name for name in os.listdir(os.path.join(target, "libsock")) if name.startswith("libsock.so")]
    code = f"import sys; sys.path.insert(0, {target!r}); {ECHO}; print(open('/proc/self/maps').read())"
    done = run([builder, "-c", code], 60, environment)
    right = done.status == 0 and f"{prefix}/lib/libsock.so" in done.output
    return tally.check(label, not packed and right, f"packed {packed}", done.output[-2000:])


# CPython's tests --------------------------------------------------------------------------------------


def cpython(tally, groups, runs=run, where=""):
    """Run CPython's own tests on libsock and on its own `_socket`, here or in a virtual machine."""
    made = environment(tally)
    if made is None:
        return
    python, version = made
    done = runs([python, TESTS / "cpython.py", *groups], 4 * 3600)
    label = f"{where}CPython {version}'s tests: {' '.join(groups)}"
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
    made = environment(tally)
    if made is not None:
        done = subprocess.run([str(made[0]), str(ROOT / "bench/python.py")], check=False)
        tally.check("bench/python.py", done.returncode == 0, f"ended with {done.returncode}")


def groups():
    """Return the groups named by CPYTHON_TESTS, by default the core."""
    return os.environ.get("CPYTHON_TESTS", "core").split()

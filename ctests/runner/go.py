"""Tests the Go binding: its own tests, Go's own test of net.Conn, and the ways to build it."""

import os
import pathlib
import re
import shutil
import tempfile

from .process import ROOT, found, make, run

BINDING = ROOT / "bindings/go"
OLDEST = (1, 21)
IN_TREE = ("-tags", "libsock_tree")
TEST = re.compile(r"^--- (PASS|FAIL|SKIP): (\S+)", re.MULTILINE)
# Nothing may wait for a missing network.
ENV = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false"}


def go(words, limit, directory=BINDING, **env):
    return run(["go", *words], limit, {**ENV, **env}, directory)


def version():
    """The version of Go as numbers, or None if Go is not installed."""
    if not found("go"):
        return None
    match = re.search(r"\bgo(\d+)\.(\d+)", go(["version"], 60).output)
    return (int(match[1]), int(match[2])) if match else None


def missing():
    """The reason why the binding cannot be tested here, or None."""
    have = version()
    if have is None:
        return "Go is not installed"
    if have < OLDEST:
        return f"Go {have[0]}.{have[1]} is older than {OLDEST[0]}.{OLDEST[1]}"
    return None if found(os.environ.get("CC", "gcc").split()[0]) else "there is no C compiler for cgo"


def report(tally, what, done):
    """Reports each test of a `go test -v` run."""
    tests = TEST.findall(done.output)
    passed = sum(verdict == "PASS" for verdict, _ in tests)
    if passed:
        tally.ok(what, passed, f"{passed} tests, {done.seconds:.1f} s")
    for verdict, name in tests:
        if verdict == "SKIP":
            tally.skip(f"{what} {name}", reason(done.output, name))
        elif verdict == "FAIL":
            tally.fail(f"{what} {name}", "failed", done.output)
    if done.status != 0 and not any(verdict == "FAIL" for verdict, _ in tests):
        tally.fail(what, done.how(), done.output)
    elif done.status == 0 and not passed:
        tally.fail(what, "ran no test", done.output)


def reason(output, name):
    """The reason that a test printed before it was skipped."""
    lines = output.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"--- SKIP: {name}"))
    near = [line for line in (lines[at - 1], *lines[at + 1 : at + 2]) if re.match(r" +\w+\.go:\d+: ", line)]
    return re.sub(r"^ +\w+\.go:\d+: ", "", near[0]) if near else "no reason given"


def tests(tally, count=1):
    """Runs everything; `count` is how often nettest runs in a row."""
    why = missing()
    if why:
        return tally.skip("the Go binding", why)
    broken = make(["all"])
    if broken:
        return tally.fail("the library", "does not build", broken["all"])
    form = run(["gofmt", "-l", "."], 60, cwd=BINDING)
    tally.check("gofmt", form.status == 0 and not form.output.strip(), "would change files", form.output)
    vet = go(["vet", *IN_TREE, "./..."], 600)
    tally.check("go vet", vet.status == 0, vet.how(), vet.output)
    report(tally, "go test -race", go(["test", *IN_TREE, "-race", "-v", "-count=1", "-timeout=300s", "."], 900))
    report(
        tally,
        "go test with cgo pointer checks",
        go(["test", *IN_TREE, "-v", "-count=1", "-timeout=300s", "."], 900, GOEXPERIMENT="cgocheck2"),
    )
    nettest(tally, count)
    installed(tally)
    return None


def nettest(tally, count):
    """golang.org/x/net/nettest, in a separate module, so that users of the package need no dependency."""
    directory = BINDING / "nettest"
    fetched = go(["mod", "download"], 120, directory)
    if fetched.status != 0:
        return tally.skip("nettest", f"golang.org/x/net cannot be fetched: {fetched.output.strip()[:200]}")
    words = ["test", *IN_TREE, "-race", "-v", f"-count={count}", "-timeout=900s", "."]
    return report(tally, "nettest -race", go(words, 1200, directory))


def installed(tally):
    """Builds the package with an installed library, which pkg-config finds."""
    what = "the README's program with an installed library"
    if not found("pkg-config"):
        return tally.skip(what, "pkg-config is not installed")
    # Always use the same directories, in which nothing else is built: go's cache does not notice when
    # pkg-config names another library for the same package.
    prefix, package = ROOT / "build/go-install/usr", ROOT / "build/go-install/sock"
    shutil.rmtree(package, ignore_errors=True)
    shutil.copytree(BINDING, package, ignore=shutil.ignore_patterns("*_test.go", "nettest", "examples"))
    with tempfile.TemporaryDirectory(prefix="sock-go-") as place:
        broken = make(["install"], variables=[f"PREFIX={prefix}"])
        if broken:
            return tally.fail(what, "make install failed", broken["install"])
        env = {"PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"), "LD_LIBRARY_PATH": str(prefix / "lib")}
        # A user's module, created as the README says, with the README's program.
        user = pathlib.Path(place) / "user"
        user.mkdir()
        (user / "main.go").write_text(block("go"))
        steps = (
            ["mod", "init", "user"],
            ["mod", "edit", "-require=example.org/libsock/bindings/go@v0.0.0", f"-replace=example.org/libsock/bindings/go={package}"],
            ["run", "."],
        )
        for step in steps:
            done = go(step, 600, user, **env)
            if done.status != 0:
                return tally.fail(what, f"go {step[0]} {done.how()}", done.output)
        return tally.check(what, done.output == block("text"), "prints a different text", done.output)


def block(language):
    """The first code block of a language in the binding's README."""
    readme = (BINDING / "README.md").read_text()
    return readme.split(f"```{language}\n", 1)[1].split("```", 1)[0]


def bench(tally):
    """Prints the results for libsock and package net."""
    why = missing()
    if why:
        return tally.skip("the Go binding", why)
    broken = make(["all"])
    if broken:
        return tally.fail("the library", "does not build", broken["all"])
    for name, times in (("Transfer|Connect", "4000x"), ("HTTP", "100x"), ("Batch", "400x"), ("Copy", "100x")):
        done = go(["test", *IN_TREE, "-run=XXX", f"-bench={name}", f"-benchtime={times}", "."], 900)
        tally.check(f"bench {name}", done.status == 0, done.how(), done.output)
        tally.show(done.output)
    return None

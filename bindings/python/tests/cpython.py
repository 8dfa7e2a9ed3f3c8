#!/usr/bin/env python3
"""Runs CPython's own tests on CPython's `_socket` and on libsock, in the same environment.

    cpython.py [GROUP-or-MODULE ...] [--out FILE] [--against FILE]

A test that passes on the first but not on the second is a regression, unless it passes when run again alone. Each
module runs in its own process, in an empty directory. A test that hangs or ends the process counts as hung or crashed,
and the rest of the module continues without it. `--out` saves the results on CPython's `_socket`; `--against` reuses
them instead of running that half. Exits with 1 if there is a regression, and with 77 if this Python has no tests.
"""

import argparse
import fnmatch
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

GROUPS = {
    "core": "test_socket test_timeout test_socketserver test_selectors test_select test_poll test_epoll test_asyncore "
    "test_asynchat",
    "clients": "test_httplib test_httpservers test_urllib2_localnet test_urllib test_urllib2 test_ftplib test_smtplib "
    "test_smtpd test_poplib test_imaplib test_nntplib test_telnetlib test_xmlrpc test_docxmlrpc test_wsgiref "
    "test_robotparser test_logging",
    "asyncio": "test_asyncio.*",
    # With libsock.Selector as the event loops' selector.
    "selector": "test_selectors test_asyncio.*",
    "signals": "test_signal test_eintr test_audit",
    "ssl": "test_ssl",
}

# Tests that libsock need not pass: (first version, pattern, reason).
EXCUSED = [
    ((3, 13), "test_gc.*get_referents_on_capsule*", "it expects the garbage collector to track the CAPI capsule of _socket"),
]

SKIPPED = 77
QUIET = 60  # seconds without progress that count as a hang
ATTEMPTS = 20  # processes for one module, at most


# In a module's process -------------------------------------------------------------------------------


def child(module, journal, only, without):
    """Run a module's tests. The journal receives a line for each start and end."""
    import unittest

    from test import support

    news = open(journal, "a", buffering=1)
    owner = os.getpid()

    def tell(*words):
        if os.getpid() == owner:
            news.write(json.dumps(words) + "\n")

    class Result(unittest.TestResult):
        outcome = ""

        def startTest(self, test):
            super().startTest(test)
            self.outcome, self.why = "passed", ""
            tell("start", test.id())

        def stopTest(self, test):
            super().stopTest(test)
            tell("end", test.id(), self.outcome, self.why)

        def note(self, test, outcome, why):
            if test.id() and self.outcome != "failed":
                self.outcome, self.why = outcome, why

        def addError(self, test, err):
            self.note(test, "failed", self._exc_info_to_string(err, test))

        def addFailure(self, test, err):
            self.note(test, "failed", self._exc_info_to_string(err, test))

        def addSubTest(self, test, subtest, err):
            if err is not None:
                self.note(test, "failed", self._exc_info_to_string(err, test))

        def addSkip(self, test, reason):
            self.note(test, "skipped", reason)
            # Some versions skip without startTest and stopTest.
            tell("end", test.id(), "skipped", reason)

        def addUnexpectedSuccess(self, test):
            self.note(test, "failed", "unexpected success")

    def flat(suite):
        for test in suite:
            if isinstance(test, unittest.TestSuite):
                yield from flat(test)
            else:
                yield test

    support.verbose = 0
    support.use_resources = ["cpu", "subprocess", "walltime", "network"]
    loader = unittest.TestLoader()
    try:
        loaded = importlib.import_module("test." + module)
        suite = flat(loader.loadTestsFromModule(loaded))
    except unittest.SkipTest as skip:
        tell("module", "skipped", str(skip))
        return
    import selectors
    import socket

    tell("socket", socket._socket.__name__, _maps(), selectors.DefaultSelector.__module__)
    chosen = [test for test in suite if test.id() not in without and (not only or test.id() in only)]
    tell("list", [test.id() for test in chosen])
    unittest.TestSuite(chosen).run(Result())
    tell("done")
    news.flush()
    os._exit(0)


def _maps():
    """Whether CPython's own extension is loaded."""
    with open("/proc/self/maps") as maps:
        return "/lib-dynload/_socket." in maps.read()


# Outside --------------------------------------------------------------------------------------------


class Half:
    """One half of the comparison: CPython's `_socket` or libsock."""

    def __init__(self, on_libsock, with_selector=False):
        self.on_libsock = on_libsock
        self.with_selector = with_selector
        self.name = "libsock" if on_libsock else "CPython"

    def environment(self, directory):
        """A sitecustomize installs libsock in the module's process and in processes started by tests."""
        boot = pathlib.Path(directory, "boot")
        boot.mkdir(exist_ok=True)
        code = "import libsock\nlibsock.install()\n" if self.on_libsock else ""
        if self.with_selector:
            code += "import selectors\nselectors.DefaultSelector = libsock.Selector\n"
        boot.joinpath("sitecustomize.py").write_text(code)
        return {**os.environ, "PYTHONPATH": str(boot), "TMPDIR": str(directory)}

    def run(self, module, only=(), leave_out=()):
        """Run a module; return {test: (outcome, why)}."""
        found, without = {}, list(leave_out)
        for _ in range(ATTEMPTS):
            ended = self.once(module, only, without, found)
            without = [*leave_out, *found]
            if ended:
                break
        return found

    def once(self, module, only, without, found):
        """Run one process. Return whether it reached the end of the module."""
        with tempfile.TemporaryDirectory(prefix="cpython-") as directory:
            journal = pathlib.Path(directory, "journal")
            journal.touch()
            empty = pathlib.Path(directory, "empty")
            empty.mkdir()
            job = json.dumps([module, str(journal), list(only), list(without)])
            with open(os.path.join(directory, "output"), "wb") as output:
                process = subprocess.Popen(
                    [sys.executable, "-Wignore", os.path.abspath(__file__), "--child", job],
                    cwd=empty,
                    env=self.environment(directory),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                status = self.watch(process, journal)
            return self.read(journal, status, found, pathlib.Path(directory, "output"))

    def watch(self, process, journal):
        """Wait while the journal grows. Return the exit status, or None for a hang."""
        seen, since = 0, time.monotonic()
        try:
            while True:
                try:
                    return process.wait(0.2)
                except subprocess.TimeoutExpired:
                    size = journal.stat().st_size
                    if size != seen:
                        seen, since = size, time.monotonic()
                    elif time.monotonic() - since > QUIET:
                        return None
        finally:
            try:
                os.killpg(process.pid, 9)
            except ProcessLookupError:
                pass
            process.wait()

    def read(self, journal, status, found, output):
        running = None
        for line in journal.read_text().splitlines():
            kind, *words = json.loads(line)
            if kind == "start":
                running = words[0]
            elif kind == "end":
                found[words[0]] = tuple(words[1:])
                running = None
            elif kind == "socket":
                expected = "libsock._socket" if self.on_libsock else "_socket"
                selector = "libsock._poller" if self.with_selector else "selectors"
                if words != [expected, not self.on_libsock, selector]:
                    raise SystemExit(f"socket or selectors uses the wrong module: {words}")
            elif kind == "module":
                found["(module)"] = tuple(words)
                return True
            elif kind == "done":
                return True
        if running is None:
            found["(module)"] = ("failed", output.read_text(errors="replace")[-2000:])
            return True
        found[running] = ("hung", "") if status is None else ("crashed", f"the process ended with {status}")
        return False


def modules(words):
    """Yield the requested modules that this Python has."""
    home = pathlib.Path(importlib.util.find_spec("test").origin).parent
    for name in " ".join(GROUPS.get(word, word) for word in words).split():
        if name.endswith(".*"):
            package = name[:-2]
            yield from sorted(f"{package}.{path.stem}" for path in (home / package).glob("test_*.py"))
        elif home.joinpath(*name.split(".")).with_suffix(".py").exists():
            yield name


def excused(test):
    return any(
        sys.version_info[:2] >= since and fnmatch.fnmatch(test[5:] if test.startswith("test.") else test, pattern)
        for since, pattern, _ in EXCUSED
    )


def compare(module, before, after, with_selector):
    """Return the regressions that a second run confirms: [(test, outcome, why)]."""
    lost = [
        test
        for test, (outcome, _) in before.items()
        if outcome == "passed" and after.get(test, ("missing", ""))[0] != "passed" and not excused(test)
    ]
    confirmed = []
    for test in lost:
        outcome, why = after.get(test, ("missing", ""))
        if outcome != "crashed" and test != "(module)":
            again = Half(True, with_selector).run(module, [test]).get(test, ("missing", ""))
            if again[0] == "passed":
                continue
        confirmed.append((test, outcome, why))
    return confirmed


def count(results):
    kinds = [outcome for outcome, _ in results.values()]
    order = ("passed", "failed", "skipped", "hung", "crashed")
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in order if kind in kinds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=["core"], metavar="GROUP-or-MODULE", help=", ".join(GROUPS))
    parser.add_argument("--out", metavar="FILE")
    parser.add_argument("--against", metavar="FILE")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(*json.loads(options.child))
    if importlib.util.find_spec("test") is None or importlib.util.find_spec("test.test_socket") is None:
        print("this Python has no `test` package")
        return SKIPPED
    known = json.loads(pathlib.Path(options.against).read_text()) if options.against else {}
    regressions = total = 0
    for module, with_selector in [(name, word == "selector") for word in options.what for name in modules([word])]:
        before = known[module] if module in known else Half(False).run(module)
        known[module] = before
        # Tests that do not end on CPython's `_socket` are left out.
        endless = [test for test, (outcome, _) in before.items() if outcome in ("hung", "crashed")]
        after = Half(True, with_selector).run(module, (), endless)
        lost = compare(module, before, after, with_selector)
        total += sum(1 for outcome, _ in after.values() if outcome == "passed")
        regressions += len(lost)
        print(f"{module}: CPython {count(before)}; libsock {count(after)}; {len(lost)} regressions", flush=True)
        for test, outcome, why in lost:
            print(f"  REGRESSION {test}: {outcome}")
            print("\n".join(f"    {line}" for line in why.rstrip().splitlines()[-8:]), flush=True)
    if options.out:
        pathlib.Path(options.out).write_text(json.dumps(known))
    print(f"{total} passed on libsock, {regressions} regressions")
    return 1 if regressions or not total else 0


if __name__ == "__main__":
    sys.exit(main())

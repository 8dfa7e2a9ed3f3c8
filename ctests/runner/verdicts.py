"""What the test programs of the Java and C# bindings print: a line for each test, `PASS name` or `FAIL name: why`."""

import os
import re
import tempfile

from .process import run

# A test whose name ends in "(virtual)" or "(task)" ran a second time: on a virtual thread, as a Task.
LINE = re.compile(r"^(PASS|FAIL|SKIP) (\w+(?: \((?:virtual|task)\))?)(?:: (.*))?$", re.MULTILINE)
# `attempts` runs the test that is skipped for this reason.
APART = "needs its own /etc/hosts: the runner makes one"
NAMESPACE = 'mount --make-rprivate / && mount --bind "$LIBSOCK_HOSTS" /etc/hosts && exec "$0" "$@"'


def report(tally, what, done):
    """Reports each test of a run."""
    results = LINE.findall(done.output)
    passed = sum(verdict == "PASS" for verdict, _, _ in results)
    if passed:
        tally.ok(what, passed, f"{passed} tests, {done.seconds:.1f} s")
    for verdict, name, why in results:
        if verdict == "SKIP" and why != APART:
            tally.skip(f"{what} {name}", why)
        elif verdict == "FAIL":
            tally.fail(f"{what} {name}", why, done.output)
    if done.status != 0 and not any(verdict == "FAIL" for verdict, _, _ in results):
        tally.fail(what, done.how(), done.output)
    elif done.status == 0 and not results:
        tally.fail(what, "ran no test", done.output)


def attempts(tally, what, program, env):
    """The case connect_attempts in a namespace whose /etc/hosts says that two.test has two addresses."""
    with tempfile.TemporaryDirectory(prefix="sock-hosts-") as place:
        hosts = os.path.join(place, "hosts")
        with open(hosts, "w", encoding="ascii") as file:
            file.write("127.0.0.2 two.test\n127.0.0.3 two.test\n")
        flags = ["-m"] if os.getuid() == 0 else ["-mUr"]
        done = run(["unshare", *flags, "/bin/sh", "-c", NAMESPACE, *program], 120, {**env, "LIBSOCK_HOSTS": hosts})
        if not LINE.search(done.output):
            return tally.skip(what, f"no /etc/hosts of our own here: {done.output.strip()[:200]}")
        return report(tally, what, done)

"""The step `vm`: the C tests and the examples in the virtual machine, and a summary for every family."""

from pathlib import Path

from runner import demo, programs, proof, python
from runner.process import ROOT, make
from runner.tally import say

from .families import FAMILIES
from .machine import Lost, Machine
from .package import Unavailable

SCALE = 10  # how many times slower than the host; multiplies the limits of C tests
TIMEOUT = 300  # seconds for one program; the slowest takes about 45

OWN = {test for family in FAMILIES for test in family.tests}


def run(tally, names):
    """Runs the C programs with these names, those of the families first, and the examples."""
    names = sorted(names, key=lambda name: (name not in OWN, name))
    targets = [programs.PLAIN.program(name) for name in [*names, "harness_self"]]
    targets += [f"build/examples/{path.stem}" for path in sorted((ROOT / "examples").glob("*.c"))]
    broken = make(targets)
    for target, why in broken.items():
        tally.fail(f"vm: {target}", "does not build", why)
    if broken:
        return
    try:
        with Machine() as machine:
            say(f"      Linux {machine.facts['kernel']} answered after {machine.boot_seconds:.0f} s")
            Guest(machine).check(tally, names)
    except Unavailable as why:
        tally.skip("vm: every C test", str(why))
    except Lost as why:
        tally.fail("the virtual machine", "ended or no longer answers", str(why))


def cpython(tally):
    """Runs CPython's test_socket in the machine; it has tests for most families."""

    def there(*command):
        with Machine() as machine:
            return machine.run(*command)

    try:
        python.cpython(tally, ["test_socket"], there, "vm: ")
    except Unavailable as why:
        tally.skip("vm: CPython's tests", str(why))
    except Lost as why:
        tally.fail("the virtual machine", "ended or no longer answers", str(why))


class Guest:
    def __init__(self, machine):
        self.machine = machine
        self.said = {}  # {C program: verdicts}
        self.mode = programs.Mode("vm", scale=SCALE, timeout=TIMEOUT, run=self.run)

    def run(self, command, *how):
        done = self.machine.run(command, *how)
        self.said[Path(command[0]).name] = programs.verdicts(done.output)
        return done

    def check(self, tally, names):
        self.setup(tally)
        if not proof.prove(tally, self.mode):
            return
        programs.run_all(tally, self.mode, names)
        done = self.machine.run([ROOT / "examples/demo"], TIMEOUT, self.mode.environment())
        demo.judge(tally, "vm examples/demo", done)
        for family in FAMILIES:
            self.account(tally, family)

    def setup(self, tally):
        """Checks that all modules are loaded, and that there are CAN buses and Bluetooth controllers."""
        facts, about = self.machine.facts, self.machine.about
        refused = [name for name in about["modules"] if name not in facts["modules"]]
        tally.check("vm: every module is loaded", not refused, f"not loaded: {', '.join(refused)}")
        if "vcan" in about["modules"]:
            tally.check("vm: two CAN buses", {"vcan0", "vcan1"} <= set(facts["interfaces"]), f"{facts['interfaces']}")
        what = "vm: two virtual Bluetooth controllers"
        if about["bluetooth"]:
            tally.skip(what, about["bluetooth"])
        else:
            tally.check(what, len(facts["controllers"]) == 2, f"only {facts['controllers']}")

    def account(self, tally, family):
        """Reports a family's sockets and tests. A family whose modules are loaded must work."""
        label = f"family {family.name}"
        absent = [name for name in family.modules.split() if name in self.machine.about["absent"]]
        answers = self.machine.facts["answers"][family.name]
        for name, why in answers.items():
            if why and absent:
                tally.skip(f"{label}: {name}", f"{why}; Debian's kernel lacks {', '.join(absent)}")
            elif why:
                tally.fail(f"{label}: {name}", why)
        said = [verdict for test in family.tests for verdict, *_ in self.said.get(test, [])]
        there = ", ".join(name for name, why in answers.items() if not why)
        if "ok" in said:
            skipped = f", {said.count('skip')} skipped" if "skip" in said else ""
            tally.ok(label, 1, f"{there}; {said.count('ok')} tests of {', '.join(family.tests)} ran{skipped}")
        elif "skip" in said and not absent:
            tally.fail(label, f"{there}; every test of {', '.join(family.tests)} was skipped")
        elif there:
            tally.skip(label, f"{there}; no test of {', '.join(family.tests)} ran")

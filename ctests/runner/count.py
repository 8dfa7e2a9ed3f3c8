"""Counts the exact cost of one operation: system calls with strace, instructions with callgrind.

The same case runs with N and 2N operations; the difference divided by N is the cost of one (see
ctests/count.h).
"""

import collections
import functools
import re
import tempfile
from pathlib import Path

from .process import found, make, run
from .programs import PLAIN, start, subjects

N = {"syscalls": 2000, "instructions": 20000, "locked": 20000}
TOOLS = {"syscalls": ["strace"], "instructions": ["valgrind"], "locked": ["valgrind", "objdump"]}
# A cost is a count divided by N: this much start-up noise may remain.
NOISE = 0.01


def gates(tally):
    """Checks every limit of every ctests/count_*.c, after the tools have proved themselves."""
    names = subjects("count_")
    names.sort(key=lambda name: name != "count_self")
    broken = make([PLAIN.program(name) for name in names])
    for name in names:
        if PLAIN.program(name) in broken:
            tally.fail(f"count {name}", "does not build", broken[PLAIN.program(name)])
            continue
        done, _ = start(PLAIN, name)
        limits = [line.split() for line in done.output.splitlines()]
        if not limits:
            tally.fail(f"count {name}", "prints no limits")
        failed = tally.failed
        for limit in limits:
            judge(tally, name, *limit)
        if name == "count_self" and tally.failed > failed:
            return


def judge(tally, program, case, metric, op, limit, base):
    what = f"count {program} {case}: {metric} {op} {limit}" + (f" over {base}" if base != "-" else "")
    missing = [tool for tool in TOOLS[metric] if not found(tool)]
    if missing:
        return tally.skip(what, f"{' and '.join(missing)} not installed")
    try:
        cost = per_operation(program, case, metric)
        if base != "-":
            cost -= per_operation(program, base, metric)
    except CannotCount as why:
        return tally.fail(what, str(why))
    limit = float(limit)
    fine = cost <= limit + NOISE if op == "<=" else abs(cost - limit) <= NOISE
    if fine:
        tally.ok(what, 1, f"{cost:.2f}")
    else:
        tally.fail(what, f"{cost:.2f}")


class CannotCount(Exception):
    pass


@functools.cache
def per_operation(program, case, metric):
    n = N[metric]
    done, _ = start(PLAIN, program, [case, "1"])
    if done.status != 0:
        raise CannotCount(f"{case} {done.how()}: {done.output}")
    count = count_syscalls if metric == "syscalls" else count_instructions
    less, more = count(program, case, n), count(program, case, 2 * n)
    return (more[metric] - less[metric]) / n


@functools.cache
def count_syscalls(program, case, n):
    with tempfile.TemporaryDirectory(prefix="sock-count-") as place:
        log = Path(place) / "calls"
        watched(["strace", "-f", "-qq", "-c", "-o", log], program, case, n)
        # % time, seconds, usecs/call, calls, errors (may be empty), name
        rows = [line.split() for line in log.read_text().splitlines()]
        return {"syscalls": next(int(row[3]) for row in rows if row and row[-1] == "total")}


@functools.cache
def count_instructions(program, case, n):
    with tempfile.TemporaryDirectory(prefix="sock-count-") as place:
        log = Path(place) / "callgrind"
        options = ["--dump-instr=yes", "--compress-strings=no", "--compress-pos=no"]
        watched(["valgrind", "--quiet", "--tool=callgrind", *options, f"--callgrind-out-file={log}"], program, case, n)
        costs = read_callgrind(log.read_text())
    total = sum(sum(addresses.values()) for addresses in costs.values())
    locked = sum(
        cost
        for path, addresses in costs.items()
        for address, cost in addresses.items()
        if address in locked_instructions(path)
    )
    return {"instructions": total, "locked": locked}


def watched(tool, program, case, n):
    done = run([*tool, PLAIN.program(program), case, n], 600, PLAIN.environment())
    if done.status != 0:
        raise CannotCount(f"under {tool[0]}: {done.how()}: {done.output}")


def read_callgrind(text):
    """Returns {object file: {address: instructions executed there}}."""
    costs = collections.defaultdict(collections.Counter)
    path = ""
    inclusive = False
    for line in text.splitlines():
        if line.startswith("ob="):
            path = line[3:]
        elif line.startswith("calls="):
            inclusive = True  # the next line is the cost of the callee
        elif line.startswith("0x"):
            if not inclusive:
                address, _, *cost = line.split()
                costs[path][int(address, 16)] += int(cost[0]) if cost else 0
            inclusive = False
    return costs


# `lock` prefixes, and xchg with memory, which implies a lock; on aarch64 the exclusive and LSE forms.
LOCKED = re.compile(r"\block\b|\bxchg\b.*\(|\b(?:ldaxr|stlxr|ldxr|stxr|casa?l?|swpa?l?|ldadda?l?|ldseta?l?|ldclra?l?)\b")
CODE = re.compile(r"^ *([0-9a-f]+):\t(.*)$")


@functools.cache
def locked_instructions(path):
    """Returns the addresses of the locked instructions in an object file."""
    if not Path(path).exists():
        return frozenset()
    done = run(["objdump", "-d", "--no-show-raw-insn", path], 300)
    found_at = (CODE.match(line) for line in done.output.splitlines())
    return frozenset(int(m[1], 16) for m in found_at if m and LOCKED.search(m[2]))

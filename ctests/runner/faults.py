"""Injected faults: ctests/faults, built as one program. docs/testing.md says what it does."""

import re

from .process import ROOT, make, run
from .programs import PLAIN, SKIPPED
from .tally import Tally

PROGRAM = "build/faults/faults"
VERDICT = re.compile(r"^(ok|not ok|skip) (\w+): (.*)$")
COUNT = re.compile(r"(\d+) faults")

# What each planted fault must be found as.
PLANTED = {
    "leaks_a_descriptor": "descriptors",
    "leaks_memory": "blocks of memory",
    "hangs": "hangs",
    "aborts": "ended by signal 6",
    "answers_a_wrong_code": "answered -22",
    "ignores_a_failure": "answered 0",
    "works_no_more": "without a fault",
    "is_sound": None,
}

# What need not be in a scenario: it neither calls the system nor allocates.
PURE = re.compile(
    r"sock_(abi|version|version_number|strerror|is_\w+|[hn]to[hn][ls]|inet_\w+|cmsg_\w+|constant_\w+|control_\w+|"
    r"addr_(equal|family|native|from_native|get_\w+|hci|l2cap|qipcrtr|rfcomm|sco|tipc|vsock)|addrinfo_\w+|family|type|proto|"
    r"peek_fileno|stream_buffered|create_connection_attempts|activation_name)"
)
# What needs a kernel with the family, is one system call like those that are in scenarios, and is left out.
OTHER = {
    "sock_get_can_filters": "CAN",
    "sock_isotp_wait": "CAN",
    "sock_set_can_errors": "CAN",
    "sock_set_can_filters": "CAN",
    "sock_sendmsg_alg": "AF_ALG",
    "sock_set_alg_key": "AF_ALG",
    "sock_set_alg_tag_size": "AF_ALG",
    "sock_vsock_cid": "AF_VSOCK",
    "sock_set_promiscuous": "AF_PACKET",
    "sock_set_device": "a privilege",
    "sock_sethostname": "would rename the machine",
    "sock_ioctl": "Windows",
    "sock_share": "Windows",
    "sock_fromshare": "Windows",
}


def uncovered():
    """Public functions that no scenario calls."""
    register = (ROOT / "ctests/symbols.txt").read_text().splitlines()
    names = [line.split()[0] for line in register if line.strip() and not line.startswith("#")]
    text = "".join(path.read_text() for path in (ROOT / "ctests/faults").glob("*.c"))
    called = set(re.findall(r"\bsock_\w+", text))
    return [name for name in names if name not in called and not PURE.fullmatch(name) and name not in OTHER]


def start(*words, timeout):
    return run([PROGRAM, *words], timeout, PLAIN.environment())


def findings(output, scenario):
    return [line for line in output.splitlines() if line.startswith(f"# {scenario} |")]


def prove(tally):
    """Every planted fault is found, and nothing in what is sound."""
    done = start("--core", "--planted", timeout=600)
    if done.status == SKIPPED:
        tally.skip("faults", done.output.strip())
        return False
    before = tally.failed
    for scenario, words in PLANTED.items():
        found = findings(done.output, scenario)
        if words is None:
            fine = not found and f"ok {scenario}:" in done.output and f"not ok {scenario}:" not in done.output
        else:
            fine = any(words in line for line in found)
        tally.check(f"faults prove themselves: {scenario}", fine, f"found: {found}", done.output)
    return tally.failed == before


def suite(tally, core, only=""):
    """Each fault in a process of its own; `core` tries fewer n and errnos."""
    broken = make([PROGRAM])
    if broken:
        return tally.fail("faults", "does not build", *broken.values())
    if not prove(tally):
        return None
    left = uncovered()
    tally.check("every public function is in a scenario", not left, f"in none: {', '.join(left)}")
    done = start(*(["--core"] if core else []), *([only] if only else []), timeout=4 * 3600)
    for line in done.output.splitlines():
        verdict = VERDICT.match(line)
        if not verdict:
            continue
        kind, scenario, remark = verdict.groups()
        label = f"faults {scenario}"
        if kind == "ok":
            tally.ok(label, 1, remark)
        elif kind == "skip":
            tally.skip(label, remark)
        else:
            tally.fail(label, remark, "\n".join(findings(done.output, scenario)))
    expected = 1 if "\nnot ok " in "\n" + done.output else 0
    tally.check("faults ended", done.status in (expected, SKIPPED), done.how(), done.output)
    return None

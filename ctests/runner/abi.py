"""Compares the ABI with the dump of the last release, and the library's symbol versions with the register."""

import platform
import re

from .process import ROOT, found, make, run

DUMP = ROOT / "abi/libsock.abi"
WORK = ROOT / "build/abi"
HEADER = ROOT / "include/sock.h"


def suite(tally):
    versions(tally)
    if platform.machine() != "x86_64":
        return tally.skip("ABI of the header", "the dump is of x86-64")
    if not found("abidiff"):
        return tally.skip("ABI of the header", "abidiff is not installed (abigail-tools)")
    WORK.mkdir(parents=True, exist_ok=True)
    text = HEADER.read_text()
    done = judge(text)
    tally.check("ABI of the header", done.status == 0, "`make abi` writes it, for a new SONAME or what is unreleased",
                done.output)
    return prove(tally, text)


def versions(tally):
    """Every symbol of the library has the version of the release that introduced it."""
    broken = make(["all"])
    if broken:
        return tally.fail("symbol versions", "the library does not build", broken["all"])
    register = (ROOT / "ctests/symbols.txt").read_text().splitlines()
    register = dict(line.split() for line in register if not line.startswith("#"))
    wanted = {f"{name}@@LIBSOCK_{release.rsplit('.', 1)[0]}" for name, release in register.items()}
    output = run(["nm", "-D", "--defined-only", ROOT / "build/lib/libsock.so"], 60).output
    exported = {line.split()[-1] for line in output.splitlines() if " A LIBSOCK_" not in line}
    return tally.check("symbol versions", wanted == exported, f"differ: {sorted(wanted ^ exported)[:9]}")


def judge(text, number=""):
    """Compares the dump with the ABI of a header's text."""
    header, new = WORK / "sock.h", WORK / "new.abi"
    header.write_text(text)
    made = run([ROOT / "abi/dump", header, new, *([number] if number else [])], 120)
    return made if made.status else run([ROOT / "abi/compare", DUMP, new], 120)


def changed(text, pattern, replacement):
    """A header with one change; there must be something to change."""
    result, count = re.subn(pattern, replacement, text, count=1, flags=re.M | re.S)
    assert count == 1, pattern
    return result


def prove(tally, text):
    """Each incompatible change is found, and each compatible one is not."""
    function = r"^int sock_listen\(sock_t s, int backlog\);\n"
    inside = r"(struct sock_addr \{\n)"
    broken = {
        "a removed symbol": changed(text, function, ""),
        "a changed struct": changed(text, inside, r"\1    uint32_t more;\n"),
        "a changed field": changed(text, r"uint32_t zero; /\*\*< Must be 0. \*/", "uint64_t zero;"),
        "a changed parameter": changed(text, function, "int sock_listen(sock_t s, int64_t backlog);\n"),
        "a changed result": changed(text, function, "int64_t sock_listen(sock_t s, int backlog);\n"),
        "a changed constant": changed(text, r"^#define SOCK_ECANCELED \(-20002\)", "#define SOCK_ECANCELED (-20009)"),
        "a field before the end": changed(text, r"(struct sock_tcp_info \{.*?;)", r"\1\n    int64_t more;"),
        "a field at the end of a struct without a size": changed(
            text, r"(struct sock_datagram \{.*?\n)\};", r"\1    int64_t more;\n};"),
    }
    allowed = {
        "a new function": changed(text, function, r"\g<0>int sock_new(sock_t s);\n"),
        "a new constant": changed(text, r"^#define SOCK_EEOF", r"#define SOCK_NEW 7\n\g<0>"),
        "a field at the end of a struct with a size": changed(text, r"(struct sock_tcp_info \{.*?\n)\};", r"\1    int64_t more;\n};"),
    }
    for what, header in broken.items():
        done = judge(header)
        tally.check(f"ABI check finds {what}", done.status != 0 and "abidiff" not in done.output, done.how(), done.output)
    for what, header in allowed.items():
        done = judge(header)
        tally.check(f"ABI check allows {what}", done.status == 0, done.how(), done.output)
    done = judge(broken["a removed symbol"], "1")
    tally.check("ABI check allows all under a new SONAME", done.status == 0, done.how(), done.output)

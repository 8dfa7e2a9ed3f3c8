"""docs/constants.md against the compiler: the values that the library's table has on each platform.

With `--cfg sock_list_constants` the library fails to compile, and the message is its table (src/net/constant/listing.rs). So
the values of a system on which nothing can be run are those that its library would return. SOCK_TEST_WRITE=1 writes them.
"""

import os
import re

from . import cargo, types
from .process import ROOT, run

DOCUMENT = ROOT / "docs/constants.md"
PLATFORMS = {
    "Linux": "x86_64-unknown-linux-gnu",
    "Android": "aarch64-linux-android",
    "macOS": "aarch64-apple-darwin",
    "FreeBSD": "x86_64-unknown-freebsd",
    "NetBSD": "x86_64-unknown-netbsd",
    "OpenBSD": "x86_64-unknown-openbsd",
    "Windows": "x86_64-pc-windows-gnu",
}
FAMILY = {"Android": "Linux", "FreeBSD": "BSD", "NetBSD": "BSD", "OpenBSD": "BSD"}
ABSENT = "–"
# Windows has no such flags: their numbers are libsock's own there.
OWN = {"SOCK_CLOEXEC", "SOCK_NONBLOCK"}
INTRODUCTION = """# Constants, platform by platform

Every constant of Python's `socket` module (3.6 and later), with the value that `sock_constant_find` returns on each
platform. {dash} means that libsock's table for that platform lacks the name: the lookup returns -ENOTSUP, and the text of the
error says which platforms have it. The columns of macOS and the BSDs have what the libc crate knows of these
systems and a part of what their headers have beyond that. Texts, such as BDADDR_ANY, are what `sock_constant_text` returns.

Linux's column is that of the GNU C library on x86-64. Each column is what the compiler puts into the library
(`ctests/run constants` compares them). Lookups have been run on Linux, and on Windows' table under wine.
"""


class Listing:
    """What the compiler shows: values by name, and for names that the platform lacks, the platforms that have them."""

    def __init__(self, text):
        body = text[text.index("constants: ") + len("constants: ") :]
        self.values = dict(re.findall(r"(?:^|; )(\w+) = (-?\d+)(?=;)", body))
        self.values.update(re.findall(r"; text (\w+) = ([^;]*)(?=;)", body))
        on = re.findall(r"; on ([^:;]*): ([^;]*)(?=;)", body)
        self.elsewhere = {name: where for where, names in on for name in names.split()}


def missing(triple):
    """Why the library cannot be compiled for a target here, or None."""
    if triple in types.FROM_SOURCE:
        lacks = [path for path in types.DEBIAN.values() if not os.path.exists(path)]
        return f"{', '.join(lacks)} is not installed" if lacks else None
    return None if types.has(triple) else f"the Rust target {triple} is not installed"


def listing(triple):
    """(the listing, or None; what the compiler printed)."""
    words = ["rustc", "--profile", "check", "--locked", "--lib", "--target", triple]
    own = ["--", "--cfg", "sock_list_constants"]
    env = {"CARGO_TERM_COLOR": "never", "CARGO_TARGET_DIR": str(ROOT / "target/types")}
    if triple in types.FROM_SOURCE:
        env.update({"RUSTC": types.DEBIAN["rustc"], "RUSTC_BOOTSTRAP": "1"})
        done = run([types.DEBIAN["cargo"], *words, "-Z", "build-std=std,panic_unwind", *own], 3600, env)
    else:
        done = run([cargo.CARGO, *words, *own], 3600, env)
    return Listing(done.output) if "constants: " in done.output else None, done.output


def groups():
    """{group: names} of Python's constants."""
    found = {}
    for line in (ROOT / "tests/data/python-names.txt").read_text().splitlines():
        kind, *words = line.split()
        if kind == "constant":
            found.setdefault(words[0], []).append(words[1])
    return found


def documented():
    """{platform: {name: cell}}, as the document has them."""
    cells = {platform: {} for platform in PLATFORMS}
    for line in DOCUMENT.read_text().splitlines() if DOCUMENT.exists() else []:
        row = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(row) == len(PLATFORMS) + 1:
            for platform, cell in zip(PLATFORMS, row[1:]):
                cells[platform][row[0].strip("`")] = cell
    return cells


def write(cells):
    out = [INTRODUCTION.format(dash=ABSENT)]
    for group, names in groups().items():
        out.append(f"## {group}\n")
        out.append(f"| constant | {' | '.join(PLATFORMS)} |")
        out.append(f"|---|{'---:|' * len(PLATFORMS)}")
        for name in names:
            row = [cells[platform].get(name, "?") for platform in PLATFORMS]
            out.append(f"| `{name}` | {' | '.join(row)} |")
        out.append("")
    DOCUMENT.write_text("\n".join(out))


def suite(tally, only=""):
    names = [name for some in groups().values() for name in some]
    listings = {}
    for platform, triple in PLATFORMS.items():
        if only not in triple:
            continue
        what = f"docs/constants.md: {platform}"
        if missing(triple):
            tally.skip(what, missing(triple))
            continue
        listings[platform], output = listing(triple)
        if not tally.check(f"{what}, compiled", listings[platform], "shows no table", output):
            del listings[platform]
    found = {
        platform: {name: shown.values.get(name, ABSENT) for name in names} for platform, shown in listings.items()
    }
    if os.environ.get("SOCK_TEST_WRITE"):
        write({**documented(), **found})
    for platform, shown in listings.items():
        unknown = [name for name in names if name not in shown.values and name not in shown.elsewhere]
        tally.check(f"{platform}: every name is known", not unknown, f"{unknown} are neither here nor elsewhere")
        both = sorted(set(shown.values) & set(shown.elsewhere))
        tally.check(f"{platform}: no name is here and elsewhere", not both, f"{both}")
        has = documented()[platform]
        wrong = [f"{name}: {cell}, not {has.get(name)}" for name, cell in found[platform].items() if has.get(name) != cell]
        tally.check(f"docs/constants.md: {platform}", not wrong, "\n".join(wrong))
        tally.check(f"{platform}: where others have it", not unsaid(shown, listings), "\n".join(unsaid(shown, listings)))


def unsaid(shown, listings):
    """Names of which a lookup does not say that a platform has them, though its table does."""
    wrong = []
    for name, where in shown.elsewhere.items():
        places = {FAMILY.get(platform, platform) for platform, other in listings.items() if name in other.values}
        if name not in OWN and "Unix" not in where and not places <= set(where.split(", ")):
            wrong.append(f"{name}: only \"{where}\", but the tables of {sorted(places)} have it")
    return wrong

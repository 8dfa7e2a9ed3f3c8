"""Checks the manual pages: every exported function has one, linters accept them, references resolve, examples run."""

import os
import re
import shutil

from .process import ROOT, found, make, run

PAGES = ROOT / "build/man"
# Pages of packages that hardly any machine has installed.
ELSEWHERE = {"tipc(7)", "sd_listen_fds(3)"}
BROKEN = """.Dd November 1, 2026
.Dt BROKEN 3
.Os
.Sh NAME
.Nm broken
.Nd broken
.Sh DESCRIPTION
.Bl -tag -width Ds
.It x
.Fo
"""


def suite(tally):
    shutil.rmtree(PAGES, ignore_errors=True)
    broken = make(["man"])
    if broken:
        return tally.fail("manual pages", "are not made", broken["man"])
    complete(tally)
    resolve(tally)
    lint(tally)
    search(tally)
    return examples(tally)


def complete(tally):
    """Every exported function has a page, and every page of section 3 is an exported function's."""
    register = (ROOT / "ctests/symbols.txt").read_text().splitlines()
    functions = {line.split()[0] for line in register if not line.startswith("#")}
    pages = {path.stem for path in (PAGES / "man3").iterdir()}
    tally.check("every function has a page, every page a function", functions == pages and functions,
                f"without the other: {sorted(functions ^ pages)}")
    for page in ["sock.7", "sock_errors.7"]:
        tally.check(page, (PAGES / "man7" / page).exists(), "is not there")
    empty = []
    for path in (PAGES / "man3").iterdir():
        text = path.read_text()
        wanted = ["NAME", "SYNOPSIS", "DESCRIPTION", "RETURN VALUES", "SEE ALSO", "HISTORY"]
        empty += [f"{path.name}: {title}" for title in wanted if f".Sh {title}\n" not in text]
    tally.check("every page has its sections", not empty, "; ".join(empty))


def resolve(tally):
    """Every reference leads to a page: of libsock, or of the system if its pages are installed."""
    pages = [*PAGES.glob("man*/*")]
    references = {ref for path in pages for ref in re.findall(r"^\.(?:.* )?Xr (\S+) (\d)", path.read_text(), re.M)}
    own = {(path.stem, path.suffix[1:]) for path in pages}
    dangling = sorted(name for name, part in references - own if name.startswith("sock"))
    dangling = [name for name in dangling if name not in ("socket", "socketpair", "sockatmark")]
    tally.check("references between pages resolve", not dangling and references & own, f"nowhere: {dangling}")
    others = sorted({f"{name}({part})" for name, part in references - own} - ELSEWHERE)
    if not found("man") or run(["man", "-w", "2", "sendmmsg"], 60).status != 0:
        return tally.skip("references to the system's pages", "manpages-dev is not installed")
    lost = [ref for ref in others if run(["man", "-w", ref[-2], ref[:-3]], 60).status != 0]
    return tally.check("references to the system's pages resolve", not lost and others, f"nowhere: {lost}")


def lint(tally):
    """`mandoc -Tlint` and `man --warnings` find nothing, and do find what is wrong in a broken page."""
    pages = sorted(PAGES.glob("man*/*"))
    fault = PAGES / "broken.3"
    fault.write_text(BROKEN)
    if found("mandoc"):
        # References to libsock's own pages, which are not installed, are checked above.
        unknown = re.compile(r"referenced manual not found: Xr ")
        lines = run(["sh", "-c", '"$@" 2>/dev/null', "sh", "mandoc", "-Tlint", *pages], 300).output.splitlines()
        said = [line for line in lines if not unknown.search(line)]
        tally.check("mandoc -Tlint", not said, f"{len(said)} remarks", "\n".join(said))
        tally.check("mandoc -Tlint finds a broken page", "WARNING" in run(["mandoc", "-Tlint", fault], 60).output)
    else:
        tally.skip("mandoc -Tlint", "mandoc is not installed")
    if found("man") and found("groff"):
        env = {"LC_ALL": "C.UTF-8", "MANWIDTH": "80"}
        words = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"]
        said = run(["sh", "-c", '"$@" 2>&1 >/dev/null', "sh", *words, *pages], 300, env).output
        tally.check("man --warnings", not said.strip(), "says", said)
        fault.write_text(BROKEN + "\\[nonsense]\n")
        said = run(["sh", "-c", '"$@" 2>&1 >/dev/null', "sh", *words, fault], 60, env).output
        tally.check("man --warnings finds a broken page", said.strip())
    else:
        tally.skip("man --warnings", "man and groff are not installed")
    fault.unlink()


def search(tally):
    """apropos finds functions by name and by what they do."""
    if not found("mandb") or not found("apropos"):
        return tally.skip("apropos", "man-db is not installed")
    # man-db keeps its index beside the pages of a path that belongs to the user.
    folder = ROOT / "build/man-index"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PAGES, folder)
    config = folder / "man.conf"
    config.write_text(f"MANDATORY_MANPATH {folder}\nMANDB_MAP {folder} {folder}/cache\n")
    made = run(["mandb", "-C", config, "-c", "-q", folder], 120)
    queries = {("sock_close",): "sock_close (3)", ("-a", "deadline", "socket"): "sock_setdeadline (3)"}
    for words, page in queries.items():
        output = run(["apropos", "-C", config, "-M", folder, *words], 60).output
        tally.check(f"apropos {' '.join(words)}", page in output, made.output + output)
    shutil.rmtree(folder)
    return None


def wanted(text):
    """What an example says that it prints."""
    lines = text[text.index("/* Prints:\n") :].splitlines()[1:-1]
    return "".join(line.removeprefix(" * ") + "\n" for line in lines)


def examples(tally):
    """The EXAMPLES of the pages compile without warnings and print what they say."""
    sources = sorted((ROOT / "man/examples").glob("*.c"))
    folder = ROOT / "build/man-examples"
    folder.mkdir(exist_ok=True)
    flags = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Iinclude"]
    env = {"LD_LIBRARY_PATH": str(ROOT / "build/lib")}
    for source in sources:
        program = folder / source.stem
        link = ["-Lbuild/lib", "-lsock", "-pthread", "-o", program]
        done = run([os.environ.get("CC", "cc"), *flags, source, *link], 120)
        if done.status == 0:
            done = run([program], 60, env)
        right = done.status == 0 and done.output == wanted(source.read_text())
        tally.check(f"example {source.stem}", right, done.how(), done.output)
    tally.check("examples", len(sources) >= 10, "are missing")

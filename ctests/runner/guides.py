"""Checks the code in docs/: it compiles and prints what the page says, or it is in the file that it is taken from.

A line of HTML comment above a block says what it is: `from: FILE` for lines of a file, `with: DECLARATIONS` for
statements, which compile inside a function below these declarations, `whole` for a file that only compiles. A C block
with a `main` of its own needs none: it runs, and prints the `text` block that follows it.
"""

import os
import re
import textwrap

from .process import ROOT, make, run

BLOCK = re.compile(r"(?:^<!-- (.*?) ?-->\n)?^```(\w+)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
HEAD = """#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sock.h>
#include <sock_bsd.h>
"""
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Iinclude"]
FRAGMENT = ["-Wno-unused", "-Wno-unused-parameter"]
LANGUAGES = {"c", "lua", "php"}


def squeezed(text):
    """Text without indentation."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


def judge(block, folder):
    """What is wrong with a block, or ""."""
    remark, language, code, output = block
    if remark.startswith("from: "):
        path = ROOT / remark.removeprefix("from: ")
        if not path.exists() or squeezed(code) not in squeezed(path.read_text()):
            return f"these lines are not in {path.relative_to(ROOT)}"
    elif language != "c":
        return "a block in another language than C must be taken from a file"
    program = "int main(" in code
    if not program and remark.startswith("from: "):
        return ""
    if not program and remark != "whole" and not remark.startswith("with:"):
        return "nothing says how to compile this"
    source = folder / "block.c"
    if program or remark == "whole":
        text, flags = code, []
    else:
        declarations = remark.removeprefix("with:")
        text, flags = f"{HEAD}void block(void);\nvoid block(void)\n{{\n{declarations}\n{code}\n}}\n", FRAGMENT
    if remark == "whole":
        text, flags = f"{HEAD}{code}", ["-Wno-missing-prototypes"]
    source.write_text(text)
    link = ["-Lbuild/lib", "-lsock", "-pthread"] if program else ["-c"]
    link += ["-o", folder / ("block" if program else "block.o")]
    done = run([os.environ.get("CC", "cc"), *FLAGS, *flags, source, *link], 120)
    if done.status != 0:
        return f"does not compile\n{done.output}"
    if not program or output is None:
        return ""
    done = run([folder / "block"], 60, {"LD_LIBRARY_PATH": str(ROOT / "build/lib")})
    return "" if done.status == 0 and done.output == output else f"{done.how()}, and prints\n{done.output}"


def blocks(text):
    """The blocks of code of a page: (remark, language, code, what it prints or None)."""
    return [(m[0] or "", m[1], m[2], m[3] or None) for m in BLOCK.findall(text) if m[1] in LANGUAGES]


def suite(tally):
    broken = make(["all"])
    if broken:
        return tally.fail("the library", "does not build", broken["all"])
    folder = ROOT / "build/guides"
    folder.mkdir(parents=True, exist_ok=True)
    checked = 0
    for path in sorted((ROOT / "docs").glob("*.md")):
        for number, block in enumerate(blocks(path.read_text()), 1):
            wrong = judge(block, folder)
            tally.check(f"docs/{path.name}: block {number}", not wrong, wrong.split("\n")[0], textwrap.dedent(wrong))
            checked += 1
    tally.check("guides have code", checked >= 10, f"only {checked} blocks were found")
    faults = [
        ("with:", "c", "sock_t s = sock_socket();\n", None),
        ("with:", "c", "sock_t s = sock_no_such_call(1);\n", None),
        ("from: include/sock.h", "c", "int sock_no_such_call(void);\n", None),
        ("", "c", '#include <stdio.h>\nint main(void)\n{\n    puts("one");\n    return 0;\n}\n', "two\n"),
    ]
    missed = [block[2] for block in faults if not judge(block, folder)]
    return tally.check("wrong code is found", not missed, "missed", "\n".join(missed))

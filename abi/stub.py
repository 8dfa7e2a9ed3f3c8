#!/usr/bin/env python3
"""Writes a C file that defines everything that include/sock.h declares: `abi/stub.py HEADER`.

Compiled with debugging information it has the ABI that programs see: functions with their parameters, layouts of
structs, values of constants. The library itself has the debugging information of Rust, which changes with the
compiler. tests/symbols.rs compares the library's symbols with the header's.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "man"))
import header  # noqa: E402


def stub(text):
    parts = header.sections(text)
    constants = [item.name for part in parts for item in part.of("constant")]
    # The version changes with every release, and is not part of the ABI.
    constants = [name for name in constants if not name.startswith("SOCK_VERSION_")]
    lines = ["#define SOCK_MUST_CHECK", text]
    lines += ["enum sock_constants {", *(f"    VALUE_OF_{name} = {name}," for name in constants), "};"]
    lines.append("enum sock_constants sock_constants_of_the_header(void);")
    lines.append("enum sock_constants sock_constants_of_the_header(void) { return 0; }")
    for item in (item for part in parts for item in part.of("function")):
        lines.append(item.text.rstrip(";") + " { return 0; }")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(stub(pathlib.Path(sys.argv[1]).read_text()))

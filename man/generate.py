#!/usr/bin/env python3
"""Writes libsock's manual pages: `man/generate.py DIRECTORY`.

Their one source is include/sock.h, which is itself generated from the comments of src/ffi: a page of
section 3 for each function, a page of section 7 for each subject, and sock(7) from the conventions at the head
of the header. The release of a function comes from ctests/symbols.txt, and the EXAMPLES from man/examples.
"""

import errno
import os
import pathlib
import re
import sys
import time

import header
from mdoc import Writer

ROOT = pathlib.Path(__file__).resolve().parents[1]
EXAMPLE = re.compile(r"/\* Example of (.*?)\. \*/\n", re.S)
# What the conventions of sock.h call these parameters.
USUAL = {
    "s": "the socket.",
    "st": "the stream.",
    "op": "the operation.",
    "list": "the list of results.",
    "addr": "the address.",
    "out": "receives the result.",
    "buf": "memory for the text, which is always terminated by NUL; NULL and 0 get only the length.",
    "cap": "how many elements there is room for.",
    "control": "the buffer of control data, of any alignment.",
    "len": "the length in bytes.",
}
OTHER_CODES = ("A call that waits, or that needs memory or a descriptor, can also return the codes that {sock} names "
               "for that; {errors} lists all codes of libsock.")
# Verbs of a summary whose last letter is all that the imperative lacks are the rule; these are not.
ENDS = (("ches", 2), ("shes", 2), ("sses", 2), ("xes", 2))


def imperative(summary):
    """"Closes a handle." as the description of a page: "close a handle"."""
    verb, _, rest = re.sub(r"( \.\.)?\.$", "", summary).partition(" ")
    if verb == "Whether":
        return "whether " + rest
    cut = next((n for end, n in ENDS if verb.endswith(end)), 1)
    return f"{verb[:-cut].lower() if verb.endswith('s') else verb.lower()} {rest}"


def day():
    """The date of the pages: SOURCE_DATE_EPOCH, else that of the release, else today."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    released = re.search(r"^## \[[\d.]+\] - (\d{4}-\d\d-\d\d)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    if not epoch and released:
        then = time.strptime(released.group(1), "%Y-%m-%d")
    else:
        then = time.gmtime(int(epoch) if epoch else time.time())
    return time.strftime("%B ", then) + str(then.tm_mday) + time.strftime(", %Y", then)


class Book:
    """The whole header, and what pages take from elsewhere."""

    def __init__(self):
        text = (ROOT / "include/sock.h").read_text()
        self.front = header.front(text)
        self.sections = header.sections(text)
        self.functions = {item.name: item for part in self.sections for item in part.of("function")}
        self.comments = {name: header.Comment(item.comment) for name, item in self.functions.items()}
        types = [item for part in self.sections for item in part.of("type")]
        self.handles = {item.name for item in types if item.text.startswith("typedef int64_t")}
        register = (ROOT / "ctests/symbols.txt").read_text().splitlines()
        self.since = dict(line.split() for line in register if not line.startswith("#"))
        self.codes = {item.name: " ".join(item.comment) for part in self.sections for item in part.of("constant")}
        self.examples = {}
        for path in sorted((ROOT / "man/examples").glob("*.c")):
            body = path.read_text()
            names = EXAMPLE.match(body)
            for name in re.findall(r"sock_\w+", names.group(1)):
                self.examples[name] = body[names.end() :].strip("\n").splitlines()
        self.day = day()

    def start(self, name, section, what):
        page = Writer(set(self.functions), name)
        page.lines = [
            '.\\" Generated from include/sock.h by man/generate.py.',
            '.\\" SPDX-License-Identifier: MIT OR Apache-2.0',
            f".Dd {self.day}",
            f".Dt {name.upper()} {section}",
            ".Os",
            ".Sh NAME",
            f".Nm {name}",
        ]
        page.macro("Nd " + re.sub(r"`", "", what).replace("\\", "\\e").replace("-E", "\\-E"))
        return page

    # A page of section 3 -------------------------------------------------------------------------------

    def function(self, part, item):
        comment = self.comments[item.name]
        page = self.start(item.name, 3, imperative(comment.summary))
        page.macro("Sh LIBRARY")
        page.lines.append("libsock (libsock, \\-lsock)")
        self.synopsis(page, item)
        page.macro("Sh DESCRIPTION")
        page.text(comment.summary)
        self.parameters(page, item, comment)
        page.paragraphs(comment.description, first=False)
        if comment.beyond:
            page.macro("Pp")
            page.text(comment.beyond)
        page.macro("Pp")
        page.text(f"{part.page()}(7) describes what the functions of this subject have in common, and sock(7) "
                  "what all have.")
        self.returns(page, item, comment)
        self.example(page, item.name)
        self.errors(page, item, comment)
        see = {(part.page(), "7"), ("sock", "7"), ("sock_errors", "7"), *comment.see, *page.seen}
        page.see_also(see - {(item.name, "3")})
        self.history(page, item.name)
        return page

    def synopsis(self, page, item):
        page.macro("Sh SYNOPSIS")
        page.macro("In sock.h")
        page.macro(f"Ft \"{item.result()}\"" if " " in item.result() else f"Ft {item.result()}")
        parameters = item.parameters()
        page.macro(f"Fo {item.name}")
        for declaration, _ in parameters or [("void", "")]:
            page.macro(f'Fa "{declaration}"')
        page.macro("Fc")

    def parameters(self, page, item, comment):
        entries = self.parameter_entries(item, comment)
        if not entries:
            return
        page.macro("Bl -tag -width Ds")
        for names, text in entries:
            page.macro("It Fa " + " , Fa ".join(names))
            page.text(text[0].upper() + text[1:])
        page.macro("El")

    def parameter_entries(self, item, comment):
        """[(names, text)] of every parameter: as its comment says, as the function that it refers to says, or
        as usual."""
        own = [(names, text) for names, text in comment.parameters]
        known = {name for names, _ in own for name in names}
        others = re.findall(r"`(sock_\w+)`", " ".join(item.comment))
        rest = []
        for _, name in item.parameters():
            if name in known:
                continue
            for other in (self.comments[o] for o in others if o in self.comments and o != item.name):
                found = next(((n, text) for n, text in other.parameters if name in n), None)
                if found:
                    rest.append(([n for n in found[0] if n not in known], found[1]))
                    break
            else:
                if name in USUAL:
                    rest.append(([name], USUAL[name]))
            known |= set(rest[-1][0]) if rest else set()
        order = [name for _, name in item.parameters()]
        place = lambda entry: min((order.index(name) for name in entry[0] if name in order), default=99)
        return sorted(own + rest, key=place)

    def returns(self, page, item, comment):
        page.macro("Sh RETURN VALUES")
        page.text(self.result_text(comment))
        if self.fails(item):
            page.text("A negative result is a code: see ERRORS.")

    def result_text(self, comment):
        if comment.returns:
            return " ".join(comment.returns)
        return comment.summary if comment.summary.startswith("Returns ") else "Returns 0."

    def fails(self, item):
        """Whether a function returns codes: it takes a handle, or a pointer, or its comment names errors."""
        if item.pointer() or item.result() == "void":
            return False
        takes = any(self.is_handle(d) or "*" in d for d, _ in item.parameters())
        return takes or any(codes for codes, _ in self.comments[item.name].errors)

    def is_handle(self, declaration):
        return declaration.rsplit(" ", 1)[0] in self.handles

    def errors(self, page, item, comment):
        if not self.fails(item):
            return
        page.macro("Sh ERRORS")
        entries = self.error_entries(item, comment)
        if entries:
            page.macro("Bl -tag -width Er")
            for codes, when in entries:
                kinds = ("Er \\" + code if code.startswith("-E") else "Dv " + code for code in codes)
                page.macro("It " + " , ".join(kinds))
                page.text(self.reason(codes, when))
            page.macro("El")
        for codes, when in comment.errors:
            if not codes:
                page.macro("Pp")
                page.text(f"Otherwise {when}.")
        page.macro("Pp")
        page.text(OTHER_CODES.format(sock="sock(7)", errors="sock_errors(7)"))

    def error_entries(self, item, comment):
        """[(codes, when)] of every error: of the comment, and of what all handles and pointers have in common."""
        entries = [(codes, when) for codes, when in comment.errors if codes]
        listed = {code for codes, _ in entries for code in codes}
        handles = [f"`{name}`" for d, name in item.parameters() if self.is_handle(d)]
        handle = " or ".join(handles)
        if handle and "-EBADF" not in listed:
            entries.append((["-EBADF"], f"{handle} is not a live handle: it is 0, negative, closed or invented"))
        if handle and "-ENOTSOCK" not in listed and item.name != "sock_close":
            entries.append((["-ENOTSOCK"], f"{handle} is a handle of another kind"))
        if any("*" in d for d, _ in item.parameters()) and "-EFAULT" not in listed:
            entries.append((["-EFAULT"], "a pointer is NULL where NULL has no meaning"))
        return [(group, when) for codes, when in entries for group in ([codes] if when else [[c] for c in codes])]

    def reason(self, codes, when):
        if when:
            when = when.removeprefix("if ")
            return when[0].upper() + when[1:] + "."
        code = codes[0]
        if code.startswith("-E"):
            return os.strerror(getattr(errno, code[1:])) + "."
        return self.codes[code]

    def example(self, page, name):
        if name in self.examples:
            page.macro("Sh EXAMPLES")
            page.code(self.examples[name])

    def history(self, page, name):
        page.macro("Sh HISTORY")
        page.lines.append(f".Nm\nappeared in libsock {self.since[name]}.")

    # Pages of section 7 --------------------------------------------------------------------------------

    def subject(self, part):
        name = part.page()
        title = re.sub(r" \(.*", "", part.title)
        title = title if title.isupper() else title[0].lower() + title[1:]
        page = self.start(name, 7, f"libsock: {title}")
        page.macro("Sh SYNOPSIS")
        page.macro("In sock.h")
        page.macro("Sh DESCRIPTION")
        if part.text:
            page.paragraphs(header.paragraphs(part.text))
        else:
            page.text("This page lists what sock.h declares for this subject.")
        constants, types, functions = part.of("constant"), part.of("type"), part.of("function")
        if constants:
            page.macro("Ss Constants")
            page.macro("Bl -tag -width Ds")
            for item in constants:
                page.macro(f"It Dv {item.name} \\&{item.text}".replace("-", "\\-"))
                page.text(" ".join(line for line in item.comment if line))
            page.macro("El")
        if types:
            page.macro("Ss Types")
        for i, item in enumerate(types):
            page.paragraphs(header.paragraphs(item.comment), first=i == 0)
            page.code(item.text.splitlines())
        self.list(page, functions)
        page.see_also({("sock", "7")} | {(f.name, "3") for f in functions} | page.seen - {(name, "7")})
        return page

    def list(self, page, functions):
        page.macro("Ss Functions")
        page.macro("Bl -tag -width Ds")
        for item in functions:
            page.macro(f"It Xr {item.name} 3")
            page.text(self.comments[item.name].summary)
        page.macro("El")

    def overview(self):
        page = self.start("sock", 7, "Python's socket module as a C library")
        page.macro("Sh SYNOPSIS")
        page.macro("In sock.h")
        page.macro("Sh DESCRIPTION")
        page.text("libsock is a socket library for C and every language that can call C. The conventions below "
                  "apply to every function; the pages of functions add only what is particular, and exceptions.")
        start = next(i for i, line in enumerate(self.front) if line.startswith("NAMES."))
        end = self.front.index("CONTENTS")
        for kind, body in header.paragraphs(self.front[start:end]):
            heading = kind == "text" and re.match(r"([A-Z]+)(?:\. | (?=(?:in|are) ))", body)
            if heading:
                page.macro("Ss " + heading.group(1).capitalize())
                runs_on = not heading.group(0).endswith(". ")
                word = heading.group(1)
                page.text(word.capitalize() + body[len(word) :] if runs_on else body[heading.end() :])
            elif kind == "text":
                page.macro("Pp")
                page.text(body)
            else:
                page.code(body)
        page.macro("Ss Subjects")
        page.macro("Bl -tag -width Ds")
        for part in self.sections:
            page.macro(f"It Xr {part.page()} 7")
            page.lines.append(part.title + ":")
            for i, item in enumerate(part.of("function")):
                last = i + 1 == len(part.of("function"))
                page.macro(f"Xr {item.name} 3" + (" ." if last else " ,"))
        page.macro("El")
        self.example(page, "sock_overview")
        pages = {(part.page(), "7") for part in self.sections}
        page.see_also(pages | page.seen)
        return page

    def pages(self):
        """{file name: text} of all pages."""
        found = {"sock.7": str(self.overview())}
        for part in self.sections:
            found[f"{part.page()}.7"] = str(self.subject(part))
            for item in part.of("function"):
                found[f"{item.name}.3"] = str(self.function(part, item))
        return found


def main():
    out = pathlib.Path(sys.argv[1])
    pages = Book().pages()
    for section in "37":
        folder = out / f"man{section}"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*"):
            old.unlink()
    for name, text in pages.items():
        (out / f"man{name[-1]}" / name).write_text(text)


if __name__ == "__main__":
    main()

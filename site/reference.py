"""The API reference: a page for each subject of include/sock.h, one for its conventions, one that lists all
functions. Written as reStructuredText, whose C domain makes the anchors (`#c.sock_close`) and the index."""

import re

import header
from generate import OTHER_CODES

NAMES = "SOCK|AF|SO|SOL|MSG|TCP|IP|IPV6|UDP|SCM|O|AI|NI|SHUT|CMSG|IPPROTO|CAN|ALG|IFF|PF|INADDR|EAI|CLOCK|LISTEN"
TOKEN = re.compile(
    r"`(?P<quoted>[^`]+)`|(?P<function>\bsock_\w+)(?:\(\))?|(?<!\w)(?P<code>-E[A-Z0-9]{2,})\b"
    rf"|\b(?P<name>(?:{NAMES})_[A-Z0-9_]+\*?|NULL)(?!\w)"
)


def title(text, line="="):
    return [text, line * len(text), ""]


def indent(lines, by=3):
    return [" " * by + line if line else "" for line in lines]


def code(lines):
    """A block, as C if it looks like C."""
    language = "c" if any(re.search(r"[;{]\s*(/\*.*)?$", line) for line in lines) else "none"
    while lines and not lines[-1]:
        lines = lines[:-1]
    shift = min(len(line) - len(line.lstrip()) for line in lines if line)
    return [f".. code-block:: {language}", "", *indent([line[shift:] for line in lines]), ""]


def escape(text):
    return re.sub(r"([\\*`|_])", r"\\\1", text)


class Reference:
    def __init__(self, book):
        self.book = book
        types = {item.name: item for part in book.sections for item in part.of("type")}
        # Sphinx has one set of names: a struct with the name of a function (sock_lookup_stats) is no target.
        self.types = {name: item for name, item in types.items() if name not in book.functions}
        self.shown = {}  # the examples of this page, each with its first function
        self.constants = {item.name for part in book.sections for item in part.of("constant")}

    # Sentences -----------------------------------------------------------------------------------------

    def markup(self, match):
        """A word that means something, as a reference or a literal."""
        word = match.group("quoted") or match.group("function") or match.group(0)
        name = word.removesuffix("()").removeprefix("struct ")
        if name in self.book.functions and not word.startswith("struct "):
            return f":c:func:`{name}`"
        if name in self.types:
            kind = "type" if self.types[name].text.startswith("typedef") else "struct"
            return f":c:{kind}:`{word} <{name}>`"
        if name in self.constants:
            return f":c:macro:`{name}`"
        return f"``{word}``"

    def text(self, text):
        """A paragraph. Markup needs a space or `\\ ` on both sides."""
        found, at = "", 0
        for match in TOKEN.finditer(text):
            found += escape(text[at : match.start()])
            if found and not found[-1].isspace():
                found += "\\ "
            found += self.markup(match)
            at = match.end()
            if at < len(text) and not text[at].isspace():
                found += "\\ "
        return found + escape(text[at:])

    def paragraphs(self, parts):
        found = []
        for kind, body in parts:
            found += code(body) if kind == "code" else [self.text(body), ""]
        return found

    # Items ---------------------------------------------------------------------------------------------

    def entries(self, pairs):
        """A definition list of [(terms, text)]."""
        found = []
        for terms, text in pairs:
            found += [", ".join(self.text(f"`{term}`") for term in terms), *indent([self.text(text)]), ""]
        return found

    def function(self, part, item):
        comment = self.book.comments[item.name]
        body = [self.text(comment.summary), "", *self.paragraphs(comment.description)]
        if comment.beyond:
            body += [self.text(comment.beyond), ""]
        parameters = self.book.parameter_entries(item, comment)
        if parameters:
            pairs = [(names, text[0].upper() + text[1:]) for names, text in parameters]
            body += [":Parameters:", *indent(self.entries(pairs))]
        result = self.book.result_text(comment).removeprefix("Returns ")
        body += [f":Returns: {self.text(result[0].upper() + result[1:])}", ""]
        if self.book.fails(item):
            pairs = [(codes, self.book.reason(codes, when)) for codes, when in self.book.error_entries(item, comment)]
            body += [":Errors:", *indent(self.entries(pairs))]
            body += indent([self.text(f"Otherwise {when}.") for codes, when in comment.errors if not codes])
            others = OTHER_CODES.format(sock="CONVENTIONS", errors="ERRORS")
            others = others.replace("CONVENTIONS", ":doc:`conventions`").replace("ERRORS", ":doc:`errors`")
            body += ["", *indent([others]), ""]
        example = "\n".join(self.book.examples.get(item.name, []))
        if example in self.shown:
            body += [f":Example: that of :c:func:`{self.shown[example]}`, above", ""]
        elif example:
            self.shown[example] = item.name
            body += [":Example:", *indent(code(example.splitlines()))]
        if comment.see:
            pages = ", ".join(f"``{name}({number})``" for name, number in comment.see)
            body += [f":See also: {pages}", ""]
        body += [f":Since: libsock {self.book.since[item.name]}", ""]
        return [f".. c:function:: {item.text.rstrip(';')}", "", *indent(body)]

    def constant(self, item):
        value = item.text.strip("()")
        body = [f"Value ``{value}``. " + self.text(" ".join(line for line in item.comment if line)), ""]
        return [f".. c:macro:: {item.name}", "", *indent(body)]

    def type(self, item):
        if item.name not in self.types:
            comment = self.paragraphs(header.paragraphs(item.comment))
            return [f"``struct {item.name}``", "", *comment, *code(item.text.splitlines())]
        handle = item.text.startswith("typedef")
        head = f".. c:type:: {item.name}" if handle else f".. c:struct:: {item.name}"
        body = [*self.paragraphs(header.paragraphs(item.comment)), *code(item.text.splitlines())]
        return [head, "", *indent(body)]

    # Pages ---------------------------------------------------------------------------------------------

    def subject(self, part):
        self.shown = {}
        functions = part.of("function")
        lines = [*title(part.title), *self.paragraphs(header.paragraphs(part.text))]
        lines += self.table(functions)
        for kind, name in (("constant", "Constants"), ("type", "Types")):
            if part.of(kind):
                lines += title(name, "-")
                for item in part.of(kind):
                    lines += getattr(self, kind)(item)
        if functions:
            lines += title("Functions", "-")
        for item in functions:
            lines += self.function(part, item)
        return "\n".join(lines) + "\n"

    def table(self, functions, subjects=None):
        lines = [".. list-table::", "   :class: functions", ""]
        for item in functions:
            lines += [f"   * - :c:func:`{item.name}`", f"     - {self.text(self.book.comments[item.name].summary)}"]
            if subjects:
                lines.append(f"     - :doc:`{subjects[item.name]}`")
        return [*lines, ""] if functions else []

    def conventions(self):
        front = self.book.front
        start = next(i for i, line in enumerate(front) if line.startswith("NAMES."))
        lines = [*title("Conventions"), "They apply to every function; the functions add only what is particular, "
                 "and exceptions.", ""]
        for kind, body in header.paragraphs(front[start : front.index("CONTENTS")]):
            head = kind == "text" and re.match(r"([A-Z]+)(?:\. | (?=(?:in|are) ))", body)
            if head:
                word = head.group(1)
                lines += title(word.capitalize(), "-")
                body = body[head.end() :] if ". " in head.group(0) else word.capitalize() + body[len(word) :]
            lines += self.paragraphs([(kind, body)])
        return "\n".join(lines) + "\n"

    def index(self):
        lines = [*title("API reference"), "One header, ``sock.h``. Begin with the :doc:`conventions`, which apply "
                 "to every function; then each subject has a page. :doc:`functions` lists all by name.", ""]
        for part in self.book.sections:
            names = ", ".join(f":c:func:`{item.name}`" for item in part.of("function")) or "types and constants"
            lines += [f":doc:`{part.title} <{name(part)}>`", *indent([names]), ""]
        tree = ["conventions", "functions", *(name(part) for part in self.book.sections)]
        lines += [".. toctree::", "   :hidden:", "", *indent(tree)]
        return "\n".join(lines) + "\n"

    def functions(self):
        subjects = {item.name: name(part) for part in self.book.sections for item in part.of("function")}
        every = sorted(self.book.functions.values(), key=lambda item: item.name)
        lines = [*title("All functions"), f"{len(every)} functions, by name.", "", *self.table(every, subjects)]
        return "\n".join(lines) + "\n"


def name(part):
    """The page of a subject: "cancel" for "Cancel tokens"."""
    return part.page().removeprefix("sock_")


def pages(book):
    made = Reference(book)
    found = {"index": made.index(), "conventions": made.conventions(), "functions": made.functions()}
    for part in book.sections:
        found[name(part)] = made.subject(part)
    return found

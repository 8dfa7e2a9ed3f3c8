"""Reads include/sock.h, which is generated from the comments of src/ffi, into sections and items.

The comments have the shape that tests/header/shape.rs checks: a summary, paragraphs, those of parameters
as "`name`: ...", "Returns ..." with the errors, "See ..." with the manual pages.
"""

import re

# The longest line of a comment in sock.h, without the " * " before it.
WIDTH = 97


class Item:
    """A constant, a type or a function: its name, its comment as lines, its declaration."""

    def __init__(self, kind, name, comment, text):
        self.kind, self.name, self.comment, self.text = kind, name, comment, text

    def pointer(self):
        return self.text.split("(", 1)[0].rstrip().endswith("*" + self.name)

    def result(self):
        """The type that a function returns."""
        head = self.text.split("(", 1)[0]
        return head[: -len(self.name)].strip()

    def parameters(self):
        """[(declaration, name)] of a function."""
        inside = self.text[self.text.index("(") + 1 : self.text.rindex(")")]
        found = []
        for piece in re.split(r",\s*(?![^(]*\))", inside):
            piece = " ".join(piece.split())
            hook = re.search(r"\(\*(\w+)\)", piece)
            name = hook.group(1) if hook else re.search(r"(\w+)(\[\w*\])?$", piece).group(1)
            if name != "void":
                found.append((piece, name))
        return found


class Section:
    """A subject: the title, the text below it as lines, the items."""

    def __init__(self, title, text):
        self.title, self.text, self.items = title, text, []

    def of(self, kind):
        return [item for item in self.items if item.kind == kind]

    def page(self):
        """The name of its manual page: sock_errors for "Errors", sock_cancel for "Cancel tokens"."""
        return "sock_" + self.title.split()[0].lower()


def unstar(lines):
    """The text of a comment without its frame."""
    found = []
    for line in lines:
        line = re.sub(r"^\s*(/\*\*?<?|\*/|\*)", "", line)
        line = re.sub(r"\s*\*/\s*$", "", line)
        found.append(line[1:] if line.startswith(" ") else line)
    while found and not found[-1].strip():
        found.pop()
    while found and not found[0].strip():
        found.pop(0)
    return [line.rstrip() for line in found]


def front(text):
    """The opening comment as lines."""
    return unstar(text[: text.index("*/") + 2].splitlines())


TITLE = re.compile(r"^/\* ([A-Z].*?) -{5,}( \*/)?$")


def sections(text):
    """All sections, with their items."""
    lines = text.splitlines()
    found, comment, i = [], [], 0
    while i < len(lines):
        line = lines[i]
        title = TITLE.match(line)
        if title:
            end = i
            while "*/" not in lines[end]:
                end += 1
            body = unstar(lines[i + 1 : end + 1]) if end > i else []
            found.append(Section(title.group(1), body))
            i, comment = end + 1, []
        elif line.startswith("#ifdef __cplusplus") and found:
            break
        elif line.startswith("/**"):
            end = i
            while "*/" not in lines[end]:
                end += 1
            comment, i = unstar(lines[i : end + 1]), end + 1
        elif found and line.startswith("#define SOCK_"):
            beside = re.match(r"#define (\w+) (\S+)(?:\s*/\*\*< (.*) \*/)?$", line)
            name, value, text = beside.groups()
            found[-1].items.append(Item("constant", name, [text] if text else comment, value))
            i, comment = i + 1, []
        elif found and re.match(r"(struct|typedef|union) ", line):
            end = i
            while not lines[end].endswith(";") or (line.endswith("{") and not lines[end].startswith("}")):
                end += 1
            body = "\n".join(lines[i : end + 1])
            name = re.match(r"struct (\w+)", line) or re.match(r"typedef .*?(\w+);", line)
            found[-1].items.append(Item("type", name.group(1), comment, body))
            i, comment = end + 1, []
        elif found and re.match(r"[A-Za-z]", line):
            end = i
            while not lines[end].endswith(";"):
                end += 1
            body = " ".join(part.strip() for part in lines[i : end + 1]).replace("SOCK_MUST_CHECK ", "")
            name = re.search(r"(\w+)\(", body).group(1)
            found[-1].items.append(Item("function", name, comment, body))
            i, comment = end + 1, []
        else:
            i += 1
    return found


def paragraphs(lines):
    """[("text", one string) or ("code", lines)]: a blank line ends a paragraph, and so does a line that
    had room for the first word of the next."""
    found, previous = [], ""
    for line in lines:
        indented = line.startswith("  ")
        if not line:
            if found and found[-1][0] == "code":
                found[-1][1].append("")
        elif indented:
            if not found or found[-1][0] != "code":
                found.append(("code", []))
            found[-1][1].append(line)
        else:
            room = len(previous) + 1 + len(line.split()[0]) <= WIDTH and re.search(r"[.:)]$", previous)
            begins = re.match(r"Returns |`\w+`(, `\w+`)*: ", line)
            if not previous or room or begins or found[-1][0] == "code":
                found.append(("text", line))
            else:
                found[-1] = ("text", found[-1][1] + " " + line)
        previous = "" if indented else line
    for kind, body in found:
        while kind == "code" and not body[-1]:
            body.pop()
    return found


CODE = r"(?:-E[A-Z0-9]+|SOCK_E[A-Z_]+|SOCK_(?:HOST_NOT_FOUND|TRY_AGAIN|NO_RECOVERY|NO_DATA))"
LIST = rf"{CODE}(?:(?:, or |, and |, | and | or ){CODE})*"
CODES = re.compile(rf"^(?:else |and )?({LIST})(?: \.\.\.)?(?P<rest>.*)$", re.S)
NAMED = re.compile(r"(?:^|(?<=[.;] ))(?=`\w+`(?:, `\w+`)*: )")


class Comment:
    """The comment of a function, in its parts."""

    def __init__(self, lines):
        end = next((i for i, line in enumerate(lines) if line.endswith(".") or not line), len(lines) - 1)
        self.summary = " ".join(lines[: end + 1]).strip()
        self.description, self.parameters, self.returns, self.errors = [], [], [], []
        self.see, self.beyond = [], ""
        for kind, body in paragraphs(lines[end + 1 :]):
            self.take(kind, body)

    def take(self, kind, body):
        if kind == "code":
            return self.description.append((kind, body))
        see = re.search(r"(?:^|(?<=[.] ))See ((?:[^.]|\.\w)*?(?:\(\d\)|RFC|\.h|\.rst|ISO)(?:[^.]|\.\w)*)\.$", body)
        if see:
            self.see += re.findall(r"([\w.]+)\((\d)\)", see.group(1))
            extra = re.sub(r"[\w.]+\(\d\),? ?", "", see.group(1)).strip()
            self.beyond = see.group(0) if extra else ""
            body = body[: see.start()].strip()
        if body.startswith("Returns "):
            return self.take_returns(body)
        for piece in NAMED.split(body):
            named = re.match(r"(`\w+`(?:, `\w+`)*): (.*)", piece, re.S)
            if named:
                self.parameters.append((re.findall(r"\w+", named.group(1)), named.group(2).strip()))
            elif piece.strip():
                self.description.append(("text", piece.strip()))
        return None

    def take_returns(self, body):
        """"Returns A; -EONE for this; else B. More." into a text and errors, ([codes], when)."""
        kept = []
        for sentence in re.split(r"(?<=[^.][.]) (?=[A-Z0-9`]|-E)|(?<=[.][.][.]) (?=[A-Z][a-z])", body):
            sentence = sentence[:-1] if re.search(r"[^.][.]$", sentence) else sentence
            clauses = []
            for clause in re.split(r"; (?![^(]*\))", sentence):
                codes = CODES.match(clause)
                if codes:
                    when = codes.group("rest").strip(" ,")
                    other = when.startswith("or ")
                    self.errors.append((re.findall(CODE, codes.group(1)), "" if other else when))
                    if other:
                        self.errors.append(([], when.removeprefix("or ")))
                elif clause.startswith("else ") or clause.startswith("Else "):
                    self.errors.append(([], clause[5:]))
                else:
                    clauses.append(clause)
            if clauses:
                kept.append("; ".join(clauses))
        if kept:
            self.returns.append(" ".join(text[0].upper() + text[1:] + "." for text in kept))
        listed = {code for codes, _ in self.errors for code in codes}
        for code in re.findall(rf"{CODE}\b", body):
            if code not in listed:
                listed.add(code)
                self.errors.append(([code], ""))

"""Writes plain sentences of the header as mdoc(7)."""

import re

CLOSING = ".,:;?!)]"
WIDTH = 78
PREFIXES = "SOCK|AF|SO|MSG|TCP|IP|IPV6|UDP|SCM|O|AI|NI|SHUT|CMSG|IPPROTO"
DEFINED = re.compile(rf"NULL|(?:{PREFIXES})_[A-Z0-9_]+\*?")
# Where a sentence ends: not behind an ellipsis, unless a word with a capital letter follows.
END = re.compile(
    r"(?<=[^.][.!?:])\s+(?=[A-Z`\"(-])|(?<=[.]\))\s+(?=[A-Z`])"
    r"|(?<=\.\.\.)\s+(?=[A-Z][a-z])|(?<=\.\.\.,)\s+(?=[A-Z][a-z])"
)


def escape(text):
    """Text that roff prints as it is."""
    text = text.replace("\\", "\\e").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    text = text.replace("`", "\\(ga")
    # A minus sign, unless it joins two letters.
    return re.sub(r"(?<![A-Za-z0-9])-|-(?![A-Za-z])", r"\\-", text)


def argument(text):
    """One argument of a macro."""
    text = escape(text).replace('"', "\\(dq")
    return f'"{text}"' if " " in text or not text else text


def inert(text):
    """A word that no macro line takes for a macro or a delimiter."""
    return "\\&" + text if re.fullmatch(r"[A-Z][a-z]{1,2}|%[A-Z]|[|.,:;()\[\]?!]", text) else text


def core(word):
    """The macro of a word that means something, or None."""
    if re.fullmatch(r"`[^`]+`", word):
        inside = word[1:-1]
        if re.fullmatch(r"sock_\w+(\(\))?", inside):
            return inside.removesuffix("()")
        if inside.startswith("struct "):
            return "Vt " + argument(inside)
        if re.search(r"[ (:\"%]", inside):
            return "Ql " + argument(inside)
        return "Fa " + argument(inside)
    if re.fullmatch(r"[a-z]\w*\(\)", word) and not word.startswith("sock_"):
        return "Fn " + word[:-2]
    manual = re.fullmatch(r"([a-z][\w.]*)\((\d)\)", word)
    if manual:
        return f"Xr {manual.group(1)} {manual.group(2)}"
    if re.fullmatch(r"sock_\w+(\(\))?", word):
        return word.removesuffix("()")
    if re.fullmatch(r"-E[A-Z0-9]+", word):
        return "Er \\" + word
    if DEFINED.fullmatch(word):
        return "Dv " + word
    return None


class Writer:
    """Lines of a page. `functions` is the set of names that have a page of section 3."""

    def __init__(self, functions, own):
        self.functions, self.own, self.lines, self.seen = functions, own, [], set()

    def macro(self, line):
        self.lines.append("." + line)

    def word(self, word):
        """A word of a sentence: plain, or a macro line."""
        match = re.fullmatch(r"([(\[\"]*)(`[^`]+`|-E[A-Z0-9]+|[\w.]+\(\d\)|\w+\(\)|\w+\*?)(.*)", word, re.S)
        if not match:
            return None
        before, middle, after = match.groups()
        macro = core(middle)
        if macro is None:
            return None
        if macro.startswith("sock_"):
            if macro in self.functions and macro != self.own:
                self.seen.add((macro, "3"))
                macro = f"Xr {macro} 3"
            else:
                macro = ("Fn " if macro in self.functions else "Vt ") + macro
        elif macro.startswith("Xr "):
            name, section = macro.split()[1:]
            self.seen.add((name, section))
        line = macro
        if before:
            quoted = escape(before).replace('"', "\\(dq")
            line = f"No \\&{quoted} Ns {line}"
        closing = list(after)
        if all(c in CLOSING for c in closing):
            return " ".join([line, *closing])
        return f"{line} Ns {inert(argument(after))}"

    def sentence(self, text):
        """A sentence; the words that mean something each get a line."""
        plain = []

        def flush():
            if plain:
                line = escape(" ".join(plain))
                self.lines.append("\\&" + line if line[0] in ".'" or line.startswith("\\(aq") else line)
                plain.clear()

        for word in re.findall(r"(?:`[^`]+`|[^\s`])+", text):
            macro = self.word(word)
            if macro is None:
                plain.append(word)
                if len(escape(" ".join(plain))) > WIDTH:
                    plain.pop()
                    flush()
                    plain.append(word)
            else:
                flush()
                self.macro(macro)
        flush()

    def text(self, text):
        """Sentences, each from a new line."""
        for sentence in END.split(text):
            self.sentence(sentence.strip())

    def code(self, lines):
        """Lines as they are."""
        shift = min(len(line) - len(line.lstrip()) for line in lines if line)
        self.macro("Bd -literal -offset indent")
        for line in lines:
            line = line[shift:].replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
            line = line.replace("^", "\\(ha").replace("~", "\\(ti").replace("`", "\\(ga")
            self.lines.append("\\&" + line if line.startswith((".", "\\(aq")) else line)
        self.macro("Ed")

    def paragraphs(self, parts, first=True):
        for kind, body in parts:
            if kind == "code":
                self.code(body)
            else:
                if not first:
                    self.macro("Pp")
                self.text(body)
            first = False

    def see_also(self, pages):
        """The section SEE ALSO: section 3 before 7, then by name."""
        pages = sorted(set(pages), key=lambda page: (page[1], page[0].lower(), page[0]))
        self.macro("Sh SEE ALSO")
        for i, (name, section) in enumerate(pages):
            self.macro(f"Xr {name} {section}" + (" ," if i + 1 < len(pages) else ""))

    def __str__(self):
        return "\n".join(self.lines) + "\n"

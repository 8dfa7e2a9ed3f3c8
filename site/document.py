"""Makes pages of the tree's Markdown files: links to other files lead to their pages, and names of functions
to the reference."""

import os
import pathlib
import re
import shutil

LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^\s*```")
# What the checker of the guides (ctests/runner/guides.py) reads.
HIDDEN = re.compile(r"^<!-- .* -->$")


def fenced(lines):
    """The blocks that are code because of four spaces as fenced ones, with a language."""
    found, i, inside = [], 0, False
    while i < len(lines):
        line = lines[i]
        inside ^= bool(FENCE.match(line))
        begins = line.startswith("    ") and not inside and (not found or not found[-1].strip())
        before = next((above for above in reversed(found) if above.strip()), "")
        if not begins or re.match(r"\s|[-*] |\d+\. ", before):
            found.append(line)
            i += 1
            continue
        block = []
        while i < len(lines) and (lines[i].startswith("    ") or not lines[i].strip()):
            block.append(lines[i][4:])
            i += 1
        while not block[-1]:
            block.pop()
        language = "c" if any(re.search(r";$|[;{]\s*(/\*.*)?$", text) for text in block) else "text"
        found += [f"```{language}", *block, "```", ""]
    return found


class Site:
    """The directory of sources; `pages` are the Markdown files that become pages."""

    def __init__(self, root, out, pages, functions):
        self.root, self.out, self.pages, self.functions = root, out, set(pages), functions

    def write(self, name, text):
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def copy(self, name):
        (self.out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.root / name, self.out / name)

    def page(self, name):
        inside, found = False, []
        for line in fenced((self.root / name).read_text().splitlines()):
            inside ^= bool(FENCE.match(line))
            if HIDDEN.match(line):
                continue
            found.append(line if inside or FENCE.match(line) else self.prose(name, line))
        self.write(name, "\n".join(found) + "\n")

    def prose(self, name, line):
        line = LINK.sub(lambda match: self.link(name, *match.groups()), line)
        return re.sub(r"(?<!\[)`(sock_\w+)(?:\(\))?`(?!\])", self.function, line)

    def function(self, match):
        return f"{{c:func}}`{match.group(1)}`" if match.group(1) in self.functions else match.group(0)

    def link(self, name, image, text, target):
        whole = f"{image}[{text}]({target})"
        if "://" in target or target.startswith(("#", "mailto:")):
            return whole
        path, _, anchor = target.partition("#")
        folder = pathlib.PurePosixPath(name).parent
        file = os.path.normpath(folder / path)
        if file == "README.md":
            file = "index.md"
        elif file == "include/sock.h":
            file = "reference/index.rst"
        elif re.fullmatch(r"examples/\w+\.c", file):
            file = file[:-1] + "md"
        elif (self.root / file).is_dir():
            return text
        elif file not in self.pages:
            self.copy(file)
        return f"{image}[{text}]({os.path.relpath(file, folder)}{'#' + anchor if anchor else ''})"

    def examples(self):
        """A page for each example, which shows its source."""
        names = []
        for path in sorted((self.root / "examples").glob("*.c")):
            self.copy(f"examples/{path.name}")
            text = f"# {path.name}\n\n```{{literalinclude}} {path.name}\n:language: c\n```\n"
            self.write(f"examples/{path.stem}.md", text)
            names.append(path.stem)
        tree = "\n".join(["", "```{toctree}", ":hidden:", "", *names, "```", ""])
        with open(self.out / "examples/README.md", "a") as file:
            file.write(tree)

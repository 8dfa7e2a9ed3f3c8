#!/usr/bin/env python3
"""Draws the output of a program as a terminal: `examples/demo | packaging/picture.py > examples/demo.svg`.

Takes the first lines of the standard input that fit. Commands begin with "$ ", programs' lines with "  NAME | ".
"""

import html
import re
import sys

LINES, COLUMNS = 19, 84
WIDTH, HEIGHT, LEFT, TOP, LINE = 760, 28 + LINES * 18, 16, 26, 18
COLORS = {"$": "#7ee787", "ok": "#7ee787", "title": "#e6edf3", "text": "#c9d1d9"}
NAMES = ["#79c0ff", "#ffa657", "#d2a8ff", "#a5d6ff"]


def spans(line, names):
    """[(text, colour)] of a line."""
    program = re.match(r"  (\w+)( +\| )(.*)", line)
    if program:
        name, bar, text = program.groups()
        colour = names.setdefault(name, NAMES[len(names) % len(NAMES)])
        return [(f"  {name}", colour), (bar, "#6e7681"), (text, COLORS["text"])]
    if line.startswith("$ "):
        return [(line, COLORS["$"])]
    return [(line, COLORS["ok"] if line == "ok" else COLORS["title"])]


def main():
    lines = [line.rstrip()[:COLUMNS] for line in sys.stdin][:LINES]
    names = {}
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" '
          'aria-label="The output of make demo">')
    print(f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#0d1117"/>')
    print('<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13" xml:space="preserve">')
    for number, line in enumerate(lines):
        text = "".join(f'<tspan fill="{colour}">{html.escape(part, quote=False)}</tspan>'
                       for part, colour in spans(line, names) if part)
        if text:
            print(f'<text x="{LEFT}" y="{TOP + number * LINE}">{text}</text>')
    print("</g>\n</svg>")


if __name__ == "__main__":
    main()

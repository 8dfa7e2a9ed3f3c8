#!/usr/bin/env python3
"""Writes the sources of the site: `site/generate.py DIRECTORY`. Sphinx makes HTML of them.

The reference comes from include/sock.h through the parser of the manual pages (man/generate.py); everything else
from the Markdown files of the tree, as they are but for their links.
"""

import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "man"))

import document
import reference
from generate import Book

# The Markdown files of the tree that are pages, beside docs/.
DOCUMENTS = [
    "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md",
    "examples/README.md", "bindings/README.md", "bindings/behaviour.md", "bindings/cpp/README.md",
    "bindings/csharp/README.md", "bindings/go/README.md", "bindings/java/README.md", "bindings/lua/README.md",
    "bindings/node/README.md",
    "bindings/python/README.md", "bindings/ruby/README.md", "ctests/README.md",
]


def main():
    out = pathlib.Path(sys.argv[1])
    shutil.rmtree(out, ignore_errors=True)
    book = Book()
    pages = [*DOCUMENTS, *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
    site = document.Site(ROOT, out, pages, set(book.functions))
    for page in pages:
        site.page(page)
    site.examples()
    site.write("index.md", (ROOT / "site/index.md").read_text())
    for name, text in reference.pages(book).items():
        site.write(f"reference/{name}.rst", text)
    site.copy("examples/demo.svg")
    (out / "_static").mkdir()
    shutil.copy(ROOT / "site/libsock.css", out / "_static")


if __name__ == "__main__":
    main()

"""Checks the site: it builds without a warning, no link is broken, every exported function has its anchor."""

import html.parser
import re
import shutil
import urllib.parse

from . import guides, peers
from .process import ROOT, make, run

SITE = ROOT / "build/site"


class Page(html.parser.HTMLParser):
    """The anchors of a page, and what it refers to."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids |= {found[key] for key in ("id", "name") if found.get(key)}
        self.links += [found[key] for key in ("href", "src") if found.get(key)]


def broken(site):
    """The internal links of a site that lead nowhere, and the number of all."""
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    lost, count = [], 0
    for path, page in pages.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            count += 1
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            anchor = urllib.parse.unquote(parts.fragment)
            if not target.is_file() or (anchor and target in pages and anchor not in pages[target].ids):
                lost.append(f"{path.relative_to(site.resolve())}: {link}")
    return lost, count


def suite(tally):
    guides.suite(tally)
    peers.suite(tally)
    tools = make(["site-tools"])
    if tools:
        said = [line for line in tools["site-tools"].splitlines() if line.strip() and not line.startswith("make")]
        return tally.skip("the site", f"its tools cannot be installed: {said[-1] if said else 'no reason given'}")
    shutil.rmtree(SITE, ignore_errors=True)
    failed = make(["site"])
    tally.check("the site builds without a warning", not failed, "warnings or errors", failed.get("site", ""))
    if failed:
        return None
    links(tally)
    functions(tally)
    outside(tally)
    return warnings(tally)


def links(tally):
    lost, count = broken(SITE)
    tally.check(f"{count} links within the site lead somewhere", not lost and count > 1000, "broken", "\n".join(lost))
    # The check itself: a link to no file, and one to no anchor.
    fault = SITE / "fault.html"
    fault.write_text('<a href="nowhere.html">a</a><a href="index.html#nowhere">b</a><a href="index.html">c</a>')
    again = len(broken(SITE)[0])
    fault.unlink()
    tally.check("broken links are found", again == len(lost) + 2, f"{again - len(lost)} of 2")


def functions(tally):
    """Each function of the register has one section, a place in the list and one in the search index."""
    register = (ROOT / "ctests/symbols.txt").read_text().splitlines()
    wanted = {line.split()[0] for line in register if not line.startswith("#")}
    pages = {path.stem: Page(path) for path in (SITE / "reference").glob("*.html")}
    places = {name: [stem for stem, page in pages.items() if f"c.{name}" in page.ids] for name in wanted}
    wrong = sorted(name for name, found in places.items() if len(found) != 1)
    tally.check(f"{len(wanted)} functions have one section each", wanted and not wrong, f"not: {wrong}")
    listed = {link.partition("#c.")[2] for link in pages["functions"].links if "#c." in link}
    tally.check("the list of functions links all of them", wanted <= listed, f"not: {sorted(wanted - listed)}")
    others = {anchor[2:] for page in pages.values() for anchor in page.ids if anchor.startswith("c.sock_")} - wanted
    names = (ROOT / "include/sock.h").read_text()
    types = set(re.findall(r"struct (sock_\w+) \{|typedef int64_t (sock_\w+);", names))
    strange = sorted(others - {name for pair in types for name in pair})
    tally.check("every section is a function or a type", not strange, f"not: {strange}")
    words = set(re.findall(r"sock_\w+", (SITE / "searchindex.js").read_text()))
    tally.check("the search index has all of them", wanted <= words, f"not: {sorted(wanted - words)}")


def outside(tally):
    """A page loads nothing from another host."""
    found = []
    for path in SITE.rglob("*.html"):
        text = path.read_text()
        found += [path.name for key in ('src="http', "src='http", 'rel="stylesheet" href="http') if key in text]
    tally.check("no page loads anything from elsewhere", not found, f"{found}")


def warnings(tally):
    """A reference to a page that does not exist stops the build."""
    source, out = ROOT / "build/site-fault", ROOT / "build/site-fault-out"
    shutil.rmtree(source, ignore_errors=True)
    (source / "_static").mkdir(parents=True)
    (source / "index.md").write_text("# Fault\n\n[nowhere](nowhere.md)\n")
    words = ["-q", "-W", "-b", "html", "-c", "site", source, out]
    env = {"SOCK_VERSION": "0", "SOCK_SITE_SOURCE": str(source)}
    done = run([ROOT / "build/site-tools/bin/sphinx-build", *words], 300, env)
    tally.check("a warning stops the build", done.status != 0 and "nowhere" in done.output, done.how(), done.output)
    shutil.rmtree(source)
    shutil.rmtree(out, ignore_errors=True)

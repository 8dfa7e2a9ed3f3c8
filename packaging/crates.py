#!/usr/bin/env python3
"""What the library is made of, from Cargo.lock and the crates' own manifests.

    packaging/crates.py sbom        a CycloneDX bill of materials, as JSON
    packaging/crates.py licenses    the licence texts of all crates that are in the library
    packaging/crates.py check       compares every crate's licence with those that deny.toml allows

Needs cargo, with the crates fetched or vendored. The output depends on nothing else.
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[1]
TARGET = "x86_64-unknown-linux-gnu"
PURL = "pkg:cargo/{name}@{version}"


def metadata():
    cargo = os.environ.get("CARGO", "cargo")
    words = [cargo, "metadata", "--format-version", "1", "--locked", "--filter-platform", TARGET]
    return json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout)


class Graph:
    """The packages that Cargo.lock has for Linux, and which of them are in the library."""

    def __init__(self):
        data = metadata()
        self.packages = {package["id"]: package for package in data["packages"]}
        self.nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
        self.root = data["resolve"]["root"]
        lock = (ROOT / "Cargo.lock").read_text()
        entry = re.compile(r'^name = "(.*)"\nversion = "(.*)"\n(?:source = .*\n)?(?:checksum = "(.*)"\n)?', re.M)
        self.checksums = {(name, version): checksum for name, version, checksum in entry.findall(lock)}
        self.linked = self.reachable({None})
        self.built = self.reachable({None, "build"})

    def is_macro(self, package):
        return any("proc-macro" in target["kind"] for target in self.packages[package]["targets"])

    def reachable(self, kinds):
        """What the library depends on; macros run at build time, and are not linked."""
        found, waiting = set(), [self.root]
        while waiting:
            package = waiting.pop()
            for dependency in self.nodes[package]["deps"]:
                wanted = kinds & {kind["kind"] for kind in dependency["dep_kinds"]}
                macro = self.is_macro(dependency["pkg"]) and "build" not in kinds
                if wanted and not macro and dependency["pkg"] not in found:
                    found.add(dependency["pkg"])
                    waiting.append(dependency["pkg"])
        return found

    def sorted(self, packages):
        return sorted((self.packages[p] for p in packages), key=lambda p: (p["name"], p["version"]))


def expression(package):
    return (package["license"] or "NOASSERTION").replace("/", " OR ")


def component(graph, package):
    found = {
        "type": "library",
        "bom-ref": PURL.format(**package),
        "name": package["name"],
        "version": package["version"],
        "scope": "required" if package["id"] in graph.linked else "excluded",
        "licenses": [{"expression": expression(package)}],
        "purl": PURL.format(**package),
    }
    checksum = graph.checksums.get((package["name"], package["version"]))
    if checksum:
        found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return found


def sbom(graph):
    packages = graph.sorted(graph.built)
    root = graph.packages[graph.root]
    dependencies = []
    for package in [root, *packages]:
        into = {d["pkg"] for d in graph.nodes[package["id"]]["deps"]} & graph.built
        refs = [PURL.format(**p) for p in graph.sorted(into)]
        dependencies.append({"ref": PURL.format(**package), "dependsOn": refs})
    subject = component(graph, root)
    subject["scope"] = "required"
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": subject},
        "components": [component(graph, package) for package in packages],
        "dependencies": dependencies,
    }
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    body["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}"
    return json.dumps(body, indent=2, sort_keys=True) + "\n"


def texts(package):
    """The licence files of a crate: where there is a choice, MIT alone."""
    folder = pathlib.Path(package["manifest_path"]).parent
    files = sorted(p for p in folder.iterdir() if re.match(r"(?i)(license|licence|copying|copyright|unlicense)", p.name))
    files = [p for p in files if p.is_file()]
    mit = [p for p in files if "mit" in p.name.lower()]
    if "MIT" in expression(package) and mit:
        return mit
    return files


def licenses(graph):
    """The texts, each once, below the crates that it belongs to."""
    by_text = {}
    for package in graph.sorted(graph.linked):
        found = texts(package) or [None]
        for path in found:
            text = path.read_text().replace("\r\n", "\n").strip("\n") if path else ""
            text = "\n".join(line.rstrip() for line in text.splitlines())
            by_text.setdefault(text, []).append(f"{package['name']} {package['version']} ({expression(package)})")
    parts = [
        "Licences of what the library contains besides libsock itself: the crates below, and parts of Rust's\n"
        "standard library (MIT OR Apache-2.0, https://www.rust-lang.org). `make licenses` writes this file.\n"
    ]
    for text, names in by_text.items():
        body = text or "This crate ships no licence text; the licence is the one that its manifest names, above."
        parts.append("-" * 100 + "\n" + "\n".join(names) + "\n\n" + body + "\n")
    return "\n".join(parts)


def check(graph):
    allowed = set(re.findall(r'^    "([^"]+)",', (ROOT / "deny.toml").read_text(), re.M))
    bad = []
    for package in graph.packages.values():
        words = expression(package)
        # Every part of an AND must be allowed, and one part of an OR.
        parts = re.split(r"\s+AND\s+", words.replace("(", "").replace(")", ""))
        if not all(any(word in allowed for word in re.split(r"\s+OR\s+", part)) for part in parts):
            bad.append(f"{package['name']} {package['version']}: {words}")
    if bad:
        sys.exit("not allowed by deny.toml: " + "; ".join(bad))
    return f"{len(graph.packages)} crates, {len(graph.linked)} of them in the library\n"


def main():
    what = {"sbom": sbom, "licenses": licenses, "check": check}[sys.argv[1]]
    sys.stdout.write(what(Graph()))


if __name__ == "__main__":
    main()

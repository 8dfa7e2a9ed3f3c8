#!/usr/bin/env python3
"""Checks that a commit can be released: docs/releasing.md lists what. RELEASE=dry allows an undated changelog."""

import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
DRY = os.environ.get("RELEASE") == "dry"


def read(path):
    return (ROOT / path).read_text()


def find(pattern, path):
    """What a pattern finds in a file."""
    match = re.search(pattern, read(path), re.M)
    return match.group(1) if match else f"none in {path}"


def command(*words, cwd=ROOT, **env):
    words = [str(word) for word in words]
    done = subprocess.run(words, cwd=cwd, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode(errors="replace")


def versions():
    """{place: the version that it states}."""
    parts = [find(rf"^#define SOCK_VERSION_{part} (\d+)", "include/sock.h") for part in ("MAJOR", "MINOR", "PATCH")]
    return {
        "Cargo.toml": find(r'^version = "(.*)"', "Cargo.toml"),
        "Cargo.lock": find(r'^name = "libsock"\nversion = "(.*)"', "Cargo.lock"),
        "include/sock.h": ".".join(parts),
        "bindings/node/package.json": find(r'^  "version": "(.*)",', "bindings/node/package.json"),
        "bindings/java/pom.xml": find(r"^  <version>(.*)</version>", "bindings/java/pom.xml"),
        "bindings/python/pyproject.toml": find(r'^version = "(.*)"', "bindings/python/pyproject.toml"),
        "packaging/debian/changelog": find(r"^libsock \((.*)-\d+\)", "packaging/debian/changelog"),
        "packaging/rpm/libsock.spec": find(r"^Version: +(.*)", "packaging/rpm/libsock.spec"),
        "packaging/alpine/APKBUILD": find(r"^pkgver=(.*)", "packaging/alpine/APKBUILD"),
        "packaging/arch/PKGBUILD": find(r"^pkgver=(.*)", "packaging/arch/PKGBUILD"),
    }


def changelog_fault(version, text):
    """What is wrong with the newest section of a changelog, or None."""
    newest = re.search(r"^## (.*)$", text, re.M)
    dated = rf"\[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d"
    if newest and re.fullmatch(dated, newest.group(1)):
        return None
    return f"the newest section is not \"## [{version}] - YEAR-MONTH-DAY\" but {newest and newest.group(0)!r}"


class Check:
    def __init__(self):
        self.failures = 0

    def say(self, what, fault, output=""):
        print(f"{'FAIL' if fault else 'PASS'}  {what}{': ' + fault if fault else ''}", flush=True)
        if fault:
            self.failures += 1
            print("\n".join("      | " + line for line in output.splitlines()[-40:]))

    def run(self, what, *words, **options):
        status, output = command(*words, **options)
        self.say(what, f"ended with {status}" if status else "", output)
        return status == 0


def from_tarball(check, tarball):
    """The tarball alone, elsewhere and without a network, builds, passes the tests and installs."""
    with tempfile.TemporaryDirectory() as folder:
        command("tar", "-xzf", tarball, "-C", folder)
        tree = next(pathlib.Path(folder).iterdir())
        offline = {"CARGO_NET_OFFLINE": "true", "CARGO_TARGET_DIR": str(tree / "target"), "GIT_DIR": "/dev/null"}
        check.run("the tarball builds without a network", "make", cwd=tree, **offline)
        check.run("make test, from the tarball", "make", "test", cwd=tree, **offline)
        check.run("make install, from the tarball", "make", "install", f"DESTDIR={folder}/root", cwd=tree, **offline)


def main():
    check = Check()
    found = versions()
    version = found["Cargo.toml"]
    different = {place: other for place, other in found.items() if other != version}
    check.say(f"version {version} is the same everywhere", f"{different}" if different else "")
    abi = find(r'^const ABI: &str = "(\d+)"', "build.rs")
    stated = find(r"^#define SOCK_ABI (\d+)", "include/sock.h")
    check.say(f"ABI {abi} is the same everywhere", "" if abi == stated else f"sock.h has {stated}")
    fault = changelog_fault(version, read("CHANGELOG.md"))
    if fault and DRY:
        print(f"NOTE  CHANGELOG: {fault}")
    else:
        check.say("CHANGELOG has a dated section", fault or "")
    module = find(r"^module (.*)/bindings/go$", "bindings/go/go.mod")
    unset = "packaging/address sets it in place of example.org/libsock" if module.startswith("example.org/") else ""
    if unset and DRY:
        print(f"NOTE  the repository's address: {unset}")
    else:
        check.say("the repository has an address, which is the Go module's", unset)
    _, changes = command("git", "status", "--porcelain")
    check.say("no uncommitted changes", "there are some" if changes else "", changes)
    missing, tagged = command("git", "rev-parse", "-q", "--verify", f"v{version}^{{commit}}")
    _, head = command("git", "rev-parse", "HEAD")
    check.say(f"tag v{version} is this commit, if it exists", "" if missing or tagged == head else f"it is {tagged}")
    check.run("crates, licences, and make dist twice", sys.executable, "ctests/run", "dist")
    check.run("ABI", sys.executable, "ctests/run", "abi")
    check.run("manual pages", sys.executable, "ctests/run", "man")
    tarball = ROOT / f"build/dist/libsock-{version}.tar.gz"
    if tarball.exists():
        from_tarball(check, tarball)
        print(f"\n{hashlib.sha256(tarball.read_bytes()).hexdigest()}  {tarball.relative_to(ROOT)}")
    print(f"{check.failures} failures")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())

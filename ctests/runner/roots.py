"""Installs the Debian packages and the wheels in fresh Debian systems, uses them there, and removes them."""

import os
import re
import shutil

from .package import CMAKE, MESON, PROGRAM
from .process import ROOT, found, make, run
from .python import ECHO

ROOTS = ROOT / "build/roots"
# Each with the Python that it has. The packages are built here, so they are for this machine's release.
RELEASES = {"bullseye": "cp39", "bookworm": "cp311", "trixie": "cp313"}
PACKAGES = ["libsock0", "libsock-dev", "libsock-doc", "python3-libsock"]
TOOLS = ["gcc", "libc6-dev", "pkg-config", "man-db", "groff-base", "cmake", "meson", "ninja-build"]
OVERSTRUCK = re.compile(".\b")
BUILD = """set -e
cd /tmp/consumer
cc program.c $(pkg-config --cflags --libs sock) -o with-pkg-config
./with-pkg-config
cc program.c $(pkg-config --static --cflags --libs sock | sed 's/-lsock/-l:libsock.a/') -o with-pkg-config-static
./with-pkg-config-static
{ cmake -G Ninja -S . -B cmake; cmake --build cmake; meson setup meson; ninja -C meson; } >log
cmake/shared
cmake/static
meson/shared
meson/static
for program in with-pkg-config-static cmake/static meson/static; do
    if ldd $program | grep libsock; then exit 1; fi
done
"""


class Fresh:
    """A Debian system of minimal size in a folder, with processes and mounts of its own."""

    def __init__(self, release):
        self.path = ROOTS / release
        shutil.rmtree(self.path, ignore_errors=True)
        ROOTS.mkdir(parents=True, exist_ok=True)
        self.made = run(["debootstrap", "--variant=minbase", release, self.path], 900)
        # Without it "localhost" would be asked for in the network.
        if self.made.status == 0:
            (self.path / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")

    def run(self, *words, limit=300, **env):
        enter = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
        plain = {"LC_ALL": "C", "HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        apart = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", enter, self.path]
        return run([*apart, *words], limit, {**plain, "DEBIAN_FRONTEND": "noninteractive", **env}, "/")

    def install(self, *names):
        return self.run("apt-get", "-qq", "-y", "--no-install-recommends", "install", *names, limit=900)


def suite(tally, only=""):
    for program in ["debootstrap", "unshare", "dpkg-deb"]:
        if not found(program):
            return tally.skip("fresh Debian systems", f"{program} is not installed")
    if os.geteuid() != 0:
        return tally.skip("fresh Debian systems", "only root can make them")
    for target, folder, kind in [("wheels", "wheels", "*.whl"), ("deb", "deb", "*.deb")]:
        if not [*(ROOT / "build" / folder).glob(kind)]:
            broken = make(["dist", target])
            if broken:
                return tally.fail(f"make {target}", "failed", "".join(broken.values()))
    here = dict(re.findall(r'^(\w+)="?(.*?)"?$', open("/etc/os-release").read(), re.M)).get("VERSION_CODENAME")
    for release, tag in ((release, tag) for release, tag in RELEASES.items() if only in release):
        fresh = Fresh(release)
        if fresh.made.status != 0 or fresh.run("apt-get", "-qq", "update").status != 0:
            tally.skip(f"a fresh {release}", f"cannot be made: {fresh.made.output.strip().splitlines()[-1:]}")
            continue
        wheel(tally, fresh, release, tag)
        if release == here:
            packages(tally, fresh, release)
    return None


def wheel(tally, fresh, release, tag):
    """A release's own Python, no compiler: pip install, the binding's tests of behaviour, pip uninstall."""
    what = f"{release}: the wheel {tag}"
    path = next((ROOT / "build/wheels").glob(f"*-{tag}-{tag}-*.whl"), None)
    if path is None:
        return tally.skip(what, "was not built on this machine")
    done = fresh.install("python3", "python3-venv")
    if done.status != 0:
        return tally.skip(what, f"python3 cannot be installed there: {done.output.strip()[-200:]}")
    tally.check(f"{release}: has no compiler", fresh.run("sh", "-c", "command -v cc gcc cargo").status != 0)
    shutil.copy(path, fresh.path / "tmp")
    shutil.copytree(ROOT / "bindings/python/tests", fresh.path / "tmp/tests")
    shutil.copy(ROOT / "bindings/behaviour.md", fresh.path / "tmp")
    steps = [
        ["python3", "-m", "venv", "/tmp/user"],
        ["/tmp/user/bin/pip", "install", "--no-index", "--no-deps", f"/tmp/{path.name}"],
        ["/tmp/user/bin/python", "-I", "-c", ECHO],
        ["sh", "-c", "cd /tmp/tests && /tmp/user/bin/python -m unittest test_behaviour"],
    ]
    for step in steps:
        done = fresh.run(*step, limit=600)
        if done.status != 0:
            return tally.fail(what, f"{' '.join(step)}: {done.how()}", done.output)
    ran = re.search(r"^Ran (\d+) tests", done.output, re.M)
    tally.check(what, ran and int(ran[1]) > 10, done.output)
    done = fresh.run("/tmp/user/bin/pip", "uninstall", "-y", "libsock")
    left = [*(fresh.path / "tmp/user").rglob("*libsock*")]
    return tally.check(f"{release}: pip uninstall leaves nothing", done.status == 0 and not left, f"{left}", done.output)


def packages(tally, fresh, release):
    """The Debian packages: installed, used as their readers would, purged."""
    for path in (ROOT / "build/deb").glob("*.deb"):
        shutil.copy(path, fresh.path / "tmp")
    # Manual pages are not left out here, as some minimal systems do.
    debs = [f"/tmp/{path.name}" for path in (fresh.path / "tmp").glob("*.deb") if path.name.split("_")[0] in PACKAGES]
    done = fresh.install(*TOOLS, *debs)
    right = done.status == 0 and len(debs) == 4
    if not tally.check(f"{release}: apt-get install of the packages", right, done.how(), done.output):
        return None
    examples(tally, fresh, release)
    consumer = fresh.path / "tmp/consumer"
    consumer.mkdir()
    for name, text in {"program.c": PROGRAM, "CMakeLists.txt": CMAKE, "meson.build": MESON}.items():
        (consumer / name).write_text(text)
    done = fresh.run("sh", "-c", BUILD, limit=600)
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
    right = done.status == 0 and done.output.splitlines().count(version) == 6
    tally.check(f"{release}: pkg-config, CMake and Meson, shared and static", right, done.how(), done.output)
    shutil.copy(ROOT / "packaging/debian/tests/demo", fresh.path / "tmp")
    done = fresh.run("sh", "/tmp/demo")
    right = done.status == 0 and "python3-libsock works" in done.output
    tally.check(f"{release}: autopkgtest's demo", right, done.how(), done.output)
    listed = fresh.run("dpkg", "-L", *PACKAGES).output.splitlines()
    files = {name for name in listed if name.startswith("/") and (fresh.path / name[1:]).is_file()}
    done = fresh.run("apt-get", "-qq", "-y", "purge", *PACKAGES)
    left = sorted(name for name in files if (fresh.path / name[1:]).exists())
    cached = fresh.run("sh", "-c", "ldconfig -p | grep libsock; dpkg -l | grep libsock").output
    gone = done.status == 0 and len(files) > 300 and not left and not cached
    return tally.check(f"{release}: purge removes all {len(files)} files", gone, f"left: {left} {cached}", done.output)


def examples(tally, fresh, release):
    """Every example, as a reader sees it: taken from `man`, compiled and run."""
    pages = sorted((fresh.path / "usr/share/man/man3").glob("sock_*.3.gz"))
    done = fresh.run("sh", "-c", "cd /usr/share/man && zgrep -l '^.Sh EXAMPLES' man3/sock*.gz man7/sock*.gz")
    names = [os.path.basename(name)[:-3].rsplit(".", 1) for name in done.output.split()]
    failed, ran = [], 0
    for name, part in names:
        page = fresh.run("man", "-P", "cat", part, name, MANWIDTH="160", GROFF_NO_SGR="1")
        text = OVERSTRUCK.sub("", page.output)
        section = re.search(r"^EXAMPLES\n(.*?)^[A-Z]", text, re.M | re.S)
        program = section and re.search(r"^ +#include.*", section[1], re.M | re.S)
        if not program or "int main" not in program[0]:
            continue
        (fresh.path / "tmp/example.c").write_text(program[0].split("\n\nSEE ALSO")[0] + "\n")
        compiled = "cd /tmp && cc -Wall -Werror -D_GNU_SOURCE example.c $(pkg-config --cflags --libs sock) -o example"
        done = fresh.run("sh", "-c", f"{compiled} && ./example")
        ran += 1
        if done.status != 0:
            failed.append(f"{name}({part}): {done.output}")
    right = ran > 10 and pages and not failed
    tally.check(f"{release}: {ran} examples, taken from man, compile and run", right, "\n".join(failed))

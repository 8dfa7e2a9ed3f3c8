"""Builds the Python package as it is published, and installs each wheel where there is neither compiler nor network."""

import hashlib
import os
import re
import shutil
import zipfile

from . import pythons
from .process import ROOT, found, make, run
from .python import BUILD, ECHO, QUIET, QUIETLY, SMOKE, make_environment, run_tests

OUT = ROOT / "build/wheels"
AUDITWHEEL = ROOT / "build/wheels-tools/bin/auditwheel"
OLDEST = (2, 17)
PLATFORM = "manylinux_2_17_" + os.uname().machine
COMPILERS = ["cc", "gcc", "clang", "cargo", "rustc", "make", "pkg-config"]
WITHOUT = f"import shutil; print([name for name in {COMPILERS} if shutil.which(name)])"


def core(tally):
    """The wheel of one Python."""
    chosen = pythons.chosen()
    if chosen is None or chosen.reason_against():
        return tally.skip("a wheel", chosen.reason_against() if chosen else "this Python does not start")
    return built(tally, [chosen]) and proved(tally)


def full(tally):
    """The wheels of all Pythons, the sdist by itself, and the same bytes when all is made again."""
    usable = []
    for version, python in pythons.supported():
        why = f"no CPython {version} on this machine" if python is None else python.reason_against()
        if why:
            tally.skip(f"wheel of Python {version}", why)
        else:
            usable.append(python)
    # Made again below, from nothing.
    before = sums() if usable and dist(tally) and publish(tally, usable[-1:]) else {}
    shutil.rmtree(ROOT / "build/wheels-work", ignore_errors=True)
    if not before or not built(tally, usable):
        return
    now = sums()
    same = len(before) == 2 and all(now.get(name) == value for name, value in before.items())
    tally.check("sdist and wheel are the same when made again", same, f"{before} {now}")
    proved(tally)
    sdist(tally, usable[-1])


def publish(tally, chosen):
    """`packaging/wheels`; whether it worked."""
    done = run([ROOT / "packaging/wheels", *(python.path for python in chosen)], 3600)
    if "Could not find a version" in done.output or "NewConnectionError" in done.output:
        tally.skip("the wheels", "their tools cannot be installed: no network")
        return False
    versions = ", ".join(python.version for python in chosen)
    tally.check(f"sdist, and wheels of {versions}", done.status == 0, done.how(), done.output)
    return done.status == 0


def dist(tally):
    """The tarball, of which everything is made; whether it worked."""
    if not (ROOT / ".git").exists() or not found("git"):
        tally.skip("the wheels", "this is no git checkout")
        return False
    broken = make(["dist"])
    if broken:
        tally.fail("make dist", "failed", broken["dist"])
    return not broken


def built(tally, chosen):
    if not dist(tally) or not publish(tally, chosen):
        return False
    wheels = sorted(OUT.glob("*.whl"))
    names = [path.name for path in wheels]
    tally.check("one wheel for each Python", len(wheels) == len(chosen), f"{len(chosen)} Pythons: {names}")
    for python in chosen:
        tag = python.tag
        mine = [path for path in wheels if f"-{tag}-" in path.name]
        if tally.check(f"wheel {tag}", len(mine) == 1, f"of {names}"):
            contents(tally, tag, mine[0])
            installed(tally, tag, python, mine[0])
    return True


# What is in a wheel --------------------------------------------------------------------------------------


def newest_glibc(library):
    """The newest version of glibc that a library needs, as numbers."""
    needed = re.findall(r"\(GLIBC_([\d.]+)\)", run(["objdump", "-T", library], 60).output)
    return max((tuple(map(int, version.split("."))) for version in needed), default=None)


def contents(tally, tag, wheel):
    shown = run([AUDITWHEEL, "show", wheel], 120)
    words = " ".join(shown.output.split())
    consistent = f'platform tag: "{PLATFORM}"' in words and PLATFORM in wheel.name
    tally.check(f"{tag}: auditwheel show", consistent, shown.how(), shown.output)
    folder = ROOT / "build/wheels-work/contents"
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    libraries = sorted(folder.rglob("*.so*"))
    newest = {path.name: newest_glibc(path) for path in libraries}
    enough = len(newest) == 2 and all(at and at <= OLDEST for at in newest.values())
    tally.check(f"{tag}: glibc {OLDEST[0]}.{OLDEST[1]} is enough", enough, f"{newest}")
    paths = [re.findall(r"(?:RUNPATH|RPATH).*\[(.*)\]", run(["readelf", "-d", path], 60).output) for path in libraries]
    tally.check(f"{tag}: run path", sorted(paths) == [[], ["$ORIGIN"]], f"it is {paths}")
    names = {path.name for path in folder.rglob("*")}
    wanted = {"libsock.so.0", "py.typed", "_socket.pyi", "LICENSE-MIT", "LICENSE-APACHE", "LICENSES-THIRD-PARTY.txt"}
    lacks = sorted(wanted - names)
    tally.check(f"{tag}: complete", not lacks, f"without {lacks}")
    # Of the tree, and of the Python that it was built with.
    places = [str(ROOT).encode(), os.path.expanduser("~").encode() + b"/"]
    files = [path for path in folder.rglob("*") if path.is_file()]
    leaks = [path.name for path in files if any(place in path.read_bytes() for place in places)]
    tally.check(f"{tag}: names no path of this machine", not leaks, f"in {leaks}")


def proved(tally):
    """The check of glibc finds a library that was linked against this system's, unless that is as old."""
    ordinary = ROOT / "build/lib/libsock.so"
    if not ordinary.exists():
        make(["all"])
    newest = newest_glibc(ordinary)
    return tally.check("the check of glibc finds an ordinary build", newest and newest > OLDEST, f"it needs {newest}")


# Installed -----------------------------------------------------------------------------------------------


def installed(tally, tag, python, wheel):
    """Installs a wheel in a clean virtual environment, with that alone in PATH, and runs the binding's tests."""
    what = f"{tag}: pip install without a compiler"
    user = make_environment(tally, what, python, BUILD / f"{tag}-clean", "--clear")
    if user is None:
        return
    alone = {"PATH": str(user.parent), "LD_LIBRARY_PATH": "", "PYTHONPATH": ""}
    there = run([user, "-c", WITHOUT], 60, alone)
    done = run([user, "-m", "pip", "install", *QUIET, "--no-index", "--no-deps", wheel], 300, alone, "/")
    if done.status == 0:
        done = run([user, *QUIETLY, "-c", ECHO], 60, alone, "/")
    right = there.output == "[]\n" and done.status == 0 and done.output == "b'x'\n"
    if tally.check(what, right, there.output, done.output):
        maps = "import libsock; print({line.split()[-1] for line in open('/proc/self/maps') if 'libsock.so' in line})"
        mapped = run([user, *QUIETLY, "-c", maps], 60, alone, "/").output
        tally.check(f"{tag}: its own library is used", f"{user.parent.parent}/lib" in mapped, mapped)
        run_tests(tally, user, tag, SMOKE, alone)


def sdist(tally, python):
    """The sdist alone builds, elsewhere, with the system's compiler and without a network for cargo."""
    what = f"{python.tag}: pip install of the sdist"
    user = make_environment(tally, what, python, BUILD / f"{python.tag}-sdist", "--clear")
    if user is None:
        return
    env = {"CARGO_NET_OFFLINE": "true", "CARGO_HOME": str(BUILD / "cargo-home")}
    install = [user, "-m", "pip", "install", *QUIET, "--no-deps", next(OUT.glob("*.tar.gz"))]
    done = run(install, 1800, env, "/")
    if done.status == 0:
        done = run([user, *QUIETLY, "-c", ECHO], 60, cwd="/")
    tally.check(what, done.status == 0 and done.output == "b'x'\n", done.how(), done.output)


def sums():
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in OUT.iterdir()}

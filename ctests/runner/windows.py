"""The library for Windows, built with mingw, and its C tests under wine.

The standard library of the target is rustup's, where it is installed; otherwise Debian's compiler builds it from
Debian's sources. What passes under wine is evidence for libsock's own code, not for Windows: docs/platforms.md says where the two differ.
"""

import os
import re
import shutil
import tempfile

from . import cargo as rust
from . import programs
from .process import ROOT, found, run
from .programs import Mode

TRIPLE = "x86_64-pc-windows-gnu"
CC = "x86_64-w64-mingw32-gcc"
MSVC = "x86_64-pc-windows-msvc"
# Those of Debian's rustc-web and cargo-web; rustup's come first in PATH.
CARGO, RUSTC = "/usr/bin/cargo", "/usr/bin/rustc"
BUILD = ROOT / "build/windows"
TARGET = ROOT / "target/windows"
SOURCES = ROOT / "ctests/windows"
# C tests for every system that need nothing but what mingw has.
SHARED = ["test_version"]
FLAGS = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-D_WIN32_WINNT=0x0A00", "-D__USE_MINGW_ANSI_STDIO=1",
         f"-I{SOURCES}/include", "-Iinclude", "-Ictests"]
# Those that need a name server of their own.
NAMED = ["win_lookup"]
# Skips by name beyond those that the tests themselves find.
LEFT_OUT = {}


def left_out(program):
    """SOCK_TEST_LEAVE_OUT for the harness: lines of `test: reason`."""
    return "".join(f"{test}: {why}\n" for test, why in LEFT_OUT.get(program, {}).items())


def installed(triple):
    """Whether rustup's compiler has a target."""
    target = run(["rustc", "--print", "target-libdir", "--target", triple], 60)
    return target.status == 0 and os.path.isdir(target.output.strip())


def missing():
    """What is not installed, or None."""
    for tool, package in ((CC, "gcc-mingw-w64-x86-64-posix"), ("wine", "wine")):
        if not found(tool):
            return f"{tool} is not installed (Debian: {package})"
    if installed(TRIPLE):
        return None
    for tool, package in ((RUSTC, "rustc-web"), (CARGO, "cargo-web")):
        if not found(tool):
            return f"the Rust target {TRIPLE} is not installed, and {tool} is not (Debian: {package})"
    root = run([RUSTC, "--print", "sysroot"], 60).output.strip()
    if not os.path.isdir(f"{root}/lib/rustlib/src/rust/library"):
        return "the sources of Rust's standard library are not installed (Debian: rust-web-src)"
    return None


def cargo(*words, target=TRIPLE):
    env = {"CARGO_TERM_COLOR": "never"}
    words = [*words, "--locked", "--lib", "--target", target, "--target-dir", TARGET]
    if installed(target):
        return run([rust.CARGO, *words], 1800, env)
    env.update({"RUSTC_BOOTSTRAP": "1", "RUSTC": RUSTC})
    return run([CARGO, *words, "-Z", "build-std=std,panic_unwind"], 1800, env)


def library(tally, profile):
    """Builds sock.dll, its import library for mingw and sock.pc; whether that worked."""
    done = cargo("build", "--profile", profile)
    tally.check("windows: sock.dll", done.status == 0, done.how(), done.output)
    if done.status != 0:
        return False
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in ("sock.dll", "libsock.dll.a"):
        shutil.copy(TARGET / TRIPLE / (profile if profile != "dev" else "debug") / name, BUILD / name)
    version = next(line.split('"')[1] for line in open(ROOT / "Cargo.toml") if line.startswith("version"))
    (BUILD / "sock.pc").write_text(PC.format(version=version))
    stub = run([CC, "-shared", "-o", BUILD / "bcryptprimitives.dll", SOURCES / "bcryptprimitives.c", "-ladvapi32"], 120)
    tally.check("windows: what wine lacks", stub.status == 0, stub.how(), stub.output)
    return stub.status == 0


def exports(tally):
    """sock.dll exports what the register of symbols has; sock.lib, for Microsoft's linker, says so."""
    lines = (ROOT / "ctests/symbols.txt").read_text().splitlines()
    symbols = [line.split()[0] for line in lines if line and not line.startswith("#")]
    done = run([CC.replace("gcc", "objdump"), "-p", BUILD / "sock.dll"], 60)
    exported = re.findall(r"\] (?:\+base\[ *\d+\] +\w+ )?(sock_\w+)$", done.output, re.MULTILINE)
    right = sorted(exported) == sorted(symbols)
    difference = " ".join(sorted(set(symbols) ^ set(exported)))
    tally.check("windows: exports", right, f"others than in ctests/symbols.txt: {difference}", done.output)
    (BUILD / "sock.def").write_text("LIBRARY sock.dll\nEXPORTS\n" + "".join(f"    {name}\n" for name in symbols))
    if not found("llvm-dlltool"):
        return tally.skip("windows: sock.lib", "llvm-dlltool is not installed (Debian: llvm)")
    done = run(["llvm-dlltool", "-m", "i386:x86-64", "-d", BUILD / "sock.def", "-l", BUILD / "sock.lib"], 60)
    return tally.check("windows: sock.lib", done.status == 0, done.how(), done.output)


def msvc(tally, env):
    """A program for Microsoft's target, without a C runtime, links with sock.lib and runs."""
    for tool, package in {"clang": "clang", "lld-link": "lld", "llvm-dlltool": "llvm"}.items():
        if not found(tool):
            return tally.skip("windows: a program of Microsoft's target", f"{tool} is not installed (Debian: {package})")
    program, source = BUILD / "msvc_start", SOURCES / "msvc_start.c"
    target = ["--target=x86_64-pc-windows-msvc", "-ffreestanding", "-O1", "-Wall", "-Wextra", "-Werror"]
    linker = ["lld-link", "/nologo", "/entry:start", "/subsystem:console", "/nodefaultlib", f"/out:{program}.exe"]
    for words in (["clang", *target, f"-I{SOURCES}/msvc", "-Iinclude", "-c", source, "-o", f"{program}.obj"],
                  [*linker, f"{program}.obj", BUILD / "sock.lib"],
                  ["wine", f"{program}.exe"]):
        done = run(words, 120, env)
        if done.status != 0:
            return tally.fail("windows: a program of Microsoft's target", f"{words[0]} {done.how()}", done.output)
    return tally.ok("windows: a program of Microsoft's target", 1, f"{done.seconds:.1f} s")


PC = """prefix=${{pcfiledir}}/../..
libdir=${{prefix}}/lib
includedir=${{prefix}}/include

Name: sock
Description: Python's socket module as a shared library
Version: {version}
Libs: -L${{libdir}} -lsock
Cflags: -I${{includedir}}
"""


def headers(tally):
    """sock.h compiles alone, as C and as C++, before and after the system's headers."""
    for name, words in {"C99": [CC, "-std=c99"], "C++11": [CC.replace("gcc", "g++"), "-std=c++11"]}.items():
        if not found(words[0]):
            tally.skip(f"windows: sock.h as {name}", f"{words[0]} is not installed")
            continue
        for order in ("sock.h", "winsock2.h", "sock.h"), ("winsock2.h", "windows.h", "sock.h"):
            text = BUILD / ("header.c" if name == "C99" else "header.cc")
            text.write_text("".join(f"#include <{each}>\n" for each in order))
            done = run([*words, "-pedantic", "-Wall", "-Wextra", "-Werror", "-Iinclude", "-fsyntax-only", text], 120)
            tally.check(f"windows: {order[0]} first, as {name}", done.status == 0, done.how(), done.output)


def before(name):
    """What a program is run by."""
    if name not in NAMED or not (found("unshare") and found("ip")):
        return ["wine"]
    rooms = ["unshare", "--net", "--mount"]
    if run([*rooms, "true"], 60).status != 0:
        rooms.append("--map-root-user")
    possible = run([*rooms, "true"], 60).status == 0
    return [*rooms, SOURCES / "name_server.py", "wine"] if possible else ["wine"]


def sources(options):
    """{name of a program: its source}."""
    found_here = {path.stem: path for path in sorted(SOURCES.glob("win_*.c"))}
    found_here.update({name: ROOT / f"ctests/{name}.c" for name in SHARED})
    return {name: path for name, path in found_here.items() if options.only in name}


def suite(tally, options, profile):
    """`dev` is quicker to build, and checks its own assertions; `release` is what is shipped."""
    why = missing()
    if why:
        return tally.skip("windows: every C test", why)
    if not library(tally, profile):
        return None
    headers(tally)
    exports(tally)
    # Outside of the tree: it has links to the whole file system, which cargo would follow.
    with tempfile.TemporaryDirectory(prefix="sock-wine-", ignore_cleanup_errors=True) as prefix:
        under_wine(tally, options, prefix)
    return None


def under_wine(tally, options, prefix):
    """Builds the C tests and runs them."""
    env = {"WINEPREFIX": prefix, "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}
    mode = Mode("windows", build=str(BUILD), scale=3, timeout=600, left_out=left_out, env=env)
    run(["wine", "wineboot", "--init"], 300, env)
    for name, source in sources(options).items():
        program = BUILD / f"{name}.exe"
        done = run([CC, *FLAGS, "-o", program, source, SOURCES / "windows_check.c", "-static", "-lpthread",
                    f"-L{BUILD}", "-l:libsock.dll.a", "-lws2_32"], 300)
        if done.status != 0:
            tally.fail(f"windows {name}", "does not build", done.output)
            continue
        variables = {**mode.environment(), "SOCK_TEST_LEAVE_OUT": left_out(name)}
        programs.judge(tally, mode, name, mode.run([*before(name), program], mode.timeout, variables), [])
    if options.only in "msvc_start":
        msvc(tally, env)
    run(["wineserver", "-k", "-w"], 60, env)


def types(tally):
    """clippy for the target of Microsoft's compiler, for which nothing here can link."""
    if not installed(MSVC):
        return tally.skip("windows-msvc: cargo clippy", f"the Rust target {MSVC} is not installed")
    done = cargo("clippy", target=MSVC)
    return tally.check("windows-msvc: cargo clippy", done.status == 0, done.how(), done.output)

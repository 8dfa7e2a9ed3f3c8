"""Installs libsock, builds programs with it as other projects would, and uninstalls it. Packages."""

import os
import re
import shutil

from .process import ROOT, found, run

PROGRAM = r"""
#include <sock.h>
#include <stdio.h>
int main(void)
{
    if (sock_version_number() != SOCK_VERSION_NUMBER)
        return 1;
    puts(sock_version());
    return 0;
}
"""
CMAKE = """cmake_minimum_required(VERSION 3.13)
project(consumer C)
find_package(libsock 0.1 REQUIRED COMPONENTS shared static)
add_executable(shared program.c)
target_link_libraries(shared libsock::libsock)
add_executable(static program.c)
target_link_libraries(static libsock::static)
"""
MESON = """project('consumer', 'c')
sock = dependency('sock', version : '>=0.1.0')
executable('shared', 'program.c', dependencies : sock)
executable('static', 'program.c', dependencies : dependency('sock', static : true))
"""
STAGE = ROOT / "build/stage"
PREFIX = STAGE / "opt/sock"
LIB = PREFIX / "lib"
WORK = ROOT / "build/consumer"


def install(tally):
    """`make install` into a directory, programs built with it, `make uninstall`."""
    shutil.rmtree(STAGE, ignore_errors=True)
    make = [os.environ.get("MAKE", "make"), "--no-print-directory", f"DESTDIR={STAGE}", "PREFIX=/opt/sock"]
    done = run([*make, "install"], 1800)
    tally.check("install", done.status == 0, done.how(), done.output)
    if done.status != 0:
        return
    soname = run(["readelf", "-d", LIB / "libsock.so"], 60).output
    tally.check("installed SONAME is libsock.so.0", "soname: [libsock.so.0]" in soname, soname)
    for consumer in [with_pkg_config, with_cmake, with_meson]:
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir(parents=True)
        (WORK / "program.c").write_text(PROGRAM)
        consumer(tally)
    done = run([*make, "uninstall"], 60)
    left = [str(path.relative_to(STAGE)) for path in STAGE.rglob("*") if not path.is_dir()]
    tally.check("uninstall leaves nothing", done.status == 0 and not left, f"{done.how()}, left: {left}")


def runs(tally, how, program, built):
    """One result: a program was built, uses the kind of library that its name says, and runs."""
    ran = run([program], 60, {"LD_LIBRARY_PATH": str(LIB)}) if built.status == 0 else built
    needs = "libsock.so" in run(["readelf", "-d", program], 60).output if built.status == 0 else None
    right = ran.status == 0 and needs == (program.name == "shared")
    tally.check(f"install: a {program.name} program, by {how}", right, ran.how(), built.output + ran.output)


def with_pkg_config(tally):
    if not found("pkg-config"):
        return tally.skip("install: programs built with pkg-config", "pkg-config not installed")
    config = ["pkg-config", f"--define-variable=prefix={PREFIX}"]
    env = {"PKG_CONFIG_PATH": str(LIB / "pkgconfig")}
    for kind, flags in {"shared": [], "static": ["--static"]}.items():
        words = run([*config, "--cflags", "--libs", *flags, "sock"], 60, env).output.split()
        if kind == "static":
            words = [str(LIB / "libsock.a") if word == "-lsock" else word for word in words]
        built = run([os.environ.get("CC", "cc"), WORK / "program.c", *words, "-o", WORK / kind], 300)
        runs(tally, "pkg-config", WORK / kind, built)
    return None


def with_cmake(tally):
    if not found("cmake"):
        return tally.skip("install: programs built with CMake", "cmake not installed")
    (WORK / "CMakeLists.txt").write_text(CMAKE)
    build = WORK / "build"
    built = run(["cmake", "-S", WORK, "-B", build, f"-DCMAKE_PREFIX_PATH={PREFIX}"], 300)
    if built.status == 0:
        built = run(["cmake", "--build", build], 300)
    for kind in ["shared", "static"]:
        runs(tally, "CMake", build / kind, built)
    # It must refuse what it cannot serve.
    (WORK / "CMakeLists.txt").write_text(CMAKE.replace("libsock 0.1 ", "libsock 7.0 "))
    refused = run(["cmake", "-S", WORK, "-B", WORK / "other", f"-DCMAKE_PREFIX_PATH={PREFIX}"], 300)
    said = "version" in refused.output and refused.status != 0
    return tally.check("install: CMake refuses another version", said, refused.how(), refused.output)


def with_meson(tally):
    if not found("meson") or not found("pkg-config") or not found("ninja"):
        return tally.skip("install: programs built with Meson", "meson, ninja or pkg-config not installed")
    (WORK / "meson.build").write_text(MESON)
    # The files of pkg-config name the real place; a sysroot leads to the staged one.
    env = {"PKG_CONFIG_PATH": str(LIB / "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(STAGE)}
    build = WORK / "build"
    built = run(["meson", "setup", build, WORK], 300, env)
    if built.status == 0:
        built = run(["ninja", "-C", build], 300)
    for kind in ["shared", "static"]:
        runs(tally, "Meson", build / kind, built)
    return None


def crates(tally):
    """The licences of the crates: gathered as committed, all allowed; a bill of materials that names them all."""
    done = run(["python3", "packaging/crates.py", "check"], 300)
    tally.check("licences are those of deny.toml", done.status == 0, done.how(), done.output)
    gathered = run(["sh", "-c", "python3 packaging/crates.py licenses 2>/dev/null"], 300)
    committed = (ROOT / "LICENSES-THIRD-PARTY.txt").read_text()
    tally.check("LICENSES-THIRD-PARTY.txt is up to date", gathered.output == committed, "`make licenses` writes it")
    sbom = run(["sh", "-c", "python3 packaging/crates.py sbom 2>/dev/null"], 300).output
    direct = re.findall(r"^(\w+) = ", (ROOT / "Cargo.toml").read_text().split("[dependencies]")[1].split("\n[")[0], re.M)
    missing = [name for name in direct if f'"pkg:cargo/{name}@' not in sbom]
    tally.check("the bill of materials names the dependencies", direct and not missing, f"not in it: {missing}")


def dist(tally):
    """`make dist` twice: the same bytes, and nothing of this machine in them."""
    if not (ROOT / ".git").exists() or not found("git"):
        return tally.skip("make dist", "this is no git checkout")
    sums, out = [], ROOT / "build/dist"
    for _ in range(2):
        done = run([os.environ.get("MAKE", "make"), "--no-print-directory", "dist"], 900)
        if done.status != 0:
            return tally.fail("make dist", done.how(), done.output)
        sums.append((out / "SHA256SUMS").read_text())
    tally.check("make dist twice is the same", sums[0] == sums[1], f"{sums}")
    names = run(["tar", "-tzf", next(out.glob("*.tar.gz"))], 300).output
    wanted = ["/vendor/libc-", "/libsock.cdx.json", "/.cargo/config.toml", "/LICENSES-THIRD-PARTY.txt", "/Cargo.lock"]
    missing = [name for name in wanted if name not in names]
    return tally.check("the tarball has what a build needs", not missing, f"without {missing}")


def recipes(tally):
    """The packaging of other distributions, which is text here: rpmlint and shells read it without complaint."""
    for shell, path in {"sh": "packaging/alpine/APKBUILD", "bash": "packaging/arch/PKGBUILD"}.items():
        done = run([shell, "-n", path], 60)
        tally.check(f"{path} is a script", done.status == 0, done.how(), done.output)
    if not found("rpmlint") or not found("rpm"):
        return tally.skip("rpmlint", "rpmlint or rpm is not installed")
    done = run(["rpmlint", "packaging/rpm/libsock.spec"], 120)
    return tally.check("rpmlint takes the spec", done.status == 0 and "0 errors" in done.output, done.how(), done.output)

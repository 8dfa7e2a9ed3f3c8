"""Installs libsock, builds programs with it as another project would, and uninstalls it."""

import os
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


def install(tally):
    """`make install` into a directory, programs built with pkg-config, `make uninstall`."""
    stage = ROOT / "build/stage"
    shutil.rmtree(stage, ignore_errors=True)
    make = [os.environ.get("MAKE", "make"), "--no-print-directory", f"DESTDIR={stage}", "PREFIX=/opt/sock"]
    done = run([*make, "install"], 1800)
    tally.check("install", done.status == 0, done.how(), done.output)
    if done.status != 0:
        return
    lib = stage / "opt/sock/lib"
    soname = run(["readelf", "-d", lib / "libsock.so"], 60).output
    tally.check("installed SONAME is libsock.so.0", "soname: [libsock.so.0]" in soname, soname)
    if not found("pkg-config"):
        return tally.skip("install: programs built with pkg-config", "pkg-config not installed")
    source = stage / "program.c"
    source.write_text(PROGRAM)
    config = ["pkg-config", f"--define-variable=prefix={stage}/opt/sock"]
    env = {"PKG_CONFIG_PATH": str(lib / "pkgconfig")}
    for kind, flags in {"shared": [], "static": ["--static"]}.items():
        words = run([*config, "--cflags", "--libs", *flags, "sock"], 60, env).output.split()
        if kind == "static":
            words = [str(lib / "libsock.a") if word == "-lsock" else word for word in words]
        program = stage / kind
        built = run([os.environ.get("CC", "cc"), source, *words, "-o", program], 300)
        ran = run([program], 60, {"LD_LIBRARY_PATH": str(lib)}) if built.status == 0 else built
        tally.check(f"install: a {kind} program", ran.status == 0, ran.how(), built.output + ran.output)
    source.unlink()
    (stage / "shared").unlink(missing_ok=True)
    (stage / "static").unlink(missing_ok=True)
    done = run([*make, "uninstall"], 60)
    left = [str(path.relative_to(stage)) for path in stage.rglob("*") if not path.is_dir()]
    tally.check("uninstall leaves nothing", done.status == 0 and not left, f"{done.how()}, left: {left}")

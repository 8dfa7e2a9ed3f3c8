"""Builds the Debian packages from the tarball of `make dist`, and looks at them without installing them."""

import os
import shutil

from .process import ROOT, found, run

OUT = ROOT / "build/deb"
PACKAGES = {
    "libsock0": ["libsock.so.0", "LICENSES-THIRD-PARTY.txt.gz", "copyright"],
    "libsock-dev": ["sock.h", "sock.ffi.h", "libsock.so", "libsock.a", "sock.pc", "libsockConfig.cmake", "sock.hpp"],
    "libsock-doc": ["sock.7.gz", "sock_close.3.gz", "echo_server.c"],
    "python3-libsock": ["__init__.py", "_socket."],
}


def missing():
    """What the packages cannot be built without here, or None."""
    for program in ["dpkg-buildpackage", "dh", "dh_python3", "lintian", "git"]:
        if not found(program):
            return f"{program} is not installed"
    for probe, package in {"import setuptools": "python3-setuptools", "import sysconfig, os; "
                           "os.stat(sysconfig.get_paths()['include'] + '/Python.h')": "python3-all-dev"}.items():
        if run(["/usr/bin/python3", "-c", probe], 60).status != 0:
            return f"{package} is not installed"
    return None if (ROOT / ".git").exists() else "this is no git checkout"


def suite(tally):
    why = missing()
    if why:
        return tally.skip("Debian packages", why)
    make = [os.environ.get("MAKE", "make"), "--no-print-directory"]
    # Without a network, as far as cargo is concerned.
    done = run([*make, "dist"], 900)
    if done.status == 0:
        done = run([*make, "deb"], 1800, {"CARGO_NET_OFFLINE": "true"})
    tally.check("Debian packages build from the tarball", done.status == 0, done.how(), done.output)
    if done.status != 0:
        return None
    for name, files in PACKAGES.items():
        deb = next(iter(OUT.glob(f"{name}_*.deb")), None)
        listed = run(["dpkg-deb", "-c", deb], 60).output if deb else ""
        lost = [file for file in files if f"/{file}" not in listed]
        tally.check(f"package {name}", deb and not lost, f"without {lost}")
    changes = next(OUT.glob("*.changes"))
    done = run(["lintian", "--allow-root", "--fail-on", "error", changes], 600)
    tally.check("lintian finds no error", done.status == 0, done.how(), done.output)
    return unpacked(tally)


def unpacked(tally):
    """The test of autopkgtest, on the packages unpacked into a folder."""
    root = OUT / "root"
    shutil.rmtree(root, ignore_errors=True)
    for name in PACKAGES:
        run(["dpkg-deb", "-x", next(OUT.glob(f"{name}_*.deb")), root], 60)
    lib = next(root.glob("usr/lib/*-linux-*"))
    env = {
        "ROOT": str(root),
        "LD_LIBRARY_PATH": str(lib),
        "PKG_CONFIG_LIBDIR": str(lib / "pkgconfig"),
        "PKG_CONFIG_SYSROOT_DIR": str(root),
        "PYTHONPATH": str(root / "usr/lib/python3/dist-packages"),
        "PATH": f"/usr/bin:{os.environ['PATH']}",
    }
    done = run([ROOT / "packaging/debian/tests/demo"], 300, env)
    tally.check("autopkgtest's demo", done.status == 0 and "python3-libsock works" in done.output, done.how(), done.output)

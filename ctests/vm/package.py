"""Programs and Debian packages for the virtual machine.

A missing qemu is installed. All other packages are downloaded and unpacked, never installed: a kernel that this
machine does not boot must not appear in its boot menu.
"""

import os
import subprocess
import tarfile

from runner.process import found, run


class Unavailable(Exception):
    """The reason why there can be no virtual machine here."""


def apt(*words, timeout=600, **how):
    """Runs apt-get, waiting for its lock; lets root download without apt's own user."""
    options = ["-qq", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "APT::Sandbox::User=root"]
    return run(["apt-get", *options, *words], timeout, {"DEBIAN_FRONTEND": "noninteractive"}, **how)


def require(program, name):
    """Makes sure that a program exists: installs its Debian package if needed."""
    if found(program):
        return
    how = f"{program} is not installed (Debian package {name})"
    if not found("apt-get"):
        raise Unavailable(how)
    if os.geteuid() != 0:
        raise Unavailable(f"{how}, and only root can install it")
    known(name)
    done = apt("install", "--no-install-recommends", name)
    if done.status != 0 or not found(program):
        raise Unavailable(f"{how}, and installing it failed: {last_line(done)}")


def known(name):
    """Makes sure that apt knows a package: a new machine has no package lists yet."""
    if run(["apt-cache", "show", name], 60).status == 0:
        return
    done = apt("update")
    if run(["apt-cache", "show", name], 60).status != 0:
        raise Unavailable(f"apt does not know the package {name}: {last_line(done)}")


def last_line(done):
    return (done.output.strip().splitlines() or [done.how()])[-1]


def depends(name):
    """The first dependency of a package: for a meta package, the real package."""
    output = run(["apt-cache", "depends", name], 60).output
    words = [line.split()[-1] for line in output.splitlines() if line.strip().startswith("Depends:")]
    return words[0] if words else name


def download(name, place):
    """Downloads a package to a directory; returns the file."""
    for tool in ("apt-get", "dpkg-deb"):
        if not found(tool):
            raise Unavailable(f"{tool} is not installed; it is needed for the kernel, a Debian package")
    known(name)
    for file in place.glob(f"{name}_*.deb"):
        file.unlink()
    done = apt("download", name, cwd=place)
    files = list(place.glob(f"{name}_*.deb"))
    if done.status != 0 or not files:
        raise Unavailable(f"apt did not download {name}: {last_line(done)}")
    return files[0]


def contents(deb, wanted):
    """Returns {path: content} of the wanted files in a package."""
    taken = {}
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as process:
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as files:
                for member in files:
                    path = member.name.removeprefix("./")
                    if member.isfile() and wanted(path):
                        taken[path] = files.extractfile(member).read()
            while process.stdout.read(1 << 16):
                pass  # padding after the archive
        except tarfile.TarError as why:
            raise Unavailable(f"{deb} is broken ({why}): remove it and try again") from None
    if process.returncode != 0:
        raise Unavailable(f"{deb} is broken: remove it and try again")
    return taken

"""The Pythons on this machine."""

import json
import os
import pathlib
import re
import shutil
import sys

from .process import run

# What the binding supports.
SUPPORTED = [(3, minor) for minor in range(8, 14)]
FREE_THREADED = ["3.13t"]
ASK = (
    "import json, os, platform, sys, sysconfig; print(json.dumps([sys.executable, platform.python_version(), "
    "sys.implementation.name, os.path.exists(os.path.join(sysconfig.get_paths()['include'], 'Python.h')), "
    "bool(sysconfig.get_config_var('Py_GIL_DISABLED'))]))"
)


class Python:
    """An interpreter that can be started."""

    def __init__(self, path, version, implementation, headers, free_threaded):
        self.path = path
        self.version = version
        self.implementation = implementation
        self.headers = headers
        self.free_threaded = free_threaded

    @property
    def minor(self):
        return tuple(map(int, self.version.split(".")[:2]))

    @property
    def tag(self):
        """What a wheel's name says: cp313-cp313, or cp313-cp313t of a free-threaded build."""
        number = "cp" + "".join(map(str, self.minor))
        return f"{number}-{number}{'t' if self.free_threaded else ''}"

    def reason_against(self):
        """Return why this Python cannot build the binding, or an empty text."""
        if self.implementation != "cpython" or self.minor < SUPPORTED[0]:
            return "not CPython 3.8 or newer"
        return "" if self.headers else "its Python.h is not installed"


def ask(program):
    """Return the Python that a command starts, or None. A pyenv shim may have no interpreter behind it."""
    if not shutil.which(program):
        return None
    done = run([program, "-c", ASK], 60)
    try:
        return Python(*json.loads(done.output.splitlines()[-1])) if done.status == 0 else None
    except (ValueError, IndexError, TypeError):
        return None


def of_pyenv(version):
    """Return the newest interpreter of a version in pyenv's directory, as a path, or None."""
    root = pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv")
    numbers = [path.name for path in root.glob("versions/*") if re.fullmatch(rf"{re.escape(version)}(\.\d+)*", path.name)]
    newest = max(numbers, key=lambda number: [int(part) for part in number.split(".")], default=None)
    return None if newest is None else str(root / "versions" / newest / "bin/python")


def named(name):
    """Return the Python that a name such as python3.13 or a path means, or None."""
    found = ask(name)
    version = re.fullmatch(r"python(\d+\.\d+(?:\.\d+)?)", os.path.basename(name))
    if found is None and version:
        path = of_pyenv(version[1])
        found = None if path is None else ask(path)
    return found


def chosen():
    """Return the Python that the variable PYTHON names, by default the one that runs this. None if it does not start."""
    return named(os.environ.get("PYTHON") or sys.executable)


def supported():
    """Yield (version, Python or None) for every version that the binding supports."""
    for version in [".".join(map(str, minor)) for minor in SUPPORTED] + FREE_THREADED:
        yield version, named(f"python{version}")

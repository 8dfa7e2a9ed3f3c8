"""Puts libsock under the children that multiprocessing starts with the methods spawn and forkserver.

Such a child is a new interpreter, which imports socket before it runs a line of the program, so the program's own
install() would come too late there.
"""

import os
import sys

UTIL = "multiprocessing.util"
STARTS = ("from multiprocessing.spawn import", "from multiprocessing.forkserver import")


def _boot():
    """The code that comes first in a child. The child may not have this package on its path yet."""
    where = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return f"import sys; sys.path.insert(0, {where!r}); import libsock; del sys.path[0]; libsock.install(); "


def _patch(util):
    start = util.spawnv_passfds

    def spawnv_passfds(path, args, passfds):
        args = list(args)
        for at in range(len(args) - 1):
            if args[at] in ("-c", b"-c") and args[at + 1].startswith(STARTS):
                args[at + 1] = _boot() + args[at + 1]
        return start(path, args, passfds)

    util.spawnv_passfds = spawnv_passfds


class _Finder:
    """Patches the module when it is imported, so that install() need not import multiprocessing."""

    def find_spec(self, name, path, target=None):
        if name != UTIL:
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                break
        else:
            return None
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            _patch(module)

        spec.loader.exec_module = exec_module
        return spec


def prepare():
    if UTIL in sys.modules:
        _patch(sys.modules[UTIL])
    else:
        sys.meta_path.insert(0, _Finder())

"""Runs a private copy of the standard library's socket.py over libsock. The public `socket` module is unaffected."""

import builtins
import importlib.util
import sys

from . import _socket

NAME = "libsock._std_socket"


def _import(name, globals=None, locals=None, fromlist=(), level=0):
    return _socket if name == "_socket" else builtins.__import__(name, globals, locals, fromlist, level)


def load():
    """Run socket.py with libsock in place of `_socket`; its other imports are unchanged."""
    if NAME in sys.modules:
        return sys.modules[NAME]
    if sys.modules.get("_socket") is _socket:
        import socket

        return socket
    spec = importlib.util.find_spec("socket")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(NAME, None))
    module.__file__ = spec.origin
    module.__builtins__ = {**vars(builtins), "__import__": _import}
    # Its enumerations look up their names in sys.modules.
    sys.modules[NAME] = module
    try:
        exec(spec.loader.get_code("socket"), vars(module))
    except BaseException:
        del sys.modules[NAME]
        raise
    module.socket.__module__ = "libsock"
    return module

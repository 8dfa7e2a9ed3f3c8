"""Python's socket module over libsock.

The names of Python's own ``socket`` module are here, with the same meaning, and what it does not have:

- ``socket.setdeadline(when, direction)``: a moment that ends every call, also one that waits already.
- ``CancelToken``, ``socket.setcancel(token)``: a switch that ends the calls of any number of sockets.
- ``create_connection(address, timeout, ...)``: one limit for the lookup and all addresses, tried in parallel, and
  the list of attempts.
- ``socket.recv_exact(n)``; ``sendall`` and it tell how much went when they fail.
- ``socket.send_message``, ``socket.recv_message``: control data with types.
- Closing a socket ends the calls that wait on it in other threads: ``ClosedError``.

``install()`` puts libsock under the standard ``socket`` for the whole process, and so under ssl, asyncio, http and
everything else. Times are in seconds; a moment is one on the clock of ``time.monotonic()``.
"""

import sys

# This package stands in for `_socket` while the standard `socket` is being imported: nothing here may import that.
from . import _socket
from ._socket import (
    CONTROL_CREDENTIALS,
    CONTROL_DROPS,
    CONTROL_ERROR,
    CONTROL_GRO,
    CONTROL_PKTINFO,
    CONTROL_TIMESTAMP,
    CONTROL_TOS,
    CONTROL_TTL,
    PHASE_BIND,
    PHASE_CONNECT,
    PHASE_CONNECTED,
    PHASE_LOOKUP,
    PHASE_SOCKET,
    READ,
    WRITE,
    Attempt,
    CanceledError,
    CancelToken,
    ClosedError,
    EndOfStream,
    Message,
    libsock_version,
)

__version__ = "0.1.0"

_OWN = [name for name in dir() if name[0] != "_" and name != "sys"] + ["install", "installed"]


def install():
    """Puts libsock under the standard ``socket`` module, for the whole process.

    To be called before anything has imported ``socket``: RuntimeError otherwise, and nothing is changed. Calling it
    again is harmless. ``python -m libsock program ...`` does it for a program that does not know libsock.
    """
    if installed():
        return
    if "socket" in sys.modules:
        raise RuntimeError("libsock.install() must come before the first import of socket")
    sys.modules["_socket"] = _socket


def installed():
    """Whether the standard ``socket`` module is, or will be, on libsock."""
    return sys.modules.get("_socket") is _socket


def _load():
    """The names of the socket module, put into this one when the first of them is asked for."""
    from . import _api

    names = globals()
    names.update((name, getattr(_api, name)) for name in _api.__all__)
    names["__all__"] = sorted({*_api.__all__, *_OWN})


def __getattr__(name):
    if "__all__" not in globals() and (name[:1] != "_" or name in ("__all__", "_GLOBAL_DEFAULT_TIMEOUT")):
        _load()
        if name in globals():
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    if "__all__" not in globals():
        _load()
    return sorted(globals())

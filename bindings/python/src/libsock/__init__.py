"""Python's socket module over libsock.

Provides every name of the standard ``socket`` module with the same meaning, and adds:

- ``socket.setdeadline(when, direction)``: an absolute time limit for all calls, including calls already waiting.
- ``CancelToken``, ``socket.setcancel(token)``: ends the calls of any number of sockets.
- ``create_connection(address, timeout, ...)``: one limit for the lookup and all addresses, which are tried in
  parallel, and a list of the attempts.
- ``socket.recv_exact(n)``. On failure it and ``sendall`` report how many bytes were transferred.
- ``socket.send_message``, ``socket.recv_message``: typed control messages.
- ``socket.send_many``, ``socket.recv_many``: many datagrams in one call.
- ``Poller``: one wait for many sockets. ``Selector``: the same for ``selectors`` and asyncio.
- Closing a socket ends the calls waiting on it in other threads, with ``ClosedError``.

``install()`` puts libsock under the standard ``socket`` module for the whole process, and so under ssl, asyncio, http
and all other users of it. Times are in seconds; deadlines are values of ``time.monotonic()``.
"""

import sys

# The standard `socket` may be importing this package in place of `_socket`, so nothing here may import `socket`.
from . import _socket
from ._socket import (
    BATCH_PLAIN,
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
    POLL_EDGE,
    POLL_ERR,
    POLL_EXCLUSIVE,
    POLL_HUP,
    POLL_IN,
    POLL_ONESHOT,
    POLL_OUT,
    POLL_PRI,
    POLL_RDHUP,
    POLL_TIMER,
    POLL_WAKE,
    READ,
    WRITE,
    Attempt,
    CanceledError,
    CancelToken,
    ClosedError,
    Datagram,
    EndOfStream,
    FilledBuffer,
    Message,
    libsock_version,
)

__version__ = "0.1.0"

# In a module that is loaded on first use.
_POLLER = ["PollEvent", "Poller", "Selector", "Timer"]
_OWN = [name for name in dir() if name[0] != "_" and name != "sys"] + ["install", "installed", *_POLLER]


def install():
    """Puts libsock under the standard ``socket`` module, for the whole process.

    Call it before anything imports ``socket``; otherwise it raises RuntimeError and changes nothing. Further calls have
    no effect. ``python -m libsock program ...`` does this for a program that does not use libsock itself. Children that
    multiprocessing starts are on libsock too, whatever the start method.
    """
    if installed():
        return
    if "socket" in sys.modules:
        raise RuntimeError("libsock.install() must come before the first import of socket")
    sys.modules["_socket"] = _socket
    from . import _children

    _children.prepare()


def installed():
    """Return whether the standard ``socket`` module runs, or will run, on libsock."""
    return sys.modules.get("_socket") is _socket


def _load():
    """Add the names of the socket module to this one, on first use of any of them."""
    from . import _api

    names = globals()
    names.update((name, getattr(_api, name)) for name in _api.__all__)
    __getattr__(_POLLER[0])
    names["__all__"] = sorted({*_api.__all__, *_OWN})


def __getattr__(name):
    if name in _POLLER:
        from . import _poller

        globals().update((each, getattr(_poller, each)) for each in _POLLER)
        return globals()[name]
    if "__all__" not in globals() and (name[:1] != "_" or name in ("__all__", "_GLOBAL_DEFAULT_TIMEOUT")):
        _load()
        if name in globals():
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    if "__all__" not in globals():
        _load()
    return sorted(globals())

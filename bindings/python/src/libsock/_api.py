"""The socket API of `import libsock`: the standard one, and what libsock does better.

Deadlines, tokens and exact receives are methods of the base class, so that every socket has them.
"""

from . import _socket, _standard

_std = _standard.load()

# What `from socket import *` leaves out, but programs use.
_BESIDE = ("AddressFamily", "SocketKind", "MsgFlag", "AddressInfo", "SocketIO", "EBADF", "EAGAIN", "EWOULDBLOCK")

globals().update((name, getattr(_std, name)) for name in (*_std.__all__, *_BESIDE) if hasattr(_std, name))
_GLOBAL_DEFAULT_TIMEOUT = _std._GLOBAL_DEFAULT_TIMEOUT


def fromfd(fd, family, type, proto=0):
    """fromfd(fd, family, type[, proto]) -> socket: of a duplicate of the descriptor, closed again on errors."""
    copy = dup(fd)
    try:
        return socket(family, type, proto, fileno=copy)
    except BaseException:
        close(copy)
        raise


def create_connection(
    address,
    timeout=_GLOBAL_DEFAULT_TIMEOUT,
    source_address=None,
    *,
    all_errors=False,
    deadline=None,
    attempt_timeout=None,
    stagger=0.25,
    resolution_delay=0.05,
    cancel=None,
    family=0,
    fast_open=False,
    attempts=None,
):
    """Connects to (host, port) and returns the socket.

    One limit holds for the lookup and all addresses together: ``timeout`` seconds (the default timeout where it is
    not given, None for no limit) or until ``deadline``, a moment on the clock of time.monotonic(). The addresses are
    tried as RFC 8305 says: IPv6 and IPv4 in turn, a new one every ``stagger`` seconds or as soon as one has failed,
    while those before stay alive. ``stagger=None`` tries one after the other in the resolver's order.

    ``attempt_timeout``: seconds for each address. ``resolution_delay``: how long the addresses of IPv4 wait for those
    of IPv6. ``cancel``: a CancelToken. ``family``: AF_INET or AF_INET6 alone. ``fast_open``: TCP fast open.
    ``source_address``: (host, port), numeric. ``attempts``: a list that receives every Attempt, in order.

    The socket then has ``timeout`` as its timeout. Errors: of the attempt that got furthest, gaierror of the lookup,
    TimeoutError, CanceledError; each has the list of attempts as its ``attempts``. With ``all_errors`` an
    ExceptionGroup of one error for each attempt that failed (Python 3.11).
    """
    host, port = address
    options = {} if timeout is _GLOBAL_DEFAULT_TIMEOUT else {"timeout": timeout}
    tried = []
    try:
        fd, tried = _socket.dial(
            host,
            None if port is None else str(port),
            deadline=deadline,
            attempt_timeout=attempt_timeout,
            stagger=stagger,
            resolution_delay=resolution_delay,
            source=source_address,
            cancel=cancel,
            family=family,
            fast_open=fast_open,
            **options,
        )
    except OSError as error:
        tried = getattr(error, "attempts", [])
        if all_errors and tried:
            raise ExceptionGroup("create_connection failed", [_failure(one) for one in tried if one.error]) from error
        raise
    finally:
        if attempts is not None:
            attempts.extend(tried)
    sock = socket(fileno=fd)
    if options:
        sock.settimeout(timeout)
    return sock


def _failure(attempt):
    """The error of one attempt."""
    import errno
    import os

    number = getattr(errno, attempt.error, None)
    if number is None:
        return TimeoutError("timed out") if attempt.error == "SOCK_ETIMEDOUT" else OSError(attempt.error)
    return OSError(number, os.strerror(number), attempt.address)


__all__ = sorted({*_std.__all__, *_BESIDE, "_GLOBAL_DEFAULT_TIMEOUT"} & set(globals()))

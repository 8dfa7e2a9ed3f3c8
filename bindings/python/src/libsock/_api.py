"""The socket API of `import libsock`: the standard API with libsock's versions of some functions.

Deadlines, tokens and exact receives are methods of the base class, so every socket has them.
"""

from . import _socket, _standard

_std = _standard.load()

# Public names that `from socket import *` leaves out.
_BESIDE = ("AddressFamily", "SocketKind", "MsgFlag", "AddressInfo", "SocketIO", "EBADF", "EAGAIN", "EWOULDBLOCK")

globals().update((name, getattr(_std, name)) for name in (*_std.__all__, *_BESIDE) if hasattr(_std, name))
_GLOBAL_DEFAULT_TIMEOUT = _std._GLOBAL_DEFAULT_TIMEOUT


def fromfd(fd, family, type, proto=0):
    """fromfd(fd, family, type[, proto]) -> socket

    Make a socket from a duplicate of the descriptor. Errors close the duplicate.
    """
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
    """Connect to (host, port) and return the socket.

    One limit covers the lookup and all addresses: ``timeout`` seconds (the default timeout if not given, None for no
    limit), or ``deadline``, a value of time.monotonic(). Addresses are tried as in RFC 8305: IPv6 and IPv4 alternate,
    and the next attempt starts after ``stagger`` seconds or when one fails, while earlier attempts continue.
    ``stagger=None`` tries one address at a time, in the resolver's order.

    ``attempt_timeout``: seconds for each address. ``resolution_delay``: seconds to wait for IPv6 addresses before
    using IPv4. ``cancel``: a CancelToken. ``family``: AF_INET or AF_INET6 to use only that family. ``fast_open``: use
    TCP Fast Open. ``source_address``: (host, port), numeric. ``attempts``: a list to which every Attempt is appended.

    The socket's timeout is ``timeout``. Raises the error of the attempt that got furthest, gaierror if the lookup
    failed, TimeoutError or CanceledError. The exception's ``attempts`` lists all attempts. ``all_errors`` raises an
    ExceptionGroup with one error for each failed attempt (Python 3.11).
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
    """The exception for a failed attempt."""
    import errno
    import os

    number = getattr(errno, attempt.error, None)
    if number is None:
        return TimeoutError("timed out") if attempt.error == "SOCK_ETIMEDOUT" else OSError(attempt.error)
    return OSError(number, os.strerror(number), attempt.address)


__all__ = sorted({*_std.__all__, *_BESIDE, "_GLOBAL_DEFAULT_TIMEOUT"} & set(globals()))

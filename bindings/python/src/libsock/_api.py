"""The socket API of `import libsock`: the standard API with libsock's versions of some functions.

Deadlines, tokens and exact receives are methods of the base class, so every socket has them.
"""

# The names of the standard module are added at run time.
# mypy: ignore-errors

import array
import io
import os
import stat
import sys
import types

from . import _socket, _standard

_std = _standard.load()

# Public names that `from socket import *` leaves out.
_BESIDE = ("AddressFamily", "SocketKind", "MsgFlag", "AddressInfo", "SocketIO", "EBADF", "EAGAIN", "EWOULDBLOCK")

globals().update((name, getattr(_std, name)) for name in (*_std.__all__, *_BESIDE) if hasattr(_std, name))
_GLOBAL_DEFAULT_TIMEOUT = _std._GLOBAL_DEFAULT_TIMEOUT


# The largest position in a file.
_MOST = (1 << 63) - 1


def _unknown_host():
    return gaierror(EAI_NONAME, "Name or service not known")


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """getaddrinfo(host, port[, family[, type[, proto[, flags]]]]) -> [(family, type, proto, canonname, address)]

    As in the standard module, but a host that cannot be encoded raises gaierror instead of UnicodeError.
    """
    try:
        return _std.getaddrinfo(host, port, family, type, proto, flags)
    except UnicodeError as error:
        raise _unknown_host() from error


if hasattr(_std, "send_fds"):

    def send_fds(sock, buffers, fds, flags=0, address=None):
        """send_fds(sock, buffers, fds[, flags[, address]]) -> count

        Send descriptors over an AF_UNIX socket. Unlike the standard module, honours flags and address.
        """
        return sock.sendmsg(buffers, [(SOL_SOCKET, SCM_RIGHTS, array.array("i", fds))], flags, address)

    def recv_fds(sock, bufsize, maxfds, flags=0):
        """recv_fds(sock, bufsize, maxfds[, flags]) -> (data, fds, flags, address)

        Receive up to maxfds descriptors over an AF_UNIX socket. Unlike the standard module, honours flags.
        """
        fds = array.array("i")
        data, control, returned, address = sock.recvmsg(bufsize, CMSG_LEN(maxfds * fds.itemsize), flags)
        for level, kind, content in control:
            if (level, kind) == (SOL_SOCKET, SCM_RIGHTS):
                fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
        return data, list(fds), returned, address


def _sendfile(self, file, offset=0, count=None):
    """sendfile(file[, offset[, count]]) -> sent

    Send a file until EOF or until count bytes are sent. Unlike the standard module, also sends files whose size the
    system does not know, such as those of /proc, and accepts any count.
    """
    self._check_sendfile_params(file, offset, count)
    if self.gettimeout() == 0:
        raise ValueError("non-blocking sockets are not supported")
    try:
        fd = file.fileno()
        # Data in the buffers of pipes and the like could not be found by its offset.
        direct = stat.S_ISREG(os.fstat(fd).st_mode)
    except (AttributeError, OSError, io.UnsupportedOperation):
        direct = False
    if not direct:
        if not offset and not getattr(file, "seekable", lambda: True)():
            # The standard method would set a position at the end.
            file = types.SimpleNamespace(read=file.read)
        return self._sendfile_use_send(file, offset, count)
    sent = 0
    try:
        sent = _socket.socket._sendfile(self, fd, offset, -1 if count is None else min(count, _MOST - offset))
    except NotImplementedError:
        # A subclass with its own send.
        return self._sendfile_use_send(file, offset, count)
    except OSError as error:
        sent = getattr(error, "sent", 0)
        raise
    finally:
        if sent > 0 and hasattr(file, "seek"):
            file.seek(offset + sent)
    return sent


# Under install() this is the standard module itself, which keeps its behaviour.
if _std.__name__ == _standard.NAME:
    socket.sendfile = _sendfile


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
    failed, TimeoutError or CanceledError. The exception's ``attempts`` lists all attempts. With ``all_errors``, if
    any address was tried, raises an ExceptionGroup with one error for each failed attempt; before Python 3.11, which
    has no ExceptionGroup, it raises NotImplementedError at once.
    """
    if all_errors and sys.version_info < (3, 11):
        raise NotImplementedError("all_errors needs the ExceptionGroup of Python 3.11")
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
    except UnicodeError as error:
        raise _unknown_host() from error
    except OSError as error:
        tried = getattr(error, "attempts", [])
        failures = error.__dict__.pop("_failures", None)
        if all_errors and failures:
            raise ExceptionGroup("create_connection failed", failures) from error
        raise
    finally:
        if attempts is not None:
            attempts.extend(tried)
    sock = socket(fileno=fd)
    if options:
        sock.settimeout(timeout)
    return sock


__all__ = sorted({*_std.__all__, *_BESIDE, "_GLOBAL_DEFAULT_TIMEOUT"} & set(globals()))

"""Python's socket module over libsock: the names of `socket` and libsock's additions."""

import socket as _python
import sys
from typing import Any, Iterable, List, Optional, Protocol, SupportsIndex, Tuple, Union

from typing_extensions import Buffer

from . import _socket as _socket
from ._poller import PollEvent as PollEvent, Poller as Poller, Selector as Selector, Timer as Timer
from ._socket import (
    BATCH_PLAIN as BATCH_PLAIN,
    CONTROL_CREDENTIALS as CONTROL_CREDENTIALS,
    CONTROL_DROPS as CONTROL_DROPS,
    CONTROL_ERROR as CONTROL_ERROR,
    CONTROL_GRO as CONTROL_GRO,
    CONTROL_PKTINFO as CONTROL_PKTINFO,
    CONTROL_TIMESTAMP as CONTROL_TIMESTAMP,
    CONTROL_TOS as CONTROL_TOS,
    CONTROL_TTL as CONTROL_TTL,
    PHASE_BIND as PHASE_BIND,
    PHASE_CONNECT as PHASE_CONNECT,
    PHASE_CONNECTED as PHASE_CONNECTED,
    PHASE_LOOKUP as PHASE_LOOKUP,
    PHASE_SOCKET as PHASE_SOCKET,
    POLL_EDGE as POLL_EDGE,
    POLL_ERR as POLL_ERR,
    POLL_EXCLUSIVE as POLL_EXCLUSIVE,
    POLL_HUP as POLL_HUP,
    POLL_IN as POLL_IN,
    POLL_ONESHOT as POLL_ONESHOT,
    POLL_OUT as POLL_OUT,
    POLL_PRI as POLL_PRI,
    POLL_RDHUP as POLL_RDHUP,
    POLL_TIMER as POLL_TIMER,
    POLL_WAKE as POLL_WAKE,
    READ as READ,
    WRITE as WRITE,
    Attempt as Attempt,
    CanceledError as CanceledError,
    CancelToken as CancelToken,
    ClosedError as ClosedError,
    Datagram as Datagram,
    EndOfStream as EndOfStream,
    FilledBuffer as FilledBuffer,
    Message as Message,
    libsock_version as libsock_version,
)

__version__: str

class _Sendable(Protocol):
    def read(self, size: int, /) -> bytes: ...

class socket(_python.socket, _socket._Extras):
    def accept(self) -> Tuple[socket, Any]: ...
    def dup(self) -> socket: ...
    def sendfile(self, file: _Sendable, offset: int = 0, count: Optional[int] = None) -> int: ...

def install() -> None: ...
def installed() -> bool: ...
def create_connection(
    address: Tuple[Union[str, bytes, bytearray, None], Union[int, str, None]],
    timeout: Optional[float] = ...,
    source_address: Optional[Tuple[str, int]] = None,
    *,
    all_errors: bool = False,
    deadline: Optional[float] = None,
    attempt_timeout: Optional[float] = None,
    stagger: Optional[float] = 0.25,
    resolution_delay: Optional[float] = 0.05,
    cancel: Optional[CancelToken] = None,
    family: int = 0,
    fast_open: bool = False,
    attempts: Optional[List[Attempt]] = None,
) -> socket: ...
def create_server(
    address: Any,
    *,
    family: int = ...,
    backlog: Optional[int] = None,
    reuse_port: bool = False,
    dualstack_ipv6: bool = False,
) -> socket: ...
def fromfd(fd: SupportsIndex, family: int, type: int, proto: int = 0) -> socket: ...
def socketpair(
    family: Optional[int] = None, type: int = ..., proto: int = 0
) -> Tuple[socket, socket]: ...

if sys.version_info >= (3, 9):
    def send_fds(
        sock: socket, buffers: Iterable[Buffer], fds: Iterable[int], flags: int = 0, address: Any = None
    ) -> int: ...
    def recv_fds(sock: socket, bufsize: int, maxfds: int, flags: int = 0) -> Tuple[bytes, List[int], int, Any]: ...

# Everything else is Python's. The definitions above take precedence.
from socket import *  # type: ignore
from socket import AddressFamily as AddressFamily, AddressInfo as AddressInfo, MsgFlag as MsgFlag
from socket import SocketIO as SocketIO, SocketKind as SocketKind

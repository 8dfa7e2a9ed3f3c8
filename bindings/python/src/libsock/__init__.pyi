"""Python's socket module over libsock: the names of `socket` and libsock's additions."""

import socket as _python
from typing import Any, List, Optional, Tuple, Union

from . import _socket as _socket
from ._socket import (
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
    READ as READ,
    WRITE as WRITE,
    Attempt as Attempt,
    CanceledError as CanceledError,
    CancelToken as CancelToken,
    ClosedError as ClosedError,
    EndOfStream as EndOfStream,
    Message as Message,
    libsock_version as libsock_version,
)

__version__: str

class socket(_python.socket, _socket.Extras):
    def accept(self) -> Tuple[socket, Any]: ...
    def dup(self) -> socket: ...

def install() -> None: ...
def installed() -> bool: ...
def create_connection(
    address: Tuple[Optional[str], Union[int, str, None]],
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

# Everything else is Python's. The definitions above take precedence.
from socket import *  # type: ignore
from socket import AddressFamily as AddressFamily, AddressInfo as AddressInfo, MsgFlag as MsgFlag
from socket import SocketIO as SocketIO, SocketKind as SocketKind

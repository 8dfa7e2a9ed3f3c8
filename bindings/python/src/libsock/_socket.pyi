"""The names that libsock's extension adds to CPython's `_socket`."""

from _socket import socket as _PythonSocket
from typing import Any, Iterable, List, NamedTuple, Optional, SupportsIndex, Tuple, Type, TypeVar, Union

from typing_extensions import Buffer

_Token = TypeVar("_Token", bound="CancelToken")

libsock_version: str

READ: int
WRITE: int

PHASE_LOOKUP: int
PHASE_SOCKET: int
PHASE_BIND: int
PHASE_CONNECT: int
PHASE_CONNECTED: int

CONTROL_CREDENTIALS: int
CONTROL_TIMESTAMP: int
CONTROL_PKTINFO: int
CONTROL_TTL: int
CONTROL_TOS: int
CONTROL_ERROR: int
CONTROL_DROPS: int
CONTROL_GRO: int

class ClosedError(OSError): ...
class CanceledError(OSError): ...

class EndOfStream(EOFError):
    partial: bytes
    received: int

class CancelToken:
    def __new__(cls: Type[_Token]) -> _Token: ...
    @property
    def fired(self) -> bool: ...
    def fire(self) -> None: ...
    def close(self) -> None: ...
    def __enter__(self: _Token) -> _Token: ...
    def __exit__(self, *args: object) -> None: ...

class Attempt(NamedTuple):
    address: Optional[Tuple[Any, ...]]
    family: int
    phase: int
    error: Optional[str]
    start: float
    end: Optional[float]

class Message(NamedTuple):
    data: bytes
    address: Any
    flags: int
    length: int
    fds: List[int]
    credentials: Optional[Tuple[int, int, int]]
    timestamp: Optional[Tuple[int, int]]
    pktinfo: Optional[Tuple[Any, Any, int]]
    ttl: Optional[int]
    tos: Optional[int]
    drops: Optional[int]
    gro_size: Optional[int]
    error: Optional[Tuple[int, int, int, int, int, int, Any]]

class Extras:
    """The methods that libsock adds to sockets. At run time they belong to the base class."""

    def setdeadline(self, when: Optional[float], direction: int = ...) -> None: ...
    def setcancel(self, token: Optional[CancelToken], /) -> None: ...
    def recv_exact(self, size: SupportsIndex, flags: int = 0) -> bytes: ...
    def recv_exact_into(self, buffer: Buffer, flags: int = 0) -> None: ...
    def recv_message(self, size: SupportsIndex, kinds: int = 0, fds: int = 0, flags: int = 0) -> Message: ...
    def send_message(
        self,
        buffers: Iterable[Buffer],
        *,
        fds: Optional[Iterable[int]] = None,
        credentials: Optional[Tuple[int, int, int]] = None,
        pktinfo: Optional[Tuple[str, int]] = None,
        ttl: Optional[int] = None,
        tos: Optional[int] = None,
        gso_size: Optional[int] = None,
        flags: int = 0,
        address: Any = None,
    ) -> int: ...

class socket(_PythonSocket, Extras): ...

def dial(
    host: Union[str, bytes, bytearray, None],
    port: Optional[str],
    timeout: Optional[float] = ...,
    deadline: Optional[float] = ...,
    attempt_timeout: Optional[float] = ...,
    stagger: Optional[float] = ...,
    resolution_delay: Optional[float] = ...,
    source: Optional[Tuple[str, int]] = ...,
    cancel: Optional[CancelToken] = ...,
    family: int = ...,
    fast_open: bool = ...,
) -> Tuple[int, List[Attempt]]: ...

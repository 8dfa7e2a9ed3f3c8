"""The names that libsock's extension adds to CPython's `_socket`."""

import sys
from _socket import socket as _PythonSocket
from _typeshed import structseq
from typing import Any, Iterable, List, Optional, SupportsIndex, Tuple, Union

from typing_extensions import Buffer, Final, final

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

BATCH_PLAIN: int

POLL_EDGE: int
POLL_ERR: int
POLL_EXCLUSIVE: int
POLL_HUP: int
POLL_IN: int
POLL_ONESHOT: int
POLL_OUT: int
POLL_PRI: int
POLL_RDHUP: int
POLL_TIMER: int
POLL_WAKE: int

class ClosedError(OSError): ...
class CanceledError(OSError): ...

class EndOfStream(EOFError):
    partial: bytes
    received: int

@final
class CancelToken:
    def __new__(cls) -> CancelToken: ...
    @property
    def fired(self) -> bool: ...
    def fire(self) -> None: ...
    def close(self) -> None: ...
    def __enter__(self) -> CancelToken: ...
    def __exit__(self, *args: object) -> None: ...

@final
class Attempt(structseq[Any], Tuple[Optional[Tuple[Any, ...]], int, int, Optional[str], float, Optional[float]]):
    if sys.version_info >= (3, 10):
        __match_args__: Final = ("address", "family", "phase", "error", "start", "end")

    @property
    def address(self) -> Optional[Tuple[Any, ...]]: ...
    @property
    def family(self) -> int: ...
    @property
    def phase(self) -> int: ...
    @property
    def error(self) -> Optional[str]: ...
    @property
    def start(self) -> float: ...
    @property
    def end(self) -> Optional[float]: ...

@final
class Message(
    structseq[Any],
    Tuple[
        bytes,
        Any,
        int,
        int,
        List[int],
        Optional[Tuple[int, int, int]],
        Optional[Tuple[int, int]],
        Optional[Tuple[Any, Any, int]],
        Optional[int],
        Optional[int],
        Optional[int],
        Optional[int],
        Optional[Tuple[int, int, int, int, int, int, Any]],
    ],
):
    if sys.version_info >= (3, 10):
        __match_args__: Final = (
            "data",
            "address",
            "flags",
            "length",
            "fds",
            "credentials",
            "timestamp",
            "pktinfo",
            "ttl",
            "tos",
            "drops",
            "gro_size",
            "error",
        )

    @property
    def data(self) -> bytes: ...
    @property
    def address(self) -> Any: ...
    @property
    def flags(self) -> int: ...
    @property
    def length(self) -> int: ...
    @property
    def fds(self) -> List[int]: ...
    @property
    def credentials(self) -> Optional[Tuple[int, int, int]]: ...
    @property
    def timestamp(self) -> Optional[Tuple[int, int]]: ...
    @property
    def pktinfo(self) -> Optional[Tuple[Any, Any, int]]: ...
    @property
    def ttl(self) -> Optional[int]: ...
    @property
    def tos(self) -> Optional[int]: ...
    @property
    def drops(self) -> Optional[int]: ...
    @property
    def gro_size(self) -> Optional[int]: ...
    @property
    def error(self) -> Optional[Tuple[int, int, int, int, int, int, Any]]: ...

@final
class Datagram(structseq[Any], Tuple[bytes, Any]):
    if sys.version_info >= (3, 10):
        __match_args__: Final = ("data", "address")

    @property
    def data(self) -> bytes: ...
    @property
    def address(self) -> Any: ...
    @property
    def segment(self) -> int: ...
    @property
    def flags(self) -> int: ...
    @property
    def length(self) -> int: ...
    @property
    def ancdata(self) -> List[Tuple[int, int, bytes]]: ...

@final
class FilledBuffer(structseq[Any], Tuple[int, Any]):
    if sys.version_info >= (3, 10):
        __match_args__: Final = ("nbytes", "address")

    @property
    def nbytes(self) -> int: ...
    @property
    def address(self) -> Any: ...
    @property
    def segment(self) -> int: ...
    @property
    def flags(self) -> int: ...
    @property
    def length(self) -> int: ...
    @property
    def ancdata(self) -> List[Tuple[int, int, bytes]]: ...

class _Poller:
    def __new__(cls) -> _Poller: ...
    @property
    def closed(self) -> bool: ...
    def wake(self) -> None: ...

_Ancdata = Iterable[Tuple[int, int, Buffer]]
_Outgoing = Union[
    Buffer,
    Datagram,
    Tuple[Buffer],
    Tuple[Buffer, Any],
    Tuple[Buffer, Any, int],
    Tuple[Buffer, Any, int, _Ancdata],
]

class _Extras:
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

    def send_many(
        self,
        datagrams: Iterable[_Outgoing],
        flags: int = 0,
        *,
        address: Any = None,
        segment: int = 0,
        outcomes: Optional[List[Tuple[int, int]]] = None,
    ) -> int: ...
    def recv_many(
        self, count: SupportsIndex, bufsize: SupportsIndex, ancbufsize: SupportsIndex = 0, flags: int = 0
    ) -> List[Datagram]: ...
    def recv_many_into(
        self, buffers: Iterable[Buffer], ancbufsize: SupportsIndex = 0, flags: int = 0
    ) -> List[FilledBuffer]: ...
    def setgro(self, flag: object, /) -> None: ...

class socket(_PythonSocket, _Extras): ...

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

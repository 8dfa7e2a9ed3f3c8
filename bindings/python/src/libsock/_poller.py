"""Pollers: one wait for many sockets, cancel tokens, descriptors and timers; and a selector for asyncio."""

import collections
import collections.abc
import errno
import itertools
import selectors
import time

from . import _socket
from ._socket import POLL_IN, POLL_OUT, POLL_WAKE

PollEvent = collections.namedtuple("PollEvent", "fileobj events data closed periods")
PollEvent.__doc__ = "What Poller.wait returns."
PollEvent.fileobj.__doc__ = "what was added, or the Timer; None for a wake-up"
PollEvent.events.__doc__ = "the POLL_* that hold"
PollEvent.data.__doc__ = "the data given with it"
PollEvent.closed.__doc__ = "whether this is the last event of a socket or token that was closed"
PollEvent.periods.__doc__ = "for a timer: how many periods have passed since its last event"


class _Entry:
    __slots__ = ("fileobj", "data", "key")

    def __init__(self, fileobj, data):
        self.fileobj, self.data, self.key = fileobj, data, None


class Timer:
    """A timer of a poller, as Poller.timer returns it."""

    __slots__ = ("_poller", "_handle", "_ident")

    def __init__(self, poller):
        self._poller, self._handle, self._ident = poller, None, None

    def close(self):
        """End the timer, without an event. Closing twice has no effect."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            self._poller._entries.pop(self._ident, None)
            self._poller._end_timer(handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Poller(_socket._Poller):
    """One wait for many sockets, cancel tokens, descriptors of the program and timers.

    When a registered socket or token is closed, in any thread, the poller reports one last event with ``closed``, and
    never anything after it. No event is returned after ``remove`` has returned, also not in another thread. Several
    threads may wait on one poller.
    """

    def __new__(cls):
        self = super().__new__(cls)
        # The numbers that libsock returns with events, and what is behind them.
        self._numbers = itertools.count(1)
        self._entries = {}
        # The numbers of what is registered, by handle or descriptor.
        self._idents = {}
        return self

    def add(self, fileobj, events=POLL_IN, data=None):
        """Wait for the events of a socket, a CancelToken, or a descriptor or object with one.

        ``events`` combines POLL_IN, POLL_OUT, POLL_PRI and POLL_RDHUP with POLL_EDGE, POLL_ONESHOT or POLL_EXCLUSIVE;
        POLL_ERR and POLL_HUP are always reported. A descriptor must be removed before it is closed. Raises
        FileExistsError if it was added before.
        """
        ident = next(self._numbers)
        # Before the call: another thread may get an event at once.
        entry = self._entries[ident] = _Entry(fileobj, data)
        try:
            entry.key = self._add(fileobj, events, ident)
        except BaseException:
            del self._entries[ident]
            raise
        if ident in self._entries:
            self._idents[entry.key] = ident

    def modify(self, fileobj, events, data=None):
        """Wait for other events, with other data. A POLL_ONESHOT is armed again."""
        ident = next(self._numbers)
        entry = self._entries[ident] = _Entry(fileobj, data)
        try:
            entry.key = self._modify(fileobj, events, ident)
        except BaseException:
            del self._entries[ident]
            raise
        self._entries.pop(self._idents.get(entry.key), None)
        if ident in self._entries:
            self._idents[entry.key] = ident

    def remove(self, fileobj):
        """End the events of a socket, token or descriptor. A closed one may be removed too.

        Raises FileNotFoundError if it was not added.
        """
        try:
            key = self._remove(fileobj)
        except (OSError, ValueError) as error:
            if getattr(error, "errno", errno.EBADF) != errno.EBADF or not self._forget_object(fileobj):
                raise
        else:
            self._entries.pop(self._idents.pop(key, None), None)

    def _forget_object(self, fileobj):
        for ident, entry in list(self._entries.items()):
            if entry.fileobj is fileobj:
                self._forget(ident, entry)
                return True
        return False

    def _forget(self, ident, entry):
        self._entries.pop(ident, None)
        if self._idents.get(entry.key) == ident:
            del self._idents[entry.key]

    def timer(self, first, every=None, data=None):
        """Report an event POLL_TIMER after ``first`` seconds, and then every ``every`` seconds. Return a Timer."""
        timer = Timer(self)
        ident = timer._ident = next(self._numbers)
        self._entries[ident] = _Entry(timer, data)
        try:
            timer._handle = self._timer(first, every, ident)
        except BaseException:
            del self._entries[ident]
            raise
        return timer

    def wait(self, timeout=None, maxevents=256):
        """Wait for events; return a list of up to ``maxevents`` PollEvent objects, empty when the timeout has passed.

        ``timeout``: seconds, None for no limit; 0 looks once. Raises ClosedError when the poller is closed.
        """
        end = None if timeout is None or timeout <= 0 else time.monotonic() + timeout
        while True:
            found = self._wait(timeout, maxevents)
            events = []
            for ident, bits, closed, count in found:
                entry = self._entries.get(ident)
                if entry is not None:
                    if closed:
                        self._forget(ident, entry)
                    events.append(PollEvent(entry.fileobj, bits, entry.data, bool(closed), count))
                elif bits == POLL_WAKE:
                    events.append(PollEvent(None, bits, None, False, 0))
            if events or not found:
                return events
            # Everything was removed meanwhile, by another thread.
            if end is not None:
                timeout = max(0, end - time.monotonic())

    def close(self):
        """Close the poller and its timers. Waits in other threads raise ClosedError. What was added stays open."""
        self._close()
        self._entries.clear()
        self._idents.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Map(collections.abc.Mapping):
    """The keys of a selector, by file object or descriptor."""

    def __init__(self, selector):
        self._selector = selector

    def __len__(self):
        return len(self._selector._keys)

    def __getitem__(self, fileobj):
        fd = self._selector._lookup(fileobj)
        try:
            return self._selector._keys[fd]
        except KeyError:
            raise KeyError(f"{fileobj!r} is not registered") from None

    def __iter__(self):
        return iter(self._selector._keys)


class Selector(selectors.BaseSelector):
    """A selector over a Poller, for ``asyncio.SelectorEventLoop(libsock.Selector())`` and all users of selectors.

    Timeouts are exact to the nanosecond. A registered socket of libsock that is closed is reported once, as ready, and
    never again.
    """

    def __init__(self):
        self._poller = Poller()
        # By descriptor.
        self._keys = {}
        self._map = _Map(self)

    def _lookup(self, fileobj):
        if isinstance(fileobj, int):
            fd = fileobj
        else:
            try:
                fd = int(fileobj.fileno())
            except (AttributeError, TypeError, ValueError):
                fd = None
        if fd is not None and fd >= 0:
            return fd
        # A file object that has been closed since.
        for key in self._keys.values():
            if key.fileobj is fileobj:
                return key.fd
        raise ValueError(f"Invalid file object: {fileobj!r}" if fd is None else f"Invalid file descriptor: {fd}")

    def register(self, fileobj, events, data=None):
        if not events or events & ~(selectors.EVENT_READ | selectors.EVENT_WRITE):
            raise ValueError(f"Invalid events: {events!r}")
        fd = self._lookup(fileobj)
        if fd in self._keys:
            raise KeyError(f"{fileobj!r} (FD {fd}) is already registered")
        key = selectors.SelectorKey(fileobj, fd, events, data)
        self._add(key)
        self._keys[fd] = key
        return key

    def _add(self, key):
        # selectors.EVENT_READ and EVENT_WRITE have the values of POLL_IN and POLL_OUT only by chance.
        bits = (POLL_IN if key.events & selectors.EVENT_READ else 0) | (
            POLL_OUT if key.events & selectors.EVENT_WRITE else 0
        )
        try:
            self._poller.add(key.fileobj, bits, key.fd)
        except FileExistsError:
            # A descriptor that was closed without being unregistered; its number is another's now.
            self._poller.remove(key.fileobj)
            self._poller.add(key.fileobj, bits, key.fd)

    def unregister(self, fileobj):
        try:
            key = self._keys.pop(self._lookup(fileobj))
        except KeyError:
            raise KeyError(f"{fileobj!r} is not registered") from None
        self._remove(key)
        return key

    def _remove(self, key):
        try:
            self._poller.remove(key.fileobj)
        except (OSError, ValueError):
            # Closed, and so removed already.
            pass

    def modify(self, fileobj, events, data=None):
        key = self._map[fileobj]
        if events != key.events:
            self.unregister(fileobj)
            return self.register(fileobj, events, data)
        if data != key.data:
            key = self._keys[key.fd] = key._replace(data=data)
        return key

    def select(self, timeout=None):
        if timeout is not None and timeout <= 0:
            timeout = 0
        ready = []
        for event in self._poller.wait(timeout):
            key = self._keys.get(event.data)
            if key is None:
                continue
            events = 0
            if event.closed or event.events & ~POLL_IN:
                events |= selectors.EVENT_WRITE
            if event.closed or event.events & ~POLL_OUT:
                events |= selectors.EVENT_READ
            ready.append((key, events & key.events))
        return ready

    def close(self):
        self._poller.close()
        self._keys.clear()
        self._map = None

    def get_map(self):
        return self._map

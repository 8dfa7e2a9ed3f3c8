"""Helpers for the tests."""

import contextlib
import os
import threading
import time

import libsock

# An upper limit: no test may depend on a fast machine.
LONG = 60
# After this time a call in another thread is certainly waiting.
SETTLE = 0.05


def descriptors():
    """Return the open descriptors of this process."""
    return {int(name) for name in os.listdir("/proc/self/fd")}


def left_over(before):
    """Return the descriptors opened since `before` that stay open. A joined thread may still be exiting."""
    limit = time.monotonic() + LONG
    while descriptors() - before and time.monotonic() < limit:
        time.sleep(0.01)
    return descriptors() - before


@contextlib.contextmanager
def closing(*sockets):
    try:
        yield sockets if len(sockets) > 1 else sockets[0]
    finally:
        for sock in sockets:
            sock.close()


def pair(family=libsock.AF_UNIX, kind=libsock.SOCK_STREAM):
    return closing(*libsock.socketpair(family, kind))


@contextlib.contextmanager
def connection(family=libsock.AF_INET, host="127.0.0.1"):
    """Yield a connection over the loopback interface: (client, server)."""
    with libsock.socket(family, libsock.SOCK_STREAM) as listener:
        listener.bind((host, 0))
        listener.listen()
        with libsock.socket(family, libsock.SOCK_STREAM) as client:
            client.connect(listener.getsockname())
            server, _ = listener.accept()
            with server:
                yield client, server


class Caller(threading.Thread):
    """Runs a call in a thread. `result()` returns its result or raises its exception."""

    def __init__(self, call, *args):
        super().__init__(daemon=True)
        self.call, self.args = call, args
        self.value = self.error = None
        self.start()

    def run(self):
        try:
            self.value = self.call(*self.args)
        except BaseException as error:
            self.error = error

    def wait(self):
        """Wait until the call is probably waiting."""
        time.sleep(SETTLE)
        return self

    def result(self):
        self.join(LONG)
        if self.is_alive():
            raise AssertionError(f"{self.call} did not end")
        if self.error is not None:
            raise self.error
        return self.value


def has_ipv6():
    try:
        with libsock.socket(libsock.AF_INET6, libsock.SOCK_STREAM) as sock:
            sock.bind(("::1", 0))
        return True
    except OSError:
        return False

"""The pollers of macOS and the BSDs on Linux: the portable backend with kqueue(2), which ctests/kqueue makes of epoll."""

from . import backend, cargo, programs
from .process import ROOT, make
from .programs import Mode

PLACE = "build/kqueue"
LIBRARY = f"{PLACE}/libkqueue.a"
EXTRA = "the stand-in for kqueue(2) has descriptors of its own"

LEFT_OUT = {}

# What pollers do, alone and with threads, forks, signals, streams and operations; and the waits that use an edge.
PROGRAMS = ["test_cancel", "test_connection", "test_error_memory", "test_fork", "test_fork_handlers", "test_fork_identity",
            "test_lookup_wait", "test_poller", "test_poller_end", "test_poller_storm", "test_poller_wait", "test_stream",
            "test_wait_cpu", "test_wake_close"]


def left_out(program):
    own = LEFT_OUT.get(program, {})
    return backend.left_out(program) + "".join(f"{test}: {why}\n" for test, why in own.items())


def mode(name, lacks):
    return Mode(name, build=PLACE, variables=("KQUEUE=1",), left_out=left_out,
                env={**backend.RACES, "SOCK_KQUEUE_LACKS": lacks})


# With all filters, as macOS and OpenBSD 7.8 have them; with those that every kqueue has.
WHOLE = mode("kqueue", "")
OLD = mode("kqueue-old", "user except")


def suite(tally, options, in_mode):
    broken = make([LIBRARY])
    if broken:
        return tally.fail("kqueue", "the stand-in does not build", broken[LIBRARY])
    if not options.only:
        env = {"RUSTFLAGS": "--cfg sock_portable --cfg sock_kqueue", "SOCK_KQUEUE": str(ROOT / PLACE),
               "CARGO_TARGET_DIR": str(ROOT / "target/kqueue")}
        cargo.tests(tally, "cargo test, kqueue", "test", "--locked", "--lib", "--no-fail-fast", "sys::", env=env)
    for one in (WHOLE, OLD):
        in_mode(tally, options, one, without={name for name in programs.subjects() if name not in PROGRAMS})
    return None

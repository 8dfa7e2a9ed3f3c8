"""The pollers of macOS and the BSDs on Linux: the portable backend with kqueue(2), which ctests/kqueue makes of epoll."""

from . import backend, cargo, programs
from .process import ROOT, make
from .programs import Mode

PLACE = "build/kqueue"
LIBRARY = f"{PLACE}/libkqueue.a"
PIPE = "it counts the descriptors of a poller, to which a pipe adds two"

# A wait has places for 64 events without memory, as on Linux.
KEPT = {"test_error_memory": {"test_no_memory_for_many_events"}}
# Where a pipe wakes pollers.
LEFT_OUT_OLD = {
    "test_poller": {"test_no_descriptor_for_the_first_poller": PIPE},
    "test_poller_end": {"test_no_event_after_the_end": PIPE},
}

# What pollers do, alone and with threads, forks, signals, streams and operations; and the waits that use an edge.
PROGRAMS = ["test_cancel", "test_connection", "test_error_memory", "test_fork", "test_fork_hook", "test_fork_load",
            "test_fork_handlers", "test_fork_identity", "test_lookup_wait", "test_poller", "test_poller_end",
            "test_poller_storm", "test_poller_wait", "test_stream", "test_wait_cpu", "test_wake_close"]


def mode(name, lacks, own):
    def left_out(program):
        tests = {**backend.LEFT_OUT.get(program, {}), **own.get(program, {})}
        return "".join(f"{test}: {why}\n" for test, why in tests.items() if test not in KEPT.get(program, ()))

    return Mode(name, build=PLACE, variables=("KQUEUE=1",), left_out=left_out,
                env={**backend.RACES, "SOCK_KQUEUE_LACKS": lacks})


# With all filters, as macOS and OpenBSD 7.8 have them; with those that every kqueue has.
WHOLE = mode("portable-kqueue", "", {})
OLD = mode("portable-kqueue-old", "user except", LEFT_OUT_OLD)


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

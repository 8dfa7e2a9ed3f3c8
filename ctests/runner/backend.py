"""The backend for every Unix, built for Linux: which tests name what only the other backend has."""

from . import cargo, programs
from .process import ROOT
from .programs import SANITIZERS, Mode

SEGMENTS = "UDP segments are cut and joined by Linux alone"
EVENTFD = "it looks for descriptors of eventfd(2)"
EPOLL = "it looks for instances of epoll(7)"
COPIES = "MSG_ZEROCOPY is Linux's alone: every send copies, with ticket 0"
PIPE = "only splice(2) and tee(2) leave data in a pipe"
CLONE = "it makes processes by clone(2) alone, which run no fork handlers"

# A thread does it here, epoll on Linux.
LATER = "a fired token makes an operation readable a moment later"

PROGRAMS = {}

LEFT_OUT = {
    "test_batch_segments": {
        "test_every_cut": SEGMENTS,
        "test_joined": SEGMENTS,
        "test_joined_with_control": SEGMENTS,
        "test_control_with_segments": SEGMENTS,
        "test_much_control_data": SEGMENTS,
        "test_a_socket_that_refuses": SEGMENTS,
        "test_gro_where_there_is_none": SEGMENTS,
        "test_a_path_that_refuses": SEGMENTS,
    },
    "test_connection": {"test_ending_at_every_moment_leaks_nothing": LATER},
    "test_error_memory": {"test_no_memory_for_many_events": "a wait copies the registrations, which takes memory"},
    "test_fork": {"test_wake_ups_are_not_shared": EVENTFD},
    "test_fork_load": {"test_forks_under_load_without_handlers": CLONE},
    "test_fork_identity": {
        "test_a_spurious_wait": EPOLL,
        "test_a_copied_pipe": PIPE,
        "test_membarrier_refused_later": "only Linux has membarrier(2)",
    },
    "test_lookup": {"test_the_older_calls": "getaddrinfo(3) does not report aliases"},
    "test_lookup_wait": {"test_limits_make_an_operation_readable": LATER},
    "test_mode_file": {"test_sendfile_data_of_a_pipe": PIPE},
    "test_poller": {"test_no_descriptor_left": "a poller's timer takes no descriptor here"},
    "test_relay": {"test_a_signal_of_somebody_else_is_kept": "sigwait(3) does not say who has sent a signal"},
    "test_relay_end": {"test_fork": "it counts pipes, and a thread's wake-up is one here"},
    "test_resources": {
        "test_no_descriptor_at_every_step": "it counts one descriptor for a cancel token; a pipe has two",
    },
    "test_sendfile": {
        "test_pipe_keeps_what_did_not_go": PIPE,
        "test_through_memory_r129_r131": "it refuses sendfile(2), which is not used here",
        "test_calls_of_a_gibibyte": "it counts calls of sendfile(2), which is not used here",
    },
    "test_server": {
        "test_files_of_a_newer_server_are_left_alone": "only O_PATH keeps the number of a socket's file from reuse",
    },
    "test_splice": {
        "test_from_fd": "from a pipe in non-blocking mode: what was read and cannot be sent would be lost, so -ENOSYS",
    },
    "test_zerocopy": {
        "test_loopback": COPIES,
        "test_bytes_arrive": COPIES,
        "test_other_waits": COPIES,
        "test_limits": COPIES,
        "test_back_pressure": COPIES,
        "test_without_a_copy": COPIES,
    },
    "test_misuse": {"test_second_close": "it counts one descriptor for a cancel token; a pipe has two"},
}


def left_out(program):
    """SOCK_TEST_LEAVE_OUT for the harness: lines of `test: reason`."""
    return "".join(f"{test}: {why}\n" for test, why in LEFT_OUT.get(program, {}).items())


# Locks sleep by looking again, so contended ones are slow: fewer rounds of test_no_event_after_the_end.
RACES = {"SOCK_TEST_RACES": "20000"}

PORTABLE = Mode("portable", build="build/portable", variables=("PORTABLE=1",), left_out=left_out, env=RACES)
PORTABLE_ASAN = Mode("portable-asan", build="build/portable", variables=("PORTABLE=1",), left_out=left_out,
                     objects="asan", scale=3, env={**SANITIZERS, **RACES})


def core(tally, options, in_mode):
    if not options.only:
        env = {"RUSTFLAGS": "--cfg sock_portable", "CARGO_TARGET_DIR": str(ROOT / "target/portable")}
        cargo.tests(tally, "cargo test, portable", "test", "--locked", "--lib", "--no-fail-fast", env=env)
    for name, why in PROGRAMS.items():
        tally.skip(f"portable {name}", why)
    in_mode(tally, options, PORTABLE, without=set(PROGRAMS))


# What each mechanism of the backend needs, in the time that CI has: waits and wake-ups, forks, operations, pollers,
# messages, transfers through memory.
CORE = [
    "test_batch", "test_batch_wait", "test_cancel", "test_connection", "test_deadline", "test_fork",
    "test_fork_handlers", "test_fork_hook", "test_fork_load", "test_handle", "test_interrupt", "test_lookup",
    "test_lookup_wait", "test_message", "test_message_fds", "test_message_wait", "test_mode", "test_mode_file",
    "test_mode_prefork", "test_mode_shared", "test_netdb", "test_poller", "test_poller_wait", "test_relay",
    "test_sendfile", "test_splice", "test_wait_cpu", "test_wake_cancel", "test_wake_close", "test_wake_deadline",
]


def ci(tally, options, in_mode):
    in_mode(tally, options, PORTABLE, without={name for name in programs.subjects() if name not in CORE})


def suite(tally, options, in_mode):
    core(tally, options, in_mode)
    in_mode(tally, options, PORTABLE_ASAN, without=set(PROGRAMS))

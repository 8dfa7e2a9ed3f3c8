"""The C tests on other processors and with musl: one table of targets, each run natively or under qemu.

The library is built with overflow checks (PROFILE=release builds it as it is installed), because a number that does not
fit into 32 bits is what these tests look for.
"""

import dataclasses
import functools
import os
import re

from . import cargo, emulator, musl, proof
from .process import found, run
from .programs import Mode

PROFILE = os.environ.get("PROFILE", "debug")


@dataclasses.dataclass(frozen=True)
class Target:
    """What the library is built for, and how its programs are run."""

    name: str
    triple: str  # Rust's name
    cc: str
    qemu: str = ""  # the emulator; without one, this kernel runs the programs
    sysroot: str = ""  # of the C library, where this system does not look
    loader: str = ""  # of native programs, if the system has it elsewhere
    musl: bool = False
    static: bool = False  # the programs, with libsock.a
    in_core: bool = False  # part of .ci/run
    skips: dict = dataclasses.field(default_factory=dict)  # {program: {test, or "" for all: why}}


def emulated(name, triple, prefix, qemu, skips, **more):
    return Target(name, triple, f"{prefix}-gcc", qemu, f"/usr/{prefix}", skips=emulator.with_skips(skips), **more)


TARGETS = [
    emulated("aarch64", "aarch64-unknown-linux-gnu", "aarch64-linux-gnu", "qemu-aarch64", {}, in_core=True),
    emulated(
        "s390x", "s390x-unknown-linux-gnu", "s390x-linux-gnu", "qemu-s390x", emulator.BIG_ENDIAN, in_core=True
    ),
    emulated("armv7", "armv7-unknown-linux-gnueabihf", "arm-linux-gnueabihf", "qemu-arm", emulator.ARM, in_core=True),
    emulated("riscv64", "riscv64gc-unknown-linux-gnu", "riscv64-linux-gnu", "qemu-riscv64", {}),
    Target("i686", "i686-unknown-linux-gnu", "i686-linux-gnu-gcc", sysroot="/usr/i686-linux-gnu",
           loader="ld-linux.so.2", skips=emulator.TRANSLATED),
    Target("musl", musl.TRIPLE, musl.CC, musl=True, in_core=True, skips=musl.LEFT_OUT),
    Target("musl-static", musl.TRIPLE, musl.CC, musl=True, static=True, in_core=True, skips=musl.LEFT_OUT),
]
proof.EXPECTED.update({target.name: proof.EXPECTED["plain"] for target in TARGETS})

# The programs that .ci/run runs: codecs, addresses, control messages, options, streams. None creates a child process.
CORE = [
    "test_address",
    "test_batch",
    "test_cancel",
    "test_constant",
    "test_control",
    "test_control_kernel",
    "test_convert",
    "test_deadline",
    "test_error",
    "test_family",
    "test_message",
    "test_message_fds",
    "test_mode",
    "test_netdb",
    "test_option",
    "test_option_multicast",
    "test_option_peer",
    "test_option_tcp",
    "test_stream",
    "test_transfer_exact",
]


@functools.cache
def libdir(triple):
    """Where rustc has the standard library of a target; None if it has none."""
    done = run(["rustc", "--print", "target-libdir", "--target", triple], 60)
    place = done.output.strip()
    return place if done.status == 0 and os.path.isdir(place) else None


def missing(target):
    """Why a target cannot be built or run here, or None."""
    for tool in (target.cc, target.qemu):
        if tool and not found(tool):
            return f"{tool} is not installed"
    if not libdir(target.triple):
        return f"the Rust target {target.triple} is not installed"
    if target.musl:
        return musl.prepare(libdir(target.triple))
    if target.loader and not os.path.exists(f"{target.sysroot}/lib/{target.loader}"):
        return f"the C library in {target.sysroot} is not installed"
    return None


def mode_of(target):
    build = f"build/{target.triple}" + ("-static" if target.static else "")
    variables = [f"TRIPLE={target.triple}", f"CC={target.cc}", f"PROFILE={PROFILE}"]
    if target.musl:
        variables.append(f"CPPFLAGS={musl.cpp_flags()}")
    if target.static:
        variables += musl.static(libdir(target.triple), build, PROFILE)
    if target.loader:
        lib = f"{target.sysroot}/lib"
        variables.append(f"LDFLAGS=-Wl,--dynamic-linker={lib}/{target.loader},--disable-new-dtags,-rpath,{lib}")
    return Mode(
        target.name,
        build=build,
        scale=10 if target.qemu else 2,
        variables=tuple(variables),
        timeout=120 if target.qemu else 600,
        before=(target.qemu, "-L", target.sysroot) if target.qemu else (),
        left_out=lambda program: "".join(f"{test}: {why}\n" for test, why in target.skips.get(program, {}).items()),
    )


def cargo_settings(target):
    """What cargo reads from the environment for this target."""
    name = f"CARGO_TARGET_{target.triple.upper().replace('-', '_')}"
    settings = {f"{name}_LINKER": target.cc}
    if target.qemu:
        settings[f"{name}_RUNNER"] = f"{target.qemu} -L {target.sysroot}"
    if target.loader:
        settings[f"{name}_RUNNER"] = f"{target.sysroot}/lib/{target.loader} --library-path {target.sysroot}/lib"
    if target.musl:
        settings[f"{name}_RUSTFLAGS"] = musl.rust_flags()
    return settings


def one(tally, options, in_mode, target, names, everything, rust=True):
    why = missing(target)
    if why:
        return tally.skip(f"{target.name}: every test", why)
    os.environ.update(cargo_settings(target))
    if rust and not options.only and not target.static:
        words = [word for half in cargo.PURE for word in half]
        profile = ["--release"] if PROFILE == "release" else []
        cargo.tests(tally, f"{target.name}: cargo test", "test", "--locked", "--lib", *profile, "--target",
                    target.triple, "--", *words)
    left = {name: target.skips[name][""] for name in names if "" in target.skips.get(name, {})}
    for name, reason in left.items():
        tally.skip(f"{target.name} {name}", reason)
    return in_mode(tally, options, mode_of(target), without=set(everything) - set(names) | set(left))


def suite(tally, options, in_mode, programs):
    """Every program for every target, or for the one that CROSS names."""
    asked = os.environ.get("CROSS", "")
    chosen = [target for target in TARGETS if re.fullmatch(asked or ".*", target.name)]
    tally.check("CROSS names a target", chosen, f"{asked} is none of {', '.join(t.name for t in TARGETS)}")
    for target in chosen:
        one(tally, options, in_mode, target, programs, programs)


def core(tally, options, in_mode, programs):
    """The core of the programs for the targets of .ci/run, without the Rust tests."""
    for target in TARGETS:
        if target.in_core:
            one(tally, options, in_mode, target, [name for name in programs if name in CORE], programs, rust=False)

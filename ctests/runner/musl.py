"""What Debian and the Rust target lack for shared libraries on musl.

Rust's target links musl programs statically, with files of its own. Distributions built on musl link dynamically, so
do the tests, with Debian's musl-gcc. It has neither an unwinder (Debian's is the GNU C library's) nor the kernel's
headers: the first is in the Rust target, the second are those of the GNU C library's package, which are the same.
"""

import pathlib

from .process import ROOT

TRIPLE = "x86_64-unknown-linux-musl"
CC = "musl-gcc"
KERNEL = ["linux", "asm", "asm-generic", "mtd", "rdma", "scsi"]  # folders of headers
PLACES = ["/usr/include", "/usr/include/x86_64-linux-gnu"]

TCP = "musl before 1.2.4 does not ask name servers by TCP, so 100 addresses do not fit"
FGETS = "musl's fgets loses the part of a line that came before a failure"
TEXTS = "libsock's texts are those of the GNU C library, everywhere"
# {program: {test, or "" for all of them: why}}
LEFT_OUT = {
    "test_connection": {
        "test_code_of_the_furthest_attempt": TCP,
    },
    "test_convert": {
        "test_aton_matches_the_c_library": "musl's inet_aton refuses what follows an address",
        "test_ntop_matches_the_c_library": "musl's inet_ntop writes ::192.0.2.1 in hexadecimal",
    },
    "test_lookup": {"test_answers": TCP},
    "test_file": {
        "test_http_with_timeouts_in_a_line_r200": FGETS,
        "test_nonblocking_r200_r201": FGETS,
    },
    "test_error": {"test_texts_match_the_c_library": TEXTS},
}


def prepare(libdir):
    """Makes the folders that make and cargo are passed; returns why that is impossible, or None."""
    unwinder = pathlib.Path(libdir, "self-contained", "libunwind.a")
    if not unwinder.exists():
        return "the Rust target for musl has no libunwind.a"
    folder("lib").joinpath("libgcc_s.so").write_text(f"INPUT({unwinder})\n")
    for name in KERNEL:
        for place in (pathlib.Path(place, name) for place in PLACES):
            if place.is_dir():
                link = folder("include") / name
                link.unlink(missing_ok=True)
                link.symlink_to(place)
    return None


def folder(name):
    path = ROOT / "build/musl-parts" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def rust_flags():
    return f"-C target-feature=-crt-static -C link-self-contained=no -L native={folder('lib')}"


def cpp_flags():
    return f"-idirafter {folder('include')}"


def static(libdir, build, profile):
    """Variables of make for static programs."""
    unwinder = pathlib.Path(libdir, "self-contained", "libunwind.a")
    return [f"B={build}", f"LINK=target/{TRIPLE}/{profile}/libsock.a {unwinder} -static -pthread"]

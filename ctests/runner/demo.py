"""Runs examples/demo, and proves that it detects a wrong echo, a missing echo and a failing program."""

import pathlib
import re
import sys
import tempfile

from .process import ROOT, run

# A server that prints what the real one prints, and answers each message with ANSWER.
SERVER = """#!{python}
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
print({greeting!r} % s.getsockname()[1], flush=True)
for _ in range({connections}):
    c, peer = s.accept()
    print({connected!r} % peer, flush=True)
    while data := c.recv(16):
        print("received '%s'" % data.decode(), flush=True)
        c.sendall(({answer})(data))
        if not {stays}:
            break
    c.close()
sys.exit({status})
"""

TUTORIAL = {"greeting": "listening on 127.0.0.1:%d", "connected": "connection from %s:%d", "connections": 3}
DOCUMENTATION = {"greeting": "Listening on port %d", "connected": "Connected by %s:%d", "connections": 1}

# case: (replaced program, its kind, answer, whether it answers repeatedly, exit status, expected words)
CASES = {
    "a correct server": ("echo_server", TUTORIAL, "lambda data: data", True, 0, None),
    "a wrong echo": ("echo_server", TUTORIAL, "bytes.upper", True, 0, "this is not what was sent"),
    "an echo cut short": ("echo_server", TUTORIAL, "lambda data: data[1:]", False, 0, "echo_client ended with 1"),
    "no echo": ("echo_server", TUTORIAL, "lambda data: b''", True, 0, "timed out"),
    "a failing server": ("echo_server", TUTORIAL, "lambda data: data", True, 3, "echo_server ended with 3"),
    "a wrong echo in the documentation's example": ("doc_echo_server", DOCUMENTATION, "bytes.upper", True, 0, "HELLO"),
    "no echo in the documentation's example": ("doc_echo_server", DOCUMENTATION, "lambda data: b''", False, 0, "the echo has"),
}


def judge(tally, label, done):
    """Counts the scenes of a run that passed, and those skipped because the kernel lacks the family."""
    well = len(re.findall("^ok$", done.output, re.MULTILINE))
    if done.status == 0 and well:
        tally.ok(label, 1, f"{well} scenes, {done.seconds:.1f} s")
    else:
        tally.fail(label, done.how(), done.output)
    for name, why in re.findall("^skipped (.*?): (.*)$", done.output, re.MULTILINE):
        tally.skip(f"{label} {name}", why)


def demo_with(program, source, environment):
    """Runs the demo on a build in which one program is replaced."""
    with tempfile.TemporaryDirectory(prefix="sock-demo-") as place:
        programs = pathlib.Path(place) / "examples"
        programs.mkdir()
        for built in (ROOT / "build/examples").iterdir():
            if built.name != program:
                (programs / built.name).symlink_to(built)
        (programs / program).write_text(source)
        (programs / program).chmod(0o755)
        return run([ROOT / "examples/demo"], 120, {**environment, "SOCK_BUILD": place})


def prove(tally, environment):
    for case, (program, kind, answer, stays, status, words) in CASES.items():
        source = SERVER.format(python=sys.executable, answer=answer, stays=stays, status=status, **kind)
        done = demo_with(program, source, environment)
        if words is None:
            fine = done.status == 0
        else:
            fine = done.status == 1 and "FAILED: " in done.output and words in done.output
        tally.check(f"examples/demo judges {case}", fine, done.how(), done.output)
    # The demo also detects a client that accepts anything.
    done = demo_with("echo_client", "#!/bin/sh\nexit 0\n", environment)
    fine = done.status == 1 and "FAILED: the echo has" in done.output
    tally.check("examples/demo judges a silent client", fine, done.how(), done.output)

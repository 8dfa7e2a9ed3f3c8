"""Runs programs with a time limit, in their own process groups, and leaves no processes behind."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Done:
    """How a program ended: `status` is the exit status, negative for a signal, None for a timeout."""

    def __init__(self, status, output, seconds, pid):
        self.status = status
        self.output = output
        self.seconds = seconds
        self.pid = pid

    def how(self):
        if self.status is None:
            return f"did not end within {self.seconds:.0f} s"
        if self.status < 0:
            return f"was killed by {signal.Signals(-self.status).name}"
        return f"ended with {self.status}"


def run(command, timeout, env=None, cwd=ROOT):
    """Runs a command; returns standard output and error as one text."""
    command = [str(word) for word in command]
    start = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=timeout)
        status = process.returncode
    except subprocess.TimeoutExpired:
        status = None
    finally:
        # End the children that the program left, also when the runner itself is interrupted.
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    if status is None:
        output, _ = process.communicate()
    return Done(status, output.decode(errors="replace"), time.monotonic() - start, process.pid)


def found(program):
    """Whether a program is in PATH."""
    return shutil.which(program) is not None


def make(targets, timeout=1800, variables=()):
    """Builds targets with the Makefile; returns {target: error text} for those that failed."""
    words = [os.environ.get("MAKE", "make"), "--no-print-directory", *variables]
    env = {"MAKELEVEL": ""}
    if run([*words, "-k", f"-j{os.cpu_count()}", *targets], timeout, env).status == 0:
        return {}
    results = {target: run([*words, target], timeout, env) for target in targets}
    return {target: done.output for target, done in results.items() if done.status != 0}

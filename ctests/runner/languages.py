"""Other languages load include/sock.ffi.h unchanged; every pair runs an echo server and client."""

import os
import subprocess
import sys

from .process import ROOT, found, run

LANGUAGES = {
    "LuaJIT": (["luajit"], "lua"),
    "PHP": (["php", "-d", "ffi.enable=1"], "php"),
    "Python's cffi": (None, "py"),
}
SENT = "1480 bytes came back"


def python_with_cffi():
    """A Python with cffi: the first in PATH, the system's, or a virtual environment in build/."""
    own = ROOT / "build/cffi"
    candidates = ["python3", "/usr/bin/python3", str(own / "bin/python")]
    for python in candidates:
        if found(python) and run([python, "-c", "import cffi"], 60).status == 0:
            return [python]
    made = run([sys.executable, "-m", "venv", own], 120).status == 0
    if made and run([own / "bin/pip", "install", "--quiet", "cffi"], 300).status == 0:
        return [str(own / "bin/python")]
    return None


def ffi(tally, mode):
    ready = {}
    for language, (command, suffix) in LANGUAGES.items():
        what = f"sock.ffi.h in {language}"
        command = command or python_with_cffi()
        if not command or not found(command[0]):
            tally.skip(what, "not installed")
            continue
        done = run([*command, f"ctests/ffi/load.{suffix}"], 60, mode.environment())
        tally.check(what, done.status == 0, done.how(), done.output)
        if done.status == 0:
            ready[language] = [*command, f"ctests/ffi/echo.{suffix}"]
    for server, served in ready.items():
        for client, command in ready.items():
            fault = pair(served, command, mode.environment())
            tally.check(f"echo server in {server}, client in {client}", not fault, fault)


def pair(server, client, env):
    """Runs a server and a client; returns what went wrong, or an empty text."""
    process = subprocess.Popen(
        [*server, "server"],
        cwd=ROOT,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        address = process.stdout.readline().strip()
        done = run([*client, "client", address], 60, env)
        if done.status != 0 or SENT not in done.output:
            return f"the client {done.how()}: {done.output} (server at {address})"
        rest, _ = process.communicate(timeout=60)
        return f"the server ended with {process.returncode}: {rest}" if process.returncode != 0 else ""
    except subprocess.TimeoutExpired:
        return "the server did not end"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()

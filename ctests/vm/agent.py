"""The guest's half of machine.py: runs commands received over a virtio port, and returns the results.

A message is one line of JSON. The agent first sends a description of this kernel. Then it answers each
request {id, command, timeout, environment, directory} with {id, status, output, seconds, pid}.
"""

import json
import os
import socket
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from runner.process import Done, run  # noqa: E402
from vm import families  # noqa: E402

PORT = "libsock"
CONTROLLERS = ("hci0", "hci1")


def port():
    """Opens the device with the name that the host set."""
    for entry in Path("/sys/class/virtio-ports").iterdir():
        if (entry / "name").read_text().strip() == PORT:
            return open(f"/dev/{entry.name}", "r+b", buffering=0)
    raise SystemExit(f"there is no virtio port {PORT}")


def controllers(limit=10):
    """The Bluetooth controllers that appear within this many seconds."""
    there = []
    end = time.monotonic() + limit
    while len(there) < len(CONTROLLERS) and Path("/run/btvirt").exists() and time.monotonic() < end:
        time.sleep(0.1)
        there = [name for name in CONTROLLERS if Path("/sys/class/bluetooth", name).exists()]
    return there


def main():
    line = port()
    lock = threading.Lock()

    def send(message):
        with lock:
            data = json.dumps(message).encode() + b"\n"
            while data:
                data = data[line.write(data) :]

    def work(request):
        try:
            done = run(request["command"], request["timeout"], request["environment"], request["directory"])
        except OSError as error:  # cannot be started: 127, as in a shell
            done = Done(127, f"{error}\n", 0, 0)
        fields = ("status", "output", "seconds", "pid")
        send({"id": request["id"], **{field: getattr(done, field) for field in fields}})

    send(
        {
            "kernel": os.uname().release,
            "modules": [line.split()[0] for line in Path("/proc/modules").read_text().splitlines()],
            "interfaces": [name for _, name in socket.if_nameindex()],
            "controllers": controllers(),
            "answers": families.answers(),
        }
    )
    os.environ.clear()  # commands use the host's
    for request in line_by_line(line):
        threading.Thread(target=work, args=(json.loads(request),), daemon=True).start()


def line_by_line(file):
    """Yields lines until the host closes the port."""
    rest = b""
    while piece := file.read(65536):
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines


if __name__ == "__main__":
    main()

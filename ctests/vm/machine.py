"""A virtual machine that runs commands for the host: Debian's kernel, the host's files, no network.

    with Machine() as machine:
        done = machine.run(["uname", "-r"], 60)

The guest sees the host's file system, read-only below an overlay in memory: its changes are lost when it ends.
Commands run as root with the host's environment, and may run at the same time.
"""

import contextlib
import itertools
import json
import os
import platform
import queue
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from runner.process import ROOT, Done

from . import kernel, package

QEMU = "qemu-system-x86_64"
MEMORY = "1024"  # MiB
BOOT = 300  # limit in seconds until the agent answers; an idle machine takes about ten
GRACE = 60  # seconds in addition to a command's own limit
KERNEL_WORDS = (
    "console=ttyS0 loglevel=4 panic=-1 "
    # Turns off work that is slow on an emulated processor, and warnings about slowness.
    "mitigations=off cryptomgr.notests nowatchdog no_timer_check tsc=reliable random.trust_cpu=on"
)


class Lost(Exception):
    """The machine has ended or no longer answers; the text is the end of its console output."""


def virtualises():
    """Whether the processor supports virtualisation. /dev/kvm alone is no proof: some implementations do without
    the processor, and not every kernel starts on them."""
    flags = Path("/proc/cpuinfo").read_text().split()
    return os.access("/dev/kvm", os.W_OK) and ("vmx" in flags or "svm" in flags)


class Machine:
    def __enter__(self):
        if platform.machine() != "x86_64":
            raise package.Unavailable(f"the guest's processor is x86-64, this one is {platform.machine()}")
        package.require(QEMU, "qemu-system-x86")
        place = kernel.image()
        self.about = kernel.about(place)
        self.place = tempfile.TemporaryDirectory(prefix="sock-vm-")
        run_place = Path(self.place.name)
        self.console = run_place / "console"
        self.write_files(place, run_place)
        self.numbers = itertools.count(1)
        self.waiting = {}  # {number of a request: queue for its answer}
        self.ended = False
        self.lock = threading.Lock()
        first = self.expect(None)
        self.process = subprocess.Popen(
            self.command(place, run_place), stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        started = time.monotonic()
        threading.Thread(target=self.read, daemon=True).start()
        try:
            self.facts = self.answer(first, BOOT)
        except BaseException:
            self.__exit__()
            raise
        self.boot_seconds = time.monotonic() - started
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.place.cleanup()

    def write_files(self, place, run_place):
        """The kernel reads two archives in sequence: the cache's, then this run's."""
        own = kernel.Cpio()
        own.file("init", (Path(__file__).parent / "init").read_bytes())
        settings = {"python": sys.executable, "tree": str(ROOT), "host": platform.node()}
        own.file("settings", "".join(f"{key}={shlex.quote(value)}\n" for key, value in settings.items()).encode())
        (run_place / "initramfs").write_bytes((place / "base.cpio").read_bytes() + own.end())

    def command(self, place, run_place):
        # Five-level page tables and access checks only make an emulator slower.
        processor = ["-accel", "tcg,thread=multi", "-cpu", "max,la57=off,smep=off,smap=off,umip=off,pku=off"]
        if virtualises():
            processor[:0] = ["-accel", "kvm"]  # with tcg as the fallback if it cannot be opened
        return [
            # However this process ends, the machine must end with it.
            *("setpriv", "--pdeathsig", "KILL"),
            *(QEMU, "-M", "pc", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-nic", "none"),
            *(*processor, "-smp", str(min(2, os.cpu_count() or 1)), "-m", MEMORY),
            *("-kernel", place / "vmlinux", "-initrd", run_place / "initramfs", "-append", KERNEL_WORDS),
            *("-serial", f"file:{str(self.console).replace(',', ',,')}"),
            *("-fsdev", "local,id=host,path=/,security_model=none,multidevs=remap,readonly=on"),
            *("-device", "virtio-9p-pci,fsdev=host,mount_tag=host"),
            *("-chardev", "stdio,id=line,signal=off", "-device", "virtio-serial-pci"),
            *("-device", "virtserialport,chardev=line,name=libsock"),
        ]

    def read(self):
        """Passes each message to the thread that waits for it, and the machine's end to all."""
        for line in self.process.stdout:
            message = json.loads(line)
            with self.lock:
                place = self.waiting.pop(message.pop("id", None))
            place.put(message)
        with self.lock:
            self.ended = True
            for place in self.waiting.values():
                place.put(None)

    def expect(self, number):
        """Creates the queue for the answer to a request."""
        place = queue.Queue()
        with self.lock:
            self.waiting[number] = place
            if self.ended:
                place.put(None)
        return place

    def answer(self, place, seconds):
        try:
            message = place.get(timeout=seconds)
        except queue.Empty:
            message = None
        if message is None:
            text = self.console.read_text(errors="replace") if self.console.exists() else ""
            raise Lost("\n".join(text.splitlines()[-40:]) or "the console printed nothing")
        return message

    def run(self, command, timeout, env=None, cwd=ROOT):
        """Like runner.process.run, but in the guest."""
        number = next(self.numbers)
        request = {
            "id": number,
            "command": [str(word) for word in command],
            "timeout": timeout,
            "environment": {**os.environ, **(env or {})},
            "directory": str(cwd),
        }
        place = self.expect(number)
        with self.lock, contextlib.suppress(OSError):  # if the machine has ended, answer() raises Lost
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        return Done(**self.answer(place, timeout + GRACE))

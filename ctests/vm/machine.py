"""A virtual machine that runs commands for the host: Debian's kernel, the host's files, no network.

    with Machine() as machine:
        done = machine.run(["uname", "-r"], 60)

The guest sees every file of the host at its place, read-only below a layer of memory: what it writes is
gone at the end. Commands run as root with the host's environment, several at once if asked so.
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
BOOT = 300  # seconds until the agent answers; an idle machine takes about ten
GRACE = 60  # seconds behind a command's own limit
KERNEL_WORDS = (
    "console=ttyS0 loglevel=4 panic=-1 "
    # What takes an emulated processor long, or warns because it is slow.
    "mitigations=off cryptomgr.notests nowatchdog no_timer_check tsc=reliable random.trust_cpu=on"
)


class Lost(Exception):
    """The machine has ended, or answers no more; the text is what its console said last."""


def virtualises():
    """Whether the processor runs guests itself. A /dev/kvm alone says nothing: some do without the processor,
    and not every kernel starts there."""
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
        self.waiting = {}  # {number of a request: where its answer is put}
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
        """The kernel takes one archive behind the other: the cache's, and this run's."""
        own = kernel.Cpio()
        own.file("init", (Path(__file__).parent / "init").read_bytes())
        settings = {"python": sys.executable, "tree": str(ROOT), "host": platform.node()}
        own.file("settings", "".join(f"{key}={shlex.quote(value)}\n" for key, value in settings.items()).encode())
        (run_place / "initramfs").write_bytes((place / "base.cpio").read_bytes() + own.end())

    def command(self, place, run_place):
        # Five levels of page tables and the checks on each access only cost an emulator time.
        processor = ["-accel", "tcg,thread=multi", "-cpu", "max,la57=off,smep=off,smap=off,umip=off,pku=off"]
        if virtualises():
            processor[:0] = ["-accel", "kvm"]  # and the other where it cannot be opened
        return [
            # However this process ends: a machine that nobody talks to must not go on.
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
        """Hands each message to who waits for it, and the machine's end to everybody."""
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
        """A place for the answer to a request."""
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
            raise Lost("\n".join(text.splitlines()[-40:]) or "the machine never said anything")
        return message

    def run(self, command, timeout, env=None, cwd=ROOT):
        """As runner.process.run, in the guest."""
        number = next(self.numbers)
        request = {
            "id": number,
            "command": [str(word) for word in command],
            "timeout": timeout,
            "environment": {**os.environ, **(env or {})},
            "directory": str(cwd),
        }
        place = self.expect(number)
        with self.lock, contextlib.suppress(OSError):  # a machine that has ended: answer() tells
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        return Done(**self.answer(place, timeout + GRACE))

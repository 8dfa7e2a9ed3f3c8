"""The kernel image and initial file system of the guest, made from Debian packages and cached.

The cache is a directory: `vmlinux`; `base.cpio` with busybox, btvirt and the modules, in the order in which
they are loaded; `about.json`. Once it is filled, this module uses neither apt nor the network.
"""

import contextlib
import fcntl
import gzip
import hashlib
import json
import lzma
import os
import re
import struct
from pathlib import Path

from . import families, package

KERNEL = "linux-image-amd64"
BUSYBOX = "busybox-static"
BLUETOOTH = "bluez-test-tools"  # btvirt, the virtual Bluetooth controllers
# Directories in the kernel package with the modules of families.py and their dependencies.
PLACES = ("net", "crypto", "lib", "fs", "arch/x86/crypto", "drivers/virtio", "drivers/char", "drivers/net",
          "drivers/bluetooth", "drivers/crypto", "drivers/infiniband", "drivers/vhost", "drivers/block")  # fmt: skip
MODULE = re.compile(r"(?:.*/)?kernel/(.*)/([^/]+)\.ko(?:\.xz)?")


def cache():
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "libsock" / "vm"


def image():
    """Returns the cache directory. Fills it first if needed, while other processes wait."""
    place = cache()
    place.mkdir(parents=True, exist_ok=True)
    with open(place / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        facts = about(place)
        if facts.get("made_by") != recipe() or facts["bluetooth"]:
            build(place)
    return place


def about(place):
    with contextlib.suppress(OSError, ValueError):
        return json.loads((place / "about.json").read_text())
    return {}


def recipe():
    """A hash of everything on which the cache depends; a change rebuilds the cache."""
    text = Path(__file__).read_text() + " ".join(families.modules())
    return hashlib.sha256(text.encode()).hexdigest()


def build(place):
    (place / "about.json").unlink(missing_ok=True)
    debs = {name: deb(name, place) for name in (KERNEL, BUSYBOX)}
    files = package.contents(debs[KERNEL], of_use)
    (place / "vmlinux").write_bytes(unpacked(take(files, "boot/vmlinuz-")))
    built_in = {module_name(line) for line in take(files, "/modules.builtin").decode().split()}
    available = {module_name(path): plain(path, data) for path, data in files.items()}

    base = Cpio()
    for folder in ("bin", "dev", "proc", "sys", "host", "memory", "merged", "modules"):
        base.directory(folder)
    base.file("bin/busybox", only(package.contents(debs[BUSYBOX], lambda path: path.endswith("bin/busybox"))))
    order = in_order(families.modules(), available)
    absent = [name for name in families.modules() if name not in {*order, *built_in}]
    for number, name in enumerate(order):
        base.file(f"modules/{number:03}-{name}.ko", available[name])
    bluetooth = None
    try:
        base.file("btvirt", only(package.contents(deb(BLUETOOTH, place), lambda path: path.endswith("bin/btvirt"))))
    except package.Unavailable as why:
        bluetooth = str(why)
    (place / "base.cpio").write_bytes(base.end())
    facts = {"made_by": recipe(), "modules": order, "absent": absent, "bluetooth": bluetooth}
    (place / "about.json").write_text(json.dumps(facts, indent=1))


def deb(name, place):
    """A package from the cache, else from apt, so that a rebuild needs no network."""
    kept = sorted(place.glob(f"{name.removesuffix('-amd64')}*.deb"))
    return kept[-1] if kept else package.download(package.depends(name) if name == KERNEL else name, place)


def of_use(path):
    module = MODULE.fullmatch(path)
    return module[1].startswith(PLACES) if module else "boot/vmlinuz-" in path or path.endswith("/modules.builtin")


def module_name(path):
    """The name as the kernel writes it: - and _ are equal."""
    return MODULE.fullmatch(path)[2].replace("-", "_")


def take(files, words):
    """Removes and returns the file whose path contains these words."""
    path = next((path for path in files if words in path), None)
    if not path:
        raise package.Unavailable(f"the kernel package does not contain {words}")
    return files.pop(path)


def only(files):
    if len(files) != 1:
        raise package.Unavailable(f"expected one file in the package, found {sorted(files)}")
    return next(iter(files.values()))


def plain(path, data):
    return lzma.decompress(data) if path.endswith(".xz") else data


def in_order(names, available):
    """The available modules, each after its dependencies."""
    aliases = {alias: name for name, module in available.items() for alias in said(module, "alias")}
    order = []

    def add(name):
        name = name.replace("-", "_")
        name = name if name in available else aliases.get(name)
        if name and name not in order:
            module = available[name]
            for needed in [*said(module, "depends"), *said(module, "softdep=pre:")]:
                add(needed)
            order.append(name)

    for name in names:
        add(name)
    return order


def said(module, key):
    """Values of a key in the module's .modinfo section: `key=word,word`. A softdep names modules that must be
    loaded first although no symbol requires them."""
    key = key if "=" in key else f"{key}="
    texts = re.findall(rb"\0" + re.escape(key.encode()) + rb"([^\0]*)(?=\0)", module)
    return [word for text in texts for word in re.split("[ ,]+", text.decode(errors="replace")) if word]


def unpacked(bzimage):
    """The ELF kernel in a bzImage, which qemu can start directly: an emulated processor would take seconds to
    unpack it. The header contains its offset (the kernel's Documentation/arch/x86/boot.rst)."""
    sectors = bzimage[0x1F1] or 4
    offset, length = struct.unpack_from("<II", bzimage, 0x248)
    payload = bzimage[(sectors + 1) * 512 + offset :][: length - 4]  # the last 4 bytes are the size
    for unpack in (lzma.decompress, gzip.decompress):
        with contextlib.suppress(lzma.LZMAError, OSError, EOFError):
            kernel = unpack(payload)
            if kernel.startswith(b"\x7fELF"):
                return kernel
    return bzimage  # another compression: the kernel unpacks itself


class Cpio:
    """An archive that the kernel reads, in "newc" format (Documentation/driver-api/early-userspace)."""

    def __init__(self):
        self.data = bytearray()
        self.count = 0

    def entry(self, name, mode, content=b""):
        self.count += 1
        numbers = (self.count, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        self.data += b"070701" + "".join(f"{number:08X}" for number in numbers).encode()
        self.data += name.encode() + b"\0"
        self.pad()
        self.data += content
        self.pad()

    def pad(self):
        self.data += bytes(-len(self.data) % 4)

    def directory(self, name):
        self.entry(name, 0o040755)

    def file(self, name, content):
        self.entry(name, 0o100755, content)

    def end(self):
        self.entry("TRAILER!!!", 0)
        return bytes(self.data)

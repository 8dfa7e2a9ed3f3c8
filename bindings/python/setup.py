"""Builds the extension and the library under it. Static metadata is in pyproject.toml.

In libsock's own tree, and in a source distribution, cargo builds the library and the package includes it. Elsewhere, or
with LIBSOCK_SYSTEM=1, the extension uses the installed library that pkg-config finds. Honours CARGO, PKG_CONFIG, CC,
CFLAGS and LDFLAGS.
"""

import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

from setuptools import Extension, __version__, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

HERE = pathlib.Path(__file__).resolve().parent
# A source distribution carries the library's sources in this folder.
CARRIED = HERE / "library"
ROOT = CARRIED.resolve() if CARRIED.is_dir() else HERE.parents[1]
CARGO = os.environ.get("CARGO", "cargo")
PKG_CONFIG = os.environ.get("PKG_CONFIG", "pkg-config")
# The run-time name has the ABI number, not the version.
SONAME = "libsock.so.0"

# Without build isolation nothing checks pyproject.toml, and older versions install an empty package.
if int(__version__.split(".")[0]) < 61:
    raise SystemExit(f"libsock needs setuptools 61 or newer, not {__version__}")


def output(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, universal_newlines=True, **options).stdout


def in_tree():
    """Whether the library's sources surround the binding and cargo can build them."""
    manifest = ROOT / "Cargo.toml"
    ours = manifest.is_file() and 'name = "libsock"' in manifest.read_text()
    return ours and shutil.which(CARGO) is not None and os.environ.get("LIBSOCK_SYSTEM", "0") in ("", "0")


def built_library():
    """Builds libsock.so in release mode and returns its path."""
    # As the Makefile does, so that neither builds again what the other has built. The linker sets symbol versions.
    build = [CARGO, "rustc", "--release", "--locked", "--lib"]
    if sys.platform == "linux":
        build += ["--", "-C", f"linker={ROOT / 'abi/versioned-cc'}"]
    compiler = {"SOCK_CC": os.environ["CC"]} if " " not in os.environ.get("CC", " ") else {}
    subprocess.run(build, check=True, cwd=ROOT, env={**os.environ, **compiler})
    metadata = json.loads(output(CARGO, "metadata", "--format-version", "1", "--no-deps", "--locked", cwd=ROOT))
    return pathlib.Path(metadata["target_directory"]) / "release" / "libsock.so"


class Build(build_ext):
    def build_extension(self, extension):
        # An earlier build may have linked the other library.
        self.force = True
        packed = pathlib.Path(self.get_ext_fullpath(extension.name)).parent / SONAME
        if in_tree():
            self.link_packed(extension, built_library(), packed)
        else:
            self.link_installed(extension, packed)
        super().build_extension(extension)

    def link_packed(self, extension, library, packed):
        extension.include_dirs.append(str(ROOT / "include"))
        extension.extra_objects.append(str(library))
        # First in the linker's command, and so in the run path: Python's own flags may name a folder with another libsock.
        self.compiler.linker_so.insert(1, "-Wl,--enable-new-dtags,-rpath,$ORIGIN")
        packed.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(library), str(packed))

    def link_installed(self, extension, packed):
        try:
            extension.extra_compile_args += shlex.split(output(PKG_CONFIG, "--cflags", "sock"))
            extension.extra_link_args += shlex.split(output(PKG_CONFIG, "--libs", "sock"))
        except (OSError, subprocess.CalledProcessError):
            raise SystemExit("libsock not found: no source tree to build with cargo, and pkg-config does not find `sock`")
        # The library of an earlier build in the tree would be packed and, with a run path, preferred.
        for stale in {packed, pathlib.Path(self.build_lib, *extension.name.split(".")[:-1], SONAME)}:
            if stale.exists():
                stale.unlink()


class SourceDistribution(sdist):
    """Adds what the library is built from, with its crates if the tree has them (that of `make dist` does)."""

    CARRIES = ["Cargo.toml", "Cargo.lock", "build.rs", "cbindgen.toml", "src", "include", "README.md", "CHANGELOG.md",
               "abi/versioned-cc", "abi/versions.awk", "ctests/symbols.txt", "vendor", ".cargo"]

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        licences = sorted(path.name for path in ROOT.glob("LICENSE*"))
        for name in [*self.CARRIES, *licences]:
            source, place = ROOT / name, pathlib.Path(base_dir, "library", name)
            place.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(str(source), str(place))
            elif source.exists():
                shutil.copy2(str(source), str(place))
        # Beside setup.py, setuptools packs them into wheels, whose library has crates under these licences.
        for name in licences:
            shutil.copy2(str(ROOT / name), base_dir)


setup(
    ext_modules=[
        Extension(
            "libsock._socket",
            sources=sorted(str(path.relative_to(HERE)) for path in (HERE / "ext").glob("*.c")),
            depends=["ext/binding.h"],
            define_macros=[("_GNU_SOURCE", None)],
            extra_compile_args=["-std=c11", "-fvisibility=hidden"],
        )
    ],
    cmdclass={"build_ext": Build, "sdist": SourceDistribution},
)

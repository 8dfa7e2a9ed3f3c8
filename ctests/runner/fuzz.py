"""The fuzz targets: over the corpus in the tree with any toolchain, then under libFuzzer with a nightly one."""

import os
import pathlib
import tempfile
from importlib.machinery import SourceFileLoader

from .cargo import cargo, has
from .process import ROOT, run

SECONDS = int(os.environ.get("FUZZ_SECONDS", "30"))
MANIFEST = ROOT / "fuzz/Cargo.toml"
CORPUS = ROOT / "fuzz/corpus"
# Finds nothing but the fault that is planted in it.
PLANTED = "planted"


def replay(files):
    """Every input of each file, through the target that the file is named after."""
    args = ["run", "--locked", "--quiet", "--release", "--manifest-path", MANIFEST, "--example", "replay"]
    return cargo(*args, "--", *files)


def replayed(tally):
    with tempfile.TemporaryDirectory(prefix="sock-fuzz-") as place:
        fault = pathlib.Path(place, f"{PLANTED}.hex")
        fault.write_text(b"FAULT".hex() + "\n")
        done = replay([fault])
        found = done.status == 1 and "finding" in done.output
        tally.check("fuzz proves itself: a finding in a corpus is seen", found, done.how(), done.output)
    files = sorted(CORPUS.glob("*.hex"))
    missing = set(targets()) - {path.stem for path in files} - {PLANTED}
    tally.check("every fuzz target has a corpus", not missing, f"missing: {', '.join(sorted(missing))}")
    done = replay(files)
    for line in done.output.splitlines():
        if line.startswith(("ok ", "not ok ")):
            what, remark = line.split(": ", 1)
            name = f"corpus of {pathlib.Path(what.split()[-1]).stem}, {remark}"
            tally.check(name, line.startswith("ok "), remark, done.output)
    tally.check("the corpora were replayed", done.status == 0, done.how(), done.output)


def targets():
    return sorted(path.stem for path in (ROOT / "fuzz/fuzz_targets").glob("*.rs"))


def unpack(name):
    """The corpus of a target as the files that libFuzzer wants."""
    place = ROOT / "build/fuzz/corpus" / name
    SourceFileLoader("pack", str(ROOT / "fuzz/pack")).load_module().unpack(name, place)
    return place


def fuzzed(name, seconds):
    """One target under libFuzzer; what it finds new goes to build/fuzz, not into the tree."""
    new = ROOT / "build/fuzz/new" / name
    new.mkdir(parents=True, exist_ok=True)
    known = [] if name == PLANTED else [unpack(name)]
    args = ["fuzz", "run", name, new, *known, "--", f"-max_total_time={seconds}", "-timeout=25"]
    return cargo(*args, toolchain="nightly", timeout=seconds + 1800)


def suite(tally, only=""):
    replayed(tally)
    if not has("fuzz", "--version", toolchain="nightly"):
        return tally.skip("fuzz under libFuzzer", "no nightly toolchain with cargo-fuzz")
    done = fuzzed(PLANTED, 120)
    found = done.status not in (0, None) and "the planted fault" in done.output
    tally.check("fuzz proves itself: libFuzzer finds the planted fault", found, done.how(), done.output)
    for name in targets():
        if name != PLANTED and only in name:
            done = fuzzed(name, SECONDS)
            tally.check(f"fuzz {name}, {SECONDS} s", done.status == 0, done.how(), done.output)
    return None


def coverage(tally):
    """How much of the pure code the corpora reach: llvm-cov's report, a line for each file. Shows figures."""
    sysroot = pathlib.Path(run(["rustc", "+nightly", "--print", "sysroot"], 60).output.strip())
    tools = list(sysroot.glob("lib/rustlib/*/bin/llvm-cov"))
    if not tools:
        return tally.skip("coverage of the corpora", "no nightly toolchain with llvm-tools")
    bin_dir, target = tools[0].parent, ROOT / "build/coverage"
    args = ["build", "--locked", "--manifest-path", MANIFEST, "--example", "replay", "--target-dir", target]
    done = cargo(*args, toolchain="nightly", env={"RUSTFLAGS": "-Cinstrument-coverage"})
    if done.status == 0:
        program, profile = target / "debug/examples/replay", target / "replay.profraw"
        done = run([program, *sorted(CORPUS.glob("*.hex"))], 600, {"LLVM_PROFILE_FILE": str(profile)})
    if done.status == 0:
        done = run([bin_dir / "llvm-profdata", "merge", "-sparse", profile, "-o", target / "replay.profdata"], 600)
    if done.status == 0:
        others = r"fuzz/src/[a-z_]*[.]rs|fuzz/examples|rustc|cargo/registry"
        options = [f"-instr-profile={target}/replay.profdata", f"--ignore-filename-regex={others}"]
        done = run([bin_dir / "llvm-cov", "report", program, *options], 600)
    tally.check("coverage of the corpora", done.status == 0, done.how(), done.output)
    for line in done.output.splitlines():
        fields = line.split()
        if len(fields) > 9 and fields[3].endswith("%"):
            tally.show(f"{fields[0].split('src/net/')[-1]:40} {fields[3]:>8} of regions, {fields[9]:>8} of lines")
    return None

"""Tests the C# binding under mono, and on .NET Core's runtime, which PyPI has: Debian has no .NET."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

from .process import ROOT, found, make, run

BINDING = ROOT / "bindings/csharp"
BUILD = ROOT / "build/csharp"
FLAGS = ["-nologo", "-langversion:latest", "-unsafe", "-warnaserror", "-optimize", "-debug"]
MONO = ["-r:Mono.Posix", "-define:MONO"]
POSIX = "/usr/lib/mono/4.5/Mono.Posix.dll"
CLASSES = ["Behaviour", "Values", "Batches", "Pollers", "Waits", "Races", "Programs", "Streams",
           "Leaks"]
# Why a test is skipped that `attempts` runs.
APART = "needs its own /etc/hosts: the runner makes one"
LINE = re.compile(r"^(PASS|FAIL|SKIP) (\w+(?: \(task\))?)(?:: (.*))?$", re.MULTILINE)
FIGURE = re.compile(r"^(?:https?|\d+ waiting Tasks): .*$", re.MULTILINE)
NAMESPACE = 'mount --make-rprivate / && mount --bind "$LIBSOCK_HOSTS" /etc/hosts && exec "$0" "$@"'
EXAMPLES = (
    ("EchoServer", ["0", "1"], "EchoClient", r"received 'This is the mess'\n", r"127\.0\.0\.1: 'This is the mess'\n"),
    ("DocEchoServer", ["0"], "DocEchoClient", r"Received 'Hello, world'\n", r"Connected by 127\.0\.0\.1:\d+\n"),
    ("DocDualServer", ["0"], "DocDualClient", r": connected\nReceived 'Hello, world'\n", r"Connected by "),
)


def environment(**more):
    return {"LD_LIBRARY_PATH": str(ROOT / "build/lib"), "MONO_PATH": str(BUILD), **more}


def mono(program, *words, limit=300, **more):
    return run(["mono", "--debug", program, *words], limit, environment(**more))


def compiled(tally, out, sources, words=MONO):
    """Compiles a program without a warning; returns whether it succeeded."""
    done = run(["mcs", *FLAGS, f"-r:{out.parent / 'Libsock.dll'}", *words, f"-out:{out}", *sources], 300)
    return tally.check(f"mcs -warnaserror: {out.name}", done.status == 0, done.how(), done.output)


def built(tally):
    """Builds library, binding and tests; returns whether all succeeded."""
    if not found("mcs") or not found("mono") or not os.path.exists(POSIX):
        tally.skip("the C# binding", "mono-mcs, mono-runtime or libmono-posix4.0-cil is not installed")
        return False
    broken = make(["all"])
    if broken:
        tally.fail("the library", "does not build", broken["all"])
        return False
    shutil.rmtree(BUILD, ignore_errors=True)
    done = run(["make", "--no-print-directory", "-C", BINDING, f"BUILD={BUILD}"], 300, {"MAKELEVEL": ""})
    fine = tally.check("mcs -warnaserror: Libsock.dll", done.status == 0, done.how(), done.output)
    return fine and compiled(tally, BUILD / "Tests.exe", sorted((BINDING / "tests").glob("*.cs")))


def report(tally, what, done):
    """Reports each test of a run."""
    results = LINE.findall(done.output)
    passed = sum(verdict == "PASS" for verdict, _, _ in results)
    if passed:
        tally.ok(what, passed, f"{passed} tests, {done.seconds:.1f} s")
    for verdict, name, why in results:
        if verdict == "SKIP" and why != APART:
            tally.skip(f"{what} {name}", why)
        elif verdict == "FAIL":
            tally.fail(f"{what} {name}", why, done.output)
    if done.status != 0 and not any(verdict == "FAIL" for verdict, _, _ in results):
        tally.fail(what, done.how(), done.output)
    elif done.status == 0 and not results:
        tally.fail(what, "ran no test", done.output)
    for line in FIGURE.findall(done.output):
        tally.show(line)


def tests(tally, cycles=2000):
    """Runs everything; `cycles` is how often the leak test runs each operation."""
    if not built(tally):
        return
    more = certificate()
    minutes = 60 if cycles > 2000 else 5
    for name in CLASSES:
        done = mono(BUILD / "Tests.exe", name, limit=60 * minutes + 60, LIBSOCK_CYCLES=str(cycles),
                    LIBSOCK_MINUTES=str(minutes), **more)
        report(tally, f"csharp {name}", done)
    attempts(tally)
    examples(tally)
    readme(tally)


def certificate():
    """A key for TLS with localhost, in the form that mono reads; no variable without openssl."""
    key, file, store = (BUILD / name for name in ("key.pem", "cert.pem", "keys.p12"))
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "100"]
    pack = ["pkcs12", "-export", "-passout", "pass:changeit", "-macalg", "sha1"]
    pack += ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"]
    if not found("openssl"):
        return {}
    for words in ([*request, "-keyout", key, "-out", file], [*pack, "-inkey", key, "-in", file, "-out", store]):
        if run(["openssl", *words], 60).status != 0:
            return {}
    return {"LIBSOCK_CERTIFICATE": str(store)}


def attempts(tally):
    """connect_attempts in a namespace whose /etc/hosts says that two.test has two addresses."""
    what = "csharp ConnectAttempts in a namespace"
    with tempfile.TemporaryDirectory(prefix="sock-csharp-") as place:
        hosts = os.path.join(place, "hosts")
        with open(hosts, "w", encoding="ascii") as file:
            file.write("127.0.0.2 two.test\n127.0.0.3 two.test\n")
        flags = ["-m"] if os.getuid() == 0 else ["-mUr"]
        program = [shutil.which("mono"), "--debug", BUILD / "Tests.exe", "Behaviour", "ConnectAttempts"]
        command = ["unshare", *flags, "/bin/sh", "-c", NAMESPACE, *program]
        done = run(command, 120, environment(LIBSOCK_HOSTS=hosts))
        if not LINE.search(done.output):
            return tally.skip(what, f"no /etc/hosts of our own here: {done.output.strip()[:200]}")
        return report(tally, what, done)


def examples(tally):
    """Runs every server of the examples for one connection, with its client."""
    sources = sorted((BINDING / "examples").glob("*.cs"))
    if not all([compiled(tally, BUILD / f"{source.stem}.exe", [source]) for source in sources]):
        return
    for server, arguments, client, said, served in EXAMPLES:
        command = ["mono", str(BUILD / f"{server}.exe"), *arguments]
        env = {**os.environ, **environment()}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env) as process:
            try:
                port = re.search(r"port (\d+)", process.stdout.readline())
                done = mono(BUILD / f"{client}.exe", port[1] if port else "0", limit=60)
                rest, _ = process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                rest = "did not end"
            finally:
                process.kill()
        fine = process.returncode == 0 and re.search(said, done.output) and re.search(served, rest)
        tally.check(f"csharp examples: {server} and {client}", fine, "print something else", done.output + rest)


def readme(tally):
    """The README's programs print what it says."""
    text = (BINDING / "README.md").read_text()
    programs = re.findall(r"```csharp\n(.*?)```\n+```text\n(.*?)```", text, re.DOTALL)
    tally.check("csharp README has programs", bool(programs))
    for number, (program, output) in enumerate(programs):
        source = BUILD / f"Readme{number}.cs"
        source.write_text(program)
        if compiled(tally, source.with_suffix(".exe"), [source]):
            done = mono(source.with_suffix(".exe"), limit=60)
            what = f"csharp README's program {number + 1}"
            tally.check(what, done.status == 0 and done.output == output, "prints a different text", done.output)


# --- .NET Core --------------------------------------------------------------------------------------

# Streams without TLS: .NET Core 3.1 needs OpenSSL 1.1, which Debian no longer has.
DOTNET = [*([name] for name in CLASSES if name != "Streams"), ["Streams", "Http"], ["Streams", "Stream"]]
RUNTIME = '{"runtimeOptions": {"framework": {"name": "Microsoft.NETCore.App", "version": "3.1.0"}}}'


def dotnet(tally):
    """The tests on .NET Core's runtime, compiled by mcs with its class library; the package, by an SDK."""
    if not built(tally):
        return
    sdk(tally)
    runtime = fetched(tally)
    if runtime is None:
        return
    place = BUILD / "dotnet"
    place.mkdir()
    library, = runtime.glob("shared/Microsoft.NETCore.App/*/")
    words = ["-noconfig", "-nostdlib", "-nowarn:1573,1702", "-define:NETSTANDARD2_1"]
    words += [f"-r:{file}" for pattern in ("System*.dll", "netstandard.dll", "Microsoft.Win32.Primitives.dll")
              for file in sorted(library.glob(pattern)) if "WindowsRuntime" not in file.name]
    done = run(["mcs", *FLAGS, *words, "-target:library", f"-out:{place / 'Libsock.dll'}",
                *sorted((BUILD / "Libsock").glob("*.cs"))], 300)
    if not tally.check("mcs -warnaserror with .NET Core's library", done.status == 0, done.how(), done.output):
        return
    if not compiled(tally, place / "Tests.dll", sorted((BINDING / "tests").glob("*.cs")), [*words, "-target:exe"]):
        return
    (place / "Tests.runtimeconfig.json").write_text(RUNTIME)
    for words in DOTNET:
        done = run([runtime / "dotnet", place / "Tests.dll", *words], 360,
                   environment(DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="1"))
        report(tally, f".NET Core {' '.join(words)}", done)


def fetched(tally):
    """.NET Core's runtime; or None where PyPI cannot be reached."""
    place = ROOT / "build/dotnet"
    if not (place / "dotnetcore2/bin").exists():
        done = run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary",
                    ":all:", "--dest", place, "-r", BINDING / "tests/dotnet.txt"], 600)
        if done.status != 0:
            tally.skip("the C# binding on .NET Core", f"its runtime cannot be fetched: {done.output.strip()[-200:]}")
            return None
        for wheel in place.glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(place)
    program = place / "dotnetcore2/bin/dotnet"
    program.chmod(0o755)
    return program.parent


def sdk(tally):
    """With a .NET SDK: the package, whose nullable annotations only its compiler checks."""
    if not found("dotnet"):
        return tally.skip("dotnet pack", "no .NET SDK: the nullable annotations are not checked")
    with tempfile.TemporaryDirectory(prefix="sock-csharp-") as place:
        shutil.copytree(BINDING / "Libsock", place, dirs_exist_ok=True)
        # Without the registry of packages there is no library of .NET Standard 2.0.
        done = run(["dotnet", "pack", "-nodeReuse:false", "-p:TargetFrameworks=netstandard2.1"], 600, cwd=place)
    return tally.check("dotnet pack: no warning", done.status == 0, done.how(), done.output)


def bench(tally):
    """Prints the results for libsock and System.Net.Sockets."""
    if built(tally):
        done = mono(BUILD / "Tests.exe", "Bench", limit=1800)
        tally.check("bench", done.status == 0, done.how(), done.output)
        tally.show(done.output)

"""Tests the Java binding by plain javac and java, so that it needs only a JDK; in the long form by Maven too."""

import os
import pathlib
import platform
import re
import shutil
import subprocess
import tempfile

from .process import ROOT, found, make, run
from .verdicts import attempts, report

BINDING = ROOT / "bindings/java"
MAIN = BINDING / "src/main/java"
TESTS = BINDING / "src/test/java"
BUILD = ROOT / "build/java"
OLDEST = 22
LINT = ("--release", str(OLDEST), "-encoding", "UTF-8", "-Xlint:all", "-Werror")
# What the tests run over libsock; the binding itself needs java.base only.
JDK = "java.net.http,jdk.httpserver"
CLASSES = ["BehaviourTest", "BatchTest", "PollerTest", "ThreadTest", "JdkTest", "LeakTest"]
# A heap that is resident from the start: what the process grows by is not Java's.
HEAP = {"LeakTest": ["-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", "-XX:ReservedCodeCacheSize=48m"]}
PROVIDER = "-Djava.nio.channels.spi.SelectorProvider=libsock.SockSelectorProvider"
EXAMPLES = (
    ("EchoServer", ["0", "1"], "EchoClient", r"received 'This is the mess'\n", r"127\.0\.0\.1: 'This is the mess'\n"),
    ("DocEchoServer", ["0"], "DocEchoClient", r"Received 'Hello, world'\n", r"Connected by 127\.0\.0\.1:\d+\n"),
    ("DocDualServer", ["0"], "DocDualClient", r": connected\nReceived 'Hello, world'\n", r"Connected by "),
)


def version(home):
    """The major version of a JDK, or 0."""
    if not (home / "bin/javac").exists():
        return 0
    match = re.search(r"^javac (\d+)", run([home / "bin/javac", "-version"], 60).output, re.MULTILINE)
    return int(match[1]) if match else 0


def jdk():
    """The home of the JDK that JAVA_HOME, PATH or the usual directory has, the first that is new enough, or None."""
    homes = [pathlib.Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    if found("javac"):
        homes.append(pathlib.Path(shutil.which("javac")).resolve().parents[1])
    homes += sorted(pathlib.Path("/usr/lib/jvm").glob("*"))
    return next((home for home in homes if version(home) >= OLDEST), None)


class Java:
    """A JDK, and the directories of what it compiles."""

    def __init__(self, home):
        self.home = home

    def tool(self, name, words, limit=300, env=None, cwd=BINDING):
        env = {"LD_LIBRARY_PATH": str(ROOT / "build/lib"), **(env or {})}
        return run([self.home / "bin" / name, *words], limit, env, cwd)

    def words(self, main, options=()):
        """The options of java for a class of the tests."""
        return [
            "--enable-native-access=libsock",
            *("--add-modules", f"{JDK},jdk.unsupported", "--add-reads", f"libsock={JDK}"),
            *("--module-path", BUILD / "main", "--patch-module", f"libsock={BUILD / 'test'}"),
            *options,
            *("-m", f"libsock/libsock.{main}"),
        ]

    def compile(self, tally):
        """Compiles binding, tests and examples without a warning; returns whether all succeeded."""
        shutil.rmtree(BUILD, ignore_errors=True)
        parts = (
            ("main", MAIN, []),
            (
                "test",
                TESTS,
                ["--module-path", BUILD / "main", "--patch-module", f"libsock={TESTS}"]
                + ["--add-modules", JDK, "--add-reads", f"libsock={JDK}"],
            ),
            ("examples", BINDING / "examples", ["--module-path", BUILD / "main", "--add-modules", "libsock"]),
        )
        for name, sources, options in parts:
            files = sorted(sources.rglob("*.java"))
            done = self.tool("javac", [*LINT, *options, "-d", BUILD / name, *files])
            tally.check(f"javac -Xlint:all -Werror: {name}", done.status == 0, done.how(), done.output)
            if done.status != 0:
                return False
        return True


def tests(tally, cycles=2000, maven=False):
    """Runs everything; `cycles` is how often the leak test runs each operation."""
    home = jdk()
    if home is None:
        return tally.skip("the Java binding", f"no JDK {OLDEST} or newer in JAVA_HOME, PATH or /usr/lib/jvm")
    broken = make(["all"])
    if broken:
        return tally.fail("the library", "does not build", broken["all"])
    java = Java(home)
    if not java.compile(tally):
        return None
    documentation(tally, java)
    store = keystore(java)
    for name in CLASSES:
        options = [PROVIDER, f"-Dlibsock.keystore={store}", f"-Dlibsock.cycles={cycles}", *HEAP.get(name, ["-Xmx512m"])]
        minutes = 60 if cycles > 2000 else 5
        done = java.tool("java", [*java.words("Tests", [*options, f"-Dlibsock.minutes={minutes}"]), name], 130 * minutes)
        report(tally, f"java {name}", done)
        for line in re.findall(r"^10,000 virtual threads: .*$", done.output, re.MULTILINE):
            tally.show(line)
    program = [java.home / "bin/java", *java.words("Tests"), "BehaviourTest", "connectAttempts"]
    attempts(tally, "java connectAttempts in a namespace", program, {"LD_LIBRARY_PATH": str(ROOT / "build/lib")})
    examples(tally, java)
    packed(tally, java)
    if maven:
        by_maven(tally, java)
    return None


def documentation(tally, java):
    """The documentation comments: no broken reference, no bad markup."""
    words = ["-quiet", "-Xdoclint:all,-missing", "-Werror", "--release", str(OLDEST), "-d", BUILD / "javadoc"]
    done = java.tool("javadoc", [*words, *sorted(MAIN.rglob("*.java"))])
    tally.check("javadoc", done.status == 0, done.how(), done.output)


def keystore(java):
    """A key for TLS with localhost; returns its file."""
    store = BUILD / "keys.p12"
    subject = ("-alias", "localhost", "-dname", "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1")
    java.tool("keytool", ["-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", *subject, "-keystore", store, "-storepass", "changeit"])
    return store


# Examples and packages --------------------------------------------------------------------------------


def examples(tally, java):
    """Runs every server of the examples for one connection, with its client; and the README's programs."""
    words = ["--enable-native-access=libsock", "--module-path", BUILD / "main", "--add-modules", "libsock"]
    for server, arguments, client, said, served in EXAMPLES:
        command = [java.home / "bin/java", *words, "-cp", BUILD / "examples", server, *arguments]
        env = {**os.environ, "LD_LIBRARY_PATH": str(ROOT / "build/lib")}
        with subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
        ) as process:
            try:
                port = re.search(r"port (\d+)", process.stdout.readline())
                done = java.tool("java", [*words, "-cp", BUILD / "examples", client, port[1] if port else "0"], 60)
                rest, _ = process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                rest = "did not end"
            finally:
                process.kill()
        fine = process.returncode == 0 and re.search(said, done.output) and re.search(served, rest)
        tally.check(f"java examples: {server} and {client}", fine, "print something else", done.output + rest)


def packed(tally, java):
    """A jar with the library, made as Maven makes it, runs the README's program without an installed library."""
    what = "the README's program with a jar that has the library"
    architecture = {"x86_64": "amd64"}.get(platform.machine(), platform.machine())
    native = BUILD / "main/libsock/native" / f"linux-{architecture}"
    native.mkdir(parents=True)
    shutil.copy(ROOT / "build/lib/libsock.so", native)
    jar = BUILD / "libsock.jar"
    done = java.tool("jar", ["--create", "--file", jar, "-C", BUILD / "main", "."])
    shutil.rmtree(native.parent)
    if done.status != 0:
        return tally.fail(what, "jar " + done.how(), done.output)
    return readme(tally, java, what, jar)


def readme(tally, java, what, jar):
    text = (BINDING / "README.md").read_text()
    programs = re.findall(r"```java\n(.*?)```\n+```text\n(.*?)```", text, re.DOTALL)
    with tempfile.TemporaryDirectory(prefix="sock-java-") as place:
        for program, output in programs:
            name = re.search(r"class (\w+)", program)[1]
            source = pathlib.Path(place) / f"{name}.java"
            source.write_text(program)
            words = ["--module-path", jar, "--add-modules", "libsock"]
            done = java.tool("javac", [*LINT, *words, "-d", place, source])
            if done.status == 0:
                words = ["--enable-native-access=libsock", *words, "-cp", place, name]
                done = java.tool("java", words, 60, {"LD_LIBRARY_PATH": ""})
            if done.status != 0 or done.output != output:
                return tally.fail(what, "prints a different text", done.output)
    return tally.check(what, bool(programs), "the README has no program")


def by_maven(tally, java):
    """`mvn package`, and the README's program with its jar."""
    what = "mvn package"
    if not found("mvn"):
        return tally.skip(what, "Maven is not installed")
    done = run(["mvn", "-q", "-B", "package"], 1800, {"JAVA_HOME": str(java.home)}, BINDING)
    if "Could not transfer artifact" in done.output or "Temporary failure in name resolution" in done.output:
        return tally.skip(what, "Maven's plugins cannot be fetched")
    tally.check(what, done.status == 0, done.how(), done.output)
    if done.status == 0:
        jar = next((BINDING / "target").glob("libsock-*.jar"))
        readme(tally, java, "the README's program with Maven's jar", jar)
    return None


def bench(tally):
    """Prints the results for libsock and the JDK's sockets."""
    home = jdk()
    if home is None:
        return tally.skip("the Java binding", f"no JDK {OLDEST} or newer in JAVA_HOME, PATH or /usr/lib/jvm")
    broken = make(["all"])
    if broken:
        return tally.fail("the library", "does not build", broken["all"])
    java = Java(home)
    if not java.compile(tally):
        return None
    done = java.tool("java", java.words("Bench"), 1800)
    tally.check("bench", done.status == 0, done.how(), done.output)
    tally.show(done.output)
    return None

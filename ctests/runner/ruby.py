"""Tests the Ruby binding: its own tests, leaks, examples, the installed gem, and the tests of Ruby itself."""

import collections
import os
import pathlib
import re
import shutil
import tarfile

from .process import ROOT, found, make, run

BINDING = ROOT / "bindings/ruby"
WORK = ROOT / "build/ruby"
LIB = ROOT / "build/lib"
ETC = pathlib.Path("/etc/apt")
OLDEST = (3, 1)
CYCLES = "100000"
LOAD = ["-I", WORK / "lib", "-I", BINDING / "lib"]
ENV = {"LD_LIBRARY_PATH": str(LIB), "RUBYOPT": ""}
# A network of its own: two of Ruby's tests connect to 192.0.2.1, which nobody answers here either.
APART = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && ip route add 192.0.2.0/24 dev lo && exec "$@"', "sh"]
TEST = re.compile(r"^(\w+Test)#test_(\w+) = [\d.]+ s = (.)$", re.MULTILINE)


def version():
    """The version of Ruby as numbers, or None if Ruby is not installed."""
    if not found("ruby"):
        return None
    return tuple(map(int, run(["ruby", "-e", "print RUBY_VERSION"], 60).output.split(".")[:2]))


def missing():
    """The reason why the binding cannot be tested here, or None."""
    have = version()
    if have is None:
        return "Ruby is not installed"
    if have < OLDEST:
        return f"Ruby {have[0]}.{have[1]} is older than {OLDEST[0]}.{OLDEST[1]}"
    headers = "exit File.exist?(RbConfig::CONFIG['rubyhdrdir'] + '/ruby.h')"
    if run(["ruby", "-rrbconfig", "-e", headers], 60).status != 0:
        return "Ruby's headers are not installed (ruby-dev)"
    return None if found("gcc") else "there is no C compiler"


def prepared(tally):
    """Builds the library and the extension; reports why not."""
    why = missing()
    if why:
        tally.skip("the Ruby binding", why)
        return False
    broken = make(["all"])
    if broken:
        tally.fail("the library", "does not build", broken["all"])
        return False
    place = WORK / "ext"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for words in [["ruby", BINDING / "ext/sock/extconf.rb"], ["make", f"-j{os.cpu_count()}"]]:
        done = run(words, 600, {"MAKELEVEL": "", "MAKEFLAGS": ""}, place)
        if done.status != 0:
            tally.fail("the extension", f"{words[0]} {done.how()}", done.output)
            return False
    tally.check("the extension compiles without a warning", "warning:" not in done.output, "warns", done.output)
    (WORK / "lib/sock").mkdir(parents=True, exist_ok=True)
    shutil.copy(place / "sock.so", WORK / "lib/sock")
    return True


def tests(tally):
    if not prepared(tally):
        return
    for source in sorted((BINDING / "test").glob("*_test.rb")):
        report(tally, source.stem, run(["ruby", "-w", *LOAD, source, "--verbose"], 600, ENV))
    cycles = os.environ.get("LIBSOCK_CYCLES", CYCLES)
    done = run(["ruby", "-w", *LOAD, BINDING / "test/leaks.rb", cycles], 900, ENV)
    tally.check(f"no leak: {done.output.strip()[-80:]}", done.status == 0, done.how(), done.output)
    types(tally)
    examples(tally)
    installed(tally)
    judge(tally)


def report(tally, what, done):
    """Reports each test of a run of Minitest."""
    lines = TEST.findall(done.output)
    passed = sum(verdict == "." for _, _, verdict in lines)
    if passed:
        tally.ok(what, passed, f"{passed} tests, {done.seconds:.1f} s")
    for case, name, verdict in lines:
        if verdict == "S":
            why = re.search(rf"^{case}#test_{name} \[[^\n]*\]:\n([^\n]*)", done.output, re.MULTILINE)
            tally.skip(f"{what} {name}", why[1] if why else "no reason given")
        elif verdict != ".":
            tally.fail(f"{what} {name}", "failed", done.output)
    if done.status != 0 and all(verdict in ".S" for _, _, verdict in lines):
        tally.fail(what, done.how(), done.output)
    elif done.status == 0 and not passed:
        tally.fail(what, "ran no test", done.output)


def types(tally):
    """The types in sig/ name every public method, and no other."""
    done = run(["ruby", *LOAD, BINDING / "test/signatures.rb"], 60, ENV)
    tally.check("sig/libsock.rbs has every public method", done.status == 0, done.how(), done.output)


def examples(tally):
    """The servers and clients of the examples talk to each other."""
    # What both are called, the arguments of the server, how often it serves, and what the client prints.
    for name, times, wanted in [
        ("echo", 3, 'received "This is the mess'),
        ("doc_echo", 1, 'Received "Hello, world"'),
        ("doc_dual", 1, 'Received "Hello, world"'),
    ]:
        script = f"""
import re, subprocess, sys
ruby = ["ruby", "-w", *{[str(word) for word in LOAD]!r}]
server = subprocess.Popen([*ruby, "examples/{name}_server.rb", "0"], stdout=subprocess.PIPE, text=True)
port = re.match(r"listening on port (\\d+)", server.stdout.readline())[1]
for _ in range({times}):
    subprocess.run([*ruby, "examples/{name}_client.rb", port], check=True, timeout=30)
server.communicate(timeout=30)
sys.exit(server.returncode)
"""
        done = run(["python3", "-c", script], 90, ENV, BINDING)
        held = done.status == 0 and done.output.count(wanted) == times
        tally.check(f"examples {name}_server and {name}_client", held, done.how(), done.output)


def installed(tally):
    """The README's program with the installed gem: with the library of the tree inside, and with an installed one."""
    if not found("rake"):
        return tally.skip("the installed gem", "rake is not installed")
    prefix = WORK / "usr"
    broken = make(["install"], variables=[f"PREFIX={prefix}"])
    if broken:
        return tally.fail("the installed gem", "make install failed", broken["install"])
    pkgconfig = {"LIBSOCK_SYSTEM": "1", "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    ways = [("with the library inside", {}, ""), ("with an installed library", pkgconfig, prefix / "lib")]
    for what, env, path in ways:
        place = WORK / "gems"
        shutil.rmtree(place, ignore_errors=True)
        env = {**env, "RUBYOPT": "", "GEM_HOME": str(place), "MAKELEVEL": "", "MAKEFLAGS": ""}
        done = run(["rake", "-C", BINDING, "install"], 600, env)
        if done.status == 0:
            done = run(["ruby", "-w", "-e", block("ruby")], 60, {**env, "LD_LIBRARY_PATH": str(path)}, "/")
        right = done.status == 0 and done.output.endswith(block("text"))
        tally.check(f"the README's program by the gem {what}", right, done.how(), done.output)
    return None


def block(language):
    """The first code block of a language in the binding's README."""
    readme = (BINDING / "README.md").read_text()
    return readme.split(f"```{language}\n", 1)[1].split("```", 1)[0]


# --- Ruby's own tests -----------------------------------------------------------------------------


def judge(tally):
    """test/socket and ruby/spec's library/socket: what passes with Ruby's sockets passes with libsock's."""
    source, why = fetched()
    if source and run([*APART, "true"], 60).status != 0:
        source, why = None, "a network namespace cannot be made (unshare -rn, ip)"
    if not source:
        return tally.skip("the tests of Ruby itself", why)
    shim = [*LOAD, "-r", BINDING / "test/judge/shim.rb"]
    own_tests = ["test/runner.rb", "-v", "test/socket"]
    own_specs = ["../mspec/bin/mspec-run", "--timeout", "30", "-f", "specdoc", "library/socket"]
    with_reason = known()
    for name, words, where, passing in [
        ("test/socket", own_tests, source, passing_tests),
        ("ruby/spec library/socket", own_specs, source / "spec/ruby", passing_specs),
    ]:
        theirs = run([*APART, "ruby", "-W0", *words], 300, ENV, where)
        ours = run([*APART, "ruby", "-W0", *shim, *words], 300, ENV, where)
        base, got = passing(theirs.output), passing(ours.output)
        if base.total() < 150:
            return tally.fail(name, f"only {base.total()} tests pass with Ruby's own sockets", theirs.output)
        worse = base - got
        meant = [test for test in worse.elements() if test in with_reason]
        tally.ok(name, base.total() - worse.total(),
                 f"{got.total()} pass with libsock's sockets, {base.total()} with Ruby's; {worse.total()} regressions, "
                 f"{len(meant)} of them meant")
        for test in meant:
            tally.skip(f"{name}: {test}", with_reason[test])
        for test in worse:
            if test not in with_reason:
                tally.fail(f"{name}: {test}", "passes with Ruby's sockets only", excerpt(ours.output, test))
    return None


def known():
    """{test: reason} of the regressions that are meant."""
    lines = (BINDING / "test/judge/known.txt").read_text().splitlines()
    return dict(line.split(" | ", 1) for line in lines if line and not line.startswith("#"))


def excerpt(output, test):
    """What a run says about a test."""
    at = max(output.rfind(test), 0)
    return output[at : at + 1500]


def passing_tests(output):
    """The names of the tests that passed in a run of Ruby's test runner."""
    ran = re.findall(r"\] (\w+#\S+) = [\d.]+ s", output)
    bad = set(re.findall(r"^ +\d+\) \w+:\n(\w+#\w+)", output, re.MULTILINE))
    return collections.Counter(test for test in ran if test not in bad)


def passing_specs(output):
    """The names of the examples that passed in a run of mspec."""
    passed, context = collections.Counter(), ""
    for line in output.splitlines():
        if not line.startswith("- "):
            context = line
        elif not re.search(r" \((FAILED|ERROR) - \d+\)$", line):
            passed[f"{context} {line[2:]}"] += 1
    return passed


def fetched():
    """The directory of Ruby's source with its tests, from Debian's source package; or None and the reason."""
    major, minor = version()
    place = WORK / f"source-{major}.{minor}"
    trees = [tree for tree in place.glob("ruby*") if (tree / "test/socket").is_dir()]
    if trees:
        return trees[0], None
    if not found("apt-get"):
        return None, "apt-get is not installed, which would fetch Ruby's source"
    for name in ["lists/partial", "cache/archives/partial"]:
        (place / name).mkdir(parents=True, exist_ok=True)
    (place / "sources.list.d").mkdir(exist_ok=True)
    for path, text in sources():
        (place / "sources.list.d" / path).write_text(text)
    options = [f"-oDir::Etc::sourceparts={place}/sources.list.d", "-oDir::Etc::sourcelist=/dev/null",
               f"-oDir::State::lists={place}/lists", f"-oDir::Cache={place}/cache"]
    package = f"ruby{major}.{minor}"
    done = run(["apt-get", *options, "update"], 300, cwd=place)
    listed = run(["apt-cache", *options, "showsrc", "--only-source", package], 60, cwd=place)
    # A mirror may list a version that it does not have (any more).
    for version_of_it in re.findall(r"^Version: (\S+)", listed.output, re.MULTILINE):
        words = ["source", "--download-only", f"{package}={version_of_it}"]
        done = run(["apt-get", *options, *words], 300, cwd=place)
        if done.status == 0:
            break
    if not list(place.glob("*.orig.tar.*")):
        return None, f"apt-get cannot fetch the source of {package}: {done.output.strip()[-120:]}"
    for archive in place.glob("*.orig.tar.*"):
        wanted = re.compile(r"[^/]+/(test/(socket|lib|runner\.rb)|tool/(lib|test)"
                            r"|spec/(mspec|ruby/(library/socket|fixtures|shared|[^/]+$)))")
        with tarfile.open(archive) as tar:
            tar.extractall(place, [member for member in tar if wanted.match(member.name)])
    trees = [tree for tree in place.glob("ruby*") if (tree / "test/socket").is_dir()]
    return (trees[0], None) if trees else (None, "the source package has no test/socket")


def sources():
    """The system's package sources with their source packages switched on."""
    for path in sorted(ETC.glob("sources.list.d/*.sources")):
        text = path.read_text()
        if "archive-keyring" in text:
            yield path.name, re.sub(r"^Types:.*$", "Types: deb-src", text, flags=re.MULTILINE)
    lists = [*ETC.glob("sources.list"), *sorted(ETC.glob("sources.list.d/*.list"))]
    for path in lists:
        lines = re.findall(r"^deb (.*\b(?:debian|ubuntu)\b.*)$", path.read_text(), re.MULTILINE)
        yield f"{path.stem}.list", "".join(f"deb-src {line}\n" for line in lines)


def bench(tally):
    """Prints the figures of libsock's sockets beside Ruby's own."""
    if not prepared(tally):
        return
    done = run(["ruby", *LOAD, BINDING / "bench/transfer.rb"], 600, ENV)
    tally.check("the benchmark", done.status == 0, done.how(), done.output)
    tally.show(done.output)

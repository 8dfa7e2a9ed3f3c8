"""Tests the Lua binding on every Lua of the machine, with LuaSocket's own tests as its judge."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

from .process import ROOT, found, make, run

BINDING = ROOT / "bindings/lua"
TESTS = BINDING / "tests"
BUILD = ROOT / "build/lua"
LUAS = ("lua5.1", "lua5.2", "lua5.3", "lua5.4", "luajit")
RESULT = re.compile(r"^(PASS|FAIL|SKIP) (\S+?)(?::? (.*))?$", re.MULTILINE)
# LuaSocket's sources have its tests, which no Debian package contains. They are fetched at test time.
SOURCE = "luasocket_3.1.0.orig.tar.gz"
PAIR = """ip link set lo up; ulimit -n 4096
{lua} -l libsock.luasocket {server} >server.log 2>&1 &
for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.3; grep -q waiting server.log && break; done
timeout 240 {lua} -l libsock.luasocket {client}
"""


def headers(lua):
    """The name under which pkg-config knows this Lua, or None."""
    for name in (lua, lua.replace("lua5", "lua-5")):
        if run(["pkg-config", "--exists", name], 60).status == 0:
            return name
    return None


def missing(lua):
    """The reason why the binding cannot be tested with this Lua, or None."""
    if not found(lua):
        return f"{lua} is not installed"
    if not found(os.environ.get("CC", "gcc").split()[0]):
        return "there is no C compiler"
    if not found("pkg-config") or headers(lua) is None:
        return f"the headers of {lua} are not installed"
    return None


def where(lua):
    return BUILD / lua


def environment(lua, **more):
    paths = [f"{place}/{name}" for place in (BINDING / "lua", where(lua), TESTS) for name in ("?.lua", "?/init.lua")]
    return {
        "LUA_PATH": ";".join([*paths, ";"]),
        "LUA_CPATH": f"{where(lua)}/?.so;;",
        "LD_LIBRARY_PATH": str(ROOT / "build/lib"),
        **more,
    }


def build(tally, lua):
    """Builds the module and the tests' helper. Returns whether that succeeded."""
    strict = "-O2 -g -Werror"
    words = ["make", "-C", BINDING, f"LUA={lua}", f"B={where(lua)}", "LIBSOCK=tree", f"CFLAGS={strict}"]
    done = run(words, 600, {"MAKELEVEL": "", "MAKEFLAGS": ""})
    if done.status == 0:
        flags = run(["pkg-config", "--cflags", headers(lua)], 60).output.split()
        helper = ["-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-fPIC", "-shared", *flags, TESTS / "helper.c"]
        done = run([os.environ.get("CC", "gcc"), *helper, "-o", where(lua) / "helper.so", "-lpthread"], 120)
    tally.check(f"{lua}: the module builds", done.status == 0, done.how(), done.output)
    return done.status == 0


def report(tally, what, done):
    """Reports the lines of a test program."""
    results = RESULT.findall(done.output)
    passed = sum(verdict == "PASS" for verdict, _, _ in results)
    if passed:
        tally.ok(what, passed, f"{passed} tests, {done.seconds:.1f} s")
    for verdict, name, reason in results:
        if verdict == "SKIP":
            tally.skip(f"{what} {name}", reason)
        elif verdict == "FAIL":
            tally.fail(f"{what} {name}", reason, done.output)
    failed = any(verdict == "FAIL" for verdict, _, _ in results)
    if not failed and (done.status != 0 or not passed):
        tally.fail(what, done.how() if done.status else "ran no test", done.output)


def own(tally, lua, module):
    """The binding's own tests, over the C module or LuaJIT's FFI, and the leak test."""
    label = lua if module == "libsock" else f"{lua} {module}"
    env = environment(lua, LIBSOCK_MODULE=module)
    for name in ("test_behaviour", "test_poller", "test_own", "test_types"):
        report(tally, f"{label} {name}", run([lua, TESTS / f"{name}.lua"], 300, env))
    cycles = os.environ.get("LIBSOCK_CYCLES", "5000")
    done = run([lua, TESTS / "leak.lua", cycles], 900, env)
    tally.check(f"{label} leak: {done.output.strip()}", done.status == 0, done.how(), done.output)


def programs(tally, lua):
    """The README's program and the examples."""
    env = environment(lua)
    with tempfile.TemporaryDirectory() as place:
        program = pathlib.Path(place) / "readme.lua"
        program.write_text(block("lua"))
        done = run([lua, program], 60, env)
        tally.check(f"{lua} README", done.output == block("text"), "prints a different text", done.output)
    for name in ("echo", "doc_echo", "dual_echo"):
        server = subprocess.Popen(
            [lua, BINDING / f"examples/{name}_server.lua", "0"],
            env={**os.environ, **env}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            port = re.search(r"(\d+)$", server.stdout.readline().strip())
            done = run([lua, BINDING / f"examples/{name}_client.lua", port[1] if port else "0", "hello"], 60, env)
        finally:
            server.kill()
            server.wait()
        tally.check(f"{lua} example {name}", done.status == 0 and "hello" in done.output, done.how(), done.output)


# LuaSocket ----------------------------------------------------------------------------------------


def modules(tally, lua):
    """LuaSocket's modules, LuaSec and copas over libsock, against servers in Python."""
    what = f"{lua} LuaSocket's modules"
    if run([lua, "-e", 'require "socket" require "ltn12"'], 60).status != 0:
        return tally.skip(what, "LuaSocket is not installed for this Lua")
    certificate = ROOT / "bindings/python/tests/localhost.pem"
    with subprocess.Popen(
        ["python3", TESTS / "servers.py", certificate], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as servers:
        ports = servers.stdout.readline().split()
        done = run([lua, TESTS / "test_luasocket.lua", *ports], 300, environment(lua))
        servers.stdin.close()
    return report(tally, what, done)


def source(tally):
    """The directory of LuaSocket's own tests, fetched with apt, or None with a skip."""
    tests = BUILD / "luasocket-3.1.0/test"
    if tests.is_dir():
        return tests
    what = "LuaSocket's own tests"
    if not found("apt-get"):
        tally.skip(what, "no apt-get to fetch them with")
        return None
    apt = BUILD / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True, exist_ok=True)
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (apt / "source.list").write_text(f"deb-src [signed-by={keyring}] http://deb.debian.org/debian bookworm main\n")
    options = {
        "Dir::Etc::SourceList": apt / "source.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": apt / "lists",
        "Dir::Cache": apt / "cache",
        "APT::Sandbox::User": "root",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    done = run(["apt-get", *words, "update"], 120)
    # The original sources suffice; whether Debian's changes can be fetched does not matter.
    run(["apt-get", *words, "source", "--download-only", "lua-socket"], 120, cwd=BUILD)
    if (BUILD / SOURCE).exists():
        run(["tar", "xf", SOURCE], 60, cwd=BUILD)
    if tests.is_dir():
        return tests
    tally.skip(what, f"cannot be fetched: {(done.output.strip().splitlines() or [''])[-1]}")
    return None


def judge(lua, tests, server, client):
    """Runs one of LuaSocket's pairs of programs in a network namespace, because it connects to 10.0.0.1."""
    with tempfile.TemporaryDirectory() as place:
        copy = pathlib.Path(place) / "test"
        shutil.copytree(tests, copy)
        env = environment(lua, LUASOCKET_DEBUG="1")
        command = ["unshare", "-rn", "sh", "-c", PAIR.format(lua=lua, server=server, client=client)]
        return run(command, 300, env, copy)


def alone(lua, tests, name):
    """Runs one of LuaSocket's programs that need no partner."""
    with tempfile.TemporaryDirectory() as place:
        copy = pathlib.Path(place) / "test"
        shutil.copytree(tests, copy)
        command = ["unshare", "-rn", "sh", "-c", f"ip link set lo up; {lua} -l libsock.luasocket {name}"]
        return run(command, 120, environment(lua), copy)


ALONE = {
    "excepttest.lua": "OK",
    "test_bind.lua": "done!",
    "test_getaddrinfo.lua": "done!",
    "test_socket_error.lua": "Passed!",
    "udp-zero-length-send": "OK",
    "udp-zero-length-send-recv": "ok",
    "hello.lua": "Hello from",
    "urltest.lua": "the library passed all tests",
    "mimetest.lua": "ok",
    "ltn12test.lua": "ok",
    "stufftest.lua": "ok",
}


class LuaSocketTests:
    """LuaSocket's own test programs, unmodified, with its core replaced by libsock.

    testclnt.lua takes 50 seconds, most of which it sleeps: it runs beside the binding's own tests.
    """

    def __init__(self, tally, luas):
        self.tests, self.pairs = None, {}
        self.luas = [lua for lua in luas if run([lua, "-e", 'require "socket"'], 60).status == 0]
        if not self.luas:
            tally.skip("LuaSocket's own tests", "LuaSocket is not installed")
        elif not found("unshare") or run(["unshare", "-rn", "true"], 60).status != 0:
            tally.skip("LuaSocket's own tests", "no network namespaces")
        else:
            self.tests = source(tally)
        if self.tests is not None:
            pool = ThreadPoolExecutor(len(self.luas))
            self.pairs = {
                lua: pool.submit(judge, lua, self.tests, "testsrvr.lua", "testclnt.lua") for lua in self.luas
            }

    def finish(self, tally):
        for lua, pair in self.pairs.items():
            for name, sign in ALONE.items():
                done = alone(lua, self.tests, name)
                what = f"{lua} LuaSocket's {name}"
                tally.check(what, done.status == 0 and sign in done.output, done.how(), done.output)
            done = pair.result()
            passed = done.status == 0 and "testing: done in" in done.output and "ERROR" not in done.output
            tally.check(f"{lua} LuaSocket's testclnt.lua", passed, done.how(), done.output)


# Installation -------------------------------------------------------------------------------------


def rock(tally, lua):
    """`luarocks make` from the checkout, and the README's program with what it installed."""
    what = "luarocks make"
    if not found("luarocks"):
        return tally.skip(what, "luarocks is not installed")
    version = run([lua, "-e", 'io.write(_VERSION:match("%d%.%d"))'], 60).output
    tree = BUILD / "rocks"
    shutil.rmtree(tree, ignore_errors=True)
    done = run(["luarocks", "--lua-version", version, "make", "--tree", tree], 1800, cwd=BINDING)
    if done.status != 0:
        return tally.fail(what, done.how(), done.output)
    env = {
        "LUA_PATH": f"{tree}/share/lua/{version}/?.lua;{tree}/share/lua/{version}/?/init.lua;;",
        "LUA_CPATH": f"{tree}/lib/lua/{version}/?.so;;",
    }
    with tempfile.TemporaryDirectory() as place:
        program = pathlib.Path(place) / "readme.lua"
        program.write_text(block("lua"))
        done = run([lua, program], 60, env, place)
        tally.check(what, done.output == block("text"), "the README's program fails", done.output)
    types = {path.name for path in tree.glob("lib/luarocks/rocks-*/libsock/*/library/**/*.lua")}
    return tally.check("luarocks make: the types", types == {path.name for path in BINDING.glob("library/**/*.lua")}, f"{types}")


def block(language):
    """The first code block of a language in the binding's README."""
    readme = (BINDING / "README.md").read_text()
    return readme.split(f"```{language}\n", 1)[1].split("```", 1)[0]


def tests(tally):
    """Runs everything on every Lua."""
    broken = make(["all"])
    if broken:
        return tally.fail("the library", "does not build", broken["all"])
    ready = []
    for lua in LUAS:
        why = missing(lua)
        if why:
            tally.skip(f"the Lua binding on {lua}", why)
        elif build(tally, lua):
            ready.append(lua)
    judged = LuaSocketTests(tally, ready)
    for lua in ready:
        own(tally, lua, "libsock")
        if lua == "luajit":
            own(tally, lua, "libsock.ffi")
        programs(tally, lua)
        modules(tally, lua)
    judged.finish(tally)
    if ready:
        rock(tally, ready[-1] if ready[-1] != "luajit" or len(ready) == 1 else ready[-2])
    return None


def bench(tally):
    """Prints the times of LuaSocket, of libsock in its place, and of libsock's own calls."""
    broken = make(["all"])
    if broken:
        return tally.fail("the library", "does not build", broken["all"])
    for lua in LUAS:
        why = missing(lua)
        if why:
            tally.skip(f"bench {lua}", why)
        elif build(tally, lua):
            for kind in ("luasocket", "dropin", "own", *(["ffi"] if lua == "luajit" else [])):
                done = run([lua, BINDING / "bench.lua", kind, "20"], 300, environment(lua))
                tally.check(f"bench {lua} {kind}", done.status == 0, done.how(), done.output)
                tally.show(done.output)
    return None

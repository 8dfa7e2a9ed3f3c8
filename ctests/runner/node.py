"""Tests the Node.js binding: npm install, its tests (also over ASan and UBSan), tsc, the README, examples, leaks."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from .process import ROOT, found, make, run

BINDING = ROOT / "bindings/node"
TESTS = BINDING / "tests"
OLDEST = 18
RESULT = re.compile(r"^(not )?ok \d+ - (.*?)(?: # (SKIP) ?(.*))?$", re.MULTILINE)
ENVIRONMENT = {"LD_LIBRARY_PATH": str(ROOT / "build/lib"), "LIBSOCK": "tree"}
LONG = {"LIBSOCK_REQUESTS": "200000"}
SANITIZERS = "-fsanitize=address,undefined"


def version():
    """The major version of node, or 0."""
    match = re.match(r"v(\d+)", run(["node", "--version"], 60).output) if found("node") else None
    return int(match[1]) if match else 0


def headers():
    """The directory of the headers that come with this node, for node-gyp, or None: it would download them."""
    places = [pathlib.Path(shutil.which("node")).resolve().parents[1], pathlib.Path("/usr/include/nodejs")]
    for place in places:
        if any((place / way / "node_api.h").exists() for way in ("include/node", "src")):
            return place
    return None


def missing():
    """The reason why the binding cannot be tested, or None."""
    if version() < OLDEST:
        return f"no Node.js {OLDEST} or newer"
    if not found("npm"):
        return "npm is not installed"
    if not found(os.environ.get("CC", "gcc").split()[0]):
        return "there is no C compiler"
    if headers() is None:
        return "Node's headers are not installed"
    return None


def npm(words, cwd, limit=600, **more):
    env = {"npm_config_nodedir": str(headers()), "LIBSOCK": "tree", "MAKELEVEL": "", "MAKEFLAGS": "", **more}
    return run(["npm", *words, "--no-audit", "--no-fund"], limit, env, cwd)


def block(language):
    """The first code block of a language in the binding's README."""
    return (BINDING / "README.md").read_text().split(f"```{language}\n", 1)[1].split("```", 1)[0]


def install(tally):
    """`npm install` in an empty project builds the addon without a warning, and the README's programs run there."""
    with tempfile.TemporaryDirectory() as place:
        (pathlib.Path(place) / "package.json").write_text('{"name": "program", "private": true}')
        shutil.rmtree(BINDING / "build", ignore_errors=True)
        done = npm(["install", "--install-links=false", BINDING], place, CFLAGS="-Werror", CXXFLAGS="-Werror")
        built = done.status == 0 and (BINDING / "build/Release/binding.node").exists()
        tally.check("npm install builds the addon", built, done.how(), done.output)
        if not built:
            return False
        program = pathlib.Path(place) / "readme.mjs"
        program.write_text(block("js"))
        # Without LD_LIBRARY_PATH: the copy beside the addon is used.
        done = run(["node", program], 60, {"LD_LIBRARY_PATH": ""}, place)
        tally.check("README: the echo program", done.output == block("text"), "prints a different text", done.output)
        program.write_text((BINDING / "README.md").read_text().split("```js\n", 2)[2].split("```", 1)[0])
        done = run(["node", program], 60, {"LD_LIBRARY_PATH": ""}, place)
        tally.check("README: http", done.output == "over libsock\n", "prints a different text", done.output)
    return True


def report(tally, name, done):
    """Reports the tests of a file, as node:test lists them."""
    results = RESULT.findall(done.output)
    passed = sum(not bad and not skipped for bad, _, skipped, _ in results)
    if passed:
        tally.ok(name, passed, f"{passed} tests, {done.seconds:.1f} s")
    for bad, test, skipped, reason in results:
        if bad:
            tally.fail(f"{name}: {test}", "fails", done.output)
        elif skipped:
            tally.skip(f"{name}: {test}", reason)
    if not any(bad for bad, *_ in results) and (done.status != 0 or not passed):
        tally.fail(name, done.how() if done.status else "ran no test", done.output)


def own(tally, more, binding=BINDING, label="tests"):
    for path in sorted((binding / "tests").glob("*.test.js")):
        words = ["node", "--expose-gc", "--test-reporter=tap", path]
        report(tally, f"{label}/{path.name}", run(words, 1200, {**ENVIRONMENT, **more}, binding))


def sanitized(tally):
    """The tests over an addon with ASan and UBSan, in a copy of the package."""
    what = "ASan and UBSan"
    compiler = os.environ.get("CC", "gcc").split()[0]
    libraries = [run([compiler, f"-print-file-name=lib{name}.so"], 60).output.strip() for name in ("asan", "ubsan")]
    if not all(os.path.isabs(path) for path in libraries):
        return tally.skip(what, "their libraries are not installed")
    with tempfile.TemporaryDirectory() as place:
        copy = pathlib.Path(place) / "bindings/node"
        shutil.copytree(BINDING, copy, ignore=shutil.ignore_patterns("build", "node_modules"))
        certificate = pathlib.Path("bindings/python/tests/localhost.pem")
        (place / certificate).parent.mkdir(parents=True)
        shutil.copy(ROOT / certificate, place / certificate)
        flags = f"{SANITIZERS} -fno-sanitize-recover=undefined -g"
        done = npm(["run", "install"], copy, CFLAGS=flags, LDFLAGS=SANITIZERS, LIBSOCK_TREE=str(ROOT))
        if done.status != 0:
            return tally.fail(what, done.how(), done.output)
        env = {"LD_PRELOAD": ":".join(libraries), "ASAN_OPTIONS": "detect_leaks=0", "LIBSOCK_REQUESTS": "500"}
        return own(tally, env, copy, what)


def types(tally):
    """Compiles tests/types.ts by tsc --strict, and runs what it makes."""
    what = "tsc --strict"
    tsc = BINDING / "node_modules/.bin/tsc"
    if not tsc.exists():
        done = npm(["install", "--ignore-scripts"], BINDING)
        if not tsc.exists():
            return tally.skip(what, f"cannot be fetched: {(done.output.strip().splitlines() or [''])[-1]}")
    done = run([tsc, "-p", TESTS / "tsconfig.json"], 300, cwd=BINDING)
    tally.check(what, done.status == 0, done.how(), done.output)
    done = run(["node", BINDING / "build/types/types.js"], 60, ENVIRONMENT, BINDING)
    return tally.check("the typed program runs", done.output == "ok\n", done.how(), done.output)


def examples(tally):
    for name in ("echo", "doc_echo", "dual_echo"):
        server = subprocess.Popen(
            ["node", BINDING / f"examples/{name}_server.mjs", "0", "1"],
            env={**os.environ, **ENVIRONMENT}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            port = re.search(r"(\d+)$", server.stdout.readline().strip())
            client = BINDING / f"examples/{name}_client.mjs"
            done = run(["node", client, port[1] if port else "0", "hello"], 60, ENVIRONMENT)
            ended = server.wait(60) == 0
        except subprocess.TimeoutExpired:
            ended = False
        finally:
            server.kill()
            server.wait()
        passed = done.status == 0 and "'hello'" in done.output and ended
        tally.check(f"example {name}", passed, done.how(), done.output)


def tests(tally, cycles="1000", more=None):
    """Runs everything."""
    why = missing()
    if why:
        return tally.skip("the Node.js binding", why)
    broken = make(["all"])
    if broken:
        return tally.fail("the library", "does not build", broken["all"])
    if not install(tally):
        return None
    own(tally, more or {})
    sanitized(tally)
    types(tally)
    examples(tally)
    cycles = os.environ.get("LIBSOCK_CYCLES", cycles)
    done = run(["node", "--expose-gc", TESTS / "leak.js", cycles], 1800, ENVIRONMENT, BINDING)
    return tally.check(f"leak check, {cycles} cycles of each operation", done.status == 0, done.how(), done.output)


def long_tests(tally):
    """The judge's full length: 200,000 requests over http and https, 100,000 cycles of the leak check."""
    tests(tally, "100000", LONG)


def bench(tally):
    """Prints the rates of libsock and of Node's own net and dgram."""
    why = missing()
    if why:
        return tally.skip("bench node", why)
    broken = make(["all"])
    if broken:
        return tally.fail("the library", "does not build", broken["all"])
    if not (BINDING / "build/Release/binding.node").exists() and not install(tally):
        return None
    done = run(["node", BINDING / "bench.js"], 600, ENVIRONMENT, BINDING)
    tally.check("bench node", done.status == 0, done.how(), done.output)
    tally.show(done.output)
    return None

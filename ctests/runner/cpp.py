"""Tests the C++ binding: with both compilers and three standards, under sanitizers, and as it is installed."""

import concurrent.futures
import os
import re
import shutil

from .process import ROOT, found, make, run

BINDING = ROOT / "bindings/cpp"
WORK = ROOT / "build/cpp"
LIB = ROOT / "build/lib"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", BINDING / "include", "-I", ROOT / "include"]
LINK = [f"-L{LIB}", "-lsock", "-pthread"]
STANDARDS = ["17", "20", "23"]
SANITIZERS = {
    "ASan and UBSan": ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    "TSan": ["-fsanitize=thread"],
}
CYCLES = 100000  # of the leak check, in one of the builds; the others make fewer
LINE = re.compile(r"^(PASS|FAIL|SKIP)  (\w+)(?:: (.*))?$", re.MULTILINE)
CMAKE = """cmake_minimum_required(VERSION 3.13)
project(consumer CXX)
find_package(libsock 0.1 REQUIRED COMPONENTS cpp)
add_executable(program program.cpp)
target_link_libraries(program libsock::cpp)
"""


def missing():
    """The reason why the binding cannot be tested here, or None."""
    return None if found("g++") else "g++ is not installed"


def compilers():
    return [name for name in ["g++", "clang++"] if found(name)]


def standard(compiler, year):
    """The option for a standard: before their releases, compilers call C++23 c++2b."""
    for name in [year, {"23": "2b"}.get(year, year)]:
        if run([compiler, f"-std=c++{name}", "-fsyntax-only", "-x", "c++", "/dev/null"], 60).status == 0:
            return f"-std=c++{name}"
    return None


def build(compiler, options, source, program):
    """Compiles a program, or with None only looks for warnings."""
    if program:
        program.parent.mkdir(parents=True, exist_ok=True)
    return run([compiler, *options, *STRICT, source, *([*LINK, "-o", program] if program else [])], 900)


def prepared(tally):
    """Whether the library is there; reports why not."""
    why = missing()
    if why:
        tally.skip("the C++ binding", why)
        return False
    broken = make(["all"])
    if broken:
        tally.fail("the library", "does not build", broken["all"])
    return not broken


def report(tally, what, done):
    """Reports each test of a run."""
    lines = LINE.findall(done.output)
    passed = sum(verdict == "PASS" for verdict, _, _ in lines)
    if passed:
        leaks = re.search(r"\d+ cycles: .*", done.output)
        tally.ok(what, passed, f"{passed} tests, {done.seconds:.1f} s{'; ' + leaks[0] if leaks else ''}")
    for verdict, name, why in lines:
        if verdict == "SKIP":
            tally.skip(f"{what} {name}", why)
        elif verdict == "FAIL":
            tally.fail(f"{what} {name}", why)
    if done.status != 0 and not any(verdict == "FAIL" for verdict, _, _ in lines):
        tally.fail(what, done.how(), done.output)
    elif done.status == 0 and not passed:
        tally.fail(what, "ran no test", done.output)


def builds():
    """{name: (compiler, options, program or None for the warnings alone)} of all tests; reasons for those left out.

    The oldest standard of g++ and the newest of clang++ are run, the sanitizers at C++20; so every standard is.
    """
    all_of_them, left_out = {}, {}
    for compiler in ["g++", "clang++"]:
        for year in STANDARDS:
            name = f"{compiler} C++{year}"
            option = standard(compiler, year) if found(compiler) else None
            if not option:
                left_out[name] = f"{compiler} {'does not know it' if found(compiler) else 'is not installed'}"
            elif name in ["g++ C++17", "clang++ C++23"]:
                all_of_them[name] = (compiler, [option, "-O2"], WORK / compiler)
            else:
                all_of_them[name] = (compiler, [option, "-fsyntax-only"], None)
    for name, options in SANITIZERS.items():
        all_of_them[name] = ("g++", ["-std=c++20", "-O0", "-g", *options], WORK / name.split()[0])
    return all_of_them, left_out


def tests(tally):
    if not prepared(tally):
        return
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    programs, left_out = builds()
    for name, why in left_out.items():
        tally.skip(name, why)
    tsan = f"halt_on_error=1 suppressions={BINDING / 'tests/tsan.supp'}"
    env = {"LD_LIBRARY_PATH": str(LIB), "TSAN_OPTIONS": tsan, "UBSAN_OPTIONS": "print_stacktrace=1"}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        made = {
            name: pool.submit(build, compiler, options, BINDING / "tests/all.cpp", program)
            for name, (compiler, options, program) in programs.items()
        }
        alone = {header: pool.submit(header_alone, header) for header in sorted(BINDING.glob("include/**/*.hpp"))}
    for name, future in made.items():
        done = future.result()
        tally.check(f"{name} compiles without a warning", done.status == 0, done.how(), done.output)
        program = programs[name][2]
        if done.status == 0 and program:
            cycles = CYCLES if name == "g++ C++17" else CYCLES // 100
            limits = {"LIBSOCK_CYCLES": os.environ.get("LIBSOCK_CYCLES", str(cycles))}
            report(tally, name, run([program], 900, {**env, **limits}))
    poor = [header.name for header, future in alone.items() if future.result().status != 0]
    tally.check("every header compiles by itself", not poor, f"not {', '.join(poor)}")
    proof(tally, env)
    same_code(tally)
    examples(tally, env)
    installed(tally)


def header_alone(header):
    return run(["g++", "-std=c++17", "-fsyntax-only", *STRICT, "-x", "c++", "-include", header, "/dev/null"], 300)


def proof(tally, env):
    """The sanitizers and the warnings find what is planted."""
    planted = {
        "ASan and UBSan": "int main() { char *p = new char[4]; delete[] p; return p[0]; }",
        "TSan": "#include <thread>\nint n; int main() { std::thread t([] { n++; }); n++; t.join(); }",
    }
    for name, text in planted.items():
        source = WORK / "planted.cpp"
        source.write_text(text)
        options = [*SANITIZERS[name], "-std=c++20", "-g", "-w"]
        built = run(["g++", *options, source, "-pthread", "-o", WORK / "planted"], 300)
        caught = run([WORK / "planted"], 60, env) if built.status == 0 else built
        fired = built.status == 0 and caught.status != 0 and "Sanitizer" in caught.output
        tally.check(f"{name} finds a planted fault", fired, caught.how(), caught.output)
    (WORK / "planted.cpp").write_text("#include <sock.hpp>\nint main() { char b[9]; sock::socket(2).send(b); }")
    refused = build("g++", ["-std=c++17"], WORK / "planted.cpp", WORK / "planted")
    said = refused.status != 0 and "deleted" in refused.output
    tally.check("a char array without its length is refused", said, refused.how(), refused.output)


def same_code(tally):
    """A send and a recv compile to the instructions of the C calls."""
    for compiler in compilers():
        options = ["-std=c++17", "-O2", "-S", "-fno-asynchronous-unwind-tables"]
        done = run([compiler, *options, *STRICT, BINDING / "bench/code.cpp", "-o", WORK / "code.s"], 300)
        text = (WORK / "code.s").read_text() if done.status == 0 else ""
        for name in ["send", "recv"]:
            ours, theirs = instructions(text, f"cpp_{name}"), instructions(text, f"c_{name}")
            tally.check(f"{name} is the C call's machine code, by {compiler}", len(ours) > 4 and ours == theirs,
                        f"{ours} is not {theirs}", done.output)


def instructions(text, function):
    """The instructions of a function up to its return, without the names of labels."""
    body = text.split(f"\n{function}:", 1)[-1].split("\tret", 1)[0]
    lines = (line.split("#")[0].strip() for line in body.splitlines())
    return [re.sub(r"\.L\w+", "LABEL", line) for line in lines if line and not line.startswith(".")]


def examples(tally, env):
    """Every example builds; servers and clients of the documentation talk to each other and to those in C."""
    options = {"stop": ["-std=c++20"], "doc_dual_server": ["-std=c++17", "-fno-exceptions"]}

    def example(source):
        return build("g++", options.get(source.stem, ["-std=c++17"]), source, WORK / "examples" / source.stem)

    sources = sorted((BINDING / "examples").glob("*.cpp"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, done in zip(sources, pool.map(example, sources)):
            tally.check(f"example {source.stem} builds", done.status == 0, done.how(), done.output)
    make(["build/examples/echo_client", "build/examples/doc_echo_client", "build/examples/doc_dual_client"])
    # Server, what it prints its port in, how often it serves, client, arguments before the port, what the client prints.
    scenes = [
        ("echo_server", r"listening on 127.0.0.1:(\d+)", 3, "echo_client", "127.0.0.1:{}", "received 'This is the mess'"),
        ("doc_echo_server", r"Listening on port (\d+)", 1, "doc_echo_client", "127.0.0.1 {}", "Received 'Hello, world'"),
        ("doc_dual_server", r"Listening on \S+:(\d+)", 1, "doc_dual_client", "localhost {}", "Received 'Hello, world'"),
    ]
    for server, port, times, client, arguments, wanted in scenes:
        for where in [WORK / "examples", ROOT / "build/examples"]:
            script = conversation(WORK / "examples" / server, where / client, port, arguments, times)
            done = run(["python3", "-c", script], 60, env)
            what = f"example {server} serves {client} in {'C++' if where != ROOT / 'build/examples' else 'C'}"
            tally.check(what, done.status == 0 and done.output.count(wanted) == times, done.how(), done.output)
    done = run([WORK / "examples/stop"], 60, env)
    tally.check("example stop", done.status == 0 and done.output == "received 'hello'\nstopped\n", done.how(), done.output)


def conversation(server, client, port, arguments, times):
    """A program that runs a server on a free port, its client so many times, and waits for both."""
    address = "127.0.0.1:0" if "{}" in arguments and " " not in arguments else "0"
    return f"""
import re, subprocess, sys
server = subprocess.Popen([{str(server)!r}, {address!r}], stdout=subprocess.PIPE, text=True)
port = re.match({port!r}, server.stdout.readline())[1]
for _ in range({times}):
    subprocess.run([{str(client)!r}, *{arguments!r}.format(port).split()], check=True, timeout=30)
server.communicate(timeout=30)
sys.exit(server.returncode)
"""


def installed(tally):
    """The README's program, built with CMake against an installed library."""
    what = "the README's program, by CMake with an installed library"
    if not found("cmake"):
        return tally.skip(what, "cmake is not installed")
    prefix, user = WORK / "usr", WORK / "user"
    broken = make(["install"], variables=[f"PREFIX={prefix}"])
    if broken:
        return tally.fail(what, "make install failed", broken["install"])
    user.mkdir()
    (user / "program.cpp").write_text(block("cpp"))
    (user / "CMakeLists.txt").write_text(CMAKE)
    for words in [["-S", user, "-B", user / "build", f"-DCMAKE_PREFIX_PATH={prefix}"], ["--build", user / "build"]]:
        done = run(["cmake", *words], 300)
        if done.status != 0:
            return tally.fail(what, f"cmake {done.how()}", done.output)
    done = run([user / "build/program"], 60)
    return tally.check(what, done.status == 0 and done.output == block("text"), "prints a different text", done.output)


def block(language):
    """The first code block of a language in the binding's README."""
    readme = (BINDING / "README.md").read_text()
    return readme.split(f"```{language}\n", 1)[1].split("```", 1)[0]


def bench(tally):
    """Prints the figures of sock.hpp beside those of sock.h and of the system calls."""
    if not prepared(tally):
        return
    for compiler in compilers():
        program = WORK / "bench" / compiler
        done = build(compiler, ["-std=c++17", "-O2"], BINDING / "bench/transfer.cpp", program)
        if done.status == 0:
            done = run([program], 600, {"LD_LIBRARY_PATH": str(LIB)})
        tally.check(f"bench by {compiler}", done.status == 0, done.how(), done.output)
        tally.show(done.output)

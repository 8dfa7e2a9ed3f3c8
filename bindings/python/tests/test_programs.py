"""Programs on libsock: `python -m libsock`, and the children that multiprocessing starts."""

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
import zipfile

START = "import libsock; libsock.install()\n"
CHILDREN = """
import multiprocessing, socket, sys
def child(queue): queue.put(hasattr(socket.socket, "setdeadline"))
if __name__ == "__main__":
    for method in ("fork", "forkserver", "spawn"):
        context = multiprocessing.get_context(method)
        queue = context.Queue()
        process = context.Process(target=child, args=(queue,))
        process.start()
        print(method, queue.get(timeout=60), flush=True)
        process.join()
"""
POOL = """
import concurrent.futures, multiprocessing, socket
def child(_): return hasattr(socket.socket, "setdeadline")
if __name__ == "__main__":
    for method in ("forkserver", "spawn"):
        with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context(method)) as pool:
            print(list(pool.map(child, [1])))
"""
MAIN = """
import pickle, sys, threading, time
class Own: pass
def later():
    main.join()
    import __main__
    print(__main__.__name__, __main__.Own is Own, type(pickle.loads(pickle.dumps(Own()))) is Own, sys.argv[1:], __name__)
main = threading.main_thread()
threading.Thread(target=later).start()
"""


def python(*words, cwd=None, **options):
    return subprocess.run(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=120,
        cwd=cwd,
        **options,
    )


class Programs(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(textwrap.dedent(text))
        return path

    def prints(self, output, *words):
        done = python(*words, cwd=self.directory)
        self.assertEqual((done.returncode, done.stdout), (0, output))

    def test_children_of_a_program_that_installs(self):
        expected = "fork True\nforkserver True\nspawn True\n"
        self.prints(expected, self.write("early.py", START + CHILDREN))

    def test_children_of_a_program_that_does_not(self):
        path = self.write("children.py", CHILDREN)
        expected = "fork True\nforkserver True\nspawn True\n"
        self.prints(expected, "-m", "libsock", path)
        self.prints(expected, "-m", "libsock", "-m", "children")

    def test_pools(self):
        self.prints("[True]\n[True]\n", "-m", "libsock", self.write("pool.py", POOL))
        self.prints("[True]\n[True]\n", self.write("own.py", START + POOL))

    def test_children_elsewhere_on_the_path(self):
        # A package that only sys.path of the parent knows.
        import libsock

        where = os.path.dirname(os.path.dirname(libsock.__file__))
        code = f"import sys; sys.path.insert(0, {where!r})\n"
        path = self.write("here.py", code + START + CHILDREN)
        self.prints("fork True\nforkserver True\nspawn True\n", "-S", path)

    def test_main_is_the_program(self):
        expected = "__main__ True True ['a', 'b'] __main__\n"
        path = self.write("program.py", MAIN)
        self.write("package/__init__.py", "")
        self.write("package/__main__.py", MAIN)
        self.prints(expected, "-m", "libsock", path, "a", "b")
        self.prints(expected, "-m", "libsock", "-m", "program", "a", "b")
        self.prints(expected, "-m", "libsock", "-m", "package", "a", "b")
        self.prints(expected, "-m", "libsock", os.path.join(self.directory, "package"), "a", "b")
        with zipfile.ZipFile(os.path.join(self.directory, "program.zip"), "w") as file:
            file.writestr("__main__.py", textwrap.dedent(MAIN))
        self.prints(expected, "-m", "libsock", "program.zip", "a", "b")

    def test_exit_status_and_errors(self):
        path = self.write("ends.py", "import sys; sys.exit(7)")
        self.assertEqual(python("-m", "libsock", path).returncode, 7)
        absent = ((["absent.py"], "cannot open absent.py"), (["-m", "absent_module"], "no module named absent_module"))
        for words, text in absent:
            done = python("-m", "libsock", *words, cwd=self.directory)
            self.assertEqual(done.returncode, 1)
            self.assertIn(text, done.stdout)

    def test_usage(self):
        for words, expected in ((["--help"], 0), (["-h"], 0), ([], 2), (["-m"], 2), (["-x"], 2)):
            done = python("-m", "libsock", *words)
            self.assertEqual(done.returncode, expected, words)
            self.assertIn("python -m libsock PROGRAM", done.stdout)
        self.assertRegex(python("-m", "libsock", "--version").stdout, r"^libsock \d")


if __name__ == "__main__":
    unittest.main()

"""The examples and the README's program print what they should; versions and stubs are consistent."""

import pathlib
import re
import subprocess
import sys
import unittest

import libsock

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "examples"


def run(*words):
    command = [sys.executable, *words]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60).stdout.decode()


class Examples(unittest.TestCase):
    def run_both(self, server, client, *arguments):
        """Run a server for one connection on a free port, and its client. Return what each prints."""
        process = subprocess.Popen(
            [sys.executable, EXAMPLES / server, "0", *arguments], stdout=subprocess.PIPE, universal_newlines=True
        )
        try:
            port = re.search(r"port (\d+)", process.stdout.readline())[1]
            said = run(EXAMPLES / client, port)
            rest, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, rest)
            return said, rest
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def test_echo(self):
        said, served = self.run_both("echo_server.py", "echo_client.py", "1")
        self.assertEqual(said.splitlines()[0], "received b'This is the mess'")
        self.assertIn("127.0.0.1: b'This is the mess'", served)

    def test_documentation(self):
        said, served = self.run_both("doc_echo_server.py", "doc_echo_client.py")
        self.assertEqual(said, "Received b'Hello, world'\n")
        self.assertIn("Connected by ('127.0.0.1', ", served)

    def test_documentation_dual(self):
        said, _ = self.run_both("doc_dual_server.py", "doc_dual_client.py")
        self.assertEqual(said, "Received b'Hello, world'\n")


class Texts(unittest.TestCase):
    def test_readme(self):
        text = (HERE.parent / "README.md").read_text()
        programs = re.findall(r"```python\n(.*?)```\n+```text\n(.*?)```", text, re.DOTALL)
        self.assertTrue(programs)
        for program, output in programs:
            self.assertEqual(run("-c", program), output)

    def test_versions(self):
        manifest = (HERE.parent / "pyproject.toml").read_text()
        self.assertIn(f'\nversion = "{libsock.__version__}"\n', manifest)
        self.assertEqual(libsock.__version__, libsock.libsock_version)

    def test_stubs_are_complete(self):
        package = pathlib.Path(libsock.__file__).parent
        self.assertTrue((package / "py.typed").exists())
        stub = (package / "__init__.pyi").read_text()
        extension = (package / "_socket.pyi").read_text()
        for name in (*libsock._OWN, "create_connection"):
            self.assertRegex(stub, rf"\b{name}\b")
        python = {name for name in dir(libsock._socket.socket) if name[0] != "_"} - {
            *"accept bind close connect connect_ex detach family fileno getblocking getpeername getsockname getsockopt "
            "gettimeout listen proto recv recv_into recvfrom recvfrom_into recvmsg recvmsg_into send sendall sendmsg "
            "sendmsg_afalg sendto setblocking setsockopt settimeout shutdown timeout type".split()
        }
        self.assertEqual(len(python), 10)
        for name in python:
            self.assertIn(f"def {name}(", extension)


if __name__ == "__main__":
    unittest.main()

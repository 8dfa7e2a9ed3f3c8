"""TLS of the standard library over libsock, in a process with libsock installed."""

import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


class TLS(unittest.TestCase):
    def test_cases(self):
        done = subprocess.run(
            [sys.executable, "-Wignore", "-m", "libsock", "-m", "unittest", "-v", "tls_cases"],
            cwd=HERE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            timeout=600,
        )
        if "No module named '_ssl'" in done.stdout:
            self.skipTest("this Python has no ssl")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertGreater(int(re.search(r"^Ran (\d+) tests", done.stdout, re.MULTILINE)[1]), 15, done.stdout)


if __name__ == "__main__":
    unittest.main()

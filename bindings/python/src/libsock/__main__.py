"""Run a program with libsock under the standard socket module.

``python -m libsock PROGRAM [ARGUMENT ...]`` or ``python -m libsock -m MODULE [ARGUMENT ...]``
"""

import os
import sys

import libsock


def main():
    words = sys.argv[1:]
    as_module = words[:1] == ["-m"]
    if len(words) < (2 if as_module else 1) or (words[0].startswith("-") and not as_module):
        sys.exit(__doc__)
    libsock.install()
    import runpy

    if as_module:
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        sys.path[0] = os.path.dirname(os.path.abspath(words[0]))
        runpy.run_path(words[0], run_name="__main__")


if __name__ == "__main__":
    main()

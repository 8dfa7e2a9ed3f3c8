"""Run a program with libsock under the standard socket module.

python -m libsock PROGRAM [ARGUMENT ...]      a script, a directory or a zip file with a __main__.py
python -m libsock -m MODULE [ARGUMENT ...]    a module or a package
python -m libsock --help | --version
"""

import os
import sys

import libsock


def _of_module(name):
    """The spec of a module, or of a package's __main__."""
    import importlib.util

    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(name + ".__main__")
    except (ImportError, ValueError) as error:
        sys.exit(f"python -m libsock: {name}: {error}")
    if spec is None or spec.loader is None or not hasattr(spec.loader, "get_code"):
        sys.exit(f"python -m libsock: no module named {name} that can be run")
    return spec


def _of_container(path):
    """The spec of the __main__ in a directory or a zip file; None for a script."""
    import pkgutil

    if pkgutil.get_importer(path) is None:
        return None
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("__main__", [path])
    if spec is None:
        sys.exit(f"python -m libsock: no __main__ in {path}")
    return spec


def _code_of_script(path):
    import io
    import pkgutil

    try:
        with io.open_code(os.path.abspath(path)) as file:
            code = pkgutil.read_code(file)
        if code is None:
            with io.open_code(os.path.abspath(path)) as file:
                code = compile(file.read(), path, "exec")
    except OSError as error:
        sys.exit(f"python -m libsock: cannot open {path}: {error.strerror}")
    return code


def _main_module(spec, path):
    """A new `__main__` in place of this one. It stays, so that threads, pickle and multiprocessing find the program."""
    main = type(sys)("__main__")
    main.__builtins__ = __builtins__
    if spec is None:
        main.__file__ = path
        main.__cached__ = None
    else:
        main.__spec__ = spec
        main.__loader__ = spec.loader
        main.__package__ = spec.parent
        main.__file__ = spec.origin
        main.__cached__ = spec.cached
    sys.modules["__main__"] = main
    return main


def main():
    words = sys.argv[1:]
    if words in (["-h"], ["--help"]):
        print(__doc__.strip())
        return
    if words in (["-V"], ["--version"]):
        print(f"libsock {libsock.__version__}")
        return
    as_module = words[:1] == ["-m"]
    if len(words) < (2 if as_module else 1) or (words[0].startswith("-") and not as_module):
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(2)
    libsock.install()
    if as_module:
        spec = _of_module(words[1])
        sys.argv[:] = [spec.origin, *words[2:]]
    else:
        spec = _of_container(words[0])
        sys.argv[:] = words
        sys.path[0] = words[0] if spec is not None else os.path.dirname(os.path.realpath(words[0]))
    code = _code_of_script(words[0]) if spec is None else spec.loader.get_code(spec.name)
    exec(code, vars(_main_module(spec, words[0])))


if __name__ == "__main__":
    main()

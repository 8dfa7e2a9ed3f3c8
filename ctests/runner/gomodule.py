"""Checks that `go get` takes the Go module from the subfolder of a repository, by its tags: docs/releasing.md."""

import os
import pathlib
import re
import tempfile

from . import go as binding
from .process import ROOT, found, make, run

# The module's address, answered inside a network namespace: the page that names the repository, and the repository.
SERVER = """
import http.server, sys
PAGE = b'<html><head><meta name="go-import" content="%s git http://%s.git"></head></html>'
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if "go-get=1" not in self.path:
            return super().do_GET()
        root = sys.argv[1].encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PAGE % (root, root))
    def log_message(self, *words):
        pass
http.server.HTTPServer(("127.0.0.1", 80), Handler).serve_forever()
"""
INSIDE = """set -e
ip link set lo up
mount --make-rprivate /
mount --bind "$1/hosts" /etc/hosts
cd "$1/web"
python3 "$1/server.py" "$2" &
trap 'kill $!' EXIT
python3 -c 'import socket, time
for _ in range(200):
    try: raise SystemExit(socket.create_connection(("127.0.0.1", 80)).close())
    except OSError: time.sleep(0.05)'
cd "$1/user"
shift 2
"$@"
"""


def suite(tally):
    what = "go get from the repository's subfolder"
    why = binding.missing()
    for program in ["git", "unshare", "ip", "pkg-config"]:
        why = why or (None if found(program) else f"{program} is not installed")
    if not why and not (ROOT / ".git").exists():
        why = "this is no git checkout"
    if not why and run(["unshare", "--net", "--mount", "true"], 60).status != 0:
        why = "namespaces are not allowed"
    if why:
        return tally.skip(what, why)
    module = re.search(r"^module (\S+)$", (ROOT / "bindings/go/go.mod").read_text(), re.M)[1]
    address = module.removesuffix("/bindings/go")
    right = module.endswith("/bindings/go") and "." in module.split("/")[0]
    if not tally.check("the module's path is an address and the subfolder", right, module):
        return None
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
    prefix = ROOT / "build/go-module/usr"
    broken = make(["install"], variables=[f"PREFIX={prefix}"])
    if broken:
        return tally.fail(what, "make install failed", broken["install"])
    with tempfile.TemporaryDirectory(prefix="sock-go-") as folder:
        place = pathlib.Path(folder)
        web = place / "web" / pathlib.Path(address).relative_to(address.split("/")[0])
        web.parent.mkdir(parents=True)
        (place / "hosts").write_text(f"127.0.0.1 localhost {address.split('/')[0]}\n")
        (place / "server.py").write_text(SERVER)
        git = ["git", f"--git-dir={web}.git"]
        run(["git", "clone", "--quiet", "--bare", "--no-hardlinks", ROOT, f"{web}.git"], 300)
        # The repository of a clone may have tags already: only those of this test count.
        for tag in run([*git, "tag"], 60).output.split():
            run([*git, "tag", "-d", tag], 60)

        def user(*steps):
            return trial(place, address, prefix, steps)

        get = f"go get {module}@v{version}"
        run([*git, "tag", f"v{version}"], 60)
        run([*git, "update-server-info"], 60)
        done = user("go mod init user", get)
        unknown = done.status != 0 and "does not contain package" in done.output
        tally.check("a tag without the subfolder's prefix is none of the module's", unknown, done.how(), done.output)
        run([*git, "tag", f"bindings/go/v{version}"], 60)
        run([*git, "update-server-info"], 60)
        (place / "user/main.go").write_text(binding.block("go"))
        done = user(get, "go run .")
        tally.check(what, done.status == 0 and done.output.endswith(binding.block("text")), done.how(), done.output)
        done = user(f"go list -m {module}@latest")
        tally.check("it is the latest version", done.output.strip() == f"{module} v{version}", done.output)
    return None


def trial(place, address, prefix, steps):
    """Commands in a user's module, in a network that has nothing but the module's address."""
    (place / "user").mkdir(exist_ok=True)
    env = {
        **binding.ENV,
        "GOFLAGS": "-mod=mod -modcacherw",
        "GOPATH": str(place / "go"),
        "GOPROXY": "direct",
        "GONOSUMDB": address,
        "GOINSECURE": address,
        "GOVCS": "*:git",
        "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"),
        "LD_LIBRARY_PATH": str(prefix / "lib"),
        "http_proxy": "",
        "https_proxy": "",
        "HTTP_PROXY": "",
        "HTTPS_PROXY": "",
    }
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    commands = ["sh", "-c", "set -e; " + "; ".join(steps)]
    return run(["unshare", *user, "--net", "--mount", "sh", "-c", INSIDE, "sh", place, address, *commands], 600, env, "/")

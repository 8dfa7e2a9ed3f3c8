"""The end of the interpreter: sockets that outlive the module, and threads that are still waiting."""

import os
import subprocess
import sys
import unittest


def status(code, **variables):
    """Run code in a new interpreter; return its exit status and output."""
    done = subprocess.run(
        [sys.executable, "-Wignore", "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=180,
        env={**os.environ, **variables},
    )
    return done.returncode, done.stdout


KEPT = """
import sys
import {module} as socket
class Keeper:
    def __init__(self, sock): self.sock, self.me = sock, self
{how}
"""
WAYS = {
    "in a cycle": "keeper = Keeper(socket.socket())",
    "in a cycle of the base class": "import libsock; keeper = Keeper(libsock._socket.socket())",
    "a token in a cycle": "import libsock; keeper = Keeper(libsock.CancelToken())",
    "a socket with a token": "import libsock; s = socket.socketpair()[0]\n"
    "s.setcancel(libsock.CancelToken()); keeper = Keeper(s)",
    "a subclass": "class Own(socket.socket): pass\nkeeper = Keeper(Own())",
    "in sys": "sys.kept = Keeper(socket.socket())",
    "in builtins": "import builtins; builtins.kept = socket.socketpair()",
    "without its modules": "keeper = Keeper(socket.socket())\n"
    "names = [name for name in sys.modules if 'libsock' in name or 'socket' in name]\n"
    "for name in names: del sys.modules[name]\ndel socket, names; import gc; gc.collect()",
    "in a thread that is gone": "import threading; local = threading.local()\n"
    "t = threading.Thread(target=lambda: setattr(local, 's', socket.socket())); t.start(); t.join(); sys.kept = local",
    "used by a finalizer": "class Late(Keeper):\n"
    "    def __del__(self):\n"
    "        try: self.sock.settimeout(0); self.sock.recv(1)\n"
    "        except (OSError, TypeError): pass\n"
    "keeper = Late(socket.socketpair()[0]); sys.late = Late(socket.socketpair()[0])",
    "an event loop": "import asyncio; loop = asyncio.new_event_loop(); sys.kept = Keeper(loop)",
}

# A daemon thread is in a call while the interpreter ends, and a signal with a handler in C hits it.
DAEMON = """
import faulthandler, os, signal, sys, threading, time
import libsock
a, b = libsock.socketpair()
d = libsock.socket(libsock.AF_INET, libsock.SOCK_DGRAM)
d.bind(("127.0.0.1", 0))
a.settimeout({timeout})
d.settimeout({timeout})
faulthandler.register(signal.SIGUSR1, file=open(os.devnull, "w"), all_threads=False)
call = {call}
thread = threading.Thread(target=lambda: call(), daemon=True)
thread.start()
class Last:
    def __init__(self):
        # All that __del__ uses, which runs when the modules are gone.
        self.kill, self.ident, self.signal, self.sleep = signal.pthread_kill, thread.ident, signal.SIGUSR1, time.sleep
        self.open, self.read, self.close = os.open, os.read, os.close
        self.status = "/proc/self/task/%d/status" % thread.native_id
    def pending(self):
        try:
            file = self.open(self.status, 0)
        except OSError:
            return False  # the thread is gone
        status = self.read(file, 4096)
        self.close(file)
        return b"SigPnd:\t0000000000000000" not in status
    def __del__(self):
        for _ in range(5):
            self.kill(self.ident, self.signal)
            self.sleep(0.02)
            while self.pending():  # when the handler goes, a signal would end the process
                self.sleep(0.02)
sys.keep = Last()
time.sleep(0.1)
print("end", flush=True)
"""
CALLS = [
    "lambda: a.recv(1)",
    "lambda: a.recv_into(bytearray(1))",
    "lambda: a.recvmsg(1)",
    "lambda: a.recv_exact(1)",
    "lambda: a.recv_message(1)",
    "lambda: d.recv_many(2, 10)",
    "libsock.Poller().wait",
    "lambda: d.recv_many_into([bytearray(10)])",
    "lambda: a.sendall(bytes(1 << 24))",
    "libsock.create_server(('127.0.0.1', 0)).accept",
]


class Exit(unittest.TestCase):
    def test_sockets_may_outlive_the_module(self):
        for module in ("libsock", "libsock; libsock.install(); import socket"):
            for name, how in WAYS.items():
                with self.subTest(name, module=module):
                    # Freed memory is overwritten, so that its use shows.
                    self.assertEqual(status(KEPT.format(module=module, how=how), PYTHONMALLOC="debug"), (0, ""))

    def test_signal_in_a_daemon_thread(self):
        for call in CALLS:
            for timeout in (None, 60):
                with self.subTest(call, timeout=timeout):
                    self.assertEqual(status(DAEMON.format(call=call, timeout=timeout)), (0, "end\n"))

    def test_handlers_still_run_in_the_main_thread_only(self):
        code = (
            "import libsock, os, signal, threading, time\n"
            "ran = []\n"
            "signal.signal(signal.SIGUSR1, lambda *_: ran.append(threading.current_thread() is threading.main_thread()))\n"
            "a, b = libsock.socketpair(); a.settimeout(60)\n"
            "main = threading.get_ident()\n"
            "def other():\n"
            "    time.sleep(0.1); signal.pthread_kill(main, signal.SIGUSR1)\n"
            "    while not ran: time.sleep(0.01)\n"
            "    b.send(b'x')\n"
            "threading.Thread(target=other).start()\n"
            "print(a.recv(1), ran)\n"
        )
        self.assertEqual(status(code), (0, "b'x' [True]\n"))

    def test_main_thread_of_a_forked_child(self):
        # The thread that forks is the main thread of the child, and so runs its handlers.
        code = (
            "import libsock, os, signal, threading\n"
            "a, b = libsock.socketpair()\n"
            "def fork():\n"
            "    a.settimeout(0.01)\n"
            "    try: a.recv(1)\n"
            "    except libsock.timeout: pass\n"
            "    if os.fork() == 0:\n"
            "        a.settimeout(60)\n"
            "        signal.signal(signal.SIGALRM, lambda *_: b.send(b'x'))\n"
            "        signal.setitimer(signal.ITIMER_REAL, 0.05)\n"
            "        os._exit(a.recv(1) != b'x')\n"
            "    print(os.wait()[1])\n"
            "t = threading.Thread(target=fork); t.start(); t.join()\n"
        )
        self.assertEqual(status(code), (0, "0\n"))


if __name__ == "__main__":
    unittest.main()

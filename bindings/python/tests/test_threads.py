"""Many threads use one socket while it is closed: no crash, no data of other sockets, every call ends."""

import os
import random
import threading
import time
import unittest

import libsock
from support import LONG, descriptors, left_over

ROUNDS = int(os.environ.get("LIBSOCK_ROUNDS", "60"))


class Hammer(unittest.TestCase):
    def storm(self, calls, end):
        """Repeat calls on one socket in several threads until `end` closes it."""
        one, other = libsock.socketpair()
        one.settimeout(random.choice([None, 0, 0.001, 5]))
        wrong = []

        def work(call):
            try:
                while True:
                    try:
                        call(one)
                    except (BlockingIOError, libsock.timeout):
                        pass
            except OSError as error:
                if error.errno not in (9, 32, 104, 107):
                    wrong.append(error)
            except BaseException as error:
                wrong.append(error)

        threads = [threading.Thread(target=work, args=(call,), daemon=True) for call in calls]
        for thread in threads:
            thread.start()
        time.sleep(random.random() / 100)
        end(one)
        for thread in threads:
            thread.join(LONG)
            self.assertFalse(thread.is_alive())
        other.close()
        self.assertEqual(wrong, [])

    CALLS = [
        lambda sock: sock.recv(10),
        lambda sock: sock.recv_into(bytearray(100)),
        lambda sock: sock.send(b"x"),
        lambda sock: sock.sendall(bytes(1000)),
        lambda sock: sock.recvfrom(10),
        lambda sock: sock.recvmsg(10, 100),
        lambda sock: sock.getsockname() and None or sock.recv(0) or sock.getsockopt(1, 3),
        lambda sock: sock.settimeout(random.choice([None, 0.001, 1])),
        lambda sock: sock.setdeadline(time.monotonic() + 1),
    ]

    def test_close(self):
        before = descriptors()
        for _ in range(ROUNDS):
            self.storm(random.sample(self.CALLS, 4), lambda sock: sock.close())
        self.assertEqual(left_over(before), set())

    def test_detach(self):
        before = descriptors()
        for _ in range(ROUNDS // 4):
            self.storm(random.sample(self.CALLS, 4), lambda sock: os.close(sock.detach()))
        self.assertEqual(left_over(before), set())

    def test_concurrent_close(self):
        for _ in range(ROUNDS):
            one, other = libsock.socketpair()
            threads = [threading.Thread(target=one.close) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(LONG)
            other.settimeout(LONG)
            self.assertEqual(other.recv(1), b"")
            other.close()


if __name__ == "__main__":
    unittest.main()

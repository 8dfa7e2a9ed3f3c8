/** Sockets over libsock: deadlines, cancel tokens, a close that wakes, every address family of Linux. */
module libsock {
    exports libsock;
}

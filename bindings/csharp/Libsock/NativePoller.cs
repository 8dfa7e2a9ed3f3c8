using System;
using System.Runtime.InteropServices;

namespace Libsock
{
    // The C functions of pollers; sock.h describes them.
    internal static unsafe partial class Native
    {
        [DllImport(Library)]
        internal static extern long sock_poller_new();

        [DllImport(Library)]
        internal static extern int sock_poller_add(long p, long s, int events, ulong data);

        [DllImport(Library)]
        internal static extern int sock_poller_modify(long p, long s, int events, ulong data);

        [DllImport(Library)]
        internal static extern int sock_poller_remove(long p, long s);

        [DllImport(Library)]
        internal static extern int sock_poller_add_fd(long p, int fd, int events, ulong data);

        [DllImport(Library)]
        internal static extern int sock_poller_remove_fd(long p, int fd);

        [DllImport(Library)]
        internal static extern long sock_poller_timer(long p, long first_ns, long every_ns, ulong data);

        [DllImport(Library)]
        internal static extern long sock_poller_wait(long p, sock_event* @out, UIntPtr cap, long timeout_ns);

        [DllImport(Library)]
        internal static extern int sock_poller_wake(long p);
    }
}

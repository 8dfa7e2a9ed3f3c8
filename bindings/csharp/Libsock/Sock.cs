using System;
using System.Collections.Generic;
using System.Threading;

namespace Libsock
{
    /// <summary>The calls that a deadline is for.</summary>
    [Flags]
    public enum SockDirection
    {
        /// <summary>Receive and accept.</summary>
        Read = 1,

        /// <summary>Send and connect.</summary>
        Write = 2,

        /// <summary>All calls.</summary>
        Both = 3,
    }

    /// <summary>A socket of any family and type: a connection, a listener, a datagram socket.
    ///
    /// Any thread may call any method at any time. Calls wait in C, or, as a Task, in the one thread that waits for all
    /// Tasks. <see cref="Dispose"/> ends the calls that wait, with <see cref="SockClosedException"/>. A failed system call
    /// is a <see cref="SockException"/>; a limit that has passed a <see cref="SockTimeoutException"/>; a fired token a
    /// <see cref="SockCanceledException"/>. All are <see cref="ISockError"/>.</summary>
    public sealed partial class Sock : IDisposable
    {
        internal readonly SockHandle Handle;

        /// <summary>Makes a socket.</summary>
        /// <param name="family">AF_INET, AF_INET6, AF_UNIX ...</param>
        /// <param name="type">SOCK_STREAM, SOCK_DGRAM ...</param>
        /// <param name="protocol">IPPROTO_TCP ..., or 0 for the usual one.</param>
        public Sock(int family, int type, int protocol = 0)
            : this(Native.sock_socket(family, type, protocol))
        {
        }

        internal Sock(long handle)
        {
            Handle = new SockHandle(handle);
        }

        internal long Value => Handle.Value;

        /// <summary>Makes a stream socket that uses MPTCP where it can, else TCP.</summary>
        public static Sock Mptcp(int family)
        {
            return new Sock(Native.sock_socket_mptcp(family));
        }

        /// <summary>Makes two connected AF_UNIX stream sockets.</summary>
        public static (Sock One, Sock Other) Pair()
        {
            return Pair(Constants.AF_UNIX, Constants.SOCK_STREAM);
        }

        /// <summary>Makes two connected sockets.</summary>
        public static unsafe (Sock One, Sock Other) Pair(int family, int type, int protocol = 0)
        {
            long* two = stackalloc long[2];
            Errors.Check(Native.sock_socketpair(family, type, protocol, two));
            return (new Sock(two[0]), new Sock(two[1]));
        }

        /// <summary>Makes a Sock of an open descriptor, which it then owns.</summary>
        public static Sock Of(int descriptor)
        {
            return new Sock(Native.sock_from_fd(descriptor, -1, -1, -1));
        }

        /// <summary>Closes the socket. Calls that wait in other threads, and Tasks, end with
        /// <see cref="SockClosedException"/>. Closing again does nothing.</summary>
        public void Dispose()
        {
            Handle.Dispose();
        }

        /// <summary>Whether the socket has not been closed.</summary>
        public bool IsOpen => !Handle.IsClosed;

        /// <summary>Returns the descriptor and ends the Sock; the descriptor is the caller's to close.</summary>
        public int Detach()
        {
            if (tasksAccept)
            {
                Native.sock_settimeout(Value, acceptTimeout);
            }
            int descriptor = Errors.Check(Native.sock_detach(Value));
            Handle.Dispose();
            return descriptor;
        }

        /// <summary>Makes a second Sock for the same socket; closing one leaves the other open.</summary>
        public Sock Duplicate()
        {
            var copy = new Sock(Native.sock_dup(Value));
            if (tasksAccept)
            {
                copy.Timeout = Timeout;
            }
            GC.KeepAlive(this);
            return copy;
        }

        /// <summary>The descriptor, which the Sock still owns.</summary>
        public int FileNumber => Kept(Native.sock_fileno(Value));

        /// <summary>AF_INET, AF_UNIX ...</summary>
        public int Family => Kept(Native.sock_family(Value));

        /// <summary>SOCK_STREAM, SOCK_DGRAM ...</summary>
        public int Type => Kept(Native.sock_type(Value));

        /// <summary>IPPROTO_TCP ..., or 0.</summary>
        public int Protocol => Kept(Native.sock_proto(Value));

        // Checks a result, and keeps this object, and so its handle, until the call has returned.
        private int Kept(int result)
        {
            Errors.Check(result);
            GC.KeepAlive(this);
            return result;
        }

        // Addresses ---------------------------------------------------------------------------------------

        /// <summary>Binds the socket to a local address.</summary>
        /// <returns>This socket.</returns>
        public unsafe Sock Bind(SockAddress address)
        {
            sock_addr a = address.Value;
            Kept(Native.sock_bind(Value, &a));
            return this;
        }

        /// <summary>Makes the socket accept connections.</summary>
        /// <param name="backlog">How many may wait for <see cref="Accept()"/>.</param>
        /// <returns>This socket.</returns>
        public Sock Listen(int backlog = 128)
        {
            Kept(Native.sock_listen(Value, backlog));
            return this;
        }

        /// <summary>Connects the socket, or sets the peer of a datagram socket.</summary>
        public unsafe void Connect(SockAddress address)
        {
            sock_addr a = address.Value;
            Kept(Native.sock_connect(Value, &a));
        }

        /// <summary>The local address.</summary>
        public unsafe SockAddress LocalAddress
        {
            get
            {
                sock_addr a;
                Kept(Native.sock_getsockname(Value, &a));
                return new SockAddress(a);
            }
        }

        /// <summary>The address of the other end.</summary>
        public unsafe SockAddress RemoteAddress
        {
            get
            {
                sock_addr a;
                Kept(Native.sock_getpeername(Value, &a));
                return new SockAddress(a);
            }
        }

        /// <summary>Ends one half of the connection, or both: SHUT_RD, SHUT_WR, SHUT_RDWR.</summary>
        public void Shutdown(int how)
        {
            Kept(Native.sock_shutdown(Value, how));
        }

        /// <summary>Accepts a connection.</summary>
        public Sock Accept()
        {
            SockAddress peer;
            return Accept(out peer);
        }

        /// <summary>Accepts a connection.</summary>
        /// <param name="peer">Receives the address of the other end.</param>
        public unsafe Sock Accept(out SockAddress peer)
        {
            sock_addr a;
            long until = -1;
            long accepted;
            while ((accepted = Native.sock_accept(Value, &a)) == Codes.EAgain && tasksAccept && acceptTimeout != 0)
            {
                // Only now: tasksAccept may have become true after the call had begun.
                until = until < 0 ? Native.At(acceptTimeout) : until;
                long rest = until >= Native.Forever ? Native.Forever : Math.Max(0, until - Native.sock_now());
                if (Errors.Check(Native.sock_wait(Value, Native.Read, rest)) == 0)
                {
                    throw Errors.From(Native.ETimedOut, 0);
                }
            }
            var connection = new Sock(accepted);
            GC.KeepAlive(this);
            peer = new SockAddress(a);
            return connection;
        }

        // Limits ------------------------------------------------------------------------------------------

        // Accepting as a Task needs non-blocking mode: accept(2) has no MSG_DONTWAIT. From then on the timeout is here.
        private volatile bool tasksAccept;
        private long acceptTimeout;

        private long readDeadline = Native.Forever;
        private long writeDeadline = Native.Forever;
        private CancelToken? cancel;

        /// <summary>The limit of each call; null for none; zero for calls that never wait, but fail with EAGAIN.
        /// A call in progress keeps its own.</summary>
        public TimeSpan? Timeout
        {
            get => Native.Span(TimeoutNanoseconds());
            set
            {
                long limit = Native.Nanoseconds(value, nameof(value));
                lock (Handle)
                {
                    acceptTimeout = limit;
                    Kept(tasksAccept ? Native.sock_family(Value) : Native.sock_settimeout(Value, limit));
                }
            }
        }

        private long TimeoutNanoseconds()
        {
            long limit = Errors.Check(Native.sock_gettimeout(Value));
            GC.KeepAlive(this);
            return tasksAccept ? Interlocked.Read(ref acceptTimeout) : limit;
        }

        /// <summary>The timeout of new sockets; null for none.</summary>
        public static TimeSpan? DefaultTimeout
        {
            get => Native.Span(Native.sock_getdefaulttimeout());
            set => Errors.Check(Native.sock_setdefaulttimeout(Native.Nanoseconds(value, nameof(value))));
        }

        /// <summary>Sets the deadline: when it has passed, every call of its direction ends, including those that
        /// already wait and Tasks, and later ones fail before they try, until it is moved.</summary>
        /// <param name="fromNow">How far away it is; zero or less: it has passed; null: none.</param>
        /// <param name="direction">The calls that it is for.</param>
        public void SetDeadline(TimeSpan? fromNow, SockDirection direction = SockDirection.Both)
        {
            long at = fromNow == null ? Native.Forever
                : fromNow.Value.Ticks <= 0 ? 0 : Native.At(Native.Nanoseconds(fromNow, nameof(fromNow)));
            // Full barriers: a Task that begins to wait sees the deadline, or is seen here.
            lock (Handle)
            {
                Kept(Native.sock_setdeadline(Value, (int)direction, at));
                if ((direction & SockDirection.Read) != 0)
                {
                    Interlocked.Exchange(ref readDeadline, at);
                }
                if ((direction & SockDirection.Write) != 0)
                {
                    Interlocked.Exchange(ref writeDeadline, at);
                }
            }
            registration?.Wake();
        }

        /// <summary>Attaches a token that ends the calls of this socket when it fires; null for none.</summary>
        public void SetCancel(CancelToken? token)
        {
            lock (Handle)
            {
                Kept(Native.sock_setcancel(Value, token == null ? 0 : token.Handle.Value));
                Interlocked.Exchange(ref cancel, token);
            }
            registration?.Wake();
        }
    }
}

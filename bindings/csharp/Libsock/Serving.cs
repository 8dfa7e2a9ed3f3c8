using System;
using System.Collections.Generic;

namespace Libsock
{
    /// <summary>How to listen.</summary>
    public sealed class ServerOptions
    {
        /// <summary>AF_INET, AF_INET6 or AF_UNIX; 0: AF_INET, or both for <see cref="Sock.ListenAll"/>.</summary>
        public int Family { get; set; }

        /// <summary>How many connections may wait to be accepted; 0: 128.</summary>
        public int Backlog { get; set; }

        /// <summary>Whether processes share the port (SO_REUSEPORT).</summary>
        public bool ReusePort { get; set; }

        /// <summary>Whether an AF_INET6 socket serves IPv4 too.</summary>
        public bool DualStack { get; set; }

        /// <summary>AF_UNIX: whether to remove a socket file on which no process listens.</summary>
        public bool RemoveStale { get; set; }

        /// <summary>AF_UNIX: the mode of the socket file, such as 0x180 (octal 0600); 0: as the umask.</summary>
        public int FileMode { get; set; }

        /// <summary>The limit of the lookup; null: the default timeout, if any.</summary>
        public TimeSpan? Timeout { get; set; }

        /// <summary>A token that ends the lookup.</summary>
        public CancelToken? Cancel { get; set; }

        internal unsafe sock_server_options ToNative()
        {
            return new sock_server_options
            {
                size = (UIntPtr)(uint)sizeof(sock_server_options),
                family = Family,
                backlog = Backlog,
                reuse_port = ReusePort ? 1 : 0,
                dualstack = DualStack ? 1 : 0,
                remove_stale = RemoveStale ? 1 : 0,
                file_mode = FileMode,
                timeout_ns = ConnectOptions.Limit(Timeout, nameof(Timeout)),
                cancel = Cancel == null ? 0 : Cancel.Handle.Value,
            };
        }
    }

    public sealed partial class Sock
    {
        /// <summary>Makes a listening TCP socket (IPv4).</summary>
        /// <param name="host">A name or a number; null or "" is every address of this machine.</param>
        /// <param name="port">0 takes a free one.</param>
        public static Sock Listen(string? host, int port)
        {
            Errors.CheckPort(port);
            return Listen(host, port.ToString(), new ServerOptions());
        }

        /// <summary>Makes a listening TCP or AF_UNIX socket.</summary>
        /// <param name="host">A name or a number; null or "" is every address. Of AF_UNIX the path, or @ and an abstract
        /// name.</param>
        /// <param name="service">A port or the name of a service; null for AF_UNIX.</param>
        /// <param name="options">The family and more.</param>
        public static unsafe Sock Listen(string? host, string? service, ServerOptions options)
        {
            sock_server_options native = options.ToNative();
            fixed (byte* h = Native.Utf8(host, nameof(host)), s = Native.Utf8(service, nameof(service)))
            {
                var made = new Sock(Native.sock_create_server(h, s, &native));
                GC.KeepAlive(options.Cancel);
                return made;
            }
        }

        /// <summary>Makes a listening stream socket of any family.</summary>
        public static Sock Listen(SockAddress address, int backlog = 128)
        {
            var socket = new Sock(address.Family, Constants.SOCK_STREAM);
            try
            {
                if (address.Family == Constants.AF_INET || address.Family == Constants.AF_INET6)
                {
                    socket.Options.ReuseAddress = true;
                }
                return socket.Bind(address).Listen(backlog);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        /// <summary>Makes a listening socket for each address of a host; null is every address of both families.
        /// With port 0 all have the same free one.</summary>
        public static unsafe IReadOnlyList<Sock> ListenAll(string? host, string? service, ServerOptions options)
        {
            sock_server_options native = options.ToNative();
            long* handles = stackalloc long[64];
            long count;
            fixed (byte* h = Native.Utf8(host, nameof(host)), s = Native.Utf8(service, nameof(service)))
            {
                count = Errors.Check(Native.sock_create_servers(h, s, &native, handles, (UIntPtr)64));
            }
            var all = new List<Sock>();
            for (long i = 0; i < count; i++)
            {
                all.Add(new Sock(handles[i]));
            }
            return all;
        }

        /// <summary>The names of the sockets that the service manager (systemd, s6) passed to this process.</summary>
        public static unsafe IReadOnlyList<string> ActivationNames()
        {
            var all = new List<string>();
            long count = Errors.Check(Native.sock_activation_count());
            for (long i = 0; i < count; i++)
            {
                long index = i;
                all.Add(Native.Copied((buffer, room) => Native.sock_activation_name(index, buffer, room)));
            }
            return all;
        }

        /// <summary>Takes a socket from the service manager.</summary>
        public static Sock Activated(int index)
        {
            return new Sock(Native.sock_activation_take(index));
        }
    }
}

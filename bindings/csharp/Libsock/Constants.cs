using System;
using System.Collections.Generic;

namespace Libsock
{
    /// <summary>The system's constants, with the values of libsock's table on this platform.</summary>
    public static class Constants
    {
#pragma warning disable CS1591 // Their names are those of the manual pages.
        public static readonly int AF_UNSPEC = Number("AF_UNSPEC");
        public static readonly int AF_UNIX = Number("AF_UNIX");
        public static readonly int AF_INET = Number("AF_INET");
        public static readonly int AF_INET6 = Number("AF_INET6");
        public static readonly int AF_NETLINK = Number("AF_NETLINK");
        public static readonly int AF_PACKET = Number("AF_PACKET");
        public static readonly int AF_CAN = Number("AF_CAN");
        public static readonly int AF_TIPC = Number("AF_TIPC");
        public static readonly int AF_BLUETOOTH = Number("AF_BLUETOOTH");
        public static readonly int AF_ALG = Number("AF_ALG");
        public static readonly int AF_VSOCK = Number("AF_VSOCK");
        public static readonly int AF_QIPCRTR = Number("AF_QIPCRTR");

        public static readonly int SOCK_STREAM = Number("SOCK_STREAM");
        public static readonly int SOCK_DGRAM = Number("SOCK_DGRAM");
        public static readonly int SOCK_SEQPACKET = Number("SOCK_SEQPACKET");
        public static readonly int SOCK_RAW = Number("SOCK_RAW");

        public static readonly int IPPROTO_IP = Number("IPPROTO_IP");
        public static readonly int IPPROTO_IPV6 = Number("IPPROTO_IPV6");
        public static readonly int IPPROTO_TCP = Number("IPPROTO_TCP");
        public static readonly int IPPROTO_UDP = Number("IPPROTO_UDP");

        public static readonly int SOL_SOCKET = Number("SOL_SOCKET");
        public static readonly int SO_REUSEADDR = Number("SO_REUSEADDR");
        public static readonly int SO_REUSEPORT = Number("SO_REUSEPORT");
        public static readonly int SO_KEEPALIVE = Number("SO_KEEPALIVE");
        public static readonly int SO_BROADCAST = Number("SO_BROADCAST");
        public static readonly int SO_OOBINLINE = Number("SO_OOBINLINE");
        public static readonly int SO_RCVBUF = Number("SO_RCVBUF");
        public static readonly int SO_SNDBUF = Number("SO_SNDBUF");
        public static readonly int SO_PASSCRED = Number("SO_PASSCRED");
        public static readonly int SO_ERROR = Number("SO_ERROR");
        public static readonly int TCP_NODELAY = Number("TCP_NODELAY");
        public static readonly int IP_TOS = Number("IP_TOS");
        public static readonly int IP_TTL = Number("IP_TTL");
        public static readonly int IPV6_V6ONLY = Number("IPV6_V6ONLY");
        public static readonly int IPV6_TCLASS = Number("IPV6_TCLASS");

        public static readonly int MSG_PEEK = Number("MSG_PEEK");
        public static readonly int MSG_TRUNC = Number("MSG_TRUNC");
        public static readonly int MSG_CTRUNC = Number("MSG_CTRUNC");
        public static readonly int MSG_DONTWAIT = Number("MSG_DONTWAIT");
        public static readonly int MSG_WAITALL = Number("MSG_WAITALL");
        public static readonly int MSG_OOB = Number("MSG_OOB");
        public static readonly int MSG_ERRQUEUE = Number("MSG_ERRQUEUE");

        public static readonly int SHUT_RD = Number("SHUT_RD");
        public static readonly int SHUT_WR = Number("SHUT_WR");
        public static readonly int SHUT_RDWR = Number("SHUT_RDWR");

        public static readonly int AI_PASSIVE = Number("AI_PASSIVE");
        public static readonly int AI_CANONNAME = Number("AI_CANONNAME");
        public static readonly int AI_NUMERICHOST = Number("AI_NUMERICHOST");
        public static readonly int NI_NUMERICHOST = Number("NI_NUMERICHOST");
        public static readonly int NI_NUMERICSERV = Number("NI_NUMERICSERV");
        public static readonly int NI_NAMEREQD = Number("NI_NAMEREQD");
#pragma warning restore CS1591

        /// <summary>Finds a constant: <c>Value("SO_REUSEADDR")</c>.</summary>
        /// <exception cref="ArgumentException">This platform has none of that name, or it is a text.</exception>
        public static unsafe long Value(string name)
        {
            long value;
            fixed (byte* p = Native.Utf8(name, nameof(name)))
            {
                if (Native.sock_constant_find(p, &value) < 0)
                {
                    throw new ArgumentException(name + " is not a constant of this platform", nameof(name));
                }
            }
            return value;
        }

        /// <summary>Returns all constants that are numbers, sorted by name.</summary>
        public static unsafe IReadOnlyDictionary<string, long> All()
        {
            var all = new SortedDictionary<string, long>(StringComparer.Ordinal);
            long count = Native.sock_constant_count();
            for (long i = 0; i < count; i++)
            {
                byte* name;
                long value;
                if (Native.sock_constant_at(i, &name, &value) == 0)
                {
                    all[Native.Text(name)] = value;
                }
            }
            return all;
        }

        internal static int Number(string name)
        {
            return checked((int)Value(name));
        }
    }
}

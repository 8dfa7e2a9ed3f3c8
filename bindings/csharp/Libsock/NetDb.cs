using System;
using System.Collections.Generic;

namespace Libsock
{
    /// <summary>What this machine knows without the network: its name, services, protocols, interfaces.</summary>
    public static unsafe class NetDb
    {
        /// <summary>The version of the library: "0.1.0".</summary>
        public static string LibraryVersion => Native.Text(Native.sock_version());

        /// <summary>The name of this machine.</summary>
        public static string HostName => Native.Copied((buffer, room) => Native.sock_gethostname(buffer, room));

        /// <summary>Whether this machine has IPv6.</summary>
        public static bool HasIPv6 => Native.sock_has_ipv6() == 1;

        /// <summary>Whether an AF_INET6 socket can serve IPv4 too.</summary>
        public static bool HasDualStack => Native.sock_has_dualstack_ipv6() == 1;

        /// <summary>Returns the port of a service: 80 for "http".</summary>
        public static int ServicePort(string name, string? protocol = null)
        {
            fixed (byte* n = Native.Utf8(name, nameof(name)), p = Native.Utf8(protocol, nameof(protocol)))
            {
                return Errors.Check(Native.sock_getservbyname(n, p));
            }
        }

        /// <summary>Returns the service of a port.</summary>
        public static string ServiceName(int port, string? protocol = null)
        {
            Errors.CheckPort(port);
            byte[]? bytes = Native.Utf8(protocol, nameof(protocol));
            return Native.Copied((buffer, room) =>
            {
                fixed (byte* p = bytes)
                {
                    return Native.sock_getservbyport(port, p, buffer, room);
                }
            });
        }

        /// <summary>Returns the number of a protocol: 6 for "tcp".</summary>
        public static int ProtocolNumber(string name)
        {
            fixed (byte* n = Native.Utf8(name, nameof(name)))
            {
                return Errors.Check(Native.sock_getprotobyname(n));
            }
        }

        /// <summary>Returns the index of an interface.</summary>
        public static long InterfaceIndex(string name)
        {
            fixed (byte* n = Native.Utf8(name, nameof(name)))
            {
                return Errors.Check(Native.sock_if_nametoindex(n));
            }
        }

        /// <summary>Returns the name of an interface.</summary>
        public static string InterfaceName(long index)
        {
            return Native.Copied((buffer, room) => Native.sock_if_indextoname(index, buffer, room));
        }

        /// <summary>The interfaces: index and name.</summary>
        public static IReadOnlyList<(long Index, string Name)> Interfaces()
        {
            var all = new List<(long Index, string Name)>();
            long count = Errors.Check(Native.sock_if_nameindex(null, UIntPtr.Zero));
            var list = new sock_interface[count + 16];
            fixed (sock_interface* p = list)
            {
                count = Errors.Check(Native.sock_if_nameindex(p, (UIntPtr)(uint)list.Length));
                for (int i = 0; i < Math.Min(count, list.Length); i++)
                {
                    all.Add((p[i].index, Native.Text(p[i].name)));
                }
            }
            return all;
        }

        /// <summary>The addresses of the interfaces; netmask and broadcast are empty where there is none.</summary>
        public static IReadOnlyList<(string Name, SockAddress Address, SockAddress Netmask)> InterfaceAddresses()
        {
            var all = new List<(string Name, SockAddress Address, SockAddress Netmask)>();
            long count = Errors.Check(Native.sock_getifaddrs(null, UIntPtr.Zero));
            var list = new sock_interface_addr[count + 16];
            fixed (sock_interface_addr* p = list)
            {
                count = Errors.Check(Native.sock_getifaddrs(p, (UIntPtr)(uint)list.Length));
                for (int i = 0; i < Math.Min(count, list.Length); i++)
                {
                    all.Add((Native.Text(p[i].name), new SockAddress(p[i].address), new SockAddress(p[i].netmask)));
                }
            }
            return all;
        }
    }
}

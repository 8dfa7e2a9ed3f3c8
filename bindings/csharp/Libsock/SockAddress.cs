using System;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Libsock
{
    /// <summary>An address of any family. It never changes, and each has one text form that reads back as the same
    /// address: "192.0.2.1:80", "[fe80::1%eth0]:80", "unix:/run/x", "unix:@abstract".</summary>
    public sealed partial class SockAddress : EndPoint, IEquatable<SockAddress>
    {
        private readonly sock_addr native;

        internal SockAddress(sock_addr native)
        {
            this.native = native;
        }

        internal sock_addr Value => native;

        /// <summary>Makes the address of a numeric host, with its zone ("fe80::1%eth0"), and a port.</summary>
        /// <param name="host">"" is 0.0.0.0.</param>
        /// <exception cref="ArgumentException">The host is not numeric, or the port not within 0 to 65535.</exception>
        public static unsafe SockAddress Ip(string host, int port)
        {
            Errors.CheckPort(port);
            sock_addr made;
            fixed (byte* p = Native.Utf8(host, nameof(host)))
            {
                Errors.CheckArgument(Native.sock_addr_ip(p, port, &made));
            }
            return new SockAddress(made);
        }

        /// <summary>Makes an AF_INET6 address from all its fields.</summary>
        public static unsafe SockAddress Ip6(string host, int port, long flowInfo, long scopeId)
        {
            Errors.CheckPort(port);
            sock_addr made;
            fixed (byte* p = Native.Utf8(host, nameof(host)))
            {
                Errors.CheckArgument(Native.sock_addr_ip6(p, port, flowInfo, scopeId, &made));
            }
            return new SockAddress(made);
        }

        /// <summary>Makes the AF_UNIX address of a path.</summary>
        /// <exception cref="ArgumentException">The path has a NUL.</exception>
        public static SockAddress Unix(string path)
        {
            byte[] bytes = Native.Utf8(path, nameof(path))!;
            return OfName(bytes, bytes.Length - 1);
        }

        /// <summary>Makes the AF_UNIX address of an abstract name, in which every character counts.</summary>
        public static SockAddress UnixAbstract(string name)
        {
            byte[] bytes = Encoding.UTF8.GetBytes("\0" + name);
            return OfName(bytes, bytes.Length);
        }

        private static unsafe SockAddress OfName(byte[] bytes, int length)
        {
            sock_addr made;
            fixed (byte* p = bytes)
            {
                Errors.CheckArgument(Native.sock_addr_unix(p, (UIntPtr)(uint)length, &made));
            }
            return new SockAddress(made);
        }

        /// <summary>Reads the text form of an address.</summary>
        /// <exception cref="ArgumentException">The text is not the form of an address.</exception>
        public static unsafe SockAddress Parse(string text)
        {
            sock_addr made;
            fixed (byte* p = Native.Utf8(text, nameof(text)))
            {
                Errors.CheckArgument(Native.sock_addr_parse(p, &made));
            }
            return new SockAddress(made);
        }

        /// <summary>Makes an address from the system's sockaddr, of any family.</summary>
        public static unsafe SockAddress OfNative(byte[] sockaddr)
        {
            sock_addr made;
            fixed (byte* p = sockaddr)
            {
                Errors.CheckArgument(Native.sock_addr_from_native(p, (UIntPtr)(uint)sockaddr.Length, &made));
            }
            return new SockAddress(made);
        }

        /// <summary>Makes an address from one of .NET.</summary>
        /// <exception cref="ArgumentException">It is not an IPEndPoint.</exception>
        public static SockAddress Of(EndPoint address)
        {
            if (address is SockAddress same)
            {
                return same;
            }
            if (!(address is IPEndPoint ip))
            {
                throw new ArgumentException("not an IPEndPoint: " + address, nameof(address));
            }
            return ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
                ? Ip6(new IPAddress(ip.Address.GetAddressBytes()).ToString(), ip.Port, 0, ip.Address.ScopeId)
                : Ip(ip.Address.ToString(), ip.Port);
        }

        /// <summary>Returns the address as .NET's IPEndPoint.</summary>
        /// <exception cref="SockException">It is of another family than AF_INET and AF_INET6.</exception>
        public IPEndPoint ToIPEndPoint()
        {
            long port, scope;
            IPAddress address = IPAddress.Parse(Fields(out port, out scope));
            if (scope != 0)
            {
                address.ScopeId = scope;
            }
            return new IPEndPoint(address, (int)port);
        }

        /// <summary>The number of the family: AF_INET, AF_UNIX ...; AF_UNSPEC of the empty address.</summary>
        public unsafe int Family
        {
            get
            {
                sock_addr a = native;
                return Errors.Check(Native.sock_addr_family(&a));
            }
        }

        /// <summary>.NET's name of the family, if it has one for it.</summary>
        public override AddressFamily AddressFamily =>
            Family == Constants.AF_INET ? AddressFamily.InterNetwork
            : Family == Constants.AF_INET6 ? AddressFamily.InterNetworkV6
            : Family == Constants.AF_UNIX ? AddressFamily.Unix
            : AddressFamily.Unknown;

        /// <summary>The host of an AF_INET or AF_INET6 address, without its zone.</summary>
        /// <exception cref="SockException">The address is of another family.</exception>
        public string Host => Fields(out _, out _);

        /// <summary>The port of an AF_INET or AF_INET6 address.</summary>
        /// <exception cref="SockException">The address is of another family.</exception>
        public int Port
        {
            get
            {
                long port;
                Fields(out port, out _);
                return (int)port;
            }
        }

        private unsafe string Fields(out long port, out long scope)
        {
            sock_addr a = native;
            byte* host = stackalloc byte[64];
            long p, flow, s;
            long length = Errors.Check(Native.sock_addr_get_ip(&a, host, (UIntPtr)64, &p, &flow, &s));
            port = p;
            scope = s;
            return Native.Text(host, length);
        }

        /// <summary>The bytes of the name of an AF_UNIX address: a path, or an abstract name with its leading NUL.
        /// </summary>
        /// <exception cref="SockException">The address is of another family.</exception>
        public unsafe byte[] UnixName
        {
            get
            {
                sock_addr a = native;
                byte* name = stackalloc byte[128];
                return Bytes(name, Errors.Check(Native.sock_addr_get_unix(&a, name, (UIntPtr)128)));
            }
        }

        /// <summary>Returns the system's sockaddr.</summary>
        public unsafe byte[] ToNative()
        {
            sock_addr a = native;
            byte* bytes = stackalloc byte[128];
            return Bytes(bytes, Errors.Check(Native.sock_addr_native(&a, bytes, (UIntPtr)128)));
        }

        private static unsafe byte[] Bytes(byte* from, long length)
        {
            byte[] to = new byte[length];
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = from[i];
            }
            return to;
        }

        /// <summary>Returns the text form, which <see cref="Parse"/> reads.</summary>
        public override unsafe string ToString()
        {
            sock_addr a = native;
            byte* text = stackalloc byte[400];
            return Native.Text(text, Errors.Check(Native.sock_addr_format(&a, text, (UIntPtr)400)));
        }

        /// <inheritdoc/>
        public unsafe bool Equals(SockAddress? other)
        {
            if (ReferenceEquals(other, null))
            {
                return false;
            }
            sock_addr a = native;
            sock_addr b = other.native;
            return Native.sock_addr_equal(&a, &b) == 1;
        }

        /// <inheritdoc/>
        public override bool Equals(object? other)
        {
            return other is SockAddress address && Equals(address);
        }

        /// <inheritdoc/>
        public override int GetHashCode()
        {
            return ToString().GetHashCode();
        }
    }
}

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Libsock
{
    /// <summary>From hosts and services to addresses, and back: getaddrinfo(3), getnameinfo(3), under a limit.</summary>
    public sealed class Lookup
    {
        /// <summary>AF_INET, AF_INET6, or 0 for both.</summary>
        public int Family { get; set; }

        /// <summary>SOCK_STREAM, SOCK_DGRAM, or 0 for all.</summary>
        public int Type { get; set; }

        /// <summary>IPPROTO_TCP ..., or 0 for all.</summary>
        public int Protocol { get; set; }

        /// <summary>AI_PASSIVE, AI_CANONNAME ...; for names NI_NUMERICHOST, NI_NAMEREQD ...</summary>
        public int Flags { get; set; }

        /// <summary>The limit; null: the default timeout, if any.</summary>
        public TimeSpan? Timeout { get; set; }

        /// <summary>A token that ends the lookup.</summary>
        public CancelToken? Cancel { get; set; }

        /// <summary>One result of a lookup.</summary>
        public sealed class Result
        {
            internal Result(sock_addrinfo native, string canonicalName)
            {
                Family = native.family;
                Type = native.type;
                Protocol = native.proto;
                Address = new SockAddress(native.address);
                CanonicalName = canonicalName;
            }

            /// <summary>AF_INET or AF_INET6.</summary>
            public int Family { get; }

            /// <summary>SOCK_STREAM ...</summary>
            public int Type { get; }

            /// <summary>IPPROTO_TCP ...</summary>
            public int Protocol { get; }

            /// <summary>The address, with its port.</summary>
            public SockAddress Address { get; }

            /// <summary>The official name of the host, in the first result, if AI_CANONNAME asked for it; else "".
            /// </summary>
            public string CanonicalName { get; }
        }

        /// <summary>Finds the addresses of a host, each once.</summary>
        /// <exception cref="SockLookupException">There is no such host.</exception>
        public static IReadOnlyList<SockAddress> All(string host, TimeSpan? timeout = null)
        {
            var all = new List<SockAddress>();
            foreach (Result one in new Lookup { Type = Constants.SOCK_STREAM, Timeout = timeout }.Find(host, null))
            {
                all.Add(one.Address);
            }
            return all;
        }

        /// <summary>Finds all addresses of a host and a service, in the resolver's order.</summary>
        /// <param name="host">A name or a number; null with AI_PASSIVE is every address, else this machine.</param>
        /// <param name="service">A port or the name of a service; null is 0.</param>
        public unsafe IReadOnlyList<Result> Find(string? host, string? service)
        {
            sock_addrinfo_options native = ToNative();
            fixed (byte* h = Native.Utf8(host, nameof(host)), s = Native.Utf8(service, nameof(service)))
            {
                using (var list = new SockHandle(Native.sock_getaddrinfo(h, s, &native)))
                {
                    GC.KeepAlive(Cancel);
                    return Results(list.Value);
                }
            }
        }

        /// <summary>As <see cref="Find"/>.</summary>
        public async Task<IReadOnlyList<Result>> FindAsync(string? host, string? service,
            CancellationToken token = default(CancellationToken))
        {
            using (var operation = new Operation(Start(host, service)))
            {
                long found = await operation.Run(Native.sock_getaddrinfo_step, token).ConfigureAwait(false);
                using (var list = new SockHandle(found))
                {
                    return Results(list.Value);
                }
            }
        }

        private unsafe long Start(string? host, string? service)
        {
            sock_addrinfo_options native = ToNative();
            fixed (byte* h = Native.Utf8(host, nameof(host)), s = Native.Utf8(service, nameof(service)))
            {
                return Native.sock_getaddrinfo_start(h, s, &native);
            }
        }

        private unsafe sock_addrinfo_options ToNative()
        {
            return new sock_addrinfo_options
            {
                size = (UIntPtr)(uint)sizeof(sock_addrinfo_options),
                family = Family,
                type = Type,
                proto = Protocol,
                flags = Flags,
                timeout_ns = ConnectOptions.Limit(Timeout, nameof(Timeout)),
                cancel = Cancel == null ? 0 : Cancel.Handle.Value,
            };
        }

        private static unsafe IReadOnlyList<Result> Results(long list)
        {
            var all = new List<Result>();
            long count = Errors.Check(Native.sock_addrinfo_list_count(list));
            for (long i = 0; i < count; i++)
            {
                long index = i;
                sock_addrinfo info;
                Errors.Check(Native.sock_addrinfo_list_at(list, index, &info));
                all.Add(new Result(info,
                    Native.Copied((buffer, room) => Native.sock_addrinfo_list_canonname(list, index, buffer, room))));
            }
            return all;
        }

        /// <summary>Finds the names of an address, or with NI_NUMERICHOST and NI_NUMERICSERV its numbers.</summary>
        public unsafe (string Host, string Service) Names(SockAddress address)
        {
            sock_addr a = address.Value;
            byte* host = stackalloc byte[1025];
            byte* service = stackalloc byte[32];
            long limit = Timeout == null ? Native.sock_getdefaulttimeout() : Native.Nanoseconds(Timeout, nameof(Timeout));
            Errors.Check(Native.sock_getnameinfo(&a, Flags, host, (UIntPtr)1025, service, (UIntPtr)32, limit));
            return (Native.Text(host), Native.Text(service));
        }

        /// <summary>Finds the full name of a host: the first of its names with a dot.</summary>
        public static unsafe string FullName(string? host, TimeSpan? timeout = null)
        {
            byte[]? name = Native.Utf8(host, nameof(host));
            long limit = Native.Nanoseconds(timeout, nameof(timeout));
            return Native.Copied((buffer, room) =>
            {
                fixed (byte* h = name)
                {
                    return Native.sock_getfqdn(h, limit, buffer, room);
                }
            });
        }
    }
}

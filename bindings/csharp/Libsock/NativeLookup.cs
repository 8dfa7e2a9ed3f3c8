using System;
using System.Runtime.InteropServices;

namespace Libsock
{
    // The C functions of errors, lookups, connections, servers, constants and this machine; sock.h describes them.
    internal static unsafe partial class Native
    {
        [DllImport(Library)]
        internal static extern byte* sock_strerror(long code);

        [DllImport(Library)]
        internal static extern byte* sock_err_name(long code);

        [DllImport(Library)]
        internal static extern long sock_last_error(int* code, byte* buf, UIntPtr cap);

        [DllImport(Library)]
        internal static extern int sock_is_timeout(long code);

        [DllImport(Library)]
        internal static extern int sock_is_temporary(long code);

        [DllImport(Library)]
        internal static extern int sock_is_closed(long code);

        [DllImport(Library)]
        internal static extern int sock_is_resolver(long code);

        [DllImport(Library)]
        internal static extern int sock_is_canceled(long code);

        [DllImport(Library)]
        internal static extern long sock_now();

        [DllImport(Library)]
        internal static extern long sock_getaddrinfo(byte* host, byte* port, sock_addrinfo_options* opt);

        [DllImport(Library)]
        internal static extern long sock_getaddrinfo_start(byte* host, byte* port, sock_addrinfo_options* opt);

        [DllImport(Library)]
        internal static extern long sock_getaddrinfo_step(long op);

        [DllImport(Library)]
        internal static extern long sock_addrinfo_list_count(long list);

        [DllImport(Library)]
        internal static extern int sock_addrinfo_list_at(long list, long index, sock_addrinfo* @out);

        [DllImport(Library)]
        internal static extern long sock_addrinfo_list_canonname(long list, long index, byte* buf, UIntPtr cap);

        [DllImport(Library)]
        internal static extern int sock_getnameinfo(
            sock_addr* addr, int flags, byte* host, UIntPtr host_cap, byte* service, UIntPtr service_cap,
            long timeout_ns);

        [DllImport(Library)]
        internal static extern long sock_getnameinfo_start(sock_addr* addr, int flags, long timeout_ns);

        [DllImport(Library)]
        internal static extern int sock_getnameinfo_step(
            long op, byte* host, UIntPtr host_cap, byte* service, UIntPtr service_cap);

        [DllImport(Library)]
        internal static extern long sock_getfqdn(byte* name, long timeout_ns, byte* buf, UIntPtr cap);

        [DllImport(Library)]
        internal static extern long sock_create_connection(byte* host, byte* port, sock_connect_options* opt);

        [DllImport(Library)]
        internal static extern long sock_create_connection_start(byte* host, byte* port, sock_connect_options* opt);

        [DllImport(Library)]
        internal static extern long sock_create_connection_step(long op);

        [DllImport(Library)]
        internal static extern long sock_create_connection_attempts(long op, sock_attempt* attempts, UIntPtr cap);

        [DllImport(Library)]
        internal static extern long sock_create_server(byte* host, byte* port, sock_server_options* opt);

        [DllImport(Library)]
        internal static extern long sock_create_servers(
            byte* host, byte* port, sock_server_options* opt, long* @out, UIntPtr cap);

        [DllImport(Library)]
        internal static extern long sock_activation_count();

        [DllImport(Library)]
        internal static extern long sock_activation_name(long index, byte* buf, UIntPtr cap);

        [DllImport(Library)]
        internal static extern long sock_activation_take(long index);

        [DllImport(Library)]
        internal static extern long sock_gethostname(byte* buf, UIntPtr cap);

        [DllImport(Library)]
        internal static extern int sock_getservbyname(byte* name, byte* proto);

        [DllImport(Library)]
        internal static extern long sock_getservbyport(long port, byte* proto, byte* buf, UIntPtr cap);

        [DllImport(Library)]
        internal static extern int sock_getprotobyname(byte* name);

        [DllImport(Library)]
        internal static extern long sock_if_nametoindex(byte* name);

        [DllImport(Library)]
        internal static extern long sock_if_indextoname(long index, byte* buf, UIntPtr cap);

        [DllImport(Library)]
        internal static extern long sock_if_nameindex(sock_interface* @out, UIntPtr cap);

        [DllImport(Library)]
        internal static extern long sock_getifaddrs(sock_interface_addr* @out, UIntPtr cap);

        [DllImport(Library)]
        internal static extern int sock_has_ipv6();

        [DllImport(Library)]
        internal static extern int sock_has_dualstack_ipv6();

        [DllImport(Library)]
        internal static extern long sock_constant_count();

        [DllImport(Library)]
        internal static extern int sock_constant_at(long index, byte** name, long* value);

        [DllImport(Library)]
        internal static extern int sock_constant_find(byte* name, long* value);

        [DllImport(Library)]
        internal static extern byte* sock_version();
    }
}

using System;
using System.Runtime.InteropServices;

namespace Libsock
{
    // The C functions of addresses; sock.h describes them.
    internal static unsafe partial class Native
    {
        [DllImport(Library)]
        internal static extern int sock_addr_ip(byte* host, long port, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_ip6(byte* host, long port, long flowinfo, long scope_id, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_unix(void* path, UIntPtr len, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_parse(byte* text, sock_addr* @out);

        [DllImport(Library)]
        internal static extern long sock_addr_format(sock_addr* addr, byte* buf, UIntPtr cap);

        [DllImport(Library)]
        internal static extern int sock_addr_from_native(void* sockaddr, UIntPtr len, sock_addr* @out);

        [DllImport(Library)]
        internal static extern long sock_addr_native(sock_addr* addr, void* sockaddr, UIntPtr cap);

        [DllImport(Library)]
        internal static extern int sock_addr_family(sock_addr* addr);

        [DllImport(Library)]
        internal static extern long sock_addr_get_ip(
            sock_addr* addr, byte* host, UIntPtr cap, long* port, long* flowinfo, long* scope_id);

        [DllImport(Library)]
        internal static extern long sock_addr_get_unix(sock_addr* addr, void* path, UIntPtr cap);

        [DllImport(Library)]
        internal static extern int sock_addr_equal(sock_addr* one, sock_addr* other);

        [DllImport(Library)]
        internal static extern int sock_addr_netlink(long pid, long groups, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_packet(
            byte* device, long protocol, long type, long hatype, void* hwaddr, UIntPtr hwaddr_len, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_can(byte* device, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_isotp(byte* device, long rx_id, long tx_id, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_j1939(byte* device, ulong name, long pgn, long address, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_tipc(
            long addr_type, long v1, long v2, long v3, long scope, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_l2cap(byte* bdaddr, long psm, long cid, long bdaddr_type, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_rfcomm(byte* bdaddr, long channel, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_hci(long dev, long channel, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_sco(byte* bdaddr, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_alg(byte* type, byte* name, long feat, long mask, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_vsock(long cid, long port, long flags, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_addr_qipcrtr(long node, long port, sock_addr* @out);
    }
}

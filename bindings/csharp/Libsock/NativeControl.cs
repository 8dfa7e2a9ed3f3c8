using System;
using System.Runtime.InteropServices;

namespace Libsock
{
    // The C functions of control data; sock.h describes them.
    internal static unsafe partial class Native
    {
        [DllImport(Library)]
        internal static extern long sock_control_space(long kinds, long fds);

        [DllImport(Library)]
        internal static extern int sock_control_next(void* control, UIntPtr len, UIntPtr* pos, sock_control_item* @out);

        [DllImport(Library)]
        internal static extern int sock_control_put(
            void* control, UIntPtr cap, UIntPtr* len, int level, int type, void* data, UIntPtr data_len);

        [DllImport(Library)]
        internal static extern int sock_control_put_fds(void* control, UIntPtr cap, UIntPtr* len, int* fds, UIntPtr n);

        [DllImport(Library)]
        internal static extern int sock_control_put_credentials(
            void* control, UIntPtr cap, UIntPtr* len, long pid, long uid, long gid);

        [DllImport(Library)]
        internal static extern int sock_control_put_pktinfo(
            void* control, UIntPtr cap, UIntPtr* len, sock_addr* from, long ifindex);

        [DllImport(Library)]
        internal static extern int sock_control_put_ttl(void* control, UIntPtr cap, UIntPtr* len, int family, long ttl);

        [DllImport(Library)]
        internal static extern int sock_control_put_tos(void* control, UIntPtr cap, UIntPtr* len, int family, long tos);

        [DllImport(Library)]
        internal static extern int sock_control_put_gso_size(void* control, UIntPtr cap, UIntPtr* len, long size);

        [DllImport(Library)]
        internal static extern int sock_control_put_timestamping(void* control, UIntPtr cap, UIntPtr* len, long flags);

        [DllImport(Library)]
        internal static extern long sock_control_take_fds(void* control, UIntPtr len, int* fds, UIntPtr cap);

        [DllImport(Library)]
        internal static extern int sock_control_take_pidfd(void* control, UIntPtr len, int* fd);

        [DllImport(Library)]
        internal static extern long sock_control_close_fds(void* control, UIntPtr len);

        [DllImport(Library)]
        internal static extern int sock_control_get_credentials(
            void* control, UIntPtr len, long* pid, long* uid, long* gid);

        [DllImport(Library)]
        internal static extern int sock_control_get_timestamp(
            void* control, UIntPtr len, long* software, long* hardware);

        [DllImport(Library)]
        internal static extern int sock_control_get_transmit(void* control, UIntPtr len, long* stage, long* id);

        [DllImport(Library)]
        internal static extern int sock_control_get_pktinfo(
            void* control, UIntPtr len, sock_addr* to, sock_addr* local, long* ifindex);

        [DllImport(Library)]
        internal static extern int sock_control_get_ttl(void* control, UIntPtr len, long* @out);

        [DllImport(Library)]
        internal static extern int sock_control_get_tos(void* control, UIntPtr len, long* @out);

        [DllImport(Library)]
        internal static extern int sock_control_get_drops(void* control, UIntPtr len, long* @out);

        [DllImport(Library)]
        internal static extern int sock_control_get_gro_size(void* control, UIntPtr len, long* @out);

        [DllImport(Library)]
        internal static extern int sock_control_get_error(void* control, UIntPtr len, sock_control_error* @out);
    }
}

using System;
using System.Runtime.InteropServices;

namespace Libsock
{
    // The C functions of sockets, transfers, messages, batches and options; sock.h describes them.
    internal static unsafe partial class Native
    {
        [DllImport(Library)]
        internal static extern int sock_close(long s);

        [DllImport(Library)]
        internal static extern int sock_settimeout(long s, long ns);

        [DllImport(Library)]
        internal static extern long sock_gettimeout(long s);

        [DllImport(Library)]
        internal static extern int sock_setdefaulttimeout(long ns);

        [DllImport(Library)]
        internal static extern long sock_getdefaulttimeout();

        [DllImport(Library)]
        internal static extern int sock_setdeadline(long s, int direction, long at_ns);

        [DllImport(Library)]
        internal static extern long sock_cancel_new();

        [DllImport(Library)]
        internal static extern int sock_cancel_fire(long c);

        [DllImport(Library)]
        internal static extern int sock_setcancel(long s, long c);

        [DllImport(Library)]
        internal static extern long sock_socket(int family, int type, int proto);

        [DllImport(Library)]
        internal static extern int sock_socketpair(int family, int type, int proto, long* @out);

        [DllImport(Library)]
        internal static extern long sock_from_fd(int fd, int family, int type, int proto);

        [DllImport(Library)]
        internal static extern int sock_detach(long s);

        [DllImport(Library)]
        internal static extern long sock_dup(long s);

        [DllImport(Library)]
        internal static extern int sock_fileno(long s);

        [DllImport(Library)]
        internal static extern int sock_family(long s);

        [DllImport(Library)]
        internal static extern int sock_type(long s);

        [DllImport(Library)]
        internal static extern int sock_proto(long s);

        [DllImport(Library)]
        internal static extern int sock_bind(long s, sock_addr* addr);

        [DllImport(Library)]
        internal static extern int sock_listen(long s, int backlog);

        [DllImport(Library)]
        internal static extern long sock_accept(long s, sock_addr* peer);

        [DllImport(Library)]
        internal static extern int sock_connect(long s, sock_addr* addr);

        [DllImport(Library)]
        internal static extern int sock_shutdown(long s, int how);

        [DllImport(Library)]
        internal static extern int sock_getsockname(long s, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_getpeername(long s, sock_addr* @out);

        [DllImport(Library)]
        internal static extern int sock_get_inheritable(long s);

        [DllImport(Library)]
        internal static extern int sock_set_inheritable(long s, int inheritable);

        [DllImport(Library)]
        internal static extern long sock_send(long s, void* buf, UIntPtr len, int flags);

        [DllImport(Library)]
        internal static extern long sock_recv(long s, void* buf, UIntPtr len, int flags);

        [DllImport(Library)]
        internal static extern long sock_sendto(long s, void* buf, UIntPtr len, int flags, sock_addr* to);

        [DllImport(Library)]
        internal static extern long sock_recvfrom(long s, void* buf, UIntPtr len, int flags, sock_addr* from);

        [DllImport(Library)]
        internal static extern int sock_recv_exact(long s, void* buf, UIntPtr len, int flags, UIntPtr* received);

        [DllImport(Library)]
        internal static extern int sock_sendall(long s, void* buf, UIntPtr len, int flags, UIntPtr* sent);

        [DllImport(Library)]
        internal static extern int sock_wait(long s, int direction, long timeout_ns);

        [DllImport(Library)]
        internal static extern int sock_send_pollable(long s, int addressed);

        [DllImport(Library)]
        internal static extern long sock_sendmsg(long s, sock_msg* msg, int flags);

        [DllImport(Library)]
        internal static extern long sock_recvmsg(long s, sock_msg* msg, int flags);

        [DllImport(Library)]
        internal static extern long sock_send_fds(
            long s, void* buf, UIntPtr len, int* fds, UIntPtr n, int flags, sock_addr* to);

        [DllImport(Library)]
        internal static extern long sock_recv_fds(
            long s, void* buf, UIntPtr len, int* fds, UIntPtr cap, UIntPtr* n, int flags, sock_addr* from,
            int* msg_flags);

        [DllImport(Library)]
        internal static extern long sock_sendmany(long s, sock_datagram* v, UIntPtr n, int flags);

        [DllImport(Library)]
        internal static extern long sock_recvmany(long s, sock_datagram* v, UIntPtr n, int flags);

        [DllImport(Library)]
        internal static extern int sock_setgro(long s, int on);

        [DllImport(Library)]
        internal static extern long sock_sendfile(long s, int file, long offset, long count, long* sent);

        [DllImport(Library)]
        internal static extern long sock_splice(long from, long to, long count, long* received, long* sent);

        [DllImport(Library)]
        internal static extern long sock_splice_to_fd(
            long from, int fd, long offset, long count, long* received, long* written);

        [DllImport(Library)]
        internal static extern long sock_splice_from_fd(int fd, long offset, long to, long count, long* sent);

        [DllImport(Library)]
        internal static extern int sock_relay(long a, long b, long idle_ns, sock_relay_counts* counts);

        [DllImport(Library)]
        internal static extern int sock_setsockopt(long s, int level, int name, void* value, UIntPtr len);

        [DllImport(Library)]
        internal static extern int sock_getsockopt(long s, int level, int name, void* value, UIntPtr* len);

        [DllImport(Library)]
        internal static extern int sock_set_keepalive(long s, int on, long idle, long interval, int count);

        [DllImport(Library)]
        internal static extern int sock_get_keepalive(long s, long* idle, long* interval, int* count);

        [DllImport(Library)]
        internal static extern int sock_set_linger(long s, int on, long span);

        [DllImport(Library)]
        internal static extern int sock_get_linger(long s, long* span);

        [DllImport(Library)]
        internal static extern long sock_set_buffer(long s, int direction, long bytes);

        [DllImport(Library)]
        internal static extern long sock_get_buffer(long s, int direction);

        [DllImport(Library)]
        internal static extern int sock_set_device(long s, byte* name);

        [DllImport(Library)]
        internal static extern long sock_get_device(long s, byte* buf, UIntPtr cap);

        [DllImport(Library)]
        internal static extern int sock_join_group(
            long s, sock_addr* group, sock_addr* source, byte* device, long index);

        [DllImport(Library)]
        internal static extern int sock_leave_group(
            long s, sock_addr* group, sock_addr* source, byte* device, long index);

        [DllImport(Library)]
        internal static extern int sock_peer_cred(long s, long* pid, long* uid, long* gid);

        [DllImport(Library)]
        internal static extern int sock_peer_pidfd(long s);

        [DllImport(Library)]
        internal static extern int sock_set_user_timeout(long s, long span);

        [DllImport(Library)]
        internal static extern long sock_get_user_timeout(long s);

        [DllImport(Library)]
        internal static extern int sock_set_congestion(long s, byte* name);

        [DllImport(Library)]
        internal static extern long sock_get_congestion(long s, byte* buf, UIntPtr cap);

        [DllImport(Library)]
        internal static extern int sock_get_tcp_info(long s, TcpInfo* info);

        [DllImport(Library)]
        internal static extern long sock_socket_mptcp(int family);

        [DllImport(Library)]
        internal static extern int sock_mptcp_state(long s);

        [DllImport(Library)]
        internal static extern int sock_set_promiscuous(long s, byte* device, int on);

        [DllImport(Library)]
        internal static extern int sock_set_can_filters(long s, sock_can_filter* filters, UIntPtr count);

        [DllImport(Library)]
        internal static extern long sock_get_can_filters(long s, sock_can_filter* filters, UIntPtr cap);

        [DllImport(Library)]
        internal static extern int sock_set_can_errors(long s, long classes);

        [DllImport(Library)]
        internal static extern int sock_isotp_wait(long s);

        [DllImport(Library)]
        internal static extern int sock_set_alg_key(long s, void* key, UIntPtr len);

        [DllImport(Library)]
        internal static extern int sock_set_alg_tag_size(long s, long size);

        [DllImport(Library)]
        internal static extern long sock_sendmsg_alg(
            long s, sock_iovec* iov, UIntPtr iov_count, long op, void* iv, UIntPtr iv_len, long assoclen, int flags);

        [DllImport(Library)]
        internal static extern long sock_vsock_cid();
    }
}

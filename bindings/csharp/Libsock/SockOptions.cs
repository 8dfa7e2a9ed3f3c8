using System;

namespace Libsock
{
    public sealed partial class Sock
    {
        /// <summary>The options of this socket.</summary>
        public SockOptions Options => new SockOptions(this);
    }

    /// <summary>The options of a socket: any of the system's by level and name, and the usual ones by their meaning.
    /// Times between two units of the kernel are refused, never rounded.</summary>
    public sealed class SockOptions
    {
        private readonly Sock socket;

        internal SockOptions(Sock socket)
        {
            this.socket = socket;
        }

        private long Value => socket.Value;

        private long Kept(long result)
        {
            Errors.Check(result);
            GC.KeepAlive(socket);
            return result;
        }

        /// <summary>Gets an option whose value is an int.</summary>
        public unsafe int Get(int level, int name)
        {
            int value = 0;
            var size = (UIntPtr)4;
            Kept(Native.sock_getsockopt(Value, level, name, &value, &size));
            return value;
        }

        /// <summary>Sets an option whose value is an int.</summary>
        public unsafe void Set(int level, int name, int value)
        {
            Kept(Native.sock_setsockopt(Value, level, name, &value, (UIntPtr)4));
        }

        /// <summary>Gets an option whose value is a structure.</summary>
        /// <param name="room">How many bytes it may have.</param>
        public unsafe byte[] GetBytes(int level, int name, int room)
        {
            byte[] bytes = new byte[room];
            var size = (UIntPtr)(uint)room;
            fixed (byte* p = bytes)
            {
                Kept(Native.sock_getsockopt(Value, level, name, p, &size));
            }
            Array.Resize(ref bytes, (int)Math.Min((long)size, room));
            return bytes;
        }

        /// <summary>Sets an option whose value is a structure.</summary>
        public unsafe void SetBytes(int level, int name, byte[] value)
        {
            fixed (byte* p = value)
            {
                Kept(Native.sock_setsockopt(Value, level, name, p, (UIntPtr)(uint)value.Length));
            }
        }

        private bool Flag(int level, int name)
        {
            return Get(level, name) != 0;
        }

        /// <summary>TCP_NODELAY: small segments are sent at once.</summary>
        public bool NoDelay
        {
            get => Flag(Constants.IPPROTO_TCP, Constants.TCP_NODELAY);
            set => Set(Constants.IPPROTO_TCP, Constants.TCP_NODELAY, value ? 1 : 0);
        }

        /// <summary>SO_REUSEADDR.</summary>
        public bool ReuseAddress
        {
            get => Flag(Constants.SOL_SOCKET, Constants.SO_REUSEADDR);
            set => Set(Constants.SOL_SOCKET, Constants.SO_REUSEADDR, value ? 1 : 0);
        }

        /// <summary>SO_REUSEPORT.</summary>
        public bool ReusePort
        {
            get => Flag(Constants.SOL_SOCKET, Constants.SO_REUSEPORT);
            set => Set(Constants.SOL_SOCKET, Constants.SO_REUSEPORT, value ? 1 : 0);
        }

        /// <summary>SO_BROADCAST.</summary>
        public bool Broadcast
        {
            get => Flag(Constants.SOL_SOCKET, Constants.SO_BROADCAST);
            set => Set(Constants.SOL_SOCKET, Constants.SO_BROADCAST, value ? 1 : 0);
        }

        /// <summary>SO_KEEPALIVE.</summary>
        public bool KeepAlive
        {
            get => Flag(Constants.SOL_SOCKET, Constants.SO_KEEPALIVE);
            set => Set(Constants.SOL_SOCKET, Constants.SO_KEEPALIVE, value ? 1 : 0);
        }

        /// <summary>Turns keepalive on, with its parameters; zero leaves one as it is.</summary>
        /// <param name="idle">The silence before the first probe, in whole seconds.</param>
        /// <param name="interval">The time between probes, in whole seconds.</param>
        /// <param name="count">How many unanswered probes end the connection.</param>
        public void SetKeepAlive(TimeSpan idle, TimeSpan interval, int count)
        {
            Kept(Native.sock_set_keepalive(Value, 1, Native.Nanoseconds(idle, nameof(idle)),
                Native.Nanoseconds(interval, nameof(interval)), count));
        }

        /// <summary>SO_LINGER: how long closing waits for unsent data; null: it does not; zero: it resets.</summary>
        public unsafe TimeSpan? Linger
        {
            get
            {
                long span;
                bool on = Kept(Native.sock_get_linger(Value, &span)) != 0;
                return on ? TimeSpan.FromTicks(Math.Min(span / 100, TimeSpan.MaxValue.Ticks)) : (TimeSpan?)null;
            }

            set => Kept(Native.sock_set_linger(Value, value == null ? 0 : 1,
                value == null ? 0 : Native.Nanoseconds(value, nameof(value))));
        }

        /// <summary>The size of the receive buffer in bytes, as the kernel counts it: twice what was set.</summary>
        public long ReceiveBuffer
        {
            get => Kept(Native.sock_get_buffer(Value, Native.Read));
            set => Kept(Native.sock_set_buffer(Value, Native.Read, value));
        }

        /// <summary>The size of the send buffer in bytes, as the kernel counts it: twice what was set.</summary>
        public long SendBuffer
        {
            get => Kept(Native.sock_get_buffer(Value, Native.Write));
            set => Kept(Native.sock_set_buffer(Value, Native.Write, value));
        }

        /// <summary>The only interface that the socket uses; "" for all.</summary>
        public unsafe string Device
        {
            get => Native.Copied((buffer, room) => Kept(Native.sock_get_device(Value, buffer, room)));
            set
            {
                fixed (byte* p = Native.Utf8(value, nameof(value)))
                {
                    Kept(Native.sock_set_device(Value, p));
                }
            }
        }

        /// <summary>How long sent data may stay unacknowledged, in whole ms; zero leaves it to the system.</summary>
        public TimeSpan UserTimeout
        {
            get => TimeSpan.FromTicks(Kept(Native.sock_get_user_timeout(Value)) / 100);
            set => Kept(Native.sock_set_user_timeout(Value, Native.Nanoseconds(value, nameof(value))));
        }

        /// <summary>The congestion control of a TCP socket: "cubic", "reno" ...</summary>
        public unsafe string Congestion
        {
            get => Native.Copied((buffer, room) => Kept(Native.sock_get_congestion(Value, buffer, room)));
            set
            {
                fixed (byte* p = Native.Utf8(value, nameof(value)))
                {
                    Kept(Native.sock_set_congestion(Value, p));
                }
            }
        }

        /// <summary>What the kernel knows about a TCP connection.</summary>
        public unsafe TcpInfo TcpInfo
        {
            get
            {
                var info = default(TcpInfo);
                info.Size = (uint)sizeof(TcpInfo);
                Kept(Native.sock_get_tcp_info(Value, &info));
                return info;
            }
        }

        /// <summary>Whether the socket uses MPTCP: 0 never asked, 1 asked, 2 active, 3 fell back to TCP.</summary>
        public int MptcpState => (int)Kept(Native.sock_mptcp_state(Value));

        /// <summary>Whether arriving datagrams of one sender and size are joined (UDP_GRO).</summary>
        public bool JoinDatagrams
        {
            set => Kept(Native.sock_setgro(Value, value ? 1 : 0));
        }

        /// <summary>Joins a multicast group.</summary>
        /// <param name="group">Its address; the port does not matter.</param>
        /// <param name="source">The only sender; null for all.</param>
        /// <param name="device">The interface; "" leaves it to the zone of the address or to the kernel.</param>
        public unsafe void JoinGroup(SockAddress group, SockAddress? source = null, string device = "")
        {
            sock_addr g = group.Value;
            sock_addr s = source == null ? default(sock_addr) : source.Value;
            fixed (byte* d = Native.Utf8(device, nameof(device)))
            {
                Kept(Native.sock_join_group(Value, &g, source == null ? null : &s, d, 0));
            }
        }

        /// <summary>Leaves a group that <see cref="JoinGroup"/> joined with the same arguments.</summary>
        public unsafe void LeaveGroup(SockAddress group, SockAddress? source = null, string device = "")
        {
            sock_addr g = group.Value;
            sock_addr s = source == null ? default(sock_addr) : source.Value;
            fixed (byte* d = Native.Utf8(device, nameof(device)))
            {
                Kept(Native.sock_leave_group(Value, &g, source == null ? null : &s, d, 0));
            }
        }

        /// <summary>The process at the other end of an AF_UNIX connection, as it was when it connected.</summary>
        public unsafe (long Pid, long Uid, long Gid) PeerCredentials
        {
            get
            {
                long pid, uid, gid;
                Kept(Native.sock_peer_cred(Value, &pid, &uid, &gid));
                return (pid, uid, gid);
            }
        }

        /// <summary>A pidfd of the process at the other end of an AF_UNIX connection (Linux 6.5).</summary>
        public Descriptor PeerProcess => new Descriptor((int)Kept(Native.sock_peer_pidfd(Value)));

        /// <summary>AF_PACKET: whether the interface passes on the packets of others.</summary>
        public unsafe void SetPromiscuous(string device, bool on)
        {
            fixed (byte* d = Native.Utf8(device, nameof(device)))
            {
                Kept(Native.sock_set_promiscuous(Value, d, on ? 1 : 0));
            }
        }

        /// <summary>AF_CAN: the identifiers and masks of the frames to receive.</summary>
        public unsafe void SetCanFilters(params (uint Id, uint Mask)[] filters)
        {
            var native = new sock_can_filter[filters.Length];
            for (int i = 0; i < native.Length; i++)
            {
                native[i] = new sock_can_filter { id = filters[i].Id, mask = filters[i].Mask };
            }
            fixed (sock_can_filter* p = native)
            {
                Kept(Native.sock_set_can_filters(Value, p, (UIntPtr)(uint)native.Length));
            }
        }

        /// <summary>AF_ALG: the key.</summary>
        public unsafe void SetAlgKey(byte[] key)
        {
            fixed (byte* p = key)
            {
                Kept(Native.sock_set_alg_key(Value, p, (UIntPtr)(uint)key.Length));
            }
        }

        /// <summary>AF_ALG, "aead": the size of the tag.</summary>
        public void SetAlgTagSize(int size)
        {
            Kept(Native.sock_set_alg_tag_size(Value, size));
        }
    }
}

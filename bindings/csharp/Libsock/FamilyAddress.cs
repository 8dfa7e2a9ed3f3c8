using System;

namespace Libsock
{
    // The other families. The numbers are those of the manual pages; out of range, they are refused.
    public sealed partial class SockAddress
    {
        /// <summary>AF_NETLINK: netlink(7).</summary>
        public static unsafe SockAddress Netlink(long pid, long groups)
        {
            sock_addr made;
            return Made(Native.sock_addr_netlink(pid, groups, &made), &made);
        }

        /// <summary>AF_PACKET: an interface, a protocol such as 0x0800, and a hardware address: packet(7).</summary>
        public static unsafe SockAddress Packet(string device, long protocol, long type = 0, long hardwareType = 0,
            byte[]? hardware = null)
        {
            sock_addr made;
            hardware = hardware ?? new byte[0];
            fixed (byte* d = Native.Utf8(device, nameof(device)), h = hardware)
            {
                return Made(Native.sock_addr_packet(d, protocol, type, hardwareType, h, (UIntPtr)(uint)hardware.Length,
                    &made), &made);
            }
        }

        /// <summary>AF_CAN, raw or broadcast manager; "" is every interface.</summary>
        public static unsafe SockAddress Can(string device)
        {
            sock_addr made;
            fixed (byte* d = Native.Utf8(device, nameof(device)))
            {
                return Made(Native.sock_addr_can(d, &made), &made);
            }
        }

        /// <summary>AF_CAN, ISO-TP.</summary>
        public static unsafe SockAddress IsoTp(string device, long receiveId, long sendId)
        {
            sock_addr made;
            fixed (byte* d = Native.Utf8(device, nameof(device)))
            {
                return Made(Native.sock_addr_isotp(d, receiveId, sendId, &made), &made);
            }
        }

        /// <summary>AF_CAN, J1939.</summary>
        public static unsafe SockAddress J1939(string device, ulong name, long pgn, long address)
        {
            sock_addr made;
            fixed (byte* d = Native.Utf8(device, nameof(device)))
            {
                return Made(Native.sock_addr_j1939(d, name, pgn, address, &made), &made);
            }
        }

        /// <summary>AF_TIPC: an address type (TIPC_ADDR_NAME ...) and its three numbers.</summary>
        public static unsafe SockAddress Tipc(long type, long first, long second, long third, long scope = 0)
        {
            sock_addr made;
            return Made(Native.sock_addr_tipc(type, first, second, third, scope, &made), &made);
        }

        /// <summary>AF_BLUETOOTH, L2CAP.</summary>
        public static unsafe SockAddress L2cap(string device, long psm, long cid = 0, long deviceType = 0)
        {
            sock_addr made;
            fixed (byte* d = Native.Utf8(device, nameof(device)))
            {
                return Made(Native.sock_addr_l2cap(d, psm, cid, deviceType, &made), &made);
            }
        }

        /// <summary>AF_BLUETOOTH, RFCOMM.</summary>
        public static unsafe SockAddress Rfcomm(string device, long channel)
        {
            sock_addr made;
            fixed (byte* d = Native.Utf8(device, nameof(device)))
            {
                return Made(Native.sock_addr_rfcomm(d, channel, &made), &made);
            }
        }

        /// <summary>AF_BLUETOOTH, HCI.</summary>
        public static unsafe SockAddress Hci(long device, long channel)
        {
            sock_addr made;
            return Made(Native.sock_addr_hci(device, channel, &made), &made);
        }

        /// <summary>AF_BLUETOOTH, SCO.</summary>
        public static unsafe SockAddress Sco(string device)
        {
            sock_addr made;
            fixed (byte* d = Native.Utf8(device, nameof(device)))
            {
                return Made(Native.sock_addr_sco(d, &made), &made);
            }
        }

        /// <summary>AF_ALG: an algorithm of the kernel, such as "hash" and "sha256".</summary>
        public static unsafe SockAddress Alg(string type, string name, long features = 0, long mask = 0)
        {
            sock_addr made;
            fixed (byte* t = Native.Utf8(type, nameof(type)), n = Native.Utf8(name, nameof(name)))
            {
                return Made(Native.sock_addr_alg(t, n, features, mask, &made), &made);
            }
        }

        /// <summary>AF_VSOCK: a virtual machine and a port: vsock(7).</summary>
        public static unsafe SockAddress Vsock(long cid, long port, long flags = 0)
        {
            sock_addr made;
            return Made(Native.sock_addr_vsock(cid, port, flags, &made), &made);
        }

        /// <summary>AF_QIPCRTR.</summary>
        public static unsafe SockAddress Qipcrtr(long node, long port)
        {
            sock_addr made;
            return Made(Native.sock_addr_qipcrtr(node, port, &made), &made);
        }

        private static unsafe SockAddress Made(int result, sock_addr* made)
        {
            Errors.CheckArgument(result);
            return new SockAddress(*made);
        }
    }
}

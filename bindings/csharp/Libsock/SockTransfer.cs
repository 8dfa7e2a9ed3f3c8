using System;

namespace Libsock
{
    // Sending and receiving, in the calling thread. `flags` are the MSG_* flags of the system.
    public sealed partial class Sock
    {
        /// <summary>Receives bytes.</summary>
        /// <returns>How many: 0 when the other end of a stream has ended its half.</returns>
        public int Receive(byte[] buffer)
        {
            return Receive(buffer, 0, buffer.Length);
        }

        /// <summary>Receives up to <paramref name="count"/> bytes.</summary>
        /// <returns>How many: 0 when the other end of a stream has ended its half.</returns>
        public unsafe int Receive(byte[] buffer, int offset, int count, int flags = 0)
        {
            Errors.CheckRange(buffer, offset, count);
            fixed (byte* p = buffer)
            {
                return Kept((int)Native.sock_recv(Value, p + offset, (UIntPtr)(uint)count, flags));
            }
        }

        /// <summary>Receives exactly <paramref name="count"/> bytes, under one limit.</summary>
        /// <exception cref="SockEndException">The stream ended before; nothing that came is lost.</exception>
        public byte[] ReceiveExactly(int count)
        {
            byte[] buffer = new byte[count];
            ReceiveExactly(buffer, 0, count);
            return buffer;
        }

        /// <summary>Receives exactly <paramref name="count"/> bytes, under one limit. If it fails,
        /// <see cref="ISockError.Transferred"/> of them are in the buffer.</summary>
        /// <exception cref="SockEndException">The stream ended before.</exception>
        public unsafe void ReceiveExactly(byte[] buffer, int offset, int count)
        {
            Errors.CheckRange(buffer, offset, count);
            fixed (byte* p = buffer)
            {
                UIntPtr received;
                Errors.Check(Native.sock_recv_exact(Value, p + offset, (UIntPtr)(uint)count, 0, &received), received);
            }
            GC.KeepAlive(this);
        }

        /// <summary>Sends bytes. In blocking mode a stream takes all; with a timeout, what fits at once.</summary>
        /// <returns>How many were taken.</returns>
        public int Send(byte[] buffer)
        {
            return Send(buffer, 0, buffer.Length);
        }

        /// <summary>Sends bytes. In blocking mode a stream takes all; with a timeout, what fits at once.</summary>
        /// <returns>How many were taken.</returns>
        public unsafe int Send(byte[] buffer, int offset, int count, int flags = 0)
        {
            Errors.CheckRange(buffer, offset, count);
            fixed (byte* p = buffer)
            {
                return Kept((int)Native.sock_send(Value, p + offset, (UIntPtr)(uint)count, flags));
            }
        }

        /// <summary>Sends all bytes, under one limit.</summary>
        public void SendAll(byte[] buffer)
        {
            SendAll(buffer, 0, buffer.Length);
        }

        /// <summary>Sends all bytes, under one limit. If it fails, <see cref="ISockError.Transferred"/> of them were
        /// taken.</summary>
        public unsafe void SendAll(byte[] buffer, int offset, int count)
        {
            Errors.CheckRange(buffer, offset, count);
            fixed (byte* p = buffer)
            {
                UIntPtr sent;
                Errors.Check(Native.sock_sendall(Value, p + offset, (UIntPtr)(uint)count, 0, &sent), sent);
            }
            GC.KeepAlive(this);
        }

        /// <summary>Sends a datagram to an address.</summary>
        public unsafe int SendTo(byte[] buffer, int offset, int count, SockAddress to, int flags = 0)
        {
            Errors.CheckRange(buffer, offset, count);
            sock_addr a = to.Value;
            fixed (byte* p = buffer)
            {
                return Kept((int)Native.sock_sendto(Value, p + offset, (UIntPtr)(uint)count, flags, &a));
            }
        }

        /// <summary>Sends a datagram to an address.</summary>
        public int SendTo(byte[] buffer, SockAddress to)
        {
            return SendTo(buffer, 0, buffer.Length, to);
        }

        /// <summary>Receives a datagram.</summary>
        /// <param name="from">Receives its sender; the empty address if it has none.</param>
        /// <returns>How many bytes; the rest of a longer datagram is lost.</returns>
        public unsafe int ReceiveFrom(byte[] buffer, int offset, int count, out SockAddress from, int flags = 0)
        {
            Errors.CheckRange(buffer, offset, count);
            sock_addr a;
            int received;
            fixed (byte* p = buffer)
            {
                received = Kept((int)Native.sock_recvfrom(Value, p + offset, (UIntPtr)(uint)count, flags, &a));
            }
            from = new SockAddress(a);
            return received;
        }

        /// <summary>Receives a datagram.</summary>
        /// <param name="from">Receives its sender; the empty address if it has none.</param>
        /// <returns>How many bytes; the rest of a longer datagram is lost.</returns>
        public int ReceiveFrom(byte[] buffer, out SockAddress from)
        {
            return ReceiveFrom(buffer, 0, buffer.Length, out from);
        }

        /// <summary>Sends what fits without waiting; 0 if nothing does.</summary>
        internal int SendNow(byte[] buffer, int offset, int count)
        {
            long sent = TrySend(buffer, offset, count);
            return sent == Codes.EAgain ? 0 : Kept((int)sent);
        }

        /// <summary>Waits until the socket is ready, within the deadline and the token.</summary>
        /// <param name="direction">Read or Write.</param>
        /// <param name="limit">The limit of this wait, whatever the timeout; null for none.</param>
        /// <returns>Whether it is ready; false when the limit has passed.</returns>
        public bool Wait(SockDirection direction, TimeSpan? limit)
        {
            return Kept(Native.sock_wait(Value, (int)direction, Native.Nanoseconds(limit, nameof(limit)))) == 1;
        }

#if NETSTANDARD2_1 || NETCOREAPP
        /// <summary>As <see cref="Receive(byte[], int, int, int)"/>.</summary>
        public unsafe int Receive(Span<byte> buffer, int flags = 0)
        {
            fixed (byte* p = buffer)
            {
                return Kept((int)Native.sock_recv(Value, p, (UIntPtr)(uint)buffer.Length, flags));
            }
        }

        /// <summary>As <see cref="ReceiveExactly(byte[], int, int)"/>.</summary>
        public unsafe void ReceiveExactly(Span<byte> buffer)
        {
            fixed (byte* p = buffer)
            {
                UIntPtr received;
                Errors.Check(Native.sock_recv_exact(Value, p, (UIntPtr)(uint)buffer.Length, 0, &received), received);
            }
            GC.KeepAlive(this);
        }

        /// <summary>As <see cref="Send(byte[], int, int, int)"/>.</summary>
        public unsafe int Send(ReadOnlySpan<byte> buffer, int flags = 0)
        {
            fixed (byte* p = buffer)
            {
                return Kept((int)Native.sock_send(Value, p, (UIntPtr)(uint)buffer.Length, flags));
            }
        }

        /// <summary>As <see cref="SendAll(byte[], int, int)"/>.</summary>
        public unsafe void SendAll(ReadOnlySpan<byte> buffer)
        {
            fixed (byte* p = buffer)
            {
                UIntPtr sent;
                Errors.Check(Native.sock_sendall(Value, p, (UIntPtr)(uint)buffer.Length, 0, &sent), sent);
            }
            GC.KeepAlive(this);
        }

        /// <summary>As <see cref="SendTo(byte[], int, int, SockAddress, int)"/>.</summary>
        public unsafe int SendTo(ReadOnlySpan<byte> buffer, SockAddress to, int flags = 0)
        {
            sock_addr a = to.Value;
            fixed (byte* p = buffer)
            {
                return Kept((int)Native.sock_sendto(Value, p, (UIntPtr)(uint)buffer.Length, flags, &a));
            }
        }

        /// <summary>As <see cref="ReceiveFrom(byte[], int, int, out SockAddress, int)"/>.</summary>
        public unsafe int ReceiveFrom(Span<byte> buffer, out SockAddress from, int flags = 0)
        {
            sock_addr a;
            int received;
            fixed (byte* p = buffer)
            {
                received = Kept((int)Native.sock_recvfrom(Value, p, (UIntPtr)(uint)buffer.Length, flags, &a));
            }
            from = new SockAddress(a);
            return received;
        }
#endif
    }
}

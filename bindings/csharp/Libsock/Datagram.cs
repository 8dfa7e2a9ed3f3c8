using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Libsock
{
    /// <summary>A datagram of a batch: <see cref="Sock.SendMany"/>, <see cref="Sock.ReceiveMany"/>.</summary>
    public sealed class Datagram
    {
        /// <summary>Makes one to send, or with this memory to receive.</summary>
        public Datagram(byte[] data)
        {
            Data = data;
            Count = data.Length;
        }

        /// <summary>The memory.</summary>
        public byte[] Data { get; }

        /// <summary>To send: how many bytes of the data. Received: how many came, at most the length of the data. So
        /// what was received can be sent as it is; to receive again, it does not matter.</summary>
        public int Count { get; set; }

        /// <summary>Received: the length of the datagram, more than <see cref="Count"/> if it was cut (MSG_TRUNC).
        /// Sent: how many bytes went.</summary>
        public long Length { get; internal set; }

        /// <summary>The size of the datagrams into which the data is cut, or of those that came as one; 0: it is one.
        /// </summary>
        public int Segment { get; set; }

        /// <summary>Received: MSG_TRUNC ... Sent: 1 if libsock cut the data instead of the kernel.</summary>
        public int Flags { get; internal set; }

        /// <summary>The destination, or the sender; null or empty is the peer.</summary>
        public SockAddress? Address { get; set; }

        /// <summary>Control data; null for none.</summary>
        public Control? Control { get; set; }
    }

    public sealed partial class Sock
    {
        /// <summary>Sends datagrams, many with one system call.</summary>
        /// <returns>How many went, from the first. An error of a later one is thrown by the call that begins with it.
        /// </returns>
        public int SendMany(IReadOnlyList<Datagram> batch, int flags = 0)
        {
            return (int)Errors.Check(TrySendMany(batch, flags));
        }

        /// <summary>Receives datagrams: waits for the first, and takes those that are there.</summary>
        /// <returns>How many were filled, from the first.</returns>
        public int ReceiveMany(IReadOnlyList<Datagram> batch, int flags = 0)
        {
            return (int)Errors.Check(TryReceiveMany(batch, flags));
        }

        /// <summary>As <see cref="SendMany"/>, but sends what fits at once.</summary>
        public Task<int> SendManyAsync(IReadOnlyList<Datagram> batch,
            CancellationToken token = default(CancellationToken))
        {
            int addressed = batch.Count > 0 && batch[0].Address != null ? 1 : 0;
            return Counted(Run(Native.Write, () => TrySendMany(batch, Codes.DontWait), null, token,
                () => Native.sock_send_pollable(Value, addressed) == 0));
        }

        /// <summary>As <see cref="ReceiveMany"/>.</summary>
        public Task<int> ReceiveManyAsync(IReadOnlyList<Datagram> batch,
            CancellationToken token = default(CancellationToken))
        {
            return Counted(Run(Native.Read, () => TryReceiveMany(batch, Codes.DontWait), null, token));
        }

        private unsafe long TrySendMany(IReadOnlyList<Datagram> batch, int flags)
        {
            var native = new sock_datagram[batch.Count];
            using (var pins = new Pins(2 * native.Length))
            {
                for (int i = 0; i < native.Length; i++)
                {
                    Datagram one = batch[i];
                    Errors.CheckRange(one.Data, 0, one.Count);
                    native[i].buf = pins.Pin(one.Data);
                    native[i].len = (UIntPtr)(uint)one.Count;
                    // One out of range ends the batch before it, as in C.
                    native[i].segment = unchecked((uint)one.Segment);
                    native[i].addr = one.Address == null ? default(sock_addr) : one.Address.Value;
                    if (one.Control != null)
                    {
                        native[i].control = pins.Pin(one.Control.Buffer);
                        native[i].control_len = (UIntPtr)(uint)one.Control.Length;
                    }
                }
                fixed (sock_datagram* p = native)
                {
                    long sent = Native.sock_sendmany(Value, p, (UIntPtr)(uint)native.Length, flags);
                    GC.KeepAlive(this);
                    for (int i = 0; i < sent; i++)
                    {
                        batch[i].Length = (long)native[i].count;
                        batch[i].Flags = native[i].flags;
                    }
                    return sent;
                }
            }
        }

        private unsafe long TryReceiveMany(IReadOnlyList<Datagram> batch, int flags)
        {
            var native = new sock_datagram[batch.Count];
            using (var pins = new Pins(2 * native.Length))
            {
                for (int i = 0; i < native.Length; i++)
                {
                    Datagram one = batch[i];
                    native[i].buf = pins.Pin(one.Data);
                    native[i].len = (UIntPtr)(uint)one.Data.Length;
                    if (one.Control != null)
                    {
                        one.Control.Clear();
                        native[i].control = pins.Pin(one.Control.Buffer);
                        native[i].control_len = (UIntPtr)(uint)one.Control.Buffer.Length;
                    }
                }
                fixed (sock_datagram* p = native)
                {
                    long filled = Native.sock_recvmany(Value, p, (UIntPtr)(uint)native.Length, flags);
                    GC.KeepAlive(this);
                    for (int i = 0; i < filled; i++)
                    {
                        Datagram one = batch[i];
                        one.Length = (long)native[i].count;
                        one.Count = (int)Math.Min(one.Length, one.Data.Length);
                        one.Segment = (int)native[i].segment;
                        one.Flags = native[i].flags;
                        one.Address = new SockAddress(native[i].addr);
                        one.Control?.Came(native[i].control_len);
                    }
                    return filled;
                }
            }
        }
    }
}

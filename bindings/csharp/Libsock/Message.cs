using System;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace Libsock
{
    /// <summary>A message of sendmsg(2) and recvmsg(2): data in pieces, an address, control data.</summary>
    public sealed class Message
    {
        /// <summary>Makes a message of these pieces, which are sent or filled in order.</summary>
        public Message(params byte[][] pieces)
        {
            Pieces = pieces;
        }

        /// <summary>The pieces, at most 1024.</summary>
        public byte[][] Pieces { get; }

        /// <summary>To send: the destination; null is the peer. Received: the sender.</summary>
        public SockAddress? Address { get; set; }

        /// <summary>Control data; null for none.</summary>
        public Control? Control { get; set; }

        /// <summary>Received: the MSG_* flags, such as MSG_TRUNC.</summary>
        public int Flags { get; internal set; }

        /// <summary>Received: the length of the datagram, which with MSG_TRUNC in the flags of the call may be more than
        /// the pieces hold.</summary>
        public long Length { get; internal set; }
    }

    public sealed partial class Sock
    {
        /// <summary>Sends a message.</summary>
        /// <returns>How many bytes were taken.</returns>
        public int SendMessage(Message message, int flags = 0)
        {
            return Kept((int)TrySendMessage(message, flags));
        }

        /// <summary>As <see cref="SendMessage"/>, but sends what fits at once.</summary>
        public Task<int> SendMessageAsync(Message message, CancellationToken token = default(CancellationToken))
        {
            int addressed = message.Address != null ? 1 : 0;
            return Counted(Run(Native.Write, () => TrySendMessage(message, Codes.DontWait), null, token,
                () => Native.sock_send_pollable(Value, addressed) == 0));
        }

        private unsafe long TrySendMessage(Message message, int flags)
        {
            sock_addr address = message.Address == null ? default(sock_addr) : message.Address.Value;
            using (var pins = new Pins(message.Pieces.Length + 1))
            {
                sock_iovec[] pieces = Pieces(message, pins);
                fixed (sock_iovec* p = pieces)
                {
                    var native = new sock_msg
                    {
                        addr = message.Address == null ? null : &address,
                        iov = p,
                        iov_count = (UIntPtr)(uint)pieces.Length,
                    };
                    if (message.Control != null)
                    {
                        native.control = pins.Pin(message.Control.Buffer);
                        native.control_len = (UIntPtr)(uint)message.Control.Length;
                    }
                    return Native.sock_sendmsg(Value, &native, flags);
                }
            }
        }

        /// <summary>Receives a message into the pieces, and its sender, flags and control data.</summary>
        /// <returns>How many bytes came: 0 when the other end of a stream has ended its half.</returns>
        public int ReceiveMessage(Message message, int flags = 0)
        {
            return Kept((int)TryReceiveMessage(message, flags));
        }

        /// <summary>As <see cref="ReceiveMessage"/>.</summary>
        public Task<int> ReceiveMessageAsync(Message message, CancellationToken token = default(CancellationToken))
        {
            return Counted(Run(Native.Read, () => TryReceiveMessage(message, Codes.DontWait), null, token));
        }

        private unsafe long TryReceiveMessage(Message message, int flags)
        {
            sock_addr address;
            using (var pins = new Pins(message.Pieces.Length + 1))
            {
                sock_iovec[] pieces = Pieces(message, pins);
                fixed (sock_iovec* p = pieces)
                {
                    var native = new sock_msg { addr = &address, iov = p, iov_count = (UIntPtr)(uint)pieces.Length };
                    if (message.Control != null)
                    {
                        message.Control.Clear();
                        native.control = pins.Pin(message.Control.Buffer);
                        native.control_cap = (UIntPtr)(uint)message.Control.Buffer.Length;
                    }
                    long received = Native.sock_recvmsg(Value, &native, flags);
                    if (received >= 0)
                    {
                        message.Control?.Came(native.control_len);
                        message.Address = new SockAddress(address);
                        message.Flags = native.flags;
                        message.Length = (long)native.true_len;
                    }
                    return received;
                }
            }
        }

        private static unsafe sock_iovec[] Pieces(Message message, Pins pins)
        {
            var pieces = new sock_iovec[message.Pieces.Length];
            for (int i = 0; i < pieces.Length; i++)
            {
                pieces[i].@base = pins.Pin(message.Pieces[i]);
                pieces[i].len = (UIntPtr)(uint)message.Pieces[i].Length;
            }
            return pieces;
        }

        /// <summary>Sends data to an operation of AF_ALG, an accepted socket; <see cref="Receive(byte[])"/> then has the
        /// result.</summary>
        /// <param name="data">The data; for "aead" the associated data comes first.</param>
        /// <param name="encrypt">Or decrypt.</param>
        /// <param name="vector">The initialisation vector; empty for none.</param>
        /// <param name="associated">How much of the data is associated.</param>
        /// <param name="flags">MSG_MORE: more data follows.</param>
        public unsafe int SendAlg(byte[] data, bool encrypt, byte[] vector, long associated = 0, int flags = 0)
        {
            fixed (byte* d = data, v = vector)
            {
                var piece = new sock_iovec { @base = d, len = (UIntPtr)(uint)data.Length };
                return Kept((int)Native.sock_sendmsg_alg(Value, &piece, (UIntPtr)1, encrypt ? 1 : 0, v,
                    (UIntPtr)(uint)vector.Length, associated, flags));
            }
        }
    }

    /// <summary>Keeps any number of arrays where they are, until it is disposed.</summary>
    internal sealed class Pins : IDisposable
    {
        private readonly GCHandle[] handles;
        private int count;

        internal Pins(int room)
        {
            handles = new GCHandle[room];
        }

        internal unsafe void* Pin(byte[] array)
        {
            if (array.Length == 0)
            {
                return null;
            }
            handles[count] = GCHandle.Alloc(array, GCHandleType.Pinned);
            return (void*)handles[count++].AddrOfPinnedObject();
        }

        public void Dispose()
        {
            while (count > 0)
            {
                handles[--count].Free();
            }
        }
    }
}

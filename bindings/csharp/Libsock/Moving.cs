using System;
using System.IO;

namespace Libsock
{
    /// <summary>What a relay has moved.</summary>
    public sealed class RelayCounts
    {
        internal RelayCounts(sock_relay_counts native)
        {
            AToB = (long)native.a_to_b;
            BToA = (long)native.b_to_a;
            ALost = (long)native.a_lost;
            BLost = (long)native.b_lost;
            AEnded = native.a_ended != 0;
            BEnded = native.b_ended != 0;
        }

        /// <summary>Bytes from the first to the second connection.</summary>
        public long AToB { get; }

        /// <summary>Bytes from the second to the first connection.</summary>
        public long BToA { get; }

        /// <summary>Bytes received from the first connection that the second did not take.</summary>
        public long ALost { get; }

        /// <summary>Bytes received from the second connection that the first did not take.</summary>
        public long BLost { get; }

        /// <summary>Whether the first connection has ended.</summary>
        public bool AEnded { get; }

        /// <summary>Whether the second connection has ended.</summary>
        public bool BEnded { get; }
    }

    // Bytes that move without passing through the program.
    public sealed partial class Sock
    {
        /// <summary>Sends a file from its position to its end, or a part of it, under one limit. Afterwards its position
        /// is behind the last byte sent.</summary>
        /// <param name="count">How many bytes; -1: up to the end.</param>
        /// <returns>How many were sent.</returns>
        public unsafe long SendFile(FileStream file, long count = -1)
        {
            file.Flush();
            long begin = file.Position;
            long sent = 0;
            try
            {
                int number = (int)file.SafeFileHandle.DangerousGetHandle();
                int failed = 0;
                long result = Native.sock_sendfile(Value, number, begin, count, &sent);
                failed = result < 0 ? (int)result : 0;
                if (failed != 0)
                {
                    throw Errors.From(failed, sent);
                }
                GC.KeepAlive(this);
                return result;
            }
            finally
            {
                file.Position = begin + sent;
            }
        }

        /// <summary>Sends what a descriptor has, such as a pipe, up to its end.</summary>
        /// <param name="count">How many bytes; -1: up to the end.</param>
        public unsafe long SendFile(Descriptor file, long offset = 0, long count = -1)
        {
            long sent = 0;
            long result = Native.sock_sendfile(Value, file.Number, offset, count, &sent);
            if (result < 0)
            {
                throw Errors.From(result, sent);
            }
            GC.KeepAlive(file);
            GC.KeepAlive(this);
            return result;
        }

        /// <summary>Moves bytes from this connection to another one.</summary>
        /// <param name="count">How many; -1: up to the end.</param>
        /// <returns>How many were sent.</returns>
        public unsafe long SpliceTo(Sock to, long count = -1)
        {
            long received = 0, sent = 0;
            long result = Native.sock_splice(Value, to.Value, count, &received, &sent);
            if (result < 0)
            {
                throw Errors.From(result, sent);
            }
            GC.KeepAlive(to);
            GC.KeepAlive(this);
            return result;
        }

        /// <summary>Joins two connections: moves bytes both ways until both have ended.</summary>
        /// <param name="idle">How long neither may send anything; null for no limit.</param>
        public static unsafe RelayCounts Relay(Sock a, Sock b, TimeSpan? idle = null)
        {
            sock_relay_counts counts;
            Errors.Check(Native.sock_relay(a.Value, b.Value, Native.Nanoseconds(idle, nameof(idle)), &counts));
            GC.KeepAlive(a);
            GC.KeepAlive(b);
            return new RelayCounts(counts);
        }
    }
}

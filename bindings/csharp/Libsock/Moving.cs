using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

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
                long result = Native.sock_sendfile(Value, number, begin, count, &sent);
                if (result < 0)
                {
                    throw Errors.From(result, sent);
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

        /// <summary>As <see cref="SendFile(FileStream, long)"/>.</summary>
        public async Task<long> SendFileAsync(FileStream file, long count = -1,
            CancellationToken token = default(CancellationToken))
        {
            file.Flush();
            long begin = file.Position;
            long sent = 0;
            // sendfile(2) has no MSG_DONTWAIT: a second handle is in non-blocking mode. Limits are this one's.
            using (Sock now = Duplicate())
            {
                now.Timeout = TimeSpan.Zero;
                try
                {
                    await Run(Native.Write, () => TrySendFile(now, file, begin, count, ref sent), () => sent, token)
                        .ConfigureAwait(false);
                    return sent;
                }
                finally
                {
                    file.Position = begin + sent;
                }
            }
        }

        private unsafe long TrySendFile(Sock now, FileStream file, long begin, long count, ref long sent)
        {
            int number = (int)file.SafeFileHandle.DangerousGetHandle();
            long result;
            do
            {
                long ready = TryWait(Native.Write);
                if (ready < 0)
                {
                    return ready;
                }
                long part = 0;
                long most = count == -1 ? Part : Math.Min(Part, count - sent);
                result = Native.sock_splice_from_fd(number, begin + sent, now.Value, most, &part);
                sent += part;
            }
            while (result > 0 && sent != count);
            return result;
        }

        // How much is sent before the limits are looked at again.
        private const long Part = 1 << 20;

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

using System;
using System.Threading;
using System.Threading.Tasks;

namespace Libsock
{
    // Tasks. Each tries the call at once, and waits only if it would block. Timeout, deadlines and token of the socket
    // apply to them as to calls that wait in their thread; a CancellationToken ends one of them. A cancelled Task has lost
    // no data: SockCanceledException.Transferred says how much it had sent.
    public sealed partial class Sock
    {
        private Waiters.Registration? registration;

        private Waiters.Registration Registered =>
            registration
            ?? Interlocked.CompareExchange(ref registration, new Waiters.Registration(Value), null)
            ?? registration;

        /// <summary>As <see cref="Receive(byte[], int, int, int)"/>.</summary>
        public Task<int> ReceiveAsync(byte[] buffer, int offset, int count,
            CancellationToken token = default(CancellationToken))
        {
            Errors.CheckRange(buffer, offset, count);
            return Counted(Run(Native.Read, () => TryReceive(buffer, offset, count), null, token));
        }

        /// <summary>As <see cref="Receive(byte[])"/>.</summary>
        public Task<int> ReceiveAsync(byte[] buffer, CancellationToken token = default(CancellationToken))
        {
            return ReceiveAsync(buffer, 0, buffer.Length, token);
        }

        /// <summary>As <see cref="ReceiveExactly(byte[], int, int)"/>.</summary>
        public Task ReceiveExactlyAsync(byte[] buffer, int offset, int count,
            CancellationToken token = default(CancellationToken))
        {
            Errors.CheckRange(buffer, offset, count);
            int done = 0;
            return Run(Native.Read, () =>
            {
                while (done < count)
                {
                    long received = TryReceive(buffer, offset + done, count - done);
                    if (received <= 0)
                    {
                        return received == 0 ? Native.EEof : received;
                    }
                    done += (int)received;
                }
                return 0;
            }, () => done, token);
        }

        /// <summary>As <see cref="ReceiveExactly(int)"/>.</summary>
        public async Task<byte[]> ReceiveExactlyAsync(int count, CancellationToken token = default(CancellationToken))
        {
            byte[] buffer = new byte[count];
            await ReceiveExactlyAsync(buffer, 0, count, token).ConfigureAwait(false);
            return buffer;
        }

        /// <summary>Sends what fits at once, at least one byte.</summary>
        /// <returns>How many bytes were taken.</returns>
        public Task<int> SendAsync(byte[] buffer, int offset, int count,
            CancellationToken token = default(CancellationToken))
        {
            Errors.CheckRange(buffer, offset, count);
            return Counted(Run(Native.Write, () => TrySend(buffer, offset, count), null, token));
        }

        /// <summary>As <see cref="SendAll(byte[], int, int)"/>.</summary>
        public Task SendAllAsync(byte[] buffer, int offset, int count,
            CancellationToken token = default(CancellationToken))
        {
            Errors.CheckRange(buffer, offset, count);
            int done = 0;
            return Run(Native.Write, () =>
            {
                while (done < count)
                {
                    long sent = TrySend(buffer, offset + done, count - done);
                    if (sent < 0)
                    {
                        return sent;
                    }
                    done += (int)sent;
                }
                return 0;
            }, () => done, token);
        }

        /// <summary>As <see cref="SendAll(byte[])"/>.</summary>
        public Task SendAllAsync(byte[] buffer, CancellationToken token = default(CancellationToken))
        {
            return SendAllAsync(buffer, 0, buffer.Length, token);
        }

        /// <summary>As <see cref="SendTo(byte[], int, int, SockAddress, int)"/>.</summary>
        public Task<int> SendToAsync(byte[] buffer, int offset, int count, SockAddress to,
            CancellationToken token = default(CancellationToken))
        {
            Errors.CheckRange(buffer, offset, count);
            return Counted(Run(Native.Write, () => TrySendTo(buffer, offset, count, to), null, token,
                () => Native.sock_send_pollable(Value, 1) == 0));
        }

        /// <summary>As <see cref="ReceiveFrom(byte[], out SockAddress)"/>.</summary>
        public async Task<(int Count, SockAddress From)> ReceiveFromAsync(byte[] buffer, int offset, int count,
            CancellationToken token = default(CancellationToken))
        {
            Errors.CheckRange(buffer, offset, count);
            var from = default(sock_addr);
            long received = await Run(Native.Read, () => TryReceiveFrom(buffer, offset, count, out from), null, token)
                .ConfigureAwait(false);
            return ((int)received, new SockAddress(from));
        }

        /// <summary>As <see cref="Accept()"/>.</summary>
        public async Task<Sock> AcceptAsync(CancellationToken token = default(CancellationToken))
        {
            lock (Handle)
            {
                if (!tasksAccept)
                {
                    acceptTimeout = Errors.Check(Native.sock_gettimeout(Value));
                    tasksAccept = true;
                    Errors.Check(Native.sock_settimeout(Value, 0));
                }
            }
            return new Sock(await Run(Native.Read, TryAccept, null, token).ConfigureAwait(false));
        }

        /// <summary>As <see cref="Connect(SockAddress)"/>. The timeout of the socket must not change meanwhile.</summary>
        public async Task ConnectAsync(SockAddress address, CancellationToken token = default(CancellationToken))
        {
            long limit = TimeoutNanoseconds();
            Errors.Check(Native.sock_settimeout(Value, 0));
            bool begun = false;
            try
            {
                await Run(Native.Write, () => TryConnect(address, ref begun), null, token, () => !begun, limit)
                    .ConfigureAwait(false);
            }
            finally
            {
                Native.sock_settimeout(Value, limit);
            }
        }

        /// <summary>As <see cref="Wait"/>, with the timeout of the socket.</summary>
        public async Task WaitAsync(SockDirection direction, CancellationToken token = default(CancellationToken))
        {
            await Run((int)direction, () => TryWait((int)direction), null, token).ConfigureAwait(false);
        }

        /// <summary>Tries a call until it does not return -EAGAIN, and waits in between.</summary>
        /// <param name="direction">Native.Read or Native.Write.</param>
        /// <param name="attempt">The call: a result, or a code. It must not wait.</param>
        /// <param name="done">How many bytes were transferred before a failure.</param>
        /// <param name="token">Ends it.</param>
        /// <param name="hidden">Whether the queue that is full is one that no poller reports.</param>
        /// <param name="limit">The timeout, if it is not the socket's.</param>
        private async Task<long> Run(int direction, Func<long> attempt, Func<long>? done, CancellationToken token,
            Func<bool>? hidden = null, long limit = -1)
        {
            long until = -1;
            int code = 0;
            while (true)
            {
                if (token.IsCancellationRequested)
                {
                    throw Errors.From(Native.ECanceled, done == null ? 0 : done(), token);
                }
                long result = attempt();
                GC.KeepAlive(this);
                if (result >= 0)
                {
                    return result;
                }
                if (result == Codes.EAgain && until < 0)
                {
                    // Only now: a call that need not wait has no use for them.
                    limit = limit < 0 ? TimeoutNanoseconds() : limit;
                    until = Native.At(limit);
                }
                if (result != Codes.EAgain || limit == 0)
                {
                    throw Errors.From(result, done == null ? 0 : done());
                }
                // After an error that has not ended the call, no poller would wait.
                code = await Waiting(direction, until, code == Waiters.OnlyError ? () => true : hidden, token)
                    .ConfigureAwait(false);
                if (code < 0)
                {
                    throw Errors.From(code, done == null ? 0 : done(), token);
                }
            }
        }

        private async Task<int> Waiting(int direction, long until, Func<bool>? hidden, CancellationToken token)
        {
            // The queue that is full may be the receiver's, or the backlog of an AF_UNIX listener.
            bool blind = hidden != null ? hidden()
                : direction == Native.Write && Native.sock_send_pollable(Value, 0) == 0;
            long retry = blind ? Native.sock_now() + 5000000 : Native.Forever;
            int code = await Registered.Wait(blind ? 0 : direction, (out long at, out CancelToken? current) =>
            {
                long deadline = direction == Native.Read
                    ? Interlocked.Read(ref readDeadline) : Interlocked.Read(ref writeDeadline);
                at = Math.Min(Math.Min(until, deadline), retry);
                current = cancel;
            }, token).ConfigureAwait(false);
            return code == Native.ETimedOut && Native.sock_now() < until ? 0 : code;
        }

        private static async Task<int> Counted(Task<long> run)
        {
            return (int)await run.ConfigureAwait(false);
        }

#if NETSTANDARD2_1 || NETCOREAPP
        /// <summary>As <see cref="Receive(byte[], int, int, int)"/>.</summary>
        public Task<int> ReceiveAsync(Memory<byte> buffer, CancellationToken token = default(CancellationToken))
        {
            return Counted(Run(Native.Read, () => TryReceive(buffer), null, token));
        }

        /// <summary>As <see cref="SendAll(byte[], int, int)"/>.</summary>
        public Task SendAllAsync(ReadOnlyMemory<byte> buffer, CancellationToken token = default(CancellationToken))
        {
            int done = 0;
            return Run(Native.Write, () =>
            {
                while (done < buffer.Length)
                {
                    long sent = TrySend(buffer.Slice(done));
                    if (sent < 0)
                    {
                        return sent;
                    }
                    done += (int)sent;
                }
                return 0;
            }, () => done, token);
        }

        private unsafe long TryReceive(Memory<byte> buffer)
        {
            fixed (byte* p = buffer.Span)
            {
                return Native.sock_recv(Value, p, (UIntPtr)(uint)buffer.Length, Codes.DontWait);
            }
        }

        private unsafe long TrySend(ReadOnlyMemory<byte> buffer)
        {
            fixed (byte* p = buffer.Span)
            {
                return Native.sock_send(Value, p, (UIntPtr)(uint)buffer.Length, Codes.DontWait);
            }
        }
#endif

        // Attempts ----------------------------------------------------------------------------------------

        private unsafe long TryReceive(byte[] buffer, int offset, int count)
        {
            fixed (byte* p = buffer)
            {
                return Native.sock_recv(Value, p + offset, (UIntPtr)(uint)count, Codes.DontWait);
            }
        }

        private unsafe long TrySend(byte[] buffer, int offset, int count)
        {
            fixed (byte* p = buffer)
            {
                return Native.sock_send(Value, p + offset, (UIntPtr)(uint)count, Codes.DontWait);
            }
        }

        private unsafe long TrySendTo(byte[] buffer, int offset, int count, SockAddress to)
        {
            sock_addr a = to.Value;
            fixed (byte* p = buffer)
            {
                return Native.sock_sendto(Value, p + offset, (UIntPtr)(uint)count, Codes.DontWait, &a);
            }
        }

        private unsafe long TryReceiveFrom(byte[] buffer, int offset, int count, out sock_addr from)
        {
            sock_addr a;
            fixed (byte* p = buffer)
            {
                long received = Native.sock_recvfrom(Value, p + offset, (UIntPtr)(uint)count, Codes.DontWait, &a);
                from = a;
                return received;
            }
        }

        private unsafe long TryAccept()
        {
            return Native.sock_accept(Value, null);
        }

        private unsafe long TryConnect(SockAddress address, ref bool begun)
        {
            sock_addr a = address.Value;
            int result = Native.sock_connect(Value, &a);
            bool going = result == Codes.EInprogress || result == Codes.EAlready;
            if (begun && result == Codes.EIsconn)
            {
                return 0;
            }
            begun |= going;
            return going ? Codes.EAgain : result;
        }

        private long TryWait(int direction)
        {
            int ready = Native.sock_wait(Value, direction, 0);
            return ready == 0 ? Codes.EAgain : ready;
        }
    }
}

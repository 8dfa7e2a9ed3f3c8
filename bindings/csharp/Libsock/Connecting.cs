using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Libsock
{
    /// <summary>How to connect by name. One limit covers the lookup and all attempts.</summary>
    public sealed class ConnectOptions
    {
        /// <summary>The limit of the whole call; null: the default timeout, if any.</summary>
        public TimeSpan? Timeout { get; set; }

        /// <summary>The limit of each attempt; null: none of its own.</summary>
        public TimeSpan? AttemptTimeout { get; set; }

        /// <summary>How long IPv4 addresses wait for IPv6 ones; null: 50 ms.</summary>
        public TimeSpan? ResolutionDelay { get; set; }

        /// <summary>The time from one attempt to the next; null: 250 ms.</summary>
        public TimeSpan? Stagger { get; set; }

        /// <summary>Whether each attempt waits until the previous one has failed.</summary>
        public bool OneByOne { get; set; }

        /// <summary>A token that ends the call.</summary>
        public CancelToken? Cancel { get; set; }

        /// <summary>The local address; null: the kernel's choice.</summary>
        public SockAddress? Source { get; set; }

        /// <summary>AF_INET, AF_INET6, or 0 for both.</summary>
        public int Family { get; set; }

        /// <summary>Whether to use TCP Fast Open.</summary>
        public bool FastOpen { get; set; }

        /// <summary>Receives the attempts when the call ends, also when it fails.</summary>
        public Action<IReadOnlyList<Attempt>>? Attempts { get; set; }

        internal sock_connect_options ToNative()
        {
            return new sock_connect_options
            {
                timeout_ns = Limit(Timeout, nameof(Timeout)),
                attempt_timeout_ns = Limit(AttemptTimeout, nameof(AttemptTimeout)),
                resolution_delay_ns = Pause(ResolutionDelay, nameof(ResolutionDelay)),
                stagger_ns = OneByOne ? -1 : Pause(Stagger, nameof(Stagger)),
                cancel = Cancel == null ? 0 : Cancel.Handle.Value,
                family = Family,
                fast_open = FastOpen ? 1 : 0,
            };
        }

        // 0 means the default in C; the shortest limit is 1 ns.
        internal static long Limit(TimeSpan? limit, string parameter)
        {
            return limit == null ? 0 : Math.Max(1, Native.Nanoseconds(limit, parameter));
        }

        private static long Pause(TimeSpan? pause, string parameter)
        {
            return pause == null ? 0 : Math.Max(1, Native.Nanoseconds(pause, parameter));
        }
    }

    /// <summary>The phase that an attempt to connect reached.</summary>
    public enum AttemptPhase
    {
        /// <summary>The lookup of one family failed or was not waited for.</summary>
        Lookup = 1,

        /// <summary>No socket could be made.</summary>
        Socket = 2,

        /// <summary>Setting options or binding failed.</summary>
        Bind = 3,

        /// <summary>The attempt was connecting.</summary>
        Connect = 4,

        /// <summary>It is connected.</summary>
        Connected = 5,
    }

    /// <summary>One attempt to connect.</summary>
    public sealed class Attempt
    {
        internal Attempt(sock_attempt native)
        {
            Address = new SockAddress(native.address);
            Phase = (AttemptPhase)native.phase;
            Code = native.code;
            Took = TimeSpan.FromTicks(Math.Max(0, native.end_ns - native.start_ns) / 100);
        }

        /// <summary>The address that was tried; of a lookup only the family.</summary>
        public SockAddress Address { get; }

        /// <summary>The phase that it reached.</summary>
        public AttemptPhase Phase { get; }

        /// <summary>How it ended: 0 for the winner, else a code.</summary>
        public int Code { get; }

        /// <summary>How long it took.</summary>
        public TimeSpan Took { get; }

        /// <summary>How it ended, as an exception; null for the winner.</summary>
        public Exception? Failure => Code == 0 ? null : Errors.From(Code, 0);
    }

    public sealed partial class Sock
    {
        /// <summary>Connects to a host and a port over TCP, on the first of its addresses that works.</summary>
        /// <param name="host">A name or a number; null is this machine.</param>
        /// <param name="port">0 to 65535.</param>
        /// <param name="timeout">The limit of lookup and attempts together; null: the default timeout, if any.</param>
        public static Sock Connect(string? host, int port, TimeSpan? timeout = null)
        {
            Errors.CheckPort(port);
            return Connect(host, port.ToString(), new ConnectOptions { Timeout = timeout });
        }

        /// <summary>Connects to a host and a service over TCP.</summary>
        /// <param name="host">A name or a number; null is this machine.</param>
        /// <param name="service">A port or the name of a service.</param>
        /// <param name="options">Limits, pace and more.</param>
        public static unsafe Sock Connect(string? host, string service, ConnectOptions options)
        {
            sock_connect_options native = options.ToNative();
            native.size = (UIntPtr)(uint)sizeof(sock_connect_options);
            sock_addr source = options.Source == null ? default(sock_addr) : options.Source.Value;
            native.source = options.Source == null ? null : &source;
            sock_attempt* attempts = stackalloc sock_attempt[32];
            UIntPtr count;
            if (options.Attempts != null)
            {
                native.attempts = attempts;
                native.attempts_cap = (UIntPtr)32;
                native.attempts_count = &count;
            }
            fixed (byte* h = Native.Utf8(host, nameof(host)), s = Native.Utf8(service, nameof(service)))
            {
                count = UIntPtr.Zero;
                long handle = Native.sock_create_connection(h, s, &native);
                Exception? failure = handle < 0 ? Errors.From(handle, 0) : null;
                Sock? made = failure == null ? new Sock(handle) : null;
                GC.KeepAlive(options.Cancel);
                Report(options, attempts, (long)count, made);
                return made ?? throw failure!;
            }
        }

        /// <summary>Connects a new socket of the address's family, of type SOCK_STREAM, within a limit.</summary>
        public static Sock Connect(SockAddress address, TimeSpan? timeout)
        {
            var socket = new Sock(address.Family, Constants.SOCK_STREAM);
            try
            {
                socket.Timeout = timeout;
                socket.Connect(address);
                socket.Timeout = DefaultTimeout;
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        private static unsafe void Report(ConnectOptions options, sock_attempt* attempts, long count, Sock? made)
        {
            if (options.Attempts != null)
            {
                var all = new List<Attempt>();
                for (long i = 0; i < Math.Min(count, 32); i++)
                {
                    all.Add(new Attempt(attempts[i]));
                }
                try
                {
                    options.Attempts(all);
                }
                catch
                {
                    made?.Dispose();
                    throw;
                }
            }
        }

        /// <summary>As <see cref="Connect(string, int, TimeSpan?)"/>.</summary>
        public static Task<Sock> ConnectAsync(string? host, int port,
            CancellationToken token = default(CancellationToken))
        {
            Errors.CheckPort(port);
            return ConnectAsync(host, port.ToString(), new ConnectOptions(), token);
        }

        /// <summary>As <see cref="Connect(string, string, ConnectOptions)"/>.</summary>
        public static async Task<Sock> ConnectAsync(string? host, string service, ConnectOptions options,
            CancellationToken token = default(CancellationToken))
        {
            using (var operation = new Operation(StartConnection(host, service, options)))
            {
                GC.KeepAlive(options.Cancel);
                Sock? made = null;
                try
                {
                    long handle = await operation.Run(Native.sock_create_connection_step, token).ConfigureAwait(false);
                    made = new Sock(handle);
                }
                finally
                {
                    ReportAsync(options, operation, made);
                }
                return made;
            }
        }

        private static unsafe long StartConnection(string? host, string service, ConnectOptions options)
        {
            sock_connect_options native = options.ToNative();
            native.size = (UIntPtr)(uint)sizeof(sock_connect_options);
            sock_addr source = options.Source == null ? default(sock_addr) : options.Source.Value;
            native.source = options.Source == null ? null : &source;
            fixed (byte* h = Native.Utf8(host, nameof(host)), s = Native.Utf8(service, nameof(service)))
            {
                return Native.sock_create_connection_start(h, s, &native);
            }
        }

        private static unsafe void ReportAsync(ConnectOptions options, Operation operation, Sock? made)
        {
            if (options.Attempts != null)
            {
                sock_attempt* attempts = stackalloc sock_attempt[32];
                long count = Native.sock_create_connection_attempts(operation.Value, attempts, (UIntPtr)32);
                Report(options, attempts, count, made);
            }
        }
    }

    /// <summary>A lookup or a connection that a Task waits for.</summary>
    internal sealed class Operation : IDisposable
    {
        private readonly SockHandle handle;
        private readonly Waiters.Registration registration;

        internal Operation(long value)
        {
            handle = new SockHandle(value);
            registration = new Waiters.Registration(value);
        }

        internal long Value => handle.Value;

        public void Dispose()
        {
            handle.Dispose();
        }

        /// <summary>Calls the step function until it returns something other than 0.</summary>
        internal async Task<long> Run(Func<long, long> step, CancellationToken token)
        {
            while (true)
            {
                if (token.IsCancellationRequested)
                {
                    throw Errors.From(Native.ECanceled, 0, token);
                }
                long result = Errors.Check(step(handle.Value));
                if (result != 0)
                {
                    return result;
                }
                int code = await registration.Wait(Native.Read, NoLimits, token).ConfigureAwait(false);
                if (code < 0)
                {
                    throw Errors.From(code, 0, token);
                }
            }
        }

        // The operation has its own.
        private static void NoLimits(out long until, out CancelToken? cancel)
        {
            until = Native.Forever;
            cancel = null;
        }
    }
}

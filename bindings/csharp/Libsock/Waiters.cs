using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Libsock
{
    /// <summary>Waits for all Tasks of the process: one poller of libsock, and one thread for it.</summary>
    internal static class Waiters
    {
        private const int In = 1;
        private const int Out = 2;
        private const int Error = 8;
        private const int HangUp = 16;
        private const int PeerHangUp = 32;
        private const int Once = 512;

        /// <summary>Result of a wait: an error, perhaps a report in the error queue, which most calls leave there.</summary>
        internal const int OnlyError = 1;

        private static readonly object Gate = new object();
        private static readonly Dictionary<ulong, Registration> Registrations = new Dictionary<ulong, Registration>();
        // Those with a limit, the earliest first.
        private static readonly SortedSet<Waiter> Limited = new SortedSet<Waiter>();
        // 0 before the first wait.
        private static long poller;
        private static ulong last;

        // Not an initialiser: one that fails, for lack of descriptors perhaps, would never be tried again.
        private static void Start()
        {
            lock (Gate)
            {
                if (poller == 0)
                {
                    var made = new SockHandle(Native.sock_poller_new());
                    new Thread(() => Run(made), 256 << 10) { IsBackground = true, Name = "libsock" }.Start();
                    MonoExit.Poller = poller = made.Value;
                }
            }
        }

        private static unsafe void Run(SockHandle made)
        {
            sock_event* events = stackalloc sock_event[64];
            while (true)
            {
                long count = Native.sock_poller_wait(made.Value, events, (UIntPtr)64, Expire());
                GC.KeepAlive(made);
                if (Native.sock_is_closed(count) != 0)
                {
                    // Nothing but the end of the program closes it.
                    return;
                }
                for (long i = 0; i < count; i++)
                {
                    Registration one;
                    lock (Gate)
                    {
                        if (!Registrations.TryGetValue(events[i].data, out one))
                        {
                            continue;
                        }
                        if (events[i].code == Native.EClosed)
                        {
                            Registrations.Remove(events[i].data);
                        }
                    }
                    one.Happened(events[i].events, events[i].code == Native.EClosed);
                }
            }
        }

        /// <summary>Ends the waits whose limit has passed. Returns the time until the next one.</summary>
        private static long Expire()
        {
            while (true)
            {
                Waiter first;
                lock (Gate)
                {
                    if (Limited.Count == 0)
                    {
                        return Native.Forever;
                    }
                    first = Limited.Min;
                    long now = Native.sock_now();
                    if (first.Until > now)
                    {
                        return first.Until - now;
                    }
                }
                first.End(Native.ETimedOut);
            }
        }

        /// <summary>A wait of one Task.</summary>
        internal sealed class Waiter : IComparable<Waiter>
        {
            // Its continuations run in the pool, never in the poller's thread.
            internal readonly TaskCompletionSource<int> Source =
                new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            internal readonly Registration Place;
            internal readonly int Events;
            internal readonly long Until;
            private readonly CancelToken? token;
            private readonly ulong number;

            internal Waiter(Registration place, int events, long until, CancelToken? token, ulong number)
            {
                Place = place;
                Events = events;
                Until = until;
                this.token = token;
                this.number = number;
            }

            public int CompareTo(Waiter other)
            {
                int order = Until.CompareTo(other.Until);
                return order != 0 ? order : number.CompareTo(other.number);
            }

            internal void End(int code)
            {
                Place.Remove(this);
                Finish(code);
            }

            internal void Finish(int code)
            {
                if (Until < Native.Forever)
                {
                    lock (Gate)
                    {
                        Limited.Remove(this);
                    }
                }
                token?.Remove(this);
                Source.TrySetResult(code);
            }
        }

        /// <summary>A handle as the poller knows it, and the Tasks that wait for it.</summary>
        internal sealed class Registration
        {
            private readonly long handle;
            private readonly ulong number;
            private readonly List<Waiter> waiting = new List<Waiter>();
            private bool added;

            internal Registration(long handle)
            {
                this.handle = handle;
                lock (Gate)
                {
                    number = ++last;
                }
            }

            internal delegate void Limits(out long until, out CancelToken? token);

            /// <summary>Waits until the handle is ready, or something else has happened to it.</summary>
            /// <param name="direction">Native.Read or Native.Write; 0 waits for the limits only.</param>
            /// <param name="limits">Reads the limits: what changes them calls <see cref="Wake"/> afterwards.</param>
            /// <param name="canceled">Ends the wait.</param>
            /// <returns>0 or OnlyError to try again, or a code.</returns>
            internal async Task<int> Wait(int direction, Limits limits, CancellationToken canceled)
            {
                Start();
                int events = direction == Native.Read ? In : direction == Native.Write ? Out : 0;
                Waiter waiter;
                lock (waiting)
                {
                    long until;
                    CancelToken? token;
                    limits(out until, out token);
                    lock (Gate)
                    {
                        waiter = new Waiter(this, events, until, token, ++last);
                        if (until < Native.Forever)
                        {
                            Limited.Add(waiter);
                            if (Limited.Min == waiter)
                            {
                                Native.sock_poller_wake(poller);
                            }
                        }
                    }
                    if (token != null && token.Add(waiter))
                    {
                        waiter.Finish(Native.ECanceled);
                    }
                    else
                    {
                        waiting.Add(waiter);
                        Arm();
                    }
                }
                try
                {
                    using (canceled.Register(() => waiter.End(Native.ECanceled)))
                    {
                        return await waiter.Source.Task.ConfigureAwait(false);
                    }
                }
                catch (ObjectDisposedException)
                {
                    // The source of the CancellationToken is disposed: it cannot be registered with.
                    waiter.End(Native.ECanceled);
                    throw;
                }
            }

            /// <summary>Asks the poller for what the waiting Tasks need.</summary>
            private void Arm()
            {
                int events = 0;
                foreach (Waiter one in waiting)
                {
                    events |= one.Events;
                }
                if (events == 0)
                {
                    return;
                }
                int result;
                if (added)
                {
                    result = Native.sock_poller_modify(poller, handle, events | Once, number);
                }
                else
                {
                    lock (Gate)
                    {
                        Registrations[number] = this;
                    }
                    result = Native.sock_poller_add(poller, handle, events | Once, number);
                    added = result == 0;
                    if (!added)
                    {
                        lock (Gate)
                        {
                            Registrations.Remove(number);
                        }
                    }
                }
                if (result < 0)
                {
                    // Closed meanwhile: trying again reports it.
                    EndAll(Native.sock_is_closed(result) != 0 ? 0 : result);
                }
            }

            internal void Happened(int events, bool closed)
            {
                int ready = (events & (In | Error | HangUp | PeerHangUp)) != 0 ? In : 0;
                ready |= (events & (Out | Error | HangUp)) != 0 ? Out : 0;
                int code = (events & ~Error) == 0 ? OnlyError : 0;
                lock (waiting)
                {
                    if (closed)
                    {
                        added = false;
                        EndAll(0);
                        return;
                    }
                    for (int i = waiting.Count - 1; i >= 0; i--)
                    {
                        Waiter one = waiting[i];
                        if ((one.Events & ready) != 0)
                        {
                            waiting.RemoveAt(i);
                            one.Finish(code);
                        }
                    }
                    Arm();
                }
            }

            /// <summary>Ends all waits, which try again.</summary>
            internal void Wake()
            {
                lock (waiting)
                {
                    EndAll(0);
                }
            }

            private void EndAll(int code)
            {
                foreach (Waiter one in waiting)
                {
                    one.Finish(code);
                }
                waiting.Clear();
            }

            internal void Remove(Waiter one)
            {
                lock (waiting)
                {
                    waiting.Remove(one);
                }
            }
        }
    }
}

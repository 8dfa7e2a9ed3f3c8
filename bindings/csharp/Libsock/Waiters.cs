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

        private static readonly object Gate = new object();
        private static readonly Dictionary<ulong, Registration> Registrations = new Dictionary<ulong, Registration>();
        // Those with a limit, the earliest first.
        private static readonly SortedSet<Waiter> Limited = new SortedSet<Waiter>();
        private static readonly long Poller = Start();
        private static ulong last;

        private static long Start()
        {
            long poller = Errors.Check(Native.sock_poller_new());
            MonoExit.Add(poller);
            new Thread(() => Run(poller), 256 << 10) { IsBackground = true, Name = "libsock" }.Start();
            return poller;
        }

        private static unsafe void Run(long poller)
        {
            sock_event* events = stackalloc sock_event[64];
            while (true)
            {
                long count = Native.sock_poller_wait(poller, events, (UIntPtr)64, Expire());
                if (count < 0)
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
            private readonly ulong number;
            internal CancellationTokenRegistration Canceling;

            internal Waiter(Registration place, int events, long until, ulong number)
            {
                Place = place;
                Events = events;
                Until = until;
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
            private CancelToken? token;

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
            /// <returns>0 to try again, or a code.</returns>
            internal async Task<int> Wait(int direction, Limits limits, CancellationToken canceled)
            {
                Waiter waiter;
                lock (waiting)
                {
                    long until;
                    CancelToken? current;
                    limits(out until, out current);
                    if (current != null && current.Add(this))
                    {
                        return Native.ECanceled;
                    }
                    token = current;
                    lock (Gate)
                    {
                        int events = direction == Native.Read ? In : direction == Native.Write ? Out : 0;
                        waiter = new Waiter(this, events, until, ++last);
                        if (until < Native.Forever)
                        {
                            Limited.Add(waiter);
                            if (Limited.Min == waiter)
                            {
                                Native.sock_poller_wake(Poller);
                            }
                        }
                    }
                    waiting.Add(waiter);
                    Arm();
                }
                if (canceled.CanBeCanceled)
                {
                    waiter.Canceling = canceled.Register(() => waiter.End(Native.ECanceled));
                }
                try
                {
                    return await waiter.Source.Task.ConfigureAwait(false);
                }
                finally
                {
                    waiter.Canceling.Dispose();
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
                    result = Native.sock_poller_modify(Poller, handle, events | Once, number);
                }
                else
                {
                    lock (Gate)
                    {
                        Registrations[number] = this;
                    }
                    result = Native.sock_poller_add(Poller, handle, events | Once, number);
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
                            one.Finish(0);
                        }
                    }
                    Left();
                    Arm();
                }
            }

            /// <summary>Ends all waits: with 0 to try again, or with a code.</summary>
            internal void Wake(int code)
            {
                lock (waiting)
                {
                    EndAll(code);
                }
            }

            private void EndAll(int code)
            {
                foreach (Waiter one in waiting)
                {
                    one.Finish(code);
                }
                waiting.Clear();
                Left();
            }

            internal void Remove(Waiter one)
            {
                lock (waiting)
                {
                    waiting.Remove(one);
                    Left();
                }
            }

            private void Left()
            {
                if (waiting.Count == 0)
                {
                    token?.Remove(this);
                    token = null;
                }
            }
        }
    }
}

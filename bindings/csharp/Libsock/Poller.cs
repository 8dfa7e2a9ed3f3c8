using System;
using System.Collections.Generic;
using System.Threading;

namespace Libsock
{
    /// <summary>What a poller waits for, and what has happened.</summary>
    [Flags]
    public enum PollEvents
    {
        /// <summary>Errors and the end only.</summary>
        None = 0,

        /// <summary>Data to receive, a connection to accept, a token that has fired.</summary>
        In = 1,

        /// <summary>Room to send; a connection attempt that has ended.</summary>
        Out = 2,

        /// <summary>Urgent data.</summary>
        Priority = 4,

        /// <summary>An error; reported unasked.</summary>
        Error = 8,

        /// <summary>Both directions have ended; reported unasked.</summary>
        HangUp = 16,

        /// <summary>The other end sends no more.</summary>
        PeerHangUp = 32,

        /// <summary>Reported only: <see cref="Poller.Wake"/>.</summary>
        Wake = 64,

        /// <summary>Reported only: a timer.</summary>
        Timer = 128,

        /// <summary>To ask: only when something new happens.</summary>
        Edge = 256,

        /// <summary>To ask: once; <see cref="Poller.Modify(Sock, PollEvents, object)"/> arms it again.</summary>
        Once = 512,

        /// <summary>To ask: wake few of several pollers.</summary>
        Exclusive = 1024,
    }

    /// <summary>What has happened to one registration of a poller.</summary>
    public sealed class PollEvent
    {
        internal PollEvent(object? source, PollEvents events, object? data, bool closed, long periods)
        {
            Source = source;
            Events = events;
            Data = data;
            Closed = closed;
            Periods = periods;
        }

        /// <summary>The Sock, CancelToken, Descriptor or PollTimer; null for a wake-up.</summary>
        public object? Source { get; }

        /// <summary>What holds.</summary>
        public PollEvents Events { get; }

        /// <summary>What was given with the registration.</summary>
        public object? Data { get; }

        /// <summary>Whether it is the last event of something that was closed.</summary>
        public bool Closed { get; }

        /// <summary>Timers: how many periods have passed since the last event.</summary>
        public long Periods { get; }
    }

    /// <summary>A timer of a poller; closing it ends it without an event.</summary>
    public sealed class PollTimer : IDisposable
    {
        private readonly Poller poller;
        internal SockHandle? Handle;
        internal ulong Number;

        internal PollTimer(Poller poller)
        {
            this.poller = poller;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Handle?.Dispose();
            poller.Forget(Number);
        }
    }

    /// <summary>One wait for many sockets, tokens, descriptors of the program, and timers. When one of them is closed,
    /// its registration reports one last event and nothing after it. Any number of threads may wait.</summary>
    public sealed unsafe class Poller : IDisposable
    {
        private sealed class Entry
        {
            internal object Source = "";
            internal object? Data;
        }

        private readonly SockHandle handle;
        private readonly Dictionary<ulong, Entry> entries = new Dictionary<ulong, Entry>();
        private readonly Dictionary<object, ulong> numbers = new Dictionary<object, ulong>();
        private ulong last;

        /// <summary>Makes a poller.</summary>
        public Poller()
        {
            handle = new SockHandle(Native.sock_poller_new());
        }

        /// <summary>Ends the poller and the waits on it, with <see cref="SockClosedException"/>. What it holds stays open.
        /// </summary>
        public void Dispose()
        {
            handle.Dispose();
        }

        private void Kept(int result)
        {
            Errors.Check(result);
            GC.KeepAlive(this);
        }

        /// <summary>Adds a socket.</summary>
        /// <param name="data">Comes with each event.</param>
        /// <exception cref="SockException">EEXIST: it is there already.</exception>
        public void Add(Sock socket, PollEvents events, object? data = null)
        {
            Add(socket, data, number => Native.sock_poller_add(handle.Value, socket.Value, (int)events, number));
        }

        /// <summary>Adds a token.</summary>
        public void Add(CancelToken token, PollEvents events, object? data = null)
        {
            Add(token, data, number => Native.sock_poller_add(handle.Value, token.Handle.Value, (int)events, number));
        }

        /// <summary>Adds a descriptor of the program, such as a pipe. Remove it before closing it.</summary>
        public void Add(Descriptor descriptor, PollEvents events, object? data = null)
        {
            Add(descriptor, data,
                number => Native.sock_poller_add_fd(handle.Value, descriptor.Number, (int)events, number));
        }

        private void Add(object source, object? data, Func<ulong, int> add)
        {
            lock (entries)
            {
                ulong number = ++last;
                entries[number] = new Entry { Source = source, Data = data };
                int result = add(number);
                if (result < 0)
                {
                    entries.Remove(number);
                }
                Kept(result);
                numbers[source] = number;
            }
        }

        /// <summary>Changes what is waited for, and the data. Once is armed again.</summary>
        /// <exception cref="SockException">ENOENT: the poller does not have it.</exception>
        public void Modify(Sock socket, PollEvents events, object? data = null)
        {
            Modify(socket, data,
                number => Native.sock_poller_modify(handle.Value, socket.Value, (int)events, number));
        }

        /// <summary>Changes what is waited for, and the data.</summary>
        public void Modify(CancelToken token, PollEvents events, object? data = null)
        {
            Modify(token, data,
                number => Native.sock_poller_modify(handle.Value, token.Handle.Value, (int)events, number));
        }

        private void Modify(object source, object? data, Func<ulong, int> modify)
        {
            lock (entries)
            {
                ulong number;
                numbers.TryGetValue(source, out number);
                Kept(modify(number));
                Entry entry;
                if (entries.TryGetValue(number, out entry))
                {
                    entry.Data = data;
                }
            }
        }

        /// <summary>Removes a socket; no event of it comes afterwards.</summary>
        public void Remove(Sock socket)
        {
            Remove(socket, Native.sock_poller_remove(handle.Value, socket.Value));
        }

        /// <summary>Removes a token.</summary>
        public void Remove(CancelToken token)
        {
            Remove(token, Native.sock_poller_remove(handle.Value, token.Handle.Value));
        }

        /// <summary>Removes a descriptor of the program.</summary>
        public void Remove(Descriptor descriptor)
        {
            Remove(descriptor, Native.sock_poller_remove_fd(handle.Value, descriptor.Number));
        }

        private void Remove(object source, int result)
        {
            Kept(result);
            lock (entries)
            {
                ulong number;
                if (numbers.TryGetValue(source, out number))
                {
                    entries.Remove(number);
                    numbers.Remove(source);
                }
            }
        }

        internal void Forget(ulong number)
        {
            lock (entries)
            {
                entries.Remove(number);
            }
        }

        /// <summary>Starts a timer.</summary>
        /// <param name="first">The time until its first event.</param>
        /// <param name="every">The period after that; zero: once.</param>
        /// <param name="data">Comes with each event.</param>
        public PollTimer Timer(TimeSpan first, TimeSpan every, object? data = null)
        {
            long first_ns = Native.Nanoseconds(first, nameof(first));
            long every_ns = Native.Nanoseconds(every, nameof(every));
            var timer = new PollTimer(this);
            lock (entries)
            {
                timer.Number = ++last;
                timer.Handle = new SockHandle(Native.sock_poller_timer(handle.Value, first_ns, every_ns, timer.Number));
                entries[timer.Number] = new Entry { Source = timer, Data = data };
            }
            GC.KeepAlive(this);
            return timer;
        }

        /// <summary>Waits for events.</summary>
        /// <param name="limit">Zero looks once; null waits for ever.</param>
        /// <param name="most">How many events to return.</param>
        /// <returns>All that hold; none when the limit has passed.</returns>
        public IReadOnlyList<PollEvent> Wait(TimeSpan? limit = null, int most = 64)
        {
            var native = new sock_event[most];
            long limit_ns = Native.Nanoseconds(limit, nameof(limit));
            var all = new List<PollEvent>();
            long count;
            // Pinned, not on the stack: the wait may last.
            fixed (sock_event* p = native)
            {
                count = Errors.Check(Native.sock_poller_wait(handle.Value, p, (UIntPtr)(uint)most, limit_ns));
            }
            GC.KeepAlive(this);
            lock (entries)
            {
                for (int i = 0; i < count; i++)
                {
                    if (native[i].data == 0)
                    {
                        all.Add(new PollEvent(null, (PollEvents)native[i].events, null, false, 0));
                        continue;
                    }
                    Entry entry;
                    if (!entries.TryGetValue(native[i].data, out entry))
                    {
                        // Removed between the wait and here.
                        continue;
                    }
                    bool closed = native[i].code == Native.EClosed;
                    if (closed)
                    {
                        entries.Remove(native[i].data);
                        numbers.Remove(entry.Source);
                    }
                    all.Add(new PollEvent(entry.Source, (PollEvents)native[i].events, entry.Data, closed,
                        (long)native[i].count));
                }
            }
            return all;
        }

        /// <summary>Wakes one wait, running or yet to begin. Each call wakes one: none is lost.</summary>
        public void Wake()
        {
            Kept(Native.sock_poller_wake(handle.Value));
        }
    }
}

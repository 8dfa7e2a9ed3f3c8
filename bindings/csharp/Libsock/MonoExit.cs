using System;
using System.Collections.Generic;
using System.Threading;

namespace Libsock
{
    /// <summary>Ends the calls that wait when the program ends or the AppDomain is unloaded, under mono.
    ///
    /// mono then aborts the threads by a signal, and waits for them without limit. A wait of libsock goes on after a
    /// signal, so a program with a thread in Accept would never end. What is opened later is closed at once. Other
    /// runtimes do not wait.</summary>
    internal static class MonoExit
    {
        private static readonly HashSet<long> Live = Type.GetType("Mono.Runtime") != null ? Watched() : null!;
        private static Thread? ending;

        /// <summary>The poller of the Tasks, closed first, so that no Task ends and goes on in a domain that ends.</summary>
        internal static long Poller;

        private static HashSet<long> Watched()
        {
            AppDomain.CurrentDomain.ProcessExit += CloseAll;
            AppDomain.CurrentDomain.DomainUnload += CloseAll;
            return new HashSet<long>();
        }

        private static void CloseAll(object? sender, EventArgs e)
        {
            long[] all;
            lock (Live)
            {
                ending = Thread.CurrentThread;
                all = new long[Live.Count];
                Live.CopyTo(all);
            }
            Native.sock_close(Poller);
            foreach (long handle in all)
            {
                Native.sock_close(handle);
            }
        }

        internal static void Add(long handle)
        {
            if (Live != null)
            {
                lock (Live)
                {
                    Live.Add(handle);
                    if (ending != null && ending != Thread.CurrentThread)
                    {
                        Native.sock_close(handle);
                    }
                }
            }
        }

        internal static void Remove(long handle)
        {
            if (Live != null)
            {
                lock (Live)
                {
                    Live.Remove(handle);
                }
            }
        }

        /// <summary>Called when a call finds its handle closed: if the program is ending, mono aborts the thread here.
        /// </summary>
        internal static void Check()
        {
            if (ending != null && ending != Thread.CurrentThread && Thread.CurrentThread.IsBackground)
            {
                Thread.Sleep(Timeout.Infinite);
            }
        }
    }
}

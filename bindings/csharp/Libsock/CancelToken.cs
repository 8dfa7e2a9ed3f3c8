using System;
using System.Collections.Generic;
using System.Threading;

namespace Libsock
{
    /// <summary>A one-way switch that ends the calls of any number of sockets.
    ///
    /// Attach it with <see cref="Sock.SetCancel"/>. Firing it ends every call on those sockets, waiting or yet to come,
    /// blocking or a Task, with <see cref="SockCanceledException"/>. Closing fires it.</summary>
    public sealed class CancelToken : IDisposable
    {
        internal readonly SockHandle Handle;
        private readonly CancellationTokenRegistration source;
        private bool fired;
        // The Tasks that wait under the token: it ends them.
        private readonly HashSet<Waiters.Waiter> waiting = new HashSet<Waiters.Waiter>();

        /// <summary>Makes a token that nothing has fired.</summary>
        public CancelToken()
        {
            Handle = new SockHandle(Native.sock_cancel_new());
        }

        /// <summary>Makes a token that fires when a CancellationToken is cancelled, for calls that take none.</summary>
        public CancelToken(CancellationToken source)
            : this()
        {
            this.source = source.Register(Fire);
        }

        /// <summary>Fires the token, for ever. Firing it again changes nothing.</summary>
        public void Fire()
        {
            Native.sock_cancel_fire(Handle.Value);
            EndTasks();
        }

        /// <summary>Fires the token and closes it; then sockets behave as if they had none.</summary>
        public void Dispose()
        {
            source.Dispose();
            Handle.Dispose();
            EndTasks();
        }

        /// <summary>Adds one to those that it ends. Returns whether it has fired, and ends no more.</summary>
        internal bool Add(Waiters.Waiter one)
        {
            lock (waiting)
            {
                if (!fired)
                {
                    waiting.Add(one);
                }
                // A closed token is as none.
                return fired && !Handle.IsClosed;
            }
        }

        internal void Remove(Waiters.Waiter one)
        {
            lock (waiting)
            {
                waiting.Remove(one);
            }
        }

        private void EndTasks()
        {
            Waiters.Waiter[] all;
            lock (waiting)
            {
                fired = true;
                all = new Waiters.Waiter[waiting.Count];
                waiting.CopyTo(all);
            }
            foreach (Waiters.Waiter one in all)
            {
                one.End(Native.ECanceled);
            }
        }
    }
}

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
        // The sockets with Tasks that wait: the token wakes them.
        private readonly HashSet<Waiters.Registration> waiting = new HashSet<Waiters.Registration>();

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
            Wake();
        }

        /// <summary>Fires the token and closes it; then sockets behave as if they had none.</summary>
        public void Dispose()
        {
            source.Dispose();
            Handle.Dispose();
            Wake();
        }

        /// <summary>Adds one to those that it wakes. Returns whether it has fired, and wakes no more.</summary>
        internal bool Add(Waiters.Registration one)
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

        internal void Remove(Waiters.Registration one)
        {
            lock (waiting)
            {
                waiting.Remove(one);
            }
        }

        private void Wake()
        {
            Waiters.Registration[] all;
            lock (waiting)
            {
                fired = true;
                all = new Waiters.Registration[waiting.Count];
                waiting.CopyTo(all);
            }
            foreach (Waiters.Registration one in all)
            {
                one.Wake(Native.ECanceled);
            }
        }
    }
}

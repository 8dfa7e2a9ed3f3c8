using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Libsock
{
    public sealed partial class Sock
    {
        /// <summary>Makes a Stream over the connection, for StreamReader, SslStream and everything else that takes one.
        /// </summary>
        /// <param name="own">Whether closing the Stream closes this Sock.</param>
        public SockStream GetStream(bool own = true)
        {
            return new SockStream(this, own);
        }
    }

    /// <summary>A connection as a Stream. As with NetworkStream, failures are IOExceptions, whose
    /// <see cref="Exception.InnerException"/> is the <see cref="ISockError"/>; only a cancelled Task and a closed Stream
    /// have their own classes. One thread may read while another writes.</summary>
    public sealed class SockStream : Stream
    {
        private readonly bool own;
        private int readTimeout = Timeout.Infinite;
        private int writeTimeout = Timeout.Infinite;

        internal SockStream(Sock socket, bool own)
        {
            Socket = socket ?? throw new ArgumentNullException(nameof(socket));
            this.own = own;
        }

        /// <summary>The connection. Its timeout, deadlines and token apply to the Stream too.</summary>
        public Sock Socket { get; }

        /// <inheritdoc/>
        public override bool CanRead => Socket.IsOpen;

        /// <inheritdoc/>
        public override bool CanWrite => Socket.IsOpen;

        /// <inheritdoc/>
        public override bool CanSeek => false;

        /// <inheritdoc/>
        public override bool CanTimeout => true;

        /// <summary>The limit of a <see cref="Read(byte[], int, int)"/> in ms, besides those of the connection. As with
        /// NetworkStream, it is not for Tasks.</summary>
        public override int ReadTimeout
        {
            get => readTimeout;
            set => readTimeout = Checked(value);
        }

        /// <summary>The limit of a <see cref="Write(byte[], int, int)"/> in ms, besides those of the connection.</summary>
        public override int WriteTimeout
        {
            get => writeTimeout;
            set => writeTimeout = Checked(value);
        }

        private static int Checked(int timeout)
        {
            if (timeout <= 0 && timeout != Timeout.Infinite)
            {
                throw new ArgumentOutOfRangeException(nameof(timeout));
            }
            return timeout;
        }

        /// <inheritdoc/>
        public override int Read(byte[] buffer, int offset, int count)
        {
            try
            {
                if (readTimeout == Timeout.Infinite)
                {
                    return Socket.Receive(buffer, offset, count);
                }
                Ready(SockDirection.Read, Native.At(readTimeout * 1000000L), 0);
                return Socket.Receive(buffer, offset, count);
            }
            catch (Exception e) when (Wraps(e))
            {
                throw Wrapped(e);
            }
        }

        /// <inheritdoc/>
        public override void Write(byte[] buffer, int offset, int count)
        {
            try
            {
                if (writeTimeout == Timeout.Infinite)
                {
                    Socket.SendAll(buffer, offset, count);
                    return;
                }
                long until = Native.At(writeTimeout * 1000000L);
                for (int done = 0; done < count; )
                {
                    Ready(SockDirection.Write, until, done);
                    done += Socket.SendNow(buffer, offset + done, count - done);
                }
            }
            catch (Exception e) when (Wraps(e))
            {
                throw Wrapped(e);
            }
        }

        private void Ready(SockDirection direction, long until, long done)
        {
            long rest = Math.Max(0, until - Native.sock_now());
            if (!Socket.Wait(direction, TimeSpan.FromTicks((rest + 99) / 100)))
            {
                throw Errors.From(Native.ETimedOut, done);
            }
        }

        /// <inheritdoc/>
        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken token)
        {
            return Wrapping(Socket.ReceiveAsync(buffer, offset, count, token));
        }

        /// <inheritdoc/>
        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken token)
        {
            return Wrapping(Counted(Socket.SendAllAsync(buffer, offset, count, token)));
        }

#if NETSTANDARD2_1 || NETCOREAPP
        /// <inheritdoc/>
        public override ValueTask<int> ReadAsync(Memory<byte> buffer,
            CancellationToken token = default(CancellationToken))
        {
            return new ValueTask<int>(Wrapping(Socket.ReceiveAsync(buffer, token)));
        }

        /// <inheritdoc/>
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer,
            CancellationToken token = default(CancellationToken))
        {
            return new ValueTask(Wrapping(Counted(Socket.SendAllAsync(buffer, token))));
        }
#endif

        private static async Task<int> Wrapping(Task<int> call)
        {
            try
            {
                return await call.ConfigureAwait(false);
            }
            catch (Exception e) when (Wraps(e))
            {
                throw Wrapped(e);
            }
        }

        /// <inheritdoc/>
        public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback,
            object? state)
        {
            return Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);
        }

        /// <inheritdoc/>
        public override int EndRead(IAsyncResult result)
        {
            return ((Task<int>)result).GetAwaiter().GetResult();
        }

        /// <inheritdoc/>
        public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback,
            object? state)
        {
            return Begin(Counted(WriteAsync(buffer, offset, count, CancellationToken.None)), callback, state);
        }

        /// <inheritdoc/>
        public override void EndWrite(IAsyncResult result)
        {
            ((Task<int>)result).GetAwaiter().GetResult();
        }

        private static async Task<int> Counted(Task task)
        {
            await task.ConfigureAwait(false);
            return 0;
        }

        // A Task is an IAsyncResult, but its state must be the caller's.
        private static IAsyncResult Begin(Task<int> task, AsyncCallback? callback, object? state)
        {
            var source = new TaskCompletionSource<int>(state);
            // Not ContinueWith, which would hide what the callback throws.
            task.ConfigureAwait(false).GetAwaiter().OnCompleted(() =>
            {
                if (task.IsFaulted)
                {
                    source.TrySetException(task.Exception!.InnerExceptions);
                }
                else if (task.IsCanceled)
                {
                    source.TrySetCanceled();
                }
                else
                {
                    source.TrySetResult(task.Result);
                }
                callback?.Invoke(source.Task);
            });
            return source.Task;
        }

        /// <summary>Does nothing: nothing is buffered.</summary>
        public override void Flush()
        {
        }

        /// <inheritdoc/>
        public override Task FlushAsync(CancellationToken token)
        {
            return Task.FromResult(0);
        }

        /// <inheritdoc/>
        protected override void Dispose(bool disposing)
        {
            if (disposing && own)
            {
                Socket.Dispose();
            }
            base.Dispose(disposing);
        }

        private static bool Wraps(Exception e)
        {
            return e is ISockError && !(e is SockClosedException || e is SockCanceledException);
        }

        private static IOException Wrapped(Exception e)
        {
            return new IOException(e.Message, e);
        }

        /// <summary>Not supported.</summary>
        public override long Length => throw new NotSupportedException();

        /// <summary>Not supported.</summary>
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <summary>Not supported.</summary>
        public override long Seek(long offset, SeekOrigin origin)
        {
            throw new NotSupportedException();
        }

        /// <summary>Not supported.</summary>
        public override void SetLength(long value)
        {
            throw new NotSupportedException();
        }
    }
}

using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace Libsock
{
    /// <summary>An open descriptor that this object owns: a pipe, a file, one received over AF_UNIX. Closed when it is
    /// disposed or collected.</summary>
    public sealed unsafe class Descriptor : SafeHandle
    {
        private const int CloseOnExec = 0x80000;

        [DllImport("libc", SetLastError = true)]
        private static extern int close(int descriptor);

        [DllImport("libc", SetLastError = true)]
        private static extern int pipe2(int* two, int flags);

        [DllImport("libc", SetLastError = true)]
        private static extern int open(byte* path, int flags);

        [DllImport("libc", SetLastError = true)]
        private static extern IntPtr read(int descriptor, void* buffer, UIntPtr count);

        [DllImport("libc", SetLastError = true)]
        private static extern IntPtr write(int descriptor, void* buffer, UIntPtr count);

        /// <summary>Takes over an open descriptor.</summary>
        public Descriptor(int number)
            : base((IntPtr)(-1), true)
        {
            SetHandle((IntPtr)number);
        }

        /// <inheritdoc/>
        public override bool IsInvalid => (long)handle < 0;

        /// <summary>The number.</summary>
        /// <exception cref="ObjectDisposedException">It is closed.</exception>
        public int Number => IsClosed ? throw new ObjectDisposedException(nameof(Descriptor)) : (int)handle;

        /// <inheritdoc/>
        protected override bool ReleaseHandle()
        {
            return close((int)handle) == 0;
        }

        /// <summary>Makes a pipe: what is written to the second can be read from the first.</summary>
        public static Descriptor[] Pipe()
        {
            int* two = stackalloc int[2];
            Done(pipe2(two, CloseOnExec));
            return new[] { new Descriptor(two[0]), new Descriptor(two[1]) };
        }

        /// <summary>Opens a file for reading.</summary>
        public static Descriptor OpenRead(string path)
        {
            fixed (byte* p = Native.Utf8(path, nameof(path)))
            {
                return new Descriptor((int)Done(open(p, CloseOnExec)));
            }
        }

        /// <summary>Reads up to as many bytes as the buffer has. Returns how many; 0 at the end.</summary>
        public int Read(byte[] buffer)
        {
            fixed (byte* p = buffer)
            {
                return (int)Kept((long)read(Number, p, (UIntPtr)(uint)buffer.Length));
            }
        }

        /// <summary>Writes bytes. Returns how many were taken.</summary>
        public int Write(byte[] buffer)
        {
            fixed (byte* p = buffer)
            {
                return (int)Kept((long)write(Number, p, (UIntPtr)(uint)buffer.Length));
            }
        }

        private long Kept(long result)
        {
            Done(result);
            GC.KeepAlive(this);
            return result;
        }

        private static long Done(long result)
        {
            return result >= 0 ? result : throw new Win32Exception(Marshal.GetLastWin32Error());
        }
    }

    public sealed partial class Sock
    {
        /// <summary>Sends descriptors with some bytes over AF_UNIX. They stay open and the caller's.</summary>
        /// <param name="data">At least one byte on a stream.</param>
        /// <returns>How many bytes were taken.</returns>
        public int SendDescriptors(byte[] data, params Descriptor[] descriptors)
        {
            return Kept((int)TrySendDescriptors(data, descriptors, 0));
        }

        /// <summary>As <see cref="SendDescriptors"/>.</summary>
        public Task<int> SendDescriptorsAsync(byte[] data, Descriptor[] descriptors,
            CancellationToken token = default(CancellationToken))
        {
            return Counted(Run(Native.Write, () => TrySendDescriptors(data, descriptors, Codes.DontWait), null, token));
        }

        private unsafe long TrySendDescriptors(byte[] data, Descriptor[] descriptors, int flags)
        {
            int[] numbers = Array.ConvertAll(descriptors, one => one.Number);
            fixed (byte* p = data)
            fixed (int* n = numbers)
            {
                long sent = Native.sock_send_fds(Value, p, (UIntPtr)(uint)data.Length, n,
                    (UIntPtr)(uint)numbers.Length, flags, null);
                GC.KeepAlive(descriptors);
                return sent;
            }
        }

        /// <summary>Receives bytes and descriptors, which are close-on-exec, and the caller's.</summary>
        /// <param name="data">Memory for the bytes.</param>
        /// <param name="most">How many descriptors to take; more are closed.</param>
        /// <param name="count">Receives how many bytes came.</param>
        public IReadOnlyList<Descriptor> ReceiveDescriptors(byte[] data, int most, out int count)
        {
            var all = new List<Descriptor>();
            count = Kept((int)TryReceiveDescriptors(data, most, all, 0));
            return all;
        }

        /// <summary>As <see cref="ReceiveDescriptors"/>.</summary>
        public async Task<(int Count, IReadOnlyList<Descriptor> Descriptors)> ReceiveDescriptorsAsync(byte[] data,
            int most, CancellationToken token = default(CancellationToken))
        {
            var all = new List<Descriptor>();
            long count = await Run(Native.Read, () => TryReceiveDescriptors(data, most, all, Codes.DontWait), null, token)
                .ConfigureAwait(false);
            return ((int)count, all);
        }

        private unsafe long TryReceiveDescriptors(byte[] data, int most, List<Descriptor> all, int flags)
        {
            int[] numbers = new int[most];
            UIntPtr came;
            fixed (byte* p = data)
            fixed (int* n = numbers)
            {
                long count = Native.sock_recv_fds(Value, p, (UIntPtr)(uint)data.Length, n, (UIntPtr)(uint)most, &came,
                    flags, null, null);
                for (int i = 0; count >= 0 && i < (int)came; i++)
                {
                    all.Add(new Descriptor(numbers[i]));
                }
                return count;
            }
        }
    }
}

using System;
using System.Runtime.InteropServices;

namespace Libsock
{
    /// <summary>Owns one handle of libsock, and closes it when it is disposed or collected.
    ///
    /// Calls do not count references to it, so that <see cref="SafeHandle.Dispose()"/> ends the calls that wait in other
    /// threads: a handle's number is never used again, and a closed one is an error like any other.</summary>
    internal sealed class SockHandle : SafeHandle
    {
        /// <summary>The number. 64 bits wide also where a pointer is not.</summary>
        internal readonly long Value;

        /// <exception cref="ISockError">The value is a code instead of a handle.</exception>
        internal SockHandle(long value)
            : base(IntPtr.Zero, true)
        {
            if (value < 0)
            {
                SetHandleAsInvalid();
                throw Errors.From(value, 0);
            }
            Value = value;
            SetHandle((IntPtr)1);
            MonoExit.Add(value);
        }

        public override bool IsInvalid => handle == IntPtr.Zero;

        protected override bool ReleaseHandle()
        {
            MonoExit.Remove(Value);
            return Native.sock_close(Value) >= 0;
        }
    }
}

using System;
using System.IO;
using System.Net.Sockets;

namespace Libsock
{
    /// <summary>What every exception of this library says of its cause, whatever its class.</summary>
    public interface ISockError
    {
        /// <summary>libsock's code: a negative errno, or a code below -20000 of its own.</summary>
        int Code { get; }

        /// <summary>The code's name: "ECONNREFUSED", "SOCK_ETIMEDOUT", "EAI_NONAME".</summary>
        string CodeName { get; }

        /// <summary>How many bytes were sent or received before the failure: none is lost.</summary>
        long Transferred { get; }
    }

    /// <summary>A system call has failed; <see cref="SocketException.SocketErrorCode"/> is .NET's name for it.</summary>
    public class SockException : SocketException, ISockError
    {
        private readonly Failure failure;

        internal SockException(Failure failure)
            : base((int)failure.SocketError)
        {
            this.failure = failure;
        }

        /// <inheritdoc/>
        public int Code => failure.Code;

        /// <inheritdoc/>
        public string CodeName => failure.Name;

        /// <inheritdoc/>
        public long Transferred => failure.Transferred;

        /// <summary>The sentence of the library, which names the argument at fault.</summary>
        public override string Message => failure.Text;
    }

    /// <summary>A name could not be looked up.</summary>
    public sealed class SockLookupException : SockException
    {
        internal SockLookupException(Failure failure)
            : base(failure)
        {
        }
    }

    /// <summary>A timeout or deadline has passed.</summary>
    public sealed class SockTimeoutException : TimeoutException, ISockError
    {
        internal SockTimeoutException(Failure failure)
            : base(failure.Text)
        {
            Code = failure.Code;
            CodeName = failure.Name;
            Transferred = failure.Transferred;
        }

        /// <inheritdoc/>
        public int Code { get; }

        /// <inheritdoc/>
        public string CodeName { get; }

        /// <inheritdoc/>
        public long Transferred { get; }
    }

    /// <summary>A <see cref="CancelToken"/> or a CancellationToken has ended the call.</summary>
    public sealed class SockCanceledException : OperationCanceledException, ISockError
    {
        internal SockCanceledException(Failure failure, System.Threading.CancellationToken token)
            : base(failure.Text, token)
        {
            Code = failure.Code;
            CodeName = failure.Name;
            Transferred = failure.Transferred;
        }

        /// <inheritdoc/>
        public int Code { get; }

        /// <inheritdoc/>
        public string CodeName { get; }

        /// <inheritdoc/>
        public long Transferred { get; }
    }

    /// <summary>The object is closed, or another thread closed it during the call.</summary>
    public sealed class SockClosedException : ObjectDisposedException, ISockError
    {
        internal SockClosedException(Failure failure)
            : base("", failure.Code == Native.EClosed ? failure.Text : "it is closed")
        {
            Code = failure.Code;
            CodeName = failure.Name;
            Transferred = failure.Transferred;
        }

        /// <inheritdoc/>
        public int Code { get; }

        /// <inheritdoc/>
        public string CodeName { get; }

        /// <inheritdoc/>
        public long Transferred { get; }
    }

    /// <summary>The stream ended before all the bytes came; <see cref="Transferred"/> says how many did.</summary>
    public sealed class SockEndException : EndOfStreamException, ISockError
    {
        internal SockEndException(Failure failure)
            : base(failure.Text)
        {
            Code = failure.Code;
            CodeName = failure.Name;
            Transferred = failure.Transferred;
        }

        /// <inheritdoc/>
        public int Code { get; }

        /// <inheritdoc/>
        public string CodeName { get; }

        /// <inheritdoc/>
        public long Transferred { get; }
    }

    /// <summary>An argument is refused before anything was done with it.</summary>
    public sealed class SockArgumentException : ArgumentException, ISockError
    {
        internal SockArgumentException(Failure failure)
            : base(failure.Text)
        {
            Code = failure.Code;
            CodeName = failure.Name;
        }

        /// <inheritdoc/>
        public int Code { get; }

        /// <inheritdoc/>
        public string CodeName { get; }

        /// <inheritdoc/>
        public long Transferred => 0;
    }

    /// <summary>A failed call: what its exception says.</summary>
    internal sealed class Failure
    {
        internal readonly int Code;
        internal readonly string Name;
        internal readonly string Text;
        internal readonly long Transferred;

        internal unsafe Failure(long code, long transferred)
        {
            Code = (int)code;
            Transferred = transferred;
            Name = Native.Text(Native.sock_err_name(code));
            // The text of the failed call, if it is this thread's last failure.
            byte* buffer = stackalloc byte[321];
            int last;
            long length = Native.sock_last_error(&last, buffer, (UIntPtr)321);
            Text = last == Code ? Native.Text(buffer, length) : Native.Text(Native.sock_strerror(code));
        }

        internal SocketError SocketError
        {
            get
            {
                switch (Name)
                {
                    case "EACCES": case "EPERM": return SocketError.AccessDenied;
                    case "EADDRINUSE": return SocketError.AddressAlreadyInUse;
                    case "EADDRNOTAVAIL": return SocketError.AddressNotAvailable;
                    case "EAFNOSUPPORT": return SocketError.AddressFamilyNotSupported;
                    case "EAGAIN": return SocketError.WouldBlock;
                    case "EALREADY": return SocketError.AlreadyInProgress;
                    case "ECONNABORTED": return SocketError.ConnectionAborted;
                    case "ECONNREFUSED": return SocketError.ConnectionRefused;
                    case "ECONNRESET": return SocketError.ConnectionReset;
                    case "EDESTADDRREQ": return SocketError.DestinationAddressRequired;
                    case "EFAULT": return SocketError.Fault;
                    case "EHOSTDOWN": return SocketError.HostDown;
                    case "EHOSTUNREACH": return SocketError.HostUnreachable;
                    case "EINPROGRESS": return SocketError.InProgress;
                    case "EINVAL": return SocketError.InvalidArgument;
                    case "EISCONN": return SocketError.IsConnected;
                    case "EMFILE": case "ENFILE": return SocketError.TooManyOpenSockets;
                    case "EMSGSIZE": return SocketError.MessageSize;
                    case "ENETDOWN": return SocketError.NetworkDown;
                    case "ENETUNREACH": return SocketError.NetworkUnreachable;
                    case "ENOBUFS": return SocketError.NoBufferSpaceAvailable;
                    case "ENOPROTOOPT": return SocketError.ProtocolOption;
                    case "ENOTCONN": return SocketError.NotConnected;
                    case "ENOTSOCK": return SocketError.NotSocket;
                    case "EOPNOTSUPP": return SocketError.OperationNotSupported;
                    case "EPIPE": return SocketError.Shutdown;
                    case "EPROTONOSUPPORT": return SocketError.ProtocolNotSupported;
                    case "ESOCKTNOSUPPORT": return SocketError.SocketNotSupported;
                    case "EAI_AGAIN": case "TRY_AGAIN": return SocketError.TryAgain;
                    case "EAI_FAIL": case "NO_RECOVERY": return SocketError.NoRecovery;
                    case "EAI_NODATA": case "NO_DATA": return SocketError.NoData;
                }
                return Native.sock_is_resolver(Code) != 0 ? SocketError.HostNotFound : SocketError.SocketError;
            }
        }
    }

    internal static class Errors
    {
        /// <summary>Returns a result, or throws what a negative one says. Call it in the thread of the failed call.
        /// </summary>
        internal static long Check(long result)
        {
            if (result < 0)
            {
                throw From(result, 0);
            }
            return result;
        }

        internal static int Check(int result)
        {
            if (result < 0)
            {
                throw From(result, 0);
            }
            return result;
        }

        internal static void Check(int result, UIntPtr transferred)
        {
            if (result < 0)
            {
                throw From(result, (long)transferred);
            }
        }

        /// <summary>As <see cref="Check(int)"/>, for calls that do nothing but read their arguments.</summary>
        internal static int CheckArgument(int result)
        {
            if (result == Codes.EInval)
            {
                throw new SockArgumentException(new Failure(result, 0));
            }
            return Check(result);
        }

        internal static Exception From(long code, long transferred)
        {
            return From(code, transferred, default(System.Threading.CancellationToken));
        }

        internal static Exception From(long code, long transferred, System.Threading.CancellationToken token)
        {
            var failure = new Failure(code, transferred);
            if (Native.sock_is_timeout(code) != 0)
            {
                return new SockTimeoutException(failure);
            }
            if (Native.sock_is_canceled(code) != 0)
            {
                return new SockCanceledException(failure, token);
            }
            if (Native.sock_is_closed(code) != 0)
            {
                MonoExit.Check();
                return new SockClosedException(failure);
            }
            if (code == Native.EEof)
            {
                return new SockEndException(failure);
            }
            return Native.sock_is_resolver(code) != 0 ? new SockLookupException(failure) : new SockException(failure);
        }

        internal static void CheckPort(int port)
        {
            if (port < 0 || port > 65535)
            {
                throw new ArgumentOutOfRangeException(nameof(port), "port: " + port + " is not within 0 to 65535");
            }
        }

        internal static void CheckRange(byte[] buffer, int offset, int count)
        {
            if (buffer == null)
            {
                throw new ArgumentNullException(nameof(buffer));
            }
            if (offset < 0 || offset > buffer.Length)
            {
                throw new ArgumentOutOfRangeException(nameof(offset));
            }
            if (count < 0 || count > buffer.Length - offset)
            {
                throw new ArgumentOutOfRangeException(nameof(count));
            }
        }
    }
}

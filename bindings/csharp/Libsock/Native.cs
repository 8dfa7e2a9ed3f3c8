using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Libsock
{
    // The structures of sock.h, under their names there, and text for C.
    internal static unsafe partial class Native
    {
        internal const string Library = "libsock.so.0";

        internal const long Forever = 1L << 62;
        internal const int Read = 1;
        internal const int Write = 2;
        internal const int EClosed = -20001;
        internal const int ECanceled = -20002;
        internal const int ETimedOut = -20003;
        internal const int EEof = -20005;

        /// <summary>Text as C takes it: UTF-8 with a NUL at its end; null stays null.</summary>
        /// <exception cref="ArgumentException">The text has a NUL.</exception>
        internal static byte[]? Utf8(string? text, string parameter)
        {
            if (text == null)
            {
                return null;
            }
            if (text.IndexOf('\0') >= 0)
            {
                throw new ArgumentException(parameter + ": has a NUL", parameter);
            }
            byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
            Encoding.UTF8.GetBytes(text, 0, text.Length, bytes, 0);
            return bytes;
        }

        internal static string Text(byte* text)
        {
            int length = 0;
            while (text[length] != 0)
            {
                length++;
            }
            return Text(text, length);
        }

        internal static string Text(byte* text, long length)
        {
            return length == 0 ? "" : Encoding.UTF8.GetString(text, checked((int)length));
        }

        internal delegate long Copy(byte* buffer, UIntPtr room);

        /// <summary>Calls a function that copies a text and returns its length.</summary>
        internal static string Copied(Copy copy)
        {
            int room = 256;
            while (true)
            {
                byte[] buffer = new byte[room];
                fixed (byte* p = buffer)
                {
                    long length = Errors.Check(copy(p, (UIntPtr)(uint)room));
                    if (length < room)
                    {
                        return Text(p, length);
                    }
                    room = checked((int)length + 1);
                }
            }
        }

        /// <summary>Nanoseconds of a limit; null is none.</summary>
        /// <exception cref="ArgumentOutOfRangeException">It is negative, but not
        /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>.</exception>
        internal static long Nanoseconds(TimeSpan? limit, string parameter)
        {
            if (limit == null || limit == System.Threading.Timeout.InfiniteTimeSpan)
            {
                return Forever;
            }
            long ticks = limit.Value.Ticks;
            if (ticks < 0)
            {
                throw new ArgumentOutOfRangeException(parameter, parameter + ": a time must not be negative");
            }
            return ticks >= Forever / 100 ? Forever : ticks * 100;
        }

        internal static TimeSpan? Span(long nanoseconds)
        {
            return nanoseconds >= Forever ? (TimeSpan?)null : TimeSpan.FromTicks(nanoseconds / 100);
        }

        /// <summary>The time on libsock's clock at which a limit that begins now has passed.</summary>
        internal static long At(long nanoseconds)
        {
            return nanoseconds >= Forever ? Forever : sock_now() + nanoseconds;
        }
    }

    // The values that the binding itself compares with; a class of its own, because Constants needs Native.
    internal static class Codes
    {
        internal static readonly int EAgain = -Constants.Number("EAGAIN");
        internal static readonly int EInprogress = -Constants.Number("EINPROGRESS");
        internal static readonly int EAlready = -Constants.Number("EALREADY");
        internal static readonly int EIsconn = -Constants.Number("EISCONN");
        internal static readonly int EInval = -Constants.Number("EINVAL");
        internal static readonly int DontWait = Constants.Number("MSG_DONTWAIT");
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct sock_addr
    {
        internal uint len;
        internal uint zero;
        internal fixed ulong native[16];
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct sock_iovec
    {
        internal void* @base;
        internal UIntPtr len;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct sock_msg
    {
        internal sock_addr* addr;
        internal sock_iovec* iov;
        internal UIntPtr iov_count;
        internal void* control;
        internal UIntPtr control_cap;
        internal UIntPtr control_len;
        internal UIntPtr len;
        internal UIntPtr true_len;
        internal int flags;
        internal uint zero;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct sock_datagram
    {
        internal void* buf;
        internal UIntPtr len;
        internal UIntPtr count;
        internal uint segment;
        internal int flags;
        internal void* control;
        internal UIntPtr control_len;
        internal sock_addr addr;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct sock_relay_counts
    {
        internal ulong a_to_b;
        internal ulong b_to_a;
        internal ulong a_lost;
        internal ulong b_lost;
        internal int a_ended;
        internal int b_ended;
        internal long failed;
        internal ulong reserved0;
        internal ulong reserved1;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct sock_event
    {
        internal ulong data;
        internal long handle;
        internal int events;
        internal int code;
        internal ulong count;
        internal ulong reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct sock_addrinfo_options
    {
        internal UIntPtr size;
        internal int family;
        internal int type;
        internal int proto;
        internal int flags;
        internal long timeout_ns;
        internal long deadline_ns;
        internal long cancel;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct sock_addrinfo
    {
        internal int family;
        internal int type;
        internal int proto;
        internal int zero;
        internal sock_addr address;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct sock_attempt
    {
        internal sock_addr address;
        internal int phase;
        internal int code;
        internal long start_ns;
        internal long end_ns;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct sock_connect_options
    {
        internal UIntPtr size;
        internal long timeout_ns;
        internal long deadline_ns;
        internal long attempt_timeout_ns;
        internal long resolution_delay_ns;
        internal long stagger_ns;
        internal long cancel;
        internal sock_addr* source;
        internal sock_attempt* attempts;
        internal UIntPtr attempts_cap;
        internal UIntPtr* attempts_count;
        internal int family;
        internal int fast_open;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct sock_server_options
    {
        internal UIntPtr size;
        internal int family;
        internal int backlog;
        internal int reuse_port;
        internal int dualstack;
        internal int remove_stale;
        internal int file_mode;
        internal long timeout_ns;
        internal long deadline_ns;
        internal long cancel;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct sock_interface
    {
        internal uint index;
        internal uint zero;
        internal fixed byte name[64];
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct sock_interface_addr
    {
        internal uint index;
        internal uint flags;
        internal fixed byte name[64];
        internal sock_addr address;
        internal sock_addr netmask;
        internal sock_addr broadcast;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct sock_can_filter
    {
        internal uint id;
        internal uint mask;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct sock_control_item
    {
        internal int level;
        internal int type;
        internal void* data;
        internal UIntPtr len;
        internal int truncated;
        internal uint zero;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct sock_control_error
    {
        internal int error;
        internal int origin;
        internal int type;
        internal int code;
        internal long info;
        internal long data;
        internal sock_addr offender;
    }
}

using System;
using System.Collections.Generic;

namespace Libsock
{
    /// <summary>Control data: what travels with the data of a message. One thread at a time uses it.
    ///
    /// To send, make an empty one and put in it; to receive, make one with room: <c>Control.Room(Control.Tos)</c>.
    /// Received descriptors that were not taken are closed with it, and when it is used again.</summary>
    public sealed unsafe class Control : IDisposable
    {
#pragma warning disable CS1591 // What to make room for; their meaning is that of SOCK_CONTROL_* in sock.h.
        public const int Credentials = 1;
        public const int PidFd = 2;
        public const int TimeStamp = 4;
        public const int PacketInfo = 8;
        public const int Ttl = 16;
        public const int Tos = 32;
        public const int Error = 64;
        public const int Drops = 128;
        public const int Gro = 256;
        public const int Security = 512;
#pragma warning restore CS1591

        internal byte[] Buffer;
        internal int Length;
        private bool received;

        /// <summary>Makes an empty one, to send.</summary>
        public Control()
        {
            Buffer = new byte[256];
        }

        private Control(int room)
        {
            Buffer = new byte[room];
        }

        /// <summary>Closes the received descriptors that were not taken.</summary>
        ~Control()
        {
            CloseDescriptors();
        }

        /// <summary>Makes room to receive several kinds of messages, and descriptors.</summary>
        public static Control Room(int kinds, int descriptors = 0)
        {
            return new Control((int)Errors.Check(Native.sock_control_space(kinds, descriptors)));
        }

        /// <summary>Closes the received descriptors that were not taken.</summary>
        public void Dispose()
        {
            CloseDescriptors();
            GC.SuppressFinalize(this);
        }

        private void CloseDescriptors()
        {
            if (received)
            {
                received = false;
                fixed (byte* p = Buffer)
                {
                    Native.sock_control_close_fds(p, (UIntPtr)(uint)Length);
                }
            }
        }

        /// <summary>Before a receive: what came with the last one goes.</summary>
        internal void Clear()
        {
            CloseDescriptors();
            Length = 0;
        }

        internal void Came(UIntPtr length)
        {
            Length = (int)length;
            received = true;
        }

        // To send -----------------------------------------------------------------------------------------

        private delegate int Putter(byte* control, UIntPtr room, UIntPtr* length);

        private Control Put(int room, Putter put)
        {
            if (Length + room > Buffer.Length)
            {
                Array.Resize(ref Buffer, 2 * (Length + room));
            }
            fixed (byte* p = Buffer)
            {
                var length = (UIntPtr)(uint)Length;
                Errors.Check(put(p, (UIntPtr)(uint)Buffer.Length, &length));
                Length = (int)length;
            }
            return this;
        }

        /// <summary>Adds a message of any level and type.</summary>
        public Control Put(int level, int type, byte[] data)
        {
            return Put(data.Length + 64, (c, room, length) =>
            {
                fixed (byte* d = data)
                {
                    return Native.sock_control_put(c, room, length, level, type, d, (UIntPtr)(uint)data.Length);
                }
            });
        }

        /// <summary>Adds descriptors, which stay open and the caller's until the message is sent.</summary>
        public Control PutDescriptors(params Descriptor[] descriptors)
        {
            int[] numbers = Array.ConvertAll(descriptors, one => one.Number);
            return Put(4 * numbers.Length + 64, (c, room, length) =>
            {
                fixed (int* n = numbers)
                {
                    return Native.sock_control_put_fds(c, room, length, n, (UIntPtr)(uint)numbers.Length);
                }
            });
        }

        /// <summary>Adds credentials: SCM_CREDENTIALS.</summary>
        public Control PutCredentials(long pid, long uid, long gid)
        {
            return Put(64, (c, room, length) => Native.sock_control_put_credentials(c, room, length, pid, uid, gid));
        }

        /// <summary>Adds the source address and interface of a packet; 0 leaves the interface open.</summary>
        public Control PutPacketInfo(SockAddress from, long device = 0)
        {
            sock_addr a = from.Value;
            return Put(64, (c, room, length) =>
            {
                sock_addr copy = a;
                return Native.sock_control_put_pktinfo(c, room, length, &copy, device);
            });
        }

        /// <summary>Adds the TTL or hop limit of a packet.</summary>
        public Control PutTtl(int family, int ttl)
        {
            return Put(64, (c, room, length) => Native.sock_control_put_ttl(c, room, length, family, ttl));
        }

        /// <summary>Adds the TOS byte or traffic class of a packet, whose lowest bits are ECN.</summary>
        public Control PutTos(int family, int tos)
        {
            return Put(64, (c, room, length) => Native.sock_control_put_tos(c, room, length, family, tos));
        }

        /// <summary>Adds the size of the datagrams into which the kernel cuts the data.</summary>
        public Control PutSegment(int size)
        {
            return Put(64, (c, room, length) => Native.sock_control_put_gso_size(c, room, length, size));
        }

        /// <summary>Adds a request for transmit time stamps of this message.</summary>
        public Control PutTimeStamping(long flags)
        {
            return Put(64, (c, room, length) => Native.sock_control_put_timestamping(c, room, length, flags));
        }

        // Received ----------------------------------------------------------------------------------------

        /// <summary>All messages: level, type and data.</summary>
        public IReadOnlyList<(int Level, int Type, byte[] Data)> Items()
        {
            var all = new List<(int Level, int Type, byte[] Data)>();
            fixed (byte* p = Buffer)
            {
                UIntPtr position = UIntPtr.Zero;
                sock_control_item item;
                while (Errors.Check(Native.sock_control_next(p, (UIntPtr)(uint)Length, &position, &item)) != 0)
                {
                    byte[] data = new byte[(int)item.len];
                    for (int i = 0; i < data.Length; i++)
                    {
                        data[i] = ((byte*)item.data)[i];
                    }
                    all.Add((item.level, item.type, data));
                }
            }
            return all;
        }

        /// <summary>Takes the received descriptors, which are then the caller's; each once.</summary>
        public IReadOnlyList<Descriptor> TakeDescriptors()
        {
            var all = new List<Descriptor>();
            int* numbers = stackalloc int[253];
            fixed (byte* p = Buffer)
            {
                long count = Errors.Check(
                    Native.sock_control_take_fds(p, (UIntPtr)(uint)Length, numbers, (UIntPtr)253));
                for (long i = 0; i < count; i++)
                {
                    all.Add(new Descriptor(numbers[i]));
                }
            }
            return all;
        }

        /// <summary>Takes the pidfd of the sender (SO_PASSPIDFD); null if there is none.</summary>
        public Descriptor? TakePidFd()
        {
            int number;
            fixed (byte* p = Buffer)
            {
                if (Errors.Check(Native.sock_control_take_pidfd(p, (UIntPtr)(uint)Length, &number)) == 0)
                {
                    return null;
                }
                return new Descriptor(number);
            }
        }

        private delegate int Getter(byte* control, UIntPtr length, long* value);

        private long? Get(Getter get)
        {
            long value;
            fixed (byte* p = Buffer)
            {
                return Errors.Check(get(p, (UIntPtr)(uint)Length, &value)) != 0 ? value : (long?)null;
            }
        }

        /// <summary>The TTL or hop limit; null if there is none, as with all of these.</summary>
        public long? GetTtl()
        {
            return Get((c, length, value) => Native.sock_control_get_ttl(c, length, value));
        }

        /// <summary>The TOS byte or traffic class.</summary>
        public long? GetTos()
        {
            return Get((c, length, value) => Native.sock_control_get_tos(c, length, value));
        }

        /// <summary>How many packets the socket has lost.</summary>
        public long? GetDrops()
        {
            return Get((c, length, value) => Native.sock_control_get_drops(c, length, value));
        }

        /// <summary>The size of the datagrams that were received as one.</summary>
        public long? GetSegment()
        {
            return Get((c, length, value) => Native.sock_control_get_gro_size(c, length, value));
        }

        /// <summary>The sender.</summary>
        public (long Pid, long Uid, long Gid)? GetCredentials()
        {
            long pid, uid, gid;
            fixed (byte* p = Buffer)
            {
                if (Errors.Check(
                    Native.sock_control_get_credentials(p, (UIntPtr)(uint)Length, &pid, &uid, &gid)) == 0)
                {
                    return null;
                }
                return (pid, uid, gid);
            }
        }

        /// <summary>The time stamps by the clocks of the system and of the interface, in ns since 1970; 0: not used.
        /// </summary>
        public (long Software, long Hardware)? GetTimeStamp()
        {
            long software, hardware;
            fixed (byte* p = Buffer)
            {
                if (Errors.Check(
                    Native.sock_control_get_timestamp(p, (UIntPtr)(uint)Length, &software, &hardware)) == 0)
                {
                    return null;
                }
                return (software, hardware);
            }
        }

        /// <summary>Where a packet arrived: its destination, the local address to answer from, the interface.</summary>
        public (SockAddress To, SockAddress Local, long Device)? GetPacketInfo()
        {
            sock_addr to, local;
            long device;
            fixed (byte* p = Buffer)
            {
                if (Errors.Check(
                    Native.sock_control_get_pktinfo(p, (UIntPtr)(uint)Length, &to, &local, &device)) == 0)
                {
                    return null;
                }
                return (new SockAddress(to), new SockAddress(local), device);
            }
        }

        /// <summary>An event of the error queue: the code, its origin (SO_EE_ORIGIN_*), and who reported it.</summary>
        public (int Code, int Origin, SockAddress Offender)? GetError()
        {
            sock_control_error error;
            fixed (byte* p = Buffer)
            {
                if (Errors.Check(Native.sock_control_get_error(p, (UIntPtr)(uint)Length, &error)) == 0)
                {
                    return null;
                }
                return (error.error, error.origin, new SockAddress(error.offender));
            }
        }
    }
}

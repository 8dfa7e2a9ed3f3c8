using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Libsock;
using static Tests;

/// <summary>The cases of bindings/behaviour.md but batches and pollers, under their names.</summary>
internal sealed class Behaviour
{
    private static readonly byte[] Byte = new byte[1];

    /// <summary>Serves one connection and sends everything back.</summary>
    private static Call<int> Echo(Sock server)
    {
        return Start(() =>
        {
            using (Sock connection = Accept(server))
            {
                byte[] buffer = new byte[10000];
                for (int n; (n = Receive(connection, buffer)) > 0; )
                {
                    Put(connection, buffer.Take(n).ToArray());
                }
            }
        });
    }

    private static void Echoes(Sock server, Sock client)
    {
        Call<int> serving = Echo(server);
        using (client)
        {
            foreach (int size in new[] { 1, 1 << 20 })
            {
                byte[] sent = Pattern(size);
                Call<int> sending = Start(() => Put(client, sent));
                Same(sent, ReceiveExactly(client, size));
                sending.Result();
            }
            client.Shutdown(Constants.SHUT_WR);
            Equal(0, Receive(client, Byte));
        }
        serving.Result();
    }

    [Test] public void EchoTcp()
    {
        using (Sock server = Sock.Listen("127.0.0.1", 0))
        {
            Echoes(server, Connect("127.0.0.1", server.LocalAddress.Port));
        }
    }

    [Test] public void EchoUdp()
    {
        using (var server = new Sock(Constants.AF_INET, Constants.SOCK_DGRAM))
        using (var client = new Sock(Constants.AF_INET, Constants.SOCK_DGRAM))
        {
            server.Bind(SockAddress.Ip("127.0.0.1", 0));
            client.Bind(SockAddress.Ip("127.0.0.1", 0));
            byte[] room = new byte[100];
            foreach (string text in new[] { "hello", "" })
            {
                SockAddress from;
                Equal(text.Length, SendTo(client, Bytes(text), server.LocalAddress));
                Equal(text.Length, ReceiveFrom(server, room, out from));
                Equal(client.LocalAddress, from);
                SendTo(server, room.Take(text.Length).ToArray(), SockAddress.Of(from.ToIPEndPoint()));
                int came = ReceiveFrom(client, room, out from);
                Equal(text, Encoding.UTF8.GetString(room, 0, came));
                Equal(server.LocalAddress, from);
            }
        }
    }

    [Test] public void EchoUnix()
    {
        string directory = Path.Combine(Path.GetTempPath(), "libsock-" + Guid.NewGuid());
        Directory.CreateDirectory(directory);
        try
        {
            SockAddress name = SockAddress.UnixAbstract("libsock\0" + Guid.NewGuid());
            foreach (SockAddress address in new[] { SockAddress.Unix(Path.Combine(directory, "s")), name })
            {
                using (Sock server = Sock.Listen(address))
                {
                    Equal(address, server.LocalAddress);
                    Equal(address, SockAddress.Parse(address.ToString()));
                    Echoes(server, Connect(address, Long));
                }
            }
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    [Test] public void EchoIpv6()
    {
        try
        {
            using (Sock server = Sock.Listen("::1", "0", new ServerOptions { Family = Constants.AF_INET6 }))
            {
                Echoes(server, Connect("::1", server.LocalAddress.Port));
            }
        }
        catch (SockException e) when (e.CodeName == "EADDRNOTAVAIL" || e.CodeName == "EAFNOSUPPORT")
        {
            throw new SkippedException("this machine has no IPv6");
        }
    }

    [Test] public void Refused()
    {
        int port;
        using (Sock server = Sock.Listen("127.0.0.1", 0))
        {
            port = server.LocalAddress.Port;
        }
        var e = Fails<SocketException>(() => Connect("127.0.0.1", port));
        Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
        ISockError error = FailsWith("ECONNREFUSED", () => Connect(SockAddress.Ip("127.0.0.1", port), Long));
        Equal(-(int)Constants.Value("ECONNREFUSED"), error.Code);
        Check(((Exception)error).Message.Contains("Connection refused"), ((Exception)error).Message);
    }

    [Test] public void EndOfStream()
    {
        using (Two pair = Pair("tcp"))
        {
            pair.One.Shutdown(Constants.SHUT_WR);
            Equal(0, Receive(pair.Other, new byte[10]));
            Equal(-1, pair.Other.GetStream(false).ReadByte());
            Put(pair.Other, "still here");
            Equal("still here", ReceiveText(pair.One, 10));
        }
    }

    [Test] public void BrokenPipe()
    {
        foreach (string kind in new[] { "tcp", "stream" })
        {
            using (Two pair = Pair(kind))
            {
                pair.Other.Dispose();
                var e = Fails<SockException>(() =>
                {
                    for (int i = 0; i < 100000; i++)
                    {
                        Put(pair.One, new byte[1000]);
                    }
                });
                Check(e.CodeName == "EPIPE" || e.CodeName == "ECONNRESET", e.ToString());
            }
        }
    }

    [Test] public void TimeoutRead()
    {
        foreach (string kind in new[] { "tcp", "udp" })
        {
            using (Two pair = Pair(kind))
            {
                pair.One.Timeout = Short;
                NotBefore(Short, () =>
                {
                    var e = Fails<TimeoutException>(() => Receive(pair.One, Byte));
                    Equal("timed out", e.Message);
                    Equal("SOCK_ETIMEDOUT", ((ISockError)e).CodeName);
                });
            }
        }
    }

    [Test] public void TimeoutKeepsData()
    {
        using (Two pair = Pair("tcp"))
        {
            pair.One.Timeout = TimeSpan.FromMilliseconds(20);
            Fails<TimeoutException>(() => ReceiveExactly(pair.One, 4));
            Put(pair.Other, "late");
            pair.One.Timeout = Long;
            Equal("late", ReceiveText(pair.One, 4));
        }
    }

    [Test] public void DeadlinePast()
    {
        using (Two pair = Pair("tcp"))
        {
            Put(pair.Other, "ready");
            pair.One.SetDeadline(TimeSpan.Zero, SockDirection.Read);
            for (int i = 0; i < 3; i++)
            {
                Fails<TimeoutException>(() => Receive(pair.One, new byte[5]));
            }
            pair.One.SetDeadline(null);
            Equal("ready", ReceiveText(pair.One, 5));
        }
    }

    [Test] public void DeadlineMovesBlocked()
    {
        using (Two pair = Pair("tcp"))
        {
            Call<int> reading = Start(() => Receive(pair.One, Byte)).Waiting();
            pair.One.SetDeadline(Long, SockDirection.Read);
            reading.Waiting();
            pair.One.SetDeadline(TimeSpan.FromMilliseconds(1), SockDirection.Read);
            Fails<TimeoutException>(() => reading.Result());
        }
    }

    [Test] public void DeadlineDirections()
    {
        using (Two pair = Pair("tcp"))
        {
            pair.One.SetDeadline(TimeSpan.FromTicks(1), SockDirection.Read);
            Put(pair.One, Byte);
            pair.Other.SetDeadline(TimeSpan.FromSeconds(-1), SockDirection.Write);
            ReceiveExactly(pair.Other, 1);
            Fails<TimeoutException>(() => Receive(pair.One, Byte));
            Fails<TimeoutException>(() => Put(pair.Other, Byte));
        }
    }

    [Test] public void CancelBlocked()
    {
        using (Two pair = Pair("tcp"))
        using (var token = new CancelToken())
        {
            pair.One.SetCancel(token);
            Call<int> reading = Start(() => Receive(pair.One, Byte)).Waiting();
            token.Fire();
            Fails<OperationCanceledException>(() => reading.Result());
            pair.One.SetCancel(null);
            reading = Start(() => Receive(pair.One, Byte)).Waiting();
            // One that is attached while the call waits; closing it fires it.
            using (var second = new CancelToken())
            {
                pair.One.SetCancel(second);
                reading.Waiting();
            }
            Fails<OperationCanceledException>(() => reading.Result());
            // A closed token is as none.
            reading = Start(() => Receive(pair.One, Byte)).Waiting();
            Put(pair.Other, Byte);
            Equal(1, reading.Result());
        }
    }

    [Test] public void CancelMany()
    {
        var pairs = new List<Two>();
        using (var token = new CancelToken())
        {
            var calls = new List<Call<int>>();
            for (int i = 0; i < 10; i++)
            {
                Two pair = Pair(i % 2 == 0 ? "tcp" : "stream");
                pairs.Add(pair);
                pair.One.SetCancel(token);
                calls.Add(Start(() => Receive(pair.One, new byte[1])));
            }
            calls.ForEach(call => call.Waiting());
            token.Fire();
            calls.ForEach(call => Fails<OperationCanceledException>(() => call.Result()));
            pairs.ForEach(pair => Fails<OperationCanceledException>(() => Put(pair.One, Byte)));
        }
        pairs.ForEach(pair => pair.Dispose());
    }

    [Test] public void CancelBefore()
    {
        using (Two pair = Pair("tcp"))
        using (var token = new CancelToken())
        {
            Put(pair.Other, "ready");
            token.Fire();
            pair.One.SetCancel(token);
            FailsWith("SOCK_ECANCELED", () => ReceiveExactly(pair.One, 5));
            pair.One.SetCancel(null);
            Equal("ready", ReceiveText(pair.One, 5));
        }
    }

    [Test] public void CloseWakesRead()
    {
        foreach (string kind in new[] { "tcp", "udp", "stream", "datagram", "seqpacket" })
        {
            using (Two pair = Pair(kind))
            {
                Call<int> reading = Start(() => Receive(pair.One, Byte));
                SockAddress from;
                Call<int> other = Start(() => ReceiveFrom(pair.One, new byte[1], out from));
                reading.Waiting();
                other.Waiting();
                pair.One.Dispose();
                var e = Fails<ObjectDisposedException>(() => reading.Result());
                Check(e.Message.Contains("closed"), e.ToString());
                Fails<ObjectDisposedException>(() => other.Result());
            }
        }
    }

    [Test] public void CloseWakesAccept()
    {
        int late = 0;
        for (int i = 0; i < 20; i++)
        {
            Sock server = Sock.Listen("127.0.0.1", 0);
            int port = server.LocalAddress.Port;
            Call<Sock> accepting = Start(() => Accept(server));
            if (i % 2 == 0)
            {
                accepting.Waiting();
            }
            server.Dispose();
            try
            {
                Sock.Listen("127.0.0.1", port).Dispose();
            }
            catch (SockException e) when (e.CodeName == "EADDRINUSE")
            {
                // The thread has not run for 100 ms: sock_close does not wait longer.
                late++;
            }
            Fails<ObjectDisposedException>(() => accepting.Result());
        }
        Check(late <= 2, late + " ports of 20 were not free");
    }

    [Test] public void CloseTwice()
    {
        using (Two pair = Pair("tcp"))
        {
            Sock closed = pair.One;
            closed.Dispose();
            closed.Dispose();
            Check(!closed.IsOpen, "open");
            SockAddress from;
            foreach (Action call in new Action[] {
                () => Receive(closed, Byte), () => Put(closed, Byte), () => closed.SetDeadline(Long),
                () => closed.Shutdown(Constants.SHUT_WR), () => closed.LocalAddress.ToString(),
                () => closed.Options.NoDelay = true, () => closed.SetCancel(null),
                () => ReceiveFrom(closed, Byte, out from), () => closed.FileNumber.ToString(), () => closed.Detach(),
                () => Accept(closed), () => closed.Duplicate(), () => closed.Timeout = Long,
            })
            {
                Fails<ObjectDisposedException>(call);
            }
        }
    }

    [Test] public void NoStranger()
    {
        for (int i = 0; i < 50; i++)
        {
            Two old = Pair();
            old.Dispose();
            using (Two young = Pair())
            {
                Put(young.One, "for somebody else");
                Put(young.Other, "for somebody else");
                Fails<ObjectDisposedException>(() => Receive(old.One, new byte[20]));
                Fails<ObjectDisposedException>(() => Receive(old.Other, new byte[20]));
            }
        }
    }

    [Test] public void ConnectByName()
    {
        using (Sock server = Sock.Listen("127.0.0.1", 0))
        using (Sock sock = Connect("localhost", server.LocalAddress.Port))
        {
            Equal(server.LocalAddress, sock.RemoteAddress);
        }
        try
        {
            Equal(80, NetDb.ServicePort("http", "tcp"));
        }
        catch (SockException)
        {
            throw new SkippedException("this machine has no services");
        }
        // A service by name: there may be no listener, but the name must be known.
        try
        {
            Connect("localhost", "http", new ConnectOptions { Timeout = Long }).Dispose();
        }
        catch (SockException e)
        {
            Equal("ECONNREFUSED", e.CodeName);
        }
    }

    /// <summary>ctests/runner/csharp.py runs this in a namespace whose /etc/hosts says that two.test has two addresses.
    /// </summary>
    [Test] public void ConnectAttempts()
    {
        if (Environment.GetEnvironmentVariable("LIBSOCK_HOSTS") == null)
        {
            throw new SkippedException("needs its own /etc/hosts: the runner makes one");
        }
        IReadOnlyList<SockAddress> found = Lookup.All("two.test");
        Equal(2, found.Count);
        // Only the second address has a listener.
        using (Sock server = Sock.Listen(found[1].Host, 0))
        {
            IReadOnlyList<Attempt> all = null;
            var options = new ConnectOptions { Timeout = Long, Attempts = list => all = list };
            using (Sock sock = Connect("two.test", server.LocalAddress.Port.ToString(), options))
            {
                Equal(server.LocalAddress, sock.RemoteAddress);
            }
            // A family without an address is reported too, as a failed lookup.
            List<Attempt> attempts = all.Where(one => one.Phase != AttemptPhase.Lookup).ToList();
            Equal(2, attempts.Count);
            Equal(AttemptPhase.Connect, attempts[0].Phase);
            Equal(found[0].Host, attempts[0].Address.Host);
            Equal(SocketError.ConnectionRefused, ((SocketException)attempts[0].Failure).SocketErrorCode);
            Equal(AttemptPhase.Connected, attempts[1].Phase);
            Equal(server.LocalAddress, attempts[1].Address);
            Equal(0, attempts[1].Code);
        }
    }

    [Test] public void ConnectDeadline()
    {
        // A full backlog answers no further connection.
        using (Sock silent = new Sock(Constants.AF_INET, Constants.SOCK_STREAM).Bind(SockAddress.Ip("127.0.0.1", 0)).Listen(0))
        {
            var filling = new List<Sock>();
            try
            {
                for (int i = 0; i < 20; i++)
                {
                    filling.Add(Connect(silent.LocalAddress, TimeSpan.FromMilliseconds(100)));
                }
                throw new SkippedException("a full backlog refuses here");
            }
            catch (TimeoutException)
            {
                string port = silent.LocalAddress.Port.ToString();
                TimeSpan limit = TimeSpan.FromMilliseconds(150);
                foreach (string host in new[] { "127.0.0.1", "localhost" })
                {
                    var options = new ConnectOptions { Family = Constants.AF_INET, Timeout = limit };
                    NotBefore(limit, () => Fails<TimeoutException>(() => Connect(host, port, options)));
                }
                using (var token = new CancelToken())
                {
                    var options = new ConnectOptions { Cancel = token };
                    Call<Sock> connecting = Start(() => Connect("127.0.0.1", port, options)).Waiting();
                    token.Fire();
                    Fails<OperationCanceledException>(() => connecting.Result());
                }
            }
            finally
            {
                filling.ForEach(sock => sock.Dispose());
            }
        }
    }

    private static IReadOnlyList<Lookup.Result> Find(Lookup lookup, string host, string service)
    {
        return AsTask ? lookup.FindAsync(host, service).GetAwaiter().GetResult() : lookup.Find(host, service);
    }

    [Test] public void LookupNumeric()
    {
        var stream = new Lookup { Type = Constants.SOCK_STREAM };
        foreach (string host in new[] { "192.0.2.1", "::1", "2001:db8::1" })
        {
            IReadOnlyList<Lookup.Result> found = Find(stream, host, "80");
            Equal(1, found.Count);
            Equal(host, found[0].Address.Host);
            Equal(80, found[0].Address.Port);
        }
        foreach (string text in new[] { "192.0.2.1:80", "[::1]:443" })
        {
            SockAddress address = SockAddress.Parse(text);
            Equal(text, address.ToString());
            Equal(address, SockAddress.Of(address.ToIPEndPoint()));
        }
        var numbers = new Lookup { Flags = Constants.NI_NUMERICHOST | Constants.NI_NUMERICSERV };
        Equal(("192.0.2.1", "80"), numbers.Names(SockAddress.Ip("192.0.2.1", 80)));
    }

    [Test] public void LookupUnknown()
    {
        foreach (Action call in new Action[] {
            () => Find(new Lookup(), "nobody.invalid", null), () => Connect("nobody.invalid", 80),
            () => Sock.Listen("nobody.invalid", 0),
        })
        {
            var e = Fails<SockLookupException>(call);
            Check(e.CodeName.StartsWith("EAI_"), e.CodeName);
            Check(e is SocketException, "not .NET's class");
        }
    }

    [Test] public void RecvExact()
    {
        using (Two pair = Pair("tcp"))
        {
            Call<byte[]> reading = Start(() => ReceiveExactly(pair.One, 6));
            Put(pair.Other, "abc");
            reading.Waiting();
            Put(pair.Other, "def");
            Same(Bytes("abcdef"), reading.Result());
            Put(pair.Other, "gh");
            pair.Other.Shutdown(Constants.SHUT_WR);
            var e = Fails<EndOfStreamException>(() => ReceiveExactly(pair.One, 5));
            Equal(2, ((ISockError)e).Transferred);
        }
    }

    /// <summary>Reads slowly at first.</summary>
    private static byte[] Slowly(Sock sock, int size)
    {
        byte[] got = new byte[size];
        for (int done = 0; done < size; )
        {
            int n = sock.Receive(got, done, Math.Min(100000, size - done));
            Check(n > 0, "the stream ended");
            done += n;
            if (done < 1 << 20)
            {
                Thread.Sleep(1);
            }
        }
        return got;
    }

    [Test] public void SendAll()
    {
        byte[] data = Pattern(8 << 20);
        using (Two pair = Pair("tcp"))
        {
            pair.One.Timeout = Long;
            Call<int> sending = Start(() => Put(pair.One, data));
            Same(data, Slowly(pair.Other, data.Length));
            sending.Result();
            // The count of what went before a limit.
            pair.One.Timeout = Short;
            var e = Fails<TimeoutException>(() => Put(pair.One, data));
            long sent = ((ISockError)e).Transferred;
            pair.One.Shutdown(Constants.SHUT_WR);
            long came = 0;
            byte[] buffer = new byte[100000];
            for (int n; (n = pair.Other.Receive(buffer)) > 0; )
            {
                came += n;
            }
            Equal(sent, came);
            Check(sent > 0 && sent < data.Length, sent + " bytes");
        }
    }

    [Test] public void PassDescriptors()
    {
        Descriptor[] pipe = Descriptor.Pipe();
        using (Two pair = Pair())
        {
            int count;
            Equal(1, SendDescriptors(pair.One, new byte[1], pipe));
            IReadOnlyList<Descriptor> came = ReceiveDescriptors(pair.Other, new byte[1], 2, out count);
            Equal(1, count);
            Equal(2, came.Count);
            foreach (Descriptor one in came)
            {
                string flags = File.ReadAllLines("/proc/self/fdinfo/" + one.Number).First(line => line.StartsWith("flags:"));
                Check((Convert.ToInt32(flags.Substring(6).Trim(), 8) & 0x80000) != 0, "not close-on-exec: " + flags);
            }
            Equal(5, came[1].Write(Bytes("hello")));
            byte[] got = new byte[5];
            Equal(5, pipe[0].Read(got));
            Same(Bytes("hello"), got);
            came[0].Dispose();
            came[1].Dispose();
            // What is not taken is closed.
            int before = Descriptors();
            SendMessage(pair.One, new Message(new byte[1]) { Control = new Control().PutDescriptors(pipe) });
            using (Control control = Control.Room(0, 2))
            {
                ReceiveMessage(pair.Other, new Message(new byte[1]) { Control = control });
                Equal(before + 2, Descriptors());
            }
            Equal(before, Descriptors());
        }
        foreach (Descriptor one in pipe)
        {
            one.Dispose();
            one.Dispose();
        }
    }

    [Test] public void SendFile()
    {
        byte[] data = Pattern(8 << 20);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, data);
            using (FileStream file = File.OpenRead(path))
            using (Two pair = Pair("tcp"))
            {
                file.Position = 100;
                pair.One.Timeout = Long;
                Call<long> sending = Start(() => Tests.SendFile(pair.One, file));
                Same(data.Skip(100), Slowly(pair.Other, data.Length - 100));
                Equal(data.Length - 100, sending.Result());
                Equal(data.Length, file.Position);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test(Once = true)] public void Options()
    {
        using (Two pair = Pair("tcp"))
        {
            SockOptions options = pair.One.Options;
            foreach (bool on in new[] { true, false })
            {
                options.ReuseAddress = on;
                options.NoDelay = on;
                Equal(on, options.ReuseAddress);
                Equal(on, options.Get(Constants.SOL_SOCKET, Constants.SO_REUSEADDR) != 0);
                Equal(on, options.NoDelay);
            }
            options.ReceiveBuffer = 32 << 10;
            Equal(64 << 10, options.ReceiveBuffer);
            options.Linger = TimeSpan.FromSeconds(5);
            Equal(TimeSpan.FromSeconds(5), options.Linger);
            options.Linger = null;
            Equal(null, options.Linger);
            options.SetKeepAlive(TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(3), 4);
            Check(options.KeepAlive, "keepalive is off");
            Equal(7, options.Get(Constants.IPPROTO_TCP, (int)Constants.Value("TCP_KEEPIDLE")));
            FailsWith("EINVAL", () => options.SetKeepAlive(TimeSpan.FromMilliseconds(1500), TimeSpan.Zero, 0));
            options.UserTimeout = TimeSpan.FromSeconds(3);
            Equal(TimeSpan.FromSeconds(3), options.UserTimeout);
            Check(options.Congestion != "", "no congestion control");
            pair.One.SendAll(new byte[100]);
            pair.Other.ReceiveExactly(100);
            TcpInfo info = pair.Other.Options.TcpInfo;
            Equal(1, info.State);
            Equal(100, info.BytesReceived);
            Check(info.SndMss > 100 && info.SndCwnd > 0, "no segment size");
        }
    }

    [Test(Once = true)] public void OptionUnknown()
    {
        using (Two pair = Pair("tcp"))
        {
            FailsWith("ENOPROTOOPT", () => pair.One.Options.Set(Constants.IPPROTO_TCP, 9999, 1));
            FailsWith("ENOPROTOOPT", () => pair.One.Options.Get(Constants.IPPROTO_TCP, 9999));
        }
    }

    [Test] public void BadPort()
    {
        foreach (int port in new[] { -1, 65536, int.MaxValue })
        {
            foreach (Action call in new Action[] {
                () => Connect("127.0.0.1", port), () => Sock.Listen("127.0.0.1", port),
                () => SockAddress.Ip("127.0.0.1", port),
            })
            {
                var e = Fails<ArgumentException>(call);
                Check(e.Message.Contains("port"), e.Message);
            }
        }
    }

    [Test] public void BadNul()
    {
        foreach (Action call in new Action[] {
            () => Connect("127.0.0.1\0.example", 80), () => Find(new Lookup(), "localhost\0", null),
            () => SockAddress.Ip("127.0.0.1\0", 80), () => SockAddress.Unix("/tmp/a\0b"),
            () => NetDb.InterfaceIndex("lo\0"),
            () => Sock.Listen("/tmp/a\0b", null, new ServerOptions { Family = Constants.AF_UNIX }),
        })
        {
            Fails<ArgumentException>(call);
        }
    }

    [Test] public void NoLeak()
    {
        Cycles(20);
        int before = Descriptors();
        Cycles(1000);
        Check(Descriptors() <= before, before + " descriptors before, " + Descriptors() + " after");
    }

    private static void Cycles(int count)
    {
        using (Sock server = Sock.Listen("127.0.0.1", 0))
        {
            for (int i = 0; i < count; i++)
            {
                using (Sock client = Connect("127.0.0.1", server.LocalAddress.Port))
                using (Sock connection = Accept(server))
                {
                    Put(client, Byte);
                    ReceiveExactly(connection, 1);
                }
            }
        }
    }
}

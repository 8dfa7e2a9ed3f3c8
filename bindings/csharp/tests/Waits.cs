using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Libsock;
using static Tests;

/// <summary>What C# adds: Tasks on one thread, CancellationToken, collection, Span, other families.</summary>
internal sealed class Waits
{
    private static int Threads()
    {
        return Directory.GetDirectories("/proc/self/task").Length;
    }

    /// <summary>Any number of Tasks wait in one thread.</summary>
    [Test(Once = true)] public void TasksHoldNoThread()
    {
        const int Count = 200;
        var pairs = Enumerable.Range(0, Count).Select(i => Pair()).ToList();
        int before = Threads();
        List<Task<byte[]>> reading = pairs.Select(pair => pair.One.ReceiveExactlyAsync(2)).ToList();
        Thread.Sleep(50);
        Check(reading.All(task => !task.IsCompleted), "a Task did not wait");
        int more = Threads() - before;
        Check(more <= 2, Count + " waiting Tasks need " + more + " threads more");
        Console.WriteLine(Count + " waiting Tasks: " + more + " threads more");
        pairs.ForEach(pair => pair.Other.Send(new byte[1]));
        pairs.ForEach(pair => pair.Other.Send(new byte[1]));
        Check(Task.WaitAll(reading.ToArray(), Long), "a Task did not end");
        pairs.ForEach(pair => pair.Dispose());
    }

    [Test(Once = true)] public void CancellationEndsATask()
    {
        using (Two pair = Pair())
        using (var source = new CancellationTokenSource())
        {
            Task<int> reading = pair.One.ReceiveAsync(new byte[1], source.Token);
            Task<int> other = pair.One.ReceiveAsync(new byte[1]);
            Task sending = pair.One.SendAllAsync(new byte[16 << 20], 0, 16 << 20, source.Token);
            Thread.Sleep(50);
            source.Cancel();
            var e = Fails<OperationCanceledException>(() => reading.GetAwaiter().GetResult());
            Equal(source.Token, e.CancellationToken);
            Check(reading.IsCanceled, "not cancelled, but " + reading.Status);
            e = Fails<OperationCanceledException>(() => sending.GetAwaiter().GetResult());
            Check(((ISockError)e).Transferred > 0, "nothing was sent");
            // One that is cancelled already does not try; the other Task still waits.
            Fails<OperationCanceledException>(() => pair.One.ReceiveAsync(new byte[1], source.Token).GetAwaiter().GetResult());
            Check(!other.IsCompleted, "the other Task has ended");
            pair.Other.Send(new byte[1]);
            Equal(1, other.GetAwaiter().GetResult());
        }
    }

    [Test(Once = true)] public void CancellationEndsALookupAndAnAccept()
    {
        using (Sock server = Sock.Listen("127.0.0.1", 0))
        using (var source = new CancellationTokenSource())
        {
            Task<Sock> accepting = server.AcceptAsync(source.Token);
            Thread.Sleep(20);
            source.Cancel();
            Fails<OperationCanceledException>(() => accepting.GetAwaiter().GetResult());
            Fails<OperationCanceledException>(() =>
                Sock.ConnectAsync("localhost", server.LocalAddress.Port, source.Token).GetAwaiter().GetResult());
            // A blocking Accept still waits, within the timeout.
            server.Timeout = Short;
            NotBefore(Short, () => Fails<TimeoutException>(() => server.Accept()));
            Equal(Short, server.Timeout);
        }
    }

    [Test(Once = true)] public void TokenOfACancellationToken()
    {
        using (Two pair = Pair())
        using (var source = new CancellationTokenSource())
        using (var token = new CancelToken(source.Token))
        {
            pair.One.SetCancel(token);
            Call<int> reading = Start(() => pair.One.Receive(new byte[1])).Waiting();
            source.Cancel();
            Fails<OperationCanceledException>(() => reading.Result());
        }
    }

    private static void Lose(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Two pair = Pair();
            pair.One.ReceiveAsync(new byte[1]);
            pair.Other.Send(new byte[1]);
        }
    }

    /// <summary>A Sock that nobody refers to is closed, but not one whose Task waits.</summary>
    [Test(Once = true)] public void Collected()
    {
        int before = Descriptors();
        var lost = new Thread(() => Lose(100));
        lost.Start();
        lost.Join();
        for (int i = 0; i < 500 && Descriptors() > before + 20; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(10);
        }
        Check(Descriptors() <= before + 20, Descriptors() - before + " descriptors are still open");
        using (Two pair = Pair())
        {
            Task<byte[]> reading = pair.One.Duplicate().ReceiveExactlyAsync(5);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            pair.Other.Send(Bytes("hello"));
            Same(Bytes("hello"), reading.GetAwaiter().GetResult());
        }
    }

    /// <summary>Collections in the midst of calls.</summary>
    [Test] public void CollectionsDuringCalls()
    {
        bool done = false;
        Call<int> collecting = Start(() =>
        {
            while (!Volatile.Read(ref done))
            {
                GC.Collect();
            }
        });
        using (Two pair = Pair("tcp"))
        {
            byte[] data = Pattern(4 << 20);
            Call<int> sending = Start(() => Put(pair.One, data));
            Same(data, ReceiveExactly(pair.Other, data.Length));
            sending.Result();
        }
        Volatile.Write(ref done, true);
        collecting.Result();
    }

    /// <summary>A datagram for a full AF_UNIX receiver: no poller reports room there.</summary>
    [Test(Once = true)] public void FullReceiver()
    {
        string name = "libsock" + Guid.NewGuid();
        using (var one = new Sock(Constants.AF_UNIX, Constants.SOCK_DGRAM))
        using (Sock other = new Sock(Constants.AF_UNIX, Constants.SOCK_DGRAM).Bind(SockAddress.UnixAbstract(name)))
        {
            Task<int> sending;
            int sent = 0;
            do
            {
                sending = one.SendToAsync(new byte[1], 0, 1, SockAddress.UnixAbstract(name));
                sent++;
                Thread.Sleep(1);
            }
            while (sending.IsCompleted);
            for (int i = 0; i < sent; i++)
            {
                Equal(1, other.ReceiveAsync(new byte[1]).GetAwaiter().GetResult());
            }
            Equal(1, sending.GetAwaiter().GetResult());
        }
    }

    /// <summary>A full backlog of AF_UNIX: no poller reports room there either.</summary>
    [Test(Once = true)] public void FullBacklog()
    {
        SockAddress name = SockAddress.UnixAbstract("libsock" + Guid.NewGuid());
        using (Sock server = Sock.Listen(name, 0))
        {
            var clients = new List<Sock>();
            Task connecting;
            do
            {
                clients.Add(new Sock(Constants.AF_UNIX, Constants.SOCK_STREAM));
                connecting = clients.Last().ConnectAsync(name);
                Thread.Sleep(1);
            }
            while (connecting.IsCompleted);
            Thread.Sleep(50);
            Check(!connecting.IsCompleted, "did not wait");
            clients.ForEach(client => server.Accept().Dispose());
            connecting.GetAwaiter().GetResult();
            clients.ForEach(client => client.Dispose());
        }
    }

    [Test(Once = true)] public void Spans()
    {
        using (Two pair = Pair())
        {
            Span<byte> data = Bytes("hello, world");
            Equal(5, pair.One.Send(data.Slice(0, 5)));
            pair.One.SendAll(data.Slice(5));
            byte[] got = new byte[20];
            pair.Other.ReceiveExactly(got.AsSpan(1, 10));
            Equal(2, pair.Other.Receive(got.AsSpan(11)));
            Same(Bytes("hello, world"), got.Skip(1).Take(12));
        }
    }

    [Test(Once = true)] public void MessagesThatWait()
    {
        using (Two pair = Pair())
        using (Descriptor one = Descriptor.OpenRead("/dev/null"))
        {
            var message = new Message(new byte[2], new byte[4]);
            Task<int> receiving = pair.Other.ReceiveMessageAsync(message);
            Check(!receiving.IsCompleted, "did not wait");
            Equal(5, pair.One.SendMessageAsync(new Message(Bytes("hel"), Bytes("lo"))).GetAwaiter().GetResult());
            Equal(5, receiving.GetAwaiter().GetResult());
            Same(Bytes("hello\0"), message.Pieces[0].Concat(message.Pieces[1]));
            var descriptors = pair.Other.ReceiveDescriptorsAsync(new byte[1], 3);
            Check(!descriptors.IsCompleted, "did not wait");
            pair.One.SendDescriptorsAsync(new byte[1], new[] { one }).GetAwaiter().GetResult();
            Equal(1, descriptors.GetAwaiter().GetResult().Item1);
            descriptors.Result.Item2.Single().Dispose();
            Task<int> sending;
            do
            {
                sending = pair.One.SendMessageAsync(new Message(new byte[100000]));
            }
            while (sending.IsCompleted);
            pair.Other.Timeout = Long;
            while (!sending.Wait(10))
            {
                pair.Other.Receive(new byte[100000]);
            }
            Check(sending.Result > 0, "did not send");
        }
    }

    /// <summary>Memory, which the Stream takes too.</summary>
    [Test(Once = true)] public void Memories()
    {
        using (Two pair = Pair())
        using (SockStream stream = pair.Other.GetStream())
        using (var source = new CancellationTokenSource())
        {
            byte[] data = Pattern(4 << 20);
            Task sending = pair.One.SendAllAsync(new ReadOnlyMemory<byte>(data, 1, data.Length - 1));
            Check(!sending.IsCompleted, "did not wait");
            byte[] got = new byte[data.Length];
            for (int done = 1; done < got.Length; )
            {
                int n = stream.ReadAsync(new Memory<byte>(got).Slice(done)).AsTask().GetAwaiter().GetResult();
                Check(n > 0, "the stream ended");
                done += n;
            }
            sending.GetAwaiter().GetResult();
            Same(data.Skip(1), got.Skip(1));
            stream.WriteAsync(new ReadOnlyMemory<byte>(data, 5, 6)).AsTask().GetAwaiter().GetResult();
            Same(data.Skip(5).Take(6), pair.One.ReceiveExactly(6));
            Task<int> reading = stream.ReadAsync(new Memory<byte>(got), source.Token).AsTask();
            source.Cancel();
            Fails<OperationCanceledException>(() => reading.GetAwaiter().GetResult());
        }
    }

    [Test(Once = true)] public void Families()
    {
        foreach (SockAddress address in new[] {
            SockAddress.Netlink(4711, 0), SockAddress.Packet("lo", 0x800), SockAddress.Can(""),
            SockAddress.IsoTp("", 0x123, 0x456), SockAddress.J1939("", 0, 0x40000, 0x20),
            SockAddress.L2cap("00:1A:7D:DA:71:13", 4097), SockAddress.Rfcomm("00:1A:7D:DA:71:13", 1),
            SockAddress.Hci(0, 1), SockAddress.Sco("00:1A:7D:DA:71:13"), SockAddress.Alg("hash", "sha1"),
            SockAddress.Vsock(3, 1024), SockAddress.Qipcrtr(1, 4),
            SockAddress.Tipc(Constants.Value("TIPC_ADDR_NAME"), 1000, 1, 0),
        })
        {
            Equal(address, SockAddress.Parse(address.ToString()));
            Equal(address, SockAddress.OfNative(address.ToNative()));
        }
        using (Sock netlink = new Sock(Constants.AF_NETLINK, Constants.SOCK_RAW).Bind(SockAddress.Netlink(0, 0)))
        {
            Equal(Constants.AF_NETLINK, netlink.LocalAddress.Family);
        }
    }

    [Test(Once = true)] public void KernelAlgorithm()
    {
        Sock algorithm;
        try
        {
            algorithm = new Sock(Constants.AF_ALG, Constants.SOCK_SEQPACKET).Bind(SockAddress.Alg("hash", "sha1"));
        }
        catch (SockException e) when (e.CodeName == "EAFNOSUPPORT" || e.CodeName == "ENOENT")
        {
            throw new SkippedException("this kernel has no AF_ALG");
        }
        using (algorithm)
        using (Sock hash = algorithm.Accept())
        using (SHA1 sha1 = SHA1.Create())
        {
            hash.SendAlg(Bytes("abc"), true, new byte[0]);
            byte[] digest = new byte[20];
            Equal(20, hash.Receive(digest));
            Same(sha1.ComputeHash(Bytes("abc")), digest);
        }
    }

    [Test(Once = true)] public void Relay()
    {
        using (Two left = Pair())
        using (Two right = Pair("tcp"))
        {
            Call<RelayCounts> relaying = Start(() => Sock.Relay(left.Other, right.One, Long));
            left.One.SendAll(Bytes("question"));
            Equal("question", ReceiveText(right.Other, 8));
            right.Other.SendAll(Bytes("answer"));
            Equal("answer", ReceiveText(left.One, 6));
            left.One.Shutdown(Constants.SHUT_WR);
            right.Other.Shutdown(Constants.SHUT_WR);
            RelayCounts counts = relaying.Result();
            Equal(8, counts.AToB);
            Equal(6, counts.BToA);
        }
    }

    [Test(Once = true)] public void Machine()
    {
        Check(NetDb.HostName != "", "no name");
        Check(NetDb.Interfaces().Any(one => one.Item2 == "lo"), "no lo");
        Equal("lo", NetDb.InterfaceName(NetDb.InterfaceIndex("lo")));
        Check(NetDb.InterfaceAddresses().Any(one => one.Item2.ToString() == "127.0.0.1:0"), "no 127.0.0.1");
        Check(NetDb.LibraryVersion.StartsWith("0."), NetDb.LibraryVersion);
    }
}

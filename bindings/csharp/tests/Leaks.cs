using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Libsock;
using static Tests;

/// <summary>No operation leaks descriptors or memory, whether it succeeds or fails. LIBSOCK_CYCLES is the number of runs of
/// each: 2,000, or 100,000 in the long form.</summary>
internal sealed class Leaks
{
    private static readonly int Cycles = int.Parse(Environment.GetEnvironmentVariable("LIBSOCK_CYCLES") ?? "2000");

    /// <summary>What may stay, whatever the number of runs: compiled code, malloc and the heap grow in steps.</summary>
    private const long Slack = 8 << 20;

    [Test(Once = true)] public void EveryOperation()
    {
        using (Two pair = Pair())
        using (Two udp = Pair("udp"))
        using (Sock server = Sock.Listen("127.0.0.1", 0))
        using (var poller = new Poller())
        {
            foreach (KeyValuePair<string, Action> one in Operations(pair, udp, server, poller))
            {
                Run(one.Key, one.Value);
            }
        }
    }

    private static void Run(string name, Action action)
    {
        for (int i = 0; i < Cycles / 2; i++)
        {
            action();
        }
        // A leak makes the process grow every time; what the runtime opens for itself, only once.
        string grown = null;
        for (int attempt = 0; attempt < 3; attempt++)
        {
            grown = Growth(action);
            if (grown == null)
            {
                return;
            }
        }
        Check(false, name + ": " + grown);
    }

    /// <summary>Runs the second half of the cycles. Returns what has grown.</summary>
    private static string Growth(Action action)
    {
        int before = Descriptors();
        long memory = Resident();
        long heap = GC.GetTotalMemory(true);
        for (int i = 0; i < Cycles / 2; i++)
        {
            action();
        }
        long kept = GC.GetTotalMemory(true) - heap;
        for (int i = 0; i < 100 && Descriptors() > before; i++)
        {
            Thread.Sleep(10);
        }
        if (Descriptors() > before)
        {
            return before + " descriptors before, " + Descriptors() + " after";
        }
        long grown = Resident() - memory;
        return grown < Slack && kept < Cycles * 4L + (1 << 20)
            ? null : grown + " bytes of memory and " + kept + " bytes of the heap more";
    }

    private static long Resident()
    {
        string line = File.ReadAllLines("/proc/self/status").First(one => one.StartsWith("VmRSS:"));
        return long.Parse(new string(line.Where(char.IsDigit).ToArray())) * 1024;
    }

    private static Dictionary<string, Action> Operations(Two pair, Two udp, Sock server, Poller poller)
    {
        Sock one = pair.One;
        Sock other = pair.Other;
        byte[] buffer = new byte[10];
        SockAddress address = server.LocalAddress;
        Descriptor[] pipe = Descriptor.Pipe();
        var cancelled = new CancellationToken(true);
        return new Dictionary<string, Action>
        {
            ["make"] = () => new Sock(Constants.AF_INET, Constants.SOCK_STREAM).Dispose(),
            ["make and fail"] = () => Fails<SockException>(() => new Sock(9999, 1)),
            ["make a pair"] = () => Pair().Dispose(),
            ["connect"] = () =>
            {
                using (Sock.Connect("127.0.0.1", address.Port))
                {
                    server.Accept().Dispose();
                }
            },
            ["connect as a Task"] = () =>
            {
                using (Sock.ConnectAsync("127.0.0.1", address.Port).GetAwaiter().GetResult())
                {
                    server.AcceptAsync().GetAwaiter().GetResult().Dispose();
                }
            },
            ["connect and fail"] = () => Fails<SockException>(() => Sock.Connect("127.0.0.1", 1)),
            ["send and receive"] = () =>
            {
                one.Send(buffer);
                other.ReceiveExactly(buffer, 0, 10);
            },
            ["wait as a Task"] = () =>
            {
                var task = other.ReceiveAsync(buffer);
                one.Send(buffer);
                task.GetAwaiter().GetResult();
            },
            ["close under a Task"] = () =>
            {
                using (Two two = Pair())
                {
                    var task = two.One.ReceiveAsync(buffer);
                    two.One.Dispose();
                    Fails<ObjectDisposedException>(() => task.GetAwaiter().GetResult());
                }
            },
            ["cancel a Task"] = () =>
                Fails<OperationCanceledException>(() => one.ReceiveAsync(buffer, cancelled).GetAwaiter().GetResult()),
            ["fire a token"] = () =>
            {
                using (var token = new CancelToken())
                {
                    one.SetCancel(token);
                    var task = one.ReceiveAsync(buffer);
                    token.Fire();
                    Fails<OperationCanceledException>(() => task.GetAwaiter().GetResult());
                    one.SetCancel(null);
                }
            },
            ["time out"] = () =>
            {
                one.SetDeadline(TimeSpan.Zero);
                Fails<TimeoutException>(() => one.Receive(buffer));
                one.SetDeadline(null);
            },
            ["batch"] = () =>
            {
                udp.One.SendMany(new[] { new Datagram(buffer), new Datagram(buffer) });
                udp.Other.ReceiveMany(new[] { new Datagram(new byte[10]) });
                udp.Other.ReceiveMany(new[] { new Datagram(new byte[10]) });
            },
            ["descriptors"] = () =>
            {
                int count;
                one.SendDescriptors(buffer, pipe);
                foreach (Descriptor came in other.ReceiveDescriptors(new byte[10], 2, out count))
                {
                    came.Dispose();
                }
            },
            ["control data with descriptors"] = () =>
            {
                one.SendMessage(new Message(buffer) { Control = new Control().PutDescriptors(pipe) });
                using (Control control = Control.Room(0, 2))
                {
                    other.ReceiveMessage(new Message(new byte[10]) { Control = control });
                }
            },
            ["poller"] = () =>
            {
                poller.Add(one, PollEvents.In);
                using (poller.Timer(TimeSpan.Zero, TimeSpan.Zero))
                {
                    poller.Wait(TimeSpan.Zero);
                }
                poller.Remove(one);
            },
            ["look up a number"] = () => new Lookup().Find("127.0.0.1", "80"),
            ["addresses and options"] = () =>
            {
                SockAddress.Parse(SockAddress.Ip("::1", 80).ToString());
                one.Options.SendBuffer = 10000;
            },
        };
    }
}

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Libsock;

/// <summary>Figures compared with System.Net.Sockets.Socket. Each compares neighbouring blocks of a few operations within
/// one process, in alternating order, so that it is valid on a busy machine; "noise" compares Socket with itself.</summary>
internal static class Bench
{
    private const int Size = 64;
    private const int Block = 50;
    private const int Pairs = 2000;
    private static readonly byte[] Buffer = new byte[Size];

    public static int Run()
    {
        using (Tests.Two ours = Tests.Pair("tcp"))
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var one = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            one.Connect(listener.LocalEndpoint);
            Socket other = listener.AcceptSocket();
            ours.One.Options.NoDelay = true;
            other.NoDelay = true;
            Action theirs = () =>
            {
                one.Send(Buffer, 0, Size, SocketFlags.None);
                Whole(other.Receive(Buffer, 0, Size, SocketFlags.None));
            };
            Compare("noise", theirs, theirs);
            Compare("send and receive, data ready", () =>
            {
                ours.One.Send(Buffer, 0, Size);
                Whole(ours.Other.Receive(Buffer, 0, Size));
            }, theirs);
            ours.One.Timeout = ours.Other.Timeout = TimeSpan.FromSeconds(10);
            one.SendTimeout = one.ReceiveTimeout = other.SendTimeout = other.ReceiveTimeout = 10000;
            Compare("the same with a timeout", () =>
            {
                ours.One.Send(Buffer, 0, Size);
                Whole(ours.Other.Receive(Buffer, 0, Size));
            }, theirs);
            SockStream left = ours.One.GetStream();
            SockStream right = ours.Other.GetStream();
            var their = new NetworkStream(one);
            var theirOther = new NetworkStream(other);
            Compare("Stream, ReadAsync before the data comes", () =>
            {
                Task<int> reading = right.ReadAsync(Buffer, 0, Size);
                left.Write(Buffer, 0, Size);
                Whole(reading.GetAwaiter().GetResult());
            }, () =>
            {
                Task<int> reading = theirOther.ReadAsync(Buffer, 0, Size);
                their.Write(Buffer, 0, Size);
                Whole(reading.GetAwaiter().GetResult());
            });
            one.Close();
            other.Close();
            listener.Stop();
        }
        return 0;
    }

    private static void Whole(int count)
    {
        if (count != Size)
        {
            throw new Exception(count + " bytes");
        }
    }

    private static long Time(Action action)
    {
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < Block; i++)
        {
            action();
        }
        return Stopwatch.GetTimestamp() - begin;
    }

    private static void Compare(string what, Action ours, Action theirs)
    {
        for (int i = 0; i < 200; i++)
        {
            Time(ours);
            Time(theirs);
        }
        var ratios = new List<double>();
        var times = new List<double>();
        for (int i = 0; i < Pairs; i++)
        {
            long their = i % 2 == 0 ? Time(theirs) : 0;
            long our = Time(ours);
            their = i % 2 == 0 ? their : Time(theirs);
            ratios.Add((double)our / their);
            times.Add(our * 1e9 / Stopwatch.Frequency / Block);
        }
        ratios.Sort();
        times.Sort();
        Console.WriteLine("{0,-42} {1:0.000} of Socket's time, {2:0} ns", what, ratios[Pairs / 2], times[Pairs / 2]);
    }
}

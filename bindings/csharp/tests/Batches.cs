using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Libsock;
using static Tests;

/// <summary>The cases of bindings/behaviour.md about batches.</summary>
internal sealed class Batches
{
    private static Datagram Of(string text)
    {
        return new Datagram(Bytes(text));
    }

    private static List<Datagram> Rooms(int count, int size)
    {
        return Enumerable.Range(0, count).Select(i => new Datagram(new byte[size])).ToList();
    }

    private static byte[] Content(Datagram datagram)
    {
        return datagram.Data.Take(datagram.Count).ToArray();
    }

    private static IEnumerable<string> Texts(IEnumerable<Datagram> batch)
    {
        return batch.Select(one => Encoding.UTF8.GetString(Content(one)));
    }

    /// <summary>Receives batches until there is enough.</summary>
    private static List<Datagram> Receive(Sock sock, int size, int enough)
    {
        var came = new List<Datagram>();
        while (came.Count < enough)
        {
            List<Datagram> rooms = Rooms(64, size);
            came.AddRange(rooms.Take(ReceiveMany(sock, rooms)));
        }
        return came;
    }

    [Test] public void BatchEcho()
    {
        var texts = new[] { "one", "", "three", new string('x', 1500) };
        using (Two pair = Pair("udp"))
        {
            Equal(4, SendMany(pair.One, texts.Select(Of).ToList()));
            List<Datagram> came = Receive(pair.Other, 2000, 4);
            Same(texts, Texts(came));
            foreach (Datagram one in came)
            {
                Equal(pair.One.LocalAddress, one.Address);
                Equal(one.Count, one.Length);
            }
            Equal(4, SendMany(pair.Other, came));
            Same(texts, Texts(Receive(pair.One, 2000, 4)));
        }
    }

    [Test] public void BatchWaitsForFirst()
    {
        using (Two pair = Pair("udp"))
        {
            List<Datagram> rooms = Rooms(64, 100);
            Call<int> receiving = Start(() => ReceiveMany(pair.Other, rooms)).Waiting();
            pair.One.Send(Bytes("first"));
            Equal(1, receiving.Result());
            Same(Bytes("first"), Content(rooms[0]));
            pair.One.Timeout = Short;
            NotBefore(Short, () => Fails<TimeoutException>(() => ReceiveMany(pair.One, Rooms(2, 1))));
            pair.One.Timeout = TimeSpan.Zero;
            FailsWith("EAGAIN", () => ReceiveMany(pair.One, Rooms(2, 1)));
        }
    }

    [Test] public void BatchSegments()
    {
        byte[] data = Pattern(5500);
        using (Two pair = Pair("udp"))
        {
            var whole = new[] { new Datagram(data) { Segment = 1000 } };
            Equal(1, SendMany(pair.One, whole));
            Whole(data, Receive(pair.Other, 2000, 6));
            try
            {
                pair.Other.Options.JoinDatagrams = true;
            }
            catch (SockException e)
            {
                throw new SkippedException("this kernel joins no datagrams: " + e.Message);
            }
            SendMany(pair.One, whole);
            List<Datagram> came = Receive(pair.Other, 65535, 1);
            Equal(1, came.Count);
            Equal(1000, came[0].Segment);
            Equal(5500, came[0].Length);
            SendMany(pair.Other, came);
            Whole(data, Receive(pair.One, 2000, 6));
        }
    }

    private static void Whole(byte[] data, List<Datagram> came)
    {
        Same(new long[] { 1000, 1000, 1000, 1000, 1000, 500 }, came.Select(one => one.Length));
        Same(data, came.SelectMany(Content));
    }

    [Test] public void BatchTruncated()
    {
        using (Two pair = Pair("udp"))
        {
            SendMany(pair.One, new[] { Of("a longer one"), Of("short") });
            List<Datagram> came = Receive(pair.Other, 5, 2);
            Same(new[] { "a lon", "short" }, Texts(came));
            Equal(12, came[0].Length);
            Check((came[0].Flags & Constants.MSG_TRUNC) != 0, "not MSG_TRUNC");
            Equal(5, came[1].Length);
            Equal(0, came[1].Flags);
        }
    }

    [Test] public void BatchAtFault()
    {
        using (Two pair = Pair("udp"))
        {
            foreach (Datagram fault in new[] {
                new Datagram(new byte[70000]), new Datagram(Bytes("x")) { Segment = 65536 },
                new Datagram(Bytes("x")) { Segment = -1 },
            })
            {
                Equal(1, SendMany(pair.One, new[] { Of("good"), fault, Of("never sent") }));
                FailsWith(fault.Count > 1 ? "EMSGSIZE" : "EINVAL",
                    () => SendMany(pair.One, new[] { fault, Of("never sent") }));
                Same(new[] { "good" }, Texts(Receive(pair.Other, 100, 1)));
            }
        }
    }

    [Test] public void BatchClose()
    {
        using (Two pair = Pair("udp"))
        {
            Call<int> receiving = Start(() => ReceiveMany(pair.One, Rooms(4, 100))).Waiting();
            pair.One.Dispose();
            var e = Fails<ObjectDisposedException>(() => receiving.Result());
            Check(e.Message.Contains("closed"), e.Message);
            Fails<ObjectDisposedException>(() => SendMany(pair.One, new[] { Of("x") }));
        }
    }

    /// <summary>Control data belongs to its datagram.</summary>
    [Test] public void BatchControls()
    {
        using (Two pair = Pair("udp"))
        {
            pair.Other.Options.Set(Constants.IPPROTO_IP, (int)Constants.Value("IP_RECVTOS"), 1);
            Equal(3, SendMany(pair.One, Enumerable.Range(0, 3)
                .Select(ecn => new Datagram(new byte[1]) { Control = new Control().PutTos(Constants.AF_INET, ecn) })
                .ToList()));
            for (int next = 0; next < 3; )
            {
                List<Datagram> rooms = Rooms(3, 10);
                rooms.ForEach(room => room.Control = Control.Room(Control.Tos | Control.Gro));
                foreach (Datagram one in rooms.Take(ReceiveMany(pair.Other, rooms)))
                {
                    Equal(next++, one.Control.GetTos().Value);
                    Equal(1, one.Control.Items().Count);
                }
            }
        }
    }
}

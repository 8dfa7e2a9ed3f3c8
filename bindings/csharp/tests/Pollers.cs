using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Libsock;
#if MONO
using Mono.Unix;
using Signum = Mono.Unix.Native.Signum;
using Syscall = Mono.Unix.Native.Syscall;
#endif
using static Tests;

/// <summary>The cases of bindings/behaviour.md about pollers, but poller_fork: a C# program cannot fork.</summary>
internal sealed class Pollers
{
    private static readonly TimeSpan Now = TimeSpan.Zero;

    private static void Only(IReadOnlyList<PollEvent> events, object source, PollEvents what, object data,
        bool closed = false)
    {
        Equal(1, events.Count);
        Check(ReferenceEquals(source, events[0].Source), "another source: " + events[0].Source);
        Equal(what, events[0].Events);
        Equal(data, events[0].Data);
        Equal(closed, events[0].Closed);
    }

    [Test(Once = true)] public void PollerReady()
    {
        using (var poller = new Poller())
        using (Two pair = Pair())
        {
            Sock one = pair.One;
            poller.Add(one, PollEvents.In, "data");
            Equal(0, poller.Wait(Now).Count);
            pair.Other.Send(new byte[1]);
            Only(poller.Wait(Long), one, PollEvents.In, "data");
            poller.Modify(one, PollEvents.In | PollEvents.Out, "new");
            Only(poller.Wait(Long), one, PollEvents.In | PollEvents.Out, "new");
            FailsWith("EEXIST", () => poller.Add(one, PollEvents.In, "again"));
            Equal("new", poller.Wait(Long)[0].Data);
            poller.Remove(one);
            Equal(0, poller.Wait(Now).Count);
            FailsWith("ENOENT", () => poller.Remove(one));
            FailsWith("ENOENT", () => poller.Modify(one, PollEvents.In));
            FailsWith("EINVAL", () => poller.Add(one, PollEvents.Wake));
        }
    }

    [Test(Once = true)] public void PollerOnce()
    {
        using (var poller = new Poller())
        using (Two pair = Pair())
        {
            pair.Other.Send(new byte[1]);
            poller.Add(pair.One, PollEvents.In | PollEvents.Edge);
            Equal(1, poller.Wait(Now).Count);
            Equal(0, poller.Wait(Now).Count);
            for (int i = 0; i < 2; i++)
            {
                poller.Modify(pair.One, PollEvents.In | PollEvents.Once);
                Equal(1, poller.Wait(Now).Count);
                Equal(0, poller.Wait(Now).Count);
            }
        }
    }

    [Test(Once = true)] public void PollerClose()
    {
        using (var poller = new Poller())
        using (Two pair = Pair())
        using (Sock copy = pair.One.Duplicate())
        {
            poller.Add(pair.One, PollEvents.In, "data");
            var waiting = Start(() => poller.Wait()).Waiting();
            pair.One.Dispose();
            Only(waiting.Result(), pair.One, PollEvents.None, "data", true);
            pair.Other.Send(new byte[1]);
            Equal(0, poller.Wait(Short).Count);
            copy.ReceiveExactly(1);
            Fails<ObjectDisposedException>(() => poller.Add(pair.One, PollEvents.In));
            Fails<ObjectDisposedException>(() => poller.Remove(pair.One));
        }
    }

    [Test(Once = true)] public void PollerRaces()
    {
        const int Rounds = 200;
        var closed = new List<int>();
        bool done = false;
        using (var poller = new Poller())
        {
            var waiting = Enumerable.Range(0, 3).Select(i => Start(() =>
            {
                while (!Volatile.Read(ref done))
                {
                    foreach (PollEvent one in poller.Wait(Long).Where(one => one.Closed))
                    {
                        lock (closed)
                        {
                            closed.Add((int)one.Data);
                        }
                    }
                }
            })).ToList();
            var expected = new List<int>();
            for (int number = 0; number < Rounds; number++)
            {
                using (Two pair = Pair())
                {
                    poller.Add(pair.One, PollEvents.In, number);
                    pair.Other.Send(new byte[1]);
                    poller.Modify(pair.One, PollEvents.In | PollEvents.Out, number);
                    if (number % 2 == 1)
                    {
                        poller.Remove(pair.One);
                    }
                    else
                    {
                        expected.Add(number);
                    }
                }
            }
            for (int i = 0; i < 2000; i++)
            {
                lock (closed)
                {
                    if (closed.Count >= expected.Count)
                    {
                        break;
                    }
                }
                Thread.Sleep(10);
            }
            Volatile.Write(ref done, true);
            for (int i = 0; i < 3; i++)
            {
                poller.Wake();
            }
            waiting.ForEach(call => call.Result());
            Same(expected, closed.OrderBy(one => one));
        }
    }

    [Test(Once = true)] public void PollerToken()
    {
        using (var poller = new Poller())
        using (var token = new CancelToken())
        {
            poller.Add(token, PollEvents.In, "token");
            Equal(0, poller.Wait(Now).Count);
            token.Fire();
            Only(poller.Wait(Long), token, PollEvents.In, "token");
        }
    }

    [Test(Once = true)] public void PollerDescriptor()
    {
        Descriptor[] pipe = Descriptor.Pipe();
        using (var poller = new Poller())
        using (Descriptor plain = Descriptor.OpenRead("/etc/passwd"))
        {
            poller.Add(pipe[0], PollEvents.In, "pipe");
            Equal(0, poller.Wait(Now).Count);
            pipe[1].Write(Bytes("x"));
            Only(poller.Wait(Long), pipe[0], PollEvents.In, "pipe");
            poller.Remove(pipe[0]);
            FailsWith("ENOENT", () => poller.Remove(pipe[0]));
            FailsWith("EPERM", () => poller.Add(plain, PollEvents.In));
        }
        pipe[0].Dispose();
        pipe[1].Dispose();
    }

    [Test(Once = true)] public void PollerWake()
    {
        using (var poller = new Poller())
        {
            var waiting = new List<Call<IReadOnlyList<PollEvent>>> { Start(() => poller.Wait()).Waiting() };
            for (int i = 0; i < 3; i++)
            {
                poller.Wake();
            }
            waiting.Add(Start(() => poller.Wait()));
            waiting.Add(Start(() => poller.Wait()));
            waiting.ForEach(call => Only(call.Result(), null, PollEvents.Wake, null));
            Equal(0, poller.Wait(Now).Count);
        }
    }

    [Test(Once = true)] public void PollerTimer()
    {
        using (var poller = new Poller())
        {
            PollTimer once = null;
            NotBefore(Short, () =>
            {
                once = poller.Timer(Short, Now, "once");
                IReadOnlyList<PollEvent> events = poller.Wait(Long);
                Only(events, once, PollEvents.Timer, "once");
                Equal(1, events[0].Periods);
            });
            Equal(0, poller.Wait(TimeSpan.FromMilliseconds(20)).Count);
            once.Dispose();
            once.Dispose();
            using (PollTimer periodic = poller.Timer(Now, TimeSpan.FromMilliseconds(10), "often"))
            {
                Thread.Sleep(100);
                PollEvent one = poller.Wait(Long).Single();
                Check(ReferenceEquals(one.Source, periodic) && one.Periods >= 9, one.Periods + " periods");
            }
            Equal(0, poller.Wait(TimeSpan.FromMilliseconds(30)).Count);
            Fails<ArgumentException>(() => poller.Timer(TimeSpan.FromMilliseconds(-5), Now));
        }
    }

    [Test(Once = true)] public void PollerLimit()
    {
        using (var poller = new Poller())
        {
            NotBefore(Short, () => Equal(0, poller.Wait(Short).Count));
            Fails<ArgumentException>(() => poller.Wait(TimeSpan.FromTicks(-1)));
            FailsWith("EINVAL", () => poller.Wait(Now, 0));
        }
    }

    /// <summary>mono runs the handlers of signals in a thread, which waits for them.</summary>
    [Test(Once = true)] public void PollerSignal()
    {
#if !MONO
        throw new SkippedException("only mono has UnixSignal");
#else
        using (var poller = new Poller())
        using (var signal = new UnixSignal(Signum.SIGWINCH))
        {
            int came = 0;
            Call<int> handling = Start(() =>
            {
                while (came < 2 && signal.WaitOne(Long))
                {
                    signal.Reset();
                    if (Interlocked.Increment(ref came) == 2)
                    {
                        poller.Wake();
                    }
                }
            });
            Call<IReadOnlyList<PollEvent>> waiting = Start(() => poller.Wait()).Waiting();
            Syscall.kill(Syscall.getpid(), Signum.SIGWINCH);
            for (int i = 0; i < 1000 && Volatile.Read(ref came) == 0; i++)
            {
                Thread.Sleep(10);
            }
            Equal(1, Volatile.Read(ref came));
            waiting.Waiting();
            Syscall.kill(Syscall.getpid(), Signum.SIGWINCH);
            Only(waiting.Result(), null, PollEvents.Wake, null);
            handling.Result();
        }
#endif
    }

    [Test(Once = true)] public void PollerClosed()
    {
        using (Two pair = Pair())
        {
            var poller = new Poller();
            poller.Add(pair.One, PollEvents.In);
            var waiting = Start(() => poller.Wait()).Waiting();
            poller.Dispose();
            poller.Dispose();
            var e = Fails<ObjectDisposedException>(() => waiting.Result());
            Check(e.Message.Contains("closed"), e.Message);
            Fails<ObjectDisposedException>(() => poller.Wait(Now));
            Fails<ObjectDisposedException>(() => poller.Wake());
            Put(pair.Other, "still open");
            Equal("still open", ReceiveText(pair.One, 10));
        }
    }
}

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Libsock;
using static Tests;

/// <summary>What ends a Task, at the same moment as what else concerns it.</summary>
internal sealed class Races
{
    /// <summary>Numbers of rounds: up to so many, within 2 s on a loaded machine, but at least 16.</summary>
    private static IEnumerable<int> Rounds(int most)
    {
        var watch = Stopwatch.StartNew();
        return Enumerable.Range(0, most).TakeWhile(round => round < 16 || watch.ElapsedMilliseconds < 2000);
    }

    /// <summary>Runs both at once, in threads that meet before.</summary>
    private static void AtOnce(Action one, Action other)
    {
        using (var meeting = new Barrier(2))
        {
            Call<int> running = Start(() =>
            {
                meeting.SignalAndWait();
                one();
            });
            meeting.SignalAndWait();
            other();
            running.Result();
        }
    }

    private static void Ends(Task task)
    {
        Check(((IAsyncResult)task).AsyncWaitHandle.WaitOne(Long), "a Task did not end");
    }

    /// <summary>Whatever ends a Task does so also while the first wait of its socket begins.</summary>
    [Test(Once = true)] public void NoWakeUpIsLost()
    {
        foreach (int round in Rounds(1000))
        {
            using (Two pair = Pair())
            using (var token = new CancelToken())
            using (var source = new CancellationTokenSource())
            {
                Task<int> reading = null;
                var endings = new Action[]
                {
                    () => pair.One.Dispose(),
                    () => pair.One.SetDeadline(TimeSpan.Zero),
                    () => source.Cancel(),
                    () => pair.Other.Send(new byte[1]),
                    () => pair.Other.Dispose(),
                    () =>
                    {
                        token.Fire();
                        pair.One.SetCancel(token);
                    },
                    () =>
                    {
                        pair.One.SetCancel(token);
                        token.Fire();
                    },
                    () =>
                    {
                        pair.One.SetCancel(token);
                        token.Dispose();
                        pair.Other.Send(new byte[1]);
                    },
                };
                Action ending = endings[round % endings.Length];
                AtOnce(() => reading = pair.One.ReceiveAsync(new byte[1], source.Token), ending);
                Ends(reading);
                Exception failure = reading.Exception;
                Check(failure == null || failure.InnerException is ISockError, "" + failure);
            }
        }
    }

    /// <summary>A token ends no Task that began after it was detached.</summary>
    [Test(Once = true)] public void DetachedToken()
    {
        using (Two pair = Pair())
        {
            foreach (int round in Rounds(1000))
            {
                using (var token = new CancelToken())
                using (var next = round % 2 == 0 ? null : new CancelToken())
                {
                    pair.One.SetCancel(token);
                    Task<int> before = pair.One.ReceiveAsync(new byte[1]);
                    Task<int> after = null;
                    AtOnce(token.Fire, () =>
                    {
                        pair.One.SetCancel(next);
                        after = pair.One.ReceiveAsync(new byte[1]);
                    });
                    Ends(Task.WhenAny(before, Task.Delay(1)));
                    pair.Other.Send(new byte[2]);
                    Ends(after);
                    Equal(TaskStatus.RanToCompletion, after.Status);
                    Ends(before);
                    if (before.IsCanceled)
                    {
                        pair.One.ReceiveExactly(1);
                    }
                }
            }
        }
    }

    /// <summary>A blocking Accept that meets the first AcceptAsync keeps its time.</summary>
    [Test(Once = true)] public void FirstAcceptAsTask()
    {
        foreach (int round in Rounds(250))
        {
            using (Sock server = Sock.Listen(SockAddress.UnixAbstract("libsock" + Guid.NewGuid())))
            {
                server.Timeout = Long;
                Task<Sock> task = null;
                Sock one = null, other = null;
                AtOnce(() => server.Accept().Dispose(), () =>
                {
                    task = server.AcceptAsync();
                    one = Sock.Connect(server.LocalAddress, Long);
                    other = Sock.Connect(server.LocalAddress, Long);
                });
                task.GetAwaiter().GetResult().Dispose();
                one.Dispose();
                other.Dispose();
            }
        }
    }

    /// <summary>A connection whose Task is cancelled while it is made is closed, or the Task's result.</summary>
    [Test(Once = true)] public void CancelWhileConnecting()
    {
        using (Sock server = Sock.Listen("127.0.0.1", 0))
        {
            int port = server.LocalAddress.Port;
            Sock.ConnectAsync("127.0.0.1", port).GetAwaiter().GetResult().Dispose();
            server.Accept().Dispose();
            server.Timeout = TimeSpan.Zero;
            int before = Descriptors();
            int tried = 0, made = 0;
            foreach (int round in Rounds(500))
            {
                using (var source = new CancellationTokenSource())
                {
                    Task<Sock> connecting = null;
                    tried++;
                    AtOnce(() => connecting = Sock.ConnectAsync("127.0.0.1", port, source.Token), () =>
                    {
                        Thread.SpinWait(1000 * (round % 50));
                        source.Cancel();
                    });
                    Ends(connecting);
                    if (connecting.Status == TaskStatus.RanToCompletion)
                    {
                        made++;
                        connecting.Result.Dispose();
                    }
                    else
                    {
                        Check(connecting.IsCanceled, "" + connecting.Exception);
                    }
                    try
                    {
                        server.Accept().Dispose();
                    }
                    catch (SockException)
                    {
                        // It had not come so far.
                    }
                }
            }
            Closed(before + 2);
            Console.WriteLine(tried + " connections: " + made + " made, the others cancelled");
        }
    }

    private static void Closed(int most)
    {
        var watch = Stopwatch.StartNew();
        while (Descriptors() > most)
        {
            Check(watch.Elapsed < Long, Descriptors() + " descriptors, not " + most);
            Thread.Sleep(10);
        }
    }

    /// <summary>A connection is closed when the callback for its attempts fails.</summary>
    [Test] public void AttemptsCallbackFails()
    {
        var options = new ConnectOptions { Attempts = all => throw new InvalidOperationException() };
        using (Sock server = Sock.Listen("127.0.0.1", 0))
        {
            Fails<InvalidOperationException>(() => Connect("127.0.0.1", server.LocalAddress.Port.ToString(), options));
            server.Timeout = Long;
            using (Sock connection = server.Accept())
            {
                connection.Timeout = Long;
                Equal(0, connection.Receive(new byte[1]));
            }
        }
    }

    /// <summary>A continuation that blocks holds up no other Task, nor what has ended its own.</summary>
    [Test(Once = true)] public void ContinuationsThatBlock()
    {
        using (Two pair = Pair())
        using (Two other = Pair())
        using (var token = new CancelToken())
        using (var source = new CancellationTokenSource())
        using (var release = new ManualResetEventSlim())
        {
            var blocked = new List<Task>();
            Action<Task> block = task => blocked.Add(task.ContinueWith(
                ended => release.Wait(Long), TaskContinuationOptions.ExecuteSynchronously));
            pair.One.SetCancel(token);
            block(other.One.ReceiveAsync(new byte[1]));
            block(pair.One.ReceiveAsync(new byte[1], source.Token));
            block(pair.One.ReceiveAsync(new byte[1]));
            block(pair.Other.ReceiveAsync(new byte[1]));
            other.Other.Send(new byte[1]);
            source.Cancel();
            token.Fire();
            pair.Other.SetDeadline(TimeSpan.Zero, SockDirection.Read);
            Task<int> reading = other.Other.ReceiveAsync(new byte[1]);
            other.One.Send(new byte[1]);
            Ends(reading);
            Check(blocked.All(task => !task.IsCompleted), "did not block");
            release.Set();
            blocked.ForEach(Ends);
        }
    }

    /// <summary>A CancellationToken whose source is disposed ends its own Task at most.</summary>
    [Test(Once = true)] public void DisposedSource()
    {
        using (Two pair = Pair())
        {
            var source = new CancellationTokenSource();
            CancellationToken canceled = source.Token;
            source.Dispose();
            Task<int> reading = pair.One.ReceiveAsync(new byte[1], canceled);
            Task<int> next = pair.One.ReceiveAsync(new byte[1]);
            pair.Other.Send(new byte[2]);
            Ends(next);
            Equal(TaskStatus.RanToCompletion, next.Status);
            Ends(reading);
            Exception failure = reading.Exception;
            Check(failure == null || failure.InnerException is ObjectDisposedException, "" + failure);
        }
    }

    /// <summary>A report in the error queue, which nobody reads, does not keep a waiting Task busy.</summary>
    [Test] public void ErrorQueue()
    {
        using (Two pair = Pair("udp"))
        {
            pair.One.Options.Set((int)Constants.Value("SOL_IP"), (int)Constants.Value("IP_RECVERR"), 1);
            SockAddress here = pair.Other.LocalAddress;
            pair.Other.Dispose();
            pair.One.Send(new byte[1]);
            FailsWith("ECONNREFUSED", () => ReceiveFrom(pair.One, new byte[1], out here));
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            pair.One.SetDeadline(TimeSpan.FromSeconds(1));
            Fails<TimeoutException>(() => ReceiveFrom(pair.One, new byte[1], out here));
            TimeSpan used = Process.GetCurrentProcess().TotalProcessorTime - before;
            Check(used < TimeSpan.FromMilliseconds(500), "used the processor for " + used);
        }
    }

    [Test(Once = true)] public void SendFileLimits()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, Pattern(8 << 20));
            using (FileStream file = File.OpenRead(path))
            using (Two pair = Pair("tcp"))
            using (var source = new CancellationTokenSource())
            {
                Task<long> sending = pair.One.SendFileAsync(file, -1, source.Token);
                Thread.Sleep(50);
                source.Cancel();
                var e = Fails<SockCanceledException>(() => sending.GetAwaiter().GetResult());
                Check(e.Transferred > 0 && e.Transferred < 8 << 20, "sent " + e.Transferred);
                Equal(e.Transferred, file.Position);
                file.Position = 0;
                sending = pair.One.SendFileAsync(file);
                Thread.Sleep(20);
                pair.One.Dispose();
                Fails<ObjectDisposedException>(() => sending.GetAwaiter().GetResult());
                FailsWith("EINVAL", () => pair.Other.SendFileAsync(file, 0).GetAwaiter().GetResult());
                // The handle that the Task made is closed too: the other end sees the end.
                pair.Other.Timeout = Long;
                var buffer = new byte[1 << 20];
                while (pair.Other.Receive(buffer) > 0)
                {
                }
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}

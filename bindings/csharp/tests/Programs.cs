using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Libsock;
using static Tests;

/// <summary>What needs a program of its own: its end, an AppDomain's, no descriptor left, an exception in a callback.
/// </summary>
internal sealed class Programs
{
    /// <summary>Runs this program again, with a method of <see cref="Parts"/>. Returns its status and what it printed.
    /// </summary>
    private static int Run(string part, out string output)
    {
        List<string> words = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline")).Split('\0').ToList();
        words.RemoveRange(words.IndexOf(nameof(Programs)), words.Count - words.IndexOf(nameof(Programs)));
        words.Add(nameof(Parts));
        words.Add(part);
        var start = new ProcessStartInfo(Path.GetFullPath("/proc/self/exe"), string.Join(" ", words.Skip(1)))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using (Process process = Process.Start(start))
        {
            Task<string> error = process.StandardError.ReadToEndAsync();
            Task<string> text = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit((int)Long.TotalMilliseconds))
            {
                process.Kill();
                throw new Exception(part + " did not end");
            }
            output = text.Result + error.Result;
            return process.ExitCode;
        }
    }

    private static void Passes(string part)
    {
        string output;
        int status = Run(part, out output);
        Check(status == 0, output);
    }

    /// <summary>Threads and Tasks that wait do not hold up the end of a program.</summary>
    [Test(Once = true)] public void End()
    {
        Passes(nameof(Parts.Waiting));
    }

    [Test(Once = true)] public void UnloadedDomain()
    {
        if (Type.GetType("Mono.Runtime") == null)
        {
            throw new SkippedException("this runtime has one AppDomain only");
        }
        Passes(nameof(Parts.Domain));
    }

    /// <summary>A Task that finds no descriptor for its first wait fails; later ones do not.</summary>
    [Test(Once = true)] public void NoDescriptors()
    {
        if (Type.GetType("Mono.Runtime") == null)
        {
            throw new SkippedException("this runtime needs descriptors to load what a Task needs");
        }
        Passes(nameof(Parts.Descriptors));
    }

    /// <summary>What the callback of a BeginRead throws ends the program, as with NetworkStream.</summary>
    [Test(Once = true)] public void CallbackFails()
    {
        string output;
        Check(Run(nameof(Parts.Callback), out output) != 0 && output.Contains("of the callback"), output);
    }
}

/// <summary>Programs that <see cref="Programs"/> runs.</summary>
internal sealed class Parts
{
    private static void Wait()
    {
        Sock server = Sock.Listen("127.0.0.1", 0);
        Start(() => server.Accept()).Waiting();
        Two pair = Pair();
        pair.One.ReceiveAsync(new byte[1]);
        // These begin to wait before or after the end.
        for (int i = 0; i < 5; i++)
        {
            Start(() => new Poller().Wait());
            Start(() => Pair().One.Receive(new byte[1]));
        }
    }

    [Test(Once = true)] public void Waiting()
    {
        Wait();
    }

    [Test(Once = true)] public void Domain()
    {
        for (int i = 0; i < 3; i++)
        {
            AppDomain domain = AppDomain.CreateDomain("other");
            domain.CreateInstance(typeof(Parts).Assembly.FullName, typeof(Other).FullName);
            AppDomain.Unload(domain);
        }
        // This one's Tasks go on.
        using (Two pair = Pair())
        {
            Task<int> reading = pair.One.ReceiveAsync(new byte[1]);
            pair.Other.Send(new byte[1]);
            Equal(1, reading.GetAwaiter().GetResult());
        }
    }

    /// <summary>Made in another AppDomain, where it waits.</summary>
    public sealed class Other : MarshalByRefObject
    {
        public Other()
        {
            Wait();
        }
    }

    [DllImport("libc")]
    private static extern int getrlimit(int resource, long[] limits);

    [DllImport("libc")]
    private static extern int setrlimit(int resource, long[] limits);

    [Test(Once = true)] public void Descriptors()
    {
        const int OpenFiles = 7;
        var limits = new long[2];
        var all = new List<Sock>();
        using (Two pair = Pair())
        {
            Equal(0, getrlimit(OpenFiles, limits));
            long before = limits[0];
            limits[0] = Directory.GetFiles("/proc/self/fd").Length + 50;
            Equal(0, setrlimit(OpenFiles, limits));
            FailsWith("EMFILE", () =>
            {
                while (true)
                {
                    all.Add(new Sock(Constants.AF_UNIX, Constants.SOCK_STREAM));
                }
            });
            FailsWith("EMFILE", () => pair.One.ReceiveAsync(new byte[1]).GetAwaiter().GetResult());
            all.ForEach(one => one.Dispose());
            limits[0] = before;
            Equal(0, setrlimit(OpenFiles, limits));
            Task<int> reading = pair.One.ReceiveAsync(new byte[1]);
            Check(!reading.IsCompleted, "did not wait");
            pair.Other.Send(new byte[1]);
            Equal(1, reading.GetAwaiter().GetResult());
        }
    }

    [Test(Once = true)] public void Callback()
    {
        using (Two pair = Pair())
        using (SockStream stream = pair.One.GetStream())
        {
            stream.BeginRead(new byte[1], 0, 1, result => throw new Exception("of the callback"), null);
            pair.Other.Send(new byte[1]);
            Thread.Sleep(Long);
        }
    }
}

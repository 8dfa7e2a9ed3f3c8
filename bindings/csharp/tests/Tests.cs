using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Libsock;

/// <summary>Marks a test.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TestAttribute : Attribute
{
    /// <summary>Whether to run it only once, not in both ways of <see cref="Tests.AsTask"/>.</summary>
    public bool Once { get; set; }
}

/// <summary>Thrown by a test that cannot run here.</summary>
internal sealed class SkippedException : Exception
{
    public SkippedException(string why)
        : base(why)
    {
    }
}

/// <summary>Runs the tests of the classes that are named, and prints PASS, FAIL and SKIP lines:
/// <c>mono Tests.exe Behaviour [METHOD]</c></summary>
internal static class Tests
{
    /// <summary>Upper limits allow for a loaded machine.</summary>
    public static readonly TimeSpan Long =
        TimeSpan.FromSeconds(20 * int.Parse(Environment.GetEnvironmentVariable("SOCK_TEST_SCALE") ?? "1"));

    public static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    /// <summary>Whether the calls below wait as Tasks; each test runs in both ways.</summary>
    public static bool AsTask;

    private static int Main(string[] arguments)
    {
        if (arguments[0] == "Bench")
        {
            return Bench.Run();
        }
        // Compile what calls need, so that no test measures it.
        Sock.Pair().One.Dispose();
        bool failed = false;
        string only = arguments.Length > 1 ? arguments[1] : "";
        var methods = Type.GetType(arguments[0], true)
            .GetMethods(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
            .Where(one => one.GetCustomAttribute<TestAttribute>() != null && one.Name.Contains(only))
            .OrderBy(one => one.Name);
        foreach (MethodInfo method in methods)
        {
            failed |= !Run(method, false);
            if (!method.GetCustomAttribute<TestAttribute>().Once)
            {
                failed |= !Run(method, true);
            }
        }
        Console.Out.Flush();
        return failed ? 1 : 0;
    }

    private static bool Run(MethodInfo method, bool asTask)
    {
        string name = method.Name + (asTask ? " (task)" : "");
        AsTask = asTask;
        Exception failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                method.Invoke(Activator.CreateInstance(method.DeclaringType), null);
            }
            catch (TargetInvocationException e)
            {
                failure = e.InnerException;
            }
        }) { IsBackground = true };
        thread.Start();
        if (!thread.Join(TimeSpan.FromMinutes(int.Parse(Environment.GetEnvironmentVariable("LIBSOCK_MINUTES") ?? "5"))))
        {
            failure = new Exception("did not end");
        }
        if (failure is SkippedException)
        {
            Console.WriteLine("SKIP " + name + ": " + failure.Message);
            return true;
        }
        Console.WriteLine(failure == null ? "PASS " + name : "FAIL " + name + ": " + failure);
        return failure == null;
    }

    // Calls in either way ---------------------------------------------------------------------------------

    public static int Receive(Sock sock, byte[] buffer)
    {
        return AsTask ? Result(sock.ReceiveAsync(buffer)) : sock.Receive(buffer);
    }

    public static byte[] ReceiveExactly(Sock sock, int count)
    {
        return AsTask ? Result(sock.ReceiveExactlyAsync(count)) : sock.ReceiveExactly(count);
    }

    public static string ReceiveText(Sock sock, int count)
    {
        return Encoding.UTF8.GetString(ReceiveExactly(sock, count));
    }

    public static void Put(Sock sock, byte[] data)
    {
        if (AsTask)
        {
            sock.SendAllAsync(data).GetAwaiter().GetResult();
        }
        else
        {
            sock.SendAll(data);
        }
    }

    public static void Put(Sock sock, string text)
    {
        Put(sock, Bytes(text));
    }

    public static int ReceiveFrom(Sock sock, byte[] buffer, out SockAddress from)
    {
        if (!AsTask)
        {
            return sock.ReceiveFrom(buffer, out from);
        }
        var came = Result(sock.ReceiveFromAsync(buffer, 0, buffer.Length));
        from = came.Item2;
        return came.Item1;
    }

    public static int SendTo(Sock sock, byte[] data, SockAddress to)
    {
        return AsTask ? Result(sock.SendToAsync(data, 0, data.Length, to)) : sock.SendTo(data, to);
    }

    public static Sock Accept(Sock server)
    {
        return AsTask ? Result(server.AcceptAsync()) : server.Accept();
    }

    public static Sock Connect(string host, string service, ConnectOptions options)
    {
        return AsTask ? Result(Sock.ConnectAsync(host, service, options)) : Sock.Connect(host, service, options);
    }

    public static Sock Connect(string host, int port)
    {
        return AsTask
            ? Result(Sock.ConnectAsync(host, port)) : Sock.Connect(host, port, Long);
    }

    public static Sock Connect(SockAddress address, TimeSpan limit)
    {
        if (!AsTask)
        {
            return Sock.Connect(address, limit);
        }
        var sock = new Sock(address.Family, Constants.SOCK_STREAM) { Timeout = limit };
        try
        {
            sock.ConnectAsync(address).GetAwaiter().GetResult();
            sock.Timeout = null;
            return sock;
        }
        catch
        {
            sock.Dispose();
            throw;
        }
    }

    public static int ReceiveMany(Sock sock, IReadOnlyList<Datagram> batch)
    {
        return AsTask ? Result(sock.ReceiveManyAsync(batch)) : sock.ReceiveMany(batch);
    }

    public static int SendMany(Sock sock, IReadOnlyList<Datagram> batch)
    {
        return AsTask ? Result(sock.SendManyAsync(batch)) : sock.SendMany(batch);
    }

    public static int SendDescriptors(Sock sock, byte[] data, Descriptor[] descriptors)
    {
        return AsTask ? Result(sock.SendDescriptorsAsync(data, descriptors)) : sock.SendDescriptors(data, descriptors);
    }

    public static IReadOnlyList<Descriptor> ReceiveDescriptors(Sock sock, byte[] data, int most, out int count)
    {
        if (!AsTask)
        {
            return sock.ReceiveDescriptors(data, most, out count);
        }
        var came = Result(sock.ReceiveDescriptorsAsync(data, most));
        count = came.Item1;
        return came.Item2;
    }

    public static int SendMessage(Sock sock, Message message)
    {
        return AsTask ? Result(sock.SendMessageAsync(message)) : sock.SendMessage(message);
    }

    public static int ReceiveMessage(Sock sock, Message message)
    {
        return AsTask ? Result(sock.ReceiveMessageAsync(message)) : sock.ReceiveMessage(message);
    }

    public static long SendFile(Sock sock, FileStream file)
    {
        return AsTask ? Result(sock.SendFileAsync(file)) : sock.SendFile(file);
    }

    private static T Result<T>(Task<T> task)
    {
        return task.GetAwaiter().GetResult();
    }

    // What tests use --------------------------------------------------------------------------------------

    /// <summary>A call in another thread.</summary>
    public sealed class Call<T>
    {
        private readonly Thread thread;
        private T result;
        private Exception failure;

        public Call(Func<T> action)
        {
            thread = new Thread(() =>
            {
                try
                {
                    result = action();
                }
                catch (Exception e)
                {
                    failure = e;
                }
            }) { IsBackground = true };
            thread.Start();
        }

        /// <summary>Gives the call time to begin to wait.</summary>
        public Call<T> Waiting()
        {
            if (thread.Join(50))
            {
                throw new Exception("the call did not wait", failure);
            }
            return this;
        }

        public T Result()
        {
            if (!thread.Join(Long))
            {
                throw new Exception("the call did not end");
            }
            if (failure != null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(failure).Throw();
            }
            return result;
        }
    }

    public static Call<T> Start<T>(Func<T> action)
    {
        return new Call<T>(action);
    }

    public static Call<int> Start(Action action)
    {
        return new Call<int>(() =>
        {
            action();
            return 0;
        });
    }

    /// <summary>Checks that a call throws an exception of this class, and returns it.</summary>
    public static T Fails<T>(Action action)
        where T : Exception
    {
        try
        {
            action();
        }
        catch (T expected)
        {
            return expected;
        }
        catch (Exception e)
        {
            throw new Exception("not " + typeof(T).Name + " but " + e);
        }
        throw new Exception("no " + typeof(T).Name);
    }

    /// <summary>Checks that a call fails with this code, in whatever class.</summary>
    public static ISockError FailsWith(string name, Action action)
    {
        var e = Fails<Exception>(action);
        var error = e as ISockError;
        if (error == null || error.CodeName != name)
        {
            throw new Exception("not " + name + " but " + e);
        }
        return error;
    }

    public static void Equal<T>(T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new Exception(actual + " is not " + expected);
        }
    }

    public static void Same<T>(IEnumerable<T> expected, IEnumerable<T> actual)
    {
        if (!expected.SequenceEqual(actual))
        {
            throw new Exception("[" + string.Join(", ", actual.Take(20)) + "] is not ["
                + string.Join(", ", expected.Take(20)) + "]");
        }
    }

    public static void Check(bool held, string what)
    {
        if (!held)
        {
            throw new Exception(what);
        }
    }

    public static byte[] Bytes(string text)
    {
        return Encoding.UTF8.GetBytes(text);
    }

    public static byte[] Pattern(int size)
    {
        byte[] data = new byte[size];
        for (int i = 0; i < size; i++)
        {
            data[i] = (byte)(i * 31 + i / 1000);
        }
        return data;
    }

    /// <summary>Runs a call, and checks that it took at least this long.</summary>
    public static void NotBefore(TimeSpan limit, Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        Check(watch.Elapsed >= limit, "too early: " + watch.Elapsed);
        Check(watch.Elapsed < Long, "took " + watch.Elapsed);
    }

    [DllImport("libc")]
    private static extern IntPtr readlink(string path, byte[] buffer, IntPtr room);

    /// <summary>How many sockets, pipes and the like the process has open; not files, which the runtime opens as it needs
    /// them.</summary>
    public static int Descriptors()
    {
        byte[] target = new byte[1];
        return Directory.GetFiles("/proc/self/fd")
            .Count(path => (long)readlink(path, target, (IntPtr)1) == 1 && target[0] != '/');
    }

    /// <summary>Two connected sockets.</summary>
    public sealed class Two : IDisposable
    {
        public readonly Sock One;
        public readonly Sock Other;

        public Two(Sock one, Sock other)
        {
            One = one;
            Other = other;
        }

        public void Dispose()
        {
            One.Dispose();
            Other.Dispose();
        }
    }

    public static Two Pair(string kind = "stream")
    {
        switch (kind)
        {
            case "tcp":
                using (Sock server = Sock.Listen("127.0.0.1", 0))
                {
                    Sock client = Sock.Connect(server.LocalAddress, Long);
                    return new Two(client, server.Accept());
                }
            case "udp":
                Sock one = new Sock(Constants.AF_INET, Constants.SOCK_DGRAM).Bind(SockAddress.Ip("127.0.0.1", 0));
                Sock other = new Sock(Constants.AF_INET, Constants.SOCK_DGRAM).Bind(SockAddress.Ip("127.0.0.1", 0));
                one.Connect(other.LocalAddress);
                other.Connect(one.LocalAddress);
                return new Two(one, other);
        }
        int type = kind == "datagram" ? Constants.SOCK_DGRAM
            : kind == "seqpacket" ? Constants.SOCK_SEQPACKET : Constants.SOCK_STREAM;
        var pair = Sock.Pair(Constants.AF_UNIX, type);
        return new Two(pair.One, pair.Other);
    }
}

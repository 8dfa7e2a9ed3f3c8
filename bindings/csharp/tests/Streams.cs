using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Libsock;
using static Tests;

/// <summary>The class library's own code over a Sock's Stream: SslStream, StreamReader, and an HTTP server whose client
/// is HttpWebRequest on the runtime's own sockets.</summary>
internal sealed class Streams
{
    private const int Requests = 300;
    private const int Clients = 8;

    private static X509Certificate2 Certificate()
    {
        string file = Environment.GetEnvironmentVariable("LIBSOCK_CERTIFICATE");
        if (file == null)
        {
            throw new SkippedException("no openssl to make a certificate");
        }
        return new X509Certificate2(file, "changeit");
    }

    private static SslStream Client(Stream plain)
    {
        return new SslStream(plain, false, (sender, certificate, chain, errors) => certificate != null);
    }

    /// <summary>SslStream on both ends, blocking and as Tasks, 1 MiB each way.</summary>
    [Test] public void Tls()
    {
        X509Certificate2 certificate = Certificate();
        byte[] data = Pattern(1 << 20);
        using (Two pair = Pair("tcp"))
        {
            Call<int> serving = Start(() =>
            {
                using (var server = new SslStream(pair.Other.GetStream()))
                {
                    server.AuthenticateAsServer(certificate, false, SslProtocols.Tls12, false);
                    byte[] buffer = new byte[20000];
                    for (int n; (n = server.Read(buffer, 0, buffer.Length)) > 0; )
                    {
                        server.Write(buffer, 0, n);
                    }
                }
            });
            using (SslStream client = Client(pair.One.GetStream()))
            {
                if (AsTask)
                {
                    client.AuthenticateAsClientAsync("localhost", null, SslProtocols.Tls12, false).GetAwaiter().GetResult();
                }
                else
                {
                    client.AuthenticateAsClient("localhost", null, SslProtocols.Tls12, false);
                }
                Check(client.IsEncrypted, "not encrypted");
                Call<int> sending = Start(() => client.Write(data, 0, data.Length));
                byte[] got = new byte[data.Length];
                for (int done = 0; done < got.Length; )
                {
                    int n = AsTask ? client.ReadAsync(got, done, got.Length - done).GetAwaiter().GetResult()
                        : client.Read(got, done, got.Length - done);
                    Check(n > 0, "the stream ended");
                    done += n;
                }
                Same(data, got);
                sending.Result();
            }
            serving.Result();
        }
    }

    /// <summary>A deadline of the connection ends a handshake that nobody answers.</summary>
    [Test] public void TlsDeadline()
    {
        using (Two pair = Pair("tcp"))
        using (SslStream client = Client(pair.One.GetStream()))
        {
            pair.One.SetDeadline(Short);
            NotBefore(TimeSpan.FromMilliseconds(40), () =>
            {
                Exception e = Fails<Exception>(() => client.AuthenticateAsClient("localhost"));
                while (e != null && !(e is TimeoutException))
                {
                    e = e.InnerException;
                }
                Check(e is SockTimeoutException, "no timeout in it");
            });
        }
    }

    // HTTP ------------------------------------------------------------------------------------------------

    /// <summary>Serves requests until the connection ends, as HttpListener's loop does.</summary>
    private static async Task Serve(Stream stream)
    {
        using (stream)
        using (var reader = new StreamReader(stream, Encoding.ASCII, false, 1024, true))
        {
            while (true)
            {
                string request = await reader.ReadLineAsync();
                if (request == null)
                {
                    return;
                }
                int length = 0;
                string line = await reader.ReadLineAsync();
                while (!string.IsNullOrEmpty(line))
                {
                    if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                    {
                        length = int.Parse(line.Substring(15));
                    }
                    line = await reader.ReadLineAsync();
                }
                char[] body = new char[length];
                if (length > 0)
                {
                    await reader.ReadBlockAsync(body, 0, length);
                }
                string answer = request.Split(' ')[1] + " " + new string(body);
                byte[] bytes = Encoding.ASCII.GetBytes(
                    "HTTP/1.1 200 OK\r\nContent-Length: " + answer.Length + "\r\n\r\n" + answer);
                await stream.WriteAsync(bytes, 0, bytes.Length);
            }
        }
    }

    private static async Task Listen(Sock server, X509Certificate2 certificate, List<Task> serving)
    {
        while (true)
        {
            Sock connection;
            try
            {
                connection = await server.AcceptAsync();
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            lock (serving)
            {
                serving.Add(Secured(connection, certificate));
            }
        }
    }

    private static async Task Secured(Sock connection, X509Certificate2 certificate)
    {
        Stream stream = connection.GetStream();
        if (certificate != null)
        {
            var secure = new SslStream(stream);
            await secure.AuthenticateAsServerAsync(certificate, false, SslProtocols.Tls12, false);
            stream = secure;
        }
        await Serve(stream);
    }

    private static string Get(string scheme, int port, string path, string body)
    {
        var request = (HttpWebRequest)WebRequest.Create(scheme + "://127.0.0.1:" + port + path);
        request.ServerCertificateValidationCallback = (sender, certificate, chain, errors) => certificate != null;
        request.Timeout = (int)Long.TotalMilliseconds;
        request.Proxy = null;
        request.Method = body == "" ? "GET" : "POST";
        request.ServicePoint.Expect100Continue = false;
        request.ServicePoint.UseNagleAlgorithm = false;
        if (body != "")
        {
            byte[] bytes = Bytes(body);
            request.ContentLength = bytes.Length;
            using (Stream stream = request.GetRequestStream())
            {
                stream.Write(bytes, 0, bytes.Length);
            }
        }
        using (WebResponse response = request.GetResponse())
        using (var reader = new StreamReader(response.GetResponseStream()))
        {
            return reader.ReadToEnd();
        }
    }

    private static void Http(string scheme, X509Certificate2 certificate)
    {
        ServicePointManager.DefaultConnectionLimit = Clients;
        var serving = new List<Task>();
        using (Sock server = Sock.Listen("127.0.0.1", 0))
        {
            int port = server.LocalAddress.Port;
            Task listening = Listen(server, certificate, serving);
            // The first request of a process takes HttpWebRequest seconds, before it connects.
            Equal("/first ", Get(scheme, port, "/first", ""));
            var watch = Stopwatch.StartNew();
            var clients = Enumerable.Range(0, Clients).Select(client => Start(() =>
            {
                for (int i = 0; i < Requests / Clients; i++)
                {
                    string body = i % 2 == 0 ? "" : new string('b', 100 * i);
                    Equal("/" + client + "/" + i + " " + body, Get(scheme, port, "/" + client + "/" + i, body));
                }
            })).ToList();
            clients.ForEach(client => client.Result());
            Console.WriteLine(scheme + ": " + Requests / Clients * Clients + " requests of " + Clients + " clients over "
                + serving.Count + " connections in " + watch.ElapsedMilliseconds + " ms");
            server.Dispose();
            listening.GetAwaiter().GetResult();
        }
    }

    [Test(Once = true)] public void HttpRequests()
    {
        Http("http", null);
    }

    [Test(Once = true)] public void HttpsRequests()
    {
        Http("https", Certificate());
    }

    // The Stream itself -----------------------------------------------------------------------------------

    [Test(Once = true)] public void StreamTimeouts()
    {
        using (Two pair = Pair("tcp"))
        using (SockStream stream = pair.One.GetStream())
        {
            stream.ReadTimeout = 50;
            NotBefore(Short, () =>
            {
                var e = Fails<IOException>(() => stream.ReadByte());
                Check(e.InnerException is SockTimeoutException, e.ToString());
            });
            stream.WriteTimeout = 50;
            var full = Fails<IOException>(() => stream.Write(new byte[32 << 20], 0, 32 << 20));
            Check(((ISockError)full.InnerException).Transferred > 0, "nothing was sent");
            Fails<ArgumentException>(() => stream.ReadTimeout = 0);
            Fails<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
        }
    }

    [Test(Once = true)] public void StreamBeginEnd()
    {
        using (Two pair = Pair())
        using (SockStream one = pair.One.GetStream())
        using (SockStream other = pair.Other.GetStream())
        {
            byte[] got = new byte[5];
            IAsyncResult reading = one.BeginRead(got, 0, 5, null, "state");
            Equal("state", reading.AsyncState);
            other.EndWrite(other.BeginWrite(Bytes("hello"), 0, 5, null, null));
            Equal(5, one.EndRead(reading));
            Same(Bytes("hello"), got);
            reading = one.BeginRead(got, 0, 5, null, null);
            one.Dispose();
            Fails<ObjectDisposedException>(() => one.EndRead(reading));
            Check(!one.CanRead, "readable");
        }
    }
}

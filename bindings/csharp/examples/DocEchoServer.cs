using System;
using Libsock;

/// <summary>The echo server of the Python documentation, over IPv4: serves one connection.
/// <c>mono DocEchoServer.exe [PORT]     50007; 0 takes a free one</c></summary>
internal static class DocEchoServer
{
    private static void Main(string[] arguments)
    {
        int port = arguments.Length > 0 ? int.Parse(arguments[0]) : 50007;
        using (var server = new Sock(Constants.AF_INET, Constants.SOCK_STREAM))
        {
            server.Bind(SockAddress.Ip("", port)).Listen(1);
            Console.WriteLine("listening on port " + server.LocalAddress.Port);
            using (Sock connection = server.Accept())
            {
                Console.WriteLine("Connected by " + connection.RemoteAddress);
                byte[] data = new byte[1024];
                for (int n; (n = connection.Receive(data)) > 0; )
                {
                    connection.SendAll(data, 0, n);
                }
            }
        }
    }
}

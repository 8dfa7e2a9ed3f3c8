using System;
using System.Text;
using Libsock;

/// <summary>The echo client of the Python documentation, over IPv4.
/// <c>mono DocEchoClient.exe [PORT]     50007</c></summary>
internal static class DocEchoClient
{
    private static void Main(string[] arguments)
    {
        int port = arguments.Length > 0 ? int.Parse(arguments[0]) : 50007;
        using (var sock = new Sock(Constants.AF_INET, Constants.SOCK_STREAM))
        {
            sock.Connect(SockAddress.Ip("127.0.0.1", port));
            sock.SendAll(Encoding.UTF8.GetBytes("Hello, world"));
            byte[] data = new byte[1024];
            int n = sock.Receive(data);
            Console.WriteLine("Received '{0}'", Encoding.UTF8.GetString(data, 0, n));
        }
    }
}

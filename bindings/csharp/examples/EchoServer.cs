using System;
using System.Text;
using Libsock;

/// <summary>An echo server: one connection after the other, each message printed and returned.
/// <c>mono EchoServer.exe [PORT [CONNECTIONS]]     10000, and without end; port 0 takes a free one</c></summary>
internal static class EchoServer
{
    private static void Serve(Sock connection)
    {
        string client = connection.RemoteAddress.Host;
        byte[] data = new byte[16];
        for (int n; (n = connection.Receive(data)) > 0; )
        {
            Console.WriteLine("{0}: '{1}'", client, Encoding.UTF8.GetString(data, 0, n));
            connection.SendAll(data, 0, n);
        }
    }

    private static void Main(string[] arguments)
    {
        int port = arguments.Length > 0 ? int.Parse(arguments[0]) : 10000;
        int connections = arguments.Length > 1 ? int.Parse(arguments[1]) : int.MaxValue;
        using (Sock server = Sock.Listen("localhost", port))
        {
            Console.WriteLine("listening on port " + server.LocalAddress.Port);
            for (int i = 0; i < connections; i++)
            {
                using (Sock connection = server.Accept())
                {
                    Serve(connection);
                }
            }
        }
    }
}

using System;
using Libsock;

/// <summary>The second echo server of the Python documentation: on the first address of this machine that works, IPv4 or
/// IPv6. <c>mono DocDualServer.exe [PORT]     50007; 0 takes a free one</c></summary>
internal static class DocDualServer
{
    private static Sock Listener(string port)
    {
        SockException last = null;
        var lookup = new Lookup { Type = Constants.SOCK_STREAM, Flags = Constants.AI_PASSIVE };
        foreach (Lookup.Result found in lookup.Find(null, port))
        {
            try
            {
                return Sock.Listen(found.Address);
            }
            catch (SockException e)
            {
                last = e;
            }
        }
        throw last;
    }

    private static void Main(string[] arguments)
    {
        using (Sock server = Listener(arguments.Length > 0 ? arguments[0] : "50007"))
        {
            Console.WriteLine("listening on port " + server.LocalAddress.Port);
            using (Sock connection = server.Accept())
            using (SockStream stream = connection.GetStream())
            {
                Console.WriteLine("Connected by " + connection.RemoteAddress);
                stream.CopyTo(stream);
            }
        }
    }
}

using System;
using System.IO;
using System.Text;
using Libsock;

/// <summary>A client of EchoServer: sends a message and receives it back in pieces.
/// <c>mono EchoClient.exe [PORT [MESSAGE]]</c></summary>
internal static class EchoClient
{
    private static void Main(string[] arguments)
    {
        int port = arguments.Length > 0 ? int.Parse(arguments[0]) : 10000;
        string text = arguments.Length > 1 ? arguments[1] : "This is the message. It will be repeated.";
        byte[] message = Encoding.UTF8.GetBytes(text);
        using (Sock sock = Sock.Connect("localhost", port, TimeSpan.FromSeconds(10)))
        {
            // One deadline for all following calls.
            sock.SetDeadline(TimeSpan.FromSeconds(10));
            sock.SendAll(message);
            byte[] data = new byte[16];
            for (int received = 0; received < message.Length; )
            {
                int n = sock.Receive(data);
                if (n == 0)
                {
                    throw new EndOfStreamException("the server closed the connection");
                }
                received += n;
                Console.WriteLine("received '{0}'", Encoding.UTF8.GetString(data, 0, n));
            }
        }
    }
}

using System;
using System.Text;
using System.Threading.Tasks;
using Libsock;

/// <summary>The second echo client of the Python documentation, with Tasks: on the first address of the host that works,
/// IPv4 or IPv6. Prints how each attempt ended. <c>mono DocDualClient.exe [PORT]     50007</c></summary>
internal static class DocDualClient
{
    private static async Task Run(string port)
    {
        var options = new ConnectOptions
        {
            Timeout = TimeSpan.FromSeconds(10),
            Attempts = all =>
            {
                foreach (Attempt one in all)
                {
                    Console.WriteLine("{0}: {1}", one.Address, one.Failure == null ? "connected" : one.Failure.Message);
                }
            },
        };
        using (Sock sock = await Sock.ConnectAsync("localhost", port, options))
        {
            await sock.SendAllAsync(Encoding.UTF8.GetBytes("Hello, world"));
            byte[] data = await sock.ReceiveExactlyAsync(12);
            Console.WriteLine("Received '{0}'", Encoding.UTF8.GetString(data));
        }
    }

    private static void Main(string[] arguments)
    {
        Run(arguments.Length > 0 ? arguments[0] : "50007").GetAwaiter().GetResult();
    }
}

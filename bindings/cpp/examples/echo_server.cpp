// An echo server: serves three connections one after the other, prints each message and returns it.
//
//     echo_server [ADDRESS]     default: 127.0.0.1:10000; port 0 selects a free port
//
// Any family with streams works: [::1]:10000, unix:/tmp/echo, or vsock:3:1024 between virtual machines.
#include <iostream>
#include <sock.hpp>

static void serve(const sock::socket &client)
{
    char data[16];
    while (const std::size_t count = client.recv(data)) {
        std::cout << "received '" << std::string_view(data, count) << "'" << std::endl;
        client.send_all({data, count});
    }
    std::cout << "no more data" << std::endl;
}

int main(int argc, char **argv)
try {
    const sock::address at = sock::address::parse(argc > 1 ? argv[1] : "127.0.0.1:10000");
    const sock::socket server(at.family());
    server.bind(at);
    server.listen();
    std::cout << "listening on " << server.local_address() << std::endl;
    for (int served = 0; served < 3; served++) {
        sock::address peer;
        const sock::socket client = server.accept(&peer);
        std::cout << "connection from " << peer << std::endl;
        serve(client);
    }
} catch (const sock::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}

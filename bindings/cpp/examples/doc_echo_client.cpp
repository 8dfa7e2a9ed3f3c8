// The echo client of the Python documentation, over IPv4.
//
//     doc_echo_client [HOST [PORT]]     default: 127.0.0.1 and 50007
#include <cstdlib>
#include <iostream>
#include <sock.hpp>

int main(int argc, char **argv)
try {
    const sock::socket s(AF_INET);
    s.connect(sock::address::ip(argc > 1 ? argv[1] : "127.0.0.1", argc > 2 ? std::atoi(argv[2]) : 50007));
    s.send_all("Hello, world");
    char data[1024];
    const std::size_t count = s.recv(data);
    std::cout << "Received '" << std::string_view(data, count) << "'" << std::endl;
} catch (const sock::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}

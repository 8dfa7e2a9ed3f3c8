// The echo server of the Python documentation, over IPv4: serves one connection.
//
//     doc_echo_server [PORT]     default: 50007; 0 selects a free port
#include <cstdlib>
#include <iostream>
#include <sock.hpp>

int main(int argc, char **argv)
try {
    const sock::socket s(AF_INET);
    s.bind(sock::address::ip("", argc > 1 ? std::atoi(argv[1]) : 50007)); // "": all interfaces
    s.listen(1);
    std::cout << "Listening on port " << s.local_address().port() << std::endl;

    sock::address peer;
    const sock::socket connection = s.accept(&peer);
    std::cout << "Connected by " << peer << std::endl;
    char data[1024];
    while (const std::size_t count = connection.recv(data))
        connection.send_all({data, count});
} catch (const sock::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}

// The second echo client of the Python documentation: connects to the first working address of the host, IPv4 or IPv6,
// which is one call here.
//
//     doc_dual_client [HOST [PORT]]     default: localhost and 50007
#include <iostream>
#include <sock.hpp>

int main(int argc, char **argv)
try {
    sock::iostream s(sock::create_connection(argc > 1 ? argv[1] : "localhost", argc > 2 ? argv[2] : "50007"));
    s << "Hello, world" << std::flush;
    std::string data(12, '\0');
    s.read(&data[0], 12);
    std::cout << "Received '" << data << "'" << std::endl;
    return s ? 0 : 1;
} catch (const sock::error &error) {
    std::cerr << "could not open socket: " << error.what() << '\n';
    return 1;
}

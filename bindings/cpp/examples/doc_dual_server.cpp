// The second echo server of the Python documentation: listens on the first working address of this machine, IPv4 or
// IPv6. Serves one connection. With results in place of exceptions, so it builds with -fno-exceptions too.
//
//     doc_dual_server [PORT]     default: 50007; 0 selects a free port, which is printed
#include <iostream>
#include <netdb.h>
#include <sock.hpp>

/// A listening socket at the first address that works, or none.
static sock::socket listening(const char *port)
{
    sock::lookup_options how;
    how.type = SOCK_STREAM;
    how.flags = AI_PASSIVE;
    const auto found = sock::getaddrinfo<sock::results>(std::nullopt, port, how);
    if (!found)
        return {};
    for (const sock::addrinfo &each : *found) {
        auto s = sock::socket::open<sock::results>(each.family, each.type, each.protocol);
        if (s && s->as_results().bind(each.address) && s->as_results().listen(1))
            return std::move(*s);
    }
    return {};
}

int main(int argc, char **argv)
{
    const sock::socket s = listening(argc > 1 ? argv[1] : "50007");
    if (!s) {
        std::cerr << "could not open socket\n";
        return 1;
    }
    std::cout << "Listening on " << s.as_results().local_address()->to_string() << std::endl;
    sock::address peer;
    const auto connection = s.as_results().accept(&peer);
    if (!connection) {
        std::cerr << "accept: " << connection.error().message() << '\n';
        return 1;
    }
    std::cout << "Connected by " << peer << std::endl;
    char data[1024];
    for (;;) {
        const auto count = connection->as_results().recv(data);
        if (!count || *count == 0 || !connection->as_results().send_all({data, *count}))
            return !count;
    }
}

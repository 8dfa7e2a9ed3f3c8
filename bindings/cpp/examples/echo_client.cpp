// A client of echo_server: sends a message and receives it back in pieces of 16 bytes.
//
//     echo_client [ADDRESS [MESSAGE]]     any address that echo_server accepts
#include <iostream>
#include <sock.hpp>

using namespace std::chrono_literals;

int main(int argc, char **argv)
try {
    const sock::address to = sock::address::parse(argc > 1 ? argv[1] : "127.0.0.1:10000");
    const std::string message = argc > 2 ? argv[2] : "This is the message.  It will be repeated.";
    const sock::socket server(to.family());
    server.set_timeout(5s); // for each call
    server.connect(to);

    std::cout << "sending '" << message << "'" << std::endl;
    server.send_all(message);

    std::string received;
    while (received.size() < message.size()) {
        char data[16];
        const std::size_t count = server.recv(data);
        if (count == 0)
            break;
        std::cout << "received '" << std::string_view(data, count) << "'" << std::endl;
        received.append(data, count);
    }
    if (received != message) {
        std::cerr << "this is not what was sent\n";
        return 1;
    }
} catch (const sock::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}

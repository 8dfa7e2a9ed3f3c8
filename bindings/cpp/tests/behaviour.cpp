// The cases of bindings/behaviour.md, in the same order; those of batches and pollers are in files of their own.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "check.hpp"

using namespace check;

static void echo(const sock::socket &client, const sock::socket &server)
{
    for (std::size_t size : {std::size_t(1), std::size_t(1) << 20}) {
        const std::string sent = random_bytes(size);
        std::string there(size, '\0'), back(size, '\0');
        caller sending([&] { client.send_all(sent); });
        server.recv_exact(there);
        sending.result();
        caller answering([&] { server.send_all(there); });
        client.recv_exact(back);
        answering.result();
        CHECK(back == sent);
    }
}

TEST(echo_tcp)
{
    connection c;
    echo(c.client, c.server);
}

TEST(echo_udp)
{
    udp u;
    for (const std::string &sent : {std::string("datagram"), std::string()}) {
        char buffer[100];
        u.one.send_to(sent, u.other.local_address());
        const sock::sender came = u.other.recv_from(buffer);
        CHECK_EQUAL(came.from, u.one.local_address());
        CHECK_EQUAL(u.other.send_to({buffer, came.size}, came.from), came.size);
        const sock::sender back = u.one.recv_from(buffer);
        CHECK_EQUAL(std::string(buffer, back.size), sent);
        CHECK_EQUAL(back.from, u.other.local_address());
    }
}

TEST(echo_unix)
{
    char directory[] = "/tmp/sock-cpp-XXXXXX";
    CHECK(mkdtemp(directory) != nullptr);
    const std::string path = std::string(directory) + "/echo";
    const std::string abstract = std::string("\0libsock\0", 9) + std::to_string(getpid());
    for (const std::string &name : {path, abstract}) {
        sock::socket listener(AF_UNIX), client(AF_UNIX);
        listener.bind(sock::address::local(name));
        listener.listen();
        CHECK_EQUAL(listener.local_address().name(), name);
        client.connect(listener.local_address());
        echo(client, listener.accept());
    }
    unlink(path.c_str());
    rmdir(directory);
}

TEST(echo_ipv6)
{
    const auto trial = sock::socket::open<sock::results>(AF_INET6);
    if (!trial || !trial->as_results().bind(loopback(AF_INET6)))
        skip("this machine has no IPv6");
    connection c(AF_INET6);
    CHECK_EQUAL(c.client.peer_address().host(), "::1");
    echo(c.client, c.server);
}

TEST(refused)
{
    sock::socket unused(AF_INET), client(AF_INET);
    unused.bind(loopback());
    const auto error = throws<sock::error>([&] { client.connect(unused.local_address()); });
    CHECK(error.code() == std::errc::connection_refused);
    CHECK_EQUAL(error.code().value(), ECONNREFUSED);
    CHECK_EQUAL(std::string(error.name()), "ECONNREFUSED");
}

TEST(end_of_stream)
{
    connection c;
    char buffer[10];
    c.client.shutdown(SHUT_WR);
    CHECK_EQUAL(c.server.recv(buffer), 0u);
    c.server.send_all("still here");
    c.client.recv_exact(buffer);
    CHECK_EQUAL(std::string(buffer, 10), "still here");
}

static std::atomic<int> pipe_signals{0};

TEST(broken_pipe)
{
    const auto before = std::signal(SIGPIPE, [](int) { pipe_signals++; });
    connection c;
    c.server.close();
    const auto error = throws<sock::error>([&] {
        for (int i = 0; i < 1000; i++)
            c.client.send_all(std::string(1000, 'x'));
    });
    std::signal(SIGPIPE, before);
    CHECK(error.code() == std::errc::broken_pipe || error.code() == std::errc::connection_reset);
    CHECK_EQUAL(pipe_signals.load(), 0);
}

TEST(timeout_read)
{
    auto [one, other] = sock::socketpair();
    one.set_timeout(50ms);
    CHECK(one.timeout() == 50ms);
    char byte;
    const auto took = taken([&one = one, &byte] {
        const auto error = throws<sock::timeout_error>([&] { one.recv({&byte, 1}); });
        CHECK(error.code() == std::errc::timed_out);
        CHECK(error.code() == sock::errc::timed_out);
    });
    CHECK(took >= 50ms);
}

TEST(timeout_keeps_data)
{
    auto [one, other] = sock::socketpair();
    one.set_timeout(10ms);
    char buffer[10];
    throws<sock::timeout_error>([&, &one = one] { one.recv(buffer); });
    other.send_all("whole");
    CHECK_EQUAL(one.recv(buffer), 5u);
    CHECK_EQUAL(std::string(buffer, 5), "whole");
}

TEST(deadline_past)
{
    auto [one, other] = sock::socketpair();
    other.send_all("ready");
    char buffer[10];
    one.set_deadline(std::chrono::steady_clock::now() - 1s);
    throws<sock::timeout_error>([&, &one = one] { one.recv(buffer); });
    one.set_deadline(sock::no_deadline);
    CHECK_EQUAL(one.recv(buffer), 5u);
}

TEST(deadline_moves_blocked)
{
    auto [one, other] = sock::socketpair();
    const sock::socket_ref ref = one;
    char byte;
    caller reading([&] { return ref.recv({&byte, 1}); });
    reading.wait();
    one.set_deadline(sock::clock::now());
    throws<sock::timeout_error>([&] { reading.result(); });
}

TEST(deadline_directions)
{
    auto [one, other] = sock::socketpair();
    char buffer[10];
    one.set_deadline(sock::clock::time_point{}, sock::direction::read);
    one.send_all("goes");
    CHECK_EQUAL(other.recv(buffer), 4u);
    one.set_deadline(sock::no_deadline, sock::direction::read);
    one.set_deadline(std::chrono::system_clock::now() - 1h, sock::direction::write);
    other.send_all("comes");
    CHECK_EQUAL(one.recv(buffer), 5u);
    throws<sock::timeout_error>([&one = one] { one.send("x"); });
}

TEST(cancel_blocked)
{
    sock::cancel_token token;
    auto [one, other] = sock::socketpair();
    one.set_cancel(token);
    const sock::socket_ref ref = one;
    char byte;
    caller reading([&] { return ref.recv({&byte, 1}); });
    reading.wait();
    token.fire();
    const auto error = throws<sock::canceled_error>([&] { reading.result(); });
    CHECK(error.code() == std::errc::operation_canceled);
}

TEST(cancel_many)
{
    sock::cancel_token token;
    std::vector<std::pair<sock::socket, sock::socket>> pairs;
    std::vector<std::unique_ptr<caller<std::size_t>>> reading;
    for (int i = 0; i < 5; i++) {
        pairs.push_back(sock::socketpair());
        pairs.back().first.set_cancel(token);
        reading.push_back(std::make_unique<caller<std::size_t>>([one = sock::socket_ref(pairs.back().first)] {
            char byte;
            return one.recv({&byte, 1});
        }));
    }
    reading.back()->wait();
    token.fire();
    for (auto &each : reading)
        throws<sock::canceled_error>([&] { each->result(); });
    char byte;
    throws<sock::canceled_error>([&] { pairs[0].first.recv({&byte, 1}); });
}

TEST(cancel_before)
{
    auto [one, other] = sock::socketpair();
    other.send_all("ready");
    sock::cancel_token token;
    one.set_cancel(token);
    token.fire();
    char buffer[10];
    throws<sock::canceled_error>([&, &one = one] { one.recv(buffer); });
    one.clear_cancel();
    CHECK_EQUAL(one.recv(buffer), 5u);
}

TEST(close_wakes_read)
{
    auto [one, other] = sock::socketpair();
    const sock::socket_ref ref = one;
    char byte;
    caller reading([&] { return ref.recv({&byte, 1}); });
    reading.wait();
    one.close();
    const auto error = throws<sock::closed_error>([&] { reading.result(); });
    CHECK(error.code() == sock::errc::closed && error.code() == std::errc::bad_file_descriptor);
    CHECK_EQUAL(std::string(error.what()), "handle closed while the call waited");
}

TEST(close_wakes_accept)
{
    sock::socket listener = sock::create_server("127.0.0.1", 0);
    const sock::address at = listener.local_address();
    const sock::socket_ref ref = listener;
    caller accepting([&] { return ref.accept(); });
    accepting.wait();
    listener.close();
    throws<sock::closed_error>([&] { accepting.result(); });
    sock::socket again(AF_INET);
    again.bind(at);
}

TEST(close_twice)
{
    auto [one, other] = sock::socketpair();
    one.close();
    one.close();
    const sock::socket_ref closed = one;
    char byte;
    for (const std::function<void()> &call : std::vector<std::function<void()>>{
             [&] { closed.recv({&byte, 1}); },
             [&] { closed.send("x"); },
             [&] { closed.local_address(); },
             [&] { closed.accept(); },
             [&] { closed.shutdown(SHUT_RD); },
         }) {
        const auto error = throws<sock::closed_error>(call);
        CHECK(error.code() == std::errc::bad_file_descriptor);
    }
}

TEST(no_stranger)
{
    auto [one, other] = sock::socketpair();
    const int number = one.fileno();
    const sock::socket_ref ref = one;
    char buffer[10];
    caller reading([&] { return ref.recv(buffer); });
    reading.wait();
    one.close();
    std::vector<std::pair<sock::socket, sock::socket>> others;
    do
        others.push_back(sock::socketpair());
    while (others.back().first.fileno() != number && others.back().second.fileno() != number);
    others.back().first.send_all("not yours");
    others.back().second.send_all("not yours");
    throws<sock::closed_error>([&] { reading.result(); });
    throws<sock::closed_error>([&] { ref.recv(buffer); });
}

TEST(connect_by_name)
{
    const sock::socket listener = sock::create_server("127.0.0.1", 0);
    const int port = listener.local_address().port();
    const sock::connect_options how{LONG, {}, {}, {}, {}, false, {}, {}, nullptr, 0, false};
    CHECK_EQUAL(sock::create_connection("localhost", port, how).peer_address().port(), port);
    CHECK_EQUAL(sock::create_connection("localhost", std::to_string(port), how).peer_address().port(), port);
    CHECK_EQUAL(sock::create_connection(std::nullopt, port, how).peer_address().port(), port);
}

TEST(connect_attempts)
{
    std::vector<sock::attempt> attempts;
    sock::connect_options how;
    how.timeout = LONG;
    how.attempts = &attempts;
    const sock::socket listener = sock::create_server("127.0.0.1", 0);
    const int port = listener.local_address().port();
    // Only one of this machine's two addresses listens.
    sock::create_connection("localhost", port, how);
    CHECK_EQUAL(winner(attempts).address, listener.local_address());
    for (const sock::attempt &each : attempts)
        CHECK(each.why.has_value() == (each.phase != sock::phase::connected));
    listener.close();
    throws<sock::error>([&] { sock::create_connection("127.0.0.1", port, how); });
    CHECK_EQUAL(attempts.size(), 1u);
    CHECK_EQUAL(attempts[0].phase, sock::phase::connect);
    CHECK_EQUAL(std::string(attempts[0].why->name()), "ECONNREFUSED");
    CHECK(attempts[0].end >= attempts[0].start);
}

TEST(connect_deadline)
{
    sock::socket listener(AF_INET);
    listener.bind(loopback());
    listener.listen(0);
    // A listener with a full backlog ignores further connections.
    std::vector<sock::socket> full;
    for (int i = 0; i < 8; i++) {
        full.emplace_back(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
        static_cast<void>(full.back().as_results().connect(listener.local_address()));
    }
    sock::connect_options how;
    how.timeout = 100ms;
    const auto took = taken([&] {
        throws<sock::timeout_error>(
            [&] { sock::create_connection("127.0.0.1", listener.local_address().port(), how); });
    });
    CHECK(took >= 100ms && took < LONG);
}

TEST(lookup_numeric)
{
    sock::lookup_options how;
    how.type = SOCK_STREAM;
    const auto found = sock::getaddrinfo("192.0.2.1", 80, how);
    CHECK_EQUAL(found.size(), 1u);
    CHECK_EQUAL(found[0].family, AF_INET);
    CHECK_EQUAL(found[0].type, SOCK_STREAM);
    CHECK_EQUAL(found[0].protocol, IPPROTO_TCP);
    CHECK_EQUAL(found[0].address.to_string(), "192.0.2.1:80");
    CHECK_EQUAL(sock::getaddrinfo("::1", "80", how)[0].address.to_string(), "[::1]:80");
    CHECK_EQUAL(sock::resolve("192.0.2.1", 80, 0, 0s).host(), "192.0.2.1");
}

TEST(lookup_unknown)
{
    const auto error = throws<sock::resolver_error>([] { sock::getaddrinfo("no-such-host.invalid", 80); });
    CHECK(error.code() == sock::errc::no_name || error.code() == sock::errc::try_again ||
          error.code() == sock::errc::no_data);
    CHECK(error.why().resolver());
}

TEST(recv_exact)
{
    auto [one, other] = sock::socketpair();
    const sock::socket_ref ref = one;
    std::string six(6, '\0');
    caller reading([&] { ref.recv_exact(six); });
    reading.wait();
    other.send_all("abc");
    other.send_all("defg");
    reading.result();
    CHECK_EQUAL(six, "abcdef");
    other.shutdown(SHUT_WR);
    std::string two(2, '\0');
    const auto error = throws<sock::end_of_stream>([&] { ref.recv_exact(two); });
    CHECK_EQUAL(error.transferred(), 1u);
    CHECK_EQUAL(two[0], 'g');
    CHECK(error.code() == sock::errc::end_of_stream);
}

TEST(send_all)
{
    connection c;
    const std::string data = random_bytes(8 << 20);
    c.client.set_timeout(LONG);
    caller sending([&] { c.client.send_all(data); });
    std::string got, buffer(100000, '\0');
    while (got.size() < data.size()) {
        const std::size_t count = c.server.recv(buffer);
        CHECK(count > 0);
        got.append(buffer, 0, count);
        if (got.size() < 1 << 20)
            std::this_thread::sleep_for(1ms);
    }
    sending.result();
    CHECK(got == data);
}

TEST(pass_descriptors)
{
    auto [one, other] = sock::socketpair();
    int ends[2];
    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(one.send_fds("x", {ends[0], ends[1]}), 1u);
    close(ends[0]);
    close(ends[1]);
    char buffer[10];
    const sock::received_fds came = other.recv_fds(buffer, 2);
    CHECK_EQUAL(came.size, 1u);
    CHECK_EQUAL(came.fds.size(), 2u);
    for (const sock::descriptor &each : came.fds)
        CHECK((fcntl(each.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_EQUAL(write(came.fds[1].get(), "through", 7), 7);
    CHECK_EQUAL(read(came.fds[0].get(), buffer, sizeof buffer), 7);
    CHECK_EQUAL(std::string(buffer, 7), "through");
}

TEST(send_file)
{
    const std::string data = random_bytes(8 << 20);
    std::unique_ptr<std::FILE, sock::detail::close_file> file(std::tmpfile());
    CHECK(file && std::fwrite(data.data(), 1, data.size(), file.get()) == data.size());
    CHECK_EQUAL(std::fflush(file.get()), 0);
    const int fd = fileno(file.get());
    CHECK_EQUAL(lseek(fd, 100, SEEK_SET), 100);
    connection c;
    c.client.set_timeout(LONG);
    caller sending([&] { return c.client.send_file(fd, 100); });
    std::string got, buffer(100000, '\0');
    while (got.size() < data.size() - 100) {
        const std::size_t count = c.server.recv(buffer);
        CHECK(count > 0);
        got.append(buffer, 0, count);
        if (got.size() < 1 << 20)
            std::this_thread::sleep_for(1ms);
    }
    CHECK_EQUAL(sending.result(), static_cast<std::int64_t>(data.size() - 100));
    CHECK_EQUAL(lseek(fd, 0, SEEK_CUR), static_cast<off_t>(data.size()));
    CHECK(data.compare(100, std::string::npos, got) == 0);
}

TEST(options)
{
    sock::socket s(AF_INET);
    for (const auto &[level, name] : {std::pair<int, int>(SOL_SOCKET, SO_REUSEADDR), {IPPROTO_TCP, TCP_NODELAY}}) {
        CHECK_EQUAL(s.option(level, name), 0);
        s.set_option(level, name, 1);
        CHECK_EQUAL(s.option(level, name), 1);
    }
    s.set_option(SOL_SOCKET, SO_RCVBUF, 8192);
    // Linux doubles the value for its bookkeeping.
    CHECK_EQUAL(s.option(SOL_SOCKET, SO_RCVBUF), 16384);
    CHECK_EQUAL(s.set_buffer(sock::direction::write, 8192), 16384);
    CHECK_EQUAL(s.buffer(sock::direction::write), 16384);
}

TEST(option_unknown)
{
    sock::socket s(AF_INET);
    const auto error = throws<sock::error>([&] { s.option(SOL_SOCKET, 9999); });
    CHECK(error.code() == std::errc::no_protocol_option);
}

TEST(bad_port)
{
    for (std::int64_t port : {std::int64_t(-1), std::int64_t(65536), std::int64_t(1) << 40}) {
        for (const std::function<void()> &call : std::vector<std::function<void()>>{
                 [&] { sock::address::ip("127.0.0.1", port); },
                 [&] { sock::getaddrinfo("127.0.0.1", port); },
                 [&] { sock::create_connection("127.0.0.1", port); },
                 [&] { sock::create_server("127.0.0.1", port); },
             }) {
            const auto error = throws<sock::error>(call);
            CHECK(error.code() == std::errc::invalid_argument);
            CHECK(std::string(error.what()).find(std::to_string(port)) != std::string::npos);
        }
    }
}

TEST(bad_nul)
{
    const std::string host("127.0.0.1\0x", 11);
    for (const std::function<void()> &call : std::vector<std::function<void()>>{
             [&] { sock::address::ip(host, 80); },
             [&] { sock::address::parse(host); },
             [&] { sock::address::local(std::string("a\0b", 3)); },
             [&] { sock::getaddrinfo(host, 80); },
             [&] { sock::getaddrinfo("127.0.0.1", host); },
             [&] { sock::create_connection(host, 80); },
             [&] { sock::create_server(host, 80); },
             [&] { sock::resolve(host, 80); },
             [&] { sock::socket(AF_INET).connect_host(host, "80"); },
         }) {
        const auto error = throws<sock::error>(call);
        CHECK(error.code() == std::errc::invalid_argument);
    }
}

TEST(no_leak)
{
    const auto before = descriptors();
    {
        const sock::socket listener = sock::create_server("127.0.0.1", 0);
        for (int i = 0; i < 1000; i++) {
            const sock::socket client = sock::create_connection("127.0.0.1", listener.local_address().port());
            const sock::socket server = listener.accept();
            char byte;
            client.send_all("x");
            server.recv_exact({&byte, 1});
        }
    }
    CHECK(none_left(before));
}

// What C++ has beyond the shared cases: results, ownership, buffers, times, messages, streams, lookups.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#include <netdb.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <type_traits>
#include <unordered_set>

#include "check.hpp"
#if defined(__cpp_lib_span)
#include <span>
#endif

using namespace check;

static_assert(std::is_nothrow_move_constructible_v<sock::socket> && std::is_nothrow_move_assignable_v<sock::socket>);
static_assert(!std::is_copy_constructible_v<sock::socket> && !std::is_copy_assignable_v<sock::socket>);
static_assert(std::is_trivially_copyable_v<sock::socket_ref> && sizeof(sock::socket_ref) == 8);
static_assert(!std::is_copy_constructible_v<sock::poller> && !std::is_copy_constructible_v<sock::cancel_token>);
static_assert(std::is_nothrow_copy_constructible_v<sock::timeout_error>, "as std::exception requires");
// Which part of a char array is to be sent must be said.
static_assert(!std::is_convertible_v<char (&)[8], sock::const_buffer>);
static_assert(!std::is_convertible_v<const std::string &, sock::mutable_buffer>);
static_assert(!std::is_convertible_v<std::vector<std::string> &, sock::const_buffer>);

TEST(results)
{
    auto [one, other] = sock::socketpair<sock::results>().value();
    const auto s = one.as_results();
    CHECK(s.set_timeout(10ms));
    char buffer[10];
    auto count = s.recv(buffer);
    CHECK(!count && count.error().timeout() && !count.error().closed());
    CHECK(count.error().code() == std::errc::timed_out);
    CHECK_EQUAL(count.value_or(77u), 77u);
    throws<sock::timeout_error>([&] { count.value(); });
    other.send_all("hello");
    count = s.recv(buffer);
    CHECK(count && *count == 5 && count.value() == 5);
    other.shutdown(SHUT_WR);
    const auto exact = s.recv_exact(buffer);
    CHECK(!exact && exact.error().number() == SOCK_EEOF && exact.error().transferred() == 0);
    throws<sock::end_of_stream>([&] { exact.value(); });
    one.close();
    CHECK(s.recv(buffer).error().closed());
    CHECK(!s.accept());

    CHECK(sock::address::parse<sock::results>("nonsense").error().number() == -EINVAL);
    CHECK(sock::address::parse<sock::results>("127.0.0.1:80").value().port() == 80);
    CHECK(sock::create_server<sock::results>("127.0.0.1", 0).value());
    CHECK(sock::socket::open<sock::results>(12345).error().number() == -EAFNOSUPPORT);
    const sock::socket dead = sock::create_server("127.0.0.1", 0);
    const int port = dead.local_address().port();
    dead.close();
    CHECK(sock::create_connection<sock::results>("127.0.0.1", port).error().code() == std::errc::connection_refused);
#if defined(__cpp_lib_expected)
    std::expected<std::size_t, sock::failure> expected = s.recv(buffer);
    CHECK(!expected && expected.error().closed());
    std::expected<void, sock::failure> nothing = other.as_results().send_all("x");
    CHECK(!nothing);
#endif
}

TEST(errors)
{
    const auto error = throws<sock::error>([] { sock::address::parse("127.0.0.1:99999"); });
    CHECK(std::string(error.what()).find("99999") != std::string::npos);
    CHECK(dynamic_cast<const std::system_error *>(static_cast<const std::exception *>(&error)));
    CHECK_EQUAL(std::string(sock::category().name()), "libsock");
    CHECK_EQUAL(std::error_code(sock::errc::timed_out).message(), sock_strerror(SOCK_ETIMEDOUT));
    CHECK(std::error_code(sock::errc::canceled) == std::errc::operation_canceled);
    CHECK(std::error_code(sock::errc::no_name) != std::errc::timed_out);
    CHECK(sock::failure(-EPIPE).code() == std::errc::broken_pipe);
    CHECK(sock::failure(-EAGAIN).would_block() && sock::failure(-EAGAIN).temporary());
    // The standard's own way to catch.
    try {
        sock::socket().recv({nullptr, 0});
        CHECK(false);
    } catch (const std::system_error &caught) {
        CHECK(caught.code() == std::errc::bad_file_descriptor);
    }
}

TEST(ownership)
{
    const auto before = descriptors();
    {
        sock::socket one(AF_INET);
        const sock_t number = one.number();
        sock::socket two = std::move(one);
        CHECK(two.number() == number && !one); // NOLINT: the moved-from socket is empty
        one = sock::socket(AF_INET);
        sock::socket *same = &one;
        one = std::move(*same);
        CHECK(one && one.fileno() >= 0);
        two = std::move(one);
        CHECK(two.fileno() >= 0);
        CHECK(sock_fileno(number) == -EBADF);
        sock::socket three = two.dup();
        CHECK(three != two && three.fileno() != two.fileno());
        sock::descriptor fd = three.detach();
        CHECK(fd && !three.as_results().fileno());
        const sock::socket back = sock::socket::from_fd(std::move(fd));
        CHECK(!fd && back.family() == AF_INET && back.type() == SOCK_STREAM); // NOLINT
        int ends[2];
        CHECK_EQUAL(pipe(ends), 0);
        sock::descriptor in(ends[0]), out(ends[1]);
        CHECK(sock::socket::from_fd<sock::results>(std::move(in)).error().number() == -ENOTSOCK);
        CHECK(in.get() == ends[0]); // NOLINT: it stays the caller's
        const sock_t released = two.release();
        CHECK(!two && sock_close(released) == 0);
    }
    CHECK(descriptors() == before);
}

TEST(buffers)
{
    CHECK_EQUAL(sock::const_buffer("a\0b").size(), 3u);
    CHECK_EQUAL(sock::const_buffer(std::string_view("abc")).size(), 3u);
    CHECK_EQUAL(sock::const_buffer(std::vector<std::uint32_t>(3)).size(), 12u);
    const std::array<std::byte, 4> bytes{};
    CHECK_EQUAL(sock::const_buffer(bytes).size(), 4u);
    CHECK(sock::const_buffer(bytes).data() == bytes.data());
    std::uint16_t words[5];
    CHECK_EQUAL(sock::mutable_buffer(words).size(), 10u);
    CHECK_EQUAL(sock::const_buffer(words).size(), 10u);
    char room[8];
    CHECK_EQUAL(sock::mutable_buffer(room).size(), 8u);
#if defined(__cpp_lib_span)
    auto [one, other] = sock::socketpair();
    one.send_all(std::as_bytes(std::span("span").first<4>()));
    CHECK_EQUAL(other.recv(std::as_writable_bytes(std::span(room)).subspan(2, 4)), 4u);
    CHECK_EQUAL(std::string(room + 2, 4), "span");
#endif
}

TEST(times)
{
    using sock::limit;
    CHECK_EQUAL(limit(1500us).ns(), 1500000);
    CHECK_EQUAL(limit(std::chrono::duration<double>(0.25)).ns(), 250000000);
    CHECK_EQUAL(limit(std::chrono::duration<std::int64_t, std::pico>(1001)).ns(), 2); // not rounded down
    CHECK_EQUAL(limit(std::chrono::hours::max()).ns(), SOCK_FOREVER);
    CHECK_EQUAL(limit(std::chrono::duration<double>(std::numeric_limits<double>::infinity())).ns(), SOCK_FOREVER);
    CHECK_EQUAL(limit(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())).ns(), -1);
    CHECK_EQUAL(limit(-1h).ns(), -1);
    CHECK_EQUAL(sock::deadline(std::chrono::steady_clock::time_point::max()).ns(), SOCK_FOREVER);
    CHECK_EQUAL(sock::deadline(std::chrono::steady_clock::time_point::min()).ns(), 0);
    const auto at = sock::deadline(std::chrono::system_clock::now() + 1h).ns() - sock_now();
    CHECK(at > 3590000000000 && at <= 3600000000000 + 1000000000);
    const auto now = sock::clock::now();
    CHECK_EQUAL(sock::deadline(now + 5ns).ns(), now.time_since_epoch().count() + 5);
    sock::socket s(AF_INET);
    CHECK(throws<sock::error>([&] { s.set_timeout(-1ns); }).code() == std::errc::invalid_argument);
    CHECK(s.timeout() == std::chrono::nanoseconds(sock::forever));
    sock::set_default_timeout(5s);
    CHECK(sock::socket(AF_INET).timeout() == 5s && sock::default_timeout() == 5s);
    sock::set_default_timeout(sock::forever);
}

TEST(addresses)
{
    const sock::address a = sock::address::ip("127.0.0.1", 80);
    CHECK_EQUAL(a.to_string(), "127.0.0.1:80");
    CHECK_EQUAL(a.host(), "127.0.0.1");
    CHECK(a.port() == 80 && a.family() == AF_INET && !a.empty() && sock::address().empty());
    CHECK(a == sock::address::parse("127.0.0.1:80") && a != sock::address::ip("127.0.0.1", 81));
    CHECK(a == sock::address::from_native(a.native(), a.native_size()));
    CHECK_EQUAL(sock::address::ip6("::1", 5, 7, 0).flowinfo(), 7);
    CHECK_EQUAL(sock::address::parse("unix:@x").name(), std::string("\0x", 2));
    throws<sock::error>([&] { sock::address::local("/x").port(); });
    const std::unordered_set<sock::address> set{a, a, sock::address::local("/x")};
    CHECK_EQUAL(set.size(), 2u);

    CHECK_EQUAL(sock::address(sock::netlink_address{4711, 16}).to_string(), "netlink:4711:0x10");
    CHECK_EQUAL(sock::address(sock::packet_address{"lo", 0x800, 0, 0, {}, 0}).to_string(), "packet:lo:0x800");
    CHECK_EQUAL(sock::address(sock::can_address{}).to_string(), "can:");
    CHECK_EQUAL(sock::address(sock::isotp_address{"", 0x123, 0x456}).to_string(), "can::isotp:0x123:0x456");
    CHECK_EQUAL(sock::address(sock::j1939_address{"", 0, 0x40000, 0x20}).to_string(), "can::j1939:0x0:0x40000:0x20");
    CHECK_EQUAL(sock::address(sock::tipc_address{2, 1000, 1, 0, 0}).to_string(), "tipc:name:1000:1");
    CHECK_EQUAL(sock::address(sock::l2cap_address{"00:1A:7D:DA:71:13", 4097, 0, 0}).to_string(),
                "l2cap:00:1A:7D:DA:71:13:4097");
    CHECK_EQUAL(sock::address(sock::rfcomm_address{"00:1A:7D:DA:71:13", 1}).to_string(), "rfcomm:00:1A:7D:DA:71:13:1");
    CHECK_EQUAL(sock::address(sock::hci_address{0, 1}).to_string(), "hci:0:1");
    CHECK_EQUAL(sock::address(sock::sco_address{"00:1A:7D:DA:71:13"}).to_string(), "sco:00:1A:7D:DA:71:13");
    CHECK_EQUAL(sock::address(sock::alg_address{"skcipher", "cbc(aes)", 0, 0}).to_string(), "alg:skcipher:cbc(aes)");
    CHECK_EQUAL(sock::address(sock::vsock_address{3, 1024, 0}).to_string(), "vsock:3:1024");
    CHECK_EQUAL(sock::address(sock::qipcrtr_address{1, 4}).to_string(), "qipcrtr:1:4");
    // And back.
    CHECK_EQUAL(sock::netlink_address::from(sock::address::parse("netlink:4711:0x10")).groups, 16);
    CHECK_EQUAL(sock::packet_address::from(sock::address::parse("packet:lo:0x800")).interface, "lo");
    CHECK_EQUAL(sock::can_address::from(sock::address::parse("can:")).interface, "");
    CHECK_EQUAL(sock::isotp_address::from(sock::address::parse("can::isotp:0x123:0x456")).tx_id, 0x456);
    CHECK_EQUAL(sock::j1939_address::from(sock::address::parse("can::j1939:0x0:0x40000:0x20")).node, 0x20);
    CHECK_EQUAL(sock::tipc_address::from(sock::address::parse("tipc:name:1000:1")).v2, 1);
    CHECK_EQUAL(sock::l2cap_address::from(sock::address::parse("l2cap:00:1A:7D:DA:71:13:4097")).psm, 4097);
    CHECK_EQUAL(sock::rfcomm_address::from(sock::address::parse("rfcomm:00:1A:7D:DA:71:13:1")).bdaddr, "00:1A:7D:DA:71:13");
    CHECK_EQUAL(sock::hci_address::from(sock::address::parse("hci:0:1")).channel, 1);
    CHECK_EQUAL(sock::sco_address::from(sock::address::parse("sco:00:1A:7D:DA:71:13")).bdaddr, "00:1A:7D:DA:71:13");
    CHECK_EQUAL(sock::alg_address::from(sock::address::parse("alg:skcipher:cbc(aes)")).type, "skcipher");
    CHECK_EQUAL(sock::vsock_address::from(sock::address::parse("vsock:3:1024")).port, 1024);
    CHECK_EQUAL(sock::qipcrtr_address::from(sock::address::parse("qipcrtr:1:4")).node, 1);
    throws<sock::error>([&] { sock::vsock_address::from(a); });
    throws<sock::error>([&] { sock::socket(AF_INET).bind(sock::vsock_address{-1, 0, 0}); });
}

TEST(messages)
{
    const auto before = descriptors();
    {
        auto [one, other] = sock::socketpair();
        other.set_option(SOL_SOCKET, SO_PASSCRED, 1);
        sock::control sent;
        sent.put_fds({0, 1}).put_credentials({getpid(), getuid(), getgid()});
        CHECK_EQUAL(one.send_message({"two ", "pieces"}, sent), 10u);
        CHECK_EQUAL(one.send_message({"x"}, sent), 1u);
        char first[3], second[20];
        sock::control came(SOCK_CONTROL_CREDENTIALS, 2);
        const sock::received got = other.recv_message({first, second}, came);
        CHECK(got.size == 10 && (got.flags & MSG_CTRUNC) == 0);
        CHECK_EQUAL(std::string(first, 3) + std::string(second, 7), "two pieces");
        CHECK_EQUAL(came.credentials()->pid, getpid());
        CHECK(!came.ttl() && !came.packet_info() && !came.take_pidfd());
        CHECK_EQUAL(came.items().size(), 2u);
        const auto fds = came.take_fds();
        CHECK(fds.size() == 2 && fds[0].get() > 2);
        CHECK(came.take_fds().empty());
        // The descriptors of the second are not taken: they close with `came`.
        CHECK_EQUAL(other.recv_message({first}, came).size, 1u);
        CHECK(descriptors().size() == before.size() + 2 + 2 + 2);
        sock::control moved = std::move(came);
        CHECK(moved.size() > 0 && came.size() == 0); // NOLINT
        CHECK_EQUAL(one.peer_credentials().pid, getpid());
    }
    CHECK(descriptors() == before);
}

TEST(control_of_udp)
{
    udp u;
    u.other.set_option(IPPROTO_IP, IP_RECVTTL, 1);
    u.other.set_option(IPPROTO_IP, IP_RECVTOS, 1);
    u.other.set_option(IPPROTO_IP, IP_PKTINFO, 1);
    u.other.set_option(SOL_SOCKET, SO_TIMESTAMPNS, 1);
    sock::control with;
    with.put_ttl(AF_INET, 7).put_tos(AF_INET, 4).put_packet_info(loopback());
    u.one.send_message({"x"}, with, 0, u.other.local_address());
    char byte[1];
    sock::control came(SOCK_CONTROL_TTL | SOCK_CONTROL_TOS | SOCK_CONTROL_PKTINFO | SOCK_CONTROL_TIMESTAMP);
    const sock::received got = u.other.recv_message({byte}, came);
    CHECK_EQUAL(got.from, u.one.local_address());
    CHECK(came.ttl() == 7 && came.tos() == 4);
    CHECK_EQUAL(came.packet_info()->local.host(), "127.0.0.1");
    CHECK(came.timestamp()->software > 0ns);
}

TEST(option_helpers)
{
    connection c;
    c.client.set_keepalive({true, 7s, 3s, 4});
    const sock::keepalive keep = c.client.keepalive();
    CHECK(keep.on && keep.idle == 7s && keep.interval == 3s && keep.count == 4);
    CHECK(throws<sock::error>([&] { c.client.set_keepalive({true, 1500ms, {}, 0}); }).code() ==
          std::errc::invalid_argument);
    CHECK(!c.client.linger());
    c.client.set_linger(2s);
    CHECK(c.client.linger() == 2s);
    c.client.set_linger(std::nullopt);
    c.client.set_user_timeout(1500ms);
    CHECK(c.client.user_timeout() == 1500ms);
    CHECK(!c.client.congestion().empty());
    CHECK_EQUAL(c.client.tcp_info().state, 1);
    CHECK_EQUAL(c.client.mptcp_state(), sock::mptcp::none);
    CHECK_EQUAL(c.client.device(), "");
    c.client.set_device("lo");
    CHECK_EQUAL(c.client.device(), "lo");
    const int on = 1;
    c.client.set_option(SOL_SOCKET, SO_OOBINLINE, {&on, sizeof on});
    CHECK_EQUAL(c.client.option_bytes(SOL_SOCKET, SO_OOBINLINE, 16).size(), sizeof on);
    CHECK(c.client.option_u64(SOL_SOCKET, SO_COOKIE) != 0);
    sock::socket group(AF_INET, SOCK_DGRAM);
    group.join_group(sock::address::ip("239.1.2.3", 0), {}, "lo");
    group.leave_group(sock::address::ip("239.1.2.3", 0), {}, "lo");
}

TEST(iostreams)
{
    auto [one, other] = sock::socketpair();
    other.set_timeout(LONG);
    sock::iostream here(std::move(one));
    sock::iostream there(std::move(other));
    here << "first line\n" << 42 << ' ' << 3.5 << '\n' << std::flush;
    std::string line;
    CHECK(std::getline(there, line) && line == "first line");
    int number = 0;
    double real = 0;
    CHECK((there >> number >> real) && number == 42 && real == 3.5);
    // More than the buffers hold, in both directions.
    const std::string large = random_bytes(100000);
    caller writing([&] { here.write(large.data(), static_cast<std::streamsize>(large.size())).flush(); });
    std::string got(large.size() + 1, '\0');
    there.read(&got[0], static_cast<std::streamsize>(got.size()));
    writing.result();
    CHECK(got.substr(1) == large); // after the newline behind 3.5
    here.socket().shutdown(SHUT_WR);
    CHECK(there.get() == std::char_traits<char>::eof() && there.eof() && !there.why());
}

TEST(iostream_timeout)
{
    auto [one, other] = sock::socketpair();
    one.set_timeout(10ms);
    sock::iostream in(std::move(one));
    other.send_all("half");
    std::string line;
    std::getline(in, line);
    CHECK(in.bad() && in.why()->timeout() && line == "half");
    in.clear();
    other.send_all(" a line\n");
    std::string rest;
    CHECK(std::getline(in, rest) && rest == " a line");
    in.exceptions(std::ios::badbit);
    throws<sock::timeout_error>([&] { std::getline(in, line); });
    // Unsent bytes stay for the next flush.
    in.exceptions(std::ios::goodbit);
    in.clear();
    std::string large(1 << 20, 'x');
    in.write(large.data(), static_cast<std::streamsize>(large.size()));
    CHECK(in.bad() && in.why()->timeout());
}

TEST(streambuf_keeps_unsent)
{
    auto [one, other] = sock::socketpair();
    one.set_timeout(10ms);
    sock::streambuf buffer(one, 1 << 20);
    std::ostream out(&buffer);
    const std::string large = random_bytes(1 << 20);
    out.write(large.data(), static_cast<std::streamsize>(large.size()));
    CHECK(!out.flush() && buffer.why()->timeout());
    out.clear();
    one.set_timeout(LONG);
    caller flushing([&] { return out.flush().good(); });
    std::string got(large.size(), '\0');
    other.recv_exact(got);
    CHECK(flushing.result());
    CHECK(got == large);
}

TEST(buffered_streams)
{
    auto [one, other] = sock::socketpair();
    one.set_timeout(10ms);
    sock::buffered_stream in(one), out(other);
    out.write("a line\npart");
    CHECK_EQUAL(out.buffered(sock::direction::write), 11u);
    out.flush();
    CHECK_EQUAL(in.read_line(), "a line\n");
    throws<sock::timeout_error>([&] { in.read_line(); });
    out.write(" two\nhead\r\n\r\nbody");
    out.close();
    out.close();
    CHECK_EQUAL(in.read_line(), "part two\n");
    CHECK_EQUAL(in.read_until("\r\n\r\n"), "head\r\n\r\n");
    std::string body(4, '\0');
    in.read_exact(body);
    CHECK_EQUAL(body, "body");
    other.close();
    CHECK_EQUAL(in.read_line(), "");
}

TEST(files)
{
    auto [one, other] = sock::socketpair();
    const sock::file out = one.open_file("w");
    const sock::file in = other.open_file("r");
    std::fprintf(out.get(), "hello %d\n", 7);
    std::fflush(out.get());
    char line[32];
    CHECK(std::fgets(line, sizeof line, in.get()) != nullptr);
    CHECK_EQUAL(std::string(line), "hello 7\n");
    CHECK(throws<sock::error>([&, &one = one] { one.open_file("rw"); }).code() == std::errc::invalid_argument);
}

TEST(operations)
{
    const sock::socket listener = sock::create_server("127.0.0.1", 0);
    sock::poller p;
    sock::connecting dial("localhost", listener.local_address().port());
    p.add(dial, sock::poll::in);
    sock::socket made;
    std::array<sock::event, 4> out;
    while (!(made = dial.step()))
        CHECK(p.wait(out, LONG) > 0);
    CHECK_EQUAL(made.peer_address(), listener.local_address());
    CHECK_EQUAL(winner(dial.attempts()).address, listener.local_address());
    sock::lookup find("localhost", 80);
    p.add(find, sock::poll::in);
    std::optional<std::vector<sock::addrinfo>> found;
    while (!(found = find.step()))
        CHECK(p.wait(out, LONG) > 0);
    CHECK(!found->empty() && found->front().address.port() == 80);
    CHECK(find.step<sock::results>().error().number() == -EINVAL);
}

TEST(servers)
{
    sock::server_options how;
    how.family = AF_UNIX;
    how.remove_stale = true;
    how.file_mode = 0600;
    const std::string path = "/tmp/sock-cpp-" + std::to_string(getpid());
    for (int i = 0; i < 2; i++) {
        const sock::socket s = sock::create_server(path, {}, how);
        CHECK_EQUAL(s.local_address().name(), path);
    }
    unlink(path.c_str());
    const auto all = sock::create_servers("localhost", 0);
    CHECK(!all.empty());
    for (const sock::socket &each : all)
        CHECK_EQUAL(each.local_address().port(), all[0].local_address().port());
    CHECK_EQUAL(sock::activation_count(), 0);
    CHECK(!sock::activation_take<sock::results>(0));
    // What std::jthread and others hold: a cancel token for the lookup.
    sock::cancel_token token;
    token.fire();
    sock::connect_options dial;
    dial.cancel = token;
    throws<sock::canceled_error>([&] { sock::create_connection("localhost", all[0].local_address().port(), dial); });
}

TEST(copying_less)
{
    connection in, out;
    in.client.send_all("spliced");
    CHECK_EQUAL(in.server.splice(out.client, 7), 7);
    char buffer[16];
    out.server.recv_exact({buffer, 7});
    CHECK_EQUAL(std::string(buffer, 7), "spliced");
    int ends[2];
    CHECK_EQUAL(pipe(ends), 0);
    const sock::descriptor r(ends[0]), w(ends[1]);
    in.client.send_all("pipe");
    CHECK_EQUAL(in.server.splice_to_fd(w.get(), -1, 4), 4);
    CHECK_EQUAL(out.client.splice_from_fd(r.get(), -1, 4), 4);
    out.server.recv_exact({buffer, 4});
    CHECK_EQUAL(std::string(buffer, 4), "pipe");
    const auto [sent, ticket] = out.client.send_zerocopy("zero");
    CHECK_EQUAL(sent, 4u);
    out.server.recv_exact({buffer, 4});
    if (ticket != 0)
        CHECK_EQUAL(out.client.zerocopy_done().front().first, ticket);
    CHECK(out.client.zerocopy_done().empty());
    CHECK(out.client.wait(sock::direction::write, 0s));
    CHECK(!out.client.wait(sock::direction::read, 0s));
    in.client.send_all("there");
    in.client.shutdown(SHUT_WR);
    out.server.send_all("back");
    out.server.shutdown(SHUT_WR);
    sock::relay_counts counts;
    in.server.relay(out.client, LONG, &counts);
    CHECK(counts.a_to_b == 5 && counts.b_to_a == 4);
}

TEST(machine)
{
    CHECK_EQUAL(sock::if_nametoindex("lo"), 1u);
    CHECK_EQUAL(sock::if_indextoname(1), "lo");
    CHECK_EQUAL(sock::if_nameindex()[0].name, "lo");
    bool there = false;
    for (const sock::interface_address &each : sock::getifaddrs())
        there |= each.address.family() == AF_INET && each.address.host() == "127.0.0.1";
    CHECK(there);
    CHECK(!sock::gethostname().empty());
    CHECK_EQUAL(sock::getprotobyname("tcp"), 6);
    CHECK(sock::getservbyname<sock::results>("no such service").error().number() == -ENOENT);
    const auto [host, port] = sock::getnameinfo(sock::address::ip("127.0.0.1", 7), NI_NUMERICHOST | NI_NUMERICSERV);
    CHECK(host == "127.0.0.1" && port == "7");
    CHECK_EQUAL(sock::gethostbyname("localhost").addresses[0].host(), "127.0.0.1");
    CHECK(!sock::getfqdn().empty());
    CHECK_EQUAL(sock::version(), sock_version());
}

#if defined(__cpp_lib_jthread)
TEST(stop_tokens)
{
    auto [one, other] = sock::socketpair();
    const sock::socket_ref ref = one;
    bool canceled = false;
    {
        std::jthread worker([&](std::stop_token stop) {
            sock::stop_cancel cancel(std::move(stop));
            ref.set_cancel(cancel);
            char byte;
            try {
                ref.recv({&byte, 1});
            } catch (const sock::canceled_error &) {
                canceled = true;
            }
        });
        std::this_thread::sleep_for(50ms);
    } // requests stop, and joins
    CHECK(canceled);
    // Stopped before it begins; and never.
    std::stop_source source;
    source.request_stop();
    sock::stop_cancel stopped(source.get_token());
    one.set_cancel(stopped);
    other.send("x");
    char byte;
    throws<sock::canceled_error>([&] { ref.recv({&byte, 1}); });
    sock::stop_cancel never{std::stop_token()};
    one.set_cancel(never);
    CHECK_EQUAL(one.recv({&byte, 1}), 1u);
}
#endif

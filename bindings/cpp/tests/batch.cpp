// The batches of bindings/behaviour.md.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#include <array>

#include "check.hpp"

using namespace check;

static std::string text(const sock::datagram &of)
{
    return {static_cast<const char *>(of.data().data()), of.data().size()};
}

/// Receives datagrams until there are `count`; also appends their senders.
static std::vector<std::string> receive(const sock::socket &from, std::size_t count,
                                        std::vector<sock::address> *senders = nullptr)
{
    std::vector<std::string> out;
    sock::batch room(64, 2000);
    while (out.size() < count) {
        CHECK(from.recv_many(room) > 0);
        for (const sock::datagram &each : room) {
            out.push_back(text(each));
            if (senders)
                senders->push_back(each.peer());
        }
    }
    return out;
}

TEST(batch_echo)
{
    udp u;
    const std::vector<std::string> data{random_bytes(1), "", random_bytes(1000), random_bytes(3)};
    std::vector<sock::datagram> sent;
    for (const std::string &each : data)
        sent.emplace_back(each, u.other.local_address());
    CHECK_EQUAL(u.one.send_many(sent), 4u);
    std::this_thread::sleep_for(50ms);
    sock::batch b(64, 2000);
    CHECK_EQUAL(u.other.recv_many(b), 4u);
    for (std::size_t i = 0; i < 4; i++) {
        CHECK_EQUAL(text(b[i]), data[i]);
        CHECK_EQUAL(b[i].peer(), u.one.local_address());
    }
    CHECK_EQUAL(u.other.send_many(b), 4u);
    std::vector<sock::address> senders;
    CHECK(receive(u.one, 4, &senders) == data);
    for (const sock::address &each : senders)
        CHECK_EQUAL(each, u.other.local_address());
}

TEST(batch_waits_for_first)
{
    udp u;
    caller receiving([&] { return receive(u.other, 1); });
    receiving.wait();
    u.one.send_to("first", u.other.local_address());
    CHECK(receiving.result() == std::vector<std::string>{"first"});
    u.one.set_timeout(50ms);
    sock::batch b(64, 100);
    CHECK(taken([&] { throws<sock::timeout_error>([&] { u.one.recv_many(b); }); }) >= 50ms);
    CHECK_EQUAL(b.size(), 0u);
}

TEST(batch_segments)
{
    udp u;
    const std::string data = random_bytes(5500);
    std::vector<sock::datagram> sent{sock::datagram(data, u.other.local_address(), 1000)};
    const auto whole = [&](const std::vector<std::string> &came) {
        std::string all;
        for (std::size_t i = 0; i < came.size(); i++) {
            CHECK_EQUAL(came[i].size(), i < 5 ? 1000u : 500u);
            all += came[i];
        }
        CHECK(all == data);
    };
    CHECK_EQUAL(u.one.send_many(sent), 1u);
    whole(receive(u.other, 6));
    if (const auto set = u.other.as_results().set_gro(true); !set)
        skip(std::string("this kernel joins no datagrams: ") + set.error().message());
    CHECK_EQUAL(u.one.send_many(sent), 1u);
    sock::batch b(8, 65535);
    CHECK_EQUAL(u.other.recv_many(b), 1u);
    CHECK(text(b[0]) == data);
    CHECK_EQUAL(b[0].segment, 1000u);
    CHECK_EQUAL(u.other.send_many(b), 1u);
    whole(receive(u.one, 6));
}

TEST(batch_truncated)
{
    udp u;
    std::array<sock::datagram, 2> sent{sock::datagram("a longer one", u.other.local_address()),
                                       sock::datagram("short", u.other.local_address())};
    CHECK_EQUAL(u.one.send_many(sent), 2u);
    std::this_thread::sleep_for(50ms);
    sock::batch b(4, 5);
    CHECK_EQUAL(u.other.recv_many(b), 2u);
    CHECK_EQUAL(text(b[0]), "a lon");
    CHECK_EQUAL(b[0].true_size(), 12u);
    CHECK(b[0].truncated());
    CHECK_EQUAL(text(b[1]), "short");
    CHECK(!b[1].truncated());
}

TEST(batch_at_fault)
{
    udp u;
    const std::string huge(70000, 'x');
    const sock::address to = u.other.local_address();
    std::vector<sock::datagram> sent{sock::datagram("good", to), sock::datagram(huge, to),
                                     sock::datagram("never sent", to)};
    CHECK_EQUAL(u.one.send_many(sent), 1u);
    const auto error = throws<sock::error>([&] { u.one.send_many(sent.data() + 1, 2); });
    CHECK(error.code() == std::errc::message_size);
    char buffer[100];
    CHECK_EQUAL(u.other.recv(buffer), 4u);
    u.other.set_timeout(0s);
    CHECK(u.other.as_results().recv(buffer).error().would_block());
}

TEST(batch_close)
{
    udp u;
    const sock::socket_ref ref = u.one;
    caller receiving([&] {
        sock::batch b(64, 100);
        return ref.recv_many(b);
    });
    receiving.wait();
    u.one.close();
    throws<sock::closed_error>([&] { receiving.result(); });
}

// What a send and the recv of its data cost through sock.hpp, through sock.h, and through send(2) and recv(2).
//
//     transfer [ROUNDS]     default: 400
//
// In each round the three take turns in short slices, in a different order each time, so that whatever else the
// machine does hits all of them alike. The figure of each is the median of its slices. "again" is sock.h once more,
// as if it were a fourth: its ratio to itself shows how exact the others are.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sock.hpp>
#include <vector>

static constexpr int CALLS = 500; // in a slice
static constexpr std::size_t SIZE = 64;

static char data[SIZE], room[SIZE];

static void bad(const char *what)
{
    std::fprintf(stderr, "%s failed\n", what);
    std::exit(1);
}

/// Median time of a send and a recv, in nanoseconds.
struct figure {
    const char *name;
    std::vector<double> slices;
    double median()
    {
        std::nth_element(slices.begin(), slices.begin() + static_cast<std::ptrdiff_t>(slices.size() / 2), slices.end());
        return slices[slices.size() / 2];
    }
};

template <class Pair> static void slice(figure &of, Pair &&pair)
{
    const auto start = sock_now();
    for (int i = 0; i < CALLS; i++)
        pair();
    of.slices.push_back(static_cast<double>(sock_now() - start) / CALLS);
}

static void measure(const char *what, int rounds, const sock::socket &one, const sock::socket &other, int a, int b)
{
    const sock_t s = one.number(), t = other.number();
    std::array<figure, 5> all{{{"send(2), recv(2)", {}}, {"sock.h", {}}, {"sock.hpp", {}}, {"sock.hpp, results", {}}, {"sock.h again", {}}}};
    const auto raw = [&] {
        if (::send(a, data, SIZE, MSG_NOSIGNAL) != SIZE || ::recv(b, room, SIZE, 0) != SIZE)
            bad("raw");
    };
    const auto c = [&] {
        if (sock_send(s, data, SIZE, 0) != SIZE || sock_recv(t, room, SIZE, 0) != SIZE)
            bad("sock.h");
    };
    const auto throwing = [&] {
        if (one.send({data, SIZE}) != SIZE || other.recv(room) != SIZE)
            bad("sock.hpp");
    };
    const auto returning = [&] {
        const auto sent = one.as_results().send({data, SIZE});
        const auto came = other.as_results().recv(room);
        if (!sent || *sent != SIZE || !came || *came != SIZE)
            bad("results");
    };
    for (int round = 0; round < rounds; round++)
        for (int turn = 0; turn < 5; turn++)
            switch ((turn * 2 + round) % 5) {
            case 0: slice(all[0], raw); break;
            case 1: slice(all[1], c); break;
            case 2: slice(all[2], throwing); break;
            case 3: slice(all[3], returning); break;
            case 4: slice(all[4], c); break;
            }
    const double base = all[1].median(), bare = all[0].median();
    std::printf("%s\n", what);
    for (figure &each : all)
        std::printf("  %-18s %7.1f ns   %.3f of sock.h   %.3f of raw\n", each.name, each.median(), each.median() / base,
                    each.median() / bare);
}

int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 400;
    std::memset(data, 'x', sizeof data);
    {
        auto [one, other] = sock::socketpair();
        int raw[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, raw) != 0)
            bad("socketpair");
        measure("64 bytes over AF_UNIX, a send and a recv:", rounds, one, other, raw[0], raw[1]);
        ::close(raw[0]);
        ::close(raw[1]);
    }
    const sock::socket listener = sock::create_server("127.0.0.1", 0);
    const sock::socket one = sock::create_connection("127.0.0.1", listener.local_address().port());
    const sock::socket other = listener.accept();
    const int raw = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sock::address to = listener.local_address();
    if (::connect(raw, static_cast<const sockaddr *>(to.native()), static_cast<socklen_t>(to.native_size())) != 0)
        bad("connect");
    const int accepted = listener.accept().detach().release();
    one.set_option(IPPROTO_TCP, TCP_NODELAY, 1);
    const int on = 1;
    ::setsockopt(raw, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    measure("64 bytes over TCP, a send and a recv:", rounds, one, other, raw, accepted);
    ::close(raw);
    ::close(accepted);
}

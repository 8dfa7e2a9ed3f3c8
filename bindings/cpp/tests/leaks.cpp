// Cycles of opening, using and closing: neither descriptors nor memory may grow.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "check.hpp"

using namespace check;

/// Resident memory in bytes.
static long resident()
{
    long size = 0, pages = 0;
    std::FILE *file = std::fopen("/proc/self/statm", "r");
    if (!file || std::fscanf(file, "%ld %ld", &size, &pages) != 2)
        pages = 0;
    if (file)
        std::fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/// One of everything that owns something, also on paths with errors.
static void cycle()
{
    auto [one, other] = sock::socketpair();
    sock::cancel_token token;
    sock::poller p;
    const sock::timer timer = p.start_timer(1h);
    one.set_cancel(token);
    p.add(one, sock::poll::in);
    other.send_fds("x", {0});
    sock::control control(0, 1);
    char byte[1];
    one.recv_message({byte}, control);
    one.set_timeout(0s);
    if (one.as_results().recv(byte))
        std::abort();
    try {
        one.close();
        one.recv(byte);
        std::abort();
    } catch (const sock::closed_error &) {
    }
    sock::iostream stream(std::move(other));
    stream << 'x';
}

TEST(leaks)
{
    const char *given = std::getenv("LIBSOCK_CYCLES");
    const int cycles = given ? std::atoi(given) : 100000;
    for (int i = 0; i < 1000; i++)
        cycle();
    const auto before = descriptors();
    const long start = resident();
    for (int i = 0; i < cycles; i++)
        cycle();
    const long grown = resident() - start;
    std::printf("      %d cycles: resident memory grew by %ld KiB\n", cycles, grown / 1024);
    CHECK(descriptors() == before);
    // Less than three bytes for each cycle.
    CHECK(grown < 300000 || cycles < 100000);
}

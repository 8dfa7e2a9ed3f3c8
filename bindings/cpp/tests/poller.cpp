// The pollers of bindings/behaviour.md.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#include <fcntl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <memory>
#include <mutex>

#include "check.hpp"

using namespace check;

/// All events that hold, after at most `within`.
static std::vector<sock::event> events(const sock::poller_ref poller, sock::limit within = LONG)
{
    std::vector<sock::event> out(16);
    out.resize(poller.wait(out, within));
    return out;
}

static sock::event only(const std::vector<sock::event> &all)
{
    CHECK_EQUAL(all.size(), 1u);
    return all[0];
}

TEST(poller_ready)
{
    sock::poller p;
    auto [one, other] = sock::socketpair();
    p.add(one, sock::poll::in, 7);
    CHECK(events(p, 0s).empty());
    other.send("x");
    sock::event e = only(events(p));
    CHECK(e.of() == one && e.number() == 7 && e.events == SOCK_POLL_IN && !e.closed());
    int object = 0;
    p.modify(one, sock::poll::in | sock::poll::out, &object);
    e = only(events(p));
    CHECK(e.is(sock::poll::in) && e.is(sock::poll::out) && e.object<int>() == &object);
    CHECK(throws<sock::error>([&, &one = one] { p.add(one, sock::poll::in); }).code() == std::errc::file_exists);
    p.remove(one);
    CHECK(events(p, 0s).empty());
    for (const std::function<void()> &call : std::vector<std::function<void()>>{
             [&, &one = one] { p.remove(one); }, [&, &one = one] { p.modify(one, sock::poll::in); }})
        CHECK(throws<sock::error>(call).code() == std::errc::no_such_file_or_directory);
}

TEST(poller_once)
{
    sock::poller p;
    auto [one, other] = sock::socketpair();
    other.send("x");
    p.add(one, sock::poll::in | sock::poll::edge);
    CHECK_EQUAL(events(p, 0s).size(), 1u);
    CHECK_EQUAL(events(p, 0s).size(), 0u);
    for (int i = 0; i < 2; i++) {
        p.modify(one, sock::poll::in | sock::poll::oneshot);
        CHECK_EQUAL(events(p, 0s).size(), 1u);
        CHECK_EQUAL(events(p, 0s).size(), 0u);
    }
}

TEST(poller_close)
{
    sock::poller p;
    auto [one, other] = sock::socketpair();
    const sock::socket duplicate = one.dup();
    p.add(one, sock::poll::in, 7);
    caller waiting([&] { return events(p); });
    waiting.wait();
    one.close();
    const sock::event e = only(waiting.result());
    CHECK(e.of() == one && e.number() == 7 && e.events == 0 && e.closed());
    // The duplicate keeps the connection open.
    other.send("x");
    CHECK(events(p, 50ms).empty());
    throws<sock::closed_error>([&, &one = one] { p.add(one, sock::poll::in); });
}

TEST(poller_races)
{
    constexpr std::uint64_t rounds = 200;
    sock::poller p;
    std::mutex lock;
    std::vector<std::uint64_t> closed;
    std::atomic<bool> done{false};
    std::vector<std::unique_ptr<caller<void>>> waiting;
    for (int i = 0; i < 3; i++)
        waiting.push_back(std::make_unique<caller<void>>([&] {
            while (!done)
                for (const sock::event &e : events(p))
                    if (e.closed()) {
                        const std::lock_guard<std::mutex> held(lock);
                        closed.push_back(e.number());
                    }
        }));
    std::vector<std::uint64_t> wanted;
    for (std::uint64_t number = 0; number < rounds; number++) {
        auto [one, other] = sock::socketpair();
        p.add(one, sock::poll::in, number);
        other.send("x");
        p.modify(one, sock::poll::in | sock::poll::out, number);
        if (number % 2)
            p.remove(one);
        else
            wanted.push_back(number);
        one.close();
    }
    const auto count = [&] {
        const std::lock_guard<std::mutex> held(lock);
        return closed.size();
    };
    for (int i = 0; i < 6000 && count() < rounds / 2; i++)
        std::this_thread::sleep_for(10ms);
    done = true;
    for (std::size_t i = 0; i < waiting.size(); i++)
        p.wake();
    for (auto &each : waiting)
        each->result();
    std::sort(closed.begin(), closed.end());
    CHECK(closed == wanted);
}

TEST(poller_token)
{
    sock::poller p;
    sock::cancel_token token;
    p.add(token, sock::poll::in, 7);
    CHECK(events(p, 0s).empty());
    token.fire();
    const sock::event e = only(events(p));
    CHECK(e.of() == token && e.is(sock::poll::in) && e.number() == 7);
}

TEST(poller_descriptor)
{
    sock::poller p;
    int ends[2];
    CHECK_EQUAL(pipe(ends), 0);
    const sock::descriptor in(ends[0]), out(ends[1]);
    p.add_fd(in.get(), sock::poll::in, 7);
    CHECK(events(p, 0s).empty());
    CHECK_EQUAL(write(out.get(), "x", 1), 1);
    const sock::event e = only(events(p));
    CHECK(!e.of() && e.is(sock::poll::in) && e.number() == 7);
    p.remove_fd(in.get());
    CHECK(throws<sock::error>([&] { p.remove_fd(in.get()); }).code() == std::errc::no_such_file_or_directory);
    const sock::descriptor file(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    CHECK(throws<sock::error>([&] { p.add_fd(file.get(), sock::poll::in); }).code() ==
          std::errc::operation_not_permitted);
}

TEST(poller_wake)
{
    sock::poller p;
    const auto woken = [&] { return only(events(p)).is(sock::poll::wake); };
    p.wake();
    caller one(woken);
    CHECK(one.result());
    caller two(woken), three(woken);
    three.wait();
    p.wake();
    p.wake();
    CHECK(two.result() && three.result());
    CHECK(events(p, 0s).empty());
}

TEST(poller_timer)
{
    sock::poller p;
    const auto start = sock::clock::now();
    const sock::timer once = p.start_timer(50ms, 0s, 7);
    const sock::event e = only(events(p));
    CHECK(sock::clock::now() - start >= 50ms);
    CHECK(e.of() == once && e.is(sock::poll::timer) && e.number() == 7 && e.count == 1);
    CHECK(events(p, 20ms).empty());
    {
        const sock::timer periodic = p.start_timer(0s, 10ms);
        std::this_thread::sleep_for(100ms);
        CHECK(only(events(p)).count >= 9);
    }
    CHECK(events(p, 30ms).empty());
    CHECK(throws<sock::error>([&] { p.start_timer(-1ms); }).code() == std::errc::invalid_argument);
}

TEST(poller_limit)
{
    sock::poller p;
    CHECK(taken([&] { CHECK(events(p, 50ms).empty()); }) >= 50ms);
    CHECK(throws<sock::error>([&] { events(p, -1ms); }).code() == std::errc::invalid_argument);
}

static std::atomic<int> alarms{0};

TEST(poller_signal)
{
    sock::poller p;
    alarms = 0;
    const auto before = std::signal(SIGALRM, [](int) { alarms++; });
    const sock::interrupt_hook hook([] { return alarms >= 2 ? -EINTR : 0; });
    const itimerval every{{0, 50000}, {0, 50000}}, off{};
    setitimer(ITIMER_REAL, &every, nullptr);
    const auto error = throws<sock::error>([&] { events(p); });
    setitimer(ITIMER_REAL, &off, nullptr);
    std::signal(SIGALRM, before);
    CHECK(error.code() == std::errc::interrupted);
    CHECK(alarms >= 2);
}

TEST(poller_closed)
{
    sock::poller p;
    auto [one, other] = sock::socketpair();
    p.add(one, sock::poll::in);
    caller waiting([&] { return events(p); });
    waiting.wait();
    p.close();
    throws<sock::closed_error>([&] { waiting.result(); });
    p.close();
    throws<sock::closed_error>([&] { events(p, 0s); });
    throws<sock::closed_error>([&] { p.wake(); });
    char buffer[100];
    other.send("still open");
    CHECK_EQUAL(one.recv(buffer), 10u);
}

TEST(poller_fork)
{
    sock::poller p;
    auto [one, other] = sock::socketpair();
    p.add(one, sock::poll::in, 7);
    const pid_t child = fork();
    if (child == 0) {
        int status = 1;
        try {
            other.send("x");
            status = only(events(p)).number() != 7;
            p.wake();
        } catch (...) {
        }
        _exit(status);
    }
    int status = -1;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(only(events(p)).number(), 7u);
    char byte;
    one.recv({&byte, 1});
    // The child's wake did not come here.
    CHECK(events(p, 50ms).empty());
}

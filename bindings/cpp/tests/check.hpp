// The small vocabulary of these tests: TEST(name) { ... }, CHECK, throws<Error>(call), skip("reason").
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_TESTS_CHECK_HPP
#define SOCK_TESTS_CHECK_HPP

#include <dirent.h>

#include <chrono>
#include <functional>
#include <future>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sock.hpp>

namespace check {

using namespace std::chrono_literals;

/// An upper limit: no test may depend on a fast machine.
constexpr auto LONG = 60s;

struct failed : std::runtime_error { using std::runtime_error::runtime_error; };
struct skipped : std::runtime_error { using std::runtime_error::runtime_error; };

struct test {
    const char *name;
    void (*run)();
};
inline std::vector<test> &tests()
{
    static std::vector<test> all;
    return all;
}
struct registration {
    registration(const char *name, void (*run)()) { tests().push_back({name, run}); }
};

#define TEST(name)                                                      \
    static void test_##name();                                          \
    static const check::registration registration_##name(#name, test_##name); \
    static void test_##name()

template <class T> std::string shown(const T &value)
{
    if constexpr (std::is_enum_v<T>) {
        return std::to_string(static_cast<long long>(value));
    } else {
        std::ostringstream out;
        out << value;
        return out.str().substr(0, 200);
    }
}

[[noreturn]] inline void fail(const char *file, int line, const std::string &what)
{
    throw failed(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

#define CHECK(condition) \
    do {                 \
        if (!(condition)) \
            check::fail(__FILE__, __LINE__, #condition); \
    } while (0)

/// Shows both values.
#define CHECK_EQUAL(one, other)                                                                              \
    do {                                                                                                     \
        const auto one_ = (one);                                                                             \
        const auto other_ = (other);                                                                         \
        if (!(one_ == other_))                                                                               \
            check::fail(__FILE__, __LINE__, #one " is " + check::shown(one_) + ", not " + check::shown(other_)); \
    } while (0)

/// The exception of a call, which must be an Error itself and not a class derived from it.
template <class Error, class Call> Error throws(Call &&call)
{
    try {
        call();
    } catch (const Error &error) {
        if (typeid(error) != typeid(Error))
            throw failed(std::string("throws a ") + typeid(error).name() + ", not a " + typeid(Error).name());
        return error;
    }
    throw failed(std::string("throws no ") + typeid(Error).name());
}

[[noreturn]] inline void skip(const std::string &reason) { throw skipped(reason); }

/// Runs a call in a thread. wait() returns when it is certainly waiting; result() has its result or its exception.
template <class T> class caller {
public:
    template <class Call> explicit caller(Call &&call) : value_(std::async(std::launch::async, std::forward<Call>(call))) {}
    caller &wait()
    {
        std::this_thread::sleep_for(50ms);
        return *this;
    }
    T result()
    {
        if (value_.wait_for(LONG) != std::future_status::ready) {
            std::fprintf(stderr, "a call did not end\n");
            std::abort();
        }
        return value_.get();
    }

private:
    std::future<T> value_;
};
template <class Call> caller(Call &&) -> caller<std::invoke_result_t<Call>>;

/// The open descriptors of this process.
inline std::set<int> descriptors()
{
    std::set<int> out;
    DIR *directory = opendir("/proc/self/fd");
    while (const dirent *entry = readdir(directory))
        if (entry->d_name[0] != '.' && std::stoi(entry->d_name) != dirfd(directory))
            out.insert(std::stoi(entry->d_name));
    closedir(directory);
    return out;
}

/// Whether the open descriptors are those of `before`. A joined thread may still be exiting.
inline bool none_left(const std::set<int> &before)
{
    const auto limit = std::chrono::steady_clock::now() + LONG;
    while (descriptors() != before) {
        if (std::chrono::steady_clock::now() > limit)
            return false;
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

inline std::string random_bytes(std::size_t size)
{
    static std::mt19937 generator(7);
    std::string out(size, '\0');
    for (char &each : out)
        each = static_cast<char>(generator());
    return out;
}

inline sock::address loopback(int family = AF_INET, std::int64_t port = 0)
{
    return sock::address::ip(family == AF_INET ? "127.0.0.1" : "::1", port);
}

/// A connection over the loopback interface.
struct connection {
    sock::socket client, server;

    explicit connection(int family = AF_INET) : client(family)
    {
        sock::socket listener(family);
        listener.bind(loopback(family));
        listener.listen();
        client.connect(listener.local_address());
        server = listener.accept();
    }
};

/// Two UDP sockets.
struct udp {
    sock::socket one{AF_INET, SOCK_DGRAM}, other{AF_INET, SOCK_DGRAM};

    udp()
    {
        for (const sock::socket *each : {&one, &other}) {
            each->bind(loopback());
            each->set_timeout(LONG);
        }
    }
};

/// The attempt that connected. A lookup that was not waited for may come after it.
inline sock::attempt winner(const std::vector<sock::attempt> &all)
{
    for (const sock::attempt &each : all)
        if (each.phase == sock::phase::connected)
            return each;
    throw failed("no attempt has connected");
}

/// How long a call takes.
template <class Call> std::chrono::nanoseconds taken(Call &&call)
{
    const auto start = sock::clock::now();
    call();
    return sock::clock::now() - start;
}

} // namespace check

#endif

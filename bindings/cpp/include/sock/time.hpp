// libsock for C++: limits and deadlines from std::chrono.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_TIME_HPP
#define SOCK_TIME_HPP

#include <sock.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace sock {

namespace detail {

/// Nanoseconds of a duration: never rounded down; SOCK_FOREVER if it is longer than that, -1 if it is negative
/// or not a number.
template <class Rep, class Period>
constexpr std::int64_t nanoseconds(std::chrono::duration<Rep, Period> span) noexcept
{
    using wide = std::chrono::duration<long double, std::nano>;
    const long double exact = wide(span).count();
    if (!(exact >= 0)) // also for a NaN
        return -1;
    if (exact >= static_cast<long double>(SOCK_FOREVER))
        return SOCK_FOREVER;
    const auto down = std::chrono::duration_cast<std::chrono::nanoseconds>(span);
    return down.count() + (wide(down).count() < exact ? 1 : 0);
}

} // namespace detail

/// The clock of all deadlines: that of sock_now, CLOCK_MONOTONIC on Linux.
struct clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<clock>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept { return time_point(duration(sock_now())); }
};

/// How long a call may take: any duration of std::chrono (50ms, 1.5s, hours{1}), or sock::forever. Never rounded down;
/// calls reject a negative one with EINVAL.
class limit {
public:
    template <class Rep, class Period>
    constexpr limit(std::chrono::duration<Rep, Period> span) noexcept : ns_(detail::nanoseconds(span))
    {
    }
    constexpr std::int64_t ns() const noexcept { return ns_; }
    constexpr operator std::chrono::nanoseconds() const noexcept { return std::chrono::nanoseconds(ns_); }

private:
    std::int64_t ns_;
};

/// No limit.
inline constexpr limit forever{std::chrono::nanoseconds(SOCK_FOREVER)};

/// When calls must be done: a time of any clock. One in the past has passed: calls fail at once.
class deadline {
public:
    /// No deadline.
    constexpr deadline() noexcept = default;

    template <class Clock, class Duration> deadline(std::chrono::time_point<Clock, Duration> at) noexcept : at_(0)
    {
        if constexpr (std::is_same_v<Clock, clock>) {
            const auto since = detail::nanoseconds(at.time_since_epoch());
            at_ = since < 0 ? 0 : since;
        } else if (const auto now = Clock::now(); at > now) {
            // sock_now is read after the other clock, so the deadline cannot come out too early.
            const auto left = detail::nanoseconds(at - now);
            at_ = left >= SOCK_FOREVER ? SOCK_FOREVER : sock_now() + left;
        }
    }
    /// On the clock of sock_now; SOCK_FOREVER is none.
    constexpr std::int64_t ns() const noexcept { return at_; }

private:
    std::int64_t at_ = SOCK_FOREVER;
};

/// Clears a deadline.
inline constexpr deadline no_deadline{};

namespace detail {

/// For a field of an options struct, where 0 means something else: the nearest value that is a limit.
constexpr std::int64_t at_least_1(std::int64_t ns) noexcept { return ns == 0 ? 1 : ns; }
inline std::int64_t option_limit(const std::optional<limit> &of) noexcept { return of ? at_least_1(of->ns()) : 0; }
inline std::int64_t option_deadline(deadline of) noexcept
{
    return of.ns() >= SOCK_FOREVER ? 0 : at_least_1(of.ns());
}

} // namespace detail

/// Which calls a deadline or a wait is about.
enum class direction {
    read = SOCK_READ,              ///< Receive and accept.
    write = SOCK_WRITE,            ///< Send and connect.
    both = SOCK_READ | SOCK_WRITE, ///< All.
};

} // namespace sock

#endif

// libsock for C++: pollers, one wait for many handles.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_POLLER_HPP
#define SOCK_POLLER_HPP

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <utility>

#include "error.hpp"
#include "handle.hpp"
#include "time.hpp"

namespace sock {

/// What to wait for, and what holds: bits that combine with |.
enum class poll : int {
    none = 0,                         ///< Errors, the end and the close, which come unasked.
    in = SOCK_POLL_IN,                ///< Data, a connection to accept, a step that is due, a token that has fired.
    out = SOCK_POLL_OUT,              ///< Room to send; a connection attempt that has ended.
    pri = SOCK_POLL_PRI,              ///< Urgent data.
    err = SOCK_POLL_ERR,              ///< An error; unasked.
    hup = SOCK_POLL_HUP,              ///< Both directions have ended; unasked.
    rdhup = SOCK_POLL_RDHUP,          ///< The other end sends no more.
    wake = SOCK_POLL_WAKE,            ///< In events only: poller.wake().
    timer = SOCK_POLL_TIMER,          ///< In events only: a timer.
    edge = SOCK_POLL_EDGE,            ///< To ask: only when something new happens.
    oneshot = SOCK_POLL_ONESHOT,      ///< To ask: once; modify() arms it again.
    exclusive = SOCK_POLL_EXCLUSIVE,  ///< To ask: wake few of several pollers.
};
constexpr poll operator|(poll one, poll other) noexcept
{
    return static_cast<poll>(static_cast<int>(one) | static_cast<int>(other));
}
constexpr poll operator&(poll one, poll other) noexcept
{
    return static_cast<poll>(static_cast<int>(one) & static_cast<int>(other));
}

/// What a registration carries to its events: a number, or a pointer to an object of the program.
class user_data {
public:
    constexpr user_data(std::uint64_t number = 0) noexcept : bits_(number) {}
    template <class T> user_data(T *object) noexcept : bits_(reinterpret_cast<std::uintptr_t>(object)) {}
    constexpr std::uint64_t bits() const noexcept { return bits_; }

private:
    std::uint64_t bits_;
};

/// Something that has happened, or holds, to one registration: the struct of sock.h with accessors.
struct event : sock_event {
    event() noexcept : sock_event{} {}

    bool is(poll any) const noexcept { return (events & static_cast<int>(any)) != 0; } ///< Any of these bits.
    /// The last event of a handle that was closed.
    bool closed() const noexcept { return code == SOCK_ECLOSED; }
    handle_ref of() const noexcept { return handle_ref(handle); } ///< None for a descriptor and for a wake-up.
    std::uint64_t number() const noexcept { return data; }        ///< What add() was given,
    template <class T> T *object() const noexcept                 ///< as a pointer.
    {
        return reinterpret_cast<T *>(static_cast<std::uintptr_t>(data));
    }
};
static_assert(sizeof(event) == sizeof(sock_event));

/// A timer of a poller. Its end, or close(), ends it without an event.
class timer_ref : public handle_ref {
public:
    using handle_ref::handle_ref;
    void close() const noexcept { sock_close(number_); }
};
using timer = owner<timer_ref>;

/// A poller of somebody else. Any thread may use it, several may wait.
template <class Errors> class basic_poller_ref : public handle_ref {
    template <class T> using r = result_of<Errors, T>;

public:
    using handle_ref::handle_ref;

    basic_poller_ref<results> as_results() const noexcept { return basic_poller_ref<results>(number_); }

    /// Adds a socket, operation, stream or cancel token. Fails with EEXIST if it is there already.
    r<void> add(handle_ref what, poll until, user_data data = {}) const
    {
        return Errors::done(sock_poller_add(number_, what.number(), static_cast<int>(until), data.bits()));
    }
    /// Changes what to wait for, and the data; arms a one-shot again. Fails with ENOENT.
    r<void> modify(handle_ref what, poll until, user_data data = {}) const
    {
        return Errors::done(sock_poller_modify(number_, what.number(), static_cast<int>(until), data.bits()));
    }
    /// Removes it: no event of it comes afterwards. Fails with ENOENT, or EBADF if it is closed, which has removed it.
    r<void> remove(handle_ref what) const { return Errors::done(sock_poller_remove(number_, what.number())); }

    /// Adds a descriptor of the program, which removes it before closing it. Fails with EPERM for a file.
    r<void> add_fd(int fd, poll until, user_data data = {}) const
    {
        return Errors::done(sock_poller_add_fd(number_, fd, static_cast<int>(until), data.bits()));
    }
    r<void> remove_fd(int fd) const { return Errors::done(sock_poller_remove_fd(number_, fd)); }

    /// Starts a timer: the first event after `first`, then one every `every`; 0 for once.
    r<timer> start_timer(limit first, limit every = std::chrono::nanoseconds(0), user_data data = {}) const
    {
        const sock_t number = sock_poller_timer(number_, first.ns(), every.ns(), data.bits());
        return Errors::template make<timer>(number, [&] { return timer(number); });
    }

    /// Waits for events. Returns how many there are; 0 when `within` has passed. Throws closed_error when the poller is
    /// closed meanwhile.
    r<std::size_t> wait(event *out, std::size_t cap, limit within = forever) const
    {
        return Errors::template number<std::size_t>(sock_poller_wait(number_, out, cap, within.ns()));
    }
    /// The same into an array, vector or std::span of events.
    template <class C, class = std::enable_if_t<std::is_same_v<decltype(std::data(std::declval<C &>())), event *>>>
    r<std::size_t> wait(C &&out, limit within = forever) const
    {
        return wait(std::data(out), std::size(out), within);
    }
    /// Wakes one wait, running or yet to begin, by an event `poll::wake`. Async-signal-safe.
    r<void> wake() const { return Errors::done(sock_poller_wake(number_)); }

    /// Ends the poller and its timers; waits end with closed_error, and the handles stay open. Harmless when repeated.
    r<void> close() const
    {
        const int code = sock_close(number_);
        return Errors::done(code == -EBADF ? 0 : code);
    }
};

using poller_ref = basic_poller_ref<exceptions>;

/// A poller, closed at its end.
class poller : public owner<poller_ref> {
public:
    poller() : owner(exceptions::number<sock_poller_t>(sock_poller_new())) {}
};

} // namespace sock

#endif

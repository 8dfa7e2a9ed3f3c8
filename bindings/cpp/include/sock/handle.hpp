// libsock for C++: handles, which close themselves, and cancel tokens.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
//
// A handle is a number that libsock never uses twice. Therefore a reference (socket_ref, cancel_ref ...) never dangles:
// used after the close, it fails with EBADF. References are copied into other threads without a lock or a count.
#ifndef SOCK_HANDLE_HPP
#define SOCK_HANDLE_HPP

#include <sock.h>

#include <utility>

#include "error.hpp"
#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

namespace sock {

/// The number of a handle, which it does not own.
class handle_ref {
public:
    handle_ref() noexcept = default;
    explicit handle_ref(sock_t number) noexcept : number_(number) {}

    sock_t number() const noexcept { return number_; } ///< For calls of sock.h; 0 is no handle.
    /// Whether this names a handle. It may be closed.
    explicit operator bool() const noexcept { return number_ > 0; }
    friend bool operator==(handle_ref one, handle_ref other) noexcept { return one.number_ == other.number_; }
    friend bool operator!=(handle_ref one, handle_ref other) noexcept { return one.number_ != other.number_; }

protected:
    sock_t number_ = 0;
};

/// Owns the handle of a reference: closes it at its end. Movable, not copyable.
template <class Ref> class owner : public Ref {
public:
    owner() noexcept = default;
    /// Takes over a handle.
    explicit owner(sock_t number) noexcept : Ref(number) {}
    owner(owner &&other) noexcept : Ref(other.release()) {}
    owner &operator=(owner &&other) noexcept
    {
        if (this != &other) {
            reset();
            this->number_ = other.release();
        }
        return *this;
    }
    ~owner() { reset(); }

    /// Gives the handle away: the caller closes it.
    [[nodiscard]] sock_t release() noexcept { return std::exchange(this->number_, 0); }

private:
    void reset() noexcept
    {
        if (this->number_ > 0)
            sock_close(this->number_);
    }
};

/// A cancel token of somebody else.
class cancel_ref : public handle_ref {
public:
    using handle_ref::handle_ref;

    /// Ends every call, waiting or yet to come, on every socket that has the token. Permanent; harmless when repeated.
    /// Async-signal-safe.
    void fire() const noexcept { sock_cancel_fire(number_); }
};

/// A one-way switch that cancels the calls of any number of sockets (set_cancel) and lookups. Its end fires it.
class cancel_token : public owner<cancel_ref> {
public:
    cancel_token() : owner(exceptions::number<sock_cancel_t>(sock_cancel_new())) {}
};

#if defined(__cpp_lib_jthread)
/// A cancel token that fires when stop is requested:
///
///     std::jthread worker([&](std::stop_token stop) {
///         sock::stop_cancel cancel(stop);
///         s.set_cancel(cancel);
///         s.recv(buffer);     // throws canceled_error after worker.request_stop()
///     });
class stop_cancel {
    struct fire {
        cancel_ref token;
        void operator()() const noexcept { token.fire(); }
    };
    cancel_token token_;
    std::stop_callback<fire> callback_; // ends before the token

public:
    explicit stop_cancel(std::stop_token stop) : callback_(std::move(stop), fire{token_}) {}
    operator cancel_ref() const noexcept { return token_; }
};
#endif

} // namespace sock

#endif

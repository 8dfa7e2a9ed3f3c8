// libsock for C++: errors, as exceptions or as results.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Every call comes in two forms, chosen by a policy: `exceptions` (the default) throws a sock::error, `results`
// returns a sock::result, which never throws unless its value() is asked for and absent.
//
//     s.recv(buffer)                              std::size_t, or throws
//     s.as_results().recv(buffer)                 sock::result<std::size_t>
//     sock::create_connection("localhost", 80)    sock::socket, or throws
//     sock::create_connection<sock::results>("localhost", 80)
#ifndef SOCK_ERROR_HPP
#define SOCK_ERROR_HPP

#include <sock.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_expected)
#include <expected>
#endif

#if defined(__GNUC__)
#define SOCK_COLD __attribute__((cold, noinline))
#else
#define SOCK_COLD
#endif

namespace sock {

/// Conditions that libsock itself detects, beside those of the system. They compare with codes:
/// `error.code() == sock::errc::closed`.
enum class errc {
    closed = SOCK_ECLOSED,           ///< Another thread closed the handle during the call.
    canceled = SOCK_ECANCELED,       ///< The cancel token has fired.
    timed_out = SOCK_ETIMEDOUT,      ///< A timeout or deadline has passed.
    panic = SOCK_EPANIC,             ///< A defect in libsock.
    end_of_stream = SOCK_EEOF,       ///< The stream ended before all requested bytes came.
    bad_flags = SOCK_EAI_BADFLAGS,   ///< Bad value for lookup flags.
    no_name = SOCK_EAI_NONAME,       ///< Name or service not known.
    try_again = SOCK_EAI_AGAIN,      ///< Temporary failure in name resolution.
    resolver_failed = SOCK_EAI_FAIL, ///< Non-recoverable failure in name resolution.
    no_data = SOCK_EAI_NODATA,       ///< No address associated with the name.
    bad_family = SOCK_EAI_FAMILY,    ///< Address family not supported by the lookup.
    bad_service = SOCK_EAI_SERVICE,  ///< Service not supported for the socket type.
};

namespace detail {

class category final : public std::error_category {
public:
    const char *name() const noexcept override { return "libsock"; }
    std::string message(int code) const override { return sock_strerror(code); }

    /// So that `code == std::errc::timed_out` holds for the kernel's timeout and for libsock's.
    std::error_condition default_error_condition(int code) const noexcept override
    {
        switch (code) {
        case SOCK_ETIMEDOUT: return std::errc::timed_out;
        case SOCK_ECANCELED: return std::errc::operation_canceled;
        case SOCK_ECLOSED: return std::errc::bad_file_descriptor;
        default: return {code, *this};
        }
    }
};

} // namespace detail

/// The category of errc, named "libsock". Values are the codes of sock.h, which are negative. Errors of the system are
/// in std::system_category(), with their errno.
inline const std::error_category &category() noexcept
{
    static const detail::category only;
    return only;
}

/// Makes a std::error_code of a condition of libsock.
inline std::error_code make_error_code(errc code) noexcept { return {static_cast<int>(code), category()}; }

/// The calling thread's last failure as sock_last_error has it: the sentence names the argument at fault.
/// `code`: receives the code, 0 before the first failure; may be nullptr.
inline std::string last_error(int *code = nullptr)
{
    char text[512];
    const auto length = static_cast<std::size_t>(sock_last_error(code, text, sizeof text));
    return {text, length < sizeof text ? length : sizeof text - 1};
}

/// Why a call failed. 24 bytes that own nothing.
class failure {
public:
    /// `number`: a negative code of sock.h. `transferred`: bytes that went or came before the failure.
    /// `message`: a static text in place of the usual one.
    explicit failure(std::int64_t number, std::size_t transferred = 0, const char *message = nullptr) noexcept
        : number_(number), transferred_(transferred), message_(message)
    {
    }

    /// The code of sock.h: -errno, or SOCK_ETIMEDOUT and others.
    std::int64_t number() const noexcept { return number_; }

    /// The same for the standard library: std::system_category() with the errno, or sock::category().
    std::error_code code() const noexcept
    {
        if (number_ > -20000)
            return {static_cast<int>(-number_), std::system_category()};
        return {static_cast<int>(number_), category()};
    }

    /// The name of the code: "ECONNREFUSED", "SOCK_ETIMEDOUT", "EAI_NONAME".
    const char *name() const noexcept { return sock_err_name(number_); }
    /// The text of the code: "Connection refused". The sentence with details is in sock::last_error().
    const char *message() const noexcept { return message_ ? message_ : sock_strerror(number_); }
    /// Bytes transferred before the failure, by the calls that say so (send_all, recv_exact ...); else 0.
    std::size_t transferred() const noexcept { return transferred_; }

    bool timeout() const noexcept { return sock_is_timeout(number_); }     ///< A time limit has passed.
    bool canceled() const noexcept { return sock_is_canceled(number_); }   ///< A cancel token has fired.
    bool closed() const noexcept { return sock_is_closed(number_); }       ///< The handle is closed.
    bool resolver() const noexcept { return sock_is_resolver(number_); }   ///< A name lookup failed.
    bool temporary() const noexcept { return sock_is_temporary(number_); } ///< The call may succeed later.
    bool would_block() const noexcept { return number_ == -EAGAIN; }       ///< Non-blocking mode would wait.

private:
    std::int64_t number_;
    std::size_t transferred_;
    const char *message_;
};

/// Every exception of libsock. what() is the sentence of sock_last_error, code() fits std::errc and sock::errc.
class error : public std::system_error {
public:
    error(const failure &why, const std::string &sentence) : std::system_error(why.code()), why_(why), sentence_(sentence)
    {
    }
    const char *what() const noexcept override { return sentence_.what(); }

    const failure &why() const noexcept { return why_; }                        ///< All that is known.
    std::int64_t number() const noexcept { return why_.number(); }              ///< The code of sock.h.
    const char *name() const noexcept { return why_.name(); }                   ///< Its name: "EPIPE".
    std::size_t transferred() const noexcept { return why_.transferred(); }     ///< As in failure.

private:
    failure why_;
    std::runtime_error sentence_; // a text that can be copied without an exception
};

/// A timeout or deadline has passed, or the kernel's own limit (ETIMEDOUT).
class timeout_error : public error { using error::error; };
/// A cancel token, or a std::stop_token, ended the call.
class canceled_error : public error { using error::error; };
/// The socket was closed before or during the call.
class closed_error : public error { using error::error; };
/// A name lookup failed.
class resolver_error : public error { using error::error; };
/// The stream ended before all requested bytes came; transferred() is how many did.
class end_of_stream : public error { using error::error; };

namespace detail {

/// Without exceptions in the language (-fno-exceptions), ends the program.
[[noreturn]] inline void raise(const failure &why, const std::string &sentence)
{
#if !defined(__cpp_exceptions)
    std::fprintf(stderr, "libsock: %s (%s)\n", sentence.c_str(), why.name());
    std::abort();
#else
    if (why.timeout())
        throw timeout_error(why, sentence);
    if (why.canceled())
        throw canceled_error(why, sentence);
    if (why.closed())
        throw closed_error(why, sentence);
    if (why.resolver())
        throw resolver_error(why, sentence);
    if (why.number() == SOCK_EEOF)
        throw end_of_stream(why, sentence);
    throw error(why, sentence);
#endif
}

/// Throws for a code that a call in this thread has just returned. Out of line, so that hot calls stay short.
[[noreturn]] SOCK_COLD inline void raise_code(std::int64_t number, std::size_t transferred)
{
    int last = 0;
    const std::string sentence = last_error(&last);
    raise(failure(number, transferred), last == number && !sentence.empty() ? sentence : sock_strerror(number));
}

} // namespace detail

/// A value, or why there is none: std::expected for C++17, into which it converts from C++23 on.
template <class T> class [[nodiscard]] result {
public:
    result(T value) : holds_(std::in_place_index<0>, std::move(value)) {}
    result(const failure &why) noexcept : holds_(std::in_place_index<1>, why) {}

    bool has_value() const noexcept { return holds_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    /// The value; like that of a std::optional, only if there is one.
    T &operator*() & noexcept { return *std::get_if<0>(&holds_); }
    const T &operator*() const & noexcept { return *std::get_if<0>(&holds_); }
    T &&operator*() && noexcept { return std::move(*std::get_if<0>(&holds_)); }
    T *operator->() noexcept { return std::get_if<0>(&holds_); }
    const T *operator->() const noexcept { return std::get_if<0>(&holds_); }

    /// The value, or throws the sock::error.
    T &value() & { return check(), **this; }
    const T &value() const & { return check(), **this; }
    T &&value() && { return check(), std::move(**this); }
    T value_or(T other) const & { return has_value() ? **this : std::move(other); }
    T value_or(T other) && { return has_value() ? std::move(**this) : std::move(other); }

    /// Why there is no value; only if there is none.
    const failure &error() const noexcept { return *std::get_if<1>(&holds_); }

#if defined(__cpp_lib_expected)
    operator std::expected<T, failure>() &&
    {
        if (has_value())
            return std::move(**this);
        return std::unexpected(error());
    }
#endif

private:
    void check() const
    {
        if (!has_value())
            detail::raise(error(), error().message());
    }
    std::variant<T, failure> holds_;
};

/// Success, or why not.
template <> class [[nodiscard]] result<void> {
public:
    result() noexcept = default;
    result(const failure &why) noexcept : why_(why) {}

    bool has_value() const noexcept { return !why_; }
    explicit operator bool() const noexcept { return has_value(); }
    /// Throws the sock::error, if there is one.
    void value() const
    {
        if (why_)
            detail::raise(*why_, why_->message());
    }
    const failure &error() const noexcept { return *why_; }

#if defined(__cpp_lib_expected)
    operator std::expected<void, failure>() const
    {
        if (has_value())
            return {};
        return std::unexpected(error());
    }
#endif

private:
    std::optional<failure> why_;
};

/// Policy: calls return their value, and throw a sock::error when they fail.
struct exceptions {
    template <class T> using result = T;

    static void done(std::int64_t code, std::size_t transferred = 0)
    {
        if (code < 0)
            detail::raise_code(code, transferred);
    }
    /// `code`: the result of a call: a count, or a negative code.
    template <class T> static T number(std::int64_t code, std::size_t transferred = 0)
    {
        done(code, transferred);
        return static_cast<T>(code);
    }
    /// `make`: makes the value once the call has succeeded.
    template <class T, class Make> static T make(std::int64_t code, Make &&make)
    {
        done(code);
        return make();
    }
    template <class T> static T fail(const failure &why) { detail::raise(why, why.message()); }
};

/// Policy: calls return a sock::result. They can still throw std::bad_alloc where they make strings or vectors.
struct results {
    template <class T> using result = sock::result<T>;

    static result<void> done(std::int64_t code, std::size_t transferred = 0) noexcept
    {
        if (code < 0)
            return failure(code, transferred);
        return {};
    }
    template <class T> static result<T> number(std::int64_t code, std::size_t transferred = 0) noexcept
    {
        if (code < 0)
            return failure(code, transferred);
        return static_cast<T>(code);
    }
    template <class T, class Make> static result<T> make(std::int64_t code, Make &&make)
    {
        if (code < 0)
            return failure(code);
        return make();
    }
    template <class T> static result<T> fail(const failure &why) noexcept { return why; }
};

/// What a call with a policy returns: T, or result<T>.
template <class Errors, class T> using result_of = typename Errors::template result<T>;

} // namespace sock

#undef SOCK_COLD

template <> struct std::is_error_code_enum<sock::errc> : std::true_type {};

#endif

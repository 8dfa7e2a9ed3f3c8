// libsock for C++: views of memory, and text for C.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_BUFFER_HPP
#define SOCK_BUFFER_HPP

#include <sock.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "error.hpp"
#if defined(__cpp_lib_span)
#include <span>
#endif

namespace sock {

namespace detail {

/// The element of something with contiguous elements (std::data), const if they are.
template <class C> using element = std::remove_pointer_t<decltype(std::data(std::declval<C>()))>;

template <class C, class = void> struct is_memory : std::false_type {};
template <class C>
struct is_memory<C, std::void_t<element<C>, decltype(std::size(std::declval<C>()))>>
    : std::bool_constant<std::is_trivially_copyable_v<std::remove_const_t<element<C>>>> {};

template <class C, class = void> struct is_writable : std::false_type {};
template <class C>
struct is_writable<C, std::enable_if_t<is_memory<C>::value>> : std::bool_constant<!std::is_const_v<element<C>>> {};

} // namespace detail

/// Memory to receive into: from a vector, array, string, std::span or C array of any trivially copyable type.
class mutable_buffer {
public:
    constexpr mutable_buffer() noexcept = default;
    constexpr mutable_buffer(void *data, std::size_t size) noexcept : piece_{data, size} {}
    template <class C, class = std::enable_if_t<detail::is_writable<C &>::value>>
    constexpr mutable_buffer(C &&memory) noexcept
        : piece_{std::data(memory), std::size(memory) * sizeof(detail::element<C &>)}
    {
    }
    constexpr void *data() const noexcept { return piece_.base; }
    constexpr std::size_t size() const noexcept { return piece_.len; } ///< In bytes.

private:
    sock_iovec piece_{nullptr, 0}; // the only member, so that an array of these is one of sock_iovec
};

/// Memory to send: from a string_view, vector, array, std::span or array of any trivially copyable type. A string
/// literal goes without its NUL.
class const_buffer {
public:
    constexpr const_buffer() noexcept = default;
    constexpr const_buffer(const void *data, std::size_t size) noexcept : piece_{const_cast<void *>(data), size} {}
    constexpr const_buffer(mutable_buffer memory) noexcept : const_buffer(memory.data(), memory.size()) {}
    template <std::size_t N> constexpr const_buffer(const char (&literal)[N]) noexcept : const_buffer(literal, N - 1) {}
    /// Which part of a char array is meant? Say `{array, length}` or use a std::string_view.
    template <std::size_t N> const_buffer(char (&)[N]) = delete;
    template <class C, class = std::enable_if_t<detail::is_memory<const C &>::value>>
    constexpr const_buffer(const C &memory) noexcept
        : const_buffer(std::data(memory), std::size(memory) * sizeof(detail::element<const C &>))
    {
    }
    constexpr const void *data() const noexcept { return piece_.base; }
    constexpr std::size_t size() const noexcept { return piece_.len; } ///< In bytes.

private:
    sock_iovec piece_{nullptr, 0}; // the only member, as above
};

/// Several elements that lie one after the other: `{a, b}`, or a vector, array or std::span of them. For one call only.
template <class T> class list_of {
public:
    constexpr list_of(std::initializer_list<T> items) noexcept : data_(std::data(items)), size_(items.size()) {}
    template <class C, class Data = decltype(std::data(std::declval<const C &>())),
              class = std::enable_if_t<std::is_convertible_v<Data, const T *>>>
    constexpr list_of(const C &items) noexcept : data_(std::data(items)), size_(std::size(items))
    {
    }
    constexpr list_of(const T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    constexpr const T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }

private:
    const T *data_;
    std::size_t size_;
};

namespace detail {

inline const sock_iovec *pieces(list_of<const_buffer> of) noexcept
{
    return reinterpret_cast<const sock_iovec *>(of.data());
}
inline const sock_iovec *pieces(list_of<mutable_buffer> of) noexcept
{
    return reinterpret_cast<const sock_iovec *>(of.data());
}
static_assert(sizeof(const_buffer) == sizeof(sock_iovec) && sizeof(mutable_buffer) == sizeof(sock_iovec));
static_assert(std::is_standard_layout_v<const_buffer> && std::is_standard_layout_v<mutable_buffer>);

/// Text for a parameter `const char *`, ended by a NUL. ok() is false if it has a NUL inside.
class c_text {
public:
    c_text(std::string_view text) : text_(text), ok_(text.find('\0') == text.npos) {}
    bool ok() const noexcept { return ok_; }
    const char *get() const noexcept { return text_.c_str(); }

private:
    std::string text_;
    bool ok_;
};

inline failure nul_inside() noexcept { return failure(-EINVAL, 0, "a text must not contain a NUL"); }

/// Calls `copy(buf, cap)`, which follows snprintf(3), until everything fits.
template <class Errors, class Copy> result_of<Errors, std::string> text(Copy &&copy)
{
    std::string out(256, '\0');
    std::int64_t length = copy(&out[0], out.size());
    while (length >= static_cast<std::int64_t>(out.size())) {
        out.resize(static_cast<std::size_t>(length) + 1);
        length = copy(&out[0], out.size());
    }
    return Errors::template make<std::string>(length, [&] {
        out.resize(static_cast<std::size_t>(length));
        return std::move(out);
    });
}

/// Calls `fill(array, cap)`, which returns the full count, until everything fits.
template <class Errors, class List, class Fill>
result_of<Errors, List> list(std::size_t first, Fill &&fill)
{
    List out(first);
    std::int64_t count = fill(out.data(), out.size());
    while (count > static_cast<std::int64_t>(out.size())) {
        out.resize(static_cast<std::size_t>(count));
        count = fill(out.data(), out.size());
    }
    return Errors::template make<List>(count, [&] {
        out.resize(static_cast<std::size_t>(count));
        return std::move(out);
    });
}

} // namespace detail

} // namespace sock

#endif

// libsock for C++: addresses of any family.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_ADDRESS_HPP
#define SOCK_ADDRESS_HPP

#include <functional>
#include <ostream>
#include <string>
#include <string_view>

#include "buffer.hpp"
#include "error.hpp"

namespace sock {

/// A socket address of any family: a value that owns nothing. sock/family.hpp has a type with named fields for each
/// family beyond IP and AF_UNIX, which converts to this.
class address {
public:
    /// The empty address, which results when the kernel names none.
    address() noexcept = default;
    explicit address(const sock_addr &of) noexcept : addr_(of) {}

    /// A numeric host and a port, of AF_INET or AF_INET6. "" is 0.0.0.0; IPv6 may have a zone: "fe80::1%eth0".
    /// Fails with EINVAL for a host that is not numeric and a port beyond 65535.
    template <class Errors = exceptions> static result_of<Errors, address> ip(std::string_view host, std::int64_t port)
    {
        return named<Errors>(host, [&](const char *text, sock_addr *out) { return sock_addr_ip(text, port, out); });
    }
    /// All fields of an AF_INET6 address.
    template <class Errors = exceptions>
    static result_of<Errors, address> ip6(std::string_view host, std::int64_t port, std::int64_t flowinfo = 0,
                                          std::int64_t scope_id = 0)
    {
        return named<Errors>(host, [&](const char *text, sock_addr *out) {
            return sock_addr_ip6(text, port, flowinfo, scope_id, out);
        });
    }
    /// An AF_UNIX path; or, with a NUL at its beginning, an abstract name, all bytes of which count.
    template <class Errors = exceptions> static result_of<Errors, address> local(std::string_view name)
    {
        return make<Errors>([&](sock_addr *out) { return sock_addr_unix(name.data(), name.size(), out); });
    }
    /// From the text form: "192.0.2.1:80", "[::1]:80", "unix:/run/x", "unix:@name", "vsock:3:1024" (see sock.h).
    template <class Errors = exceptions> static result_of<Errors, address> parse(std::string_view form)
    {
        return named<Errors>(form, sock_addr_parse);
    }
    /// From a `struct sockaddr` of any family.
    template <class Errors = exceptions>
    static result_of<Errors, address> from_native(const void *sockaddr, std::size_t length)
    {
        return make<Errors>([&](sock_addr *out) { return sock_addr_from_native(sockaddr, length, out); });
    }

    int family() const noexcept { return sock_addr_family(&addr_); } ///< AF_INET ...; AF_UNSPEC if empty.
    bool empty() const noexcept { return addr_.len == 0; }
    /// The text form, which parse() reads back.
    std::string to_string() const
    {
        return detail::text<exceptions>([&](char *out, std::size_t cap) { return sock_addr_format(&addr_, out, cap); });
    }

    /// The host of an IP address, without zone. Throws EAFNOSUPPORT for other families, as do the next three.
    std::string host() const
    {
        return detail::text<exceptions>([&](char *out, std::size_t cap) {
            return sock_addr_get_ip(&addr_, out, cap, nullptr, nullptr, nullptr);
        });
    }
    int port() const { return static_cast<int>(ip_field(0)); }
    std::int64_t flowinfo() const { return ip_field(1); }
    std::int64_t scope_id() const { return ip_field(2); }
    /// The path or abstract name of an AF_UNIX address, as for local(). Throws EAFNOSUPPORT for other families.
    std::string name() const
    {
        return detail::text<exceptions>([&](char *out, std::size_t cap) { return sock_addr_get_unix(&addr_, out, cap); });
    }

    const sock_addr *get() const noexcept { return &addr_; } ///< For calls of sock.h.
    sock_addr *get() noexcept { return &addr_; }
    const void *native() const noexcept { return addr_.native; } ///< The `struct sockaddr`,
    std::size_t native_size() const noexcept { return addr_.len; } ///< and its length.

    friend bool operator==(const address &one, const address &other) noexcept
    {
        return sock_addr_equal(&one.addr_, &other.addr_) == 1;
    }
    friend bool operator!=(const address &one, const address &other) noexcept { return !(one == other); }
    friend std::ostream &operator<<(std::ostream &out, const address &of) { return out << of.to_string(); }

    /// `fill(sock_addr *)`: a constructor of sock.h.
    template <class Errors = exceptions, class Fill> static result_of<Errors, address> make(Fill &&fill)
    {
        address out;
        const std::int64_t code = fill(&out.addr_);
        return Errors::template make<address>(code, [&] { return out; });
    }
    /// `fill(const char *, sock_addr *)`: the same with a text, which must not contain a NUL.
    template <class Errors = exceptions, class Fill>
    static result_of<Errors, address> named(std::string_view text, Fill &&fill)
    {
        const detail::c_text ended(text);
        if (!ended.ok())
            return Errors::template fail<address>(detail::nul_inside());
        return make<Errors>([&](sock_addr *out) { return fill(ended.get(), out); });
    }

private:
    std::int64_t ip_field(int which) const
    {
        std::int64_t fields[3];
        exceptions::done(sock_addr_get_ip(&addr_, nullptr, 0, &fields[0], &fields[1], &fields[2]));
        return fields[which];
    }

    sock_addr addr_{};
};

} // namespace sock

template <> struct std::hash<sock::address> {
    std::size_t operator()(const sock::address &of) const { return std::hash<std::string>()(of.to_string()); }
};

#endif

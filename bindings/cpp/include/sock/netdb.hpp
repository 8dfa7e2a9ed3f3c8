// libsock for C++: what this machine knows without asking the network, constants, versions, and the interrupt hook.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_NETDB_HPP
#define SOCK_NETDB_HPP

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "address.hpp"
#include "buffer.hpp"
#include "error.hpp"

namespace sock {

/// A network interface.
struct interface {
    std::uint32_t index = 0;
    std::string name;
};

/// An address of a network interface. The last three are empty if there is none.
struct interface_address {
    std::uint32_t index = 0;
    std::uint32_t flags = 0; ///< IFF_UP, IFF_LOOPBACK ...
    std::string name;
    sock::address address;   ///< AF_INET, AF_INET6, or AF_PACKET for the link itself.
    sock::address netmask;
    sock::address broadcast; ///< Or the other end, with IFF_POINTOPOINT.
};

/// All network interfaces.
template <class Errors = exceptions> result_of<Errors, std::vector<interface>> if_nameindex()
{
    std::vector<sock_interface> all(16);
    std::int64_t count;
    while ((count = sock_if_nameindex(all.data(), all.size())) > static_cast<std::int64_t>(all.size()))
        all.resize(static_cast<std::size_t>(count));
    return Errors::template make<std::vector<interface>>(count, [&] {
        std::vector<interface> out;
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); i++)
            out.push_back({all[i].index, all[i].name});
        return out;
    });
}

/// All addresses of all network interfaces.
template <class Errors = exceptions> result_of<Errors, std::vector<interface_address>> getifaddrs()
{
    std::vector<sock_interface_addr> all(32);
    std::int64_t count;
    while ((count = sock_getifaddrs(all.data(), all.size())) > static_cast<std::int64_t>(all.size()))
        all.resize(static_cast<std::size_t>(count));
    return Errors::template make<std::vector<interface_address>>(count, [&] {
        std::vector<interface_address> out;
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); i++)
            out.push_back({all[i].index, all[i].flags, all[i].name, address(all[i].address), address(all[i].netmask),
                           address(all[i].broadcast)});
        return out;
    });
}

namespace detail {

/// Calls `call(text)`, with a text without a NUL, for a number.
template <class Errors, class T, class Call> result_of<Errors, T> number_of(std::string_view text, Call &&call)
{
    const c_text ended(text);
    if (!ended.ok())
        return Errors::template fail<T>(nul_inside());
    return Errors::template number<T>(call(ended.get()));
}

/// nullptr for "".
inline const char *or_null(const c_text &text) noexcept { return *text.get() ? text.get() : nullptr; }

} // namespace detail

/// The index of an interface. Fails with ENODEV.
template <class Errors = exceptions> result_of<Errors, std::uint32_t> if_nametoindex(std::string_view name)
{
    return detail::number_of<Errors, std::uint32_t>(name, sock_if_nametoindex);
}
/// The name of an interface. Fails with ENXIO.
template <class Errors = exceptions> result_of<Errors, std::string> if_indextoname(std::int64_t index)
{
    return detail::text<Errors>([&](char *out, std::size_t cap) { return sock_if_indextoname(index, out, cap); });
}

/// The port of a service: 443 for "https". `protocol`: "tcp", "udp" ..., or "" for any. Fails with ENOENT.
template <class Errors = exceptions>
result_of<Errors, int> getservbyname(std::string_view name, std::string_view protocol = "")
{
    const detail::c_text proto(protocol);
    if (!proto.ok())
        return Errors::template fail<int>(detail::nul_inside());
    return detail::number_of<Errors, int>(
        name, [&](const char *text) { return sock_getservbyname(text, detail::or_null(proto)); });
}
/// The service at a port. Fails with ENOENT.
template <class Errors = exceptions>
result_of<Errors, std::string> getservbyport(std::int64_t port, std::string_view protocol = "")
{
    const detail::c_text proto(protocol);
    if (!proto.ok())
        return Errors::template fail<std::string>(detail::nul_inside());
    return detail::text<Errors>([&](char *out, std::size_t cap) {
        return sock_getservbyport(port, detail::or_null(proto), out, cap);
    });
}
/// The number of a protocol: 6 for "tcp". Fails with ENOENT.
template <class Errors = exceptions> result_of<Errors, int> getprotobyname(std::string_view name)
{
    return detail::number_of<Errors, int>(name, sock_getprotobyname);
}

/// The name of this machine.
template <class Errors = exceptions> result_of<Errors, std::string> gethostname()
{
    return detail::text<Errors>(sock_gethostname);
}

/// Whether an IPv6 socket can also serve IPv4 on this machine.
inline bool has_dualstack_ipv6() noexcept { return sock_has_dualstack_ipv6() == 1; }

/// A constant of the socket interface by name, if this platform has it. C++ programs mostly use the system's headers.
inline std::optional<std::int64_t> constant(std::string_view name)
{
    std::int64_t value = 0;
    const detail::c_text text(name);
    return text.ok() && sock_constant_find(text.get(), &value) == 0 ? std::optional(value) : std::nullopt;
}

/// All constants with a number, sorted by name.
inline std::vector<std::pair<std::string_view, std::int64_t>> constants()
{
    std::vector<std::pair<std::string_view, std::int64_t>> out;
    const char *name;
    std::int64_t value;
    for (std::int64_t i = 0; i < sock_constant_count(); i++)
        if (sock_constant_at(i, &name, &value) == 0)
            out.emplace_back(name, value);
    return out;
}

/// The version of the running library: "0.1.0". SOCK_VERSION_NUMBER is that of the header.
inline std::string_view version() noexcept { return sock_version(); }

/// Runs a function in this thread whenever a signal interrupts a wait of libsock, as long as this object lives. A
/// negative result, a code of sock.h such as -EINTR, ends the call with that error. The function must not throw. A thread
/// has one hook: make and end it in the same thread.
class interrupt_hook {
public:
    explicit interrupt_hook(std::function<int()> hook) : hook_(std::move(hook))
    {
        exceptions::done(sock_set_interrupt(run, this));
    }
    interrupt_hook(const interrupt_hook &) = delete;
    interrupt_hook &operator=(const interrupt_hook &) = delete;
    ~interrupt_hook() { sock_set_interrupt(nullptr, nullptr); }

private:
    static int run(void *self) noexcept { return static_cast<interrupt_hook *>(self)->hook_(); }
    std::function<int()> hook_;
};

} // namespace sock

#endif

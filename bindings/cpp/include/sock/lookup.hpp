// libsock for C++: from hosts and services to addresses, and back.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_LOOKUP_HPP
#define SOCK_LOOKUP_HPP

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "address.hpp"
#include "buffer.hpp"
#include "error.hpp"
#include "handle.hpp"
#include "time.hpp"

namespace sock {

/// A port for lookups: a number, or the name of a service ("https"). Numbers out of range are rejected by the call.
class service {
public:
    template <class Number, class = std::enable_if_t<std::is_integral_v<Number>>>
    service(Number port) : text_(std::to_string(port))
    {
    }
    service(std::string_view name) : text_(name) {}
    service(const char *name) : text_(std::string_view(name)) {}
    service(const std::string &name) : text_(std::string_view(name)) {}

    bool ok() const noexcept { return text_.ok(); }
    const char *get() const noexcept { return text_.get(); }

private:
    detail::c_text text_;
};

/// What to look up, and its limits.
struct lookup_options {
    int family = 0;                 ///< AF_INET, AF_INET6, or 0 for both.
    int type = 0;                   ///< SOCK_STREAM ..., or 0 for all.
    int protocol = 0;               ///< IPPROTO_TCP ..., or 0 for all.
    int flags = 0;                  ///< AI_PASSIVE, AI_CANONNAME ...
    std::optional<limit> timeout{}; ///< From now; without one, the default timeout.
    deadline until{};
    cancel_ref cancel{};

    sock_addrinfo_options native() const noexcept
    {
        sock_addrinfo_options out{};
        out.size = sizeof out;
        out.family = family;
        out.type = type;
        out.proto = protocol;
        out.flags = flags;
        out.timeout_ns = detail::option_limit(timeout);
        out.deadline_ns = detail::option_deadline(until);
        out.cancel = cancel.number();
        return out;
    }
};

/// One result of a lookup.
struct addrinfo {
    int family = 0;
    int type = 0;
    int protocol = 0;
    sock::address address;  ///< With the port that was asked for.
    std::string canonical;  ///< The official name, in the first result, with AI_CANONNAME.
};

/// The names of a host.
struct host_names {
    std::string name;
    std::vector<std::string> aliases;
    std::vector<address> addresses;
};

namespace detail {

/// Copies a list of sock.h and closes it.
inline std::vector<addrinfo> addresses(const owner<handle_ref> &list)
{
    const auto count = exceptions::number<std::int64_t>(sock_addrinfo_list_count(list.number()));
    std::vector<addrinfo> out;
    for (std::int64_t i = 0; i < count; i++) {
        sock_addrinfo item;
        exceptions::done(sock_addrinfo_list_at(list.number(), i, &item));
        const std::string canonical = text<exceptions>(
            [&](char *to, std::size_t cap) { return sock_addrinfo_list_canonname(list.number(), i, to, cap); });
        out.push_back({item.family, item.type, item.proto, address(item.address), canonical});
    }
    return out;
}

inline host_names names(const owner<handle_ref> &list)
{
    host_names out;
    for (addrinfo &item : addresses(list)) {
        if (out.name.empty())
            out.name = std::move(item.canonical);
        out.addresses.push_back(item.address);
    }
    const auto count = exceptions::number<std::int64_t>(sock_addrinfo_list_alias_count(list.number()));
    for (std::int64_t i = 0; i < count; i++)
        out.aliases.push_back(text<exceptions>(
            [&](char *to, std::size_t cap) { return sock_addrinfo_list_alias(list.number(), i, to, cap); }));
    return out;
}

/// The host of a lookup: nullptr for none.
class host_text {
public:
    explicit host_text(const std::optional<std::string_view> &host) : text_(host.value_or("")), given_(host) {}
    bool ok() const noexcept { return text_.ok(); }
    const char *get() const noexcept { return given_ ? text_.get() : nullptr; }

private:
    c_text text_;
    bool given_;
};

} // namespace detail

/// A host for calls where none means the wildcard or this machine: std::nullopt.
using host = std::optional<std::string_view>;

/// Finds all addresses of a host and a service, in the resolver's order. Throws resolver_error for unknown names.
template <class Errors = exceptions>
result_of<Errors, std::vector<addrinfo>> getaddrinfo(const host &name, const service &port, const lookup_options &how = {})
{
    const detail::host_text text(name);
    if (!text.ok() || !port.ok())
        return Errors::template fail<std::vector<addrinfo>>(detail::nul_inside());
    const auto native = how.native();
    const owner<handle_ref> list(sock_getaddrinfo(text.get(), port.get(), &native));
    return Errors::template make<std::vector<addrinfo>>(list.number(), [&] { return detail::addresses(list); });
}

/// Finds the first address of a host and a port, as bind, connect and send_to need it.
template <class Errors = exceptions>
result_of<Errors, address> resolve(std::string_view name, const service &port, int family = 0, limit within = forever)
{
    if (!port.ok())
        return Errors::template fail<address>(detail::nul_inside());
    return address::named<Errors>(name, [&](const char *text, sock_addr *out) {
        return sock_resolve(text, port.get(), family, within.ns(), out);
    });
}

/// Finds the host and the service of an address. `flags`: NI_NUMERICHOST ...
template <class Errors = exceptions>
result_of<Errors, std::pair<std::string, std::string>> getnameinfo(const address &of, int flags = 0, limit within = forever)
{
    char name[1025], port[32];
    const int code = sock_getnameinfo(of.get(), flags, name, sizeof name, port, sizeof port, within.ns());
    return Errors::template make<std::pair<std::string, std::string>>(
        code, [&] { return std::pair(std::string(name), std::string(port)); });
}

/// Finds the official name, the other names and all IPv4 addresses of a host.
template <class Errors = exceptions>
result_of<Errors, host_names> gethostbyname(std::string_view name, limit within = forever)
{
    const detail::c_text text(name);
    if (!text.ok())
        return Errors::template fail<host_names>(detail::nul_inside());
    const owner<handle_ref> list(sock_gethostbyname_ex(text.get(), within.ns()));
    return Errors::template make<host_names>(list.number(), [&] { return detail::names(list); });
}

/// Finds the names of an address, given as text.
template <class Errors = exceptions>
result_of<Errors, host_names> gethostbyaddr(std::string_view addr, limit within = forever)
{
    const detail::c_text text(addr);
    if (!text.ok())
        return Errors::template fail<host_names>(detail::nul_inside());
    const owner<handle_ref> list(sock_gethostbyaddr(text.get(), within.ns()));
    return Errors::template make<host_names>(list.number(), [&] { return detail::names(list); });
}

/// Finds the full name of a host; "" is this machine.
template <class Errors = exceptions>
result_of<Errors, std::string> getfqdn(std::string_view name = "", limit within = forever)
{
    const detail::c_text given(name);
    if (!given.ok())
        return Errors::template fail<std::string>(detail::nul_inside());
    return detail::text<Errors>(
        [&](char *out, std::size_t cap) { return sock_getfqdn(given.get(), within.ns(), out, cap); });
}

/// What an event loop waits for: fileno() is readable, or a poller reports it, when step() is due.
class operation_ref : public handle_ref {
public:
    using handle_ref::handle_ref;
    int fileno() const { return exceptions::number<int>(sock_fileno(number_)); } ///< Still owned by the operation.
    void set_cancel(cancel_ref token) const { exceptions::done(sock_setcancel(number_, token.number())); }
    void set_deadline(deadline at) const { exceptions::done(sock_setdeadline(number_, SOCK_READ, at.ns())); }
};

/// A lookup that does not wait, for event loops; its end cancels it.
class lookup : public owner<operation_ref> {
public:
    lookup(const host &name, const service &port, const lookup_options &how = {}) : owner(start(name, port, how)) {}

    /// Nothing while the lookup is in progress; then, once, what getaddrinfo returns.
    template <class Errors = exceptions> result_of<Errors, std::optional<std::vector<addrinfo>>> step() const
    {
        const owner<handle_ref> list(sock_getaddrinfo_step(number()));
        return Errors::template make<std::optional<std::vector<addrinfo>>>(list.number(), [&] {
            return list ? std::optional(detail::addresses(list)) : std::nullopt;
        });
    }

private:
    static sock_op_t start(const host &name, const service &port, const lookup_options &how)
    {
        const detail::host_text text(name);
        if (!text.ok() || !port.ok())
            exceptions::fail<void>(detail::nul_inside());
        const auto native = how.native();
        return exceptions::number<sock_op_t>(sock_getaddrinfo_start(text.get(), port.get(), &native));
    }
};

} // namespace sock

#endif

// Every number of the binding has its value from libsock's table, under its name there.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#include <netdb.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

#include <algorithm>

#include "check.hpp"

using namespace check;

template <class T> static void same(const char *name, T ours)
{
    const auto theirs = sock::constant(name);
    if (!theirs)
        throw failed(std::string(name) + " is not in the table");
    if (*theirs != static_cast<std::int64_t>(ours))
        throw failed(std::string(name) + " is " + std::to_string(*theirs) + " in the table");
}

TEST(constants)
{
    using sock::direction, sock::errc, sock::mptcp, sock::phase, sock::poll;
    same("SOCK_FOREVER", sock::forever.ns());
    same("SOCK_READ", direction::read);
    same("SOCK_WRITE", direction::write);
    same("SOCK_ECLOSED", errc::closed);
    same("SOCK_ECANCELED", errc::canceled);
    same("SOCK_ETIMEDOUT", errc::timed_out);
    same("SOCK_EPANIC", errc::panic);
    same("SOCK_EEOF", errc::end_of_stream);
    same("SOCK_EAI_BADFLAGS", errc::bad_flags);
    same("SOCK_EAI_NONAME", errc::no_name);
    same("SOCK_EAI_AGAIN", errc::try_again);
    same("SOCK_EAI_FAIL", errc::resolver_failed);
    same("SOCK_EAI_NODATA", errc::no_data);
    same("SOCK_EAI_FAMILY", errc::bad_family);
    same("SOCK_EAI_SERVICE", errc::bad_service);
    same("SOCK_POLL_IN", poll::in);
    same("SOCK_POLL_OUT", poll::out);
    same("SOCK_POLL_PRI", poll::pri);
    same("SOCK_POLL_ERR", poll::err);
    same("SOCK_POLL_HUP", poll::hup);
    same("SOCK_POLL_RDHUP", poll::rdhup);
    same("SOCK_POLL_WAKE", poll::wake);
    same("SOCK_POLL_TIMER", poll::timer);
    same("SOCK_POLL_EDGE", poll::edge);
    same("SOCK_POLL_ONESHOT", poll::oneshot);
    same("SOCK_POLL_EXCLUSIVE", poll::exclusive);
    same("SOCK_PHASE_LOOKUP", phase::lookup);
    same("SOCK_PHASE_SOCKET", phase::socket);
    same("SOCK_PHASE_BIND", phase::bind);
    same("SOCK_PHASE_CONNECT", phase::connect);
    same("SOCK_PHASE_CONNECTED", phase::connected);
    same("SOCK_MPTCP_NONE", mptcp::none);
    same("SOCK_MPTCP_ASKED", mptcp::asked);
    same("SOCK_MPTCP_ACTIVE", mptcp::active);
    same("SOCK_MPTCP_FALLBACK", mptcp::fallback);
    // And some of the system's, which C++ programs take from its headers.
    same("AF_INET6", AF_INET6);
    same("SOCK_SEQPACKET", SOCK_SEQPACKET);
    same("SO_REUSEADDR", SO_REUSEADDR);
    same("TCP_NODELAY", TCP_NODELAY);
    same("UDP_SEGMENT", UDP_SEGMENT);
    same("MSG_TRUNC", MSG_TRUNC);
    same("AI_PASSIVE", AI_PASSIVE);

    const auto all = sock::constants();
    CHECK(all.size() > 1000);
    CHECK(std::is_sorted(all.begin(), all.end()));
    CHECK(!sock::constant("NO_SUCH_CONSTANT") && !sock::constant(std::string_view("AF_INET\0", 8)));
}

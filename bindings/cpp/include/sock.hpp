// libsock for C++17 and later: sockets with deadlines, cancel tokens, and a close that wakes.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Header-only over sock.h: every call is one call of the C library, which decides everything. Link with -lsock, or
// with the CMake target libsock::cpp. This file includes all parts; each can be included by itself.
//
//     sock::socket server = sock::create_server("localhost", 0);
//     sock::socket client = sock::create_connection("localhost", server.local_address().port());
//     client.set_timeout(5s);
//     client.send_all("hello");
//
// Types own what they name and close it: socket, poller, timer, cancel_token, descriptor, control. Their references
// (socket_ref, poller_ref, cancel_ref) are numbers to copy into other threads. Calls throw a sock::error, or return a
// sock::result where `as_results()` or `<sock::results>` asks for it. Buffers are made from strings, vectors, arrays and
// spans; times from std::chrono.
#ifndef SOCK_HPP
#define SOCK_HPP

#include "sock/address.hpp"
#include "sock/batch.hpp"
#include "sock/buffer.hpp"
#include "sock/connection.hpp"
#include "sock/control.hpp"
#include "sock/error.hpp"
#include "sock/family.hpp"
#include "sock/handle.hpp"
#include "sock/lookup.hpp"
#include "sock/message.hpp"
#include "sock/netdb.hpp"
#include "sock/option.hpp"
#include "sock/poller.hpp"
#include "sock/socket.hpp"
#include "sock/stream.hpp"
#include "sock/time.hpp"
#include "sock/transfer.hpp"

#endif

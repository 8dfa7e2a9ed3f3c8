// The same calls through sock.hpp and by hand: the compiler must make the same machine code of them. `ctests/run cpp`
// compares the functions cpp_NAME and c_NAME.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sock.hpp>

extern "C" {

#if defined(__GNUC__)
__attribute__((cold, noreturn))
#endif
void bad(std::int64_t code);

std::size_t cpp_send(const sock::socket &s, const char *data, std::size_t size) { return s.send({data, size}); }
std::size_t c_send(const sock_t &s, const char *data, std::size_t size)
{
    const std::int64_t count = sock_send(s, data, size, 0);
    if (count < 0)
        bad(count);
    return static_cast<std::size_t>(count);
}

std::size_t cpp_recv(const sock::socket &s, char *data, std::size_t size) { return s.recv({data, size}); }
std::size_t c_recv(const sock_t &s, char *data, std::size_t size)
{
    const std::int64_t count = sock_recv(s, data, size, 0);
    if (count < 0)
        bad(count);
    return static_cast<std::size_t>(count);
}

} // extern "C"

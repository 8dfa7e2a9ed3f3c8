// libsock for C++: lines and blocks over a socket: std::iostream, and the library's own buffered streams.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_STREAM_HPP
#define SOCK_STREAM_HPP

#include <cstring>
#include <istream>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "socket.hpp"

namespace sock {

/// A stream buffer over a stream socket, which it does not own: transfers obey the socket's timeout, deadlines and
/// token. A failure sets badbit of the std::istream or std::ostream, or is thrown if its exceptions() has badbit; why()
/// keeps it. (With -fno-exceptions, it looks like the end of the stream.) Nothing is lost: after clear(), reading goes on
/// where it was, and the next flush sends what is still unsent. Reading flushes first.
class streambuf : public std::streambuf {
public:
    /// `size`: of each of the two buffers, in bytes.
    explicit streambuf(socket_ref over, std::size_t size = 8192)
        : socket_(over), in_(size ? size : 1), out_(size ? size : 1)
    {
        setg(in_.data(), in_.data(), in_.data());
        setp(out_.data(), out_.data() + out_.size());
    }
    streambuf(const streambuf &) = delete;
    streambuf &operator=(const streambuf &) = delete;
    /// Sends what is left, under the socket's limits.
    ~streambuf() override
    {
        if (pptr() != pbase())
            sock_sendall(socket_.number(), pbase(), static_cast<std::size_t>(pptr() - pbase()), 0, nullptr);
    }

    /// The last failure, if any.
    const std::optional<failure> &why() const noexcept { return why_; }

protected:
    int_type underflow() override
    {
        if (gptr() != egptr())
            return traits_type::to_int_type(*gptr());
        if (!flush())
            return traits_type::eof();
        const std::int64_t count = sock_recv(socket_.number(), in_.data(), in_.size(), 0);
        if (!check(count, 0))
            return traits_type::eof();
        setg(in_.data(), in_.data(), in_.data() + count);
        return count == 0 ? traits_type::eof() : traits_type::to_int_type(in_[0]);
    }
    int_type overflow(int_type c) override
    {
        if (!flush())
            return traits_type::eof();
        if (!traits_type::eq_int_type(c, traits_type::eof()))
            sputc(traits_type::to_char_type(c));
        return traits_type::not_eof(c);
    }
    int sync() override
    {
        return flush() ? 0 : -1;
    }

private:
    /// Both return whether all went well, and throw if the language has exceptions.
    bool flush()
    {
        const auto size = static_cast<std::size_t>(pptr() - pbase());
        if (size == 0)
            return true;
        std::size_t sent = 0;
        const int code = sock_sendall(socket_.number(), pbase(), size, 0, &sent);
        std::memmove(out_.data(), out_.data() + sent, size - sent);
        setp(out_.data(), out_.data() + out_.size());
        pbump(static_cast<int>(size - sent));
        return check(code, sent);
    }
    bool check(std::int64_t code, std::size_t transferred)
    {
        if (code < 0) {
            why_ = failure(code, transferred);
#if defined(__cpp_exceptions)
            exceptions::done(code, transferred);
#endif
        }
        return code >= 0;
    }

    socket_ref socket_;
    std::vector<char> in_, out_;
    std::optional<failure> why_;
};

/// A std::iostream over a socket that it owns:
///
///     sock::iostream web(sock::create_connection("localhost", 80));
///     web << "GET / HTTP/1.0\r\n\r\n" << std::flush;
///     for (std::string line; std::getline(web, line);) ...
class iostream : public std::iostream {
public:
    explicit iostream(sock::socket over, std::size_t size = 8192)
        : std::iostream(nullptr), socket_(std::move(over)), buffer_(socket_, size)
    {
        init(&buffer_);
    }
    const sock::socket &socket() const noexcept { return socket_; } ///< For timeouts and deadlines.
    const std::optional<sock::failure> &why() const noexcept { return buffer_.why(); } ///< The last failure, if any.

private:
    sock::socket socket_;
    streambuf buffer_;
};

/// A buffered stream of the library, of somebody else.
template <class Errors> class basic_buffered_ref : public handle_ref {
    template <class T> using r = result_of<Errors, T>;

public:
    using handle_ref::handle_ref;

    basic_buffered_ref<results> as_results() const noexcept { return basic_buffered_ref<results>(number_); }

    /// Reads the available bytes, and waits only if there are none. Returns 0 at the end of the stream.
    r<std::size_t> read(mutable_buffer into) const
    {
        return Errors::template number<std::size_t>(sock_stream_read(number_, into.data(), into.size()));
    }
    /// Fills the buffer; a failure has transferred(), and no byte is lost.
    r<void> read_exact(mutable_buffer into) const
    {
        std::size_t received = 0;
        const int code = sock_stream_read_exact(number_, into.data(), into.size(), &received);
        return Errors::done(code, received);
    }
    /// Reads a line with its newline, of at most `most` bytes; "" at the end of the stream. A failure consumes nothing.
    r<std::string> read_line(std::size_t most = 65536) const
    {
        return read_text(most, [&](char *out) { return sock_stream_readline(number_, out, most); });
    }
    /// Reads up to and including a delimiter, at most `most` bytes: EMSGSIZE if it is not among them.
    r<std::string> read_until(std::string_view mark, std::size_t most = 65536) const
    {
        return read_text(
            most, [&](char *out) { return sock_stream_read_until(number_, mark.data(), mark.size(), out, most); });
    }
    /// Writes to the buffer if the bytes fit, else to the socket; a failure has transferred().
    r<void> write(const_buffer data) const
    {
        std::size_t written = 0;
        const int code = sock_stream_write(number_, data.data(), data.size(), &written);
        return Errors::done(code, written);
    }
    /// Sends the written bytes; those that cannot be sent stay for the next flush.
    r<void> flush() const { return Errors::done(sock_stream_flush(number_)); }
    /// Bytes received and not read (direction::read), or written and not sent.
    r<std::size_t> buffered(direction of) const
    {
        return Errors::template number<std::size_t>(sock_stream_buffered(number_, static_cast<int>(of)));
    }
    /// Sends what was written and closes the stream, but not its socket. Harmless when repeated.
    r<void> close() const
    {
        const int code = sock_close(number_);
        return Errors::done(code == -EBADF ? 0 : code);
    }

private:
    template <class Read> static r<std::string> read_text(std::size_t most, Read &&read)
    {
        std::string out(most, '\0');
        const std::int64_t count = read(&out[0]);
        return Errors::template make<std::string>(count, [&] {
            out.resize(static_cast<std::size_t>(count));
            return std::move(out);
        });
    }
};

using buffered_ref = basic_buffered_ref<exceptions>;

/// Lines and blocks over a stream socket, which it does not own and which must outlive what it is to send. After a
/// timeout it goes on: the received part of a line stays for the next read.
class buffered_stream : public owner<buffered_ref> {
public:
    /// `capacity`: of each buffer, in bytes; 0 for the usual 8192.
    explicit buffered_stream(socket_ref over, std::size_t capacity = 0)
        : owner(exceptions::number<sock_stream_t>(sock_stream_new(over.number(), capacity)))
    {
    }
};

} // namespace sock

#endif

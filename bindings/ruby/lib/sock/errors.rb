# frozen_string_literal: true

module Sock
  # In every exception of libsock, beside Ruby's own class: `rescue Sock::Error` catches them all.
  module Error
    # The code: a negative errno, or one of libsock's (SOCK_ETIMEDOUT).
    attr_reader :code

    # How many bytes (or datagrams, of a batch) went before the failure; nil where that makes no sense.
    attr_reader :sent

    # What arrived before the failure: of recv_exact.
    attr_reader :partial

    # The attempts of a connection that failed, as Sock::Attempt.
    attr_reader :attempts

    # The name of the code: "ECONNREFUSED", "SOCK_ETIMEDOUT", "EAI_NONAME".
    def error_name = Sock.error_name(code)

    def timeout? = is_a?(Errno::ETIMEDOUT)
    def canceled? = is_a?(Errno::ECANCELED)
    def closed? = is_a?(ClosedError)
  end

  # A timeout or a deadline has passed. It is an Errno::ETIMEDOUT, as of Ruby's Socket.tcp.
  class TimeoutError < Errno::ETIMEDOUT; end

  # The socket's cancel token has fired.
  class CanceledError < Errno::ECANCELED; end

  # The socket was closed, before the call or during it: an IOError, as of Ruby's sockets.
  class ClosedError < IOError; end

  # A name could not be resolved: a SocketError, and Ruby 3.3's Socket::ResolutionError where there is one.
  class ResolverError < (defined?(::Socket::ResolutionError) ? ::Socket::ResolutionError : ::SocketError); end

  # The stream ended before all bytes had come.
  class EndOfStream < EOFError; end
end

# frozen_string_literal: true

module Sock
  # Every exception of libsock is one of Ruby's own classes, as Ruby's sockets raise it (Errno::ECONNREFUSED,
  # Errno::ETIMEDOUT, IOError, SocketError), and has this module too: `rescue Sock::Error` catches them all. Those that
  # libsock itself detects have a module of their own: `rescue Sock::TimeoutError`.
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
  end

  # In an Errno::ETIMEDOUT: a timeout or a deadline has passed.
  module TimeoutError
    include Error
  end

  # In an Errno::ECANCELED: the socket's cancel token has fired.
  module CanceledError
    include Error
  end

  # In an IOError: the socket was closed, before the call or during it.
  module ClosedError
    include Error
  end

  # In a SocketError (Socket::ResolutionError in Ruby 3.3): a name could not be resolved.
  module ResolverError
    include Error
  end

  # In an EOFError: the stream ended before all bytes had come.
  module EndOfStream
    include Error
  end
end

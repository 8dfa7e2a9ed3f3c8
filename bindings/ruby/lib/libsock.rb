# frozen_string_literal: true

# Ruby's socket library over libsock: Sock::TCPSocket and its family, with deadlines, cancel tokens and a close that
# ends the calls of other threads. See README.md.
require "socket" # for the values that both share: Addrinfo, Socket::Option, Socket::AncillaryData

require "forwardable"
require "io/nonblock"
require "ipaddr"
require "stringio"

module Sock
  VERSION = "0.1.0"
end

require_relative "sock/errors"
require "sock/sock"
require_relative "sock/constants"
require_relative "sock/names"
require_relative "sock/address"
require_relative "sock/cancel_token"
require_relative "sock/buffering"
require_relative "sock/basic_socket"
require_relative "sock/messages"
require_relative "sock/batch"
require_relative "sock/lookup"
require_relative "sock/inet"
require_relative "sock/unix"
require_relative "sock/socket"
require_relative "sock/poller"

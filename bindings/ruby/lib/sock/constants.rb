# frozen_string_literal: true

module Sock
  # Every constant of the platform's socket interface, with its value from libsock's table: AF_INET, SO_REUSEADDR ...
  module Constants
    Library.define_constants(self)
  end
end

# frozen_string_literal: true

module Sock
  # A one-way switch: once fired, every call on the sockets that it is attached to fails with CanceledError, the calls
  # that wait as well as later ones. One token serves any number of sockets and threads.
  class CancelToken
    def initialize
      open
      @sockets = ObjectSpace::WeakMap.new
      @fired = false
    end

    # Ends all calls. Firing twice is harmless.
    def fire
      fire_handle
      @fired = true
      wake
      self
    end

    def fired? = @fired

    # Fires the token and frees it: sockets then behave as if none were attached.
    def close
      close_handle
      @fired = true
      wake
      nil
    end

    # For the sockets: whose fibers to wake.
    def attached(socket) = @sockets[socket] = true

    private

    def wake
      @sockets.keys.each { |socket| socket.wake_fibers if socket.is_a?(BasicSocket) }
    end
  end
end

# frozen_string_literal: true

module Sock
  # Numbers of families, types and options, which may also be given by name as in Ruby's own library: :INET, "AF_INET".
  module Names
    LEVELS = { Constants::SOL_SOCKET => %w[SO], Constants::IPPROTO_IP => %w[IP], Constants::IPPROTO_IPV6 => %w[IPV6],
               Constants::IPPROTO_TCP => %w[TCP], Constants::IPPROTO_UDP => %w[UDP] }.freeze
    CONTROL = { Constants::SOL_SOCKET => %w[SCM], **LEVELS.except(Constants::SOL_SOCKET) }.freeze

    module_function

    def family(name) = find(name, "socket domain", %w[AF PF])
    def type(name) = find(name, "socket type", %w[SOCK])
    def protocol(name) = find(name, "protocol", %w[IPPROTO])
    def shutdown(name) = find(name, "shutdown argument", %w[SHUT])
    def control(level, name) = find(name, "control message type", CONTROL.fetch(level, []))

    def level(name, family = nil)
      prefixes = [Constants::AF_INET, Constants::AF_INET6, nil].include?(family) ? %w[SOL IPPROTO] : %w[SOL]
      find(name, "protocol level", prefixes)
    end

    def option(level, name)
      find(name, "socket level option name", LEVELS.fetch(level, []))
    end

    # Returns the number of `name`: an Integer, or a String or Symbol with or without one of the prefixes.
    def find(name, what, prefixes)
      return name if name.is_a?(Integer)

      text = name.is_a?(Symbol) ? name.name : String.try_convert(name)
      return Integer(name.to_int) if text.nil? && name.respond_to?(:to_int)
      raise TypeError, "#{what} must be a number or a name, not #{name.inspect}" unless text

      candidates = prefixes.map { |prefix| text.start_with?("#{prefix}_") ? text : "#{prefix}_#{text}" }
      found = candidates.lazy.filter_map { |each| Sock.constant(each) if each.match?(/\A\w+\z/) }.first
      found || raise(::SocketError, "unknown #{what}: #{text}")
    end
  end
end

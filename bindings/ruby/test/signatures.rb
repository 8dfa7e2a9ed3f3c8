# frozen_string_literal: true

# Compares the names in sig/libsock.rbs with the public methods: both ways. RBS itself need not be installed.
require "libsock"

types = Hash.new { |hash, key| hash[key] = [] }
current = nil
File.foreach(File.expand_path("../sig/libsock.rbs", __dir__)) do |line|
  case line
  when /^  (?:class|module) (\w+)/ then current = $1
  when /^  end/ then current = nil
  when /^ +(?:def|attr_reader|attr_writer|alias|def self\.)/
    kind = line.match?(/def self\./) ? :singleton : :instance
    name = line[/(?:def self\.|def |attr_reader |alias )([^ :(]+=?[?!]?)/, 1]
    types[[current || "Sock", kind]] << name.to_sym
  end
end

own = ObjectSpace.each_object(Module).select { |mod| mod.name&.match?(/\ASock::[A-Z]\w*\z/) }
skipped = %w[Constants Library Packed Names Event Datagram Attempt Lookup]
wrong = own.reject { |mod| skipped.include?(mod.name[6..]) }.flat_map do |mod|
  have = mod.public_instance_methods(false)
  said = types[[mod.name[6..], :instance]]
  unsaid = have - said - %i[initialize_copy wake_fibers attached]
  invented = said.reject { |name| name == :initialize || mod.method_defined?(name) }
  unsaid.map { |name| "#{mod}##{name} has no type" } + invented.map { |name| "#{mod}##{name} does not exist" }
end
invented = types[["Sock", :singleton]].reject { |name| Sock.respond_to?(name) }
wrong += invented.map { |name| "Sock.#{name} does not exist" }
puts wrong
exit(wrong.empty? && types.size > 8)

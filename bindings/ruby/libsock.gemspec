# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "libsock"
  spec.version = File.read(File.join(__dir__, "lib/libsock.rb"))[/VERSION = "(.*)"/, 1]
  spec.summary = "Ruby's socket library over libsock: deadlines, cancel tokens, a close that wakes"
  spec.authors = ["The libsock authors"]
  spec.licenses = ["MIT", "Apache-2.0"]
  spec.required_ruby_version = ">= 3.1"
  spec.files = Dir.chdir(__dir__) { Dir["lib/**/*.rb", "ext/**/*.{c,h,rb}", "sig/*.rbs", "README.md"] }
  spec.extensions = ["ext/sock/extconf.rb"]
end

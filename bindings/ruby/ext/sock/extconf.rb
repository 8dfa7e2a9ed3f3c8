# frozen_string_literal: true

# Finds libsock for the extension, in this order:
#   --with-libsock-tree=DIR   libsock's source tree: `make` builds the library, and the gem includes it
#   the tree around this file, likewise
#   pkg-config sock           an installed libsock; LIBSOCK_SYSTEM=1 insists on it
require "fileutils"
require "mkmf"

def tree
  return if ENV["LIBSOCK_SYSTEM"]

  around = File.expand_path("../../../..", __dir__)
  with_config("libsock-tree") || (around if File.exist?(File.join(around, "include/sock.h")))
end

if (source = tree)
  # The caller may hold make's job server, which a second make cannot use.
  ENV.delete("MAKEFLAGS")
  system("make", "-s", "-C", source, "all") || abort("libsock does not build in #{source}")
  $INCFLAGS << " -I#{source}/include"
  if with_config("libsock-tree")
    FileUtils.mkdir_p(bundle = File.expand_path("../../lib/sock", __dir__))
    FileUtils.cp("#{source}/target/release/libsock.so", "#{bundle}/libsock.so.0")
    $LDFLAGS << " -Wl,-rpath,'#{bundle}'"
  end
  $LDFLAGS << " -L#{source}/build/lib"
  $libs << " -lsock"
elsif !pkg_config("sock")
  abort("libsock is not installed: pkg-config does not find sock")
end

$CFLAGS << " -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Wno-declaration-after-statement"
have_header("sock.h") || abort("sock.h is missing")
create_makefile("sock/sock")

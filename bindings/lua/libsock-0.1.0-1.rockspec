rockspec_format = "3.0"
package = "libsock"
version = "0.1.0-1"
-- `luarocks make` in this directory builds from the checkout; nothing is downloaded.
source = { url = "git+file://." }
description = {
  summary = "Sockets with deadlines, cancel tokens and a close that wakes; LuaSocket's core in its place",
  license = "MIT OR Apache-2.0",
}
dependencies = { "lua >= 5.1, < 5.5" }
supported_platforms = { "linux" }
build = {
  type = "make",
  copy_directories = { "library" },
  build_variables = {
    LUA = "$(LUA)",
    LUA_INCDIR = "$(LUA_INCDIR)",
    CFLAGS = "$(CFLAGS)",
    LIBFLAG = "$(LIBFLAG)",
    CC = "$(CC)",
  },
  install_variables = {
    LUA = "$(LUA)",
    LUA_INCDIR = "$(LUA_INCDIR)",
    CFLAGS = "$(CFLAGS)",
    LIBFLAG = "$(LIBFLAG)",
    CC = "$(CC)",
    INST_LUADIR = "$(LUADIR)",
    INST_LIBDIR = "$(LIBDIR)",
  },
}

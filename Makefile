# libsock: build, check, install.
#
#   make                 the library: target/release/libsock.so and libsock.a
#   make test            Rust tests, C tests and examples
#   make check           the same, and sanitizers, valgrind, lints, gates and the rest
#   make test-vm         C tests and examples on a kernel with every address family, in qemu
#   make test-vm-cpython CPython's test_socket on libsock there
#   make check-cross     the C tests for aarch64, under qemu
#   make check-faults    scenarios under injected faults: system calls and allocations that fail
#   make check-long      the same, ten minutes of stress, and a short soak
#   make soak            1,000 connections for SOAK_SECONDS, an hour by default
#   make test-go         the Go binding's own tests, and golang.org/x/net/nettest
#   make test-python     the Python binding in a virtual environment, and its own tests
#   make test-cpython    CPython's own tests on libsock; CPYTHON_TESTS="core ssl ..." for more of them
#   make demo            an echo server and its clients, as processes of their own
#   make bench           figures beside the C library's
#   make bench-go        Go on libsock beside Go's package net
#   make bench-python    Python on libsock beside CPython's own _socket
#   make header          writes include/sock.h and include/sock.ffi.h from the sources
#   make install         DESTDIR, PREFIX, LIBDIR, INCLUDEDIR and the like are obeyed
#
# V=1 shows every command. PROFILE=debug builds without optimisation. CARGO, CC, CXX, CFLAGS,
# LDFLAGS, CARGOFLAGS and CARGO_TARGET_DIR are obeyed. Nothing outside target/ and build/ is written
# but by `header` and `install`.

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
ABI     := $(shell sed -n 's/^const ABI: &str = "\(.*\)";/\1/p' build.rs)

PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DOCDIR     ?= $(PREFIX)/share/doc/libsock
PCDIR      ?= $(LIBDIR)/pkgconfig
DESTDIR    ?=

CARGO   ?= cargo
PYTHON  ?= python3
INSTALL ?= install
PROFILE ?= release
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Werror -pedantic
CSTD    := -std=c11 -D_GNU_SOURCE

# Q hides the command, SAY names what it makes; V=1 turns both round.
ifeq ($(V),1)
Q   :=
SAY := @:
else
Q   := @
SAY := @printf '  %-7s %s\n'
endif

# The library ---------------------------------------------------------------------------------------

# TRIPLE is set by check-cross; a packager's cross build sets it too, with CC.
TRIPLE     ?=
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
LIB_OUT    := $(TARGET_DIR)/$(if $(TRIPLE),$(TRIPLE)/)$(PROFILE)
B          := build$(if $(TRIPLE),/$(TRIPLE))
CARGO_MODE := $(if $(filter release,$(PROFILE)),--release,$(if $(filter-out debug,$(PROFILE)),--profile $(PROFILE)))
SOURCES    := Cargo.toml Cargo.lock build.rs $(shell find src -name '*.rs')

all: $(B)/lib/libsock.so

# One cargo run makes both. `touch`, because cargo leaves a file that would not change as old as it is.
$(LIB_OUT)/libsock.so: $(SOURCES)
	$(SAY) CARGO $@
	$(Q)$(CARGO) build --locked --lib $(CARGO_MODE) $(if $(TRIPLE),--target $(TRIPLE)) $(CARGOFLAGS) $(if $(filter 1,$(V)),,--quiet)
	@touch $(LIB_OUT)/libsock.so $(LIB_OUT)/libsock.a

# The names that programs link with and run with, side by side as in an installation.
$(B)/lib/libsock.so: $(LIB_OUT)/libsock.so
	@mkdir -p $(B)/lib
	@ln -sf "$(abspath $<)" $(B)/lib/libsock.so.$(VERSION)
	@ln -sf libsock.so.$(VERSION) $(B)/lib/libsock.so.$(ABI)
	@ln -sf libsock.so.$(ABI) $@

# PROFILE may have changed since the links were made.
ifneq ($(abspath $(LIB_OUT)/libsock.so),$(shell readlink $(B)/lib/libsock.so.$(VERSION) 2>/dev/null))
.PHONY: $(B)/lib/libsock.so
endif

# C programs ----------------------------------------------------------------------------------------
# build/KIND/NAME from ctests/NAME.c, examples/NAME.c or bench/NAME.c. ctests/run asks for them by name.

HEADERS := $(wildcard include/*.h ctests/*.h bench/*.h)
COMPILE  = $(CC) $(CSTD) $(WARN) $(CPPFLAGS) -Iinclude -Ictests
LINK     = -L$(B)/lib -lsock -pthread $(LDFLAGS)
SAN     := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

$(B)/check.o: ctests/check.c $(HEADERS)
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(CFLAGS) -c $< -o $@

$(B)/check-asan.o: ctests/check.c $(HEADERS)
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(SAN) -c $< -o $@

$(B)/ctests/%: ctests/%.c $(B)/check.o $(HEADERS) | $(B)/lib/libsock.so
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(CFLAGS) $< $(B)/check.o $(LINK) -o $@

$(B)/asan/%: ctests/%.c $(B)/check-asan.o $(HEADERS) | $(B)/lib/libsock.so
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(SAN) $< $(B)/check-asan.o $(LINK) -o $@

# Beside a library that ctests/run has built with ThreadSanitizer.
$(B)/stress/tsan: ctests/stress/stress.c ctests/stress/tsan.c ctests/check.c $(HEADERS)
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(COMPILE) -O1 -g -fsanitize=thread $(filter %.c,$^) -L$(B)/tsan-lib -lsock -pthread $(LDFLAGS) -o $@

$(B)/stress/%: ctests/stress/%.c $(B)/check.o $(HEADERS) | $(B)/lib/libsock.so
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(CFLAGS) $< $(B)/check.o $(LINK) -o $@

$(B)/examples/%: examples/%.c $(HEADERS) | $(B)/lib/libsock.so
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(CFLAGS) $< $(LINK) -o $@

$(B)/bench/%: bench/%.c $(HEADERS) | $(B)/lib/libsock.so
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(CFLAGS) $< $(LINK) -lm -o $@

# One program of all its files. Its malloc stands in for the C library's.
FAULTS := $(wildcard ctests/faults/*.c)
$(B)/faults/faults: $(FAULTS) $(wildcard ctests/faults/*.h) $(B)/check.o $(HEADERS) | $(B)/lib/libsock.so
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(CFLAGS) -fno-builtin-malloc $(FAULTS) $(B)/check.o $(LINK) -o $@

EXAMPLES := $(patsubst %.c,$(B)/%,$(wildcard examples/*.c))
BENCHES  := $(patsubst %.c,$(B)/%,$(wildcard bench/*.c))

examples: $(EXAMPLES) go-examples

# In Go, where there is Go: build/examples/go_NAME. What is current, go itself finds out.
GO ?= go
GO_EXAMPLES := $(notdir $(patsubst %/,%,$(wildcard bindings/go/examples/*/)))

go-examples: $(B)/lib/libsock.so
ifneq ($(shell command -v $(GO) 2>/dev/null),)
	$(SAY) GO $(B)/examples/go_*
	@mkdir -p $(B)/examples
	$(Q)case "$$($(GO) env GOVERSION)" in go1.1*|go1.20*) exit 0 ;; esac; cd bindings/go && for name in $(GO_EXAMPLES); do \
	    GOTOOLCHAIN=local GOFLAGS=-buildvcs=false $(GO) build -tags libsock_tree -o "$(abspath $(B))/examples/go_$$name" ./examples/$$name \
	    || exit; done
endif

# What a program of build/ needs to find the library, and scripts to find the programs.
WITH_LIB := LD_LIBRARY_PATH="$(abspath $(B)/lib)" SOCK_BUILD="$(abspath $(B))"

# Checks --------------------------------------------------------------------------------------------
# ctests/run is the one runner; it builds what it needs through this file.

# (Not through $(MAKE): `make -n test` would run the tests.)
RUN := CARGO="$(CARGO)" $(PYTHON) ctests/run

test: all
	@$(RUN) test

check: all
	@$(RUN) check

test-vm: all
	@$(RUN) vm

test-vm-cpython: all
	@$(RUN) vm_cpython

check-cross:
	@$(RUN) cross

check-faults: all
	@$(RUN) faults

check-long: all
	@$(RUN) long

soak: all
	@$(RUN) soak

test-go: all
	@$(RUN) go

# PYTHON= chooses the Python that the binding is built for.
test-python: all
	@$(RUN) bindings python

test-cpython: all
	@$(RUN) cpython

demo: all examples
	@$(WITH_LIB) examples/demo

bench: all $(BENCHES)
	@$(WITH_LIB) bench/run

bench-go: all
	@$(RUN) bench_go

bench-python: all
	@$(RUN) bench_python

# Only these two tests write; the others of tests/header would read what is being written.
header:
	$(SAY) WRITE 'include/sock.h include/sock.ffi.h ctests/symbols.txt'
	$(Q)SOCK_WRITE_HEADER=1 $(CARGO) test --locked --quiet --test header -- what_the_sources_say >/dev/null
	$(Q)SOCK_WRITE_HEADER=1 $(CARGO) test --locked --quiet --test symbols -- register >/dev/null

# Installation --------------------------------------------------------------------------------------

DOCS := README.md ARCHITECTURE.md CHANGELOG.md LICENSE LICENSE-MIT LICENSE-APACHE $(wildcard docs/*.md)

# A directory below PREFIX is named by it, so that the file can be moved.
UNDER = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))

$(B)/sock.pc: sock.pc.in Cargo.toml FORCE
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(call UNDER,$(LIBDIR))|' -e 's|@INCLUDEDIR@|$(call UNDER,$(INCLUDEDIR))|' \
	     -e 's|@VERSION@|$(VERSION)|' $< > $@

install: all $(B)/sock.pc
	$(SAY) INSTALL '$(DESTDIR)$(PREFIX)'
	$(Q)$(INSTALL) -d '$(DESTDIR)$(LIBDIR)' '$(DESTDIR)$(INCLUDEDIR)' '$(DESTDIR)$(PCDIR)' '$(DESTDIR)$(DOCDIR)'
	$(Q)$(INSTALL) -m 755 $(LIB_OUT)/libsock.so '$(DESTDIR)$(LIBDIR)/libsock.so.$(VERSION)'
	$(Q)ln -sf libsock.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/libsock.so.$(ABI)'
	$(Q)ln -sf libsock.so.$(ABI) '$(DESTDIR)$(LIBDIR)/libsock.so'
	$(Q)$(INSTALL) -m 644 $(LIB_OUT)/libsock.a '$(DESTDIR)$(LIBDIR)/'
	$(Q)$(INSTALL) -m 644 $(wildcard include/*.h) '$(DESTDIR)$(INCLUDEDIR)/'
	$(Q)$(INSTALL) -m 644 $(B)/sock.pc '$(DESTDIR)$(PCDIR)/'
	$(Q)$(INSTALL) -m 644 $(DOCS) '$(DESTDIR)$(DOCDIR)/'

uninstall:
	$(SAY) REMOVE '$(DESTDIR)$(PREFIX)'
	$(Q)rm -f $(foreach f,libsock.so libsock.so.$(ABI) libsock.so.$(VERSION) libsock.a,'$(DESTDIR)$(LIBDIR)/$(f)')
	$(Q)rm -f $(foreach f,$(notdir $(wildcard include/*.h)),'$(DESTDIR)$(INCLUDEDIR)/$(f)')
	$(Q)rm -f '$(DESTDIR)$(PCDIR)/sock.pc'
	$(Q)rm -f $(foreach f,$(notdir $(DOCS)),'$(DESTDIR)$(DOCDIR)/$(f)')
	$(Q)if [ -d '$(DESTDIR)$(DOCDIR)' ]; then rmdir '$(DESTDIR)$(DOCDIR)'; fi

clean:
	$(SAY) CLEAN 'build target'
	$(Q)rm -rf build
	$(Q)$(CARGO) clean --quiet

FORCE:

.PHONY: all examples go-examples test test-vm test-vm-cpython check check-cross check-faults check-long soak test-go test-python test-cpython demo bench bench-go bench-python header install uninstall clean FORCE
.DELETE_ON_ERROR:

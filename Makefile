# libsock: build, check, install. `make help` lists the targets.
#
# V=1 shows every command. PROFILE=debug builds without optimisation. CARGO, CC, CXX, CFLAGS,
# LDFLAGS, CARGOFLAGS and CARGO_TARGET_DIR are respected. Only `header` and `install` write outside
# target/ and build/.

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
RUST    := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
ABI     := $(shell sed -n 's/^const ABI: &str = "\(.*\)";/\1/p' build.rs)

PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DOCDIR     ?= $(PREFIX)/share/doc/libsock
PCDIR      ?= $(LIBDIR)/pkgconfig
CMAKEDIR   ?= $(LIBDIR)/cmake/libsock
MANDIR     ?= $(PREFIX)/share/man
DESTDIR    ?=

CARGO   ?= cargo
PYTHON  ?= python3
INSTALL ?= install
PROFILE ?= release
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Werror -pedantic
CSTD    := -std=c11 -D_GNU_SOURCE

# Q hides a command and SAY prints what it makes; V=1 does the reverse.
ifeq ($(V),1)
Q   :=
SAY := @:
else
Q   := @
SAY := @printf '  %-7s %s\n'
endif

# Checks that a program exists; if not, says how to get it.
NEED = command -v $(firstword $(1)) >/dev/null 2>&1 || { echo '$(firstword $(1)): not found. $(2)' >&2; exit 1; }

NEED_CARGO  = $(call NEED,$(CARGO),$(GET_CARGO))
NEED_CC     = $(call NEED,$(CC),$(GET_CC))
NEED_PYTHON = $(call NEED,python3,$(GET_PYTHON))
GET_CARGO  := Install Rust $(RUST) or newer (https://rustup.rs), or set CARGO=PROGRAM.
GET_CC     := Install a C compiler (on Debian: apt-get install gcc libc6-dev), or set CC=PROGRAM.
GET_PYTHON := Install Python 3 (on Debian: apt-get install python3).

# The library ---------------------------------------------------------------------------------------

# check-cross sets TRIPLE and CC; so does a packager who cross-compiles.
TRIPLE     ?=
# check-portable sets it to 1: on Linux too, the library uses only what every Unix has.
PORTABLE   ?=
# check-kqueue sets it to 1: the same, and pollers as on the BSDs, over the kqueue(2) of ctests/kqueue.
KQUEUE     ?=
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)$(if $(PORTABLE),/portable)$(if $(KQUEUE),/kqueue)
LIB_OUT    := $(TARGET_DIR)/$(if $(TRIPLE),$(TRIPLE)/)$(PROFILE)
B          := build$(if $(TRIPLE),/$(TRIPLE))$(if $(PORTABLE),/portable)$(if $(KQUEUE),/kqueue)
ifneq ($(PORTABLE),)
export RUSTFLAGS := $(RUSTFLAGS) --cfg sock_portable
export CARGO_TARGET_DIR := $(TARGET_DIR)
endif
ifneq ($(KQUEUE),)
export RUSTFLAGS := $(RUSTFLAGS) --cfg sock_portable --cfg sock_kqueue
export CARGO_TARGET_DIR := $(TARGET_DIR)
export SOCK_KQUEUE := $(CURDIR)/$(B)
$(LIB_OUT)/libsock.so: $(B)/libkqueue.a
endif
CARGO_MODE := $(if $(filter release,$(PROFILE)),--release,$(if $(filter-out debug,$(PROFILE)),--profile $(PROFILE)))
SOURCES    := Cargo.toml Cargo.lock build.rs ctests/symbols.txt $(wildcard abi/versioned-cc abi/*.awk) $(shell find src -name '*.rs')

all: $(B)/lib/libsock.so ## build target/release/libsock.so and libsock.a (the default)

# One cargo run makes both. `touch` because cargo does not update a file whose content stays the same.
$(LIB_OUT)/libsock.so: $(SOURCES)
	@$(NEED_CARGO)
	$(SAY) CARGO $@
	$(Q)SOCK_CC='$(CC)' $(CARGO) rustc --locked --lib $(CARGO_MODE) $(if $(TRIPLE),--target $(TRIPLE)) $(CARGOFLAGS) \
	    $(if $(filter 1,$(V)),,--quiet) -- -C linker='$(CURDIR)/abi/versioned-cc'
	@touch $(LIB_OUT)/libsock.so $(LIB_OUT)/libsock.a

# kqueue(2) for the tests of check-kqueue.
build/kqueue/libkqueue.a: ctests/kqueue/kqueue.c
	@mkdir -p $(@D)
	@$(NEED_CC)
	$(SAY) CC $@
	$(Q)$(CC) $(CSTD) $(WARN) $(CFLAGS) -fPIC -c $< -o build/kqueue/kqueue.o
	$(Q)rm -f $@ && $(AR) rcs $@ build/kqueue/kqueue.o

# The link-time and run-time names of the library, side by side as in an installation.
$(B)/lib/libsock.so: $(LIB_OUT)/libsock.so
	@mkdir -p $(B)/lib
	@ln -sf "$(abspath $<)" $(B)/lib/libsock.so.$(VERSION)
	@ln -sf libsock.so.$(VERSION) $(B)/lib/libsock.so.$(ABI)
	@ln -sf libsock.so.$(ABI) $@

# Makes the links again if PROFILE has changed since.
ifneq ($(abspath $(LIB_OUT)/libsock.so),$(shell readlink $(B)/lib/libsock.so.$(VERSION) 2>/dev/null))
.PHONY: $(B)/lib/libsock.so
endif

# C programs ----------------------------------------------------------------------------------------
# build/ctests/NAME and build/asan/NAME from ctests/NAME.c, build/examples/NAME from examples/NAME.c,
# build/bench/NAME from bench/NAME.c. NAME may contain a folder (family/test_can). ctests/run builds
# the programs it needs by these names.

HEADERS := $(wildcard include/*.h ctests/*.h ctests/*/*.h bench/*.h)
COMPILE  = $(CC) $(CSTD) $(WARN) $(CPPFLAGS) -Iinclude -Ictests
LINK     = -L$(B)/lib -lsock -pthread $(LDFLAGS)
SAN     := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

$(B)/check.o: ctests/check.c $(HEADERS)
	@mkdir -p $(@D)
	@$(NEED_CC)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(CFLAGS) -c $< -o $@

$(B)/check-asan.o: ctests/check.c $(HEADERS)
	@mkdir -p $(@D)
	@$(NEED_CC)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(SAN) -c $< -o $@

$(B)/ctests/%: ctests/%.c $(B)/check.o $(HEADERS) | $(B)/lib/libsock.so
	@mkdir -p $(@D)
	@$(NEED_CC)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(CFLAGS) $< $(B)/check.o $(LINK) -o $@

$(B)/asan/%: ctests/%.c $(B)/check-asan.o $(HEADERS) | $(B)/lib/libsock.so
	@mkdir -p $(@D)
	@$(NEED_CC)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(SAN) $< $(B)/check-asan.o $(LINK) -o $@

# One program from all its files. Its malloc replaces the C library's.
FAULTS := $(wildcard ctests/faults/*.c)
$(B)/faults/faults: $(FAULTS) $(wildcard ctests/faults/*.h) $(B)/check.o $(HEADERS) | $(B)/lib/libsock.so
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(CFLAGS) -fno-builtin-malloc $(FAULTS) $(B)/check.o $(LINK) -o $@

# Links with the library that ctests/run builds with ThreadSanitizer.
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
	@$(NEED_CC)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(CFLAGS) $< $(LINK) -o $@

$(B)/bench/%: bench/%.c $(HEADERS) | $(B)/lib/libsock.so
	@mkdir -p $(@D)
	@$(NEED_CC)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(CFLAGS) $< $(LINK) -lm -o $@

# It loads the library itself.
$(B)/bench/start: CFLAGS += -Wl,--as-needed

# Other libraries in the scenes of bench/poller.c and bench/pair.h. bench/run builds those that are installed.
PEER_LIBS_libevent := -levent_core -levent_pthreads
PEER_LIBS_libuv    := -luv
PEER_PKG_nspr      := nspr
PEER_PKG_apr       := apr-1
PEER_PKG_gsocket   := gio-2.0
PEER_PKG            = $(if $(PEER_PKG_$*),$(shell pkg-config $(1) $(PEER_PKG_$*)))

$(B)/bench/peers/%: bench/peers/%.c $(HEADERS) | $(B)/lib/libsock.so
	@mkdir -p $(@D)
	@$(NEED_CC)
	$(SAY) CC $@
	$(Q)$(COMPILE) $(CFLAGS) -Ibench $(patsubst -I%,-isystem %,$(call PEER_PKG,--cflags)) $< $(LINK) $(PEER_LIBS_$*) \
	    $(call PEER_PKG,--libs) -o $@

EXAMPLES := $(patsubst %.c,$(B)/%,$(wildcard examples/*.c))
BENCHES  := $(patsubst %.c,$(B)/%,$(wildcard bench/*.c))

examples: $(EXAMPLES) go-examples ## build the examples, in C and (if Go is installed) in Go

# build/examples/go_NAME, if Go is installed. The go command itself finds out what is up to date.
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

# The environment in which programs of build/ find the library, and scripts find the programs.
WITH_LIB := LD_LIBRARY_PATH="$(abspath $(B)/lib)" SOCK_BUILD="$(abspath $(B))"

# Checks --------------------------------------------------------------------------------------------
# ctests/run is the only test runner. It builds what it needs through this Makefile.

# PYTHON= chooses the Python that the binding is tested with; the runner itself is for the system's python3.
# (The recipes must not contain $(MAKE), or `make -n test` would run the tests.)
RUN = $(NEED_PYTHON); CARGO="$(CARGO)" PYTHON="$(PYTHON)" python3 ctests/run

test: all ## run the Rust tests, the C tests and the examples
	@$(RUN) test

check: all ## the same, plus sanitizers, valgrind, lints, counted costs, bindings, fuzzing
	@$(RUN) check

test-vm: all ## run the C tests and examples in qemu, on a kernel with every address family
	@$(RUN) vm

test-vm-cpython: all ## run CPython's test_socket on libsock in that virtual machine
	@$(RUN) vm_cpython

check-portable: ## run the C tests on the backend for every Unix, with and without sanitizers
	@$(RUN) portable

check-kqueue: ## run the C tests of pollers on kqueue(2), as the BSDs and macOS have it, over a stand-in
	@$(RUN) kqueue

check-types: ## type-check for macOS, the BSDs and Android, which nothing here can run; docs/constants.md
	@$(RUN) types constants

check-windows: ## build sock.dll with mingw and run its C tests under wine
	@$(RUN) windows

check-cross: ## run the C tests on other processors (CROSS=armv7 runs one) under qemu, and with musl
	@$(RUN) cross

check-faults: all ## fail system calls and allocations, one at a time, in every scenario
	@$(RUN) faults

check-long: all ## run check-faults, ten minutes of stress, ThreadSanitizer, a short soak, the site
	@$(RUN) long

soak: all ## keep 1,000 connections busy for SOAK_SECONDS (one hour): nothing may grow
	@$(RUN) soak

test-go: all ## run the Go binding's tests and golang.org/x/net/nettest
	@$(RUN) go

# JAVA_HOME selects the JDK, which must be of version 22 or newer.
test-java: all ## run the Java binding's tests
	@$(RUN) bindings java

test-csharp: all ## run the C# binding's tests under mono
	@$(RUN) bindings csharp

test-lua: all ## run the Lua binding's tests and LuaSocket's own on every Lua of the machine
	@$(RUN) bindings lua

test-node: all ## run the Node.js binding's tests
	@$(RUN) bindings node

# PYTHON selects the Python for which the binding is built.
test-python: all ## install the Python binding in a virtual environment and run its tests
	@$(RUN) bindings python

test-cpp: all ## run the C++ binding's tests with g++ and clang++, ASan, UBSan and TSan
	@$(RUN) cpp

test-ruby: all ## run the Ruby binding's tests, and Ruby's own tests on libsock's sockets
	@$(RUN) bindings ruby

test-cpython: all ## run CPython's own tests on libsock (CPYTHON_TESTS="core ssl ..." runs more)
	@$(RUN) cpython

demo: all examples ## run the examples as server and client processes
	@$(NEED_PYTHON); $(WITH_LIB) examples/demo

bench: all $(BENCHES) ## compare libsock with the C library
	@$(NEED_PYTHON); $(WITH_LIB) bench/run

bench-go: all ## compare Go on libsock with Go's package net
	@$(RUN) bench_go

bench-csharp: all ## compare C# on libsock with System.Net.Sockets
	@$(RUN) bench_csharp

bench-lua: all ## compare Lua on libsock with LuaSocket
	@$(RUN) bench_lua

bench-node: all ## compare Node.js on libsock with its own net and dgram
	@$(RUN) bench_node

bench-cpp: all ## compare sock.hpp with sock.h and with send(2) and recv(2)
	@$(RUN) bench_cpp

bench-ruby: all ## compare Ruby on libsock with Ruby's own sockets
	@$(RUN) bench_ruby

bench-java: all ## compare Java on libsock with the JDK's own sockets
	@$(RUN) bench_java

bench-python: all ## compare Python on libsock with CPython's own _socket
	@$(RUN) bench_python

# Runs only the two tests that write: the others would read files that are being written.
header: ## write include/sock.h, include/sock.ffi.h and ctests/symbols.txt from the sources
	@$(NEED_CARGO)
	$(SAY) WRITE 'include/sock.h include/sock.ffi.h ctests/symbols.txt'
	$(Q)SOCK_WRITE_HEADER=1 $(CARGO) test --locked --quiet --test header -- what_the_sources_say >/dev/null
	$(Q)SOCK_WRITE_HEADER=1 $(CARGO) test --locked --quiet --test symbols -- register >/dev/null

abi: ## write abi/libsock.abi, the ABI that later changes are compared with
	@$(call NEED,abidw,Install libabigail (on Debian: apt-get install abigail-tools).)
	$(SAY) WRITE abi/libsock.abi
	$(Q)abi/dump include/sock.h abi/libsock.abi

# Installation --------------------------------------------------------------------------------------

DOCS := README.md ARCHITECTURE.md CHANGELOG.md LICENSE LICENSE-MIT LICENSE-APACHE LICENSES-THIRD-PARTY.txt $(wildcard docs/*.md)

# Paths below PREFIX are written as ${prefix}/..., so that sock.pc can be relocated.
UNDER = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))

$(B)/sock.pc: sock.pc.in Cargo.toml FORCE
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(call UNDER,$(LIBDIR))|' -e 's|@INCLUDEDIR@|$(call UNDER,$(INCLUDEDIR))|' \
	     -e 's|@VERSION@|$(VERSION)|' $< > $@

# The CMake files find the library by their own place.
RELATIVE = $(shell realpath -ms --relative-to='$(CMAKEDIR)' '$(1)')
PRIVATE_LIBS = $(shell sed -n 's/^Libs.private: //p' sock.pc.in)
EMPTY :=

$(B)/%.cmake: cmake/%.cmake.in Cargo.toml build.rs sock.pc.in FORCE
	@mkdir -p $(@D)
	@sed -e 's|@TO_LIB@|$(call RELATIVE,$(LIBDIR))|' -e 's|@TO_INCLUDE@|$(call RELATIVE,$(INCLUDEDIR))|' \
	     -e 's|@VERSION@|$(VERSION)|' -e 's|@MAJOR@|$(firstword $(subst ., ,$(VERSION)))|' -e 's|@ABI@|$(ABI)|' \
	     -e 's|@PRIVATE_LIBS@|$(subst $(EMPTY) $(EMPTY),;,$(PRIVATE_LIBS))|' $< > $@

CMAKE := $(B)/libsockConfig.cmake $(B)/libsockConfigVersion.cmake

man: build/man/made ## write the manual pages to build/man

build/man/made: include/sock.h ctests/symbols.txt $(wildcard man/*.py man/examples/*.c)
	@$(NEED_PYTHON)
	$(SAY) MAN build/man
	@mkdir -p $(@D)
	$(Q)PYTHONDONTWRITEBYTECODE=1 python3 man/generate.py build/man
	@touch $@

# The site's tools come from PyPI into a virtual environment; site/requirements.txt pins them.
TOOLS := build/site-tools

site-tools: $(TOOLS)/made

$(TOOLS)/made: site/requirements.txt
	@$(NEED_PYTHON)
	$(SAY) VENV $(TOOLS)
	$(Q)rm -rf $(TOOLS) && python3 -m venv $(TOOLS)
	$(Q)$(TOOLS)/bin/pip install --quiet --disable-pip-version-check -r site/requirements.txt
	@touch $@

site: site-tools ## write the web site to build/site: guides, API reference, search
	$(SAY) SITE build/site
	$(Q)PYTHONDONTWRITEBYTECODE=1 python3 site/generate.py build/site-source
	$(Q)rm -rf build/site
	$(Q)PYTHONDONTWRITEBYTECODE=1 SOCK_VERSION='$(VERSION)' SOCK_SITE_SOURCE='$(CURDIR)/build/site-source' \
	    $(TOOLS)/bin/sphinx-build -q -W --keep-going -b html -c site -d build/site-doctrees build/site-source build/site

# The headers of the C++ binding, beside sock.h.
CPP_DIR := bindings/cpp/include

# Without Python, install leaves out the manual pages, and says so.
PAGES := $(if $(shell command -v python3 2>/dev/null),man)

install: all $(PAGES) $(B)/sock.pc $(CMAKE) ## install (DESTDIR, PREFIX, LIBDIR, INCLUDEDIR, PCDIR, CMAKEDIR, MANDIR, DOCDIR)
	$(SAY) INSTALL '$(DESTDIR)$(PREFIX)'
	$(Q)$(INSTALL) -d '$(DESTDIR)$(LIBDIR)' '$(DESTDIR)$(INCLUDEDIR)' '$(DESTDIR)$(PCDIR)' '$(DESTDIR)$(DOCDIR)'
	$(Q)$(INSTALL) -m 755 $(LIB_OUT)/libsock.so '$(DESTDIR)$(LIBDIR)/libsock.so.$(VERSION)'
	$(Q)ln -sf libsock.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/libsock.so.$(ABI)'
	$(Q)ln -sf libsock.so.$(ABI) '$(DESTDIR)$(LIBDIR)/libsock.so'
	$(Q)$(INSTALL) -m 644 $(LIB_OUT)/libsock.a '$(DESTDIR)$(LIBDIR)/'
	$(Q)$(INSTALL) -m 644 $(wildcard include/*.h) '$(DESTDIR)$(INCLUDEDIR)/'
	$(Q)$(INSTALL) -d '$(DESTDIR)$(INCLUDEDIR)/sock'
	$(Q)$(INSTALL) -m 644 $(CPP_DIR)/sock.hpp '$(DESTDIR)$(INCLUDEDIR)/'
	$(Q)$(INSTALL) -m 644 $(wildcard $(CPP_DIR)/sock/*.hpp) '$(DESTDIR)$(INCLUDEDIR)/sock/'
	$(Q)$(INSTALL) -m 644 $(B)/sock.pc '$(DESTDIR)$(PCDIR)/'
	$(Q)$(INSTALL) -d '$(DESTDIR)$(CMAKEDIR)'
	$(Q)$(INSTALL) -m 644 $(CMAKE) '$(DESTDIR)$(CMAKEDIR)/'
	$(Q)$(INSTALL) -m 644 $(DOCS) '$(DESTDIR)$(DOCDIR)/'
ifeq ($(PAGES),)
	@echo 'python3: not found, so the manual pages are left out. $(GET_PYTHON)' >&2
else
	$(Q)$(INSTALL) -d '$(DESTDIR)$(MANDIR)/man3' '$(DESTDIR)$(MANDIR)/man7'
	$(Q)$(INSTALL) -m 644 build/man/man3/* '$(DESTDIR)$(MANDIR)/man3/'
	$(Q)$(INSTALL) -m 644 build/man/man7/* '$(DESTDIR)$(MANDIR)/man7/'
endif

uninstall: $(PAGES) ## remove what install installs
	$(SAY) REMOVE '$(DESTDIR)$(PREFIX)'
	$(Q)rm -f $(foreach f,libsock.so libsock.so.$(ABI) libsock.so.$(VERSION) libsock.a,'$(DESTDIR)$(LIBDIR)/$(f)')
	$(Q)rm -f $(foreach f,$(notdir $(wildcard include/*.h)),'$(DESTDIR)$(INCLUDEDIR)/$(f)')
	$(Q)rm -f '$(DESTDIR)$(INCLUDEDIR)/sock.hpp' $(foreach f,$(notdir $(wildcard $(CPP_DIR)/sock/*.hpp)),'$(DESTDIR)$(INCLUDEDIR)/sock/$(f)')
	$(Q)if [ -d '$(DESTDIR)$(INCLUDEDIR)/sock' ]; then rmdir '$(DESTDIR)$(INCLUDEDIR)/sock'; fi
	$(Q)rm -f '$(DESTDIR)$(PCDIR)/sock.pc' $(foreach f,$(notdir $(CMAKE)),'$(DESTDIR)$(CMAKEDIR)/$(f)')
	$(Q)rm -f $(foreach f,$(notdir $(DOCS)),'$(DESTDIR)$(DOCDIR)/$(f)')
	$(Q)for page in $$(cd build/man 2>/dev/null && ls -d man3/* man7/*); do rm -f "$(DESTDIR)$(MANDIR)/$$page"; done
	$(Q)if [ -d '$(DESTDIR)$(DOCDIR)' ]; then rmdir '$(DESTDIR)$(DOCDIR)'; fi

# Packages ------------------------------------------------------------------------------------------

licenses: ## write LICENSES-THIRD-PARTY.txt, the licences of the crates in the library
	@$(NEED_CARGO)
	@$(NEED_PYTHON)
	$(SAY) WRITE LICENSES-THIRD-PARTY.txt
	$(Q)CARGO='$(CARGO)' python3 packaging/crates.py licenses > LICENSES-THIRD-PARTY.txt

dist: ## make build/dist/libsock-VERSION.tar.gz from the last commit, with all crates
	@$(NEED_CARGO)
	@$(NEED_PYTHON)
	$(Q)CARGO='$(CARGO)' packaging/dist

deb: ## make Debian packages in build/deb from build/dist, without a network
	@$(call NEED,dpkg-buildpackage,On Debian: apt-get install dpkg-dev debhelper dh-python python3-all-dev python3-setuptools.)
	$(Q)packaging/deb

wheels: dist ## make the Python sdist and a wheel for each Python here, for glibc 2.17, in build/wheels
	$(Q)CARGO='$(CARGO)' packaging/wheels

check-wheels: ## make them twice, compare, and install each without a compiler
	@$(RUN) wheels

check-ship: all ## install the packages and wheels in fresh Debian roots; go get the module from a repository
	@$(RUN) roots module

.PHONY: wheels check-wheels check-ship

release-check: ## check that the last commit can be released (docs/releasing.md; RELEASE=dry: undated)
	@$(NEED_CARGO)
	@$(NEED_PYTHON)
	@CARGO='$(CARGO)' python3 packaging/release_check.py

clean: ## remove build/ and target/
	$(SAY) CLEAN 'build target'
	$(Q)rm -rf build
	@$(NEED_CARGO)
	$(Q)$(CARGO) clean --quiet

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

FORCE:

.PHONY: all man site site-tools abi licenses dist deb release-check help examples go-examples test test-vm test-vm-cpython check check-portable check-kqueue check-types check-windows check-cross check-faults check-long soak test-go test-csharp test-java test-lua test-node test-python test-cpp test-ruby test-cpython demo bench bench-go bench-cpp bench-csharp bench-java bench-lua bench-node bench-ruby bench-python header install uninstall clean FORCE
.DELETE_ON_ERROR:

# SPDX-License-Identifier: GPL-3.0-or-later
#
# Everything is built into build/. Sources are found by wildcard: a new file needs no line here.
#
#   make V=1                          shows the commands
#   make DEVELOPER=1                  more warnings, all of them errors
#   make SANITIZE=address,undefined   (or thread) builds into build-sanitize-address-undefined/
#   make OBSERVE=1                    builds libhakmem-observe.so too, with all telemetry compiled in

comma := ,
ifdef SANITIZE
BUILD ?= build-sanitize-$(subst $(comma),-,$(SANITIZE))
endif
BUILD ?= build
# One spelling: it stands in flags, and another one would build everything anew.
override BUILD := $(subst $(CURDIR)/,,$(BUILD))
ifneq ($(words $(BUILD)),1)
$(error BUILD='$(BUILD)': make cannot build into a path with spaces. The checkout may lie in one)
endif

prefix ?= /usr/local
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
libexecdir ?= $(prefix)/libexec
includedir ?= $(prefix)/include
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
docdir ?= $(datadir)/doc/soak
INSTALL ?= install

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-builtin-variables

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := g++
endif
ifeq ($(origin AR),default)
AR := ar
endif
CC ?= gcc
CXX ?= g++
AR ?= ar
CLANG ?= clang
PKG_CONFIG ?= pkg-config
BPFTOOL ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool)
# git's, if this is the top of a checkout and not a tarball that lies within another one's. git
# archive writes the commit into the file VERSION. A checkout may be another user's.
VERSION := $(shell test -e .git && git -c safe.directory='*' describe --tags --always --dirty 2>/dev/null || \
	sed -n '/Format/!s/.* //p' VERSION)
VERSION := $(or $(VERSION),unknown)

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n' $(1) $(2)
endif

# ---- flags -------------------------------------------------------------------------------------

# The linker drops those that an output does not use (--as-needed).
LIBRARIES := libbpf sqlite3 gsl libdw libcjson inih zlib

# clang has another opinion than gcc of what a designated initializer leaves out: C fills it with 0.
WARNINGS := -Wall -Wextra -Wshadow -Wpointer-arith -Wwrite-strings -Wvla \
	-Wno-missing-field-initializers
C_WARNINGS := -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition
BPF_WARNINGS := -Wall -Wextra -Wno-unused-parameter
ifdef DEVELOPER
WARNINGS += -Werror -Wformat=2 -Wundef -Wmissing-declarations
ifeq ($(findstring clang,$(shell $(CC) --version)),)
WARNINGS += -Wformat-signedness -Wlogical-op -Wduplicated-cond -Wcast-align=strict
endif
C_WARNINGS += -Wnested-externs
BPF_WARNINGS += -Werror
endif

CFLAGS ?= -O2 -g
CXXFLAGS ?= -O2 -g
FOLDERS := -I. -I$(BUILD)/bpf
SOAK_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(CFLAGS) $(WARNINGS) $(C_WARNINGS) $(FOLDERS) -pthread
SOAK_CXXFLAGS = -std=gnu++17 $(CXXFLAGS) $(WARNINGS) $(FOLDERS) -pthread
SOAK_LDFLAGS = -Wl,--as-needed -pthread $(LDFLAGS)

# Where an installed soak finds its files. In the checkout it looks beside its own binary first.
CONFIG := -DSOAK_VERSION='"$(VERSION)"' -DSOAK_DATADIR='"$(datadir)/soak"' \
	-DSOAK_LIBDIR='"$(libdir)/soak"' -DSOAK_LIBEXECDIR='"$(libexecdir)/soak"'

# SANITIZE reaches soak and the unit tests. Programs that soak watches and the preload library stay
# plain: a sanitizer brings an allocator of its own that must come before any preloaded one, so
# that "count calls by LD_PRELOAD" and "run under mimalloc" could not work.
ifdef SANITIZE
SANITIZERS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
# The same of gcov's counts: what is watched stays as it is.
ifdef COVERAGE
SANITIZERS := --coverage -fprofile-update=single -Og
endif

# Of the compiler, which may be a cross compiler: CC="aarch64-linux-gnu-gcc --sysroot=DIR".
MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)) $(shell uname -m))
SYSROOT := $(patsubst %/,%,$(shell $(CC) -print-sysroot 2>/dev/null))
BPF_ARCH := $(or $(patsubst %,x86,$(filter x86_64 i%86,$(MACHINE))),\
	$(patsubst %,arm64,$(filter aarch64,$(MACHINE))),\
	$(patsubst %,powerpc,$(filter ppc64%,$(MACHINE))),\
	$(patsubst %,s390,$(filter s390%,$(MACHINE))),\
	$(patsubst %,riscv,$(filter riscv%,$(MACHINE))),$(MACHINE))
# v3 has the 32-bit compare-and-swap, and needs a kernel from 5.12. The multiarch folder, where
# asm/types.h lives, is not looked into for a foreign target unless named.
BPF_CFLAGS = -target bpf -mcpu=v3 -std=gnu11 -g -O2 -fno-crash-diagnostics \
	-D__TARGET_ARCH_$(BPF_ARCH) $(BPF_WARNINGS) -I. \
	$(if $(SYSROOT),--sysroot='$(SYSROOT)') -I$(SYSROOT)/usr/include/$(MACHINE)-linux-gnu

# The charts of soak's page. A distribution that has no such package: DYGRAPHS=dir with these files.
DYGRAPHS ?= /usr/share/javascript/dygraphs
DYGRAPHS_LICENCE ?= /usr/share/doc/libjs-dygraphs/copyright

# ---- sources and outputs -----------------------------------------------------------------------

to_objects = $(patsubst %,$(BUILD)/obj/%.o,$(basename $(1)))

HAKMEM := $(wildcard src/*.c)
MAIN := $(wildcard soak/verbs/main.c)
PRELOAD := $(wildcard $(addprefix collectors/ops/,libsoakops.c arena.c heap_owner.c heap_reader.c\
	heap_sampler.c watched.c either_libc.c))
WORKLOADS := $(wildcard soak/workloads/bench_*.c)
WORKLOAD_SHARED := $(filter-out $(WORKLOADS),$(wildcard soak/workloads/*.c))
LIB := $(filter-out $(MAIN) $(PRELOAD) soak/workloads/%,\
	$(wildcard soak/*/*.c collectors/*.c collectors/ops/*.c))
TESTS_C := $(wildcard tests/*.c)
# These test the allocator's internals, under names that leave libc its own.
TESTS_HAKMEM := $(wildcard tests/hakmem_*.c)
TESTS_CC := $(wildcard tests/*.cc)
ACCURACY := $(wildcard tests/accuracy/*.c)
RETAIN := $(wildcard tests/retain/*.c)
HELPERS := $(wildcard tests/helpers/*.c)
# Most helpers are programs to be watched. One that calls soak's own code is built like a test.
HELPERS_OF_SOAK := $(if $(HELPERS),$(shell grep -l '^#include "soak/' $(HELPERS)))
HELPERS_PLAIN := $(filter-out $(HELPERS_OF_SOAK),$(HELPERS))

BPF_OBJECT := $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.o,$(wildcard bpf/observer.bpf.c bpf/preempt.bpf.c))
SKELETON := $(BPF_OBJECT:.bpf.o=.skel.h)
ARCHIVE := $(if $(LIB),$(BUILD)/libsoak.a)
LIB_OBJECTS := $(call to_objects,$(LIB))
SOAK := $(if $(MAIN),$(BUILD)/bin/soak)
HAKMEM_SO := $(BUILD)/lib/libhakmem.so
HAKMEM_A := $(BUILD)/lib/libhakmem.a
HAKMEM_OBSERVE := $(BUILD)/lib/libhakmem-observe.so
HAKMEM_TEST := $(BUILD)/libhakmem-test.a
HAKMEM_OBJECTS := $(call to_objects,$(HAKMEM))
HAKMEM_OBSERVE_OBJECTS := $(HAKMEM:%.c=$(BUILD)/obj/observe/%.o)
HAKMEM_TEST_OBJECTS := $(HAKMEM:%.c=$(BUILD)/obj/test/%.o)
SOAKOPS := $(if $(PRELOAD),$(BUILD)/lib/libsoakops.so)
# A page for each verb, made of its options by soak itself: not by one for another machine.
VERBS := $(shell sed -n 's/^const struct verb verb_\([a-z]*\) =.*/\1/p' soak/verbs/*.c)
VERB_PAGES := $(if $(filter $(MACHINE),$(shell uname -m)),$(VERBS:%=$(BUILD)/man/soak-%.1))
WORKLOAD_PROGRAMS := $(WORKLOADS:soak/workloads/%.c=$(BUILD)/bin/%)
TESTS_HAKMEM_PROGRAMS := $(TESTS_HAKMEM:tests/%.c=$(BUILD)/tests/%)
TESTS_C_PROGRAMS := $(filter-out $(TESTS_HAKMEM_PROGRAMS),$(TESTS_C:tests/%.c=$(BUILD)/tests/%))
TESTS_CC_PROGRAMS := $(TESTS_CC:tests/%.cc=$(BUILD)/tests/%)
HELPER_PROGRAMS := $(HELPERS_PLAIN:tests/%.c=$(BUILD)/tests/%)
HELPER_OF_SOAK_PROGRAMS := $(HELPERS_OF_SOAK:tests/%.c=$(BUILD)/tests/%)
TEST_PROGRAMS := $(TESTS_C_PROGRAMS) $(TESTS_CC_PROGRAMS) $(HELPER_PROGRAMS) \
	$(HELPER_OF_SOAK_PROGRAMS) $(TESTS_HAKMEM_PROGRAMS)

PLAIN_OBJECTS := $(call to_objects,$(PRELOAD) $(WORKLOADS) $(WORKLOAD_SHARED) $(HELPERS_PLAIN))
OBJECTS := $(LIB_OBJECTS) $(PLAIN_OBJECTS) $(HAKMEM_OBJECTS) $(HAKMEM_OBSERVE_OBJECTS) \
	$(HAKMEM_TEST_OBJECTS) \
	$(call to_objects,$(MAIN) $(TESTS_C) $(TESTS_CC) $(HELPERS_OF_SOAK) $(ACCURACY) $(RETAIN))

# Files that name CONFIG's macros are built anew when the version or the prefix changes; no others.
CONFIGURED := $(call to_objects,$(if $(LIB)$(MAIN),$(shell grep -lE \
	'SOAK_(VERSION|DATADIR|LIBDIR|LIBEXECDIR)' $(LIB) $(MAIN))))

# ---- what a build needs ------------------------------------------------------------------------

NO_BUILD := clean dist help format uninstall check-layers check-size check-style
ifneq ($(filter-out $(NO_BUILD),$(or $(MAKECMDGOALS),all)),)
MISSING := $(shell for t in $(firstword $(CC)) $(CLANG) $(PKG_CONFIG) $(or $(BPFTOOL),bpftool); do \
	command -v $$t >/dev/null || echo $$t; done; command -v $(PKG_CONFIG) >/dev/null && \
	for l in $(LIBRARIES); do $(PKG_CONFIG) --exists $$l || echo $$l; done; \
	$(CC) -E -xc -include csv.h /dev/null >/dev/null 2>&1 || echo libcsv; \
	$(CC) -E -xc -include libiberty/demangle.h /dev/null >/dev/null 2>&1 || echo libiberty; \
	test -r '$(DYGRAPHS)/dygraph.min.js' && test -r '$(DYGRAPHS_LICENCE)' || echo libjs-dygraphs)
ifneq ($(strip $(MISSING)),)
$(error Not installed: $(MISSING). Run tools/install-packages)
endif
LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBRARIES))
# libcsv and libiberty come without .pc files.
LIB_LIBS := $(shell $(PKG_CONFIG) --libs $(LIBRARIES)) -lcsv -liberty -lm
endif

# ---- targets -----------------------------------------------------------------------------------

.PHONY: all
OUTPUTS := $(SKELETON) $(ARCHIVE) $(SOAK) $(SOAKOPS) $(HAKMEM_SO) $(HAKMEM_A) \
	$(if $(OBSERVE),$(HAKMEM_OBSERVE)) $(WORKLOAD_PROGRAMS) $(VERB_PAGES)
all: $(OUTPUTS) ## build everything (this is plain `make`)

.PHONY: quickstart
quickstart: all ## build, soak the Mixed workload 60 s under glibc and mimalloc
	@BUILD='$(abspath $(BUILD))' tools/quickstart

# The part of docs/run-file.md below its mark is the metric catalogue's.
.PHONY: docs
docs: all ## bring docs/run-file.md up to date with the metric catalogue
	$(Q)sed '/^<!-- from here on/q' docs/run-file.md >$(BUILD)/run-file.md
	$(Q)$(BUILD)/bin/soak doctor --catalogue >>$(BUILD)/run-file.md
	$(Q)mv $(BUILD)/run-file.md docs/run-file.md

.PHONY: bench
bench: all ## build, then measure what observing costs (wants a quiet machine)
	@BUILD='$(abspath $(BUILD))' tools/bench

.PHONY: bench-alloc
bench-alloc: all ## build, then measure hakmem beside other allocators (wants a quiet machine)
	@BUILD='$(abspath $(BUILD))' tools/bench-alloc

RUNS ?= 200

.PHONY: accuracy
accuracy: $(BUILD)/tests/judge_accuracy ## how often verdicts on RSS err; RUNS=n of each family
	$(Q)$< $(RUNS)

.PHONY: retention
retention: $(BUILD)/tests/hakmem_retain ## which free memory hakmem retains, beside other rules: a table
	$(Q)$< --table

.PHONY: life
life: all ## build, then let programs of known verdict live 10 min each, under each allocator
	@BUILD='$(abspath $(BUILD))' tools/life

.PHONY: tests
tests: $(TEST_PROGRAMS) $(HAKMEM_OBSERVE) ## build the test programs

.PHONY: test
test: all tests ## build, then run all tests; TESTS="tests/a.t …" selects
	@BUILD='$(abspath $(BUILD))' tests/run $(TESTS)

.PHONY: unit
unit: all tests ## build, then run the tests that need no root, in half a minute
	@BUILD='$(abspath $(BUILD))' tests/run --no-root $(TESTS)

# Beside the unit tests some that need root, each a minute or two. COVERED= leaves them out.
COVERED := $(addprefix tests/,$(addsuffix .t,audit counts job json marks outputs usage))

.PHONY: coverage
coverage: ## which share of the lines the unit tests and some others run, by folder; as root
	$(Q)rm -rf build-coverage
	$(Q)$(MAKE) --no-print-directory COVERAGE=1 BUILD=build-coverage all tests
	@BUILD='$(CURDIR)/build-coverage' tests/run --no-root; \
		$(if $(COVERED),BUILD='$(CURDIR)/build-coverage' tests/run $(COVERED);) \
		tools/coverage build-coverage

.PHONY: kernels
kernels: all tests ## what soak can do on other kernels: boots them; KERNELS="6.1 …" selects
	@BUILD='$(abspath $(BUILD))' tools/kernels matrix $(KERNELS)

.PHONY: check
check: check-layers check-headers check-size check-style ## the four checks below

.PHONY: check-layers
check-layers: ## who includes whom, by the table in docs/architecture.md
	@tools/check-layers

.PHONY: check-headers
check-headers: $(SKELETON) ## each header compiles alone
	@BUILD='$(BUILD)' CC='$(CC)' CXX='$(CXX)' CLANG='$(CLANG)' BPF_ARCH='$(BPF_ARCH)' \
		MACHINE='$(MACHINE)' tools/check-headers

.PHONY: check-size
check-size: ## length of files and functions
	@tools/check-size

.PHONY: check-style
check-style: ## clang-format, licence lines, columns, names
	@tools/check-style

.PHONY: format
format: ## clang-format all C files in place
	$(Q)find bpf collectors soak src tests -name '*.[ch]' -o -name '*.cc' | xargs -r clang-format -i

.PHONY: dist
dist: ## a tarball of the last commit, build/soak-VERSION.tar.gz
	@mkdir -p $(BUILD)
	$(Q)git archive --prefix='soak-$(VERSION)/' -o '$(BUILD)/soak-$(VERSION).tar.gz' HEAD
	$(call say,DIST,'$(BUILD)/soak-$(VERSION).tar.gz')

# One compiler takes what another warns of: the whole of it under both, in folders of their own.
.PHONY: compilers
compilers: ## builds with DEVELOPER=1, by gcc and by clang, without a warning
	$(Q)$(MAKE) --no-print-directory DEVELOPER=1 CC=gcc CXX=g++ BUILD=$(BUILD)/gcc all tests
	$(Q)$(MAKE) --no-print-directory DEVELOPER=1 CC=clang CXX=g++ BUILD=$(BUILD)/clang all tests

.PHONY: clean
clean: ## remove build/, build-sanitize-*/ and build-coverage/
	$(Q)rm -rf '$(BUILD)' build-sanitize-* build-coverage

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' \
		$(firstword $(MAKEFILE_LIST))
	@echo 'Options: V=1 DEVELOPER=1 SANITIZE=address,undefined|thread OBSERVE=1 BUILD=dir prefix=dir'

.PHONY: install
install: all ## install below $(DESTDIR)$(prefix)
	$(Q)$(INSTALL) -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(libdir)/soak' \
		'$(DESTDIR)$(libexecdir)/soak' '$(DESTDIR)$(includedir)' \
		'$(DESTDIR)$(datadir)/soak/plots' '$(DESTDIR)$(datadir)/soak/jobs' \
		$(addprefix '$(DESTDIR)$(datadir)'/,$(dir $(COMPLETIONS))) \
		'$(DESTDIR)$(mandir)/man1' '$(DESTDIR)$(docdir)/docs/results' '$(DESTDIR)$(docdir)/LICENSES'
	$(if $(SOAK),$(Q)$(INSTALL) -m 755 $(SOAK) '$(DESTDIR)$(bindir)')
	$(if $(SOAKOPS),$(Q)$(INSTALL) -m 644 $(SOAKOPS) '$(DESTDIR)$(libdir)/soak')
	$(if $(WORKLOAD_PROGRAMS),$(Q)$(INSTALL) -m 755 $(WORKLOAD_PROGRAMS) \
		'$(DESTDIR)$(libexecdir)/soak')
	$(Q)$(INSTALL) -m 644 $(HAKMEM_SO) $(HAKMEM_A) '$(DESTDIR)$(libdir)'
	$(if $(HEADER),$(Q)$(INSTALL) -m 644 $(HEADER) '$(DESTDIR)$(includedir)')
	$(if $(PLOTS),$(Q)$(INSTALL) -m 644 $(PLOTS) '$(DESTDIR)$(datadir)/soak/plots')
	$(if $(JOBS),$(Q)$(INSTALL) -m 644 $(JOBS) '$(DESTDIR)$(datadir)/soak/jobs')
	$(if $(MAN),$(Q)$(INSTALL) -m 644 $(MAN) '$(DESTDIR)$(mandir)/man1')
	$(Q)$(INSTALL) -m 644 completions/soak.bash '$(DESTDIR)$(datadir)/$(word 1,$(COMPLETIONS))'
	$(Q)$(INSTALL) -m 644 completions/_soak '$(DESTDIR)$(datadir)/$(word 2,$(COMPLETIONS))'
	$(Q)$(INSTALL) -m 644 completions/soak.fish '$(DESTDIR)$(datadir)/$(word 3,$(COMPLETIONS))'
	$(Q)$(INSTALL) -m 644 README.md COPYING '$(DESTDIR)$(docdir)'
	$(Q)$(INSTALL) -m 644 $(DOCS) '$(DESTDIR)$(docdir)/docs'
	$(Q)$(INSTALL) -m 644 $(RESULTS) '$(DESTDIR)$(docdir)/docs/results'
	$(Q)$(INSTALL) -m 644 $(LICENCES) '$(DESTDIR)$(docdir)/LICENSES'
	$(call say,INSTALL,'$(DESTDIR)$(prefix)')

HEADER := $(wildcard collectors/ops/soakops.h src/hakmem.h)
PLOTS := $(wildcard plots/*.gp)
JOBS := $(wildcard jobs/*.ini)
MAN := $(wildcard man/*.1) $(VERB_PAGES)
DOCS := $(wildcard docs/*.md)
RESULTS := $(wildcard docs/results/*)
# Where bash, zsh and fish look.
COMPLETIONS := bash-completion/completions/soak zsh/site-functions/_soak \
	fish/vendor_completions.d/soak.fish
LICENCES := $(wildcard LICENSES/*.txt)

.PHONY: uninstall
uninstall: ## remove what install put there; give the same DESTDIR and prefix
	$(Q)rm -f '$(DESTDIR)$(bindir)/soak' $(addprefix '$(DESTDIR)$(libdir)'/,\
		$(notdir $(HAKMEM_SO) $(HAKMEM_A))) $(addprefix '$(DESTDIR)$(includedir)'/,\
		$(notdir $(HEADER))) \
		$(addprefix '$(DESTDIR)$(mandir)'/man1/,$(notdir $(MAN))) \
		$(addprefix '$(DESTDIR)$(datadir)'/,$(COMPLETIONS))
	$(Q)rm -rf '$(DESTDIR)$(libdir)/soak' '$(DESTDIR)$(libexecdir)/soak' \
		'$(DESTDIR)$(datadir)/soak' '$(DESTDIR)$(docdir)'

# ---- kernel side -------------------------------------------------------------------------------

$(BPF_OBJECT): $(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c -o $@ $<

# The stamp follows the object; the skeleton itself changes only when its text does, so that a
# kernel side that comes out the same rebuilds nothing in user space.
$(BUILD)/bpf/%.skel.stamp: $(BUILD)/bpf/%.bpf.o
	$(call say,SKEL,$(@:.stamp=.h))
	$(Q)$(BPFTOOL) gen skeleton $< > $(@:.stamp=.new)
	$(Q)cmp -s $(@:.stamp=.new) $(@:.stamp=.h) && rm $(@:.stamp=.new) || \
		mv $(@:.stamp=.new) $(@:.stamp=.h)
	@touch $@

$(SKELETON): %.h: %.stamp
	@test -e $@ || { rm $<; $(MAKE) --no-print-directory $@; }

# ---- user side ---------------------------------------------------------------------------------

$(PLAIN_OBJECTS) $(SOAKOPS) $(WORKLOAD_PROGRAMS) $(HELPER_PROGRAMS): private SANITIZERS :=
# The counters are thread-local and touched inside malloc: initial-exec never allocates. Without
# -fno-builtin gcc may turn a calloc made of malloc and memset into a call of itself.
$(call to_objects,$(PRELOAD)): private CFLAGS := -O2 -g -fPIC -ftls-model=initial-exec \
	-fvisibility=hidden -fexceptions -fno-builtin
$(CONFIGURED): $(BUILD)/config

$(BUILD)/obj/%.o: %.c $(BUILD)/flags | $(SKELETON)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(SOAK_CFLAGS) $(SANITIZERS) $(LIB_CFLAGS) $(CONFIG) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.cc $(BUILD)/flags | $(SKELETON)
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CXX) $(SOAK_CXXFLAGS) $(SANITIZERS) $(LIB_CFLAGS) $(CONFIG) -MMD -MP -c -o $@ $<

# What page_assets.c embeds. A script's hash is of what stands in the page between its tags.
PAGE := $(addprefix $(BUILD)/page/,dygraph.js dygraph.css licence hashes)

$(BUILD)/page/dygraph.js: $(DYGRAPHS)/dygraph.min.js
	@mkdir -p $(@D)
	$(Q)sed '/^\/\/# sourceMappingURL=/d' $< >$@

$(BUILD)/page/dygraph.css: $(DYGRAPHS)/dygraph.min.css
	@mkdir -p $(@D)
	$(Q)sed '/sourceMappingURL=/d' $< >$@

$(BUILD)/page/licence: $(DYGRAPHS_LICENCE)
	@mkdir -p $(@D)
	$(Q)cat $< >$@

$(BUILD)/page/hashes: $(BUILD)/page/dygraph.js soak/report/page.js
	$(Q)for script in $^; do printf "'sha256-%s' " "$$(env printf "$$(sha256sum $$script | \
		cut -c1-64 | sed 's/../\\x&/g')" | base64)" || exit 1; done >$@

$(call to_objects,soak/report/page_assets.c): private CONFIG += -DPAGE_FOLDER='"$(BUILD)/page"'
$(call to_objects,soak/report/page_assets.c): $(PAGE) soak/report/page.css soak/report/page.js

$(ARCHIVE): $(LIB_OBJECTS) $(BUILD)/members
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(LIB_OBJECTS)

define link
@mkdir -p $(@D)
$(call say,LINK,$@)
$(Q)$(1) $(SOAK_LDFLAGS) $(SANITIZERS) $(2) -o $@ $(filter %.o,$^) $(filter %.a,$^)
endef

$(SOAK): $(call to_objects,$(MAIN)) $(ARCHIVE)
	$(call link,$(CC)) $(LIB_LIBS)

$(VERB_PAGES): $(BUILD)/man/%.1: $(SOAK) $(wildcard man/*.prose)
	@mkdir -p $(@D)
	$(call say,MAN,$@)
	$(Q)cat /dev/null $(wildcard man/$*.prose) | $(SOAK) --man $(*:soak-%=%) >$@

$(SOAKOPS): $(call to_objects,$(PRELOAD))
	$(call link,$(CC),-shared -Wl$(comma)--no-undefined)

$(WORKLOAD_PROGRAMS): $(BUILD)/bin/%: $(BUILD)/obj/soak/workloads/%.o \
		$(call to_objects,$(WORKLOAD_SHARED))
	$(call link,$(CC)) -lm

$(TESTS_C_PROGRAMS) $(HELPER_OF_SOAK_PROGRAMS): $(BUILD)/tests/%: \
		$(BUILD)/obj/tests/%.o $(ARCHIVE)
	$(call link,$(CC)) $(LIB_LIBS)

$(addprefix $(BUILD)/tests/,judge_accuracy judge_pieces helpers/verdicts): $(call to_objects,$(ACCURACY))

$(TESTS_CC_PROGRAMS): $(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(ARCHIVE)
	$(call link,$(CXX)) $(LIB_LIBS)

$(HELPER_PROGRAMS): $(BUILD)/tests/%: $(BUILD)/obj/tests/%.o
	$(call link,$(CC)) -lm

# ---- the allocator -----------------------------------------------------------------------------

# Without -fno-builtin-* gcc may make a calloc of a malloc and a memset, in calloc itself; and it may
# not merge the fast paths' stores into vectors, or leave the landing pads of indirect branches that
# nothing here checks. -fexceptions: a new handler may throw through operator new.
HAKMEM_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(CFLAGS) -fPIC -fvisibility=hidden \
	-fno-semantic-interposition -fexceptions -fcf-protection=none -fno-tree-slp-vectorize \
	$(addprefix -fno-builtin-,malloc calloc realloc free) $(WARNINGS) $(C_WARNINGS) -I.
GATES := $(addprefix -DHAKMEM_TINY_,$(addsuffix _COMPILED=1,CLASS_STATS FREE_STATS C7_FREE_COUNT \
	HDR_MISMATCH_LOG HDR_META_MISMATCH METRIC_BAD_CLASS HDR_META_FAST))

$(HAKMEM_OBSERVE_OBJECTS): private VARIANT := $(GATES)
$(HAKMEM_TEST_OBJECTS): private VARIANT = -DHAKMEM_NO_OVERRIDE -DHAKMEM_OS_FAULTS \
	-DHAKMEM_ASSERTIONS $(SANITIZERS)
define compile_allocator
@mkdir -p $(@D)
$(call say,CC,$<)
$(Q)$(CC) $(HAKMEM_CFLAGS) $(VARIANT) -MMD -MP -c -o $@ $<
endef

$(HAKMEM_OBJECTS): $(BUILD)/obj/%.o: %.c $(BUILD)/flags
	$(compile_allocator)

$(HAKMEM_OBSERVE_OBJECTS): $(BUILD)/obj/observe/%.o: %.c $(BUILD)/flags
	$(compile_allocator)

$(HAKMEM_TEST_OBJECTS): $(BUILD)/obj/test/%.o: %.c $(BUILD)/flags
	$(compile_allocator)

# nodelete: threads' destructors and fork handlers point into it.
define link_allocator
@mkdir -p $(@D)
$(call say,LINK,$@)
$(Q)$(CC) -shared -Wl,-Bsymbolic-functions,-z,nodelete,-z,defs,-z,now $(SOAK_LDFLAGS) -o $@ \
	$(filter %.o,$^)
endef

$(HAKMEM_SO): $(HAKMEM_OBJECTS)
	$(link_allocator)

$(HAKMEM_OBSERVE): $(HAKMEM_OBSERVE_OBJECTS)
	$(link_allocator)

$(HAKMEM_A): $(HAKMEM_OBJECTS)
$(HAKMEM_TEST): $(HAKMEM_TEST_OBJECTS)
$(HAKMEM_A) $(HAKMEM_TEST):
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(TESTS_HAKMEM_PROGRAMS): $(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(HAKMEM_TEST)
	$(call link,$(CC)) -lm

$(BUILD)/tests/hakmem_retain: $(call to_objects,$(RETAIN))

# ---- words that outputs depend on: written anew only when they differ --------------------------

$(BUILD)/flags: private WORDS = $(CC) $(SOAK_CFLAGS) $(SANITIZERS) $(LIB_CFLAGS) $(SOAK_CXXFLAGS) \
	$(SOAK_LDFLAGS) $(CLANG) $(BPF_CFLAGS) $(HAKMEM_CFLAGS)
$(BUILD)/config: private WORDS = $(CONFIG)
$(BUILD)/members: private WORDS = $(LIB_OBJECTS)

$(BUILD)/flags $(BUILD)/config $(BUILD)/members: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(WORDS)' | cmp -s - $@ || printf '%s\n' '$(WORDS)' > $@

.PHONY: FORCE
FORCE:

-include $(OBJECTS:.o=.d) $(BPF_OBJECT:.o=.d)

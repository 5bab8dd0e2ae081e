# Barerack. Everything built goes to out/ (O=DIR: elsewhere; Q=: show commands).
#
#   make demo        set up, build, boot a virtual rack by PXE and run MPI jobs
#                    (NIC=82599: with the model of that card)
#   make check       set up, build and pass all tests (T=PATTERN: only those)
#
#   make             build the node image, the head node's programs and bmcc
#   make deps        install missing Debian packages (says what it does)
#   make deps-10g    fetch a QEMU with vfio-user into the cache (50 MB): Linux's
#                    own driver on the 82599's model (tests/rack/0701)
#   make toolchain   build newlib for applications, cached outside the tree
#   make tidy        layers, lengths, style, licences
#   make unit        unit tests under ASan and UBSan (T=NAME: one)
#   make model       queue and parking in every order of steps; TSan (T=NAME)
#   make fuzz        libFuzzer on what comes from outside (SECONDS_EACH=N)
#   make sim         simulated networks (SEED=N: that one, SEEDS=N: how many)
#   make rack        tests on the virtual rack (T=NNNN: one)
#   make mutants     small sabotages, each must turn its test red
#   make conformance  MPICH's tests, hosted (T=FOLDER; MPI=lite4, openmpi)
#   make campaign    what takes hours (T=NAME: one)
#   make size        bytes of each function, file and section of the kernel
#   make bench       BENCH=NAME: one; prints bench: NAME VALUE UNIT
#   make clean       remove out/

O ?= out
Q ?= @
CC := gcc
CLANG := clang
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

BUILD_ID := $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wconversion -Wvla -Werror
CBASE := -std=gnu11 -I. -g $(WARN) -MMD -MP -fno-common
BARE := -ffreestanding -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections

# gcc would turn string.c's loops into calls of themselves; clang would look
# for the linker's symbols in a table that the kernel does not have. gcc sees
# the whole kernel at once: that saves a twentieth of it. Copies of functions
# for one caller, code moved out of loops, padding before jumps' targets and what
# else is off here cost more than they save: each was measured. FAST, below, is
# for what runs for every message.
NODE_CC := $(if $(findstring clang,$(CC)),-fpie -fdirect-access-external-data,\
	-fno-pie -mcmodel=kernel -flto -flto-partition=one -fipa-pta \
	-fno-tree-loop-distribute-patterns -fno-ipa-cp-clone -fno-ipa-sra \
	-fno-tree-loop-im -fno-caller-saves -fno-if-conversion \
	-fno-tree-dominator-opts -fno-align-functions -fno-align-loops \
	-fno-align-jumps -malign-data=abi -fno-inline-small-functions \
	-fno-tree-scev-cprop -fno-tree-fre -fno-forward-propagate \
	-fno-tree-copy-prop -fno-tree-forwprop -fno-move-loop-invariants \
	-fno-tree-coalesce-vars -fno-ssa-phiopt -fno-shrink-wrap \
	-fno-isolate-erroneous-paths-dereference -fno-tree-pre)

# -- flavours: the same sources for different machines -----------------------
C_node := $(CBASE) $(BARE) -Oz -fvisibility=hidden -mno-red-zone \
	-mgeneral-regs-only -fno-jump-tables -march=x86-64-v2 \
	$(NODE_CC) -DBUILD_ID='"$(BUILD_ID)"'
C_app = -std=gnu11 -I. -g $(WARN) -MMD -MP -O2 -fPIE -mno-red-zone \
	-march=x86-64-v2 -fno-stack-protector -fcf-protection=none \
	-ffunction-sections -fdata-sections -nostdinc -isystem $(MPI_INC) \
	-isystem $(O)/app/newlib/include \
	-isystem $(shell $(CC) -print-file-name=include) -U__linux__ \
	-U__linux -Ulinux -U__gnu_linux__ -U__unix__ -U__unix -Uunix
C_host := $(CBASE) -O2 -fPIC -D_GNU_SOURCE
C_asan := $(CBASE) -O1 -D_GNU_SOURCE -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
C_tsan := $(CBASE) -O1 -D_GNU_SOURCE -fsanitize=thread

define flavour
$(O)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	$(Q)$$(CC) $$(C_$(1)) $$(CFLAGS_EXTRA) -c -o $$@ $$<
$(O)/$(1)/%.S.o: %.S
	@mkdir -p $$(@D)
	@echo '  AS      $$@'
	$(Q)$$(CC) $$(C_$(1)) -c -o $$@ $$<
endef
$(foreach f,node app host asan tsan,$(eval $(call flavour,$(f))))

# -- sources: a folder says where its code may run ---------------------------
SRC_BASE := $(filter-out kernel/lib/string.c,$(wildcard kernel/lib/*.c))
SRC_NET := $(wildcard net/*.c)
SRC_NETHOST := $(wildcard net/host/*.c)
SRC_MPI := $(wildcard mpi-lite/*.c mpi-lite/coll/*.c mpi-lite/rma/*.c \
	mpi-lite/topo/*.c)
SRC_MPIHOST := $(wildcard mpi-lite/host/*.c)
SRC_NODE := $(wildcard kernel/*.c kernel/lib/*.c kernel/job/*.c drivers/*.c \
	drivers/*/*.c net/*.c net/node/*.c pxe/*.c)
ASM_NODE := $(wildcard pxe/*.S kernel/*.S kernel/lib/*.S)
# Node files that also run hosted, in unit tests.
SRC_PORTABLE := kernel/workq.c kernel/handoff.c kernel/handoff_block.c \
	kernel/acpi_tables.c kernel/acpi_numa.c kernel/acpi_off.c \
	net/node/netif.c net/node/eth.c net/node/arp.c net/node/ip.c \
	net/node/udp.c net/node/dhcp.c net/node/port_nic.c \
	$(patsubst %,drivers/net/%.c,intel ixgbe e1000 igb rtl)

PROGRAMS := bmd bmrun bmq bminfo bmcancel bmctl bmrack bmswitch
MAINS := $(PROGRAMS:%=headnode/%.c)
SRC_HEAD := $(filter-out $(MAINS),$(wildcard headnode/*.c headnode/rack/*.c))
LIBS_HEAD := -levent -lsqlite3 -lmicrohttpd -lsodium -ljansson -ldw -lelf

OBJ = $(patsubst %.c,$(O)/$(1)/%.o,$(2))

# Open MPI 5's mpi.h, whatever this machine's is: the longer list of functions.
MPI_INC := $(O)/mpi-header
$(O)/.mpi-header: headnode/setup/mpi-header.sh headnode/setup/apt.sh
	@mkdir -p $(@D)
	@dir=$$(headnode/setup/mpi-header.sh) && ln -sfn $$dir $(MPI_INC) && \
	    touch $@
$(call OBJ,host,$(SRC_MPI) $(SRC_MPIHOST)) $(call OBJ,app,$(SRC_MPI)) \
$(call OBJ,asan,$(SRC_MPI) $(SRC_MPIHOST)) \
$(patsubst %,$(O)/asan/tests/unit/%_test.o,mpi mpi4 rma coll fibers): \
    | $(O)/.mpi-header
$(call OBJ,host,$(SRC_MPI) $(SRC_MPIHOST)) \
$(patsubst %,$(O)/asan/tests/unit/%_test.o,mpi mpi4 rma coll fibers) \
$(call OBJ,asan,$(SRC_MPI) $(SRC_MPIHOST)): CFLAGS_EXTRA = -isystem $(MPI_INC)

# Drivers find the models' registers in place of the machine's.
$(call OBJ,asan,$(wildcard drivers/net/*.c) \
	tests/unit/ixgbe_test.c): CFLAGS_EXTRA = -iquote tests/emu/hosted

all: node head mpi app
node: $(O)/node/barerack
head: $(PROGRAMS:%=$(O)/bin/%) $(O)/bin/nic82599
mpi: $(O)/host/libmpi-lite.a

# -- node image ---------------------------------------------------------------
$(O)/node/barerack.elf: kernel/kernel.ld $(call OBJ,node,$(SRC_NODE)) \
	$(patsubst %.S,$(O)/node/%.S.o,$(ASM_NODE))
	@echo '  LD      $@'
	$(Q)$(CC) $(C_node) -static -nostdlib $(if $(findstring clang,$(CC)),,-no-pie) \
	   -Wl,-z,noexecstack,-z,max-page-size=4096,--build-id=none \
	   -Wl,--no-warn-rwx-segments,--gc-sections,-T,kernel/kernel.ld \
	   -o $@ $(filter %.o,$^)
# Calls of memcpy appear when everything else is compiled already.
$(O)/node/kernel/lib/string.o: CFLAGS_EXTRA = -fno-lto -Os
# The firmware puts it anywhere: it runs before the kernel is where it belongs.
$(O)/node/pxe/efi.o $(O)/node/kernel/handoff.o: CFLAGS_EXTRA = -fno-lto \
	-fpie -mcmodel=small
# What runs for every message, and tasks, which are many: time before size.
FAST := $(if $(findstring clang,$(CC)),,-finline-small-functions \
	-fshrink-wrap -ftree-forwprop)
FASTER := -O2 $(if $(findstring clang,$(CC)),,$(FAST) -ftree-dominator-opts \
	-ftree-loop-im -fif-conversion)
$(patsubst %,$(O)/node/%.o,kernel/calltable net/msg net/rx net/endpoint \
	net/node/port_nic): CFLAGS_EXTRA = $(FAST)
$(patsubst %,$(O)/node/drivers/net/%.o,intel ixgbe virtio_net): \
	CFLAGS_EXTRA = $(FAST)
$(O)/node/kernel/sched.o $(O)/node/kernel/lib/aead.o: CFLAGS_EXTRA = $(FASTER)
$(O)/node/barerack: $(O)/node/barerack.elf
	@objcopy -O binary $< $@


# -- applications: newlib, mpi-lite and the run time on the node --------------
SRC_APP := $(SRC_MPI) $(wildcard mpi-lite/node/*.c)
OBJ_APP := $(call OBJ,app,$(SRC_APP)) $(O)/app/mpi-lite/node/crt0.S.o
$(O)/app/.newlib: headnode/setup/toolchain.sh headnode/setup/apt.sh
	@mkdir -p $(@D)
	@dir=$$(headnode/setup/toolchain.sh) && ln -sfn $$dir $(@D)/newlib && \
	    touch $@
$(OBJ_APP): | $(O)/app/.newlib
# newlib's pthread.h, which bmcc switches on for programs.
$(O)/app/mpi-lite/node/pthread.o: CFLAGS_EXTRA = -D_POSIX_THREADS=1 \
	-D_POSIX_BARRIERS=1 -D_UNIX98_THREAD_MUTEX_ATTRIBUTES=1
# memcpy and memmove are not to be taken for calls of each other.
$(O)/app/mpi-lite/node/memory.o: CFLAGS_EXTRA = -fno-builtin -fno-ipa-icf
# newlib's setjmp does not say that it needs no executable stack.
$(O)/app/setjmp.o: $(O)/app/.newlib
	@ar p $(O)/app/newlib/lib/libc.a libc_a-setjmp.o >$@
	@objcopy --add-section .note.GNU-stack=/dev/null \
	    --set-section-flags .note.GNU-stack=contents,readonly $@
$(O)/app/libbarerack.a: $(call OBJ,app,$(SRC_APP)) $(O)/app/setjmp.o
	@rm -f $@; ar rcs $@ $^
$(O)/app/crt0.o: $(O)/app/mpi-lite/node/crt0.S.o
	@cp $< $@
$(O)/app/note.h: mpi-lite/node/note.h
	@cp $< $@
$(O)/bin/bmcc: headnode/bmcc
	@mkdir -p $(@D)
	@cp $< $@
# What <barerack.h> needs: the call table, for programs that use it.
API := $(addprefix $(O)/app/include/,barerack.h kernel/abi.h \
	kernel/abi_machine.h kernel/blk.h kernel/limits.h kernel/workq.h \
	kernel/lib/base.h kernel/lib/elf.h kernel/lib/err.h kernel/lib/list.h \
	net/msg.h net/nic.h net/port.h)
$(O)/app/include/barerack.h: mpi-lite/node/barerack.h
	@mkdir -p $(@D)
	@cp $< $@
$(O)/app/include/%: %
	@mkdir -p $(@D)
	@cp $< $@
docs/api.md: docs/api.awk kernel/abi.h kernel/abi_machine.h
	awk -f $^ >$@
app: $(O)/app/libbarerack.a $(O)/app/crt0.o $(O)/app/note.h $(O)/bin/bmcc $(API)
toolchain: $(O)/app/.newlib
deps:
	@headnode/setup/deps.sh

deps-10g:
	@headnode/setup/deps-10g.sh

# -- head node ----------------------------------------------------------------
$(O)/host/libbarerack.a: $(call OBJ,host,$(SRC_BASE) $(SRC_NET) \
	$(SRC_NETHOST) $(SRC_HEAD))
	@rm -f $@; ar rcs $@ $^
$(O)/bin/%: $(O)/host/headnode/%.o $(O)/host/libbarerack.a
	@mkdir -p $(@D)
	@echo '  LD      $@'
	$(Q)$(CC) -o $@ $^ $(LIBS_HEAD) -lpthread
$(O)/host/libmpi-lite.a: $(call OBJ,host,$(SRC_BASE) $(SRC_NET) \
	$(SRC_NETHOST) $(SRC_MPI) $(SRC_MPIHOST))
	@rm -f $@; ar rcs $@ $^

# -- unit tests: tests/unit/X_test.c, TAP out ---------------------------------
UNIT := $(patsubst tests/unit/%.c,$(O)/asan/bin/%,$(wildcard tests/unit/*_test.c))
$(O)/asan/libunit.a: $(call OBJ,asan,$(SRC_BASE) $(SRC_NET) $(SRC_NETHOST) \
	$(SRC_MPI) $(SRC_MPIHOST) $(SRC_HEAD) $(SRC_PORTABLE) tests/test.c \
	$(wildcard tests/sim/*.c tests/emu/*.c))
	@rm -f $@; ar rcs $@ $^
# The 82599's model: file names repeat those of net/, so it has an archive.
SRC_82599 := $(wildcard tests/emu/nic82599/*.c)
$(O)/asan/libnic82599.a: $(call OBJ,asan,$(SRC_82599))
	@rm -f $@; ar rcs $@ $^
# And a program: the device of a QEMU (bmrack up --nic 82599).
$(O)/bin/nic82599: $(call OBJ,host,$(SRC_82599) \
	$(wildcard tests/emu/nic82599/front/*.c)) $(O)/host/libbarerack.a
	@mkdir -p $(@D)
	@echo '  LD      $@'
	$(Q)$(CC) -o $@ $^
$(O)/asan/bin/%_test: $(O)/asan/tests/unit/%_test.o $(O)/asan/libunit.a \
	$(O)/asan/libnic82599.a
	@mkdir -p $(@D)
	@echo '  LD      $@'
	$(Q)$(CC) -fsanitize=address,undefined -o $@ -Wl,--start-group $^ \
	    -Wl,--end-group $(LIBS_HEAD) -lpthread
# tests/model: kernel files in every order of their atomic steps; and the same
# under ThreadSanitizer, with real threads.
MODEL := $(patsubst tests/model/%.c,$(O)/host/bin/%,$(wildcard tests/model/*_model.c))
$(O)/host/bin/%_model: $(O)/host/tests/model/%_model.o \
	$(call OBJ,host,tests/model/explore.c tests/test.c net/host/panic.c) \
	$(O)/host/kernel/switch.S.o
	@mkdir -p $(@D)
	@echo '  LD      $@'
	$(Q)$(CC) -z noexecstack -o $@ $^
TSAN := $(O)/tsan/bin/workq_test
$(TSAN): $(call OBJ,tsan,tests/unit/workq_test.c kernel/workq.c tests/test.c)
	@mkdir -p $(@D)
	@echo '  LD      $@'
	$(Q)$(CC) -fsanitize=thread -o $@ $^ -lpthread

unit: $(UNIT)
	@tests/run $(filter %$(T)_test,$(UNIT))
model: $(MODEL) $(TSAN)
	@tests/run $(filter %$(T)_model %$(T)_test,$^)
sim: $(O)/asan/bin/sim_test
	@SIM_SEED=$(or $(SEED),1) SIM_SEEDS=$(or $(SEEDS),$(if $(SEED),1,100)) \
	    tests/run $<

# -- all tests -----------------------------------------------------------------
RACK := $(sort $(wildcard tests/rack/*$(T)*.t))
# -- fuzzers: libFuzzer, so clang -----------------------------------------------
FUZZ := $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))
$(O)/fuzz/%_fuzz: tests/fuzz/%_fuzz.c kernel/lib/elf.c kernel/acpi_tables.c \
	kernel/acpi_numa.c kernel/lib/prng.c net/host/panic.c
	@mkdir -p $(@D)
	@echo '  LD      $@'
	$(Q)$(CLANG) $(filter-out -MMD -MP,$(C_asan)) -fsanitize=fuzzer -o $@ $^
fuzz: all $(FUZZ)
	@tests/run "tests/fuzz/run $(O)"
tidy: head mpi
	@tests/run "tests/tidy/run $(O)"
rack: all
	@BM_OUT=$(O) tests/run $(RACK)
clang:
	$(Q)$(MAKE) --no-print-directory $(if $(Q),-s) CC=$(CLANG) \
	    O=$(O)/clang node head mpi
check-built: all $(UNIT) $(MODEL) $(TSAN) $(FUZZ) clang
	@BM_OUT=$(O) tests/run "tests/tidy/run $(O)" $(UNIT) $(MODEL) $(TSAN) \
	    "SECONDS_EACH=4 tests/fuzz/run $(O)" \
	    "tests/conf/sample.sh $(O)" $(RACK)
check:
	@headnode/setup/deps.sh
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) all $(UNIT) \
	    $(MODEL) $(TSAN) $(FUZZ) clang
	$(Q)$(MAKE) --no-print-directory check-built
demo:
	@headnode/setup/deps.sh
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) all
	@NIC=$(NIC) headnode/setup/demo.sh $(O)
mutants: all $(UNIT)
	tests/mutants/run $(T)
conformance: all
	@python3 tests/conf/run.py --out $(O) --mpi $(or $(MPI),lite5) \
	    --results $(O)/conformance-$(or $(MPI),lite5).txt \
	    $(if $(SEED),--sample $(SEED)) $(T)
campaign: all $(O)/asan/bin/ixgbe_test
	@BM_OUT=$(O) BM_TEST_SECONDS=36000 \
	    tests/run $(sort $(wildcard tests/campaign/*$(T)*.sh))
size: node
	@headnode/setup/size.sh $(O)
bench: all
	@for b in tests/bench/$(or $(BENCH),*).sh; do \
	    BM_OUT=$(O) $$b || exit 1; done

help:
	@sed -n 's/^#\( \|$$\)//p;/^$$/q' Makefile
clean:
	rm -rf $(O)
.PHONY: fuzz sim model campaign conformance all node head mpi app toolchain deps deps-10g unit help clean \
	tidy rack clang check check-built demo mutants size \
	bench

-include $(shell find $(O) -name '*.d' 2>/dev/null)

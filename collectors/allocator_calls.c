/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the counters that an allocator exports. Called by the session (soak/run) at each tick
 * and at process ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "collectors/allocator_calls.h"
#include "collectors/elf_file.h"

#define COPY_ATTEMPTS 1000

/* ---- the library ----------------------------------------------------------------------------- */

#if defined(__x86_64__)
static const unsigned char instruction[] = {0x0f, 0x05}; /* syscall */
#define STEP 1
#elif defined(__aarch64__)
static const unsigned char instruction[] = {0x01, 0x00, 0x00, 0xd4}; /* svc 0 */
#define STEP 4
#else
#error "say what a system call instruction looks like on this machine"
#endif

static int add_site(struct allocator_library *library, uint64_t address)
{
	for (int i = 0; i < ALLOCATOR_SITES; i++) {
		__u32 *site = &library->site[address % ALLOCATOR_PAGE][i];

		if (*site)
			continue;
		*site = address;
		library->known = 1;
		return 0;
	}
	return -E2BIG;
}

/* Bytes that only look like the instruction do no harm: no call comes from there. */
static int find_sites(Elf *elf, const GElf_Phdr *segment, struct allocator_library *library)
{
	Elf_Data *data =
		elf_getdata_rawchunk(elf, segment->p_offset, segment->p_filesz, ELF_T_BYTE);
	const unsigned char *bytes = data ? data->d_buf : NULL;
	int code = 0;

	if (!bytes)
		return -EIO;
	for (size_t i = 0; !code && i + sizeof(instruction) <= data->d_size; i += STEP) {
		if (memcmp(bytes + i, instruction, sizeof(instruction)) != 0)
			continue;
		code = add_site(library, segment->p_vaddr + i + sizeof(instruction));
	}
	return code;
}

static int read_segments(Elf *elf, struct allocator_library *library)
{
	size_t count;
	int code = elf_getphdrnum(elf, &count) ? -EIO : 0;

	for (size_t i = 0; !code && i < count; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(elf, i, &segment) || segment.p_type != PT_LOAD)
			continue;
		if (segment.p_vaddr + segment.p_memsz > library->size)
			library->size = segment.p_vaddr + segment.p_memsz;
		if (segment.p_flags & PF_X)
			code = find_sites(elf, &segment, library);
	}
	return code;
}

static void note_counters(void *context, const char *name, const GElf_Sym *symbol)
{
	struct allocator_library *library = context;

	if (strcmp(name, "hak_counters") == 0)
		library->counters = symbol->st_value;
}

int allocator_calls_library(const char *path, struct allocator_library *library)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), code;
	Elf *elf;

	if (fd < 0)
		return -errno;
	memset(library, 0, sizeof(*library));
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf)
		elf_file_exports(elf, note_counters, library);
	code = elf ? -ENOENT : -ENOEXEC;
	if (library->counters)
		code = read_segments(elf, library);
	if (!code && !library->known)
		code = -ENOENT;
	elf_end(elf);
	close(fd);
	return code;
}

/* ---- its calls ------------------------------------------------------------------------------- */

uint64_t allocator_calls_own(const struct allocator_calls *calls, enum churn_syscall call)
{
	return calls->before_exec[call] + calls->own[call] - calls->base[call];
}

static bool agree(const struct allocator_calls *calls)
{
	for (int c = 0; c < CHURN_SYSCALL_COUNT; c++)
		if (calls->kernel[c] != allocator_calls_own(calls, c))
			return false;
	return true;
}

void allocator_calls_copy(const struct allocator_calls *live, struct allocator_calls *ret_calls)
{
	for (int attempt = 0; attempt < COPY_ATTEMPTS; attempt++) {
		memcpy(ret_calls, live, sizeof(*ret_calls));
		if (agree(ret_calls))
			return;
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
	}
}

/* ---- what it holds --------------------------------------------------------------------------- */

/* All of hakmem's are there; a library of its like may have less. */
struct account {
	struct allocator_counters counters;
	struct allocator_figures figures;
};

static bool read_account(const struct process *process, struct account *ret_account)
{
	uint64_t address = process->live ? process->live->allocator.counters : 0;
	char *at = (char *)(uintptr_t)address;
	struct iovec here = {ret_account, sizeof(*ret_account)};
	struct iovec there[] = {{at, sizeof(ret_account->counters)},
		{at + sizeof(ret_account->counters), sizeof(ret_account->figures)}};
	ssize_t length = address ? process_vm_readv(process->tgid, &here, 1, there, 2, 0) : 0;

	if (length < (ssize_t)sizeof(*ret_account))
		ret_account->counters.size = sizeof(ret_account->counters);
	return length >= (ssize_t)sizeof(ret_account->counters);
}

static void add_figures(struct sample *sample, const struct allocator_figures *figures)
{
	sample_add(sample, METRIC_allocator_cached_bytes, figures->cached_bytes);
	sample_add(sample, METRIC_allocator_retained_bytes, figures->retained_bytes);
	sample_add(sample, METRIC_allocator_retained_peak_bytes, figures->retained_peak);
	sample_add(sample, METRIC_allocator_purges, figures->purges);
	sample_add(sample, METRIC_allocator_regretted_bytes, figures->regretted_bytes);
	sample_add(sample, METRIC_allocator_refaulted_bytes, figures->refaulted_bytes);
}

void allocator_calls_fill(struct tree *tree, struct sample *sample)
{
	for (size_t i = 0; i < tree_count(tree); i++) {
		struct account account;

		if (!read_account(tree_process(tree, i), &account))
			continue;
		sample_add(sample, METRIC_allocator_in_use_bytes, account.counters.in_use_bytes);
		sample_add(
			sample, METRIC_allocator_committed_bytes, account.counters.committed_bytes);
		if (account.counters.size >= sizeof(account))
			add_figures(sample, &account.figures);
	}
}

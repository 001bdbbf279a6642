/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ring N: asks an io_uring N times for madvise(MADV_COLD). Exit status 77: there is no io_uring. */
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *at(char *ring, uint32_t bytes)
{
	return ring + bytes;
}

int main(int argc, char **argv)
{
	struct io_uring_params params = {0};
	int fd = syscall(SYS_io_uring_setup, 1, &params), done = 0,
	    n = argc > 1 ? atoi(argv[1]) : 1;
	char *ring, *page;
	struct io_uring_sqe *entry;

	if (fd < 0)
		return 77;
	ring = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe),
		PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	entry = mmap(NULL, sizeof(*entry), PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < n; i++) {
		uint32_t *head = at(ring, params.cq_off.head),
			 *index = at(ring, params.sq_off.array);
		uint32_t *tail = at(ring, params.sq_off.tail);
		struct io_uring_cqe *results = at(ring, params.cq_off.cqes);
		struct io_uring_cqe *result = &results[*head % params.cq_entries];

		memset(entry, 0, sizeof(*entry));
		entry->opcode = IORING_OP_MADVISE;
		entry->addr = (uintptr_t)page;
		entry->len = 4096;
		entry->fadvise_advice = MADV_COLD;
		index[0] = 0;
		__atomic_fetch_add(tail, 1, __ATOMIC_RELEASE);
		syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
		done += result->res == 0;
		__atomic_fetch_add(head, 1, __ATOMIC_RELEASE);
	}
	return done == n ? 0 : 1;
}

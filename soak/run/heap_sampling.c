/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records sampled allocations. Called by the session. */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "soak/run/places.h"
#include "soak/run/session_state.h"

#define READ_EVERY_NS 50000000

size_t heap_sampling_bytes(const struct session_options *options)
{
	return options->heap_sampling ? HEAP_RING_BYTES : 0;
}

static int start_timer(struct heap_sampling *sampling)
{
	const struct itimerspec every = {{0, READ_EVERY_NS}, {0, READ_EVERY_NS}};

	sampling->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return sampling->timer_fd < 0 || timerfd_settime(sampling->timer_fd, 0, &every, NULL)
		       ? -errno
		       : 0;
}

int heap_sampling_begin(struct session *session, struct soakops_page *page)
{
	uint64_t mean = session->options->heap_sampling, seed = 0;

	if (!mean)
		return 0;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return -errno;
	session->sampling.samples = heap_samples_new(heap_ring_of(page), mean, seed >> 1);
	if (!session->sampling.samples)
		return -ENOMEM;
	heap_page_of(page)->sampling = 1;
	recorder_fact(session->recorder, "heap_sampling_bytes", "%llu", (unsigned long long)mean);
	recorder_fact(
		session->recorder, "heap_sampling_seed", "%llu", (unsigned long long)(seed >> 1));
	return start_timer(&session->sampling);
}

void heap_sampling_read(struct session *session)
{
	uint64_t expirations;

	if (!session->sampling.samples)
		return;
	(void)!read(session->sampling.timer_fd, &expirations, sizeof(expirations));
	tree_hear(session->tree);
	heap_samples_read(session->sampling.samples, session->tree, clocks_now());
}

/* ---- frames and sites ------------------------------------------------------------------------ */

static void write_frame(struct session *session, struct symbols *symbols, uint32_t number)
{
	const struct heap_frame *frame =
		heap_sites_frame(heap_samples_sites(session->sampling.samples), number);
	const struct unwind_frame where = {.file = frame->file, .address = frame->address};
	char *function = places_frame(symbols, &where, false);
	char *place = places_frame(symbols, &where, true);
	const struct recorder_heap_frame row = {.id = number,
		.function = function ? function : "",
		.place = place ? place : "",
		.module = frame->file ? frame->file->path : NULL,
		.build_id = frame->file && frame->file->build_id[0] ? frame->file->build_id : NULL,
		.address = (int64_t)frame->address,
		.own = caller_place_is_own(&where)};

	recorder_heap_frame(session->recorder, &row);
	free(function);
	free(place);
}

static void write_site(struct session *session, uint32_t number)
{
	static const char *const reaches[] = {
		[UNWIND_OUTERMOST] = "outermost", [UNWIND_CUT] = "cut", [UNWIND_LOST] = "lost"};
	const struct heap_site *site =
		heap_sites_at(heap_samples_sites(session->sampling.samples), number);
	scoped_text frames = {0};

	for (size_t i = 0; i < site->count; i++)
		text_add(&frames, "%s%u", i ? "," : "", site->frames[i]);
	recorder_heap_site(session->recorder, number, text_of(&frames), reaches[site->end]);
}

static void write_new(struct session *session)
{
	struct heap_sampling *sampling = &session->sampling;
	struct heap_sites *sites = heap_samples_sites(sampling->samples);

	while (sampling->frames + 1 < heap_sites_frames(sites))
		write_frame(session, NULL, ++sampling->frames);
	while (sampling->sites + 1 < heap_sites_count(sites))
		write_site(session, ++sampling->sites);
}

/* ---- readings -------------------------------------------------------------------------------- */

static void write_change(void *context, const struct heap_change *change)
{
	struct session *session = context;

	recorder_heap(session->recorder, change, session->now_ns);
}

/* What there is at the end of the observation is written in any case. */
void heap_sampling_fill(struct session *session, struct sample *sample)
{
	struct heap_samples *samples = session->sampling.samples;

	if (!samples || session->end_ns)
		return;
	heap_sampling_read(session);
	heap_samples_fill(samples, sample);
	if (!session->last_sample && tree_count(session->tree) &&
		!heap_samples_due(samples, session->now_ns))
		return;
	heap_samples_changes(samples, session->now_ns, write_change, session);
	write_new(session);
}

static void say_losses(struct session *session, const struct heap_losses *losses)
{
	struct recorder *recorder = session->recorder;

	recorder_fact(recorder, "heap_lost_samples", "%llu", (unsigned long long)losses->samples);
	recorder_fact(recorder, "heap_lost_frees", "%llu", (unsigned long long)losses->frees);
	recorder_fact(recorder, "heap_lost_stacks", "%llu", (unsigned long long)losses->stacks);
	if (losses->thinned) {
		recorder_fact(recorder, "heap_thinned_samples", "%llu",
			(unsigned long long)losses->thinned);
		recorder_fact(recorder, "heap_sampling_largest", "%llu",
			(unsigned long long)losses->largest_mean);
	}
	if (losses->samples || losses->frees)
		session_warn(session,
			"%llu sampled allocations and %llu releases were lost, so what sites hold "
			"is not to be trusted: choose a larger --heap-sampling=BYTES",
			(unsigned long long)losses->samples, (unsigned long long)losses->frees);
}

void heap_sampling_end(struct session *session)
{
	struct heap_sampling *sampling = &session->sampling;
	struct heap_losses losses;
	struct symbols *symbols;

	if (!sampling->samples)
		return;
	losses = heap_samples_losses(sampling->samples);
	symbols = symbols_new();
	for (uint32_t f = 1; f <= sampling->frames; f++)
		write_frame(session, symbols, f);
	symbols_free(symbols);
	if (!sampling->sites)
		session_warn(session,
			"no allocation was sampled: are the programs statically linked or set-uid, "
			"or did they allocate less than %llu bytes?",
			(unsigned long long)session->options->heap_sampling);
	say_losses(session, &losses);
}

void heap_sampling_release(struct heap_sampling *sampling)
{
	heap_samples_free(sampling->samples);
	if (sampling->timer_fd >= 0)
		close(sampling->timer_fd);
}

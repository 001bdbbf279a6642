/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keeps call sites and the places that they stand for. Called by the session as stacks arrive in
 * the ring buffer and as calls are recorded.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/callers.h"
#include "collectors/code_bits.h"
#include "collectors/code_map.h"
#include "collectors/event_queue.h"
#include "collectors/procfs.h"

#define MOST_WAITING_BYTES (64u << 20)

/* What tells places from each other. */
struct place_key {
	char program[16];
	const struct code_file *file, *word_file; /* NULL: in none that is known */
	uint64_t address, word_address;
	/* Of the caller, if words further up the stack tell it from others. */
	const struct code_file *deep_file;
	uint64_t deep_address;
	/* How often it was told from others: one that was seen to have several callers stays so. */
	uint64_t level;
};

struct place {
	struct place_key key; /* first: places are found by it */
	struct caller_place seen;
	uint64_t stacks;   /* that were unwound */
	uint64_t unproven; /* calls at sites of which some went on to be told apart */
};

/* What user space knows of a line of the probes' array. */
struct line {
	struct place *place;       /* NULL: no call has been written down yet */
	bool waited;               /* for its stack, the last time that gains were told */
	struct caller_site before; /* its counts then */
};

struct callers {
	struct probes *probes;
	struct tree *tree;
	struct ring_buffer *ring;
	struct event_queue queue; /* of what was in the ring */
	struct code_map *map;
	struct line *lines;
	size_t nlines;
	void *index; /* of places, for tsearch() */
	struct place **places;
	size_t count, capacity;
};

/* ---- places ---------------------------------------------------------------------------------- */

static int compare_places(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct place_key));
}

/* Finds the place, or makes it. NULL when memory is short. */
static struct place *place_of(struct callers *callers, const struct place_key *key)
{
	struct place **found = tfind(key, &callers->index, compare_places);
	struct place *place;

	if (found)
		return *found;
	if (callers->count == callers->capacity) {
		size_t capacity = callers->capacity * 2 + 64;
		struct place **grown = reallocarray(callers->places, capacity, sizeof(*grown));

		if (!grown)
			return NULL;
		callers->places = grown;
		callers->capacity = capacity;
	}
	place = calloc(1, sizeof(*place));
	if (!place)
		return NULL;
	place->key = *key;
	place->seen.id = callers->count + 1;
	place->seen.caller = -1;
	place->seen.certainty = CALLER_UNKNOWN;
	memcpy(place->seen.program, key->program, sizeof(key->program));
	callers->places[callers->count++] = place;
	tsearch(place, &callers->index, compare_places);
	return place;
}

static struct line *line_of(struct callers *callers, uint32_t number)
{
	if (number >= callers->nlines) {
		size_t grown = callers->nlines * 2 > number ? callers->nlines * 2 : number + 64;
		struct line *lines = reallocarray(callers->lines, grown, sizeof(*lines));

		if (!lines)
			return NULL;
		memset(lines + callers->nlines, 0, (grown - callers->nlines) * sizeof(*lines));
		callers->lines = lines;
		callers->nlines = grown;
	}
	return &callers->lines[number];
}

/* ---- what a stack tells -----------------------------------------------------------------------*/

/* One process's view of the map: what unwind() is given as its context. */
struct view {
	struct code_map *map;
	uint32_t image;
};

static const struct code_file *find_code(void *context, uint64_t address, uint64_t *ret_address)
{
	struct view *view = context;

	return code_map_find(view->map, view->image, address, ret_address);
}

static void absorb(struct place *place, const struct caller_place *now)
{
	uint32_t id = place->seen.id;

	if (place->stacks++) {
		caller_place_merge(&place->seen, now);
		return;
	}
	place->seen = *now;
	place->seen.id = id;
	memcpy(place->seen.program, place->key.program, sizeof(place->seen.program));
}

/* ---- what arrives ---------------------------------------------------------------------------- */

static unsigned int level_of(struct callers *callers, const struct caller_site *site)
{
	unsigned int level = 0;

	while (site && site->parent && level <= CALLER_DEPTH) {
		site = probes_site(callers->probes, site->parent);
		level++;
	}
	return level;
}

/* `seen` by the site's first stack. */
static struct place *place_of_site(
	struct callers *callers, const struct caller_site *site, const struct caller_place *seen)
{
	struct place_key key;

	memset(&key, 0, sizeof(key)); /* compared as bytes */
	memcpy(key.program, site->program, strnlen(site->program, sizeof(key.program)));
	key.file = code_map_find(callers->map, site->key.image, site->key.ip, &key.address);
	if (site->key.word)
		key.word_file = code_map_find(
			callers->map, site->key.image, site->key.word, &key.word_address);
	key.level = level_of(callers, site);
	if (site->key.deep) {
		key.deep_address = 1; /* unlike the site that it was told from */
		if (seen->caller >= 0) {
			key.deep_file = seen->frame[seen->caller].file;
			key.deep_address = seen->frame[seen->caller].address;
		}
	}
	return place_of(callers, &key);
}

/* Sites are told apart as close to the call as they differ: deeper ones by their own sites. */
static void look_no_deeper(struct caller_site *site, uint32_t bytes)
{
	if (bytes && (!site->deep_bytes || bytes < site->deep_bytes))
		site->deep_bytes = bytes;
}

/*
 * Beyond the words of a site's key there may be as many callers as there are ways into libc: the
 * probe is told which word to look at besides.
 */
static void tell_apart(struct callers *callers, struct caller_site *site,
	const struct caller_place *all, const struct caller_place *now)
{
	struct caller_site *parent =
		site->parent ? probes_site(callers->probes, site->parent) : NULL;
	struct line *line = parent ? line_of(callers, site->parent) : NULL;

	if (all->several)
		look_no_deeper(site, caller_place_parting(all, now));
	else if (now->caller >= 2 && now->certainty == CALLER_EXACT &&
		 now->frame[now->caller].found_bytes > site->looked_bytes)
		look_no_deeper(site, now->frame[now->caller].found_bytes);
	if (line && line->place)
		look_no_deeper(parent, caller_place_parting(&line->place->seen, now));
}

/* Where its code lies /proc tells of the image that runs now. If that changed meanwhile: forget. */
static void learn_mappings(struct callers *callers, const struct caller_event *event)
{
	const volatile struct process_slot *slot =
		&probes_slots(callers->probes)[event->slot % TREE_SLOTS];
	bool runs = slot->image == event->image;

	if (event->files)
		code_map_add(
			callers->map, event->image, event->tgid, runs, event->file, event->files);
	else if (runs)
		code_map_read(callers->map, event->image, event->tgid);
	if (!runs || slot->image == event->image)
		return;
	code_map_forget(callers->map, event->image);
	code_map_add(callers->map, event->image, event->tgid, false, event->file, event->files);
}

static void work_on(struct callers *callers, const struct caller_event *event)
{
	struct caller_site *site = probes_site(callers->probes, event->line % CALLER_SITES);
	struct line *line = line_of(callers, event->line % CALLER_SITES);
	struct view view = {callers->map, event->image};
	struct unwind_stack stack = {event->ip, event->registers, ~0ull, event->stack,
		event->stack_bytes, code_bits(), find_code, &view};
	struct caller_place now;

	/* The line may have gone to another site since. */
	if (!site || !line || site->key.image != event->image)
		return;
	tree_hear(callers->tree); /* where the program is that was executed before this call */
	learn_mappings(callers, event);
	now = caller_place_examine(&stack);
	if (!line->place)
		line->place = place_of_site(callers, site, &now);
	if (!line->place)
		return;
	absorb(line->place, &now);
	tell_apart(callers, site, &line->place->seen, &now);
}

/* The stack of this site was lost: its key holds the instruction, and the word on top. */
static struct place *place_without_stack(
	struct callers *callers, const struct process *process, const struct caller_site *site)
{
	const __u64 registers[CALLER_REGISTERS] = {0};
	struct view view = {callers->map, site->key.image};
	struct unwind_stack stack = {site->key.ip, registers, 1ull << unwind_stack_pointer,
		&site->key.word, site->key.word ? sizeof(site->key.word) : 0, code_bits(),
		find_code, &view};
	struct caller_place now;
	struct place *place;
	uint64_t unused;

	if (!code_map_find(callers->map, site->key.image, site->key.ip, &unused) &&
		process->live->image == site->key.image)
		code_map_read(callers->map, site->key.image, process->tgid);
	now = caller_place_examine(&stack);
	place = place_of_site(callers, site, &now);
	if (place && !place->stacks)
		absorb(place, &now);
	return place;
}

static bool work_on_next(struct callers *callers)
{
	struct event_node *node = event_queue_pop(&callers->queue);

	if (node)
		work_on(callers, (const void *)node->event);
	free(node);
	return node != NULL;
}

static int on_event(void *context, void *data, size_t size)
{
	struct callers *callers = context;

	if (size < offsetof(struct caller_event, stack))
		return 0;
	while (callers->queue.bytes > MOST_WAITING_BYTES)
		work_on_next(callers);
	if (event_queue_push(&callers->queue, data, size))
		return 0;
	while (work_on_next(callers))
		;
	work_on(callers, data);
	return 0;
}

void callers_update(struct callers *callers)
{
	if (!callers)
		return;
	do
		ring_buffer__consume(callers->ring);
	while (work_on_next(callers));
}

/* `from` and `path` lead to it; what it is called, or for a relative path where it is. */
static void remember_program(
	struct callers *callers, pid_t tgid, const char *from, const char *path)
{
	char joined[PATH_MAX], link[32];
	ssize_t length;
	int fd;

	if (snprintf(joined, sizeof(joined), "%s%s", from, path) >= (int)sizeof(joined))
		return;
	fd = open(joined, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	if (path[0] != '/') {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		length = readlink(link, joined, sizeof(joined) - 1);
		joined[length < 0 ? 0 : length] = 0;
		path = joined;
	}
	code_map_remember(callers->map, path, tgid, fd);
	close(fd);
}

void callers_saw_program(struct callers *callers, pid_t tgid, const char *path)
{
	bool relative = path[0] != '/';
	char from[32];

	if (!callers)
		return;
	/* From where it runs, or if it has ended from where we do: the inode tells which it is. */
	snprintf(from, sizeof(from), "/proc/%d/%s", procfs_speaker(tgid),
		relative ? "cwd/" : "root");
	remember_program(callers, tgid, from, path);
	remember_program(callers, 0, relative ? "./" : "", path);
}

/* ---- counts ---------------------------------------------------------------------------------- */

/* The counters go on meanwhile: what is read is what is remembered. */
static struct caller_site copy_counts(const volatile struct caller_site *site)
{
	struct caller_site copy = {
		.key = {site->key.image, site->key.kind, site->key.ip, site->key.word},
		.calls = site->calls,
		.errors = site->errors,
		.bytes = site->bytes,
		.ns = site->ns};

	memcpy(copy.program, (const char *)site->program, sizeof(copy.program));
	return copy;
}

/*
 * A site's first stack is sent after its first call is counted: one that is not here yet comes
 * before the next time, or is lost.
 */
static void tell_gain(struct callers *callers, const struct process *process, uint32_t number,
	bool last, caller_gain_fn *fn, void *context)
{
	const struct caller_site *site = probes_site(callers->probes, number);
	struct caller_site now = copy_counts(site), gain = now;
	struct line *line = line_of(callers, number);

	if (!line || now.calls == line->before.calls)
		return;
	if (!line->place && !last && !line->waited) {
		line->waited = true;
		return;
	}
	if (!line->place)
		line->place = place_without_stack(callers, process, &now);
	gain.calls -= line->before.calls;
	gain.errors -= line->before.errors;
	gain.bytes -= line->before.bytes;
	gain.ns -= line->before.ns;
	if (!line->place)
		return;
	if (site->deep_bytes)
		line->place->unproven += gain.calls;
	fn(context, process, line->place->seen.id, now.key.kind, &gain);
	line->before = now;
}

void callers_gains(struct callers *callers, const struct process *process, bool last,
	caller_gain_fn *fn, void *context)
{
	const volatile struct process_slot *slot = process->live;

	if (!callers || !slot)
		return;
	for (uint32_t n = slot->sites; n; n = probes_site(callers->probes, n)->next) {
		if (!probes_site(callers->probes, n))
			return;
		tell_gain(callers, process, n, last, fn, context);
	}
}

void callers_forget(struct callers *callers, const struct process *process)
{
	uint32_t number, next, image = 0;

	if (!callers || !process->live)
		return;
	for (number = process->live->sites; number; number = next) {
		struct caller_site *site = probes_site(callers->probes, number);

		if (!site)
			return;
		if (site->key.image != image)
			code_map_forget(callers->map, site->key.image);
		image = site->key.image;
		next = site->next;
		if (number < callers->nlines)
			callers->lines[number] = (struct line){0};
		probes_site_free(callers->probes, number);
	}
}

/* ---- life ------------------------------------------------------------------------------------ */

int callers_new(struct probes *probes, struct tree *tree, struct callers **ret_callers)
{
	struct callers *callers;

	*ret_callers = NULL;
	if (!probes || probes_absent(probes, PROBE_CALLERS))
		return 0;
	callers = calloc(1, sizeof(*callers));
	if (!callers)
		return -ENOMEM;
	callers->probes = probes;
	callers->tree = tree;
	event_queue_init(&callers->queue);
	callers->map = code_map_new();
	callers->ring = ring_buffer__new(probes_callers_fd(probes), on_event, callers, NULL);
	if (!callers->map || !callers->ring) {
		callers_free(callers);
		return -ENOMEM;
	}
	*ret_callers = callers;
	return 0;
}

void callers_free(struct callers *callers)
{
	if (!callers)
		return;
	ring_buffer__free(callers->ring);
	event_queue_release(&callers->queue);
	tdestroy(callers->index, free);
	free(callers->places);
	free(callers->lines);
	code_map_free(callers->map);
	free(callers);
}

int callers_fd(const struct callers *callers)
{
	return callers ? ring_buffer__epoll_fd(callers->ring) : -1;
}

/* ---- what was found -------------------------------------------------------------------------- */

size_t callers_places(const struct callers *callers)
{
	return callers ? callers->count : 0;
}

const struct caller_place *callers_place(const struct callers *callers, size_t index)
{
	return &callers->places[index]->seen;
}

enum caller_certainty callers_certainty(const struct callers *callers, size_t index)
{
	const struct place *place = callers->places[index];

	if (place->seen.certainty == CALLER_EXACT && place->unproven > place->stacks)
		return CALLER_HEURISTIC;
	return place->seen.certainty;
}

struct caller_losses callers_losses(const struct callers *callers)
{
	const volatile struct caller_losses *live;

	if (!callers)
		return (struct caller_losses){0};
	live = probes_caller_losses(callers->probes);
	return (struct caller_losses){live->sites, live->stacks};
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws flame graphs. Called by soak plot --flame. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "soak/judge/wording.h"
#include "soak/report/flame.h"
#include "soak/report/utf8.h"

#define WIDTH 1200.0
#define ROW 18.0
#define MARGIN 10.0
#define HEAD 44.0
#define NARROWEST 0.4 /* what is narrower is left out */
#define LETTER 6.6    /* width of one, at 11 px */

struct node {
	const char *name;
	double bytes;
	struct node *children, *next;
};

/* The child of that name. NULL when memory is short. */
static struct node *child_of(struct node *parent, const char *name)
{
	struct node *child = parent->children;

	while (child && strcmp(child->name, name) != 0)
		child = child->next;
	if (child)
		return child;
	child = calloc(1, sizeof(*child));
	if (!child)
		return NULL;
	child->name = name;
	child->next = parent->children;
	return parent->children = child;
}

static void free_below(struct node *node)
{
	for (struct node *next, *child = node->children; child; child = next) {
		next = child->next;
		free_below(child);
		free(child);
	}
}

static bool add_site(struct node *root, const struct run_heap *heap, size_t index, double bytes)
{
	const struct run_heap_site *site = &heap->sites[index];
	struct node *node = root;

	root->bytes += bytes;
	if (!site->whole)
		node = child_of(node, index ? "[cut off]" : "[other sites]");
	if (node && !site->whole)
		node->bytes += bytes;
	for (size_t i = site->count; node && i-- > 0;) {
		const char *name = heap->frames[site->frames[i]].function;

		node = child_of(node, name ? name : "[unknown]");
		if (node)
			node->bytes += bytes;
	}
	return node != NULL;
}

static int depth_of(const struct node *node, double per_byte)
{
	int deepest = 0;

	for (const struct node *child = node->children; child; child = child->next) {
		int depth = child->bytes * per_byte < NARROWEST ? 0 : depth_of(child, per_byte);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

static void print_escaped(FILE *out, const char *text, size_t most)
{
	char *clean = utf8_clean(text);

	for (const char *c = clean; c && *c && most--; c++) {
		if (*c == '<' || *c == '>' || *c == '&')
			fprintf(out, "&#%d;", *c);
		else
			fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
	}
	free(clean);
}

/* Warm colours, the same for the same module: what stands before the backquote. */
static void print_colour(FILE *out, const char *name)
{
	unsigned int hash = 5381;

	for (const char *c = name; *c && *c != '`'; c++)
		hash = hash * 33 + (unsigned char)*c;
	fprintf(out, "rgb(%u,%u,%u)", 205 + hash % 50, 80 + hash / 50 % 120, hash / 6000 % 60);
}

/* How many bytes of a name fit, without part of a character. */
static size_t fits(const char *name, double width)
{
	size_t room = width > 3 * LETTER ? (size_t)((width - 6) / LETTER) : 0;
	size_t length = strlen(name);

	if (length <= room)
		return length;
	while (room && ((unsigned char)name[room] & 0xc0) == 0x80)
		room--;
	return room;
}

static void draw(
	FILE *out, const struct node *node, double x, double y, double per_byte, double whole)
{
	double width = node->bytes * per_byte, at = x;

	if (width < NARROWEST)
		return;
	fputs("<g><title>", out);
	print_escaped(out, node->name, SIZE_MAX);
	fprintf(out,
		": %s, %s</title><rect x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%.0f\" "
		"rx=\"1\" fill=\"",
		say_bytes(node->bytes).text, say_percent(100 * node->bytes / whole).text, x, y,
		width, ROW - 1);
	print_colour(out, node->name);
	fprintf(out, "\"/><text x=\"%.1f\" y=\"%.0f\">", x + 3, y + ROW - 6);
	print_escaped(out, node->name, fits(node->name, width));
	fputs("</text></g>\n", out);
	for (const struct node *child = node->children; child; child = child->next) {
		draw(out, child, at, y - ROW, per_byte, whole);
		at += child->bytes * per_byte;
	}
}

static void write_svg(FILE *out, const char *title, const struct node *root)
{
	double per_byte = root->bytes > 0 ? (WIDTH - 2 * MARGIN) / root->bytes : 0;
	double height = HEAD + ROW * depth_of(root, per_byte) + MARGIN;

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		"viewBox=\"0 0 %.0f %.0f\">\n"
		"<style>text{font:11px monospace;fill:#000}</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
		"<text x=\"%.0f\" y=\"22\" style=\"font-size:14px\">",
		WIDTH, height, WIDTH, height, MARGIN);
	print_escaped(out, title, SIZE_MAX);
	fputs("</text>\n", out);
	draw(out, root, MARGIN, height - MARGIN - ROW, per_byte, root->bytes);
	fputs("</svg>\n", out);
}

int flame_write(FILE *out, const char *title, const struct heap_account *account)
{
	struct node root = {.name = "all"};
	bool enough = true;

	for (size_t i = 0; enough && i < account->count; i++)
		if (account->parts[i].estimate.estimate > 0)
			enough = add_site(&root, &account->heap, account->parts[i].index,
				account->parts[i].estimate.estimate);
	if (enough)
		write_svg(out, title, &root);
	free_below(&root);
	return enough ? 0 : -ENOMEM;
}

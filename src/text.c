/* SPDX-License-Identifier: MIT */
/* Puts a line together on the stack and writes it. Called by all that print. */
#include "src/text.h"
#include "src/os.h"

#include <string.h>
#include <unistd.h>

static int kept = -1;

void hk_text_keep_stderr(void)
{
	kept = hk_os_duplicate(STDERR_FILENO);
}

void hk_text_add(struct hk_text *text, const char *string)
{
	size_t room = sizeof(text->line) - 1 - text->length, length = strlen(string);

	if (length > room)
		length = room;
	memcpy(text->line + text->length, string, length);
	text->length += length;
}

static void add_digits(struct hk_text *text, uint64_t number, unsigned base)
{
	char digits[24], *at = digits + sizeof(digits);

	*--at = '\0';
	do
		*--at = "0123456789abcdef"[number % base];
	while ((number /= base) > 0);
	hk_text_add(text, at);
}

void hk_text_number(struct hk_text *text, uint64_t number)
{
	add_digits(text, number, 10);
}

void hk_text_column(struct hk_text *text, uint64_t number, unsigned width)
{
	unsigned digits = 1;

	for (uint64_t rest = number; rest >= 10; rest /= 10)
		digits++;
	for (; digits < width; digits++)
		hk_text_add(text, " ");
	hk_text_number(text, number);
}

void hk_text_pointer(struct hk_text *text, const void *pointer)
{
	hk_text_add(text, "0x");
	add_digits(text, (uintptr_t)pointer, 16);
}

void hk_text_counter(const char *name, const uint64_t *counter)
{
	struct hk_text text = {0};

	hk_text_add(&text, name);
	hk_text_number(&text, __atomic_load_n(counter, __ATOMIC_RELAXED));
	hk_text_print(&text);
}

void hk_text_print(struct hk_text *text)
{
	text->line[text->length++] = '\n';
	if (!hk_os_write(STDERR_FILENO, text->line, text->length) && kept >= 0)
		hk_os_write(kept, text->line, text->length);
	text->length = 0;
}

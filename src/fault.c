/* SPDX-License-Identifier: MIT */
/* Prints one line and aborts. Called wherever a free() or a walk finds misused memory. */
#include "src/fault.h"
#include "src/text.h"

#include <stdlib.h>

__attribute__((noinline, cold)) void hk_fault(const char *what, const void *pointer)
{
	struct hk_text text = {0};

	hk_text_add(&text, "hakmem: ");
	hk_text_add(&text, what);
	hk_text_add(&text, ": ");
	hk_text_pointer(&text, pointer);
	hk_text_print(&text);
	abort();
}

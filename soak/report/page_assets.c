/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Embeds files as strings: see page_assets.h. The Makefile makes those in PAGE_FOLDER. */
#include "soak/report/page_assets.h"

#define EMBED(name, path)                                                                          \
	__asm__(".pushsection .rodata\n"                                                           \
		".global " #name "\n" #name ":\n"                                                  \
		".incbin \"" path "\"\n"                                                           \
		".byte 0\n"                                                                        \
		".popsection\n")

EMBED(page_style, "soak/report/page.css");
EMBED(page_script, "soak/report/page.js");
EMBED(page_library, PAGE_FOLDER "/dygraph.js");
EMBED(page_library_style, PAGE_FOLDER "/dygraph.css");
EMBED(page_library_licence, PAGE_FOLDER "/licence");
EMBED(page_script_hashes, PAGE_FOLDER "/hashes");

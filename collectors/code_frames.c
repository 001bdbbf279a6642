/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serves .eh_frame data to libdw piece by piece. Called by code_file.c. */
#include <dwarf.h>
#include <string.h>

#include "collectors/code_frames.h"

#define MOST_TABLE_BYTES (64ull << 20)
#define MOST_FRAME_BYTES (1ull << 20)
#define HEADER_BYTES 12

struct table_entry {
	int32_t code, frame; /* from the table's own address */
};

static uint32_t word_at(const struct code_frames *frames, uint64_t offset)
{
	uint32_t word;

	memcpy(&word, frames->image->bytes + offset, sizeof(word));
	return word;
}

/* Where the file has the frames: by its sections, or without sections to the end of the file. */
static void find_section(struct code_frames *frames)
{
	Elf *elf = frames->image->elf;
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return;
	while ((section = elf_nextscn(elf, section))) {
		const char *name = gelf_getshdr(section, &header)
					   ? elf_strptr(elf, names, header.sh_name)
					   : NULL;

		if (name && strcmp(name, ".eh_frame") == 0 && header.sh_type != SHT_NOBITS) {
			frames->offset = header.sh_offset;
			frames->address = header.sh_addr;
			frames->bytes = header.sh_size;
		}
	}
}

/*
 * The table that GNU ld, gold and lld write (LSB 5.0, 10.6.2): a pointer to the frames, relative to
 * itself, a count, and pairs relative to the header, all of four bytes.
 */
static void find_table(struct code_frames *frames, const GElf_Phdr *segment)
{
	static const unsigned char usual[] = {1, DW_EH_PE_pcrel | DW_EH_PE_sdata4, DW_EH_PE_udata4,
		DW_EH_PE_datarel | DW_EH_PE_sdata4};

	if (segment->p_filesz < HEADER_BYTES || segment->p_filesz > MOST_TABLE_BYTES ||
		!elf_image_load(frames->image, segment->p_offset, segment->p_filesz) ||
		memcmp(frames->image->bytes + segment->p_offset, usual, sizeof(usual)) != 0)
		return;
	frames->table = segment->p_offset + HEADER_BYTES;
	frames->table_address = segment->p_vaddr;
	frames->entries = word_at(frames, segment->p_offset + 8);
	if (frames->entries > (segment->p_filesz - HEADER_BYTES) / sizeof(struct table_entry))
		frames->entries = 0;
	if (!frames->bytes && segment->p_offset < frames->image->size) {
		frames->address =
			segment->p_vaddr + 4 + (int32_t)word_at(frames, segment->p_offset + 4);
		frames->offset = frames->address - segment->p_vaddr + segment->p_offset;
		if (frames->offset < frames->image->size)
			frames->bytes = frames->image->size - frames->offset;
	}
}

void code_frames_open(struct code_frames *frames, struct elf_image *image, uint64_t most_bytes)
{
	size_t count = 0;
	GElf_Phdr segment;

	*frames = (struct code_frames){.image = image};
	find_section(frames);
	elf_getphdrnum(image->elf, &count);
	for (size_t i = 0; i < count; i++)
		if (gelf_getphdr(image->elf, i, &segment) && segment.p_type == PT_GNU_EH_FRAME)
			find_table(frames, &segment);
	if (!frames->entries)
		most_bytes = MOST_TABLE_BYTES; /* all of it is looked through */
	if (frames->bytes <= most_bytes)
		frames->whole = elf_image_load(image, frames->offset, frames->bytes);
	if (frames->whole || frames->entries)
		frames->cfi = dwarf_getcfi_elf(image->elf);
}

void code_frames_close(struct code_frames *frames)
{
	dwarf_cfi_end(frames->cfi);
}

/* The offset in .eh_frame of the last frame that begins at or before the address. */
static bool find_frame(const struct code_frames *frames, uint64_t address, uint64_t *ret_offset)
{
	const struct table_entry *table = (const void *)(frames->image->bytes + frames->table);
	uint64_t low = 0, high = frames->entries;

	while (low < high) {
		uint64_t middle = (low + high) / 2;

		if (frames->table_address + table[middle].code <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	*ret_offset = frames->table_address + table[low - 1].frame - frames->address;
	return *ret_offset < frames->bytes;
}

/* A length, and that many bytes. */
static bool load_entry(struct code_frames *frames, uint64_t offset)
{
	uint64_t at = frames->offset + offset;

	if (offset + 8 > frames->bytes || !elf_image_load(frames->image, at, 8))
		return false;
	return word_at(frames, at) < MOST_FRAME_BYTES &&
	       elf_image_load(frames->image, at, 4 + (uint64_t)word_at(frames, at));
}

static bool load_frame(struct code_frames *frames, uint64_t address)
{
	uint64_t offset, common;

	if (!frames->cfi || frames->whole)
		return frames->cfi != NULL;
	if (!find_frame(frames, address, &offset) || !load_entry(frames, offset))
		return false;
	/* A frame's second word is how far before it the entry is that it shares with others. */
	common = offset + 4 - word_at(frames, frames->offset + offset + 4);
	return load_entry(frames, common);
}

Dwarf_Frame *code_frames_rules(struct code_frames *frames, uint64_t address)
{
	Dwarf_Frame *rules = NULL;

	if (!load_frame(frames, address) || dwarf_cfi_addrframe(frames->cfi, address, &rules))
		return NULL;
	return rules;
}

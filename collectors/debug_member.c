/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks up a variable's member in DWARF. Called by heap_outside.c. */
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/debug_member.h"

struct debug_members {
	Dwfl *dwfl;
	Dwarf *dwarf;
	Dwarf_Die variable; /* found last, under `name` */
	const char *name;
};

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

int debug_members_open(const char *path, struct debug_members **ret_members)
{
	struct debug_members *members = calloc(1, sizeof(*members));
	Dwfl_Module *module = NULL;
	Dwarf_Addr bias;

	if (!members)
		return -ENOMEM;
	members->dwfl = dwfl_begin(&callbacks);
	if (members->dwfl)
		module = dwfl_report_offline(members->dwfl, path, path, -1);
	if (module && dwfl_report_end(members->dwfl, NULL, NULL) == 0)
		members->dwarf = dwfl_module_getdwarf(module, &bias);
	if (!members->dwarf) {
		debug_members_close(members);
		return -ENOENT;
	}
	*ret_members = members;
	return 0;
}

void debug_members_close(struct debug_members *members)
{
	if (!members)
		return;
	dwfl_end(members->dwfl);
	free(members);
}

static bool is_definition(Dwarf_Die *die, const char *name)
{
	const char *own;

	if (dwarf_tag(die) != DW_TAG_variable || !dwarf_hasattr_integrate(die, DW_AT_location))
		return false;
	own = dwarf_diename(die);
	return own && strcmp(own, name) == 0;
}

static bool find_in_unit(Dwarf_Die *unit, const char *name, Dwarf_Die *ret_variable)
{
	if (dwarf_child(unit, ret_variable) != 0)
		return false;
	do {
		if (is_definition(ret_variable, name))
			return true;
	} while (dwarf_siblingof(ret_variable, ret_variable) == 0);
	return false;
}

static bool find_variable(struct debug_members *members, const char *name)
{
	Dwarf_Off offset = 0, next;
	size_t header;

	if (members->name && strcmp(members->name, name) == 0)
		return true;
	members->name = NULL;
	for (; dwarf_nextcu(members->dwarf, offset, &next, &header, NULL, NULL, NULL) == 0;
		offset = next) {
		Dwarf_Die unit;

		if (!dwarf_offdie(members->dwarf, offset + header, &unit) ||
			!find_in_unit(&unit, name, &members->variable))
			continue;
		members->name = name;
		return true;
	}
	return false;
}

static bool address_of(Dwarf_Die *variable, uint64_t *ret_address)
{
	Dwarf_Attribute attribute;
	Dwarf_Op *ops;
	size_t n;

	if (!dwarf_attr_integrate(variable, DW_AT_location, &attribute) ||
		dwarf_getlocation(&attribute, &ops, &n) || n != 1 || ops->atom != DW_OP_addr)
		return false;
	*ret_address = ops->number;
	return true;
}

/* Past typedefs and qualifiers, as _Atomic and volatile. */
static bool type_of(Dwarf_Die *die, Dwarf_Die *ret_type)
{
	Dwarf_Attribute attribute;

	return dwarf_attr_integrate(die, DW_AT_type, &attribute) &&
	       dwarf_formref_die(&attribute, ret_type) && dwarf_peel_type(ret_type, ret_type) == 0;
}

/* Steps from a type to one of its members. */
static bool step_into(Dwarf_Die *type, const char *name, size_t length, Dwarf_Die *ret_member)
{
	if (dwarf_child(type, ret_member) != 0)
		return false;
	do {
		const char *own = dwarf_diename(ret_member);

		if (dwarf_tag(ret_member) == DW_TAG_member && own && strlen(own) == length &&
			memcmp(own, name, length) == 0)
			return true;
	} while (dwarf_siblingof(ret_member, ret_member) == 0);
	return false;
}

static bool offset_of(Dwarf_Die *variable, const char *path, uint64_t *ret_offset)
{
	Dwarf_Die at = *variable, type;
	uint64_t offset = 0;
	Dwarf_Word size;

	for (; *path; path += strcspn(path, "."), path += *path == '.') {
		Dwarf_Attribute attribute;
		Dwarf_Word step;

		if (!type_of(&at, &type) || !step_into(&type, path, strcspn(path, "."), &at) ||
			!dwarf_attr(&at, DW_AT_data_member_location, &attribute) ||
			dwarf_formudata(&attribute, &step))
			return false;
		offset += step;
	}
	*ret_offset = offset;
	return type_of(&at, &type) && dwarf_aggregate_size(&type, &size) == 0 &&
	       size == sizeof(uint64_t);
}

int debug_members_find(struct debug_members *members, const char *variable, const char *member,
	uint64_t *ret_address, uint64_t *ret_offset)
{
	return find_variable(members, variable) && address_of(&members->variable, ret_address) &&
			       offset_of(&members->variable, member, ret_offset)
		       ? 0
		       : -ENOENT;
}

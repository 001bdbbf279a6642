/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Remembers what is mapped where in each image. Called by callers.c. */
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/code_map.h"
#include "collectors/mapped_file.h"
#include "collectors/procfs.h"

#define IMAGES 64
#define READ_AHEAD_BYTES (64 << 20)

struct mapping {
	uint64_t start, end, offset_bytes, inode;
	uint32_t device;
	struct code_file *file;
};

struct image {
	uint32_t number; /* 0: free */
	uint64_t used;   /* when, on code_map.clock */
	struct mapping *mappings;
	size_t count;
};

/* A file by the kernel's name for it; opened when code in it is first asked for. */
struct known_file {
	uint32_t device; /* major << 20 | minor; 0 if only its path is known */
	uint64_t inode;
	char *path;
	bool by_inode; /* `device` is what stat() told, which is not what mappings of it tell */
	struct code_file *file; /* NULL: not opened yet */
	bool borrowed;          /* another known_file closes it */
	struct stat status;     /* as it was when it was opened */
};

struct code_map {
	struct image images[IMAGES];
	uint64_t clock;
	struct known_file *files;
	size_t count;
};

/* ---- files ----------------------------------------------------------------------------------- */

/* By inode, or without one by path. The latest that was said of a file counts. */
static struct known_file *find_known(
	struct code_map *map, uint32_t device, uint64_t inode, const char *path)
{
	for (size_t i = map->count; i-- > 0;) {
		struct known_file *known = &map->files[i];

		if (known->device == device && known->inode == inode &&
			(inode || strcmp(known->path, path) == 0))
			return known;
	}
	return NULL;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Of its name the kernel may tell less than all. */
static bool is_named(const char *path, const struct caller_file *file)
{
	return strncmp(last_part(path), file->name, sizeof(file->name) - 1) == 0;
}

/*
 * Of a mapping whose process has gone: a file seen by its path where stat() does not tell the
 * device. NULL if that may be one or another.
 */
static struct known_file *find_by_inode(struct code_map *map, const struct caller_file *file)
{
	struct known_file *found = NULL;

	for (size_t i = map->count; i-- > 0;) {
		struct known_file *known = &map->files[i];

		if (!known->by_inode || known->inode != file->inode || !is_named(known->path, file))
			continue;
		if (found && found->device != known->device)
			return NULL;
		if (!found)
			found = known;
	}
	return found;
}

/*
 * Has another program been written over it, or into a new file of its number? Its path is asked
 * from the root of the process, or if that has ended (or `tgid` is 0) from ours.
 */
static bool is_stale(const struct known_file *known, pid_t tgid)
{
	char path[PATH_MAX + 32];
	struct stat now;

	if (!known->file || !known->status.st_ino)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/root%s", procfs_speaker(tgid), known->path);
	if ((!tgid || stat(path, &now) < 0) && stat(known->path, &now) < 0)
		return false;
	return now.st_ino == known->status.st_ino && now.st_dev == known->status.st_dev &&
	       (now.st_size != known->status.st_size ||
		       now.st_mtim.tv_sec != known->status.st_mtim.tv_sec ||
		       now.st_mtim.tv_nsec != known->status.st_mtim.tv_nsec);
}

/* NULL when memory is short. */
static struct known_file *make_known(
	struct code_map *map, uint32_t device, uint64_t inode, const char *path, pid_t tgid)
{
	struct known_file *known = find_known(map, device, inode, path), *grown;

	/* Of a process that had ended, the kernel could tell the last part of the path only. */
	if (known && (known->path[0] == '/' || path[0] != '/') && !is_stale(known, tgid))
		return known;
	grown = reallocarray(map->files, map->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	map->files = grown;
	known = &grown[map->count];
	*known = (struct known_file){.device = device, .inode = inode, .path = strdup(path)};
	if (!known->path)
		return NULL;
	map->count++;
	return known;
}

/*
 * A library that came and went before anybody looked: the kernel tells the last part of its path,
 * and it may lie beside a file that is known. Its inode says whether it is the one.
 */
static void look_beside_known(struct code_map *map, const struct caller_file *file)
{
	char path[PATH_MAX];

	for (size_t i = map->count; i-- > 0;) {
		const char *known = map->files[i].path, *slash = strrchr(known, '/');
		struct stat status;

		if (known[0] != '/' || snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - known),
					       known, file->name) >= (int)sizeof(path))
			continue;
		if (stat(path, &status) < 0 || status.st_ino != file->inode ||
			mapped_file_device(&status) != file->device)
			continue;
		make_known(map, file->device, file->inode, path, 0);
		return;
	}
}

/* The status is that of the file that is read, whatever its path leads to. */
static void read_known(struct known_file *known, int fd)
{
	char link[32];

	if (fd < 0 || fstat(fd, &known->status) < 0)
		known->status = (struct stat){0};
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	known->file = code_file_open(known->path, link);
}

static struct code_file *open_known(
	struct known_file *known, pid_t tgid, const struct caller_file *where)
{
	int fd;

	if (known && !known->file) {
		fd = where->inode ? mapped_file_open(tgid, where, known->path) : -1;
		read_known(known, fd);
		if (fd >= 0)
			close(fd);
	}
	return known ? known->file : NULL;
}

void code_map_remember(struct code_map *map, const char *path, pid_t tgid, int fd)
{
	struct known_file *known;
	struct stat status, ours;

	if (path[0] != '/' || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return;
	known = make_known(map, mapped_file_device(&status), status.st_ino, path, tgid);
	if (!known)
		return;
	known->by_inode = mapped_file_hides_device(fd);
	/* What only the process finds there is read while there is one. */
	if (!known->file && status.st_size <= READ_AHEAD_BYTES &&
		(stat(path, &ours) < 0 || ours.st_ino != status.st_ino ||
			ours.st_dev != status.st_dev))
		read_known(known, fd);
}

/* ---- images ---------------------------------------------------------------------------------- */

static void clear_image(struct image *image)
{
	free(image->mappings);
	*image = (struct image){0};
}

static struct image *find_image(struct code_map *map, uint32_t number)
{
	for (size_t i = 0; i < IMAGES; i++)
		if (map->images[i].number == number) {
			map->images[i].used = ++map->clock;
			return &map->images[i];
		}
	return NULL;
}

static struct image *make_image(struct code_map *map, uint32_t number)
{
	struct image *image = find_image(map, number);

	if (image)
		return image;
	image = &map->images[0];
	for (size_t i = 1; i < IMAGES; i++)
		if (map->images[i].used < image->used)
			image = &map->images[i];
	clear_image(image);
	image->number = number;
	image->used = ++map->clock;
	return image;
}

static void add_mapping(
	struct image *image, const struct caller_file *where, struct code_file *file)
{
	struct mapping *grown;

	if (!file)
		return;
	/* A library may have gone and another come to where it was. */
	for (size_t i = 0; i < image->count; i++)
		if (where->start < image->mappings[i].end && where->end > image->mappings[i].start)
			image->mappings[i--] = image->mappings[--image->count];
	grown = reallocarray(image->mappings, image->count + 1, sizeof(*grown));
	if (!grown)
		return;
	image->mappings = grown;
	grown[image->count++] = (struct mapping){
		where->start, where->end, where->offset_bytes, where->inode, where->device, file};
}

static bool has_mapping(const struct image *image, const struct caller_file *where)
{
	for (size_t i = 0; i < image->count; i++)
		if (image->mappings[i].start == where->start &&
			image->mappings[i].end == where->end &&
			image->mappings[i].inode == where->inode &&
			image->mappings[i].device == where->device)
			return true;
	return false;
}

/*
 * On overlayfs the kernel names the file below by its inode, and /proc the file that was opened.
 * What lies at the same place under the same name is the same file, known by both from now on.
 */
static bool recognize(
	struct code_map *map, const struct image *image, const struct caller_file *where)
{
	for (size_t i = 0; i < image->count; i++) {
		const struct mapping *mapping = &image->mappings[i];
		struct known_file *known, *twin;

		if (mapping->start != where->start || mapping->end != where->end ||
			mapping->offset_bytes != where->offset_bytes || !mapping->inode ||
			!is_named(mapping->file->path, where))
			continue;
		twin = make_known(map, where->device, where->inode, mapping->file->path, 0);
		known = find_known(map, mapping->device, mapping->inode, mapping->file->path);
		if (!twin || twin->file || !known || known->file != mapping->file)
			return false;
		twin->file = known->file;
		twin->status = known->status;
		return twin->borrowed = true;
	}
	return false;
}

/* ---- what /proc says ------------------------------------------------------------------------- */

struct proc_mapping {
	struct caller_file where;
	char path[PATH_MAX];
};

/* proc(5): start-end perms offset major:minor inode path */
static bool parse_mapping(const char *line, struct proc_mapping *ret)
{
	unsigned int major_number, minor_number;
	char permissions[5];
	int path = 0;

	*ret = (struct proc_mapping){0};
	if (sscanf(line, "%llx-%llx %4s %llx %x:%x %llu %n", &ret->where.start, &ret->where.end,
		    permissions, &ret->where.offset_bytes, &major_number, &minor_number,
		    &ret->where.inode, &path) != 7 ||
		permissions[2] != 'x')
		return false;
	ret->where.device = major_number << 20 | minor_number;
	snprintf(
		ret->path, sizeof(ret->path), "%.*s", (int)strcspn(line + path, "\n"), line + path);
	if (!ret->path[0])
		strcpy(ret->path, "[anonymous]");
	return true;
}

/* Calls `see` for each mapping with code; without a process for none. */
static void each_proc_mapping(struct code_map *map, uint32_t image, pid_t tgid,
	void (*see)(struct code_map *, uint32_t, pid_t, const struct proc_mapping *))
{
	struct proc_mapping mapping;
	char name[64], *line = NULL;
	size_t size = 0;
	FILE *maps;

	snprintf(name, sizeof(name), "/proc/%d/maps", procfs_speaker(tgid));
	maps = fopen(name, "re");
	while (maps && getline(&line, &size, maps) > 0)
		if (parse_mapping(line, &mapping))
			see(map, image, tgid, &mapping);
	free(line);
	if (maps)
		fclose(maps);
}

static void enter_mapping(
	struct code_map *map, uint32_t number, pid_t tgid, const struct proc_mapping *mapping)
{
	struct image *image = make_image(map, number);

	if (has_mapping(image, &mapping->where))
		return;
	add_mapping(image, &mapping->where,
		open_known(make_known(map, mapping->where.device, mapping->where.inode,
				   mapping->path, tgid),
			tgid, &mapping->where));
}

/* Where each file is, for processes that end before they can be asked. */
static void note_path(
	struct code_map *map, uint32_t image, pid_t tgid, const struct proc_mapping *mapping)
{
	(void)image;
	(void)tgid;
	if (mapping->where.inode)
		make_known(map, mapping->where.device, mapping->where.inode, mapping->path, 0);
}

void code_map_read(struct code_map *map, uint32_t image, pid_t tgid)
{
	each_proc_mapping(map, image, tgid, enter_mapping);
}

/* The file of a mapping that the kernel named; NULL when memory is short. */
static struct known_file *known_of(struct code_map *map, pid_t tgid, const struct caller_file *file)
{
	const char *name = file->inode ? file->name : "[anonymous]";
	struct known_file *known = NULL;

	if (file->inode && !find_known(map, file->device, file->inode, name))
		known = find_by_inode(map, file);
	return known ? known : make_known(map, file->device, file->inode, name, tgid);
}

void code_map_add(struct code_map *map, uint32_t number, pid_t tgid, bool runs,
	const struct caller_file *files, size_t count)
{
	struct image *image = make_image(map, number);
	bool asked = false;

	for (size_t i = 0; i < count; i++) {
		const struct caller_file *file = &files[i];
		bool known = !file->inode ||
			     find_known(map, file->device, file->inode, file->name) != NULL;

		if (has_mapping(image, file))
			continue;
		if (!known && !asked) {
			asked = true;
			each_proc_mapping(map, number, tgid, runs ? enter_mapping : note_path);
			if (has_mapping(image, file))
				continue;
			known = find_known(map, file->device, file->inode, file->name);
		}
		if (!known && !recognize(map, image, file))
			look_beside_known(map, file);
		add_mapping(image, file, open_known(known_of(map, tgid, file), tgid, file));
	}
}

const struct code_file *code_map_find(
	struct code_map *map, uint32_t number, uint64_t address, uint64_t *ret_address)
{
	const struct image *image = find_image(map, number);

	for (size_t i = 0; image && i < image->count; i++) {
		const struct mapping *mapping = &image->mappings[i];

		if (address < mapping->start || address >= mapping->end)
			continue;
		*ret_address = code_file_address(
			mapping->file, address - mapping->start + mapping->offset_bytes);
		return mapping->file;
	}
	return NULL;
}

void code_map_forget(struct code_map *map, uint32_t number)
{
	struct image *image = find_image(map, number);

	if (image)
		clear_image(image);
}

struct code_map *code_map_new(void)
{
	struct code_map *map = calloc(1, sizeof(*map));

	if (map)
		each_proc_mapping(map, 0, getpid(), note_path);
	return map;
}

void code_map_free(struct code_map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < IMAGES; i++)
		clear_image(&map->images[i]);
	for (size_t i = 0; i < map->count; i++) {
		if (!map->files[i].borrowed)
			code_file_close(map->files[i].file);
		free(map->files[i].path);
	}
	free(map->files);
	free(map);
}

#include "cli/simulate/memory_disk.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PART_BYTES ((uint64_t)1 << 18)

/* A file in parts, so that one that grows is never copied; a part of zeroes takes no memory. */
struct memory_file {
    struct memory_file *next; /* of the disk's */
    char *name;               /* NULL: removed, still open */
    unsigned opened;
    uint64_t bytes;
    char **parts;
    uint64_t part_room;
};

struct memory_disk {
    struct disk disk;
    struct memory_file *files;
};

struct handle {
    struct disk_file file;
    struct memory_file *of;
};

static struct memory_disk *disk_of(struct disk *disk)
{
    return (struct memory_disk *)disk;
}

static struct memory_file *file_of(struct disk_file *file)
{
    return ((struct handle *)file)->of;
}

static void file_free(struct memory_file *file)
{
    for (uint64_t i = 0; i < file->part_room; i++)
        free(file->parts[i]);
    free(file->parts);
    free(file->name);
    free(file);
}

static struct memory_file **find(struct memory_disk *disk, const char *name)
{
    struct memory_file **link = &disk->files;

    while (*link && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    return link;
}

static void unlink_file(struct memory_file **link)
{
    struct memory_file *file = *link;

    *link = file->next;
    free(file->name);
    file->name = NULL;
    if (!file->opened)
        file_free(file);
}

static enum im_err memory_open(struct disk *disk, const char *name, int create,
                               struct disk_file **ret_file)
{
    struct memory_disk *memory = disk_of(disk);
    struct memory_file *file = *find(memory, name);
    struct handle *handle;

    if (!file && !create)
        return IM_ERR_NOT_FOUND;
    if (!file) {
        file = mem_zalloc(sizeof(*file));
        file->name = mem_strdup(name);
        file->next = memory->files;
        memory->files = file;
    }
    handle = mem_zalloc(sizeof(*handle));
    handle->file.disk = disk;
    handle->of = file;
    file->opened++;
    *ret_file = &handle->file;
    return IM_OK;
}

static void memory_close(struct disk_file *file)
{
    struct memory_file *of = file_of(file);

    of->opened--;
    if (!of->name && !of->opened)
        file_free(of);
    free(file);
}

static bool all_zero(const char *p, size_t n)
{
    return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static char **part_at(struct memory_file *file, uint64_t i)
{
    uint64_t room = file->part_room ? file->part_room : 4;

    while (i >= room)
        room *= 2;
    if (room != file->part_room) {
        file->parts = mem_realloc(file->parts, room * sizeof(char *));
        memset(file->parts + file->part_room, 0, (room - file->part_room) * sizeof(char *));
        file->part_room = room;
    }
    return &file->parts[i];
}

static enum im_err memory_write(struct disk_file *file, uint64_t offset, const void *p, size_t n)
{
    struct memory_file *of = file_of(file);
    const char *from = p;

    if (offset + n > of->bytes)
        of->bytes = offset + n;
    while (n) {
        char **part = part_at(of, offset / PART_BYTES);
        size_t at = (size_t)(offset % PART_BYTES);
        size_t take = n < PART_BYTES - at ? n : PART_BYTES - at;

        if (!*part && !all_zero(from, take))
            *part = mem_zalloc(PART_BYTES);
        if (*part)
            memcpy(*part + at, from, take);
        from += take;
        offset += take;
        n -= take;
    }
    return IM_OK;
}

static enum im_err memory_read(struct disk_file *file, uint64_t offset, void *p, size_t n,
                               size_t *ret_n)
{
    struct memory_file *of = file_of(file);
    char *to = p;

    if (offset >= of->bytes)
        n = 0;
    else if (n > of->bytes - offset)
        n = (size_t)(of->bytes - offset);
    *ret_n = n;
    while (n) {
        const char *part = *part_at(of, offset / PART_BYTES);
        size_t at = (size_t)(offset % PART_BYTES);
        size_t take = n < PART_BYTES - at ? n : PART_BYTES - at;

        if (part)
            memcpy(to, part + at, take);
        else
            memset(to, 0, take);
        to += take;
        offset += take;
        n -= take;
    }
    return IM_OK;
}

static enum im_err memory_sync(struct disk_file *file)
{
    (void)file;
    return IM_OK;
}

static enum im_err memory_size(struct disk_file *file, uint64_t *ret_bytes)
{
    *ret_bytes = file_of(file)->bytes;
    return IM_OK;
}

static enum im_err memory_rename(struct disk *disk, const char *from, const char *to)
{
    struct memory_disk *memory = disk_of(disk);
    struct memory_file **old = find(memory, to), *file;

    if (*old && strcmp(from, to) != 0)
        unlink_file(old);
    file = *find(memory, from);
    if (!file)
        return IM_ERR_NOT_FOUND;
    free(file->name);
    file->name = mem_strdup(to);
    return IM_OK;
}

static enum im_err memory_remove(struct disk *disk, const char *name)
{
    struct memory_file **link = find(disk_of(disk), name);

    if (!*link)
        return IM_ERR_NOT_FOUND;
    unlink_file(link);
    return IM_OK;
}

static enum im_err memory_sync_dir(struct disk *disk)
{
    (void)disk;
    return IM_OK;
}

static enum im_err memory_list(struct disk *disk, void (*fn)(void *arg, const char *name),
                               void *arg)
{
    for (struct memory_file *file = disk_of(disk)->files; file; file = file->next)
        fn(arg, file->name);
    return IM_OK;
}

static const struct disk_ops memory_ops = {
    .open = memory_open,
    .close = memory_close,
    .write = memory_write,
    .read = memory_read,
    .sync = memory_sync,
    .size = memory_size,
    .rename = memory_rename,
    .remove = memory_remove,
    .sync_dir = memory_sync_dir,
    .list = memory_list,
};

struct disk *memory_disk_new(void)
{
    struct memory_disk *memory = mem_zalloc(sizeof(*memory));

    memory->disk.ops = &memory_ops;
    return &memory->disk;
}

void memory_disk_free(struct disk *disk)
{
    struct memory_disk *memory = (struct memory_disk *)disk;

    while (memory && memory->files)
        unlink_file(&memory->files);
    free(memory);
}

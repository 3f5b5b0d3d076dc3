#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "journal/disk.h"

/* Of one read that does without the device: more than a longest record. */
#define RESIDENT_PAGES 300u

struct posix_disk {
    struct disk disk; /* first */
    int fd;           /* the directory */
    char *path;
};

struct posix_file {
    struct disk_file file; /* first */
    int fd;
    char *name; /* at the time it was opened; for the log */
    /* The file as it was long at its first read, for threads that have no descriptor of it: the
       gateways' tables are their own. */
    _Atomic(struct mapping *) mapping;
};

struct mapping {
    const char *p;
    size_t n;
};

static struct posix_disk *posix_disk(struct disk *disk)
{
    return (struct posix_disk *)disk;
}

static struct posix_file *posix_file(struct disk_file *file)
{
    return (struct posix_file *)file;
}

/* Turns errno into an error and logs it. */
static enum im_err failure(struct disk *disk, const char *what, const char *name)
{
    int cause = errno;

    log_error("%s/%s: %s: %s", posix_disk(disk)->path, name, what, strerror(cause));
    return cause == ENOSPC || cause == EDQUOT ? IM_ERR_FULL : IM_ERR_IO;
}

static enum im_err posix_open(struct disk *disk, const char *name, int create,
                              struct disk_file **ret_file)
{
    int flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0);
    int fd = openat(posix_disk(disk)->fd, name, flags, 0600);
    struct posix_file *file;

    if (fd < 0)
        return errno == ENOENT ? IM_ERR_NOT_FOUND : failure(disk, "open", name);
    file = mem_alloc(sizeof(*file));
    *file = (struct posix_file){.file = {disk}, .fd = fd, .name = mem_strdup(name)};
    *ret_file = &file->file;
    return IM_OK;
}

static void mapping_free(struct mapping *mapping)
{
    if (!mapping)
        return;
    munmap((void *)(uintptr_t)mapping->p, mapping->n);
    free(mapping);
}

/* Several threads may do it at once; one mapping stays. Without one all reads go by the
   descriptor. */
static void map(struct posix_file *file)
{
    struct mapping *mapping, *none = NULL;
    struct stat status;
    void *p;

    if (fstat(file->fd, &status) < 0 || status.st_size <= 0)
        return;
    p = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file->fd, 0);
    if (p == MAP_FAILED)
        return;
    mapping = mem_alloc(sizeof(*mapping));
    *mapping = (struct mapping){p, (size_t)status.st_size};
    if (!atomic_compare_exchange_strong(&file->mapping, &none, mapping))
        mapping_free(mapping);
}

static void posix_close(struct disk_file *f)
{
    struct posix_file *file = posix_file(f);

    mapping_free(atomic_load(&file->mapping));
    close(file->fd);
    free(file->name);
    free(file);
}

static enum im_err posix_write(struct disk_file *f, uint64_t offset, const void *p, size_t n)
{
    struct posix_file *file = posix_file(f);
    const char *from = p;

    while (n) {
        ssize_t done = pwrite(file->fd, from, n, (off_t)offset);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return failure(f->disk, "write", file->name);
        from += done;
        n -= (size_t)done;
        offset += (uint64_t)done;
    }
    return IM_OK;
}

static enum im_err posix_read(struct disk_file *f, uint64_t offset, void *p, size_t n,
                              size_t *ret_n)
{
    struct posix_file *file = posix_file(f);
    char *to = p;
    size_t got = 0;

    while (got < n) {
        ssize_t done = pread(file->fd, to + got, n - got, (off_t)(offset + got));

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return failure(f->disk, "read", file->name);
        if (done == 0)
            break;
        got += (size_t)done;
    }
    if (!atomic_load_explicit(&file->mapping, memory_order_acquire))
        map(file);
    *ret_n = got;
    return IM_OK;
}

/* Whether the pages of these bytes are in the page cache. One that is dropped right after costs
   this thread a read of the device: rare, and no error. */
static bool is_resident(const char *p, size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = (uintptr_t)p & ~(page - 1), end = (uintptr_t)p + n;
    unsigned char resident[RESIDENT_PAGES];
    size_t pages = (end - first + page - 1) / page;

    if (pages > RESIDENT_PAGES || mincore((void *)first, end - first, resident) != 0)
        return false;
    for (size_t i = 0; i < pages; i++) {
        if (!(resident[i] & 1))
            return false;
    }
    return true;
}

static enum im_err posix_read_cached(struct disk_file *f, uint64_t offset, void *p, size_t n,
                                     size_t *ret_n)
{
    const struct mapping *mapping =
        atomic_load_explicit(&posix_file(f)->mapping, memory_order_acquire);

    if (!mapping || offset > mapping->n || n > mapping->n - offset ||
        !is_resident(mapping->p + offset, n))
        return IM_AGAIN;
    memcpy(p, mapping->p + offset, n);
    *ret_n = n;
    return IM_OK;
}

static enum im_err posix_sync(struct disk_file *f)
{
    struct posix_file *file = posix_file(f);

    if (fdatasync(file->fd) < 0)
        return failure(f->disk, "fdatasync", file->name);
    return IM_OK;
}

static enum im_err posix_size(struct disk_file *f, uint64_t *ret_bytes)
{
    struct posix_file *file = posix_file(f);
    struct stat status;

    if (fstat(file->fd, &status) < 0)
        return failure(f->disk, "stat", file->name);
    *ret_bytes = (uint64_t)status.st_size;
    return IM_OK;
}

static enum im_err posix_rename(struct disk *disk, const char *from, const char *to)
{
    int fd = posix_disk(disk)->fd;

    if (renameat(fd, from, fd, to) < 0)
        return failure(disk, "rename", from);
    return IM_OK;
}

static enum im_err posix_remove(struct disk *disk, const char *name)
{
    if (unlinkat(posix_disk(disk)->fd, name, 0) < 0)
        return errno == ENOENT ? IM_ERR_NOT_FOUND : failure(disk, "unlink", name);
    return IM_OK;
}

static enum im_err posix_sync_dir(struct disk *disk)
{
    if (fsync(posix_disk(disk)->fd) < 0)
        return failure(disk, "fsync", ".");
    return IM_OK;
}

static enum im_err posix_list(struct disk *disk, void (*fn)(void *arg, const char *name), void *arg)
{
    DIR *dir = opendir(posix_disk(disk)->path);
    struct dirent *entry;
    enum im_err err = IM_OK;

    if (!dir)
        return failure(disk, "opendir", ".");
    for (errno = 0; (entry = readdir(dir)); errno = 0) {
        if (entry->d_name[0] != '.')
            fn(arg, entry->d_name);
    }
    if (errno)
        err = failure(disk, "readdir", ".");
    closedir(dir);
    return err;
}

static const struct disk_ops posix_ops = {
    .open = posix_open,
    .close = posix_close,
    .write = posix_write,
    .read = posix_read,
    .read_cached = posix_read_cached,
    .sync = posix_sync,
    .size = posix_size,
    .rename = posix_rename,
    .remove = posix_remove,
    .sync_dir = posix_sync_dir,
    .list = posix_list,
};

enum im_err disk_posix_new(const char *directory, struct disk **ret_disk)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct posix_disk *disk;

    if (fd < 0) {
        log_error("%s: open: %s", directory, strerror(errno));
        return errno == ENOENT ? IM_ERR_NOT_FOUND : IM_ERR_IO;
    }
    disk = mem_alloc(sizeof(*disk));
    *disk = (struct posix_disk){{&posix_ops}, fd, mem_strdup(directory)};
    *ret_disk = &disk->disk;
    return IM_OK;
}

void disk_posix_free(struct disk *disk)
{
    if (!disk)
        return;
    close(posix_disk(disk)->fd);
    free(posix_disk(disk)->path);
    free(posix_disk(disk));
}

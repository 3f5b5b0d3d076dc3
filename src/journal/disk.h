/*
 * The file operations that the journal needs, as a table, so that tests can put a simulated
 * disk under it that tears the last write and drops or reorders what was not synced.
 * All paths are names inside one directory. Every call returns IM_OK or IM_ERR_IO (logged by
 * the implementation, errno ends there); IM_ERR_FULL when there is no space left.
 */
#ifndef JOURNAL_DISK_H
#define JOURNAL_DISK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct disk;
struct disk_file;

struct disk_ops {
    /* Opens for reading and writing; creates an empty file if `create`. IM_ERR_NOT_FOUND. */
    enum im_err (*open)(struct disk *disk, const char *name, int create,
                        struct disk_file **ret_file);
    void (*close)(struct disk_file *file);
    enum im_err (*write)(struct disk_file *file, uint64_t offset, const void *p, size_t n);
    /* Reads up to n bytes; ret_n is less only at the end of the file. */
    enum im_err (*read)(struct disk_file *file, uint64_t offset, void *p, size_t n, size_t *ret_n);
    /* The same of what lies in memory; IM_AGAIN: not all of it does, and the device would have to
       be waited for, or nobody has read the file yet. Also on threads whose descriptors are not
       those of the one that opened it. NULL: nothing is known to lie there. */
    enum im_err (*read_cached)(struct disk_file *file, uint64_t offset, void *p, size_t n,
                               size_t *ret_n);
    /* fdatasync: what was written before it survives a crash once it has returned IM_OK. */
    enum im_err (*sync)(struct disk_file *file);
    enum im_err (*size)(struct disk_file *file, uint64_t *ret_bytes);
    /* Replaces `to` if it exists, all at once. */
    enum im_err (*rename)(struct disk *disk, const char *from, const char *to);
    /* IM_ERR_NOT_FOUND. An open file stays readable. */
    enum im_err (*remove)(struct disk *disk, const char *name);
    /* Makes creations, renames and removals before it durable (fsync of the directory). */
    enum im_err (*sync_dir)(struct disk *disk);
    /* Calls fn once a name, in no particular order. */
    enum im_err (*list)(struct disk *disk, void (*fn)(void *arg, const char *name), void *arg);
};

/* Embedded first in each implementation's own struct. */
struct disk {
    const struct disk_ops *ops;
};

struct disk_file {
    struct disk *disk;
};

/* The real one: a directory that exists. Free with disk_posix_free. */
enum im_err disk_posix_new(const char *directory, struct disk **ret_disk);
void disk_posix_free(struct disk *disk);

#endif

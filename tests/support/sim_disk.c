#include "sim_disk.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "sim_inode.h"

struct entry {
    char *name;
    struct inode *inode;
};

struct directory {
    struct entry *entries; /* by name */
    size_t count;
};

enum change_kind { CHANGE_CREATE, CHANGE_RENAME, CHANGE_REMOVE };

struct change {
    enum change_kind kind;
    char *from;
    char *to; /* CHANGE_RENAME */
    struct inode *inode;
};

struct sim_disk {
    struct disk disk; /* first */
    pthread_mutex_t mutex;
    struct directory now;
    struct directory safe;
    struct change *changes; /* since the last sync_dir */
    size_t change_count;
    uint64_t operations;
    uint64_t crash_at; /* of operations; 0: never */
    uint64_t fail_in;  /* operations left, 1: the next fails; 0: never */
    enum im_err fail_with;
    uint64_t random;
    unsigned boot; /* handles of an earlier one are dead */
    unsigned handles;
    bool off;
    _Atomic(bool) all_cached;
};

struct sim_file {
    struct disk_file file; /* first */
    struct inode *inode;
    unsigned boot;
};

static struct sim_disk *sim(struct disk *disk)
{
    return (struct sim_disk *)disk;
}

static struct sim_file *sim_file(struct disk_file *file)
{
    return (struct sim_file *)file;
}

/* ---- directories ---- */

/* Where the name is, or where it would be. */
static size_t place(const struct directory *dir, const char *name)
{
    size_t i = 0;

    while (i < dir->count && strcmp(dir->entries[i].name, name) < 0)
        i++;
    return i;
}

static struct inode *lookup(const struct directory *dir, const char *name)
{
    size_t i = place(dir, name);

    return i < dir->count && strcmp(dir->entries[i].name, name) == 0 ? dir->entries[i].inode : NULL;
}

static void unlink_name(struct directory *dir, const char *name)
{
    size_t i = place(dir, name);

    if (!lookup(dir, name))
        return;
    free(dir->entries[i].name);
    inode_unref(dir->entries[i].inode);
    memmove(dir->entries + i, dir->entries + i + 1, (--dir->count - i) * sizeof(*dir->entries));
}

static void link_name(struct directory *dir, const char *name, struct inode *inode)
{
    size_t i;

    inode_ref(inode);
    unlink_name(dir, name);
    i = place(dir, name);
    dir->entries = mem_realloc(dir->entries, (dir->count + 1) * sizeof(*dir->entries));
    memmove(dir->entries + i + 1, dir->entries + i, (dir->count++ - i) * sizeof(*dir->entries));
    dir->entries[i] = (struct entry){mem_strdup(name), inode};
}

static void directory_clear(struct directory *dir)
{
    while (dir->count)
        unlink_name(dir, dir->entries[dir->count - 1].name);
    free(dir->entries);
    dir->entries = NULL;
}

static void directory_copy(struct directory *to, const struct directory *from)
{
    directory_clear(to);
    for (size_t i = 0; i < from->count; i++)
        link_name(to, from->entries[i].name, from->entries[i].inode);
}

static void apply(struct directory *dir, const struct change *change)
{
    switch (change->kind) {
    case CHANGE_CREATE:
        link_name(dir, change->from, change->inode);
        break;
    case CHANGE_RENAME:
        link_name(dir, change->to, change->inode);
        if (lookup(dir, change->from) == change->inode)
            unlink_name(dir, change->from);
        break;
    case CHANGE_REMOVE:
        if (lookup(dir, change->from) == change->inode)
            unlink_name(dir, change->from);
        break;
    }
}

static void change(struct sim_disk *disk, enum change_kind kind, const char *from, const char *to,
                   struct inode *inode)
{
    struct change made = {kind, mem_strdup(from), to ? mem_strdup(to) : NULL, inode};

    inode_ref(inode);
    disk->changes = mem_realloc(disk->changes, (disk->change_count + 1) * sizeof(made));
    disk->changes[disk->change_count++] = made;
    apply(&disk->now, &made);
}

static void forget_changes(struct sim_disk *disk)
{
    for (size_t i = 0; i < disk->change_count; i++) {
        free(disk->changes[i].from);
        free(disk->changes[i].to);
        inode_unref(disk->changes[i].inode);
    }
    disk->change_count = 0;
}

/* ---- crashes and faults ---- */

static void lose(struct sim_disk *disk)
{
    uint64_t mood = sim_draw(&disk->random) % 4;

    for (size_t i = 0; i < disk->change_count; i++)
        if (mood == 3 || (mood != 2 && sim_toss(&disk->random)))
            apply(&disk->safe, &disk->changes[i]);
    forget_changes(disk);
    directory_copy(&disk->now, &disk->safe);
    for (size_t i = 0; i < disk->now.count; i++)
        inode_crash(&disk->random, disk->now.entries[i].inode);
    disk->boot++;
}

enum fate { FATE_DONE, FATE_FAILS, FATE_CRASHES };

/* Counts an operation. needs_space: IM_ERR_FULL can hit it. */
static enum fate fate_of(struct sim_disk *disk, bool needs_space)
{
    disk->operations++;
    if (disk->crash_at && disk->operations == disk->crash_at)
        return FATE_CRASHES;
    if (!disk->fail_in || (disk->fail_with == IM_ERR_FULL && !needs_space))
        return FATE_DONE;
    if (disk->fail_in > 1) {
        disk->fail_in--;
        return FATE_DONE;
    }
    return FATE_FAILS;
}

static void power_off(struct sim_disk *disk)
{
    lose(disk);
    disk->off = true;
    disk->crash_at = 0;
}

static enum im_err result(struct sim_disk *disk, enum fate fate)
{
    if (fate == FATE_CRASHES)
        power_off(disk);
    return fate == FATE_FAILS ? disk->fail_with : fate == FATE_CRASHES ? IM_ERR_IO : IM_OK;
}

/* ---- the operations, under the mutex ---- */

static bool dead(const struct disk_file *file)
{
    return sim((struct disk *)file->disk)->off ||
           ((const struct sim_file *)file)->boot != sim((struct disk *)file->disk)->boot;
}

static enum im_err do_open(struct sim_disk *disk, const char *name, bool create,
                           struct disk_file **ret_file)
{
    struct inode *inode = lookup(&disk->now, name);
    struct sim_file *file;
    enum fate fate = FATE_DONE;

    if (disk->off)
        return IM_ERR_IO;
    if (!inode && !create)
        return IM_ERR_NOT_FOUND;
    if (!inode) {
        fate = fate_of(disk, true);
        if (fate == FATE_DONE || (fate == FATE_CRASHES && sim_toss(&disk->random)))
            change(disk, CHANGE_CREATE, name, NULL, inode = inode_new());
        if (fate != FATE_DONE)
            return result(disk, fate);
    }
    file = mem_alloc(sizeof(*file));
    *file = (struct sim_file){{&disk->disk}, inode, disk->boot};
    inode_ref(inode);
    disk->handles++;
    *ret_file = &file->file;
    return IM_OK;
}

static enum im_err do_write(struct sim_disk *disk, struct sim_file *file, uint64_t offset,
                            const void *p, size_t n)
{
    enum fate fate;

    if (dead(&file->file))
        return IM_ERR_IO;
    fate = fate_of(disk, offset + n > file->inode->now_bytes);
    inode_write(file->inode, offset, p, fate == FATE_DONE ? n : sim_draw(&disk->random) % (n + 1));
    return result(disk, fate);
}

static enum im_err do_sync(struct sim_disk *disk, struct sim_file *file)
{
    enum fate fate;

    if (dead(&file->file))
        return IM_ERR_IO;
    fate = fate_of(disk, false);
    if (fate == FATE_DONE || (fate == FATE_CRASHES && sim_toss(&disk->random)))
        inode_sync(file->inode);
    else if (fate == FATE_FAILS && file->inode->end_dirty)
        inode_clean(file->inode);
    return result(disk, fate);
}

static enum im_err do_rename(struct sim_disk *disk, const char *from, const char *to)
{
    struct inode *inode = lookup(&disk->now, from);
    enum fate fate;

    if (disk->off || !inode)
        return IM_ERR_IO;
    fate = fate_of(disk, false);
    if (fate == FATE_DONE || (fate == FATE_CRASHES && sim_toss(&disk->random)))
        change(disk, CHANGE_RENAME, from, to, inode);
    return result(disk, fate);
}

static enum im_err do_remove(struct sim_disk *disk, const char *name)
{
    struct inode *inode = lookup(&disk->now, name);
    enum fate fate;

    if (disk->off)
        return IM_ERR_IO;
    if (!inode)
        return IM_ERR_NOT_FOUND;
    fate = fate_of(disk, false);
    if (fate == FATE_DONE || (fate == FATE_CRASHES && sim_toss(&disk->random)))
        change(disk, CHANGE_REMOVE, name, NULL, inode);
    return result(disk, fate);
}

static enum im_err do_sync_dir(struct sim_disk *disk)
{
    enum fate fate;

    if (disk->off)
        return IM_ERR_IO;
    fate = fate_of(disk, false);
    if (fate == FATE_DONE || (fate == FATE_CRASHES && sim_toss(&disk->random))) {
        directory_copy(&disk->safe, &disk->now);
        forget_changes(disk);
    }
    return result(disk, fate);
}

/* ---- the table ---- */

#define LOCKED(disk, expression)              \
    ({                                        \
        pthread_mutex_lock(&(disk)->mutex);   \
        enum im_err err_ = (expression);      \
        pthread_mutex_unlock(&(disk)->mutex); \
        err_;                                 \
    })

static enum im_err sim_open(struct disk *d, const char *name, int create,
                            struct disk_file **ret_file)
{
    struct sim_disk *disk = sim(d);

    return LOCKED(disk, do_open(disk, name, create, ret_file));
}

static void sim_close(struct disk_file *f)
{
    struct sim_disk *disk = sim(f->disk);

    pthread_mutex_lock(&disk->mutex);
    disk->handles--;
    inode_unref(sim_file(f)->inode);
    pthread_mutex_unlock(&disk->mutex);
    free(sim_file(f));
}

static enum im_err sim_write(struct disk_file *f, uint64_t offset, const void *p, size_t n)
{
    struct sim_disk *disk = sim(f->disk);

    return LOCKED(disk, do_write(disk, sim_file(f), offset, p, n));
}

static enum im_err sim_read(struct disk_file *f, uint64_t offset, void *p, size_t n, size_t *ret_n)
{
    struct sim_disk *disk = sim(f->disk);
    struct inode *inode = sim_file(f)->inode;
    enum im_err err = IM_ERR_IO;

    pthread_mutex_lock(&disk->mutex);
    if (!dead(f)) {
        uint64_t left = offset < inode->now_bytes ? inode->now_bytes - offset : 0;

        *ret_n = left < n ? (size_t)left : n;
        if (*ret_n)
            memcpy(p, inode->now + offset, *ret_n);
        err = IM_OK;
    }
    pthread_mutex_unlock(&disk->mutex);
    return err;
}

static enum im_err sim_read_cached(struct disk_file *f, uint64_t offset, void *p, size_t n,
                                   size_t *ret_n)
{
    if (!atomic_load(&sim(f->disk)->all_cached))
        return IM_AGAIN;
    return sim_read(f, offset, p, n, ret_n);
}

static enum im_err sim_sync(struct disk_file *f)
{
    struct sim_disk *disk = sim(f->disk);

    return LOCKED(disk, do_sync(disk, sim_file(f)));
}

static enum im_err sim_size(struct disk_file *f, uint64_t *ret_bytes)
{
    struct sim_disk *disk = sim(f->disk);
    enum im_err err = IM_ERR_IO;

    pthread_mutex_lock(&disk->mutex);
    if (!dead(f)) {
        *ret_bytes = sim_file(f)->inode->now_bytes;
        err = IM_OK;
    }
    pthread_mutex_unlock(&disk->mutex);
    return err;
}

static enum im_err sim_rename(struct disk *d, const char *from, const char *to)
{
    struct sim_disk *disk = sim(d);

    return LOCKED(disk, do_rename(disk, from, to));
}

static enum im_err sim_remove(struct disk *d, const char *name)
{
    struct sim_disk *disk = sim(d);

    return LOCKED(disk, do_remove(disk, name));
}

static enum im_err sim_sync_dir(struct disk *d)
{
    struct sim_disk *disk = sim(d);

    return LOCKED(disk, do_sync_dir(disk));
}

static enum im_err sim_list(struct disk *d, void (*fn)(void *arg, const char *name), void *arg)
{
    struct sim_disk *disk = sim(d);
    struct directory copy = {0};

    pthread_mutex_lock(&disk->mutex);
    if (disk->off) {
        pthread_mutex_unlock(&disk->mutex);
        return IM_ERR_IO;
    }
    directory_copy(&copy, &disk->now);
    pthread_mutex_unlock(&disk->mutex);
    for (size_t i = 0; i < copy.count; i++)
        fn(arg, copy.entries[i].name);
    pthread_mutex_lock(&disk->mutex);
    directory_clear(&copy);
    pthread_mutex_unlock(&disk->mutex);
    return IM_OK;
}

static const struct disk_ops sim_ops = {
    .open = sim_open,
    .close = sim_close,
    .write = sim_write,
    .read = sim_read,
    .read_cached = sim_read_cached,
    .sync = sim_sync,
    .size = sim_size,
    .rename = sim_rename,
    .remove = sim_remove,
    .sync_dir = sim_sync_dir,
    .list = sim_list,
};

/* ---- for tests ---- */

struct disk *sim_disk_new(void)
{
    struct sim_disk *disk = mem_zalloc(sizeof(*disk));

    disk->disk.ops = &sim_ops;
    pthread_mutex_init(&disk->mutex, NULL);
    return &disk->disk;
}

void sim_disk_set_cached(struct disk *d, bool on)
{
    atomic_store(&sim(d)->all_cached, on);
}

void sim_disk_free(struct disk *d)
{
    struct sim_disk *disk = sim(d);

    if (!d)
        return;
    CHECK(disk->handles == 0);
    forget_changes(disk);
    directory_clear(&disk->now);
    directory_clear(&disk->safe);
    pthread_mutex_destroy(&disk->mutex);
    free(disk->changes);
    free(disk);
}

/* One copy an inode, however many names and changes have it. */
struct copies {
    struct inode **pairs; /* original, copy, ... */
    size_t count;
};

static struct inode *copy_of(struct copies *copies, struct inode *inode)
{
    for (size_t i = 0; i < copies->count; i += 2)
        if (copies->pairs[i] == inode)
            return copies->pairs[i + 1];
    copies->pairs = mem_realloc(copies->pairs, (copies->count + 2) * sizeof(struct inode *));
    copies->pairs[copies->count] = inode;
    copies->pairs[copies->count + 1] = inode_copy(inode);
    copies->count += 2;
    return copies->pairs[copies->count - 1];
}

struct disk *sim_disk_clone(struct disk *d)
{
    struct sim_disk *from = sim(d);
    struct disk *clone = sim_disk_new();
    struct sim_disk *to = sim(clone);
    struct copies copies = {0};

    pthread_mutex_lock(&from->mutex);
    for (size_t i = 0; i < from->safe.count; i++)
        link_name(&to->safe, from->safe.entries[i].name,
                  copy_of(&copies, from->safe.entries[i].inode));
    directory_copy(&to->now, &to->safe);
    for (size_t i = 0; i < from->change_count; i++) {
        const struct change *made = &from->changes[i];

        change(to, made->kind, made->from, made->to, copy_of(&copies, made->inode));
    }
    to->random = from->random;
    pthread_mutex_unlock(&from->mutex);
    free(copies.pairs);
    return clone;
}

void sim_disk_crash(struct disk *d, uint64_t seed)
{
    struct sim_disk *disk = sim(d);

    pthread_mutex_lock(&disk->mutex);
    disk->random = seed;
    lose(disk);
    pthread_mutex_unlock(&disk->mutex);
}

void sim_disk_crash_at(struct disk *d, uint64_t k, uint64_t seed)
{
    struct sim_disk *disk = sim(d);

    pthread_mutex_lock(&disk->mutex);
    disk->crash_at = disk->operations + k;
    disk->random = seed;
    pthread_mutex_unlock(&disk->mutex);
}

bool sim_disk_crashed(struct disk *d)
{
    struct sim_disk *disk = sim(d);
    bool off;

    pthread_mutex_lock(&disk->mutex);
    off = disk->off;
    pthread_mutex_unlock(&disk->mutex);
    return off;
}

void sim_disk_restart(struct disk *d)
{
    struct sim_disk *disk = sim(d);

    pthread_mutex_lock(&disk->mutex);
    disk->off = false;
    disk->crash_at = 0;
    disk->fail_in = 0;
    pthread_mutex_unlock(&disk->mutex);
}

void sim_disk_fail_after(struct disk *d, uint64_t n, enum im_err err)
{
    struct sim_disk *disk = sim(d);

    CHECK(n == 0 || err == IM_ERR_IO || err == IM_ERR_FULL);
    pthread_mutex_lock(&disk->mutex);
    disk->fail_in = n;
    disk->fail_with = err;
    pthread_mutex_unlock(&disk->mutex);
}

uint64_t sim_disk_operations(struct disk *d)
{
    struct sim_disk *disk = sim(d);
    uint64_t operations;

    pthread_mutex_lock(&disk->mutex);
    operations = disk->operations;
    pthread_mutex_unlock(&disk->mutex);
    return operations;
}

bool sim_disk_name(struct disk *d, size_t i, char *ret_name, size_t room)
{
    struct sim_disk *disk = sim(d);
    bool there;

    pthread_mutex_lock(&disk->mutex);
    there = i < disk->now.count;
    if (there)
        snprintf(ret_name, room, "%s", disk->now.entries[i].name);
    pthread_mutex_unlock(&disk->mutex);
    return there;
}

uint64_t sim_disk_size(struct disk *d, const char *name)
{
    struct sim_disk *disk = sim(d);
    struct inode *inode;
    uint64_t size;

    pthread_mutex_lock(&disk->mutex);
    inode = lookup(&disk->now, name);
    size = inode ? inode->now_bytes : UINT64_MAX;
    pthread_mutex_unlock(&disk->mutex);
    return size;
}

void sim_disk_peek(struct disk *d, const char *name, uint64_t offset, void *p, size_t n)
{
    struct sim_disk *disk = sim(d);
    struct inode *inode;

    pthread_mutex_lock(&disk->mutex);
    inode = lookup(&disk->now, name);
    CHECK(inode && offset + n <= inode->now_bytes);
    memcpy(p, inode->now + offset, n);
    pthread_mutex_unlock(&disk->mutex);
}

void sim_disk_poke(struct disk *d, const char *name, uint64_t offset, const void *p, size_t n)
{
    struct sim_disk *disk = sim(d);
    struct inode *inode;

    pthread_mutex_lock(&disk->mutex);
    inode = lookup(&disk->now, name);
    CHECK(inode && offset + n <= inode->now_bytes);
    memcpy(inode->now + offset, p, n);
    memcpy(inode->safe + offset, p, n);
    pthread_mutex_unlock(&disk->mutex);
}

void sim_disk_put(struct disk *d, const char *name, const void *p, size_t n)
{
    struct sim_disk *disk = sim(d);
    struct inode *inode = inode_new();

    pthread_mutex_lock(&disk->mutex);
    link_name(&disk->now, name, inode);
    link_name(&disk->safe, name, inode);
    inode_write(inode, 0, p, n);
    inode_sync(inode);
    pthread_mutex_unlock(&disk->mutex);
}

void sim_disk_delete(struct disk *d, const char *name)
{
    struct sim_disk *disk = sim(d);

    pthread_mutex_lock(&disk->mutex);
    unlink_name(&disk->now, name);
    unlink_name(&disk->safe, name);
    pthread_mutex_unlock(&disk->mutex);
}

#include "sim_inode.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SECTOR ((uint64_t)512)

/* splitmix64 */
uint64_t sim_draw(uint64_t *random)
{
    uint64_t z = *random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

bool sim_toss(uint64_t *random)
{
    return sim_draw(random) >> 63;
}

struct inode *inode_new(void)
{
    return mem_zalloc(sizeof(struct inode));
}

void inode_ref(struct inode *inode)
{
    inode->refs++;
}

void inode_unref(struct inode *inode)
{
    if (--inode->refs)
        return;
    free(inode->now);
    free(inode->safe);
    free(inode->dirty);
    free(inode);
}

static void inode_reserve(struct inode *inode, uint64_t bytes)
{
    uint64_t room = inode->room ? inode->room : 4 * SECTOR;

    if (bytes <= inode->room)
        return;
    while (room < bytes)
        room *= 2;
    inode->now = mem_realloc(inode->now, room);
    inode->safe = mem_realloc(inode->safe, room);
    inode->dirty = mem_realloc(inode->dirty, room / SECTOR);
    memset(inode->now + inode->room, 0, room - inode->room);
    memset(inode->safe + inode->room, 0, room - inode->room);
    memset(inode->dirty + inode->room / SECTOR, 0, (room - inode->room) / SECTOR);
    inode->room = room;
}

void inode_write(struct inode *inode, uint64_t offset, const void *p, uint64_t n)
{
    uint64_t first = offset / SECTOR, end = (offset + n + SECTOR - 1) / SECTOR;

    if (n == 0)
        return;
    inode_reserve(inode, offset + n);
    memcpy(inode->now + offset, p, n);
    if (offset + n > inode->now_bytes)
        inode->now_bytes = offset + n;
    memset(inode->dirty + first, 1, end - first);
    if (inode->first_dirty == inode->end_dirty) {
        inode->first_dirty = first;
        inode->end_dirty = end;
    }
    inode->first_dirty = first < inode->first_dirty ? first : inode->first_dirty;
    inode->end_dirty = end > inode->end_dirty ? end : inode->end_dirty;
}

void inode_clean(struct inode *inode)
{
    memset(inode->dirty + inode->first_dirty, 0, inode->end_dirty - inode->first_dirty);
    inode->first_dirty = inode->end_dirty = 0;
}

void inode_sync(struct inode *inode)
{
    for (uint64_t i = inode->first_dirty; i < inode->end_dirty; i++)
        if (inode->dirty[i])
            memcpy(inode->safe + i * SECTOR, inode->now + i * SECTOR, SECTOR);
    if (inode->now_bytes > inode->safe_bytes)
        inode->safe_bytes = inode->now_bytes;
    if (inode->end_dirty)
        inode_clean(inode);
}

/* Leaves in `now` what a crash leaves, and nothing unsynced. */
void inode_crash(uint64_t *random, struct inode *inode)
{
    uint64_t sectors = inode->end_dirty - inode->first_dirty;
    uint64_t torn = sectors ? inode->first_dirty + sim_draw(random) % sectors : 0;
    uint64_t grown = inode->now_bytes - inode->safe_bytes;
    /* Often all or nothing: those are the likely ones, and every sector by itself the thorough. */
    uint64_t mood = sim_draw(random) % 4;

    if (grown && inode->now_bytes > inode->safe_bytes)
        inode->safe_bytes += sim_toss(random) ? grown : sim_draw(random) % (grown + 1);
    for (uint64_t i = inode->first_dirty; i < inode->end_dirty; i++) {
        char *to = inode->safe + i * SECTOR;

        if (!inode->dirty[i])
            continue;
        if (i == torn && mood != 3)
            memcpy(to, inode->now + i * SECTOR, sim_draw(random) % SECTOR);
        else if (mood == 3 || (mood != 2 && sim_toss(random)))
            memcpy(to, inode->now + i * SECTOR, SECTOR);
    }
    if (inode->end_dirty)
        inode_clean(inode);
    if (inode->room) {
        memset(inode->safe + inode->safe_bytes, 0, inode->room - inode->safe_bytes);
        memcpy(inode->now, inode->safe, inode->room);
    }
    inode->now_bytes = inode->safe_bytes;
}

struct inode *inode_copy(const struct inode *from)
{
    struct inode *to = mem_zalloc(sizeof(*to));

    inode_reserve(to, from->room);
    if (from->room) {
        memcpy(to->now, from->now, from->room);
        memcpy(to->safe, from->safe, from->room);
        memcpy(to->dirty, from->dirty, from->room / SECTOR);
    }
    to->now_bytes = from->now_bytes;
    to->safe_bytes = from->safe_bytes;
    to->first_dirty = from->first_dirty;
    to->end_dirty = from->end_dirty;
    return to;
}

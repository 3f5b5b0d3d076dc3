/*
 * A hash table of entries that never stops to grow: linear hashing splits one bucket at an
 * insertion (moving all of a million rows at once would hold the shard for 100 ms). Entries are
 * linked by `chain` and keep their address. One owner thread.
 */
#ifndef STATE_TABLE_H
#define STATE_TABLE_H

#include "state/entry.h"

#define TABLE_SEGMENT 512 /* buckets, so 4 KB */

struct table {
    struct entry ***segments; /* arrays of TABLE_SEGMENT buckets */
    uint32_t segment_room;
    uint32_t buckets; /* in use */
    uint32_t mask;    /* the power of two >= buckets, less one */
    uint64_t entries;
};

void table_init(struct table *table);
/* Does not free the entries. */
void table_release(struct table *table);
void table_insert(struct table *table, struct entry *entry);
void table_remove(struct table *table, struct entry *entry);
/* `entry` takes the place of `old`; both have the same hash. */
void table_replace(struct table *table, struct entry *old, struct entry *entry);

static inline struct entry **table_bucket(const struct table *table, uint32_t hash)
{
    uint32_t i = hash & table->mask;

    if (i >= table->buckets)
        i &= table->mask >> 1;
    return &table->segments[i / TABLE_SEGMENT][i % TABLE_SEGMENT];
}

#endif

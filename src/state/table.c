#include "state/table.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

void table_init(struct table *table)
{
    *table = (struct table){.segment_room = 16, .buckets = TABLE_SEGMENT};
    table->mask = TABLE_SEGMENT - 1;
    table->segments = mem_zalloc(table->segment_room * sizeof(*table->segments));
    table->segments[0] = mem_zalloc(TABLE_SEGMENT * sizeof(**table->segments));
}

void table_release(struct table *table)
{
    for (uint32_t i = 0; i < table->buckets; i += TABLE_SEGMENT)
        free(table->segments[i / TABLE_SEGMENT]);
    free(table->segments);
}

static struct entry **find_slot(struct table *table, struct entry *entry)
{
    struct entry **slot = table_bucket(table, entry->hash);

    while (*slot != entry) {
        CHECK(*slot);
        slot = &(*slot)->chain;
    }
    return slot;
}

static void add_bucket(struct table *table)
{
    uint32_t added = table->buckets;
    uint32_t segment = added / TABLE_SEGMENT;

    CHECK(added < UINT32_MAX / 2);
    if (segment == table->segment_room) {
        table->segment_room *= 2;
        table->segments =
            mem_realloc(table->segments, table->segment_room * sizeof(*table->segments));
    }
    if (added % TABLE_SEGMENT == 0)
        table->segments[segment] = mem_zalloc(TABLE_SEGMENT * sizeof(**table->segments));
    if (added > table->mask)
        table->mask = table->mask * 2 + 1;
    table->buckets++;
}

/* Adds one bucket and moves into it what belongs there from the only other one that held it. */
static void split_bucket(struct table *table)
{
    uint32_t added = table->buckets;
    struct entry **from;
    struct entry **to;

    add_bucket(table);
    to = table_bucket(table, added);
    from = table_bucket(table, added & (table->mask >> 1));
    while (*from) {
        struct entry *entry = *from;

        if ((entry->hash & table->mask) == added) {
            *from = entry->chain;
            entry->chain = *to;
            *to = entry;
        } else {
            from = &entry->chain;
        }
    }
}

void table_insert(struct table *table, struct entry *entry)
{
    struct entry **bucket;

    if (++table->entries > table->buckets)
        split_bucket(table);
    bucket = table_bucket(table, entry->hash);
    entry->chain = *bucket;
    *bucket = entry;
}

void table_remove(struct table *table, struct entry *entry)
{
    *find_slot(table, entry) = entry->chain;
    table->entries--;
}

void table_replace(struct table *table, struct entry *old, struct entry *entry)
{
    entry->chain = old->chain;
    *find_slot(table, old) = entry;
}

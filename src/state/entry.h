/*
 * What the cache is made of (src/state only). A row is one allocation: this header, for rows of
 * a collection the member part, the key, padding to 8 bytes, the value. A collection is an entry
 * too, in the same hash table and the same list of what may be evicted.
 *
 * While a row is frozen the checkpoint thread reads link, n, key_n, key and value; so the shard
 * changes none of them then, only chain, flags and the member part.
 */
#ifndef STATE_ENTRY_H
#define STATE_ENTRY_H

#include "base/span.h"

/* A ring; an empty list points to itself. */
struct link {
    struct link *next;
    struct link *prev;
};

#define ENTRY_ABSENT 0xffff /* in n: the row does not exist */
#define ENTRY_MEMBER 0x80   /* in key_n: the member part is there */

enum entry_flag {
    ENTRY_EPOCH = 3,           /* 0: clean; else the epoch of checkpoints in which it changed */
    ENTRY_USED = 1 << 2,       /* since the hand of the clock last passed */
    ENTRY_LOADING = 1 << 3,    /* placeholder; its value is a pointer to the load */
    ENTRY_DETACHED = 1 << 4,   /* frozen, and a newer version has taken its place in the table */
    ENTRY_COLLECTION = 1 << 5, /* a struct collection, not a row */
    ENTRY_COMPLETE = 1 << 6,   /* collection: all its rows are in the cache */
};

struct entry {
    struct entry *chain; /* in the hash table */
    struct link link;    /* clean, dirty, frozen or settling list; placeholders are in none */
    uint32_t hash;
    uint16_t n;
    uint8_t key_n;
    uint8_t flags;
};

struct collection {
    struct entry entry; /* link: in the clean list while complete, else none */
    struct link members;
    const struct state_load *loader; /* NULL: not being loaded */
    char key[];
};

struct member {
    struct link sibling;
    struct collection *collection;
};

static inline void link_init(struct link *list)
{
    list->next = list->prev = list;
}

static inline bool link_empty(const struct link *list)
{
    return list->next == list;
}

/* At the end of the list. */
static inline void link_append(struct link *list, struct link *link)
{
    link->next = list;
    link->prev = list->prev;
    list->prev->next = link;
    list->prev = link;
}

static inline void link_remove(struct link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link_init(link);
}

/* `link` takes the place of `old`, which may be a list's head. */
static inline void link_replace(struct link *old, struct link *link)
{
    if (link_empty(old)) {
        link_init(link);
        return;
    }
    *link = *old;
    link->next->prev = link;
    link->prev->next = link;
    link_init(old);
}

static inline struct entry *entry_of_link(struct link *link)
{
    return (struct entry *)((char *)link - offsetof(struct entry, link));
}

static inline struct member *row_member(struct entry *row)
{
    return row->key_n & ENTRY_MEMBER ? (struct member *)(row + 1) : NULL;
}

static inline struct entry *row_of_sibling(struct link *sibling)
{
    return (struct entry *)((char *)sibling - offsetof(struct member, sibling)) - 1;
}

static inline size_t row_key_offset(const struct entry *row)
{
    return sizeof(struct entry) + (row->key_n & ENTRY_MEMBER ? sizeof(struct member) : 0);
}

static inline struct span row_key(const struct entry *row)
{
    return span_make((const char *)row + row_key_offset(row), row->key_n & ~ENTRY_MEMBER);
}

static inline size_t row_value_offset(const struct entry *row)
{
    return (row_key_offset(row) + (row->key_n & ~ENTRY_MEMBER) + 7) & ~(size_t)7;
}

static inline void *row_value(struct entry *row)
{
    return (char *)row + row_value_offset(row);
}

static inline size_t row_n(const struct entry *row)
{
    return row->n == ENTRY_ABSENT ? 0 : row->n;
}

/*
 * Room for a value of n bytes: a quarter of its magnitude is the step, so that a value which
 * grows by small pieces moves rarely, and the room follows from n and needs no field.
 */
static inline size_t row_room(uint16_t n)
{
    size_t step = 8;

    if (n == ENTRY_ABSENT)
        return 0;
    if (n >= 64)
        step = ((size_t)1 << (31 - __builtin_clz(n))) / 4;
    return (n + step - 1) & ~(step - 1);
}

/* Memory taken, for the bounds. */
static inline size_t row_memory(const struct entry *row)
{
    return row_value_offset(row) + row_room(row->n);
}

static inline size_t collection_memory(const struct collection *collection)
{
    return sizeof(*collection) + collection->entry.key_n;
}

static inline size_t entry_memory(const struct entry *entry)
{
    return entry->flags & ENTRY_COLLECTION ? collection_memory((const struct collection *)entry)
                                           : row_memory(entry);
}

#endif

/*
 * A map from 64-bit numbers (never 0) to pointers or numbers, open addressing, for keys that
 * outsiders cannot choose. One owner thread. Grows without bound: the owner bounds what it puts.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map {
    struct map_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

struct map_slot {
    uint64_t key; /* 0: free */
    union {
        void *p;
        uint64_t n;
    } value;
};

void map_init(struct map *map);
void map_release(struct map *map);
/* The slot of the key, NULL if it is not there. Good until the next put or remove. */
struct map_slot *map_find(const struct map *map, uint64_t key);
/* The slot of the key, made with a zero value if it is not there. */
struct map_slot *map_put(struct map *map, uint64_t key);
void map_remove(struct map *map, uint64_t key);

/* Walks in no particular order: for (s = map_next(m, NULL); s; s = map_next(m, s)). */
struct map_slot *map_next(const struct map *map, const struct map_slot *after);

static inline void *map_get(const struct map *map, uint64_t key)
{
    struct map_slot *slot = map_find(map, key);

    return slot ? slot->value.p : NULL;
}

/* Spreads all bits of a number; a bijection. */
static inline uint64_t map_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

#endif

#include "base/map.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

void map_init(struct map *map)
{
    *map = (struct map){0};
}

void map_release(struct map *map)
{
    free(map->slots);
    *map = (struct map){0};
}

/* The slot that holds the key, or the free one where it would go. */
static struct map_slot *probe(const struct map *map, uint64_t key)
{
    size_t at = map_mix(key) & (map->room - 1);

    while (map->slots[at].key && map->slots[at].key != key)
        at = (at + 1) & (map->room - 1);
    return &map->slots[at];
}

struct map_slot *map_find(const struct map *map, uint64_t key)
{
    struct map_slot *slot;

    if (!map->count)
        return NULL;
    slot = probe(map, key);
    return slot->key ? slot : NULL;
}

static void grow(struct map *map)
{
    struct map old = *map;

    map->room = old.room ? old.room * 2 : 16;
    map->slots = mem_zalloc(map->room * sizeof(*map->slots));
    for (size_t i = 0; i < old.room; i++) {
        if (old.slots[i].key)
            *probe(map, old.slots[i].key) = old.slots[i];
    }
    free(old.slots);
}

struct map_slot *map_put(struct map *map, uint64_t key)
{
    struct map_slot *slot;

    CHECK(key != 0);
    if (map->count * 4 >= map->room * 3)
        grow(map);
    slot = probe(map, key);
    if (!slot->key) {
        slot->key = key;
        map->count++;
    }
    return slot;
}

void map_remove(struct map *map, uint64_t key)
{
    struct map_slot *slot = map_find(map, key);
    size_t mask = map->room - 1, hole, at;

    if (!slot)
        return;
    hole = (size_t)(slot - map->slots);
    /* Moves later members of the run back, so that no marks of removed keys are needed. */
    for (at = (hole + 1) & mask; map->slots[at].key; at = (at + 1) & mask) {
        size_t home = map_mix(map->slots[at].key) & mask;

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole] = (struct map_slot){0};
    map->count--;
}

struct map_slot *map_next(const struct map *map, const struct map_slot *after)
{
    size_t at = after ? (size_t)(after - map->slots) + 1 : 0;

    for (; at < map->room; at++) {
        if (map->slots[at].key)
            return &map->slots[at];
    }
    return NULL;
}

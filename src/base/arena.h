/*
 * Memory of one request: many small pieces, all freed at once. Pieces are 8-byte aligned and
 * zeroed by arena_zalloc only. The caller bounds what is asked for; out of memory aborts.
 * One owner thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    char *next;
    char *end;
};

void arena_init(struct arena *arena);
void arena_release(struct arena *arena);

/* Use first `size` bytes at `memory` (not owned, 8-byte aligned) before any block is taken. */
void arena_init_with(struct arena *arena, void *memory, size_t size);

void *arena_alloc_slow(struct arena *arena, size_t size);

static inline void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = (size + 7) & ~(size_t)7;

    if ((size_t)(arena->end - arena->next) >= rounded && rounded >= size) {
        void *p = arena->next;

        arena->next += rounded;
        return p;
    }
    return arena_alloc_slow(arena, size);
}

static inline void *arena_zalloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc(arena, size), 0, size);
}

/* A copy with a NUL behind it (not counted). */
struct span arena_copy(struct arena *arena, struct span s);

/*
 * Room for one more item behind `count` of them: the array itself, or a longer copy of it. *room is
 * how many fit; 0 and NULL to begin with.
 */
void *arena_grow(struct arena *arena, void *items, uint32_t count, uint32_t *room, size_t size);

#define ARENA_NEW(arena, type) ((type *)arena_zalloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) \
    ((type *)arena_zalloc((arena), sizeof(type) * (size_t)(count)))

#endif

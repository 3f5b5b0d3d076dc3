#include "base/arena.h"

#include <stdlib.h>

#include "base/mem.h"

#define BLOCK_BYTES ((size_t)4096)

struct arena_block {
    struct arena_block *older;
    max_align_t bytes[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

void arena_init_with(struct arena *arena, void *memory, size_t size)
{
    *arena = (struct arena){.next = memory, .end = (char *)memory + (size & ~(size_t)7)};
}

void arena_release(struct arena *arena)
{
    struct arena_block *block = arena->blocks;

    while (block) {
        struct arena_block *older = block->older;

        free(block);
        block = older;
    }
    *arena = (struct arena){0};
}

void *arena_alloc_slow(struct arena *arena, size_t size)
{
    size_t rounded = (size + 7) & ~(size_t)7;
    size_t room = rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES;
    struct arena_block *block = mem_alloc(sizeof(*block) + room);
    char *p = (char *)block->bytes;

    block->older = arena->blocks;
    arena->blocks = block;
    /* A large piece gets a block of its own; what is left of the current one stays in use. */
    if (rounded < BLOCK_BYTES) {
        arena->next = p + rounded;
        arena->end = p + room;
    }
    return p;
}

struct span arena_copy(struct arena *arena, struct span s)
{
    char *p = arena_alloc(arena, s.n + 1);

    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (struct span){p, s.n};
}

void *arena_grow(struct arena *arena, void *items, uint32_t count, uint32_t *room, size_t size)
{
    void *more;

    if (count < *room)
        return items;
    *room = *room * 2 + 16;
    more = arena_zalloc(arena, *room * size);
    if (count)
        memcpy(more, items, count * size);
    return more;
}

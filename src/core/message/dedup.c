#include "core/message/dedup.h"

#include <stdlib.h>

#include "base/mem.h"

#define GENERATIONS 6u
#define GENERATION_S (DEDUP_WINDOW_S / (GENERATIONS - 1))
#define PARTS 256u

struct part {
    uint64_t *slots; /* 0: free */
    uint32_t room;   /* a power of two, or 0 */
    uint32_t count;
};

struct generation {
    struct part parts[PARTS];
};

struct dedup {
    struct generation generations[GENERATIONS];
    uint32_t current; /* number of the running generation: now_s / GENERATION_S */
};

struct dedup *dedup_new(void)
{
    return mem_zalloc(sizeof(struct dedup));
}

static void clear(struct generation *generation)
{
    for (uint32_t i = 0; i < PARTS; i++) {
        free(generation->parts[i].slots);
        generation->parts[i] = (struct part){0};
    }
}

void dedup_free(struct dedup *dedup)
{
    if (!dedup)
        return;
    for (uint32_t i = 0; i < GENERATIONS; i++)
        clear(&dedup->generations[i]);
    free(dedup);
}

void dedup_advance(struct dedup *dedup, uint32_t now_s)
{
    uint32_t now = now_s / GENERATION_S;
    uint32_t steps = now - dedup->current;

    if (now <= dedup->current)
        return;
    for (uint32_t i = 0; i < steps && i < GENERATIONS; i++)
        clear(&dedup->generations[(now - i) % GENERATIONS]);
    dedup->current = now;
}

static uint64_t *probe(const struct part *part, uint64_t fingerprint)
{
    uint32_t at = (uint32_t)(fingerprint >> 8) & (part->room - 1);

    while (part->slots[at] && part->slots[at] != fingerprint)
        at = (at + 1) & (part->room - 1);
    return &part->slots[at];
}

static void grow(struct part *part)
{
    struct part old = *part;

    part->room = old.room ? old.room * 2 : 16;
    part->slots = mem_zalloc(part->room * sizeof(*part->slots));
    for (uint32_t i = 0; i < old.room; i++) {
        if (old.slots[i])
            *probe(part, old.slots[i]) = old.slots[i];
    }
    free(old.slots);
}

void dedup_add(struct dedup *dedup, uint64_t fingerprint)
{
    struct part *part =
        &dedup->generations[dedup->current % GENERATIONS].parts[fingerprint % PARTS];
    uint64_t *slot;

    fingerprint |= (uint64_t)1 << 63;
    if (part->count * 4 >= part->room * 3)
        grow(part);
    slot = probe(part, fingerprint);
    if (!*slot) {
        *slot = fingerprint;
        part->count++;
    }
}

bool dedup_has(const struct dedup *dedup, uint64_t fingerprint)
{
    uint64_t wanted = fingerprint | (uint64_t)1 << 63;

    for (uint32_t i = 0; i < GENERATIONS; i++) {
        const struct part *part = &dedup->generations[i].parts[fingerprint % PARTS];

        if (part->count && *probe(part, wanted))
            return true;
    }
    return false;
}

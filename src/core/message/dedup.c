#include "core/message/dedup.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define GENERATIONS 6u
#define GENERATION_S (DEDUP_WINDOW_S / (GENERATIONS - 1))
#define PARTS 4096u
#define SWEPT_A_SECOND 16u

/*
 * One table, not one a generation: a look costs one miss of the processor's cache. A slot holds the
 * generation above 56 bits of the fingerprint (the others, and more, choose its part); 0 is free,
 * so generations are counted from 1 to 255 and round again. Before one comes round, every part has
 * been swept: a few for each second that passes.
 */
#define GENERATION_SHIFT 56
#define ROUND 255u

struct part {
    uint64_t *slots;
    uint32_t room; /* a power of two, or 0 */
    uint32_t used; /* slots that are not free, old ones too */
};

struct dedup {
    struct part parts[PARTS];
    uint32_t now_s;
    uint32_t next_sweep; /* part */
};

struct dedup *dedup_new(void)
{
    return mem_zalloc(sizeof(struct dedup));
}

static void clear(struct dedup *dedup)
{
    for (uint32_t i = 0; i < PARTS; i++)
        free(dedup->parts[i].slots);
    memset(dedup->parts, 0, sizeof(dedup->parts));
}

void dedup_free(struct dedup *dedup)
{
    if (!dedup)
        return;
    clear(dedup);
    free(dedup);
}

static uint32_t generation_of(uint32_t now_s)
{
    return now_s / GENERATION_S % ROUND + 1;
}

/* Whether what a slot holds is of the window. */
static bool is_fresh(const struct dedup *dedup, uint64_t slot)
{
    uint32_t now = generation_of(dedup->now_s), then = (uint32_t)(slot >> GENERATION_SHIFT);

    return slot && (now + ROUND - then) % ROUND < GENERATIONS;
}

static bool is_of(uint64_t slot, uint64_t fingerprint)
{
    return slot << 8 == fingerprint >> 8 << 8;
}

static uint64_t slot_of(uint32_t generation, uint64_t fingerprint)
{
    return (uint64_t)generation << GENERATION_SHIFT | fingerprint >> 8;
}

/* The slot of the fingerprint, or the free one where it would be. */
static uint64_t *probe(const struct part *part, uint64_t fingerprint)
{
    uint32_t at = (uint32_t)(fingerprint >> 24) & (part->room - 1);

    while (part->slots[at] && !is_of(part->slots[at], fingerprint))
        at = (at + 1) & (part->room - 1);
    return &part->slots[at];
}

/* Drops what is old, and gives what is left and one more some room. */
static void rebuild(const struct dedup *dedup, struct part *part)
{
    struct part old = *part;
    uint32_t fresh = 0;

    for (uint32_t i = 0; i < old.room; i++)
        fresh += is_fresh(dedup, old.slots[i]);
    *part = (struct part){.room = 16, .used = fresh};
    while (part->room < (fresh + 1) * 2)
        part->room *= 2;
    part->slots = mem_zalloc(part->room * sizeof(*part->slots));
    for (uint32_t i = 0; i < old.room; i++) {
        if (is_fresh(dedup, old.slots[i]))
            *probe(part, old.slots[i] << 8) = old.slots[i];
    }
    free(old.slots);
}

static void sweep(const struct dedup *dedup, struct part *part)
{
    uint32_t fresh = 0;

    for (uint32_t i = 0; i < part->room; i++)
        fresh += is_fresh(dedup, part->slots[i]);
    if (!fresh) {
        free(part->slots);
        *part = (struct part){0};
    } else if (fresh < part->used) {
        rebuild(dedup, part);
    }
}

void dedup_advance(struct dedup *dedup, uint32_t now_s)
{
    uint32_t passed = now_s - dedup->now_s;

    if (now_s <= dedup->now_s)
        return;
    dedup->now_s = now_s;
    if (passed >= GENERATIONS * GENERATION_S) {
        clear(dedup);
        return;
    }
    for (uint32_t i = 0; i < passed * SWEPT_A_SECOND && i < PARTS; i++)
        sweep(dedup, &dedup->parts[dedup->next_sweep++ % PARTS]);
}

void dedup_add(struct dedup *dedup, uint64_t fingerprint)
{
    struct part *part = &dedup->parts[fingerprint % PARTS];
    uint64_t *slot;

    if (part->used * 4 >= part->room * 3)
        rebuild(dedup, part);
    slot = probe(part, fingerprint);
    part->used += !*slot;
    *slot = slot_of(generation_of(dedup->now_s), fingerprint);
}

bool dedup_has(const struct dedup *dedup, uint64_t fingerprint)
{
    const struct part *part = &dedup->parts[fingerprint % PARTS];

    return part->used && is_fresh(dedup, *probe(part, fingerprint));
}

#include "core/group/sent.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"

#define GENERATIONS 6u
#define GENERATION_S (GROUP_SENT_WINDOW_S / (GENERATIONS - 1))
#define PARTS 256u

struct group_sent {
    struct map parts[GENERATIONS][PARTS]; /* mark: time << 32 | seq */
    uint32_t current;                     /* number of the running generation */
};

struct group_sent *group_sent_new(void)
{
    return mem_zalloc(sizeof(struct group_sent));
}

static void clear(struct map *parts)
{
    for (uint32_t i = 0; i < PARTS; i++)
        map_release(&parts[i]);
}

void group_sent_free(struct group_sent *sent)
{
    if (!sent)
        return;
    for (uint32_t i = 0; i < GENERATIONS; i++)
        clear(sent->parts[i]);
    free(sent);
}

static void advance(struct group_sent *sent, uint32_t now_s)
{
    uint32_t now = now_s / GENERATION_S;

    if (now <= sent->current)
        return;
    for (uint32_t i = 0; i < now - sent->current && i < GENERATIONS; i++)
        clear(sent->parts[(now - i) % GENERATIONS]);
    sent->current = now;
}

uint64_t group_sent_mark(struct app_id app, struct group_no group, struct account_no from,
                         uint32_t random)
{
    const uint32_t words[] = {app.v, group.v, from.v, random};
    uint64_t mark = hash_bytes(words, sizeof(words));

    return mark ? mark : 1;
}

static struct map_slot *find(struct group_sent *sent, uint32_t now_s, uint64_t mark)
{
    struct map_slot *slot = NULL;

    advance(sent, now_s);
    for (uint32_t i = 0; i < GENERATIONS && !slot; i++)
        slot = map_find(&sent->parts[i][mark % PARTS], mark);
    return slot;
}

static bool is_recent(const struct map_slot *slot, uint32_t now_s)
{
    return slot && (uint32_t)(slot->value.n >> 32) + GROUP_SENT_WINDOW_S > now_s;
}

void group_sent_add(struct group_sent *sent, uint32_t now_s, uint64_t mark,
                    struct group_sent_key key)
{
    struct map_slot *slot = find(sent, now_s, mark);

    if (is_recent(slot, now_s))
        return;
    for (uint32_t i = 0; slot && i < GENERATIONS; i++)
        map_remove(&sent->parts[i][mark % PARTS], mark);
    map_put(&sent->parts[sent->current % GENERATIONS][mark % PARTS], mark)->value.n =
        (uint64_t)key.time << 32 | key.seq;
}

bool group_sent_find(struct group_sent *sent, uint32_t now_s, uint64_t mark,
                     struct group_sent_key *ret_key)
{
    struct map_slot *slot = find(sent, now_s, mark);

    if (!is_recent(slot, now_s))
        return false;
    *ret_key = (struct group_sent_key){(uint32_t)(slot->value.n >> 32), (uint32_t)slot->value.n};
    return true;
}

/* Nobody's account number is 0. */
static uint64_t warm_mark(struct app_id app, struct group_no group)
{
    return group_sent_mark(app, group, (struct account_no){0}, 0);
}

bool group_sent_is_warm(struct group_sent *sent, uint32_t now_s, struct app_id app,
                        struct group_no group)
{
    return find(sent, now_s, warm_mark(app, group)) != NULL;
}

void group_sent_warmed(struct group_sent *sent, uint32_t now_s, struct app_id app,
                       struct group_no group)
{
    group_sent_add(sent, now_s, warm_mark(app, group), (struct group_sent_key){now_s, 0});
}

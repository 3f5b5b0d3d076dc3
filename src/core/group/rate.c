#include "core/group/rate.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"

struct used {
    uint32_t of[PRIORITY_LOWEST + 1];
    uint32_t all;
};

/* One second: the groups that took a message in it. */
struct second {
    struct map at; /* app << 32 | group: index in `used` + 1 */
    struct used *used;
    uint32_t count, room;
};

struct group_rates {
    uint32_t now_s;
    struct second now, before;
    struct map refused; /* by app */
};

struct group_rates *group_rates_new(void)
{
    return mem_zalloc(sizeof(struct group_rates));
}

static void second_release(struct second *second)
{
    map_release(&second->at);
    free(second->used);
    *second = (struct second){.count = 0};
}

void group_rates_free(struct group_rates *rates)
{
    if (!rates)
        return;
    second_release(&rates->now);
    second_release(&rates->before);
    map_release(&rates->refused);
    free(rates);
}

static void advance(struct group_rates *rates, uint32_t now_s)
{
    if (now_s <= rates->now_s)
        return;
    second_release(&rates->before);
    if (now_s == rates->now_s + 1)
        rates->before = rates->now;
    else
        second_release(&rates->now);
    rates->now = (struct second){.count = 0};
    rates->now_s = now_s;
}

static uint64_t key_of(struct app_id app, struct group_no group)
{
    return (uint64_t)app.v << 32 | group.v;
}

static const struct used *used_find(const struct second *second, uint64_t key)
{
    static const struct used none;
    const struct map_slot *slot = map_find(&second->at, key);

    return slot ? &second->used[slot->value.n - 1] : &none;
}

static struct used *used_get(struct second *second, uint64_t key)
{
    struct map_slot *slot = map_put(&second->at, key);

    if (!slot->value.n) {
        if (second->count == second->room) {
            second->room = second->room ? second->room * 2 : 16;
            second->used = mem_realloc(second->used, second->room * sizeof(*second->used));
        }
        second->used[second->count++] = (struct used){.all = 0};
        slot->value.n = second->count;
    }
    return &second->used[slot->value.n - 1];
}

bool group_rate_admits(struct group_rates *rates, uint32_t now_s, struct app_id app,
                       struct group_no group, uint8_t priority, bool exempt, uint64_t limit)
{
    const struct used *now, *before;
    uint64_t kept = 0;

    advance(rates, now_s);
    now = used_find(&rates->now, key_of(app, group));
    before = used_find(&rates->before, key_of(app, group));
    if (priority != PRIORITY_HIGH && !exempt && now->of[priority] >= limit)
        return false;
    for (unsigned higher = PRIORITY_HIGH; higher < priority; higher++) {
        if (before->of[higher] > now->of[higher])
            kept += before->of[higher] - now->of[higher];
    }
    return now->all + kept < limit;
}

void group_rate_count(struct group_rates *rates, uint32_t now_s, struct app_id app,
                      struct group_no group, uint8_t priority)
{
    struct used *used;

    advance(rates, now_s);
    used = used_get(&rates->now, key_of(app, group));
    used->of[priority <= PRIORITY_LOWEST ? priority : PRIORITY_LOWEST]++;
    used->all++;
}

static void learn(struct second *second, uint64_t key, const uint32_t *seen)
{
    struct used *used = used_get(second, key);

    for (unsigned i = PRIORITY_HIGH; i <= PRIORITY_LOWEST; i++) {
        if (seen[i] > used->of[i]) {
            used->all += seen[i] - used->of[i];
            used->of[i] = seen[i];
        }
    }
}

void group_rate_learn(struct group_rates *rates, uint32_t now_s, struct app_id app,
                      struct group_no group, const struct group_seconds *seen)
{
    advance(rates, now_s);
    learn(&rates->now, key_of(app, group), seen->now);
    learn(&rates->before, key_of(app, group), seen->before);
}

bool group_rate_refuse(struct group_rates *rates, struct app_id app)
{
    return ++map_put(&rates->refused, app.v)->value.n == 1;
}

uint64_t group_rate_take_refused(struct group_rates *rates, struct app_id app)
{
    struct map_slot *slot = map_find(&rates->refused, app.v);
    uint64_t count = slot ? slot->value.n : 0;

    if (slot)
        map_remove(&rates->refused, app.v);
    return count;
}

/* Timers of a shard: a heap in the order of (time, when they were set). */
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "core/shard_internal.h"

static bool before(const struct shard_timer *a, const struct shard_timer *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->key < b->key;
}

bool shard_at(struct shard *shard, uint64_t due_us, const struct operation *operation,
              struct app_id app, uint64_t argument)
{
    const struct shard_timer timer = {due_us, ++shard->timer_key, operation, app, argument};
    uint32_t at = shard->timer_count;

    CHECK(!shard->recovering);
    if (at == SHARD_MAX_TIMERS)
        return false;
    if (at == shard->timer_room) {
        shard->timer_room = at ? at * 2 : 16;
        shard->timers = mem_realloc(shard->timers, shard->timer_room * sizeof(*shard->timers));
    }
    shard->timer_count++;
    while (at && before(&timer, &shard->timers[(at - 1) / 2])) {
        shard->timers[at] = shard->timers[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    shard->timers[at] = timer;
    return true;
}

static struct shard_timer take_first(struct shard *shard)
{
    struct shard_timer *timers = shard->timers;
    struct shard_timer first = timers[0], last = timers[--shard->timer_count];
    uint32_t at = 0, child;

    while ((child = at * 2 + 1) < shard->timer_count) {
        if (child + 1 < shard->timer_count && before(&timers[child + 1], &timers[child]))
            child++;
        if (!before(&timers[child], &last))
            break;
        timers[at] = timers[child];
        at = child;
    }
    timers[at] = last;
    return first;
}

void shard_fire_timers(struct shard *shard)
{
    while (shard->timer_count && shard->timers[0].due_us <= shard->now_us) {
        struct shard_timer timer = take_first(shard);
        struct request *req = request_new();

        req->operation = timer.operation;
        req->caller = CALLER_SYSTEM;
        req->app = timer.app;
        req->tag = timer.argument;
        shard_run_soon(shard, req);
    }
}

#include "core/usage/usage.h"
#include "gateway/gateway_internal.h"

void refused_count(struct gateway *gateway, struct app_id app)
{
    map_put(&gateway->refused, app.v)->value.n++;
}

static void post_report(struct gateway *gateway, struct app_id app, uint64_t count)
{
    const struct address nobody = {.gateway = (uint16_t)gateway->config.index, .slot = UINT32_MAX};
    struct request *req = request_new();
    struct calls_refused_req *report = ARENA_NEW(&req->arena, struct calls_refused_req);

    report->count = count;
    req->body = report;
    req->operation = &calls_refused_report;
    req->caller = CALLER_SYSTEM;
    req->app = app;
    gateway_post_from(gateway, req, nobody);
}

/* What finds no room in the bus waits for the next report. */
void refused_report(struct gateway *gateway)
{
    struct map left;

    if (!gateway->refused.count)
        return;
    map_init(&left);
    for (struct map_slot *slot = map_next(&gateway->refused, NULL); slot;
         slot = map_next(&gateway->refused, slot)) {
        if (gateway->under_way < GATEWAY_MAX_REQUESTS)
            post_report(gateway, (struct app_id){(uint32_t)slot->key}, slot->value.n);
        else
            map_put(&left, slot->key)->value.n = slot->value.n;
    }
    map_release(&gateway->refused);
    gateway->refused = left;
}

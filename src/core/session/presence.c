#include "core/session/presence.h"

#include "core/account/account.h"
#include "core/apply.h"
#include "core/group/room.h"
#include "core/session/login.h"
#include "core/shard_internal.h"
#include "core/usage/usage.h"

void session_end(struct shard *shard, struct session *session)
{
    struct request *waiting;

    room_session_ended(shard, session);
    waiting = session_table_remove(shard->sessions, session);
    while (waiting) {
        struct request *next = waiting->next;

        waiting->session = NULL;
        shard_run_soon(shard, waiting);
        waiting = next;
    }
}

void presence_emit(struct shard *shard, struct app_id app, struct account_no account)
{
    const struct app_presence *presence = session_table_presence(shard->sessions, app);
    const struct day_row *today = usage_today(shard, app);
    const struct month_row *month = usage_this_month(shard, app);

    if (presence->accounts > (today ? today->online_peak : 0)) {
        struct fact_online_peak *fact = fact_emit(shard, FACT_ONLINE_PEAK, sizeof(*fact));

        fact->app = app.v;
        fact->online = presence->accounts;
    }
    if (presence->multiple && !(month && month->terminals_used)) {
        struct fact_terminals_used *fact = fact_emit(shard, FACT_TERMINALS_USED, sizeof(*fact));

        fact->app = app.v;
        fact->account = account.v;
    }
}

void apply_online_peak(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_online_peak *fact = payload;

    (void)n, (void)number;
    usage_online_peak(shard, (struct app_id){fact->app}, fact->online);
}

void apply_terminals_used(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_terminals_used *fact = payload;

    (void)n, (void)number;
    usage_terminals_used(shard, (struct app_id){fact->app});
}

static enum im_err run_presence_check(struct shard *shard, struct request *req)
{
    usage_need(shard, req->app, 0, (struct account_no){0}, 0);
    if (shard_missing(shard))
        return IM_AGAIN;
    presence_emit(shard, req->app, (struct account_no){0});
    return IM_OK;
}

const struct operation presence_check = {.run = run_presence_check};

void session_presence_changed(struct shard *shard, struct app_id app)
{
    struct request *req = request_new();

    req->operation = &presence_check;
    req->caller = CALLER_SYSTEM;
    req->app = app;
    shard_run_soon(shard, req);
}

/* Its socket is gone. A session that moved to another socket meanwhile stays. */
static enum im_err run_session_closed(struct shard *shard, struct request *req)
{
    struct session *session = session_table_find(shard->sessions, req->session_id);

    if (session && address_same(session->at, req->from))
        session_end(shard, session);
    return IM_OK;
}

const struct operation session_closed = {.run = run_session_closed};

/* ---- asking ---- */

const char *platform_name(uint8_t platform)
{
    static const char *const names[PLATFORM_COUNT] = {"Web", "Android", "iPhone", "iPad",
                                                      "PC",  "Mac",     "Web"};

    return names[platform < PLATFORM_COUNT ? platform : PLATFORM_UNKNOWN];
}

enum im_err session_status(struct shard *shard, struct request *req)
{
    const struct status_req *ask = req->body;
    struct status_result *result = ARENA_NEW(&req->arena, struct status_result);

    result->items = ARENA_ARRAY(&req->arena, struct status_item, ask->count);
    result->count = ask->count;
    for (uint32_t i = 0; i < ask->count; i++) {
        struct status_item *item = &result->items[i];
        struct account_no no;
        const struct account_row *row;

        item->account = ask->accounts[i];
        if (account_find(shard, req->app, item->account, &no) != STATE_HIT)
            continue;
        item->exists = true;
        if (account_row_find(shard, req->app, no, &row) == STATE_HIT)
            item->logged_in_once = row->logged_in_once;
        for (struct session *s = session_first(shard, req->app, no); s; s = s->next_of_account) {
            item->online = true;
            item->platforms |= 1u << s->platform;
        }
    }
    if (shard_missing(shard))
        return IM_AGAIN;
    req->result = result;
    return IM_OK;
}

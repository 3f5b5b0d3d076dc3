#include "core/shard_stats.h"

#include "core/billing/close.h"
#include "core/group/usage.h"
#include "core/shard_internal.h"
#include "core/usage/usage.h"
#include "core/warning/rows.h"

struct shard_counts *shard_counts(struct shard *shard)
{
    return &shard->counts;
}

/* ---- what there is at the start ---- */

static void app_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct shard *shard = arg;
    struct row_key row_key;
    const struct app_row *row =
        row_get(shard, row_key_app(&row_key, (struct app_id){get_be32(key.p + 1)}), NULL);

    (void)value, (void)n;
    shard->counts.apps++;
    shard->counts.accounts += row ? row->accounts : 0;
}

static void waiting_seen(void *arg, struct span key, const void *value, size_t n)
{
    (void)key, (void)value, (void)n;
    ((struct shard *)arg)->counts.outbox_waiting++;
}

void shard_counts_start(struct shard *shard, uint64_t position)
{
    struct row_key key;

    shard->counts = (struct shard_counts){.checkpoint_position = position,
                                          .checkpoint_written_us = shard->now_us};
    state_scan(shard->state, row_prefix_app_list(&key), app_seen, shard);
    state_scan(shard->state, row_prefix_outbox(&key), waiting_seen, shard);
}

/* ---- a look ---- */

/* False: there is no such app, or its rows are being loaded. */
static bool look_at_app(struct shard *shard, struct request *req, struct app_id app,
                        struct app_stats *ret)
{
    struct row_key key;
    const void *row;
    const struct day_row *day;
    const struct day_groups_row *groups;
    const struct app_row *app_row;

    if (row_find(shard, row_key_app(&key, app), &row, NULL) != STATE_HIT)
        return false;
    app_row = row;
    day = usage_today(shard, app);
    groups = usage_groups_today(shard, app);
    if (shard_missing(shard))
        return false;
    *ret = (struct app_stats){
        .app = app,
        .name = arena_copy(&req->arena, (struct span){app_row->name, app_row->name_bytes}),
        .accounts = app_row->accounts,
        .online = session_online_accounts(shard, app)};
    if (day) {
        ret->login_users = day->login_users;
        ret->active_users = day->active_users;
        ret->logins = day->logins;
        ret->online_peak = day->online_peak;
        ret->c2c_messages = day->c2c_up;
        ret->calls = day->calls;
        ret->calls_refused = day->calls_refused;
    }
    if (groups)
        ret->group_messages = groups->up;
    return true;
}

static void look_at_apps(struct shard *shard, struct request *req, struct shard_stats *stats)
{
    const struct shard_stats_req *asked = req->body;

    stats->apps = ARENA_ARRAY(&req->arena, struct app_stats, asked->app_count);
    for (uint32_t i = 0; i < asked->app_count; i++)
        stats->app_count += look_at_app(shard, req, asked->apps[i], &stats->apps[stats->app_count]);
}

static void look_at_records(struct shard *shard, struct shard_stats *stats)
{
    uint64_t durable = journal_durable(shard->journal);

    journal_stats(shard->journal, &stats->journal);
    state_stats(shard->state, &stats->state);
    stats->cache_limit_bytes = shard->config.cache_bytes;
    stats->records = journal_next(shard->journal) - 1;
    stats->records_behind = stats->records - durable;
    stats->bytes_behind = journal_pending_bytes(shard->journal);
    stats->checkpoint_records = stats->records - shard->counts.checkpoint_position;
    if (stats->checkpoint_records)
        stats->checkpoint_age_us = shard->now_us - shard->counts.checkpoint_written_us;
}

enum im_err shard_stats_show(struct shard *shard, struct request *req)
{
    struct shard_stats *stats = ARENA_NEW(&req->arena, struct shard_stats);
    const struct close_status *close;
    enum im_err err;

    look_at_apps(shard, req, stats);
    err = close_show(shard, req);
    if (err || shard_missing(shard))
        return shard_missing(shard) ? IM_AGAIN : err;
    close = req->result;
    stats->close_held = close->row.held;
    stats->bills_left = close->bills_left;
    stats->closed_us = close->row.closed_us;
    stats->counts = shard->counts;
    stats->now_us = shard->now_us;
    stats->held = shard_held(shard);
    stats->timers = shard->timer_count;
    stats->busy = shard_busy(shard);
    session_table_count(shard->sessions, &stats->sessions, &stats->accounts_online);
    look_at_records(shard, stats);
    req->result = stats;
    return IM_OK;
}

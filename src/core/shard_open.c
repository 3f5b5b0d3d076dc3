/*
 * Opening a shard: the stored picture, then every later record of the journal applied again, then
 * the boot fact. Closing it: nothing is written; what is durable is durable.
 */
#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/admin/rate.h"
#include "core/app/app.h"
#include "core/app/registry.h"
#include "core/group/lifecycle.h"
#include "core/group/member.h"
#include "core/group/room.h"
#include "core/group/value.h"
#include "core/shard_internal.h"
#include "core/usage/calendar.h"
#include "core/warning/queue.h"
#include "core/warning/warning.h"

static enum im_err replay(void *arg, uint64_t number, uint64_t time_us, const void *record,
                          size_t n)
{
    struct shard *shard = arg;
    enum im_err err;

    shard->now_us = time_us;
    dedup_advance(shard->dedup, shard_now_s(shard));
    err = shard_apply_record(shard, record, n, number);
    if (err)
        log_error("journal: record %llu holds a fact that this version does not know",
                  (unsigned long long)number);
    state_trim(shard->state);
    return err;
}

/* The boot fact: raises the boot number, draws the server key at the first start. */
static void start_boot(struct shard *shard)
{
    struct row_key key;
    const struct meta_row *meta = row_get(shard, row_key_meta(&key), NULL);
    struct fact_boot *fact;
    uint8_t server_key[32];

    if (meta)
        memcpy(server_key, meta->server_key, sizeof(server_key));
    else
        shard_random(shard, server_key, sizeof(server_key));
    shard->boot = meta ? meta->boot + 1 : 1;
    fact = fact_emit(shard, FACT_BOOT, sizeof(*fact));
    fact->boot = shard->boot;
    memcpy(fact->server_key, server_key, sizeof(server_key));
    fact_commit(shard);
    usersig_key_init(&shard->server_key, span_make(server_key, sizeof(server_key)));
    OPENSSL_cleanse(server_key, sizeof(server_key));
}

static void register_app(void *arg, struct span key, const void *value, size_t n)
{
    struct shard *shard = arg;
    struct row_key row_key;
    struct app_id app = {get_be32(key.p + 1)};
    const struct app_row *row = row_get(shard, row_key_app(&row_key, app), NULL);

    (void)value, (void)n;
    CHECK(row);
    app_registry_put(shard->config.registry, app, row);
    shard_tell_retention(shard, app);
}

static void resume_app(void *arg, struct span key, const void *value, size_t n)
{
    (void)value, (void)n;
    group_sweeps_resume(arg, (struct app_id){get_be32(key.p + 1)});
}

/* What was dropped before this start: all before the oldest record that is left. */
static void find_dropped(struct shard *shard)
{
    struct journal_stats stats;
    struct buf record;
    uint64_t time_us;

    journal_stats(shard->journal, &stats);
    if (stats.oldest_number <= 1)
        return;
    buf_init(&record, JOURNAL_MAX_RECORD_BYTES);
    if (journal_read(shard->journal, stats.oldest_number, &record, &time_us) == IM_OK)
        shard->dropped_s = (uint32_t)(time_us / 1000000) - 1;
    buf_release(&record);
}

/* Core time goes on from the last record, never behind it. */
static void start_clock(struct shard *shard, uint64_t now_us)
{
    uint64_t last_us = journal_last_time_us(shard->journal);

    shard->now_us = last_us > shard->now_us ? last_us : shard->now_us;
    if (shard->now_us && shard->config.jump_at_start_us &&
        now_us > shard->now_us + shard->config.jump_at_start_us)
        shard_jumped(shard, now_us);
    if (now_us > shard->now_us)
        shard->now_us = now_us;
    shard->checkpoint_us = shard->now_us;
    shard->today = zone_day(shard->config.zone, shard->now_us);
    shard->close_at_us = shard->now_us;
    shard->boot_s = shard_now_s(shard);
}

enum im_err shard_open(const struct shard_config *config, uint64_t now_us, struct shard **ret_shard)
{
    struct shard *shard = mem_zalloc(sizeof(*shard));
    struct state_config state_config = {.engine = config->engine,
                                        .cache_bytes = config->cache_bytes,
                                        .collection_prefix = row_collection_prefix,
                                        .inline_loads = true};
    struct journal_config journal_config = config->journal;
    struct row_key key;
    enum im_err err;

    shard->config = *config;
    shard->recovering = true;
    buf_init(&shard->record, JOURNAL_MAX_RECORD_BYTES);
    shard->state = state_new(&state_config);
    shard->sessions = session_table_new();
    shard->rates = rate_table_new();
    shard->dedup = dedup_new();
    shard->group_rates = group_rates_new();
    shard->group_sent = group_sent_new();
    shard->value_rates = value_rates_new();
    shard->rosters = roster_table_new();
    shard->rooms = room_table_new();
    err = state_position(shard->state, &journal_config.replay_after);
    journal_config.replay = replay;
    journal_config.replay_arg = shard;
    if (!err)
        err = journal_open(&journal_config, &shard->journal);
    if (!err) {
        shard->frozen_position = journal_config.replay_after;
        start_clock(shard, now_us);
        find_dropped(shard);
        rate_table_recover(shard->rates, shard->now_us, shard->journal);
        start_boot(shard);
        err = plan_store(shard, config->plan);
    }
    if (err) {
        shard_close(shard);
        return err;
    }
    state_scan(shard->state, row_prefix_app_list(&key), register_app, shard);
    shard_counts_start(shard, journal_config.replay_after);
    shard->recovering = false;
    state_scan(shard->state, row_prefix_app_list(&key), resume_app, shard);
    state_set_inline_loads(shard->state, false);
    *ret_shard = shard;
    return IM_OK;
}

void shard_close(struct shard *shard)
{
    if (!shard)
        return;
    shard->closing = true;
    journal_close(shard->journal);
    while (shard->parked_first) {
        struct parked *p = shard->parked_first;

        shard->parked_first = p->next;
        if (p->load)
            state_load_end(shard->state, p->load);
        request_unref(p->req);
        free(p);
    }
    if (shard->frozen)
        state_frozen_done(shard->state, shard->frozen, false);
    state_free(shard->state);
    room_table_free(shard->rooms);
    value_rates_free(shard->value_rates);
    session_table_free(shard->sessions);
    rate_table_free(shard->rates);
    call_plans_free(shard->call_plans);
    dedup_free(shard->dedup);
    group_rates_free(shard->group_rates);
    group_sent_free(shard->group_sent);
    roster_table_free(shard->rosters);
    plan_shelf_free(shard->plans);
    warned_lately_free(shard->warned_lately);
    admin_rates_free(shard->admin_rates);
    outbox_queue_free(shard->outbox_queue);
    buf_release(&shard->record);
    free(shard->pushes);
    free(shard->held);
    free(shard->timers);
    OPENSSL_cleanse(&shard->server_key, sizeof(shard->server_key));
    free(shard);
}

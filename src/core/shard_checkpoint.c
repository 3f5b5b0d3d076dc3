/*
 * What a shard hands to the threads that write for it, and how much may be on its way: batches of
 * the journal, pictures of the rows, and behind each picture the segments that nobody needs.
 */
#include "base/check.h"
#include "base/log.h"
#include "core/history/expiry.h"
#include "core/shard_internal.h"

#define BUDGET_BYTES (256u << 20)
#define RETRY_US 1000000u /* after a checkpoint that could not be written */
/* Records stay a day longer than any message in them is shown: who has just found one reads it. */
#define DROP_GRACE_S 86400u

bool shard_flush(struct shard *shard)
{
    state_trim(shard->state);
    return journal_submit(shard->journal);
}

bool shard_busy(const struct shard *shard)
{
    return journal_pending_bytes(shard->journal) + state_dirty_bytes(shard->state) > BUDGET_BYTES ||
           journal_pending_bytes(shard->journal) > JOURNAL_MAX_BATCH_BYTES / 2;
}

static bool checkpoint_due(const struct shard *shard)
{
    uint64_t bytes = state_dirty_bytes(shard->state);
    uint64_t records = journal_next(shard->journal) - 1 - shard->frozen_position;

    if (shard->checkpoint_failed_us && shard->now_us - shard->checkpoint_failed_us < RETRY_US)
        return false;
    return bytes >= shard->config.checkpoint_bytes ||
           (shard->config.checkpoint_records && records >= shard->config.checkpoint_records) ||
           state_dirty_rows(shard->state) >= shard->config.checkpoint_rows ||
           (bytes && shard->now_us - shard->checkpoint_us >= shard->config.checkpoint_age_us);
}

struct state_frozen *shard_take_checkpoint(struct shard *shard, bool force)
{
    if (shard->checkpoint_running || journal_failed(shard->journal))
        return NULL;
    if (!shard->frozen && (force || checkpoint_due(shard))) {
        shard->frozen_position = journal_next(shard->journal) - 1;
        shard->frozen = state_freeze(shard->state, shard->frozen_position);
        shard->checkpoint_us = shard->now_us;
    }
    /* The picture must never be ahead of the journal. */
    if (!shard->frozen || journal_durable(shard->journal) < shard->frozen_position)
        return NULL;
    shard->checkpoint_running = true;
    return shard->frozen;
}

/*
 * Deletes segments all of whose messages have expired in every app and that no restart needs. What
 * else was in them lies in rows. While the clock is in doubt nothing is deleted: what a wrong clock
 * calls expired is shown again once it is set right.
 */
static void drop_expired(struct shard *shard)
{
    uint64_t kept_s;

    if (!shard->config.expiry || !shard->clock_trusted || shard->jump_to_us)
        return;
    kept_s = history_expiry_longest_s(shard->config.expiry) + DROP_GRACE_S;
    if (kept_s >= shard_now_s(shard))
        return;
    if (shard_now_s(shard) - kept_s > shard->dropped_s)
        shard->dropped_s = (uint32_t)(shard_now_s(shard) - kept_s);
    if (journal_drop(shard->journal, shard->frozen_position,
                     shard->dropped_s * UINT64_C(1000000)) != IM_OK)
        log_warn("journal: expired segments could not be removed, the next checkpoint tries again");
}

void shard_checkpointed(struct shard *shard, struct state_frozen *frozen, bool written)
{
    CHECK(frozen == shard->frozen);
    shard->frozen = NULL;
    shard->checkpoint_running = false;
    shard->checkpoint_failed_us = written ? 0 : shard->now_us;
    if (written) {
        shard->counts.checkpoint_written_us = shard->checkpoint_us;
        shard->counts.checkpoint_position = shard->frozen_position;
    } else {
        shard->counts.checkpoints_failed++;
    }
    state_frozen_done(shard->state, frozen, written);
    if (written)
        drop_expired(shard);
}

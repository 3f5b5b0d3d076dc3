#include "core/group/usage.h"

#include "core/shard_stats.h"
#include "core/usage/calendar.h"
#include "core/usage/usage.h"

uint32_t usage_today_number(struct shard *shard)
{
    return zone_day(shard_zone(shard), shard_now_us(shard));
}

/* ---- for handlers ---- */

void usage_group_need(struct shard *shard, struct app_id app, struct account_no from)
{
    /* A sender is looked for in the set of C2C senders too: see `both`. */
    const uint32_t sets = 1u << DAY_SET_GROUP_SENDERS | 1u << DAY_SET_C2C_SENDERS;
    struct row_key key;
    const void *value;

    row_find(shard, row_key_app_groups(&key, app), &value, NULL);
    row_find(shard, row_key_day_groups(&key, app, usage_today_number(shard)), &value, NULL);
    usage_need(shard, app, from.v ? sets : 0, from, 0);
}

const struct day_groups_row *usage_groups_today(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const void *value;
    struct span day_key = row_key_day_groups(&key, app, usage_today_number(shard));

    return row_find(shard, day_key, &value, NULL) == STATE_HIT ? value : NULL;
}

/* ---- for apply functions ---- */

static uint64_t groups_total(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const struct app_groups_row *row = row_get(shard, row_key_app_groups(&key, app), NULL);

    return row ? row->total : 0;
}

static struct day_groups_row *day_put(struct shard *shard, struct app_id app)
{
    struct row_key key;
    struct span day_key = row_key_day_groups(&key, app, usage_today_number(shard));
    bool is_new = !row_get(shard, day_key, NULL);
    uint64_t total = is_new ? groups_total(shard, app) : 0;
    struct day_groups_row *row = row_put(shard, day_key, sizeof(*row));

    if (is_new)
        row->total = row->peak = total;
    return row;
}

void usage_group_message(struct shard *shard, struct app_id app, struct account_no from,
                         uint32_t down, bool first_of_day)
{
    bool first = from.v && usage_mark(shard, app, DAY_SET_GROUP_SENDERS, from);
    bool both = first && usage_marked(shard, app, DAY_SET_C2C_SENDERS, from);
    struct day_groups_row *day = day_put(shard, app);

    shard_counts(shard)->group_messages++;
    day->up++;
    day->down += down;
    day->active += first_of_day;
    day->senders += first;
    day->both += both;
    /* Who was marked as a sender of the day was marked as active with it. */
    if (first)
        usage_active(shard, app, from);
}

void usage_group_sent_c2c(struct shard *shard, struct app_id app, struct account_no from)
{
    struct row_key key;

    /* Without the day's row nobody has sent to a group, and nobody asked for the set. */
    if (row_get(shard, row_key_day_groups(&key, app, usage_today_number(shard)), NULL) &&
        usage_marked(shard, app, DAY_SET_GROUP_SENDERS, from))
        day_put(shard, app)->both++;
}

void usage_group_joined(struct shard *shard, struct app_id app, uint32_t count)
{
    day_put(shard, app)->joins += count;
}

void usage_group_left(struct shard *shard, struct app_id app, uint32_t count)
{
    day_put(shard, app)->quits += count;
}

void usage_group_made(struct shard *shard, struct app_id app)
{
    uint64_t total = groups_total(shard, app);
    struct day_groups_row *day = day_put(shard, app);

    day->made++;
    day->total = total;
    if (total > day->peak)
        day->peak = total;
}

void usage_group_dissolved(struct shard *shard, struct app_id app)
{
    uint64_t total = groups_total(shard, app);
    struct day_groups_row *day = day_put(shard, app);

    day->dissolved++;
    day->total = total;
}

void usage_group_refused(struct shard *shard, struct app_id app, uint64_t count)
{
    shard_counts(shard)->group_messages_refused += count;
    day_put(shard, app)->refused += count;
}

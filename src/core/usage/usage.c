#include "core/usage/usage.h"

#include "base/check.h"
#include "core/apply.h"
#include "core/group/usage.h"
#include "core/shard_stats.h"
#include "core/usage/calendar.h"
#include "core/usage/day_set.h"

static uint32_t today(struct shard *shard)
{
    return zone_day(shard_zone(shard), shard_now_us(shard));
}

static uint32_t this_month(struct shard *shard)
{
    return zone_month(shard_zone(shard), shard_now_us(shard));
}

/* ---- for handlers ---- */

/* An account's first C2C message of a day looks for it among the day's group senders, of whom
   there is none in an app without a row of groups. */
static void need_both(struct shard *shard, struct app_id app, struct account_no account)
{
    uint32_t day = today(shard), chunk = day_set_chunk(account);
    struct row_key key;
    const void *value;

    if (row_find(shard, row_key_day_groups(&key, app, day), &value, NULL) == STATE_HIT)
        row_find(shard, row_key_day_set(&key, app, day, DAY_SET_GROUP_SENDERS, chunk), &value,
                 NULL);
}

void usage_need(struct shard *shard, struct app_id app, uint32_t sets, struct account_no account,
                uint16_t command)
{
    uint32_t day = today(shard);
    bool sent_before = false;
    struct row_key key;
    const void *value;

    row_find(shard, row_key_day(&key, app, day), &value, NULL);
    row_find(shard, row_key_month(&key, app, this_month(shard)), &value, NULL);
    if (command)
        row_find(shard, row_key_day_calls(&key, app, day, command), &value, NULL);
    /* Who logs in or sends is active too. */
    if (sets & (1u << DAY_SET_LOGIN | 1u << DAY_SET_C2C_SENDERS | 1u << DAY_SET_GROUP_SENDERS))
        sets |= 1u << DAY_SET_ACTIVE;
    for (uint8_t set = DAY_SET_LOGIN; account.v && set <= DAY_SET_GROUP_SENDERS; set++) {
        struct span set_key;
        size_t n;

        if (!(sets & 1u << set))
            continue;
        set_key = row_key_day_set(&key, app, day, set, day_set_chunk(account));
        /* Who is in the set already is not counted again. */
        if (row_find(shard, set_key, &value, &n) == STATE_HIT && set == DAY_SET_C2C_SENDERS)
            sent_before = day_set_has(value, n, day_set_offset(account));
    }
    if (account.v && sets & 1u << DAY_SET_C2C_SENDERS && !sent_before)
        need_both(shard, app, account);
}

/* The month in which the limits last changed, or the app was made: all earlier months have rows
   if they needed one. */
static uint32_t limits_month(struct shard *shard, const struct app_row *app)
{
    uint64_t since_us = app->created_us;

    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        if (app->limits[i].since_us > since_us)
            since_us = app->limits[i].since_us;
    }
    return zone_month(shard_zone(shard), since_us);
}

void usage_need_limits(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const void *value;

    if (row_find(shard, row_key_app(&key, app), &value, NULL) != STATE_HIT)
        return;
    for (uint32_t month = limits_month(shard, value); month <= this_month(shard); month++)
        row_find(shard, row_key_month(&key, app, month), &value, NULL);
}

const struct day_row *usage_today(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const void *value;

    return row_find(shard, row_key_day(&key, app, today(shard)), &value, NULL) == STATE_HIT ? value
                                                                                            : NULL;
}

bool usage_today_has(struct shard *shard, struct app_id app, uint8_t set, struct account_no account)
{
    struct row_key key;
    const void *value;
    size_t n;

    return row_find(shard, row_key_day_set(&key, app, today(shard), set, day_set_chunk(account)),
                    &value, &n) == STATE_HIT &&
           day_set_has(value, n, day_set_offset(account));
}

const struct month_row *usage_this_month(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const void *value;

    return row_find(shard, row_key_month(&key, app, this_month(shard)), &value, NULL) == STATE_HIT
               ? value
               : NULL;
}

/* ---- for apply functions ---- */

static const struct app_row *app_get(struct shard *shard, struct app_id app)
{
    struct row_key key;
    const struct app_row *row = row_get(shard, row_key_app(&key, app), NULL);

    CHECK(row);
    return row;
}

static struct day_row *day_put(struct shard *shard, struct app_id app)
{
    struct row_key key;
    struct span day_key = row_key_day(&key, app, today(shard));
    bool is_new = !row_get(shard, day_key, NULL);
    struct day_row *row = row_put(shard, day_key, sizeof(*row));

    if (is_new)
        row->accounts_total = app_get(shard, app)->accounts;
    return row;
}

/* A new row starts with the limits in force: those of the month's start, because a change of
   limits makes the row first. */
static struct month_row *month_put(struct shard *shard, struct app_id app, uint32_t month)
{
    struct row_key key;
    struct span month_key = row_key_month(&key, app, month);
    bool is_new = !row_get(shard, month_key, NULL);
    struct month_row *row = row_put(shard, month_key, sizeof(*row));

    if (is_new) {
        const struct app_row *app_row = app_get(shard, app);

        for (size_t i = 0; i < LIMIT_COUNT; i++)
            row->limits[i] = app_row->limits[i].value;
    }
    return row;
}

bool usage_marked(struct shard *shard, struct app_id app, uint8_t set, struct account_no account)
{
    struct row_key key;
    struct span set_key = row_key_day_set(&key, app, today(shard), set, day_set_chunk(account));
    size_t n = 0;
    const void *row = row_get(shard, set_key, &n);

    return row && day_set_has(row, n, day_set_offset(account));
}

bool usage_mark(struct shard *shard, struct app_id app, uint8_t set, struct account_no account)
{
    struct row_key key;
    struct span set_key = row_key_day_set(&key, app, today(shard), set, day_set_chunk(account));
    uint16_t offset = day_set_offset(account);
    size_t n = 0;
    const void *row = row_get(shard, set_key, &n);

    if (row && day_set_has(row, n, offset))
        return false;
    day_set_add(row_put(shard, set_key, day_set_grown(n)), n, offset);
    return true;
}

void usage_active(struct shard *shard, struct app_id app, struct account_no account)
{
    if (account.v && usage_mark(shard, app, DAY_SET_ACTIVE, account))
        day_put(shard, app)->active_users++;
}

void usage_login(struct shard *shard, struct app_id app, struct account_no account)
{
    bool first = usage_mark(shard, app, DAY_SET_LOGIN, account);
    struct day_row *day = day_put(shard, app);
    struct month_row *month = month_put(shard, app, this_month(shard));

    shard_counts(shard)->logins++;
    day->logins++;
    day->login_users += first;
    if (day->login_users > month->peak_dau) {
        month->peak_dau = (uint32_t)day->login_users;
        month->peak_day = today(shard);
    }
    usage_active(shard, app, account);
}

void usage_registered(struct shard *shard, struct app_id app)
{
    struct day_row *day = day_put(shard, app);

    shard_counts(shard)->registered++;
    shard_counts(shard)->accounts++;
    day->registered++;
    day->accounts_total = app_get(shard, app)->accounts;
}

void usage_c2c(struct shard *shard, struct app_id app, struct account_no from, uint32_t down)
{
    bool first = from.v && usage_mark(shard, app, DAY_SET_C2C_SENDERS, from);
    struct day_row *day = day_put(shard, app);

    shard_counts(shard)->c2c_messages++;
    day->c2c_up++;
    day->c2c_down += down;
    day->c2c_senders += first;
    /* Who was marked as a sender of the day was marked as active with it. */
    if (!first)
        return;
    usage_active(shard, app, from);
    usage_group_sent_c2c(shard, app, from);
}

void usage_call(struct shard *shard, struct app_id app, uint16_t command)
{
    struct row_key key;
    struct count_row *count;

    shard_counts(shard)->calls++;
    day_put(shard, app)->calls++;
    if (!command)
        return;
    count = row_put(shard, row_key_day_calls(&key, app, today(shard), command), sizeof(*count));
    count->count++;
}

void usage_calls_refused(struct shard *shard, struct app_id app, uint64_t count)
{
    shard_counts(shard)->calls_refused += count;
    day_put(shard, app)->calls_refused += count;
}

void usage_online_peak(struct shard *shard, struct app_id app, uint64_t online)
{
    struct day_row *day = day_put(shard, app);

    if (online > day->online_peak)
        day->online_peak = online;
}

void usage_terminals_used(struct shard *shard, struct app_id app)
{
    month_put(shard, app, this_month(shard))->terminals_used = 1;
}

void usage_limit(struct shard *shard, struct app_id app, uint8_t limit, uint64_t value,
                 bool of_month_start)
{
    const struct app_row *row = app_get(shard, app);
    uint32_t since = zone_month(shard_zone(shard), row->limits[limit].since_us);
    struct month_row *month;

    CHECK(limit < LIMIT_COUNT);
    for (uint32_t at = limits_month(shard, row); at < this_month(shard); at++)
        month_put(shard, app, at);
    month = month_put(shard, app, this_month(shard));
    if (value > month->limits[limit] || (of_month_start && since < this_month(shard)))
        month->limits[limit] = value;
}

/* ---- facts ---- */

void apply_call(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_call *fact = payload;

    (void)n, (void)number;
    usage_call(shard, (struct app_id){fact->app}, fact->command);
}

void apply_calls_refused(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_calls_refused *fact = payload;

    (void)n, (void)number;
    usage_calls_refused(shard, (struct app_id){fact->app}, fact->count);
}

static enum im_err calls_refused_run(struct shard *shard, struct request *req)
{
    const struct calls_refused_req *refused = req->body;
    struct fact_calls_refused *fact;
    struct row_key key;
    const void *app;
    enum state_found found = row_find(shard, row_key_app(&key, req->app), &app, NULL);

    if (found == STATE_ABSENT)
        return IM_ERR_APP_NOT_FOUND;
    usage_need(shard, req->app, 0, (struct account_no){0}, 0);
    if (shard_missing(shard))
        return IM_AGAIN;
    fact = fact_emit(shard, FACT_CALLS_REFUSED, sizeof(*fact));
    fact->app = req->app.v;
    fact->count = refused->count;
    return IM_OK;
}

const struct operation calls_refused_report = {.run = calls_refused_run};

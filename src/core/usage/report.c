#include "core/usage/report.h"

#include "base/check.h"
#include "core/usage/calendar.h"
#include "core/usage/day_set.h"

#define MAX_COMMAND_NUMBERS 4096

static void day_read(struct shard *shard, struct app_id app, uint32_t day, struct usage_day *ret)
{
    struct row_key key;
    const void *row;

    *ret = (struct usage_day){.day = day};
    if (row_find(shard, row_key_day(&key, app, day), &row, NULL) == STATE_HIT)
        memcpy(&ret->row, row, sizeof(ret->row));
    if (row_find(shard, row_key_day_groups(&key, app, day), &row, NULL) == STATE_HIT)
        memcpy(&ret->groups, row, sizeof(ret->groups));
}

uint64_t usage_groups_at_end_of(struct shard *shard, struct app_id app, uint32_t day)
{
    uint32_t today = zone_day(shard_zone(shard), shard_now_us(shard));
    const struct day_groups_row *groups;
    struct row_key key;
    const void *row;

    while (++day <= today) {
        if (row_find(shard, row_key_day_groups(&key, app, day), &row, NULL) != STATE_HIT)
            continue;
        groups = row;
        return groups->total + groups->dissolved - groups->made;
    }
    return row_find(shard, row_key_app_groups(&key, app), &row, NULL) == STATE_HIT
               ? ((const struct app_groups_row *)row)->total
               : 0;
}

/* Days on which nothing happened have no row: the total of each is worked out from today back,
   which begins with the accounts that there are now. */
static void totals_fill(struct usage_day *days, size_t count, uint64_t accounts)
{
    for (size_t i = 0; i < count; i++) {
        days[i].row.accounts_total = accounts;
        accounts -= days[i].row.registered < accounts ? days[i].row.registered : accounts;
    }
}

/* The same for the groups, of which there were so many at the end of the day. Returns how many
   there were before it. */
static uint64_t groups_fill(struct usage_day *day, uint64_t groups)
{
    day->groups.total = groups;
    groups += day->groups.dissolved;
    return groups - (day->groups.made < groups ? day->groups.made : groups);
}

/* ---- getappinfo ---- */

enum im_err metrics_read(struct shard *shard, struct request *req)
{
    uint32_t today = zone_day(shard_zone(shard), shard_now_us(shard));
    struct metrics_result *result = ARENA_NEW(&req->arena, struct metrics_result);
    const struct app_row *app;
    struct row_key key;
    const void *value;
    uint64_t groups;

    if (row_find(shard, row_key_app(&key, req->app), &value, NULL) == STATE_ABSENT)
        return IM_ERR_APP_NOT_FOUND;
    for (uint32_t i = 0; i < METRICS_DAYS; i++)
        day_read(shard, req->app, today - i, &result->days[i]);
    groups = usage_groups_at_end_of(shard, req->app, today);
    if (shard_missing(shard))
        return IM_AGAIN;
    app = value;
    totals_fill(result->days, METRICS_DAYS, app->accounts);
    for (size_t i = 0; i < METRICS_DAYS; i++)
        groups = groups_fill(&result->days[i], groups);
    result->app_name = arena_copy(&req->arena, (struct span){app->name, app->name_bytes});
    req->result = result;
    return IM_OK;
}

/* ---- months ---- */

enum im_err usage_month_check(struct shard *shard, struct request *req, const struct app_row *app,
                              uint32_t month)
{
    char text[CALENDAR_TEXT_BYTES], first[CALENDAR_TEXT_BYTES];
    uint32_t created = zone_month(shard_zone(shard), app->created_us);

    if (month > zone_month(shard_zone(shard), shard_now_us(shard)))
        return operator_refuse(req, IM_ERR_INVALID, "the month %s has not begun",
                               month_format(month, text));
    if (month < created)
        return operator_refuse(req, IM_ERR_INVALID, "the app was made in %s, after the month %s",
                               month_format(created, first), month_format(month, text));
    return IM_OK;
}

/* A month without a row lies after the last change of a limit (usage_limit gives rows to all
   before), so the app's limits are those that held in it. */
enum im_err usage_month_row(struct shard *shard, struct app_id app, uint32_t month,
                            struct month_row *ret_row)
{
    struct row_key key;
    const void *row, *app_row;
    enum state_found found = row_find(shard, row_key_month(&key, app, month), &row, NULL);

    if (row_find(shard, row_key_app(&key, app), &app_row, NULL) == STATE_UNKNOWN ||
        found == STATE_UNKNOWN)
        return IM_AGAIN;
    memset(ret_row, 0, sizeof(*ret_row));
    if (found == STATE_HIT) {
        memcpy(ret_row, row, sizeof(*ret_row));
        return IM_OK;
    }
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        ret_row->limits[i] = ((const struct app_row *)app_row)->limits[i].value;
    return IM_OK;
}

/* ---- the operator's report ---- */

static void calls_seen(void *arg, struct span key, const void *value, size_t n)
{
    uint64_t *counts = arg;
    uint16_t command = get_be16(key.p + key.n - 2);

    (void)n;
    if (command < MAX_COMMAND_NUMBERS)
        counts[command] += ((const struct count_row *)value)->count;
}

static void calls_fill(struct shard *shard, struct request *req, struct usage_month *month)
{
    uint64_t *counts = ARENA_ARRAY(&req->arena, uint64_t, MAX_COMMAND_NUMBERS);
    struct row_key key;
    uint32_t used = 0;

    for (uint32_t i = 0; i < month->day_count; i++)
        state_scan(shard_state(shard), row_prefix_day_calls(&key, month->app, month->days[i].day),
                   calls_seen, counts);
    for (size_t i = 0; i < MAX_COMMAND_NUMBERS; i++)
        used += counts[i] != 0;
    month->calls = ARENA_ARRAY(&req->arena, struct usage_calls, used);
    for (size_t i = 0; i < MAX_COMMAND_NUMBERS; i++) {
        if (counts[i])
            month->calls[month->call_count++] =
                (struct usage_calls){.command = (uint16_t)i, .count = counts[i]};
    }
}

static void chunk_seen(void *arg, struct span key, const void *value, size_t n)
{
    day_set_union(value, n, get_be32(key.p + key.n - 4), arg);
}

static uint64_t distinct(struct shard *shard, const struct usage_month *month, uint8_t set)
{
    roaring_bitmap_t *accounts = roaring_bitmap_create();
    struct row_key key;
    uint64_t count;

    for (uint32_t i = 0; i < month->day_count; i++)
        state_scan(shard_state(shard),
                   row_prefix_day_set(&key, month->app, month->days[i].day, set), chunk_seen,
                   accounts);
    count = roaring_bitmap_get_cardinality(accounts);
    roaring_bitmap_free(accounts);
    return count;
}

static void days_need(struct shard *shard, const struct usage_month *month)
{
    struct row_key key;

    for (uint32_t i = 0; i < month->day_count; i++) {
        uint32_t day = month->days[i].day;

        row_need_collection(shard, row_prefix_day_calls(&key, month->app, day));
        for (uint8_t set = DAY_SET_LOGIN; month->has_distinct && set <= DAY_SET_GROUP_SENDERS;
             set++)
            row_need_collection(shard, row_prefix_day_set(&key, month->app, day, set));
    }
}

/* All days of the month up to today, or one of them; 0: it has not come yet. */
static uint32_t days_read(struct shard *shard, struct usage_month *month, uint32_t only)
{
    uint32_t today = zone_day(shard_zone(shard), shard_now_us(shard));
    uint32_t first = month_first_day(month->month), last = month_last_day(month->month);

    if (only)
        first = last = first + only - 1;
    if (last > today)
        last = today;
    for (uint32_t day = first; day <= last; day++)
        day_read(shard, month->app, day, &month->days[day - first]);
    return last >= first ? last - first + 1 : 0;
}

enum im_err usage_month_read(struct shard *shard, struct request *req)
{
    const struct usage_month_req *ask = req->body;
    struct usage_month *month = ARENA_NEW(&req->arena, struct usage_month);
    const struct app_row *app;
    uint64_t groups;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (err)
        return err;
    month->app = ask->app;
    month->month = ask->month ? ask->month : zone_month(shard_zone(shard), shard_now_us(shard));
    err = usage_month_check(shard, req, app, month->month);
    if (err)
        return err;
    if (ask->distinct && app->accounts > USAGE_DISTINCT_MAX)
        return operator_refuse(req, IM_ERR_INVALID,
                               "the month's distinct accounts are counted for apps of at most %u",
                               USAGE_DISTINCT_MAX);
    month->has_distinct = ask->distinct;
    month->days = ARENA_ARRAY(&req->arena, struct usage_day, 31);
    if (ask->day > month_last_day(month->month) - month_first_day(month->month) + 1)
        return operator_refuse(req, IM_ERR_INVALID, "the month has no day %u", ask->day);
    month->day_count = days_read(shard, month, ask->day);
    if (!month->day_count)
        return operator_refuse(req, IM_ERR_INVALID, "day %u of the month has not begun", ask->day);
    groups = usage_groups_at_end_of(shard, month->app, month->days[month->day_count - 1].day);
    days_need(shard, month);
    usage_month_row(shard, ask->app, month->month, &month->totals);
    if (shard_missing(shard))
        return IM_AGAIN;
    for (uint32_t i = month->day_count; i-- > 0;)
        groups = groups_fill(&month->days[i], groups);
    calls_fill(shard, req, month);
    if (ask->distinct) {
        month->login_users = distinct(shard, month, DAY_SET_LOGIN);
        month->active_users = distinct(shard, month, DAY_SET_ACTIVE);
        month->c2c_senders = distinct(shard, month, DAY_SET_C2C_SENDERS);
        month->group_senders = distinct(shard, month, DAY_SET_GROUP_SENDERS);
    }
    req->result = month;
    return IM_OK;
}

/* Apps, their usage, and the server itself. */
#include "command/admin.h"
#include "core/usage/calendar.h"
#include "core/usage/report.h"

/* Members that stand in every request; the parts of each that are used differ. */
struct operator_fields {
    union {
        struct app_create_req app_create;
        struct app_req app;
        struct app_list_req app_list;
        struct app_usersig_req usersig;
        struct usage_month_req usage;
    } req; /* first: what the core reads */
    struct opt_u32 app, expire, distinct, customer, limit, day;
    struct span name, user, month, cursor;
};

/* The commands of this file differ in their members. */
static const struct field app_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct operator_fields, app),
};
static const struct field usersig_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct operator_fields, app),
    ADMIN_FIELD("user", FIELD_STRING, struct operator_fields, user),
    ADMIN_FIELD("expire", FIELD_U32, struct operator_fields, expire),
};
static const struct field usage_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct operator_fields, app),
    ADMIN_FIELD("month", FIELD_STRING, struct operator_fields, month),
    ADMIN_FIELD("distinct", FIELD_U32, struct operator_fields, distinct),
    ADMIN_FIELD("day", FIELD_U32, struct operator_fields, day),
};
static const struct field app_create_fields[] = {
    ADMIN_FIELD("name", FIELD_STRING, struct operator_fields, name),
    ADMIN_FIELD("customer", FIELD_U32, struct operator_fields, customer),
};
static const struct field app_list_fields[] = {
    ADMIN_FIELD("customer", FIELD_U32, struct operator_fields, customer),
    ADMIN_FIELD("limit", FIELD_U32, struct operator_fields, limit),
    ADMIN_FIELD("cursor", FIELD_STRING, struct operator_fields, cursor),
};

/* ---- apps ---- */

static enum im_err app_create_decode(struct request *req, struct json body)
{
    struct operator_fields *fields = req->body;

    (void)body;
    fields->req.app_create =
        (struct app_create_req){.name = fields->name, .customer = fields->customer.v};
    return IM_OK;
}

static void put_created(const struct request *req, struct buf *into)
{
    const struct app_info *info = req->result;

    BUF_LIT(into, "{");
    put_u64(into, "sdkappid", info->app.v);
    put_text(into, "key", info->key);
    put_text(into, "admin", info->admin);
    if (info->customer)
        put_u64(into, "customer", info->customer);
    BUF_LIT(into, "}");
}

ADMIN_CREATION(app_create, "app_create", "POST", "/apps", ADMIN_OWNER, app_create_fields,
               struct operator_fields, app_create, app_create_decode, put_created,
               "Makes an app: its SDKAppID, key and administrator.");

static enum im_err app_decode(struct request *req, struct json body)
{
    struct operator_fields *fields = req->body;

    (void)body;
    fields->req.app.app = (struct app_id){fields->app.v};
    return IM_OK;
}

static void put_info(const struct app_info *info, struct buf *into)
{
    BUF_LIT(into, "{");
    put_u64(into, "sdkappid", info->app.v);
    put_text(into, "name", info->name);
    if (info->key.n)
        put_text(into, "key", info->key);
    put_text(into, "admin", info->admin);
    put_text(into, "plan", info->plan);
    put_u64(into, "customer", info->customer);
    put_u64(into, "accounts", info->accounts);
    put_time(into, "created", info->created_us);
    BUF_LIT(into, "}");
}

static void put_shown(const struct request *req, struct buf *into)
{
    put_info(req->result, into);
}

ADMIN_COMMAND(app_show, "app_show", "GET", "/apps/{app}", ADMIN_OWNER | ADMIN_DEVELOPER, app_fields,
              struct operator_fields, app_show, app_decode, put_shown, "One app with its key.");

static enum im_err app_list_decode(struct request *req, struct json body)
{
    struct operator_fields *fields = req->body;
    uint64_t after = 0;

    (void)body;
    if (fields->cursor.n && (!span_to_u64(fields->cursor, &after) || after > UINT32_MAX))
        return operator_refuse(req, IM_ERR_INVALID, "cursor is none of a page before");
    fields->req.app_list = (struct app_list_req){.limit = fields->limit.v,
                                                 .after = (uint32_t)after,
                                                 .customer = fields->customer.v,
                                                 .has_customer = fields->customer.set};
    return IM_OK;
}

static void put_listed(const struct request *req, struct buf *into)
{
    const struct app_list_result *list = req->result;

    BUF_LIT(into, "{\"items\":[");
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_info(&list->apps[i], into);
    }
    BUF_LIT(into, "]");
    put_next(into, list->next);
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(app_list, "app_list", "GET", "/apps", ADMIN_ANY_CUSTOMER, app_list_fields,
              struct operator_fields, app_list, app_list_decode, put_listed,
              "The caller's apps, without their keys.");

/* ---- signatures ---- */

static enum im_err usersig_decode(struct request *req, struct json body)
{
    struct operator_fields *fields = req->body;

    (void)body;
    fields->req.usersig = (struct app_usersig_req){
        .app = {fields->app.v}, .user = fields->user, .expire_s = fields->expire.v};
    return IM_OK;
}

static void put_usersig(const struct request *req, struct buf *into)
{
    const struct app_usersig_result *result = req->result;

    BUF_LIT(into, "{");
    put_text(into, "usersig", result->usersig);
    put_u64(into, "expire", result->expire_s);
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(usersig, "usersig", "POST", "/apps/{app}/usersig", ADMIN_OWNER | ADMIN_DEVELOPER,
              usersig_fields, struct operator_fields, app_usersig, usersig_decode, put_usersig,
              "Makes a UserSig for an account name, valid for 180 days if nothing is said.");

/* ---- usage ---- */

static enum im_err usage_decode(struct request *req, struct json body)
{
    struct operator_fields *fields = req->body;
    uint32_t month = 0;

    (void)body;
    if (fields->month.n && !span_is(fields->month, "current") &&
        !month_parse(fields->month, &month))
        return IM_ERR_INVALID;
    fields->req.usage = (struct usage_month_req){.app = {fields->app.v},
                                                 .month = month,
                                                 .day = fields->day.v,
                                                 .distinct = fields->distinct.v != 0};
    return IM_OK;
}

static void put_groups(const struct day_groups_row *groups, struct buf *into)
{
    put_u64(into, "groups_made", groups->made);
    put_u64(into, "groups_dissolved", groups->dissolved);
    put_u64(into, "group_up", groups->up);
    put_u64(into, "group_down", groups->down);
    put_u64(into, "group_joins", groups->joins);
    put_u64(into, "group_quits", groups->quits);
    put_u64(into, "group_refused", groups->refused);
}

static void put_usage_day(const struct usage_day *day, struct buf *into)
{
    BUF_LIT(into, "{");
    put_day(into, "day", day->day);
    put_u64(into, "logins", day->row.logins);
    put_u64(into, "login_users", day->row.login_users);
    put_u64(into, "active_users", day->row.active_users);
    put_u64(into, "registered", day->row.registered);
    put_u64(into, "c2c_up", day->row.c2c_up);
    put_u64(into, "c2c_down", day->row.c2c_down);
    put_u64(into, "c2c_senders", day->row.c2c_senders);
    put_u64(into, "online_peak", day->row.online_peak);
    put_u64(into, "calls", day->row.calls);
    put_u64(into, "calls_refused", day->row.calls_refused);
    put_groups(&day->groups, into);
    put_u64(into, "groups", day->groups.total);
    put_u64(into, "groups_active", day->groups.active);
    put_u64(into, "group_senders", day->groups.senders);
    BUF_LIT(into, "}");
}

static void groups_add(struct day_groups_row *sum, const struct day_groups_row *day)
{
    sum->made += day->made;
    sum->dissolved += day->dissolved;
    sum->up += day->up;
    sum->down += day->down;
    sum->joins += day->joins;
    sum->quits += day->quits;
    sum->refused += day->refused;
}

/* What adds up over the days of a month. */
static void put_totals(const struct usage_month *month, struct buf *into)
{
    struct day_groups_row groups = {0};
    struct day_row sum = {0};

    for (uint32_t i = 0; i < month->day_count; i++) {
        const struct day_row *row = &month->days[i].row;

        groups_add(&groups, &month->days[i].groups);
        sum.logins += row->logins;
        sum.registered += row->registered;
        sum.c2c_up += row->c2c_up;
        sum.c2c_down += row->c2c_down;
        sum.calls += row->calls;
        sum.calls_refused += row->calls_refused;
    }
    BUF_LIT(into, ",\"totals\":{");
    put_u64(into, "logins", sum.logins);
    put_u64(into, "registered", sum.registered);
    put_u64(into, "c2c_up", sum.c2c_up);
    put_u64(into, "c2c_down", sum.c2c_down);
    put_u64(into, "calls", sum.calls);
    put_u64(into, "calls_refused", sum.calls_refused);
    put_groups(&groups, into);
    if (month->has_distinct) {
        put_u64(into, "distinct_login_users", month->login_users);
        put_u64(into, "distinct_active_users", month->active_users);
        put_u64(into, "distinct_c2c_senders", month->c2c_senders);
        put_u64(into, "distinct_group_senders", month->group_senders);
    }
    BUF_LIT(into, "}");
}

static void put_calls(const struct usage_month *month, struct buf *into)
{
    BUF_LIT(into, ",\"calls\":[");
    for (uint32_t i = 0; i < month->call_count; i++) {
        const struct command *command = command_by_number(month->calls[i].command);

        buf_add_span(into, i ? SPAN_LIT(",{\"command\":\"") : SPAN_LIT("{\"command\":\""));
        if (command)
            buf_printf(into, "%s.%s", command->service, command->name);
        else
            buf_printf(into, "%u", month->calls[i].command);
        BUF_LIT(into, "\"");
        put_u64(into, "count", month->calls[i].count);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]");
}

static void put_usage(const struct request *req, struct buf *into)
{
    const struct usage_month *month = req->result;

    BUF_LIT(into, "{");
    put_u64(into, "sdkappid", month->app.v);
    put_month(into, "month", month->month);
    put_u64(into, "peak_dau", month->totals.peak_dau);
    if (month->totals.peak_dau)
        put_day(into, "peak_day", month->totals.peak_day);
    put_u64(into, "two_terminals", month->totals.terminals_used);
    put_totals(month, into);
    BUF_LIT(into, ",\"limits\":{");
    for (unsigned i = 0; i < LIMIT_COUNT; i++) {
        if (limit_name((enum limit)i))
            put_u64(into, limit_name((enum limit)i), month->totals.limits[i]);
    }
    BUF_LIT(into, "}");
    put_calls(month, into);
    BUF_LIT(into, ",\"days\":[");
    for (uint32_t i = 0; i < month->day_count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_usage_day(&month->days[i], into);
    }
    BUF_LIT(into, "]}");
}

ADMIN_COMMAND(usage, "usage", "GET", "/apps/{app}/usage/{month}", ADMIN_ANY_CUSTOMER, usage_fields,
              struct operator_fields, usage_month_read, usage_decode, put_usage,
              "What an app used in a month, or in the current one: totals, days, calls by command, "
              "the peak DAU.");

/* ---- ping ---- */

static enum im_err ping_run(struct shard *shard, struct request *req)
{
    uint64_t *now_us = ARENA_NEW(&req->arena, uint64_t);

    *now_us = shard_now_us(shard);
    req->result = now_us;
    return IM_OK;
}

static void put_ping(const struct request *req, struct buf *into)
{
    BUF_LIT(into, "{");
    put_text(into, "version", SPAN_LIT(MAGPIE_VERSION));
    put_time(into, "time", *(const uint64_t *)req->result);
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(ping, "ping", "GET", "/server", ADMIN_ANY_CUSTOMER, admin_no_fields,
              struct operator_fields, ping_run, NULL, put_ping,
              "The server's version and core time.");

/* ---- stats ---- */

struct server_stats {
    struct journal_stats journal;
    struct state_stats state;
    uint64_t last_record, durable_record;
};

static enum im_err stats_run(struct shard *shard, struct request *req)
{
    struct server_stats *stats = ARENA_NEW(&req->arena, struct server_stats);

    journal_stats(shard_journal(shard), &stats->journal);
    state_stats(shard_state(shard), &stats->state);
    stats->last_record = fact_record_number(shard) - 1;
    stats->durable_record = journal_durable(shard_journal(shard));
    req->result = stats;
    return IM_OK;
}

static void put_stats(const struct request *req, struct buf *into)
{
    const struct server_stats *stats = req->result;

    BUF_LIT(into, "{");
    put_u64(into, "commits", stats->journal.commits);
    put_u64(into, "committed_bytes", stats->journal.committed_bytes);
    put_u64(into, "segments", stats->journal.segments);
    put_u64(into, "last_record", stats->last_record);
    put_u64(into, "durable_record", stats->durable_record);
    put_u64(into, "cached_rows", stats->state.cached_rows);
    put_u64(into, "cached_bytes", stats->state.cached_bytes);
    put_u64(into, "dirty_rows", stats->state.dirty_rows);
    put_u64(into, "dirty_bytes", stats->state.dirty_bytes);
    put_u64(into, "row_hits", stats->state.hits);
    put_u64(into, "row_loads", stats->state.loads);
    put_u64(into, "checkpoints", stats->state.checkpoints);
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(stats, "stats", "GET", "/server/stats", 0, admin_no_fields, struct operator_fields,
              stats_run, NULL, put_stats,
              "Counters of the journal and of the row store since the start.");

const struct command *const commands_admin_app[] = {
    &app_create_command, &app_list_command, &app_show_command, &usersig_command,
    &usage_command,      &ping_command,     &stats_command,    NULL};

/* What an app may do: limits, caps and services; how they changed. */
#include "command/admin.h"
#include "core/quota/grant.h"
#include "core/usage/calendar.h"

#define PAGE 50u
#define PAGE_MAX 500u

struct limit_fields {
    union {
        struct app_req app;
        struct limit_set_req set;
        struct limit_history_req history;
    } req; /* first: what the core reads */
    struct opt_u32 app, page;
    struct json value;
    struct span limit, reason, month, cursor;
};

static const struct field app_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct limit_fields, app),
};

static const struct field set_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct limit_fields, app),
    ADMIN_FIELD("limit", FIELD_STRING, struct limit_fields, limit),
    ADMIN_FIELD("value", FIELD_ANY, struct limit_fields, value),
    ADMIN_FIELD("reason", FIELD_STRING, struct limit_fields, reason),
};

static const struct field reset_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct limit_fields, app),
    ADMIN_FIELD("limit", FIELD_STRING, struct limit_fields, limit),
    ADMIN_FIELD("reason", FIELD_STRING, struct limit_fields, reason),
};

static const struct field history_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct limit_fields, app),
    ADMIN_FIELD("month", FIELD_STRING, struct limit_fields, month),
    ADMIN_FIELD("name", FIELD_STRING, struct limit_fields, limit),
    ADMIN_FIELD("limit", FIELD_U32, struct limit_fields, page),
    ADMIN_FIELD("cursor", FIELD_STRING, struct limit_fields, cursor),
};

/* null where nothing bounds it. */
static void put_value(struct buf *into, const char *name, uint64_t value)
{
    if (value != PLAN_UNLIMITED) {
        put_u64(into, name, value);
        return;
    }
    put_null(into, name);
}

/* ---- changing ---- */

static enum im_err set_decode(struct request *req, struct json body)
{
    struct limit_fields *fields = req->body;

    (void)body;
    fields->req.set = (struct limit_set_req){.app = {fields->app.v},
                                             .limit = fields->limit,
                                             .unlimited = fields->value.type == JSON_NULL,
                                             .reason = fields->reason};
    fields->req.set.has_value = json_to_u64(fields->value, &fields->req.set.value);
    return IM_OK;
}

static void put_set(const struct request *req, struct buf *into)
{
    const struct limit_set_result *result = req->result;

    BUF_LIT(into, "{");
    put_u64(into, "sdkappid", result->app.v);
    put_text(into, "limit", span_of(entitlement_name(result->entitlement)));
    put_value(into, "before", result->before);
    put_value(into, "asked", result->asked);
    put_value(into, "value", result->value);
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(limit_set, "limit_set", "PUT", "/apps/{app}/limits/{limit}", 0, set_fields,
              struct limit_fields, limit_set, set_decode, put_set,
              "Sets a limit of an app, rounded up to whole steps of its plan.");
ADMIN_COMMAND(limit_reset, "limit_reset", "DELETE", "/apps/{app}/limits/{limit}", 0, reset_fields,
              struct limit_fields, limit_reset, set_decode, put_set,
              "Sets a limit of an app back to what its plan gives.");

/* ---- reading ---- */

static enum im_err app_decode(struct request *req, struct json body)
{
    struct limit_fields *fields = req->body;

    (void)body;
    fields->req.app = (struct app_req){.app = {fields->app.v}};
    return IM_OK;
}

static void put_item(struct buf *into, const struct limit_item *item)
{
    BUF_LIT(into, "{");
    put_text(into, "limit", span_of(entitlement_name(item->entitlement)));
    put_value(into, "value", item->value.value);
    put_value(into, "included", item->included);
    put_text(into, "source", span_of(limit_source_name(item->value.source)));
    if (item->value.document)
        put_u64(into, "document", item->value.document);
    put_time(into, "since", item->value.since_us);
    if (item->line) {
        put_u64(into, "step", item->line->step);
        put_i64(into, "step_price_fen", item->line->unit_price_fen);
        put_i64(into, "minimum_fen", item->line->minimum_fen);
    }
    BUF_LIT(into, "}");
}

static void put_list(const struct request *req, struct buf *into)
{
    const struct limit_list_result *result = req->result;

    BUF_LIT(into, "{");
    put_u64(into, "sdkappid", result->app.v);
    put_text(into, "plan", result->plan);
    BUF_LIT(into, ",\"limits\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_item(into, &result->items[i]);
    }
    BUF_LIT(into, "]}");
}

ADMIN_COMMAND(limit_list, "limit_list", "GET", "/apps/{app}/limits", ADMIN_ANY_CUSTOMER, app_fields,
              struct limit_fields, limit_list, app_decode, put_list,
              "Every limit, cap and service of an app: value, source, since when.");

static enum im_err history_decode(struct request *req, struct json body)
{
    struct limit_fields *fields = req->body;
    struct span from = fields->cursor.n ? fields->cursor : fields->month;
    uint32_t month = 0;

    (void)body;
    if ((from.n && !month_parse(from, &month)) || fields->page.v > PAGE_MAX)
        return IM_ERR_INVALID;
    fields->req.history =
        (struct limit_history_req){.app = {fields->app.v},
                                   .limit = fields->limit,
                                   .from_month = month,
                                   .one_month = fields->month.n && !fields->cursor.n,
                                   .page = fields->page.v ? fields->page.v : PAGE};
    return IM_OK;
}

static void put_change(struct buf *into, const struct entitlement_change *change)
{
    BUF_LIT(into, "{");
    put_time(into, "at", change->at_us);
    put_text(into, "limit", span_of(entitlement_name(change->entitlement)));
    put_value(into, "before", change->before);
    put_value(into, "value", change->value);
    put_text(into, "source", span_of(limit_source_name(change->source)));
    if (change->document)
        put_u64(into, "document", change->document);
    put_text(into, "by", change->by);
    put_text(into, "reason", change->reason);
    BUF_LIT(into, "}");
}

static void put_history(const struct request *req, struct buf *into)
{
    const struct limit_history_result *result = req->result;
    bool first = true;

    BUF_LIT(into, "{\"items\":[");
    for (uint32_t i = 0; i < result->month_count; i++) {
        const struct limit_history_month *month = &result->months[i];

        for (uint32_t j = month->count; j-- > 0; first = false) {
            if (!first)
                BUF_LIT(into, ",");
            put_change(into, &month->changes[j]);
        }
    }
    BUF_LIT(into, "]");
    if (result->next)
        put_month(into, "next", result->next);
    else
        put_null(into, "next");
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(limit_history, "limit_history", "GET", "/apps/{app}/limits/history",
              ADMIN_ANY_CUSTOMER, history_fields, struct limit_fields, limit_history,
              history_decode, put_history,
              "How an app's limits changed, newest first: who, when, before, after, why.");

const struct command *const commands_admin_limit[] = {
    &limit_set_command, &limit_reset_command, &limit_list_command, &limit_history_command, NULL};

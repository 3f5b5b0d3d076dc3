/* Warnings, and where they are posted. */
#include "command/admin.h"
#include "core/usage/calendar.h"
#include "core/warning/warning.h"

#define PAGE 50u
#define PAGE_MAX 500u

struct warning_fields {
    union {
        struct app_req app;
        struct warning_list_req list;
        struct hook_set_req set;
    } req; /* first: what the core reads */
    struct opt_u32 app, page, new_secret;
    struct opt_u64 amount;
    struct span cursor, url;
};

#define WARNING_FIELD(n, t, member) ADMIN_FIELD(n, t, struct warning_fields, member)

static const struct field app_fields[] = {WARNING_FIELD("app", FIELD_U32, app)};

static const struct field list_fields[] = {
    WARNING_FIELD("app", FIELD_U32, app),
    WARNING_FIELD("limit", FIELD_U32, page),
    WARNING_FIELD("cursor", FIELD_STRING, cursor),
};

static const struct field set_fields[] = {
    WARNING_FIELD("app", FIELD_U32, app),
    WARNING_FIELD("url", FIELD_STRING, url),
    WARNING_FIELD("amount_fen", FIELD_U64, amount),
    WARNING_FIELD("new_secret", FIELD_U32, new_secret),
};

/* ---- warnings ---- */

static enum im_err list_decode(struct request *req, struct json body)
{
    struct warning_fields *fields = req->body;
    uint32_t month = 0;

    (void)body;
    if ((fields->cursor.n && !month_parse(fields->cursor, &month)) || fields->page.v > PAGE_MAX)
        return IM_ERR_INVALID;
    fields->req.list = (struct warning_list_req){
        .app = {fields->app.v}, .month = month, .limit = fields->page.v ? fields->page.v : PAGE};
    return IM_OK;
}

static void put_warning(struct buf *into, const struct warning_view *view)
{
    const struct warning_row *row = &view->row;

    BUF_LIT(into, "{");
    put_month(into, "month", view->month);
    put_u64(into, "number", view->number);
    put_text(into, "kind", span_of(warning_kind_name(row->kind)));
    put_time(into, "at", row->at_us);
    if (row->kind == WARNING_AMOUNT) {
        put_i64(into, "amount_fen", row->amount_fen);
        if (row->price_fen < 0)
            put_null(into, "price_fen");
        else
            put_i64(into, "price_fen", row->price_fen);
    } else {
        put_text(into, "limit", span_of(entitlement_name(row->entitlement)));
        put_u64(into, "used", row->used);
        put_u64(into, "value", row->limit);
    }
    put_bool(into, "waits", view->waits);
    put_u64(into, "attempts", view->attempts);
    BUF_LIT(into, "}");
}

static void put_list(const struct request *req, struct buf *into)
{
    const struct warning_list_result *list = req->result;

    BUF_LIT(into, "{\"items\":[");
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_warning(into, &list->items[i]);
    }
    BUF_LIT(into, "]");
    if (list->next)
        put_month(into, "next", list->next);
    else
        put_null(into, "next");
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(warning_list, "warning_list", "GET", "/apps/{app}/warnings", ADMIN_ANY_CUSTOMER,
              list_fields, struct warning_fields, warning_list, list_decode, put_list,
              "What an app was warned of, newest first, by whole months.");

/* ---- the webhook ---- */

static enum im_err app_decode(struct request *req, struct json body)
{
    struct warning_fields *fields = req->body;

    (void)body;
    fields->req.app = (struct app_req){.app = {fields->app.v}};
    return IM_OK;
}

static enum im_err set_decode(struct request *req, struct json body)
{
    struct warning_fields *fields = req->body;

    (void)body;
    fields->req.set = (struct hook_set_req){.app = {fields->app.v},
                                            .url = fields->url,
                                            .amount_fen = fields->amount.v,
                                            .has_amount = fields->amount.set,
                                            .new_secret = fields->new_secret.v != 0};
    return IM_OK;
}

static void put_hook(const struct request *req, struct buf *into)
{
    const struct hook_result *hook = req->result;

    BUF_LIT(into, "{");
    put_u64(into, "sdkappid", hook->app.v);
    if (hook->url.n)
        put_text(into, "url", hook->url);
    else
        put_null(into, "url");
    if (hook->row.amount_fen)
        put_i64(into, "amount_fen", hook->row.amount_fen);
    else
        put_null(into, "amount_fen");
    put_time(into, "set", hook->row.set_us);
    put_text(into, "by", (struct span){hook->row.by, strnlen(hook->row.by, sizeof(hook->row.by))});
    if (hook->shows_secret)
        put_hash(into, "secret", hook->row.secret);
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(warning_hook_set, "warning_hook_set", "PUT", "/apps/{app}/warnings/webhook",
              ADMIN_OWNER | ADMIN_DEVELOPER, set_fields, struct warning_fields, hook_set,
              set_decode, put_hook,
              "Where warnings are posted, and from which price of the month on one is made.");
ADMIN_COMMAND(warning_hook_show, "warning_hook_show", "GET", "/apps/{app}/warnings/webhook",
              ADMIN_ANY_CUSTOMER, app_fields, struct warning_fields, hook_get, app_decode, put_hook,
              "Where warnings are posted.");
ADMIN_COMMAND(warning_hook_remove, "warning_hook_remove", "DELETE", "/apps/{app}/warnings/webhook",
              ADMIN_OWNER | ADMIN_DEVELOPER, app_fields, struct warning_fields, hook_remove,
              app_decode, put_hook, "Warnings are only listed from now on.");

const struct command *const commands_admin_warning[] = {
    &warning_list_command, &warning_hook_set_command, &warning_hook_show_command,
    &warning_hook_remove_command, NULL};

/* Tickets, what they would cost, and the policies that confirm them. */
#include "command/admin.h"
#include "core/ticket/policy.h"

#define PAGE 50u
#define PAGE_MAX 500u

struct ticket_fields {
    union {
        struct app_req app;
        struct ticket_price_req price;
        struct ticket_open_req open;
        struct ticket_req get;
        struct ticket_reply_req reply;
        struct ticket_decide_req decide;
        struct ticket_list_req list;
        struct ticket_waiting_req waiting;
        struct policy_add_req policy_add;
        struct policy_remove_req policy_remove;
    } req; /* first: what the core reads */
    struct opt_u32 app, ticket, contract, page, policy;
    struct opt_u64 value, most, most_fen;
    struct span kind, limit, text, reason, state, cursor;
};

#define TICKET_FIELD(n, t, member) ADMIN_FIELD(n, t, struct ticket_fields, member)

static const struct field price_fields[] = {
    TICKET_FIELD("app", FIELD_U32, app),
    TICKET_FIELD("limit", FIELD_STRING, limit),
    TICKET_FIELD("value", FIELD_U64, value),
};

static const struct field open_fields[] = {
    TICKET_FIELD("app", FIELD_U32, app),        TICKET_FIELD("kind", FIELD_STRING, kind),
    TICKET_FIELD("limit", FIELD_STRING, limit), TICKET_FIELD("value", FIELD_U64, value),
    TICKET_FIELD("text", FIELD_STRING, text),
};

static const struct field get_fields[] = {
    TICKET_FIELD("app", FIELD_U32, app),
    TICKET_FIELD("ticket", FIELD_U32, ticket),
};

static const struct field reply_fields[] = {
    TICKET_FIELD("app", FIELD_U32, app),
    TICKET_FIELD("ticket", FIELD_U32, ticket),
    TICKET_FIELD("text", FIELD_STRING, text),
};

static const struct field confirm_fields[] = {
    TICKET_FIELD("app", FIELD_U32, app),           TICKET_FIELD("ticket", FIELD_U32, ticket),
    TICKET_FIELD("reason", FIELD_STRING, reason),  TICKET_FIELD("value", FIELD_U64, value),
    TICKET_FIELD("contract", FIELD_U32, contract),
};

static const struct field end_fields[] = {
    TICKET_FIELD("app", FIELD_U32, app),
    TICKET_FIELD("ticket", FIELD_U32, ticket),
    TICKET_FIELD("reason", FIELD_STRING, reason),
};

static const struct field list_fields[] = {
    TICKET_FIELD("app", FIELD_U32, app),
    TICKET_FIELD("state", FIELD_STRING, state),
    TICKET_FIELD("limit", FIELD_U32, page),
    TICKET_FIELD("cursor", FIELD_STRING, cursor),
};

static const struct field waiting_fields[] = {
    TICKET_FIELD("limit", FIELD_U32, page),
    TICKET_FIELD("cursor", FIELD_STRING, cursor),
};

static const struct field policy_fields[] = {
    TICKET_FIELD("app", FIELD_U32, app),
    TICKET_FIELD("limit", FIELD_STRING, limit),
    TICKET_FIELD("most", FIELD_U64, most),
    TICKET_FIELD("most_fen", FIELD_U64, most_fen),
};

static const struct field policy_list_fields[] = {
    TICKET_FIELD("limit", FIELD_U32, page),
};

static const struct field policy_remove_fields[] = {
    TICKET_FIELD("policy", FIELD_U32, policy),
};

/* null where nothing bounds it. */
static void put_value(struct buf *into, const char *name, uint64_t value)
{
    if (value == PLAN_UNLIMITED)
        put_null(into, name);
    else
        put_u64(into, name, value);
}

/* null: by contract. */
static void put_fen(struct buf *into, const char *name, int64_t fen)
{
    if (fen < 0)
        put_null(into, name);
    else
        put_i64(into, name, fen);
}

static void put_actor(struct buf *into, const char *name, const char text[32])
{
    put_text(into, name, (struct span){text, strnlen(text, 32)});
}

/* ---- what it would cost ---- */

static enum im_err price_decode(struct request *req, struct json body)
{
    struct ticket_fields *fields = req->body;

    (void)body;
    fields->req.price = (struct ticket_price_req){.app = {fields->app.v},
                                                  .limit = fields->limit,
                                                  .value = fields->value.v,
                                                  .has_value = fields->value.set};
    return IM_OK;
}

static void put_price(const struct request *req, struct buf *into)
{
    const struct ticket_price *price = req->result;

    BUF_LIT(into, "{");
    put_u64(into, "sdkappid", price->app.v);
    put_text(into, "limit", span_of(entitlement_name(price->entitlement)));
    put_value(into, "before", price->before);
    put_value(into, "asked", price->wanted);
    put_value(into, "granted", price->granted);
    put_i64(into, "line_before_fen", price->line_before_fen);
    put_i64(into, "line_after_fen", price->line_after_fen);
    put_fen(into, "month_before_fen", price->month_before_fen);
    put_fen(into, "month_after_fen", price->month_after_fen);
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(ticket_price, "ticket_price", "GET", "/apps/{app}/prices/{limit}", ADMIN_ANY_CUSTOMER,
              price_fields, struct ticket_fields, ticket_price, price_decode, put_price,
              "What the running month would cost with another value of a limit.");

/* ---- tickets ---- */

static void put_message(struct buf *into, const struct ticket_message *message)
{
    BUF_LIT(into, "{");
    put_u64(into, "number", message->number);
    put_text(into, "kind", span_of(ticket_message_kind_name(message->row.kind)));
    put_actor(into, "by", message->row.by);
    put_time(into, "at", message->row.at_us);
    put_text(into, "text", message->text);
    BUF_LIT(into, "}");
}

/* With so many of the latest messages at most. */
static void put_view(struct buf *into, const struct ticket_view *view, uint32_t messages)
{
    const struct ticket_row *row = &view->row;
    uint32_t first = view->message_count > messages ? view->message_count - messages : 0;

    BUF_LIT(into, "{");
    put_u64(into, "sdkappid", view->app.v);
    put_u64(into, "ticket", view->number);
    put_text(into, "kind", span_of(ticket_kind_name(row->kind)));
    put_text(into, "state", span_of(ticket_state_name(row->state)));
    if (row->kind == TICKET_LIMIT) {
        put_text(into, "limit", span_of(entitlement_name(row->entitlement)));
        put_value(into, "before", row->before);
        put_value(into, "asked", row->wanted);
        put_value(into, "granted", row->granted);
        put_fen(into, "month_before_fen", row->month_before_fen);
        put_fen(into, "month_after_fen", row->month_after_fen);
    }
    put_actor(into, "opened_by", row->opened_by);
    put_time(into, "opened", row->opened_us);
    if (row->decided_us) {
        put_actor(into, "decided_by", row->decided_by);
        put_time(into, "decided", row->decided_us);
    }
    if (row->contract)
        put_u64(into, "contract", row->contract);
    if (row->policy)
        put_u64(into, "policy", row->policy);
    put_u64(into, "message_count", row->messages);
    if (view->messages) {
        BUF_LIT(into, ",\"messages\":[");
        for (uint32_t i = first; i < view->message_count; i++) {
            if (i > first)
                BUF_LIT(into, ",");
            put_message(into, &view->messages[i]);
        }
        BUF_LIT(into, "]");
    }
    BUF_LIT(into, "}");
}

static void put_ticket(const struct request *req, struct buf *into)
{
    put_view(into, req->result, UINT32_MAX);
}

/* What was done shows the last thing said. */
static void put_done(const struct request *req, struct buf *into)
{
    put_view(into, req->result, 1);
}

static enum im_err open_decode(struct request *req, struct json body)
{
    struct ticket_fields *fields = req->body;

    (void)body;
    fields->req.open = (struct ticket_open_req){.app = {fields->app.v},
                                                .kind = fields->kind,
                                                .limit = fields->limit,
                                                .value = fields->value.v,
                                                .has_value = fields->value.set,
                                                .text = fields->text};
    return IM_OK;
}

ADMIN_CREATION(ticket_open, "ticket_open", "POST", "/apps/{app}/tickets",
               ADMIN_OWNER | ADMIN_DEVELOPER | ADMIN_FINANCE, open_fields, struct ticket_fields,
               ticket_open, open_decode, put_done,
               "Asks for another value of a limit, or for a contract.");

static enum im_err get_decode(struct request *req, struct json body)
{
    struct ticket_fields *fields = req->body;

    (void)body;
    fields->req.get = (struct ticket_req){.app = {fields->app.v}, .ticket = fields->ticket.v};
    return IM_OK;
}

ADMIN_COMMAND(ticket_show, "ticket_show", "GET", "/apps/{app}/tickets/{ticket}", ADMIN_ANY_CUSTOMER,
              get_fields, struct ticket_fields, ticket_get, get_decode, put_ticket,
              "One ticket with all that was said.");

static enum im_err reply_decode(struct request *req, struct json body)
{
    struct ticket_fields *fields = req->body;

    (void)body;
    fields->req.reply = (struct ticket_reply_req){
        .app = {fields->app.v}, .ticket = fields->ticket.v, .text = fields->text};
    return IM_OK;
}

ADMIN_CREATION(ticket_reply, "ticket_reply", "POST", "/apps/{app}/tickets/{ticket}/messages",
               ADMIN_OWNER | ADMIN_DEVELOPER | ADMIN_FINANCE, reply_fields, struct ticket_fields,
               ticket_reply, reply_decode, put_done, "Says something in a ticket.");

static enum im_err decide_decode(struct request *req, struct json body)
{
    struct ticket_fields *fields = req->body;

    (void)body;
    fields->req.decide = (struct ticket_decide_req){.app = {fields->app.v},
                                                    .ticket = fields->ticket.v,
                                                    .reason = fields->reason,
                                                    .value = fields->value.v,
                                                    .has_value = fields->value.set,
                                                    .contract = fields->contract.v};
    return IM_OK;
}

ADMIN_COMMAND(ticket_confirm, "ticket_confirm", "POST", "/apps/{app}/tickets/{ticket}/confirm", 0,
              confirm_fields, struct ticket_fields, ticket_confirm, decide_decode, put_done,
              "Grants what a ticket asks for, or another value; it holds at once.");
ADMIN_COMMAND(ticket_refuse, "ticket_refuse", "POST", "/apps/{app}/tickets/{ticket}/refuse", 0,
              end_fields, struct ticket_fields, ticket_refuse, decide_decode, put_done,
              "Refuses what a ticket asks for.");
ADMIN_COMMAND(ticket_cancel, "ticket_cancel", "POST", "/apps/{app}/tickets/{ticket}/cancel",
              ADMIN_OWNER | ADMIN_DEVELOPER | ADMIN_FINANCE, end_fields, struct ticket_fields,
              ticket_cancel, decide_decode, put_done, "Takes a ticket back.");

/* ---- lists ---- */

static enum im_err list_decode(struct request *req, struct json body)
{
    struct ticket_fields *fields = req->body;
    uint64_t before = 0;

    (void)body;
    if (fields->cursor.n && (!span_to_u64(fields->cursor, &before) || before > UINT32_MAX))
        return IM_ERR_INVALID;
    if (fields->page.v > PAGE_MAX)
        return IM_ERR_INVALID;
    fields->req.list = (struct ticket_list_req){.app = {fields->app.v},
                                                .state = fields->state,
                                                .before = (uint32_t)before,
                                                .limit = fields->page.v ? fields->page.v : PAGE};
    return IM_OK;
}

static void put_items(const struct ticket_list_result *list, struct buf *into)
{
    BUF_LIT(into, "{\"items\":[");
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_view(into, &list->tickets[i], 0);
    }
    BUF_LIT(into, "]");
}

static void put_list(const struct request *req, struct buf *into)
{
    const struct ticket_list_result *list = req->result;

    put_items(list, into);
    if (list->more)
        buf_printf(into, ",\"next\":\"%u\"}", list->next);
    else
        BUF_LIT(into, ",\"next\":null}");
}

ADMIN_COMMAND(ticket_list, "ticket_list", "GET", "/apps/{app}/tickets", ADMIN_ANY_CUSTOMER,
              list_fields, struct ticket_fields, ticket_list, list_decode, put_list,
              "The tickets of an app, newest first.");

/* A cursor is app-ticket. */
static enum im_err waiting_decode(struct request *req, struct json body)
{
    struct ticket_fields *fields = req->body;
    const char *dash = fields->cursor.n ? memchr(fields->cursor.p, '-', fields->cursor.n) : NULL;
    uint64_t app = 0, ticket = 0;

    (void)body;
    if (fields->cursor.n) {
        size_t n = dash ? (size_t)(dash - fields->cursor.p) : 0;

        if (!dash || !span_to_u64((struct span){fields->cursor.p, n}, &app) ||
            !span_to_u64((struct span){dash + 1, fields->cursor.n - n - 1}, &ticket) ||
            app > UINT32_MAX || ticket > UINT32_MAX)
            return IM_ERR_INVALID;
    }
    if (fields->page.v > PAGE_MAX)
        return IM_ERR_INVALID;
    fields->req.waiting =
        (struct ticket_waiting_req){.after_app = {(uint32_t)app},
                                    .after_ticket = (uint32_t)ticket,
                                    .limit = fields->page.v ? fields->page.v : PAGE};
    return IM_OK;
}

static void put_waiting(const struct request *req, struct buf *into)
{
    const struct ticket_list_result *list = req->result;
    const struct ticket_view *last;

    put_items(list, into);
    if (!list->more) {
        BUF_LIT(into, ",\"next\":null}");
        return;
    }
    last = &list->tickets[list->count - 1];
    buf_printf(into, ",\"next\":\"%u-%u\"}", last->app.v, last->number);
}

ADMIN_COMMAND(ticket_waiting, "ticket_waiting", "GET", "/tickets", 0, waiting_fields,
              struct ticket_fields, ticket_waiting, waiting_decode, put_waiting,
              "The open tickets of all apps.");

/* ---- policies ---- */

static void put_policy_view(struct buf *into, const struct policy_view *policy)
{
    BUF_LIT(into, "{");
    put_u64(into, "policy", policy->number);
    put_text(into, "limit", span_of(entitlement_name(policy->row.entitlement)));
    if (policy->row.app)
        put_u64(into, "app", policy->row.app);
    else
        put_null(into, "app");
    put_u64(into, "most", policy->row.most);
    put_fen(into, "most_fen", policy->row.most_fen);
    put_actor(into, "by", policy->row.by);
    put_time(into, "made", policy->row.made_us);
    BUF_LIT(into, "}");
}

static void put_policy(const struct request *req, struct buf *into)
{
    put_policy_view(into, req->result);
}

static enum im_err policy_add_decode(struct request *req, struct json body)
{
    struct ticket_fields *fields = req->body;

    (void)body;
    fields->req.policy_add = (struct policy_add_req){.app = {fields->app.v},
                                                     .limit = fields->limit,
                                                     .most = fields->most.v,
                                                     .has_most = fields->most.set,
                                                     .most_fen = fields->most_fen.v,
                                                     .has_most_fen = fields->most_fen.set};
    return IM_OK;
}

ADMIN_CREATION(policy_add, "policy_add", "POST", "/policies", 0, policy_fields,
               struct ticket_fields, policy_add, policy_add_decode, put_policy,
               "Lets tickets for a limit be confirmed without a person, under a bound.");

static void put_policies(const struct request *req, struct buf *into)
{
    const struct policy_list_result *list = req->result;

    BUF_LIT(into, "{\"items\":[");
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_policy_view(into, &list->policies[i]);
    }
    BUF_LIT(into, "],\"next\":null}");
}

ADMIN_COMMAND(policy_list, "policy_list", "GET", "/policies", 0, policy_list_fields,
              struct ticket_fields, policy_list, NULL, put_policies, "All policies.");

static enum im_err policy_remove_decode(struct request *req, struct json body)
{
    struct ticket_fields *fields = req->body;

    (void)body;
    fields->req.policy_remove = (struct policy_remove_req){.policy = fields->policy.v};
    return IM_OK;
}

ADMIN_COMMAND(policy_remove, "policy_remove", "DELETE", "/policies/{policy}", 0,
              policy_remove_fields, struct ticket_fields, policy_remove, policy_remove_decode,
              put_policy, "Takes a policy away; what it confirmed stays.");

const struct command *const commands_admin_ticket[] = {&ticket_price_command,
                                                       &ticket_open_command,
                                                       &ticket_show_command,
                                                       &ticket_reply_command,
                                                       &ticket_confirm_command,
                                                       &ticket_refuse_command,
                                                       &ticket_cancel_command,
                                                       &ticket_list_command,
                                                       &ticket_waiting_command,
                                                       &policy_add_command,
                                                       &policy_list_command,
                                                       &policy_remove_command,
                                                       NULL};

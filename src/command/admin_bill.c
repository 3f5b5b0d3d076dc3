/* Bills, what is done to them, and the closing of months. */
#include "command/admin.h"
#include "core/billing/bill.h"
#include "core/billing/bill_print.h"
#include "core/billing/close.h"
#include "core/billing/what_if.h"
#include "core/usage/calendar.h"

#define PAGE 50u
#define PAGE_MAX 500u
/* Shown in the answer to a write. One may take 4 KB: a reason of control characters. */
#define DOCUMENTS_OF_WRITE 4u

struct bill_fields {
    union {
        struct bill_req get;
        struct bill_list_req list;
        struct bill_act_req act;
        struct bill_note_req note;
        struct close_accept_req accept;
        struct what_if_req what_if;
    } req; /* first: what the core reads */
    struct opt_u32 app, limit, without_contract;
    struct opt_u64 amount;
    struct span month, cursor, kind, reference, reason, plan, packs;
};

static const struct field get_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct bill_fields, app),
    ADMIN_FIELD("month", FIELD_STRING, struct bill_fields, month),
};

static const struct field what_if_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct bill_fields, app),
    ADMIN_FIELD("month", FIELD_STRING, struct bill_fields, month),
    ADMIN_FIELD("plan", FIELD_STRING, struct bill_fields, plan),
    ADMIN_FIELD("packs", FIELD_STRING, struct bill_fields, packs),
    ADMIN_FIELD("without_contract", FIELD_U32, struct bill_fields, without_contract),
};

static const struct field list_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct bill_fields, app),
    ADMIN_FIELD("limit", FIELD_U32, struct bill_fields, limit),
    ADMIN_FIELD("cursor", FIELD_STRING, struct bill_fields, cursor),
};

static const struct field act_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct bill_fields, app),
    ADMIN_FIELD("month", FIELD_STRING, struct bill_fields, month),
    ADMIN_FIELD("reason", FIELD_STRING, struct bill_fields, reason),
};

static const struct field note_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct bill_fields, app),
    ADMIN_FIELD("month", FIELD_STRING, struct bill_fields, month),
    ADMIN_FIELD("kind", FIELD_STRING, struct bill_fields, kind),
    ADMIN_FIELD("amount_fen", FIELD_U64, struct bill_fields, amount),
    ADMIN_FIELD("reference", FIELD_STRING, struct bill_fields, reference),
    ADMIN_FIELD("reason", FIELD_STRING, struct bill_fields, reason),
};

/* ---- one bill ---- */

static void put_plan(struct buf *into, const struct bill_row *row)
{
    put_name(into, "plan");
    BUF_LIT(into, "{");
    put_text(into, "id", (struct span){row->plan_id, strnlen(row->plan_id, sizeof(row->plan_id))});
    put_hash(into, "sha256", row->plan_sha256);
    BUF_LIT(into, "}");
    if (row->contract)
        put_u64(into, "contract", row->contract);
    else
        put_null(into, "contract");
}

static void put_balance(struct buf *into, const struct bill_view *view)
{
    const struct bill_row *row = &view->row;
    bool priced = view->bill.status == BILL_OK;

    put_i64(into, "adjusted_fen", row->added_fen);
    put_i64(into, "credited_fen", row->credited_fen);
    put_i64(into, "paid_fen", row->paid_fen);
    if (priced && view->state != BILL_VOID)
        put_i64(into, "due_fen", view->due_fen);
    else
        put_null(into, "due_fen");
    if (view->state)
        put_time(into, "closed", row->closed_us);
    if (view->state && row->issued_us)
        put_time(into, "issued", row->issued_us);
    if (row->ended_us)
        put_time(into, view->state == BILL_VOID ? "voided" : "paid", row->ended_us);
}

/* All that the month is rated by, so that a program can rate it too. */
static void put_usage(struct buf *into, const struct frozen_usage *usage)
{
    put_name(into, "usage");
    BUF_LIT(into, "{");
    put_u64(into, "peak_dau", usage->peak_dau);
    put_bool(into, "two_terminals", usage->two_terminals);
    put_u64(into, "largest_push", usage->largest_push);
    put_u64(into, "most_pushes", usage->most_pushes);
    put_u64(into, "peak_groups", usage->peak_groups);
    put_u64(into, "groups_at_end", usage->groups_at_end);
    put_u64(into, "mbps_days", usage->mbps_days);
    put_u64(into, "mbps_days_abroad", usage->mbps_days_abroad);
    put_name(into, "limits");
    BUF_LIT(into, "{");
    for (unsigned i = 0; i < LIMIT_COUNT; i++) {
        if (usage->limits[i] == PLAN_UNLIMITED)
            put_null(into, limit_name((enum limit)i));
        else
            put_u64(into, limit_name((enum limit)i), usage->limits[i]);
    }
    BUF_LIT(into, "}}");
}

/* Where the quantities come from: the peak day, and who raised each limit. */
static void put_evidence(struct buf *into, const struct bill_view *view)
{
    const struct bill_row *row = &view->row;

    put_name(into, "evidence");
    BUF_LIT(into, "[{");
    put_text(into, "item", SPAN_LIT("dau"));
    put_u64(into, "count", row->usage.peak_dau);
    if (row->usage.peak_dau)
        put_day(into, "day", row->usage.peak_day);
    BUF_LIT(into, "}");
    for (unsigned i = 0; i < LIMIT_COUNT; i++) {
        const struct limit_evidence *of = &row->evidence[i];

        BUF_LIT(into, ",{");
        put_text(into, "item", span_of(limit_name((enum limit)i)));
        put_u64(into, "limit", row->usage.limits[i]);
        put_text(into, "source", span_of(limit_source_name(of->source)));
        if (of->document)
            put_u64(into, "document", of->document);
        if (of->at_us)
            put_time(into, "at", of->at_us);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]");
}

static void put_document(struct buf *into, const struct bill_document *document)
{
    const struct bill_document_row *row = &document->row;

    BUF_LIT(into, "{");
    put_u64(into, "number", document->number);
    put_text(into, "kind", span_of(bill_document_kind_name(row->kind)));
    put_i64(into, "amount_fen", row->amount_fen);
    put_text(into, "reference", document->reference);
    put_text(into, "reason", document->reason);
    put_text(into, "by", (struct span){row->by, strnlen(row->by, sizeof(row->by))});
    put_time(into, "at", row->at_us);
    BUF_LIT(into, "}");
}

/* The newest ones, and how many stand before them. */
static void put_documents(struct buf *into, const struct bill_view *view, uint32_t most)
{
    uint32_t first = view->document_count > most ? view->document_count - most : 0;

    put_u64(into, "documents_before", first);
    BUF_LIT(into, ",\"documents\":[");
    for (uint32_t i = first; i < view->document_count; i++) {
        if (i > first)
            BUF_LIT(into, ",");
        put_document(into, &view->documents[i]);
    }
    BUF_LIT(into, "]");
}

static void put_view(const struct bill_view *view, uint32_t documents, struct buf *into)
{
    const struct rated_bill rated = {view->plan, view->contract, &view->usage, &view->bill};

    if (view->plan) {
        bill_write_json(into, &rated);
        into->n--; /* its last brace: more members follow */
    } else {
        BUF_LIT(into, "{\"total_fen\":null,\"status\":\"no_plan\",\"lines\":[]");
    }
    put_u64(into, "sdkappid", view->app.v);
    put_month(into, "month", view->month);
    put_bool(into, "is_over", view->is_over);
    put_text(into, "state", span_of(bill_state_name(view->state)));
    put_text(into, "currency", SPAN_LIT("CNY"));
    put_plan(into, &view->row);
    put_balance(into, view);
    put_usage(into, &view->row.usage);
    put_evidence(into, view);
    put_documents(into, view, documents);
    BUF_LIT(into, "}");
}

static void put_bill(const struct request *req, struct buf *into)
{
    put_view(req->result, UINT32_MAX, into);
}

/* The answer to a write, which ADMIN_MAX_WRITE_REPLY bounds. */
static void put_changed(const struct request *req, struct buf *into)
{
    put_view(req->result, DOCUMENTS_OF_WRITE, into);
}

/* "2026-11", or "current" for the month that runs, which is 0. */
static bool month_or_current(struct span text, uint32_t *ret_month)
{
    *ret_month = 0;
    return span_is(text, "current") || month_parse(text, ret_month);
}

static enum im_err get_decode(struct request *req, struct json body)
{
    struct bill_fields *fields = req->body;
    uint32_t month;

    (void)body;
    if (!month_or_current(fields->month, &month))
        return IM_ERR_INVALID;
    fields->req.get = (struct bill_req){.app = {fields->app.v}, .month = month};
    return IM_OK;
}

ADMIN_COMMAND(bill, "bill", "GET", "/apps/{app}/bills/{month}",
              ADMIN_OWNER | ADMIN_FINANCE | ADMIN_VIEWER, get_fields, struct bill_fields, bill_get,
              get_decode, put_bill,
              "The bill of an app for a month; of a month that is not over what it would be now.");

/* ---- what if ---- */

static enum im_err what_if_decode(struct request *req, struct json body)
{
    struct bill_fields *fields = req->body;
    uint32_t month;

    (void)body;
    if (!month_or_current(fields->month, &month))
        return IM_ERR_INVALID;
    fields->req.what_if = (struct what_if_req){.app = {fields->app.v},
                                               .month = month,
                                               .plan = fields->plan,
                                               .packs = fields->packs,
                                               .without_contract = fields->without_contract.v != 0};
    return IM_OK;
}

static void put_what_if(const struct request *req, struct buf *into)
{
    const struct what_if_view *view = req->result;

    BUF_LIT(into, "{\"now\":");
    put_view(view->now, UINT32_MAX, into);
    BUF_LIT(into, ",\"then\":");
    what_if_write_json(into, &view->then);
    if (view->now->row.issued_us && view->then.bill.status == BILL_OK)
        put_i64(into, "difference_fen", view->then.bill.total_fen - view->now->bill.total_fen);
    else
        put_null(into, "difference_fen");
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(bill_what_if, "bill_what_if", "GET", "/apps/{app}/bills/{month}/what-if",
              ADMIN_OWNER | ADMIN_FINANCE | ADMIN_VIEWER, what_if_fields, struct bill_fields,
              bill_what_if, what_if_decode, put_what_if,
              "What the month would have cost under another plan, with packs of it.");

/* ---- the list ---- */

static enum im_err list_decode(struct request *req, struct json body)
{
    struct bill_fields *fields = req->body;
    uint32_t before = 0;

    (void)body;
    if ((fields->cursor.n && !month_parse(fields->cursor, &before)) || fields->limit.v > PAGE_MAX)
        return IM_ERR_INVALID;
    fields->req.list = (struct bill_list_req){.app = {fields->app.v},
                                              .before = before,
                                              .limit = fields->limit.v ? fields->limit.v : PAGE};
    return IM_OK;
}

static void put_list(const struct request *req, struct buf *into)
{
    const struct bill_list_result *list = req->result;

    BUF_LIT(into, "{\"items\":[");
    for (uint32_t i = 0; i < list->count; i++) {
        const struct bill_row *row = list->rows[i];

        buf_add_span(into, i ? SPAN_LIT(",{") : SPAN_LIT("{"));
        put_month(into, "month", list->months[i]);
        put_text(into, "state", span_of(bill_state_name(row->state)));
        if (row->issued_us)
            put_i64(into, "total_fen", row->total_fen);
        else
            put_null(into, "total_fen");
        put_i64(into, "paid_fen", row->paid_fen);
        put_u64(into, "peak_dau", row->usage.peak_dau);
        put_plan(into, row);
        BUF_LIT(into, "}");
    }
    BUF_LIT(into, "]");
    if (list->next)
        put_month(into, "next", list->next);
    else
        put_null(into, "next");
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(bill_list, "bill_list", "GET", "/apps/{app}/bills",
              ADMIN_OWNER | ADMIN_FINANCE | ADMIN_VIEWER, list_fields, struct bill_fields,
              bill_list, list_decode, put_list,
              "The bills of an app for the months that are over, newest first.");

/* ---- what is done to a bill ---- */

static enum im_err act_decode(struct request *req, struct json body)
{
    struct bill_fields *fields = req->body;
    uint32_t month;

    (void)body;
    if (!month_parse(fields->month, &month))
        return IM_ERR_INVALID;
    fields->req.act =
        (struct bill_act_req){.app = {fields->app.v}, .month = month, .reason = fields->reason};
    return IM_OK;
}

ADMIN_COMMAND(bill_issue, "bill_issue", "POST", "/apps/{app}/bills/{month}/issue", 0, act_fields,
              struct bill_fields, bill_issue, act_decode, put_changed,
              "Rates a draft by the contract now in force, and issues it.");
ADMIN_COMMAND(bill_void, "bill_void", "POST", "/apps/{app}/bills/{month}/void", 0, act_fields,
              struct bill_fields, bill_void, act_decode, put_changed,
              "Makes a bill void on which nothing was paid.");

static enum im_err note_decode(struct request *req, struct json body)
{
    struct bill_fields *fields = req->body;
    uint32_t month;

    (void)body;
    if (!month_parse(fields->month, &month) || fields->amount.v > INT64_MAX)
        return IM_ERR_INVALID;
    fields->req.note = (struct bill_note_req){.app = {fields->app.v},
                                              .month = month,
                                              .kind = fields->kind,
                                              .amount_fen = (int64_t)fields->amount.v,
                                              .reference = fields->reference,
                                              .reason = fields->reason};
    return IM_OK;
}

ADMIN_CREATION(bill_note, "bill_note", "POST", "/apps/{app}/bills/{month}/documents", 0,
               note_fields, struct bill_fields, bill_note, note_decode, put_changed,
               "Records a credit note, an adjustment or a payment beside a bill.");

/* ---- the closing of months ---- */

static const struct field no_fields[] = {
    ADMIN_FIELD("reason", FIELD_STRING, struct bill_fields, reason),
};

static void put_close(const struct request *req, struct buf *into)
{
    const struct close_status *status = req->result;

    BUF_LIT(into, "{");
    put_month(into, "running", status->this_month);
    if (status->row.month && status->row.month < status->this_month)
        put_month(into, "closing", status->row.month);
    else
        put_null(into, "closing");
    put_u64(into, "bills_left", status->bills_left);
    put_bool(into, "held", status->row.held != 0);
    if (status->row.held) {
        put_time(into, "jump_from", status->row.jump_from_us);
        put_time(into, "jump_to", status->row.jump_to_us);
    }
    if (status->row.closed_us)
        put_time(into, "last_closed", status->row.closed_us);
    BUF_LIT(into, "}");
}

static enum im_err accept_decode(struct request *req, struct json body)
{
    struct bill_fields *fields = req->body;

    (void)body;
    fields->req.accept = (struct close_accept_req){.reason = fields->reason};
    return IM_OK;
}

ADMIN_COMMAND(close_show, "close_show", "GET", "/closing", 0, no_fields, struct bill_fields,
              close_show, NULL, put_close, "Which month is being closed, and whether it is held.");
ADMIN_COMMAND(close_accept, "close_accept", "POST", "/closing/accept", 0, no_fields,
              struct bill_fields, close_accept, accept_decode, put_close,
              "Takes the clock as it is after a jump: months are closed again.");

const struct command *const commands_admin_bill[] = {
    &bill_command,       &bill_list_command,    &bill_issue_command,
    &bill_void_command,  &bill_note_command,    &bill_what_if_command,
    &close_show_command, &close_accept_command, NULL};

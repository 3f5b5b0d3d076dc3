#include "core/billing/bill.h"

#include <stdlib.h>

#include "base/check.h"
#include "core/admin/actor.h"
#include "core/apply.h"
#include "core/billing/contracts.h"
#include "core/billing/facts.h"
#include "core/usage/calendar.h"
#include "core/usage/report.h"

const char *bill_state_name(unsigned state)
{
    static const char *const names[] = {"open", "draft", "issued", "paid", "void"};

    return state < sizeof(names) / sizeof(names[0]) ? names[state] : NULL;
}

const char *bill_document_kind_name(unsigned kind)
{
    static const char *const names[] = {NULL, "credit_note", "adjustment", "payment"};

    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

/* ---- between rows and bills ---- */

_Static_assert(BILL_LINE_COUNT <= BILL_MAX_LINES, "lines of a stored bill");

static void store_lines(const struct bill *bill, struct bill_row *row)
{
    for (unsigned i = 0; i < BILL_LINE_COUNT; i++) {
        const struct bill_line *line = &bill->lines[i];

        row->lines[row->line_count++] = (struct stored_line){.item = (uint8_t)i,
                                                             .quantity = line->quantity,
                                                             .units = line->units,
                                                             .amount_fen = line->amount_fen};
    }
    row->total_fen = bill->total_fen;
}

static struct bill bill_of_row(const struct bill_row *row)
{
    struct bill bill = {.total_fen = row->total_fen,
                        .status = row->issued_us ? BILL_OK : BILL_NEEDS_CONTRACT,
                        .by_contract = row->contract != 0};

    for (unsigned i = 0; i < row->line_count; i++) {
        const struct stored_line *line = &row->lines[i];

        if (line->item < BILL_LINE_COUNT)
            bill.lines[line->item] =
                (struct bill_line){line->quantity, line->units, line->amount_fen};
    }
    return bill;
}

bool bill_row_make(const struct frozen_month *month, uint64_t now_us, struct bill_row *ret_row)
{
    const struct month_usage usage = month_usage_of_frozen(&month->usage);
    struct bill_row row = {.closed_us = now_us, .usage = month->usage, .state = BILL_DRAFT};
    struct bill bill;
    bool rated;

    memcpy(row.evidence, month->evidence, sizeof(row.evidence));
    if (month->plan) {
        memcpy(row.plan_id, month->plan->id, strnlen(month->plan->id, sizeof(row.plan_id)));
        memcpy(row.plan_sha256, month->plan->sha256, sizeof(row.plan_sha256));
    }
    rated = month->plan && bill_rate(month->plan, month->contract, &usage, &bill) == IM_OK;
    if (rated)
        store_lines(&bill, &row);
    if (rated && bill.status == BILL_OK) {
        row.contract = bill.by_contract ? month->contract_number : 0;
        row.state = BILL_ISSUED;
        row.issued_us = now_us;
    }
    *ret_row = row;
    return row.state == BILL_ISSUED;
}

static int64_t due_of(const struct bill_row *row)
{
    return row->total_fen + row->added_fen - row->credited_fen - row->paid_fen;
}

/* ---- one bill ---- */

static const struct bill_row *row_of(struct shard *shard, struct app_id app, uint32_t month)
{
    struct row_key key;
    const void *row;

    return row_find(shard, row_key_bill(&key, app, month), &row, NULL) == STATE_HIT ? row : NULL;
}

struct documents {
    struct request *req;
    struct bill_view *view;
};

static void document_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct documents *all = arg;
    struct bill_document *document = &all->view->documents[all->view->document_count++];
    const char *text = (const char *)value + sizeof(document->row);

    CHECK(n >= sizeof(document->row));
    document->number = get_be32(key.p + key.n - 4);
    memcpy(&document->row, value, sizeof(document->row));
    document->reference =
        arena_copy(&all->req->arena, (struct span){text, document->row.reference_bytes});
    document->reason =
        arena_copy(&all->req->arena,
                   (struct span){text + document->row.reference_bytes, document->row.reason_bytes});
}

static int by_number(const void *a, const void *b)
{
    uint32_t left = ((const struct bill_document *)a)->number;
    uint32_t right = ((const struct bill_document *)b)->number;

    return (left > right) - (left < right);
}

static void documents_read(struct shard *shard, struct request *req, struct bill_view *view)
{
    struct documents all = {req, view};
    struct row_key key;

    view->documents = ARENA_ARRAY(&req->arena, struct bill_document, view->row.documents + 1u);
    state_scan(shard_state(shard), row_prefix_bill_documents(&key, view->app, view->month),
               document_seen, &all);
    if (view->document_count)
        qsort(view->documents, view->document_count, sizeof(*view->documents), by_number);
}

enum im_err bill_view_make(struct shard *shard, struct request *req, struct app_id app,
                           uint32_t month, struct bill_view **ret_view)
{
    struct bill_view *view = ARENA_NEW(&req->arena, struct bill_view);
    const struct bill_row *stored;
    const struct app_row *app_row;
    struct frozen_month frozen;
    struct row_key key;
    enum im_err err = app_named(shard, req, app, &app_row);

    if (!month)
        month = zone_month(shard_zone(shard), shard_now_us(shard));
    if (!err)
        err = usage_month_check(shard, req, app_row, month);
    if (err)
        return err;
    stored = row_of(shard, app, month);
    row_need_collection(shard, row_prefix_bill_documents(&key, app, month));
    month_freeze(shard, req, app, month, &frozen);
    /* One filed later must not explain what an earlier one charged. */
    if (stored && stored->contract)
        contract_of_number(shard, req, app, stored->contract, &frozen.contract);
    if (shard_missing(shard))
        return IM_AGAIN;
    *view = (struct bill_view){
        .app = app, .month = month, .plan = frozen.plan, .contract = frozen.contract};
    view->is_over = month < zone_month(shard_zone(shard), shard_now_us(shard));
    if (stored) {
        view->row = *stored;
        view->state = stored->state;
    } else {
        bill_row_make(&frozen, shard_now_us(shard), &view->row);
    }
    view->usage = month_usage_of_frozen(&view->row.usage);
    view->bill = bill_of_row(&view->row);
    view->due_fen = due_of(&view->row);
    documents_read(shard, req, view);
    *ret_view = view;
    return IM_OK;
}

enum im_err bill_get(struct shard *shard, struct request *req)
{
    const struct bill_req *ask = req->body;
    struct bill_view *view;
    enum im_err err = bill_view_make(shard, req, ask->app, ask->month, &view);

    if (!err)
        req->result = view;
    return err;
}

/* ---- the list ---- */

struct listing {
    struct request *req;
    struct bill_list_result *result;
    uint32_t before, room;
};

static void bill_seen(void *arg, struct span key, const void *value, size_t n)
{
    struct listing *listing = arg;
    struct bill_list_result *result = listing->result;
    uint32_t month = get_be32(key.p + key.n - 4);

    (void)value, (void)n;
    if (listing->before && month >= listing->before)
        return;
    result->months = arena_grow(&listing->req->arena, result->months, result->count, &listing->room,
                                sizeof(*result->months));
    result->months[result->count++] = month;
}

static int newest_first(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left < right) - (left > right);
}

enum im_err bill_list(struct shard *shard, struct request *req)
{
    const struct bill_list_req *ask = req->body;
    struct bill_list_result *result = ARENA_NEW(&req->arena, struct bill_list_result);
    struct listing listing = {.req = req, .result = result, .before = ask->before};
    const struct app_row *app;
    struct row_key key;
    enum im_err err = app_named(shard, req, ask->app, &app);

    if (err)
        return err;
    if (row_need_collection(shard, row_prefix_bills(&key, ask->app)) == STATE_UNKNOWN)
        return IM_AGAIN;
    result->app = ask->app;
    state_scan(shard_state(shard), row_prefix_bills(&key, ask->app), bill_seen, &listing);
    if (result->count)
        qsort(result->months, result->count, sizeof(*result->months), newest_first);
    if (result->count > ask->limit) {
        result->count = ask->limit;
        result->next = result->months[result->count - 1];
    }
    result->rows = ARENA_ARRAY(&req->arena, struct bill_row *, result->count + 1);
    for (uint32_t i = 0; i < result->count; i++) {
        const struct bill_row *row = row_of(shard, ask->app, result->months[i]);

        CHECK(row);
        result->rows[i] = ARENA_NEW(&req->arena, struct bill_row);
        *result->rows[i] = *row;
    }
    req->result = result;
    return IM_OK;
}

/* ---- what is done to a bill ---- */

/* The stored bill that the operator named, its documents, and a reason that holds. */
static enum im_err stored_view(struct shard *shard, struct request *req, struct app_id app,
                               uint32_t month, struct span reason, struct bill_view **ret_view)
{
    enum im_err err = bill_view_make(shard, req, app, month, ret_view);

    if (err)
        return err;
    if (!(*ret_view)->state)
        return operator_refuse(req, IM_ERR_INVALID,
                               "the month is not closed: there is no bill yet");
    if (!reason.n || reason.n > DOCUMENT_REASON_MAX)
        return operator_refuse(req, IM_ERR_INVALID, "a reason of 1 to %d bytes is needed",
                               DOCUMENT_REASON_MAX);
    return IM_OK;
}

static void emit_state(struct shard *shard, struct request *req, const struct bill_view *view,
                       struct span reason)
{
    struct fact_bill_state *fact = fact_emit(shard, FACT_BILL_STATE, sizeof(*fact) + reason.n);

    fact->app = view->app.v;
    fact->month = view->month;
    fact->reason_bytes = (uint16_t)reason.n;
    memcpy(fact->by, admin_actor(req)->text, sizeof(fact->by));
    fact->bill = view->row;
    memcpy(fact + 1, reason.p, reason.n);
}

void apply_bill_state(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_bill_state *fact = payload;
    struct row_key key;
    struct bill_row *row =
        row_put(shard, row_key_bill(&key, (struct app_id){fact->app}, fact->month), sizeof(*row));

    (void)n, (void)number;
    *row = fact->bill;
}

static void show(struct request *req, struct bill_view *view)
{
    view->state = view->row.state;
    view->bill = bill_of_row(&view->row);
    view->due_fen = due_of(&view->row);
    req->result = view;
}

enum im_err bill_issue(struct shard *shard, struct request *req)
{
    const struct bill_act_req *ask = req->body;
    struct bill_view *view;
    struct frozen_month frozen;
    struct bill_row rated;
    enum im_err err = stored_view(shard, req, ask->app, ask->month, ask->reason, &view);

    if (err)
        return err;
    if (view->state != BILL_DRAFT)
        return operator_refuse(req, IM_ERR_EXISTS, "the bill is %s, not a draft",
                               bill_state_name(view->state));
    if (month_freeze(shard, req, ask->app, ask->month, &frozen) == IM_AGAIN)
        return IM_AGAIN;
    /* What was used stays as it was frozen; only a contract can have come since. */
    frozen.usage = view->row.usage;
    memcpy(frozen.evidence, view->row.evidence, sizeof(frozen.evidence));
    if (!bill_row_make(&frozen, shard_now_us(shard), &rated))
        return operator_refuse(
            req, IM_ERR_INVALID,
            "the month still has no price: file a contract that covers it first");
    rated.closed_us = view->row.closed_us;
    view->row = rated;
    emit_state(shard, req, view, ask->reason);
    show(req, view);
    return IM_OK;
}

enum im_err bill_void(struct shard *shard, struct request *req)
{
    const struct bill_act_req *ask = req->body;
    struct bill_view *view;
    enum im_err err = stored_view(shard, req, ask->app, ask->month, ask->reason, &view);

    if (err)
        return err;
    if (view->state == BILL_VOID)
        return operator_refuse(req, IM_ERR_EXISTS, "the bill is void already");
    if (view->row.paid_fen)
        return operator_refuse(req, IM_ERR_INVALID,
                               "payments are recorded on this bill: make a credit note instead");
    view->row.state = BILL_VOID;
    view->row.ended_us = shard_now_us(shard);
    emit_state(shard, req, view, ask->reason);
    show(req, view);
    return IM_OK;
}

/* ---- documents ---- */

static uint8_t kind_of(struct span name)
{
    for (uint8_t kind = DOCUMENT_CREDIT_NOTE; kind <= DOCUMENT_PAYMENT; kind++)
        if (span_is(name, bill_document_kind_name(kind)))
            return kind;
    return 0;
}

static enum im_err note_check(struct request *req, const struct bill_note_req *ask,
                              const struct bill_view *view, uint8_t kind)
{
    int64_t unused;

    if (!kind)
        return operator_refuse(req, IM_ERR_INVALID, "kind is credit_note, adjustment or payment");
    if (view->state == BILL_DRAFT || view->state == BILL_VOID)
        return operator_refuse(req, IM_ERR_INVALID, "the bill is %s: it takes no documents",
                               view->state == BILL_DRAFT ? "a draft" : "void");
    if (ask->amount_fen <= 0)
        return operator_refuse(req, IM_ERR_INVALID, "amount_fen is above 0");
    if (ask->reference.n > DOCUMENT_REFERENCE_MAX)
        return operator_refuse(req, IM_ERR_INVALID, "a reference has at most %d bytes",
                               DOCUMENT_REFERENCE_MAX);
    if (view->row.documents >= BILL_MAX_DOCUMENTS)
        return operator_refuse(req, IM_ERR_INVALID, "a bill has at most %u documents",
                               BILL_MAX_DOCUMENTS);
    if (kind == DOCUMENT_PAYMENT && !ask->reference.n)
        return operator_refuse(req, IM_ERR_INVALID,
                               "a payment needs a reference, such as the bank's number");
    if (kind == DOCUMENT_PAYMENT && ask->amount_fen > view->due_fen)
        return operator_refuse(req, IM_ERR_INVALID, "only %lld fen are due",
                               (long long)(view->due_fen > 0 ? view->due_fen : 0));
    if (kind == DOCUMENT_CREDIT_NOTE &&
        ask->amount_fen > view->row.total_fen + view->row.added_fen - view->row.credited_fen)
        return operator_refuse(req, IM_ERR_INVALID,
                               "credit notes cannot come to more than the bill");
    /* No sum of what is added can leave 64 bits then. */
    if (kind == DOCUMENT_ADJUSTMENT &&
        __builtin_add_overflow(view->row.total_fen + view->row.added_fen, ask->amount_fen, &unused))
        return operator_refuse(req, IM_ERR_OVERFLOW, "the amount is too large for 64 bits");
    return IM_OK;
}

static bool reference_taken(const struct bill_view *view, uint8_t kind, struct span reference)
{
    for (uint32_t i = 0; reference.n && i < view->document_count; i++) {
        if (view->documents[i].row.kind == kind && span_eq(view->documents[i].reference, reference))
            return true;
    }
    return false;
}

/* The balance behind a document; a bill that owes nothing more is paid. */
static void balance(struct bill_row *row, const struct bill_document_row *document)
{
    row->documents++;
    if (document->kind == DOCUMENT_CREDIT_NOTE)
        row->credited_fen += document->amount_fen;
    else if (document->kind == DOCUMENT_ADJUSTMENT)
        row->added_fen += document->amount_fen;
    else
        row->paid_fen += document->amount_fen;
    row->state = due_of(row) > 0 ? BILL_ISSUED : BILL_PAID;
    row->ended_us = row->state == BILL_PAID ? document->at_us : 0;
}

static void document_add(struct request *req, struct bill_view *view,
                         const struct bill_note_req *ask, const struct bill_document_row *row)
{
    struct bill_document *documents =
        ARENA_ARRAY(&req->arena, struct bill_document, view->document_count + 1u);

    if (view->document_count)
        memcpy(documents, view->documents, view->document_count * sizeof(*documents));
    documents[view->document_count++] =
        (struct bill_document){view->row.documents, *row, ask->reference, ask->reason};
    view->documents = documents;
}

enum im_err bill_note(struct shard *shard, struct request *req)
{
    const struct bill_note_req *ask = req->body;
    struct fact_bill_note *fact;
    struct bill_view *view;
    struct row_key key;
    const void *none;
    uint8_t kind = kind_of(ask->kind);
    enum im_err err = stored_view(shard, req, ask->app, ask->month, ask->reason, &view);

    if (!err)
        err = note_check(req, ask, view, kind);
    if (err)
        return err;
    if (reference_taken(view, kind, ask->reference))
        return operator_refuse(req, IM_ERR_EXISTS, "a %s of this reference is recorded already",
                               bill_document_kind_name(kind));
    row_find(shard, row_key_bill_document(&key, ask->app, ask->month, view->row.documents + 1u),
             &none, NULL);
    if (shard_missing(shard))
        return IM_AGAIN;
    fact = fact_emit(shard, FACT_BILL_NOTE, sizeof(*fact) + ask->reference.n + ask->reason.n);
    fact->app = ask->app.v;
    fact->month = ask->month;
    fact->number = view->row.documents + 1u;
    fact->document = (struct bill_document_row){.at_us = shard_now_us(shard),
                                                .amount_fen = ask->amount_fen,
                                                .kind = kind,
                                                .reference_bytes = (uint8_t)ask->reference.n,
                                                .reason_bytes = (uint16_t)ask->reason.n};
    memcpy(fact->document.by, admin_actor(req)->text, sizeof(fact->document.by));
    if (ask->reference.n)
        memcpy(fact + 1, ask->reference.p, ask->reference.n);
    memcpy((char *)(fact + 1) + ask->reference.n, ask->reason.p, ask->reason.n);
    balance(&view->row, &fact->document);
    document_add(req, view, ask, &fact->document);
    show(req, view);
    return IM_OK;
}

void apply_bill_note(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_bill_note *fact = payload;
    struct app_id app = {fact->app};
    size_t bytes = n - sizeof(*fact) + sizeof(fact->document);
    struct row_key key;
    char *document =
        row_put(shard, row_key_bill_document(&key, app, fact->month, fact->number), bytes);
    struct bill_row *bill;

    (void)number;
    memcpy(document, &fact->document, bytes);
    bill = row_put(shard, row_key_bill(&key, app, fact->month), sizeof(*bill));
    balance(bill, &fact->document);
}

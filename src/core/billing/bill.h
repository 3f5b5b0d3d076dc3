/*
 * The bills of an app: those of months that are over are stored and never change but by documents
 * beside them (credit notes, adjustments, payments); the bill of an open month is worked out when
 * it is asked for.
 */
#ifndef CORE_BILLING_BILL_H
#define CORE_BILLING_BILL_H

#include "core/billing/freeze.h"

struct bill_document {
    uint32_t number; /* among those of its bill, from 1 */
    struct bill_document_row row;
    struct span reference, reason;
};

struct bill_view {
    struct app_id app;
    uint32_t month;
    bool is_over;
    uint8_t state;           /* enum bill_state; 0: not closed yet, everything may still change */
    const struct plan *plan; /* NULL: it cannot be read */
    const struct contract *contract; /* of the bill, else in force; NULL: none */
    struct month_usage usage;
    struct bill bill;
    struct bill_row row; /* as stored, or as it would be */
    int64_t due_fen;
    struct bill_document *documents;
    uint32_t document_count;
};

/* "open", "draft", "issued", "paid", "void". */
const char *bill_state_name(unsigned state);
const char *bill_document_kind_name(unsigned kind);

/* Rates a month that was frozen. False: no prices for it (no contract, no plan), a draft. */
bool bill_row_make(const struct frozen_month *month, uint64_t now_us, struct bill_row *ret_row);

/* What bill_get shows, for what else shows a bill. A month without a stored bill is rated as it
   stands; month 0 is the one that runs. IM_AGAIN. */
enum im_err bill_view_make(struct shard *shard, struct request *req, struct app_id app,
                           uint32_t month, struct bill_view **ret_view);

/* One bill. Refused with a sentence: a month that has not begun or lies before the app. Result:
   struct bill_view. */
struct bill_req {
    struct app_id app;
    uint32_t month;
};
enum im_err bill_get(struct shard *shard, struct request *req);

/* The stored bills of an app, newest first, without documents. Result: struct bill_list_result. */
struct bill_list_req {
    struct app_id app;
    uint32_t before; /* months before this one; 0: from the newest */
    uint32_t limit;
};
struct bill_list_result {
    struct app_id app;
    uint32_t count;
    uint32_t *months;
    struct bill_row **rows;
    uint32_t next; /* `before` of what follows; 0: nothing does */
};
enum im_err bill_list(struct shard *shard, struct request *req);

/* A draft is rated by the contract now in force, and issued. An issued bill that nothing was paid
   on becomes void. Both need a reason. Result: struct bill_view. */
struct bill_act_req {
    struct app_id app;
    uint32_t month;
    struct span reason;
};
enum im_err bill_issue(struct shard *shard, struct request *req);
enum im_err bill_void(struct shard *shard, struct request *req);

/* A credit note, an adjustment or a payment. A reference of a payment is taken once. Result:
   struct bill_view. */
struct bill_note_req {
    struct app_id app;
    uint32_t month;
    struct span kind;
    int64_t amount_fen;
    struct span reference, reason;
};
enum im_err bill_note(struct shard *shard, struct request *req);

#endif

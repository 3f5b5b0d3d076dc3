/*
 * What a month would have cost under another plan: what was used is rated as it is, and what was
 * granted is taken as that plan would have granted it. Limits that the app has from its plan become
 * those of the other; raised ones stay, in that plan's whole steps. Packs are those that are named.
 */
#ifndef CORE_BILLING_WHAT_IF_H
#define CORE_BILLING_WHAT_IF_H

#include "core/billing/bill.h"

struct what_if {
    const struct plan *plan;
    const struct contract *contract; /* NULL: none, or it does not fit the plan */
    struct month_usage usage;
    struct bill bill;
};

/*
 * Pure. `raised`: by enum limit, whether the highest value came from elsewhere than the plan.
 * plan, contract and usage.packs of *what_if are given. IM_ERR_OVERFLOW: an amount or a step is too
 * large; IM_ERR_INVALID: the packs exclude one another.
 */
enum im_err what_if_rate(struct what_if *what_if, const struct month_usage *used,
                         const bool raised[LIMIT_COUNT]);

/* Pack names with commas between them, to bits. False: *ret_wrong is not one of the plan. */
bool what_if_packs(const struct plan *plan, struct span names, uint32_t *ret_packs,
                   struct span *ret_wrong);

/* The members of struct bill's JSON object, its plan, the limits that were taken, and what the plan
   charges by but no server counts. Pure. */
void what_if_write_json(struct buf *into, const struct what_if *what_if);

/*
 * The operation. Refused with a sentence: no such plan, a pack that it does not sell, packs that
 * exclude one another, a month that has not begun or lies before the app. Result: struct
 * what_if_view.
 */
struct what_if_req {
    struct app_id app;
    uint32_t month;    /* 0: the one that runs */
    struct span plan;  /* the id of a shipped plan, or of one that the server has stored */
    struct span packs; /* with commas; empty: none */
    bool without_contract;
};
struct what_if_view {
    const struct bill_view *now;
    struct what_if then;
};
enum im_err bill_what_if(struct shard *shard, struct request *req);

#endif

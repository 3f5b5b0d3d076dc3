/*
 * The price plans that a shard has stored: facts with their bytes, kept in rows, parsed once and
 * then kept in memory for as long as the shard lives.
 */
#ifndef CORE_BILLING_PLANS_H
#define CORE_BILLING_PLANS_H

#include "core/billing/plan.h"
#include "core/shard.h"

struct plan_shelf;
void plan_shelf_free(struct plan_shelf *shelf);

/*
 * While the shard opens: stores the plan if no plan of its id is stored yet, and makes it the plan
 * of new apps. No bytes: apps cannot be made. IM_ERR_INVALID: not a plan; IM_ERR_EXISTS: a plan
 * of this id with other bytes is stored. Both are logged, and nothing was changed.
 */
enum im_err plan_store(struct shard *shard, struct span bytes);

/* The plan of new apps; NULL: none. */
const struct plan *plans_default(struct shard *shard);

/* Handlers: a stored plan by its id. STATE_UNKNOWN: return IM_AGAIN. STATE_ABSENT: never stored, or
   its bytes cannot be parsed by this version. */
enum state_found plans_find(struct shard *shard, struct span id, const struct plan **ret_plan);

#endif

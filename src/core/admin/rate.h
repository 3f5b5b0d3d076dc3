/*
 * How many calls of the admin API the tokens of one customer may make together, so that a program
 * gone wild costs the others nothing. The operator's tokens are not counted. Memory alone.
 */
#ifndef CORE_ADMIN_RATE_H
#define CORE_ADMIN_RATE_H

#include "core/admin/call.h"
#include "core/shard.h"

#define ADMIN_CALLS_PER_S 100u
#define ADMIN_CALLS_AT_ONCE 300u

/* For the door, once it knows who calls; counts each call once. IM_ERR_CALL_RATE. */
enum im_err admin_rate_check(struct shard *shard, struct request *req);

struct admin_rates;
void admin_rates_free(struct admin_rates *rates);

#endif

/*
 * The one way to the operations of operators and customers. It finds out who calls (the admin
 * socket, a token), whether that role may, whether the app or customer that is named is the
 * caller's, and whether this write was answered before; then the handler runs; then what was done
 * is noted in the same record: FACT_AUDIT, and FACT_IDEMPOTENT if the caller gave a key.
 *
 * IM_ERR_TOKEN: no valid token; the same answer whatever is wrong with it. IM_ERR_CALL_RATE: more
 * calls than a customer may. IM_ERR_ROLE: the role may not. IM_ERR_APP_NOT_FOUND, IM_ERR_NOT_FOUND:
 * the same answer for what is another customer's and what does not exist. IM_ERR_KEY_REUSED: the
 * key was used with another request. Else as the handler says. Shard thread.
 */
#ifndef CORE_ADMIN_DOOR_H
#define CORE_ADMIN_DOOR_H

#include "core/admin/call.h"
#include "core/shard.h"

/* Of operations with operation->admin only; in place of operation->run. */
enum im_err admin_run(struct shard *shard, struct request *req);

#endif

/* Accounts of an app: found by name, created by import or by their first login. */
#ifndef CORE_ACCOUNT_ACCOUNT_H
#define CORE_ACCOUNT_ACCOUNT_H

#include "core/shard.h"

/* Looks a name up. STATE_HIT sets *ret_no. */
enum state_found account_find(struct shard *shard, struct app_id app, struct span name,
                              struct account_no *ret_no);
/* The account's row; STATE_HIT sets *ret_row. */
enum state_found account_row_find(struct shard *shard, struct app_id app, struct account_no no,
                                  const struct account_row **ret_row);
static inline struct span account_name(const struct account_row *row)
{
    return (struct span){row->name, row->name_bytes};
}

/* The number that the next new account gets; the app row is loaded (as for every command). */
struct account_no account_next(struct shard *shard, struct app_id app);

/* How many more accounts the app may have. 0 and shard_missing() while that is loading. */
uint64_t accounts_left(struct shard *shard, struct app_id app);

/*
 * Emits the facts that make a new account with the app's next number, which is *ret_no. The name
 * is valid and known to be absent; app row loaded, usage_need called. One a record: fact_commit
 * stands between several.
 */
void account_create(struct shard *shard, struct app_id app, struct span name, bool by_login,
                    struct account_no *ret_no);

/*
 * Whether a UserSig of that second may still call for an administrator: `kick` ends them as it
 * does any account's. One without an account was never kicked.
 * IM_AGAIN: rows are missing. IM_ERR_SIG_KICKED.
 */
enum im_err account_admin_check(struct shard *shard, struct app_id app, struct span name,
                                uint64_t sig_time_s);

#endif

/*
 * The contracts of an app, as facts with their bytes. Of several that cover a month the one filed
 * last is in force. What a contract grants comes into force with its first month, and goes back to
 * the plan behind its last.
 */
#ifndef CORE_BILLING_CONTRACTS_H
#define CORE_BILLING_CONTRACTS_H

#include "core/app/app.h"
#include "core/billing/contract.h"
#include "core/billing/rows.h"

#define CONTRACTS_MAX 1000u /* of an app */

struct contract_view {
    struct app_id app;
    uint32_t number;
    struct contract_row row;
    struct span file; /* in the arena; empty in lists */
};

/* Files one. Result: struct contract_view. Refused with a sentence: not a contract, one that
   prices what the app's plan does not have, a limit that cannot be granted. */
struct contract_file_req {
    struct app_id app;
    struct span file;
};
enum im_err contract_file(struct shard *shard, struct request *req);

/* Result: struct contract_view. */
struct contract_get_req {
    struct app_id app;
    uint32_t contract;
};
enum im_err contract_get(struct shard *shard, struct request *req);

/* Of a struct app_req; by number. Result: struct contract_list_result. */
struct contract_list_result {
    struct contract_view *contracts;
    uint32_t count;
};
enum im_err contract_list(struct shard *shard, struct request *req);

/* Handlers: the contract in force in a month, in req's arena, or NULL. IM_AGAIN. */
enum im_err contract_of_month(struct shard *shard, struct request *req, struct app_id app,
                              uint32_t month, const struct contract **ret_contract,
                              uint32_t *ret_number);

/* Handlers: one contract, whatever is in force now, in req's arena; NULL: none of that number, or
   this version cannot read it. IM_AGAIN. */
enum im_err contract_of_number(struct shard *shard, struct request *req, struct app_id app,
                               uint32_t number, const struct contract **ret_contract);

/* Handlers: true if the app has a contract of this number; see shard_missing(). */
bool contract_exists(struct shard *shard, struct app_id app, uint32_t number);

/*
 * What changes in an app's limits when `month` is over: contracts that begin with the next one
 * give, those that ended take back. contract_turn_need loads what contract_turn changes (IM_AGAIN);
 * contract_turn emits, in records of its own.
 */
struct contract_turn;
enum im_err contract_turn_need(struct shard *shard, struct request *req, struct app_id app,
                               uint32_t month, struct contract_turn **ret_turn);
void contract_turn(struct shard *shard, const struct contract_turn *turn);

#endif

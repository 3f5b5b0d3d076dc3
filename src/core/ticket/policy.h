/* Policies: which tickets are confirmed without a person. */
#ifndef CORE_TICKET_POLICY_H
#define CORE_TICKET_POLICY_H

#include "core/ticket/ticket.h"

#define POLICIES_MAX 1000u

struct policy_view {
    uint32_t number;
    struct policy_row row;
};

/* Result: struct policy_view. Refused with a sentence: an unknown limit or app, a value that
   nobody can be granted. */
struct policy_add_req {
    struct app_id app; /* 0: every app */
    struct span limit;
    uint64_t most;
    bool has_most;
    uint64_t most_fen;
    bool has_most_fen;
};
enum im_err policy_add(struct shard *shard, struct request *req);

/* Result: struct policy_list_result. */
struct policy_list_result {
    struct policy_view *policies; /* by number */
    uint32_t count;
};
enum im_err policy_list(struct shard *shard, struct request *req);

/* Result: struct policy_view, the one that is gone. */
struct policy_remove_req {
    uint32_t policy;
};
enum im_err policy_remove(struct shard *shard, struct request *req);

/* Handlers: the number of the policy that covers what the ticket asks for; 0: none, or
   shard_missing(). */
uint32_t policy_for(struct shard *shard, const struct ticket_price *price);

#endif

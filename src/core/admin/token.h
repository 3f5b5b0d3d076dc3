/*
 * Tokens of the admin API: "mgp_<customer>_<token>_<secret>", shown once, when they are made. Of
 * the secret, 32 random bytes in hex, the SHA-256 alone is kept.
 */
#ifndef CORE_ADMIN_TOKEN_H
#define CORE_ADMIN_TOKEN_H

#include "core/admin/call.h"
#include "core/admin/rows.h"
#include "core/shard.h"

#define TOKEN_TEXT_MAX 96
#define TOKENS_A_CUSTOMER 10000u
#define TOKEN_MAX_DAYS 3660u

/* Reads such a text. False: it has not the form of one. ret_secret has TOKEN_SECRET_BYTES of
   room, or is NULL. Any thread. */
bool token_parse(struct span text, struct token_claims *ret_claims, uint8_t *ret_secret);

/* "operator", "owner", "developer", "finance", "viewer"; NULL: no role. */
const char *admin_role_name(uint8_t role);
bool admin_role_find(struct span name, uint8_t *ret_role);

/* For the door: who calls. The token's row is loaded. IM_ERR_TOKEN. */
enum im_err token_resolve(struct shard *shard, struct request *req, struct admin_actor *ret_actor);

struct token_info {
    uint32_t customer, token;
    uint8_t role;
    struct span name;
    struct span text; /* token_create alone */
    uint64_t created_us, expires_us, revoked_us;
};

/* Result: struct token_info. Tokens of customer 0 are the operator's and have its role; all others
   have one of a customer's. */
struct token_create_req {
    uint32_t customer;
    struct span name, role;
    uint32_t days; /* 0: for ever */
};
enum im_err token_create(struct shard *shard, struct request *req);

/* The tokens of a customer, the newest first. */
struct token_list_req {
    uint32_t customer;
    uint32_t limit;  /* 1 to 500; 0: 50 */
    uint32_t before; /* the cursor; 0: from the newest */
};
struct token_list_result {
    struct token_info *items;
    uint32_t count;
    uint32_t next; /* 0: that was all */
};
enum im_err token_list(struct shard *shard, struct request *req);

/* Ends it at once; of one that has ended, nothing changes. Result: struct token_info. */
struct token_revoke_req {
    uint32_t customer, token;
};
enum im_err token_revoke(struct shard *shard, struct request *req);

#endif
